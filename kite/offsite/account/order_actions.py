"""Acting: modify, cancel and exit orders through Kite's API, for the person whose orders they are.

Every act is recorded before Kite is asked, and again with Kite's answer: an act whose answer was lost stays
visible as one. Nothing is asked a second time by itself. Source: Kite Connect documentation, page "Orders".
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from kite.basket.items import takes_price, takes_trigger
from kite.connect.client import KiteConnect
from kite.connect.records import Order
from kite.exceptions import (
    DataException,
    GeneralException,
    InputException,
    KiteException,
    NoAnswer,
    OrderException,
    TokenException,
)
from kite.offsite.base import modifications, receipt_loading
from kite.offsite.base.receipt import Receipt
from kite.offsite.base.services import Services
from kite.offsite.journey.access import Role, role_of
from kite.offsite.order_book import reconcile
from kite.store.flow import events, executions
from kite.store.flow.events import Event
from kite.store.flow.executions import Execution
from kite.store.people import sessions
from kite.store.people.sessions import KiteSession
from kite.vocabulary import EventCause, Mode, Outcome, Variety


class ActionKind(StrEnum):
    """What can be done to an order.

    Exit is for the second leg of a cover order: it is filled at market, and with it the position ends.
    """

    MODIFY = "modify"
    CANCEL = "cancel"
    EXIT = "exit"


class ActionResult(StrEnum):
    """How acting ended. `OUTDATED`: the orders had changed since the page was made, so Kite was not asked."""

    TAKEN = "taken"
    REFUSED = "refused"
    NO_ANSWER = "no_answer"
    SESSION_OVER = "session_over"
    REPEATED = "repeated"
    OUTDATED = "outdated"


ASKED: dict[str, ActionKind] = {
    EventCause.ASKED_TO_MODIFY: ActionKind.MODIFY,
    EventCause.ASKED_TO_CANCEL: ActionKind.CANCEL,
    EventCause.ASKED_TO_EXIT: ActionKind.EXIT,
}
"""The events that record an act before it is done."""

CAUSES = {verb: EventCause(cause) for cause, verb in ASKED.items()}

ANSWERED: dict[str, ActionResult] = {
    EventCause.KITE_TOOK: ActionResult.TAKEN,
    EventCause.KITE_REFUSED: ActionResult.REFUSED,
    EventCause.KITE_SILENT: ActionResult.NO_ANSWER,
}
"""The events that record what Kite said to it."""

UNCLEAR = (NoAnswer, DataException, GeneralException)
"""After these nobody knows whether Kite did it: no answer, one that cannot be read, or an order system that
lost its way.
"""

OF_ONE_ORDER = (OrderException, InputException)
"""Refusals that concern one order.

After any other the next order would be refused too, or hang like this one.
"""


@dataclass(frozen=True)
class OrderAction:
    """One act: what to do to which order, and for a modification its new terms."""

    verb: ActionKind
    order: Order
    terms: Mapping[str, int | Decimal] = field(default_factory=dict)

    @property
    def detail(self) -> str:
        """What an event says of it: the order's number, then the terms."""
        return modifications.format_terms(self.order.order_id, self.terms)


@dataclass(frozen=True)
class RecordedAct:
    """An act that was recorded.

    `did` is None while Kite has not answered; `error` and `message` are of a refusal.
    """

    verb: ActionKind
    order_id: str
    asked: Event
    did: ActionResult | None = None
    error: str = ""
    message: str = ""


@dataclass(frozen=True)
class ActionableOrders:
    """What a visit may act on: the orders of an execution that have not ended, by their ids.

    `session` is None when the person has to log in first. `acts` is what was done so far.
    """

    execution: Execution
    session: KiteSession | None
    orders: dict[str, Order]
    acts: list[RecordedAct]


def find_actionable_orders(services: Services, visit_id: str, execution_id: str) -> ActionableOrders | None:
    """Return what a visit may act on; None when the execution is not that visit's own, or of a publisher key,
    which acts on nothing.
    """
    with services.store.reading() as conn:
        execution = executions.get(conn, execution_id)
        if (
            execution is None
            or execution.mode is Mode.PUBLISHER
            or role_of(execution, visit_id, sessions.proved_users(conn, visit_id)) is not Role.OWNER
        ):
            return None
        session = (
            sessions.living(conn, visit_id, execution.user_id, services.now()) if execution.user_id else None
        )
        done = read_acts(events.of(conn, execution_id))
    return ActionableOrders(
        execution, session, working_orders(receipt_loading.load_receipt(services, execution)), done
    )


