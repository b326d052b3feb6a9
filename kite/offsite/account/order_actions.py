"""Actions on orders through Kite's API, for the person whose orders they are: modify, cancel, exit.

Every action is recorded before Kite is asked, and again with Kite's answer: one whose answer was
lost stays visible. Nothing is asked a second time by itself. Source: Kite Connect documentation,
page "Orders".
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from kite.basket.fields import takes_price, takes_trigger
from kite.connect.client import KiteConnect
from kite.connect.records import Order
from kite.exceptions import (
    DataException,
    GeneralException,
    InputException,
    NoAnswer,
    OrderException,
)
from kite.offsite.base import receipt_loading
from kite.offsite.base.asking import AnswerVerdict, answer_of, client_for, end_session
from kite.offsite.base.receipt import Receipt
from kite.offsite.base.recorded_acts import CAUSES_BY_KIND, ActionKind, ActionResult, RecordedAct, read_acts
from kite.offsite.base.services import Services
from kite.offsite.journey.access import Role, role_of
from kite.offsite.order_book import reconcile
from kite.store.flow import events, executions
from kite.store.flow.event_causes import EventCause
from kite.store.flow.event_data import KiteAnswer, NewTerms, Terms
from kite.store.flow.executions import Execution
from kite.store.people import sessions
from kite.store.people.sessions import KiteSession
from kite.vocabulary import Mode, Outcome, Variety

UNCLEAR = (NoAnswer, DataException, GeneralException)
"""After these nobody knows whether Kite did it: no answer, one that cannot be read, or an order
system that lost its way.
"""

OF_ONE_ORDER = (OrderException, InputException)
"""Refusals that concern one order.

