"""The new terms that orders were given here: what is handed to Kite later than the basket, written into
events and read back.
"""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal

from kite.store.flow.events import Event
from kite.vocabulary import EventCause

Terms = Mapping[str, int | Decimal]

_TERM = re.compile(r"(quantity) ([0-9]{1,18})|((?!quantity)[a-z_]+) ([0-9]{1,18}(?:\.[0-9]{1,18})?)")

CAUSES = (EventCause.ASKED_TO_MODIFY, EventCause.KITE_REFUSED)
"""The events that tell which new terms an order was given."""


def format_terms(order_id: str, terms: Terms) -> str:
    """Write an order's number and its new terms as an event keeps them: "1914… quantity 5, price 1400.00"."""
    fields = (
        f"{name} {value}" if isinstance(value, int) else f"{name} {value:f}" for name, value in terms.items()
    )
    return " ".join([order_id, ", ".join(fields)]).strip()


def accepted_terms(events: Iterable[Event]) -> dict[str, dict[str, int | Decimal]]:
    """Return by order the terms that it was given here, of every field the last.

    What Kite refused does not count.
    """
    terms: dict[str, dict[str, int | Decimal]] = {}
    asked: dict[str, dict[str, int | Decimal]] = {}
    for event in events:
        order_id, _, rest = event.detail.partition(" ")
        if event.cause == EventCause.ASKED_TO_MODIFY:
            _settle(terms, asked)
            asked[order_id] = parse_terms(rest)
        elif event.cause == EventCause.KITE_REFUSED:
            asked.pop(order_id, None)
    _settle(terms, asked)
    return terms


def _settle(terms: dict[str, dict[str, int | Decimal]], asked: dict[str, dict[str, int | Decimal]]) -> None:
    for order_id, fields in asked.items():
        terms.setdefault(order_id, {}).update(fields)
    asked.clear()


def parse_terms(text: str) -> dict[str, int | Decimal]:
    """Read the terms that stand behind an order's number; what is none is left out."""
    found = (_TERM.fullmatch(part) for part in text.split(", "))
    return {term[1] or term[3]: int(term[2]) if term[1] else Decimal(term[4]) for term in found if term}
