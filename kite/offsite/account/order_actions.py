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
from kite.vocabulary import Cause, Mode, Outcome, Variety


class Verb(StrEnum):
    """What can be done to an order.

    Exit is for the second leg of a cover order: it is filled at market, and with it the position ends.
    """

    MODIFY = "modify"
    CANCEL = "cancel"
    EXIT = "exit"


class Did(StrEnum):
    """How acting ended. `OUTDATED`: the orders had changed since the page was made, so Kite was not asked."""

    TAKEN = "taken"
    REFUSED = "refused"
    NO_ANSWER = "no_answer"
    SESSION_OVER = "session_over"
    REPEATED = "repeated"
    OUTDATED = "outdated"


ASKED: dict[str, Verb] = {
    Cause.ASKED_TO_MODIFY: Verb.MODIFY,
    Cause.ASKED_TO_CANCEL: Verb.CANCEL,
    Cause.ASKED_TO_EXIT: Verb.EXIT,
}
"""The events that record an act before it is done."""

CAUSES = {verb: Cause(cause) for cause, verb in ASKED.items()}

ANSWERED: dict[str, Did] = {
    Cause.KITE_TOOK: Did.TAKEN,
    Cause.KITE_REFUSED: Did.REFUSED,
    Cause.KITE_SILENT: Did.NO_ANSWER,
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
class Deed:
    """One act: what to do to which order, and for a modification its new terms."""

    verb: Verb
    order: Order
    terms: Mapping[str, int | Decimal] = field(default_factory=dict)

    @property
    def detail(self) -> str:
        """What an event says of it: the order's number, then the terms."""
        return modifications.written(self.order.order_id, self.terms)


@dataclass(frozen=True)
class Act:
    """An act that was recorded.

    `did` is None while Kite has not answered; `error` and `message` are of a refusal.
    """

    verb: Verb
    order_id: str
    asked: Event
    did: Did | None = None
    error: str = ""
    message: str = ""


@dataclass(frozen=True)
class Desk:
    """What a visit may act on: the orders of an execution that have not ended, by their ids.

    `session` is None when the person has to log in first. `acts` is what was done so far.
    """

    execution: Execution
    session: KiteSession | None
    orders: dict[str, Order]
    acts: list[Act]


def open_desk(services: Services, visit_id: str, execution_id: str) -> Desk | None:
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
        done = acts(events.of(conn, execution_id))
    return Desk(execution, session, working(receipt_loading.load(services, execution)), done)


def working(receipt: Receipt) -> dict[str, Order]:
    """Return the orders that can be acted on: they have not ended, and the last reading of the order book
    held them.
    """
    known = [order for result in receipt.items if result.outcome is Outcome.OPEN for order in result.orders]
    return {order.order_id: order for order in (*known, *receipt.extra) if not order.ended}


def ends_with(order: Order) -> Verb:
    """Return how a working order is ended: a second leg is exited, every other order cancelled."""
    return Verb.EXIT if order.variety == Variety.CO and order.parent_order_id else Verb.CANCEL


def modifiable(order: Order) -> tuple[str, ...]:
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


def acts(told: Iterable[Event]) -> list[Act]:
    """Read the acts out of an execution's events, oldest first, each with Kite's answer."""
    found: list[Act] = []
    for event in told:
        order_id, _, rest = event.detail.partition(" ")
        if verb := ASKED.get(event.cause):
            found.append(Act(verb, order_id, event))
        elif did := ANSWERED.get(event.cause):
            last = next(
                (number for number in reversed(range(len(found))) if found[number].order_id == order_id), None
            )
            error, _, message = rest.partition(": ")
            if last is not None:
                found[last] = Act(found[last].verb, order_id, found[last].asked, did, error, message)
    return found


def repeated(done: Sequence[Act], verb: Verb, order_ids: Collection[str], press: int) -> bool:
    """Whether a press is one that was heard already: the act that followed upon its page is the same."""
    return 0 <= press < len(done) and done[press].verb is verb and done[press].order_id in order_ids


def carry_out(services: Services, desk: Desk, deeds: Sequence[Deed], press: int) -> Did:
    """Do `deeds` one after the other, and look at the order book; return how the last one that was tried
    ended.

    `press` is the number of acts that the person's page knew of; its form carries it. Of any number of
    presses with the same one, one acts. What concerns more than its own order ends the row: a refused
    address, a session that is over, no answer.
    """
    client = reconcile.client_of(services, desk.session) if desk.session else None
    if client is None or desk.session is None:
        return Did.SESSION_OVER
    did = Did.OUTDATED
    for number, deed in enumerate(deeds):
        did, goes_on = _do(services, desk, client, deed, press + number)
        if not goes_on:
            break
    if did is Did.SESSION_OVER:
        reconcile.end(services, desk.session)
    elif did is not Did.REPEATED:
        reconcile.bring_up_to_date(services, desk.execution, desk.session, at_once=True)
    return did


def _do(services: Services, desk: Desk, client: KiteConnect, deed: Deed, press: int) -> tuple[Did, bool]:
    """Do one deed; return how it ended, and whether the next one may follow."""
    if not_asked := _claim(services, desk.execution, deed, press):
        return not_asked, False
    try:
        _ask(client, deed)
    except UNCLEAR as error:
        _note(services, desk, deed, Cause.KITE_SILENT, error)
        return Did.NO_ANSWER, False
    except KiteException as error:
        _note(services, desk, deed, Cause.KITE_REFUSED, error)
        return (Did.SESSION_OVER if isinstance(error, TokenException) else Did.REFUSED), isinstance(
            error, OF_ONE_ORDER
        )
    _note(services, desk, deed, Cause.KITE_TOOK)
    return Did.TAKEN, True


def _claim(services: Services, execution: Execution, deed: Deed, press: int) -> Did | None:
    """Record a deed before it is done, unless another one was since the page was made: then say so."""
    with services.store.writing() as conn:
        executions.touch(
            conn, execution.id
        )  # locks the execution, so that of two presses the second sees the first
        before = acts(events.of(conn, execution.id))
        if len(before) == press:
            events.add(conn, Event(services.now(), execution.id, None, None, CAUSES[deed.verb], deed.detail))
            return None
    return Did.REPEATED if repeated(before, deed.verb, [deed.order.order_id], press) else Did.OUTDATED


def _ask(client: KiteConnect, deed: Deed) -> None:
    order, parent = deed.order, deed.order.parent_order_id
    if deed.verb is Verb.MODIFY:
        client.modify_order(order.variety, order.order_id, parent_order_id=parent, **deed.terms)  # type: ignore[arg-type]
    elif deed.verb is Verb.EXIT:
        client.exit_order(order.variety, order.order_id, parent)
    else:
        client.cancel_order(order.variety, order.order_id, parent)


def _note(
    services: Services, desk: Desk, deed: Deed, cause: Cause, error: KiteException | None = None
) -> None:
    said = f" {type(error).__name__}: {error.message}" if error else ""
    with services.store.writing() as conn:
        executions.touch(conn, desk.execution.id)
        events.add(
            conn, Event(services.now(), desk.execution.id, None, None, cause, f"{deed.order.order_id}{said}")
        )
