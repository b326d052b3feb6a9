"""The new terms that orders were given here: what is handed to Kite later than the basket, written into events and read back."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from kite.store.events import Event
from kite.vocabulary import Cause

Terms = Mapping[str, int | Decimal]

CAUSES = (Cause.ASKED_TO_MODIFY, Cause.KITE_REFUSED)
"""The events that tell which new terms an order was given."""


def written(order_id: str, terms: Terms) -> str:
    """Write an order's number and its new terms as an event keeps them: "1914… quantity 5, price 1400.00"."""
    return " ".join([order_id, ", ".join(f"{name} {value}" for name, value in terms.items())]).strip()


def given(events: Iterable[Event]) -> dict[str, dict[str, int | Decimal]]:
    """Return by order the terms that it was given here, of every field the last. What Kite refused does not count."""
    terms: dict[str, dict[str, int | Decimal]] = {}
    asked: dict[str, dict[str, int | Decimal]] = {}
    for event in events:
        order_id, _, rest = event.detail.partition(" ")
        if event.cause == Cause.ASKED_TO_MODIFY:
            _settle(terms, asked)
            asked[order_id] = _read(rest)
        elif event.cause == Cause.KITE_REFUSED:
            asked.pop(order_id, None)
    _settle(terms, asked)
    return terms


def _settle(terms: dict[str, dict[str, int | Decimal]], asked: dict[str, dict[str, int | Decimal]]) -> None:
    for order_id, fields in asked.items():
        terms.setdefault(order_id, {}).update(fields)
    asked.clear()


def _read(text: str) -> dict[str, int | Decimal]:
    pairs = (part.split(" ", 1) for part in text.split(", ") if " " in part)
    return {name: int(value) if name == "quantity" else Decimal(value) for name, value in pairs}
