"""Acting: what can be done to which order, what stands in the events, and that of many presses one
is heard.
"""

import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from kite.connect.client import KiteConnect
from kite.connect.records import ChangedOrder
from kite.exceptions import DataException, OrderException
from kite.offsite.account import order_actions
from kite.offsite.account.order_actions import (
    ActionableOrders,
    ActionKind,
    ActionResult,
    OrderAction,
    ending_action,
    modifiable_fields,
    read_acts,
    working_orders,
)
from kite.offsite.base.receipt_building import build_receipt
from kite.offsite.order_book import reconcile
from kite.store.flow import events, executions
from kite.store.flow.event_causes import EventCause
from kite.store.flow.events import Event
from kite.store.people import sessions
from kite.vocabulary import State
from tests.support.baskets import RETURNED_AT, execution, item
from tests.support.kite_orders import order
from tests.support.records import a_session, an_execution

PRESSES = 8


def event(cause, detail):
    return Event(
        at=RETURNED_AT,
        execution_id="execution-one",
        from_state=None,
        to_state=None,
        cause=cause,
        detail=detail,
    )


@pytest.mark.parametrize(
    ("terms", "fields", "verb"),
    [
        ({"order_type": "LIMIT"}, ("quantity", "price"), ActionKind.CANCEL),
        ({"order_type": "MARKET"}, ("quantity",), ActionKind.CANCEL),
        ({"order_type": "SL"}, ("quantity", "price", "trigger_price"), ActionKind.CANCEL),
        ({"order_type": "SL-M"}, ("quantity", "trigger_price"), ActionKind.CANCEL),
        ({"order_type": "LIMIT", "variety": "co"}, ("price", "trigger_price"), ActionKind.CANCEL),
        (
            {"order_type": "SL-M", "variety": "co", "parent_order_id": "1"},
            ("trigger_price",),
            ActionKind.EXIT,
        ),
    ],
)
def test_what_can_be_changed_of_an_order_and_how_it_is_ended(terms, fields, verb):
    assert modifiable_fields(order(**terms)) == fields
    assert ending_action(order(**terms)) is verb


def test_only_orders_that_are_known_to_work_can_be_acted_on():
    book = [order(order_id="1", status="OPEN"), order(order_id="2", status="COMPLETE", tradingsymbol="SBIN")]
    basket = execution(item(), item(tradingsymbol="SBIN"), state=State.RETURNED)
    assert list(working_orders(build_receipt(basket, book, []))) == ["1"]
    assert working_orders(build_receipt(basket, book, [], readable=False)) == {}
    assert working_orders(build_receipt(basket, book, [], gone={"1"})) == {}


def test_acts_are_read_from_the_events_each_with_its_own_answer():
    trail = [
        event(EventCause.ASKED_TO_MODIFY, "1 quantity 5, price 10.50"),
        event(EventCause.ASKED_TO_CANCEL, "2"),
        event(EventCause.KITE_REFUSED, "1 OrderException: No: not now"),
        event(EventCause.BOOK_READ, ""),
        event(EventCause.KITE_SILENT, "2 NoAnswer: nothing came"),
        event(EventCause.KITE_TOOK, "3"),
        event(EventCause.ASKED_TO_EXIT, "1"),
    ]
    assert [(act.verb, act.order_id, act.result, act.error, act.message) for act in read_acts(trail)] == [
        (ActionKind.MODIFY, "1", ActionResult.REFUSED, "OrderException", "No: not now"),
        (ActionKind.CANCEL, "2", ActionResult.NO_ANSWER, "NoAnswer", "nothing came"),
        (ActionKind.EXIT, "1", None, "", ""),
    ]


def test_a_deed_is_recorded_with_its_terms():
    assert (
        OrderAction(ActionKind.MODIFY, order(order_id="7"), {"quantity": 5, "price": Decimal("10.50")}).detail
        == "7 quantity 5, price 10.50"
    )
    assert OrderAction(ActionKind.CANCEL, order(order_id="7")).detail == "7"


@pytest.fixture
def desk(monkeypatch):
    """Make a desk of one owned execution, whose order book is not read."""
    monkeypatch.setattr(reconcile, "bring_up_to_date", lambda *_, **__: None)

    def make(services):
        basket = an_execution(state=State.RETURNED, user_id="AB1234")
        session = a_session(id="session", sealed_token=services.sealer.seal("token", "session"))
        with services.store.writing() as conn:
            executions.add(conn, basket, EventCause.COMPOSED)
            sessions.add(conn, session)
        return ActionableOrders(basket, session, {}, [])

    return make


def recorded(services, basket):
    with services.store.reading() as conn:
        return [event.cause for event in events.of(conn, basket.id)][1:]


def test_of_presses_at_the_same_moment_one_reaches_kite(sites, database_url, desk, monkeypatch):
    services = sites(DATABASE_URL=database_url).services
    actionable = desk(services)
    calls = []
    monkeypatch.setattr(
        KiteConnect,
        "cancel_order",
        lambda _, variety, order_id, parent=None: calls.append(order_id) or ChangedOrder(order_id),
    )
    together = threading.Barrier(PRESSES)

    def press(_):
        together.wait()
        return order_actions.carry_out(
            services, actionable, [OrderAction(ActionKind.CANCEL, order(order_id="7"))], 0
        )

    with ThreadPoolExecutor(PRESSES) as pool:
        did = list(pool.map(press, range(PRESSES)))
    assert calls == ["7"]
    assert sorted(did) == sorted([ActionResult.TAKEN, *[ActionResult.REPEATED] * (PRESSES - 1)])
    assert recorded(services, actionable.execution) == [EventCause.ASKED_TO_CANCEL, EventCause.KITE_TOOK]


def test_an_answer_that_nobody_understands_is_no_refusal_and_ends_the_row(site, desk, monkeypatch):
    actionable = desk(site.services)
    calls = []

    def answer(_, variety, order_id, parent=None):
        calls.append(order_id)
        raise {"1": OrderException, "2": DataException}[order_id]("what Kite says")

    monkeypatch.setattr(KiteConnect, "cancel_order", answer)
    deeds = [OrderAction(ActionKind.CANCEL, order(order_id=order_id)) for order_id in "123"]
    assert order_actions.carry_out(site.services, actionable, deeds, 0) is ActionResult.NO_ANSWER
    assert calls == ["1", "2"]
    assert recorded(site.services, actionable.execution) == [
        EventCause.ASKED_TO_CANCEL, EventCause.KITE_REFUSED, EventCause.ASKED_TO_CANCEL, EventCause.KITE_SILENT,
    ]  # fmt: skip
