"""The new terms that orders were given on a receipt, after the basket: written into events and read
back.
"""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal

from kite.store.flow.event_causes import EventCause
from kite.store.flow.events import Event

Terms = Mapping[str, int | Decimal]

_TERM = re.compile(r"(quantity) ([0-9]{1,18})|((?!quantity)[a-z_]+) ([0-9]{1,18}(?:\.[0-9]{1,18})?)")

CAUSES = (EventCause.ASKED_TO_MODIFY, EventCause.KITE_REFUSED)
"""The events that say which new terms an order was given."""


def format_terms(order_id: str, terms: Terms) -> str:
    """Return an order's id and its new terms as an event's detail: "1914… quantity 5, price
    1400.00".
    """
    fields = (
        f"{name} {value}" if isinstance(value, int) else f"{name} {value:f}" for name, value in terms.items()
    )
    return " ".join([order_id, ", ".join(fields)]).strip()


def accepted_terms(events: Iterable[Event]) -> dict[str, dict[str, int | Decimal]]:
    """Return the last new value of every field that orders were given, by order id.

    What Kite refused does not count. A request that Kite has not answered yet does: it may have
    taken effect.
    """
    terms: dict[str, dict[str, int | Decimal]] = {}
    pending: dict[str, dict[str, int | Decimal]] = {}
    for event in events:
        order_id, _, rest = event.detail.partition(" ")
        if event.cause == EventCause.ASKED_TO_MODIFY:
            # A refusal follows its own request: what nobody refused before the next request is
            # accepted.
            _accept(terms, pending)
            pending[order_id] = parse_terms(rest)
        elif event.cause == EventCause.KITE_REFUSED:
            pending.pop(order_id, None)
    _accept(terms, pending)
    return terms


def _accept(terms: dict[str, dict[str, int | Decimal]], pending: dict[str, dict[str, int | Decimal]]) -> None:
    for order_id, fields in pending.items():
        terms.setdefault(order_id, {}).update(fields)
    pending.clear()


def parse_terms(text: str) -> dict[str, int | Decimal]:
    """Return the terms that follow an order's id in an event; parts of another form are left
    out.
    """
    matches = (_TERM.fullmatch(part) for part in text.split(", "))
    return {term[1] or term[3]: int(term[2]) if term[1] else Decimal(term[4]) for term in matches if term}
