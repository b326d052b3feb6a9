"""A published basket as a file: JSON with the texts of a draft, its items in Kite's spelling, times and amounts as texts."""

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from kite.basket.items import from_data
from kite.exceptions import BasketError
from kite.offsite.parts import Parts
from kite.publishing import offers
from kite.publishing.drafts import Draft
from kite.store import published
from kite.vocabulary import IST, N_

TEXTS = ("slug", "title", "author", "rationale", "registration", "disclosure")
LARGEST = 1024 * 1024
"""Characters of a file that are read; a basket of a hundred orders with all its texts has a tenth of it."""

KNOWN = frozenset({*TEXTS, "valid_from", "valid_until", "amount", "weights", "items"})


def read(text: str) -> Draft:
    """Return the draft that a file holds.

    Keys: slug, title, author, items (as in Kite's `data`); and if wanted rationale, registration, disclosure,
    valid_from and valid_until (ISO 8601, India's time where no other is named), amount and weights (decimal texts or
    numbers). Raises BasketError for what cannot be read, and for a key that means nothing here.
    """
    try:
        given = json.loads(text, parse_float=Decimal, parse_int=_whole)
    except (ValueError, RecursionError) as error:
        raise BasketError(N_("This is not JSON.")) from error
    if not isinstance(given, dict):
        raise BasketError(N_("A file holds one JSON object, with slug, title, author and items."))
    if strange := sorted(given.keys() - KNOWN):
        raise BasketError(N_("There is no key %(name)s."), name=strange[0])
    return Draft(
        **{name: _text(given, name) for name in TEXTS},
        items=tuple(from_data(json.dumps(given.get("items", []), default=_plain))),
        valid_from=_time(given, "valid_from"),
        valid_until=_time(given, "valid_until"),
        amount=_decimal("amount", given["amount"]) if given.get("amount") is not None else None,
        weights=_weights(given.get("weights")),
    )


def publish(parts: Parts, draft: Draft, operator: str) -> tuple[int, bool]:
    """Publish a draft under its slug, as a new basket or the next version; return the version and whether it is new.

    Raises DraftRefused and ChangedMeanwhile.
    """
    with parts.store.reading() as conn:
        found = published.by_slug(conn, draft.slug)
    if found is None:
        offers.publish(parts, draft, operator)
        return 1, True
    number = offers.change(parts, found[0], draft, operator)
    return number, number != found[0].version


def _whole(digits: str) -> int:
    if len(digits) > 20:
        raise ValueError(digits[:20])
    return int(digits)


def _plain(value: object) -> float | int:
    if not isinstance(value, Decimal):
        raise TypeError(type(value).__name__)
    return int(value) if value == value.to_integral_value() else float(value)


def _text(given: Mapping[str, Any], name: str) -> str:
    value = given.get(name, "")
    if not isinstance(value, str):
        raise BasketError(N_("%(name)s is no text."), name=name)
    return value


def _time(given: Mapping[str, Any], name: str) -> datetime | None:
    text = _text(given, name)
    try:
        moment = datetime.fromisoformat(text) if text else None
    except ValueError as error:
        raise BasketError(N_("%(name)s is no time like 2026-11-27T15:30."), name=name) from error
    return moment.replace(tzinfo=IST) if moment and moment.tzinfo is None else moment


def _weights(value: object) -> tuple[Decimal, ...]:
    if not isinstance(value, list | None):
        raise BasketError(N_("%(name)s is no list of numbers."), name="weights")
    return tuple(_decimal("weights", each) for each in value or ())


def _decimal(name: str, value: object) -> Decimal:
    try:
        number = Decimal(value if isinstance(value, str | int | Decimal) else "")
    except InvalidOperation:
        number = Decimal("NaN")
    if isinstance(value, bool) or not number.is_finite() or not -20 < number.adjusted() < 20:
        raise BasketError(N_("%(name)s is no number."), name=name)
    return number