def working_orders(receipt: Receipt) -> dict[str, Order]:
    """Return the orders that can be acted on: they have not ended, and the last reading of the order book
    held them.
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
    # The second leg of a cover order is a stop; its first has the trigger that the second will have.
    if takes_trigger(order.order_type, order.variety):
        fields.append("trigger_price")
    return tuple(fields)


def read_acts(told: Iterable[Event]) -> list[RecordedAct]:
    """Read the acts out of an execution's events, oldest first, each with Kite's answer."""
    found: list[RecordedAct] = []
    for event in told:
        order_id, _, rest = event.detail.partition(" ")
        if verb := ASKED.get(event.cause):
            found.append(RecordedAct(verb, order_id, event))
        elif did := ANSWERED.get(event.cause):
            last = next(
                (number for number in reversed(range(len(found))) if found[number].order_id == order_id), None
            )
            error, _, message = rest.partition(": ")
            if last is not None:
                found[last] = RecordedAct(found[last].verb, order_id, found[last].asked, did, error, message)
    return found


def is_repeated(
    done: Sequence[RecordedAct], verb: ActionKind, order_ids: Collection[str], press: int
) -> bool:
    """Whether a press is one that was heard already: the act that followed upon its page is the same."""
    return 0 <= press < len(done) and done[press].verb is verb and done[press].order_id in order_ids


def carry_out(
    services: Services, desk: ActionableOrders, deeds: Sequence[OrderAction], press: int
) -> ActionResult:
    """Do `deeds` one after the other, and look at the order book; return how the last one that was tried
    ended.

    `press` is the number of acts that the person's page knew of; its form carries it. Of any number of
    presses with the same one, one acts. What concerns more than its own order ends the row: a refused
    address, a session that is over, no answer.
    """
    client = reconcile.client_for(services, desk.session) if desk.session else None
    if client is None or desk.session is None:
        return ActionResult.SESSION_OVER
    did = ActionResult.OUTDATED
    for number, deed in enumerate(deeds):
        did, goes_on = _do(services, desk, client, deed, press + number)
        if not goes_on:
            break
    if did is ActionResult.SESSION_OVER:
        reconcile.end_session(services, desk.session)
    elif did is not ActionResult.REPEATED:
        reconcile.bring_up_to_date(services, desk.execution, desk.session, at_once=True)
    return did


def _do(
    services: Services, desk: ActionableOrders, client: KiteConnect, deed: OrderAction, press: int
) -> tuple[ActionResult, bool]:
    """Do one deed; return how it ended, and whether the next one may follow."""
    if not_asked := _claim(services, desk.execution, deed, press):
        return not_asked, False
    try:
        _ask(client, deed)
    except UNCLEAR as error:
        _note(services, desk, deed, EventCause.KITE_SILENT, error)
        return ActionResult.NO_ANSWER, False
    except KiteException as error:
        _note(services, desk, deed, EventCause.KITE_REFUSED, error)
        return (
            ActionResult.SESSION_OVER if isinstance(error, TokenException) else ActionResult.REFUSED
        ), isinstance(error, OF_ONE_ORDER)
    _note(services, desk, deed, EventCause.KITE_TOOK)
    return ActionResult.TAKEN, True


def _claim(services: Services, execution: Execution, deed: OrderAction, press: int) -> ActionResult | None:
    """Record a deed before it is done, unless another one was since the page was made: then say so."""
    with services.store.writing() as conn:
        executions.touch(
            conn, execution.id
        )  # locks the execution, so that of two presses the second sees the first
        before = read_acts(events.of(conn, execution.id))
        if len(before) == press:
            events.add(conn, Event(services.now(), execution.id, None, None, CAUSES[deed.verb], deed.detail))
            return None
    return (
        ActionResult.REPEATED
        if is_repeated(before, deed.verb, [deed.order.order_id], press)
        else ActionResult.OUTDATED
    )


def _ask(client: KiteConnect, deed: OrderAction) -> None:
    order, parent = deed.order, deed.order.parent_order_id
    if deed.verb is ActionKind.MODIFY:
        client.modify_order(order.variety, order.order_id, parent_order_id=parent, **deed.terms)  # type: ignore[arg-type]
    elif deed.verb is ActionKind.EXIT:
        client.exit_order(order.variety, order.order_id, parent)
    else:
        client.cancel_order(order.variety, order.order_id, parent)


def _note(
    services: Services,
    desk: ActionableOrders,
    deed: OrderAction,
    cause: EventCause,
    error: KiteException | None = None,
) -> None:
    said = f" {type(error).__name__}: {error.message}" if error else ""
    with services.store.writing() as conn:
        executions.touch(conn, desk.execution.id)
        events.add(
            conn, Event(services.now(), desk.execution.id, None, None, cause, f"{deed.order.order_id}{said}")
        )