After any other the next order would be refused too, or hang like this one.
"""


@dataclass(frozen=True)
class OrderAction:
    """One action: what to do to which order, and for a modification its new terms."""

    verb: ActionKind
    order: Order
    terms: Terms = field(default_factory=dict)


@dataclass(frozen=True)
class ActionableOrders:
    """What a visit may act on: the orders of an execution that have not ended, by their ids.

    `session` is None when the person has to log in first. `acts` are the actions recorded so far.
    """

    execution: Execution
    session: KiteSession | None
    orders: dict[str, Order]
    acts: list[RecordedAct]


def find_actionable_orders(services: Services, visit_id: str, execution_id: str) -> ActionableOrders | None:
    """Return what a visit may act on; None when the execution is not that visit's own, or of a
    publisher key, which acts on nothing.
    """
    with services.store.reading() as conn:
        execution = executions.get(conn, execution_id)
        if execution is None or execution.mode is Mode.PUBLISHER:
            return None
        known = sessions.known_of_visit(conn, visit_id, services.now())
        if role_of(execution, visit_id, known.proved) is not Role.OWNER:
            return None
        trail = events.of(conn, execution_id)
        receipt = receipt_loading.read_receipt(conn, execution, trail=trail)
    session = None
    if execution.user_id:
        session = known.active_of(execution.user_id)
    return ActionableOrders(execution, session, working_orders(receipt), read_acts(trail))


def working_orders(receipt: Receipt) -> dict[str, Order]:
    """Return the orders that can be acted on: they have not ended, and the last reading of the
    order book held them.
    """
    known = [order for result in receipt.items if result.outcome is Outcome.OPEN for order in result.orders]
    return {order.order_id: order for order in (*known, *receipt.extra) if not order.ended}


def ending_action(order: Order) -> ActionKind:
    """Return how a working order is ended: a second leg is exited, every other order cancelled."""
    return ActionKind.EXIT if order.variety == Variety.CO and order.parent_order_id else ActionKind.CANCEL


def modifiable_fields(order: Order) -> tuple[str, ...]:
    """Return the fields of an order that can be given anew.

    Of a cover order these are price and trigger alone.
    """
    fields = [] if order.variety == Variety.CO else ["quantity"]
    if takes_price(order.order_type):
        fields.append("price")
    # The second leg of a cover order is a stop; its first has the trigger of the second.
    if takes_trigger(order.order_type, order.variety):
        fields.append("trigger_price")
    return tuple(fields)


def is_repeated(
    recorded: Sequence[RecordedAct], verb: ActionKind, order_ids: Collection[str], press: int
) -> bool:
    """Whether a press was carried out before: the action after its page is the same."""
    return (
        0 <= press < len(recorded) and recorded[press].verb is verb and recorded[press].order_id in order_ids
    )


def carry_out(
    services: Services, actionable: ActionableOrders, actions: Sequence[OrderAction], press: int
) -> ActionResult:
    """Carry out `actions` one after the other, and read the order book; return how the last one
    that was tried ended.

    `press` is the number of recorded actions that the person's page knew of; its form carries it.
    Of any number of presses with the same one, one acts. What concerns more than its own order ends
    the sequence: a refused address, a session that is over, no answer.
    """
    client = client_for(services, actionable.session) if actionable.session else None
    if client is None or actionable.session is None:
        return ActionResult.SESSION_OVER
    result = ActionResult.OUTDATED
    for number, action in enumerate(actions):
        # Each action of this press is recorded too, so the next one expects one more.
        result, goes_on = _carry_out_one(services, actionable, client, action, press + number)
        if not goes_on:
            break
    if result is ActionResult.SESSION_OVER:
        end_session(services, actionable.session)
    elif result is not ActionResult.REPEATED:
        # What the book shows counts, not what Kite answered: also after a lost answer.
        reconcile.bring_up_to_date(services, actionable.execution, actionable.session, at_once=True)
    return result


def _carry_out_one(
    services: Services,
    actionable: ActionableOrders,
    client: KiteConnect,
    action: OrderAction,
    press: int,
) -> tuple[ActionResult, bool]:
    """Carry out one action; return how it ended, and whether the next one may follow."""
    execution = actionable.execution
    act_id = _claim(services, execution, action, press)
    if isinstance(act_id, ActionResult):
        return act_id, False
    answer = answer_of(lambda: _ask(client, action))
    if answer.error is None:
        _record_answer(services, execution, action, EventCause.KITE_TOOK, KiteAnswer(act_id))
        return ActionResult.TAKEN, True
    refusal = KiteAnswer(act_id, type(answer.error).__name__, answer.error.message)
    if isinstance(answer.error, UNCLEAR):
        _record_answer(services, execution, action, EventCause.KITE_SILENT, refusal)
        return ActionResult.NO_ANSWER, False
    _record_answer(services, execution, action, EventCause.KITE_REFUSED, refusal)
    is_over = answer.verdict is AnswerVerdict.SESSION_OVER
    result = ActionResult.SESSION_OVER if is_over else ActionResult.REFUSED
    return result, isinstance(answer.error, OF_ONE_ORDER)


def _claim(services: Services, execution: Execution, action: OrderAction, press: int) -> int | ActionResult:
    """Record an action before Kite is asked, and return the id of its event; when another one was
    recorded since the page was made, return what to answer instead.
    """
    with services.store.writing() as conn:
        # Locks the execution, so that of two presses the second sees what the first recorded.
        executions.touch(conn, execution.id)
        recorded = read_acts(events.of(conn, execution.id))
        if len(recorded) == press:
            return events.note(
                conn,
                services.now(),
                CAUSES_BY_KIND[action.verb],
                execution.id,
                order_id=action.order.order_id,
                data=NewTerms(action.terms) if action.terms else None,
            )
    same = is_repeated(recorded, action.verb, [action.order.order_id], press)
    return ActionResult.REPEATED if same else ActionResult.OUTDATED


def _ask(client: KiteConnect, action: OrderAction) -> None:
    order, parent = action.order, action.order.parent_order_id
    if action.verb is ActionKind.MODIFY:
        client.modify_order(order.variety, order.order_id, parent_order_id=parent, **action.terms)  # type: ignore[arg-type]
    elif action.verb is ActionKind.EXIT:
        client.exit_order(order.variety, order.order_id, parent)
    else:
        client.cancel_order(order.variety, order.order_id, parent)


def _record_answer(
    services: Services,
    execution: Execution,
    action: OrderAction,
    cause: EventCause,
    answer: KiteAnswer,
) -> None:
    with services.store.writing() as conn:
        executions.touch(conn, execution.id)
        events.note(conn, services.now(), cause, execution.id, order_id=action.order.order_id, data=answer)
