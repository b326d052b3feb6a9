"""Published baskets in files: JSON with the texts of a draft, its items in Kite's spelling, times
and amounts as texts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from kite.basket.checking.row_checker import row_problems
from kite.basket.formats.json_orders import orders_of, parse_json
from kite.basket.formats.row_reader import RowReading, Writer, read_row, texts_of
from kite.basket.items import FIELDS
from kite.basket.numbers import Unreadable, amount, without_rupee
from kite.exceptions import BasketError
from kite.instruments.lookup import Lookup
from kite.offsite.base.services import Services
from kite.publishing import offers
from kite.publishing.drafts import Draft
from kite.publishing.sentences import Sentences, about_order, about_unused
from kite.store.publishing import published
from kite.vocabulary import IST, N_

TEXTS = ("slug", "title", "author", "rationale", "registration", "disclosure")
LARGEST = 1024 * 1024
"""Characters of a file that are read; a basket of a hundred orders with all its texts has a tenth
of that.
"""

KNOWN = frozenset({*TEXTS, "valid_from", "valid_until", "amount", "weights", "items"})


@dataclass(frozen=True)
class FileContents:
    """What a file holds: the draft, and its orders as they were read.

    The draft can be published only when no order has a problem.
    """

    draft: Draft
    orders: Sequence[RowReading]

    def order_problems(self, services: Services, sentences: Sentences) -> list[str]:
        """Return a sentence for everything that is wrong with the orders today."""
        lookup = Lookup(services.catalogue)
        return [
            about_order(number, order, problem, sentences)
            for number, order in enumerate(self.orders, 1)
            for problem in row_problems(order, lookup, services.now())
        ]

    def remarks(self, now: datetime) -> list[str]:
        """Return a sentence for everything that its author may not have meant, though it can be
        published.
        """
        remarks = [
            about_unused(number, order, unused)
            for number, order in enumerate(self.orders, 1)
            for unused in order.unused
        ]
        until = self.draft.valid_until
        if until and until <= now:
            end = f"{until.astimezone(IST):%Y-%m-%d %H:%M}"
            remarks.append(f"This basket is over: it was offered until {end} IST.")
        return remarks


def read_basket_file(text: str) -> FileContents:
    """Return the contents of a file.

    Keys: slug, title, author, items (as in Kite's `data`); and if wanted rationale, registration,
    disclosure, valid_from and valid_until (ISO 8601, India's time where no other is named), amount
    and weights (decimal texts or numbers). Raises BasketError for what cannot be read, and for a
    key that means nothing here.
    """
    fields = parse_json(text)
    if not isinstance(fields, dict):
        raise BasketError(N_("A file holds one JSON object, with slug, title, author and items."))
    if strange := sorted(fields.keys() - KNOWN):
        raise BasketError(N_("There is no key %(name)s."), name=strange[0])
    orders = _orders(fields.get("items", []))
    draft = Draft(
        **{name: _text(fields, name) for name in TEXTS},
        items=tuple(order.item for order in orders),
        valid_from=_time(fields, "valid_from"),
        valid_until=_time(fields, "valid_until"),
        amount=_amount(fields),
        weights=_weights(fields.get("weights")),
    )
    return FileContents(draft, orders)


def publish(services: Services, draft: Draft, operator: str) -> tuple[int, bool]:
    """Publish a draft under its slug, as a new basket or the next version; return the version and
    whether it is new.

    Raises DraftRefused and ChangedMeanwhile.
    """
    with services.store.reading() as conn:
        newest = published.by_slug(conn, draft.slug)
    if newest is None:
        offers.publish(services, draft, operator)
        return 1, True
    basket, _ = newest
    number = offers.change(services, basket, draft, operator)
    return number, number != basket.version


def _orders(items: object) -> list[RowReading]:
    orders = orders_of(items)
    for number, order in enumerate(orders, 1):
        if strange := sorted(order.keys() - set(FIELDS)):
            raise BasketError(
                N_("Order %(number)s: there is no key %(name)s."), number=str(number), name=strange[0]
            )
    # A machine wrote the file: what Kite does not use of an order is left out, and remarked on.
    return [read_row(texts_of(order), Writer.MACHINE) for order in orders]


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BasketError(N_("%(name)s is no text."), name=name)
    return value


def _time(fields: Mapping[str, Any], name: str) -> datetime | None:
    text = _text(fields, name)
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise BasketError(N_("%(name)s is no time like 2026-11-27T15:30."), name=name) from error
    # Authors write the times of India's markets: a time without a zone is one of those.
    return moment if moment.tzinfo else moment.replace(tzinfo=IST)


def _amount(fields: Mapping[str, Any]) -> Decimal | None:
    return None if fields.get("amount") is None else _decimal("amount", fields["amount"])


def _weights(value: object) -> tuple[Decimal, ...]:
    if not isinstance(value, list | None):
        raise BasketError(N_("%(name)s is no list of numbers."), name="weights")
    return tuple(_decimal("weights", weight) for weight in value or ())


def _decimal(name: str, value: object) -> Decimal:
    """Read a number, or the text of one as it could be typed."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise BasketError(N_("%(name)s is no number."), name=name)
    if isinstance(value, str):
        text = value.strip()
    else:
        # A number such as 1e999999999 would be a gigabyte when it is written out.
        text = f"{Decimal(value):f}" if -20 < Decimal(value).adjusted() < 20 else ""
    try:
        amount(text)
    except Unreadable as error:
        raise BasketError(N_("%(name)s is no number."), name=name) from error
    # With its zeros at the end: they are part of a version's text, and so of its hash.
    return Decimal(without_rupee(text).replace(",", ""))
