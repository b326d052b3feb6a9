"""A draft: what an operator wants to publish, checked before it is stored.

The pages have the words for what is wrong.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from kite.basket.basket_data import to_data
from kite.basket.items import MAX_ITEMS, Item
from kite.exceptions import KiteError

SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
"""What follows /b/ in an address: letters, digits and hyphens, nothing that could mean another
path.
"""

LONGEST = {"title": 120, "rationale": 2000, "author": 120, "registration": 40, "disclosure": 20_000}
"""Characters that each text may have."""

REQUIRED = ("title", "author")
YEARS = range(2000, 9000)
"""Years that a basket may be offered in.

Nearer to the ends of the calendar a time has no equal in UTC.
"""
MOST_AMOUNT = Decimal(10**9)
"""Rupees: more than any basket is scaled to."""


@dataclass(frozen=True)
class Draft:
    """A basket to publish.

    `amount`, in rupees, makes quantities follow the amount that a visitor types, starting with this
    one; `weights` has one number above 0 for each item then, or is empty for equal ones. Without an
    amount the quantities of the items are what is sent. `valid_from` and `valid_until` are aware
    times, None for no bound.
    """

    slug: str
    title: str
    author: str
    items: tuple[Item, ...]
    rationale: str = ""
    registration: str = ""
    disclosure: str = ""
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    amount: Decimal | None = None
    weights: tuple[Decimal, ...] = ()


@dataclass(frozen=True)
class DraftProblem:
    """Something wrong with one field of a draft; `params` are texts that its sentence names."""

    code: str
    field: str
    most: int = 0


class DraftRefused(KiteError):
    """A draft that cannot be published. `faults` say what is wrong, and nothing was stored."""

    def __init__(self, faults: list[DraftProblem]) -> None:
        super().__init__(", ".join(f"{fault.field}: {fault.code}" for fault in faults))
        self.faults = faults


def draft_problems(draft: Draft) -> Iterator[DraftProblem]:
    """Yield what is wrong with a draft itself.

    What is wrong with its items as orders, the rules of kite.basket say.
    """
    if not SLUG.fullmatch(draft.slug):
        yield DraftProblem("slug_unreadable", "slug")
    yield from _text_problems(draft)
    yield from _time_problems(draft)
    if not 1 <= len(draft.items) <= MAX_ITEMS:
        yield DraftProblem("items_missing", "items", MAX_ITEMS)
    if draft.amount is not None and not 0 < draft.amount <= MOST_AMOUNT:
        yield DraftProblem("amount_unreadable", "amount")
    if draft.weights and not _weights_fit(draft):
        yield DraftProblem("weights_unreadable", "weights")


def _text_problems(draft: Draft) -> Iterator[DraftProblem]:
    for name in REQUIRED:
        if not getattr(draft, name).strip():
            yield DraftProblem("text_missing", name)
    for name, most in LONGEST.items():
        if len(getattr(draft, name)) > most:
            yield DraftProblem("text_too_long", name, most)


def _weights_fit(draft: Draft) -> bool:
    return len(draft.weights) == len(draft.items) and all(weight > 0 for weight in draft.weights)


def _time_problems(draft: Draft) -> Iterator[DraftProblem]:
    for name in ("valid_from", "valid_until"):
        moment = getattr(draft, name)
        if moment and moment.year not in YEARS:
            yield DraftProblem("time_unreadable", name)
    if draft.valid_from and draft.valid_until and draft.valid_until <= draft.valid_from:
        yield DraftProblem("ends_before_it_begins", "valid_until")


def hash_of(draft: Draft) -> str:
    """Return the SHA-256, in hex, of all that a visitor is shown and sends; two drafts that offer
    the same have the same.
    """
    # A visitor's page names the version by this hash: its sequence and form may never change.
    offered = [
        draft.title,
        draft.author,
        draft.registration,
        draft.rationale,
        draft.disclosure,
        draft.valid_from and draft.valid_from.isoformat(),
        draft.valid_until and draft.valid_until.isoformat(),
        to_data(draft.items),
        "" if draft.amount is None else f"{draft.amount:f}",
        [f"{weight:f}" for weight in draft.weights],
    ]
    return hashlib.sha256(json.dumps(offered, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()
