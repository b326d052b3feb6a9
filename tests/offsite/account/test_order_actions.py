"""Acting: what can be done to which order, what stands in the events, and that of many presses one
is heard.
"""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from kite.connect.client import KiteConnect
from kite.connect.records import ChangedOrder
from kite.exceptions import DataException, OrderException
from kite.offsite.account import order_actions
from kite.offsite.account.order_actions import (
    ActionableOrders,
    OrderAction,
    ending_action,
    modifiable_fields,
    working_orders,
)
from kite.offsite.base.receipt_building import build_receipt
from kite.offsite.base.recorded_acts import ActionKind, ActionResult, accepted_terms, read_acts
from kite.offsite.order_book import reconcile
from kite.store.flow import events, executions
from kite.store.flow.event_causes import EventCause
from kite.store.people import sessions
from kite.vocabulary import State
from tests.support.baskets import execution, item
from tests.support.kite_orders import order
from tests.support.records import a_session, an_execution

PRESSES = 8


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


def test_an_answer_that_comes_after_the_next_request_belongs_to_its_own(site, desk, monkeypatch):
    actionable = desk(site.services)
    execution = actionable.execution

    def change(quantity, press):
        action = OrderAction(ActionKind.MODIFY, order(order_id="7"), {"quantity": quantity})
        return order_actions.carry_out(site.services, actionable, [action], press)

    def answer(_, variety, order_id, parent_order_id=None, quantity=None):
        if quantity == 5:
            # Kite takes its time, and the person presses again on a page that shows this request.
            assert change(9, press=1) is ActionResult.TAKEN
            raise OrderException("what Kite says")
        return order_id

    monkeypatch.setattr(KiteConnect, "modify_order", answer)
    assert change(5, press=0) is ActionResult.REFUSED
    with site.services.store.reading() as conn:
        trail = events.of(conn, execution.id)
    assert [(act.terms, act.result) for act in read_acts(trail)] == [
        ({"quantity": 5}, ActionResult.REFUSED),
        ({"quantity": 9}, ActionResult.TAKEN),
    ]
    assert accepted_terms(trail) == {"7": {"quantity": 9}}
