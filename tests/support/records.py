"""Records to store, whole and plausible; a test names only what it is about."""

import hashlib
import itertools
from datetime import datetime, timedelta
from typing import Any

from kite.basket.basket_data import to_data
from kite.basket.items import Item
from kite.store.flow.event_causes import EventCause
from kite.store.flow.event_data import EventData
from kite.store.flow.events import Event
from kite.store.flow.executions import Execution
from kite.store.flow.returns import Return
from kite.store.people.sessions import KiteSession
from kite.vocabulary import (
    IST,
    Exchange,
    Mode,
    OrderType,
    ReturnKind,
    ReturnVerdict,
    State,
    TokenAnswer,
    TransactionType,
)

NINE = datetime(2026, 11, 20, 9, 15, 0, 123456, tzinfo=IST)
ITEM = Item("INFY", Exchange.NSE, TransactionType.BUY, OrderType.MARKET, 10)
NUMBERS = itertools.count(1)


def after(**spans: float) -> datetime:
    """A time so long after 09:15."""
    return NINE + timedelta(**spans)


def an_event(cause: EventCause, **fields: Any) -> Event:
    """An event; `data` may be an EventData."""
    usual = {"id": next(NUMBERS), "at": NINE, **dict.fromkeys(("execution_id", "from_state", "to_state"))}
    if isinstance(fields.get("data"), EventData):
        fields["data"] = fields["data"].pack()
    return Event(**{**usual, "cause": cause, **fields})


def an_execution(**fields: Any) -> Execution:
    number = next(NUMBERS)
    blank: dict[str, Any] = dict.fromkeys(
        ("parent_id", "user_id", "handed_off_at", "returned_at", "cancelled_at", "settled_at", "read_at")
    )
    usual = {
        "id": f"execution-{number}",
        "part": 1,
        "parts": 1,
        "tag": f"tag{number:05}",
        "visit_id": "visit",
        "mode": Mode.SIMULATOR,
    }
    state = {"state": State.PREPARED, "data": to_data([ITEM]), "created_at": NINE}
    record = {**blank, **usual, **state, **fields}
    return Execution(**{"basket_id": record["id"], **record})


def a_return(**fields: Any) -> Return:
    number = next(NUMBERS)
    blank: dict[str, Any] = dict.fromkeys(("execution_id", "claimed_at", "answered_at", "user_id"))
    usual = {
        "token_hash": hashlib.sha256(str(number).encode()).hexdigest(),
        "id": f"return-{number}",
        "visit_id": "visit",
    }
    words = {
        "kind": ReturnKind.BASKET,
        "verdict": ReturnVerdict.OWN,
        "next": "",
        "received_at": NINE,
        "answer": TokenAnswer.NONE_YET,
        "message": "",
        "sealed_token": "sealed",
    }
    return Return(**{**blank, **usual, **words, **fields})


def a_session(**fields: Any) -> KiteSession:
    usual = {
        "id": f"session-{next(NUMBERS)}",
        "visit_id": "visit",
        "user_id": "AB1234",
        "user_name": "Demo User",
        "login_time": NINE,
    }
    rest = {"sealed_token": "sealed", "created_at": NINE, "expires_at": after(hours=20), "ended_at": None}
    return KiteSession(**{**usual, **rest, **fields})
