"""The ending of a basket that somebody else's page or app began: a status, a one-time code, and the
address to go back to.

The status says no more than Kite's own: `success` means that the person finished at Kite. The code
is redeemed for what became of the orders. Kite's request_token never leaves this site.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from urllib.parse import urlencode, urlsplit

from kite.exceptions import KiteError
from kite.offsite.base import receipt_loading
from kite.offsite.base.asking import AnswerVerdict
from kite.offsite.base.services import Services
from kite.offsite.base.states import PROVED
from kite.offsite.journey import access, basket_parts
from kite.offsite.journey.access import Role, View
from kite.offsite.journey.part_waits import StoredBasket
from kite.offsite.order_book import reconcile
from kite.publishing import permissions
from kite.publishing.permissions import hash_of
from kite.publishing.pressing import hash_handle
from kite.store.base.engine import Connection
from kite.store.flow import codes, events, executions
from kite.store.flow.codes import ApiToken
from kite.store.flow.event_causes import EventCause
from kite.store.flow.event_data import Name
from kite.store.flow.executions import Execution
from kite.store.people import sessions
from kite.store.people.allowed_sites import RETURN_TO
from kite.store.people.sessions import KiteSession
from kite.store.publishing import presses
from kite.store.publishing.presses import Press
from kite.vocabulary import State

CODE_LASTS = timedelta(minutes=10)


class Status(StrEnum):
    """How a basket ended, as pages and apps get it."""

    SUCCESS = "success"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


STATUSES = {
    State.RETURNED: Status.SUCCESS,
    State.SETTLED: Status.SUCCESS,
    State.CANCELLED: Status.CANCELLED,
    State.UNKNOWN: Status.UNKNOWN,
}
"""The states in which a basket has ended; in the others it goes on."""


@dataclass(frozen=True)
class Ending:
    """An ending as pages and apps get it. `code` is None unless the person finished at Kite."""

    status: Status
    code: str | None
    execution_id: str

    def message(self) -> dict[str, str | None]:
        """Return the message that pages and apps get."""
        return {"type": "basket", "status": self.status, "code": self.code, "execution_id": self.execution_id}


@dataclass(frozen=True)
class BasketEnding:
    """How a basket ends, in one part or several.

    `execution` ends it, `status` is None while it goes on, `stopped` when its person stopped on the
    way.
    """

    execution: Execution
    status: Status | None
    stopped: bool


class CodeRefused(KiteError):
    """A code that cannot be redeemed. `known`: it was a code, and is used or too old."""

    def __init__(self, *, known: bool) -> None:
        super().__init__("used or too old" if known else "unknown")
        self.known = known


def load_ending(conn: Connection, execution: Execution) -> BasketEnding:
    """Return how the basket ends to which `execution` belongs, as stored."""
    return basket_ending(execution, basket_parts.load_basket(conn, execution))


def basket_ending(execution: Execution, stored: StoredBasket | None) -> BasketEnding:
    """Return how the basket ends to which `execution` belongs; `stored` is None when it went to Kite as a
    whole.

    The last part ends it, or the last that was sent when the person stopped. It is a success when
    somebody came back with one part at least and none of what was sent is still at Kite or unknown:
    whoever cancels, or never sends, the rest has not cancelled what was placed.
    """
    if stored is None:
        return BasketEnding(execution, STATUSES.get(execution.state), stopped=False)
    stopped = stored.stopped_at is not None
    sent = {part.id: _sent(stored.attempts[part.id]) for part in stored.basket}
    last = stored.basket[-1]
    if stopped:
        last = next((part for part in reversed(stored.basket) if sent[part.id]), last)
    elif not any(execution.state in STATUSES for execution in sent[last.id]):
        return BasketEnding(last, None, stopped=False)
    returned = (execution for execution in sent[last.id] if execution.state in PROVED)
    return BasketEnding(next(returned, last), _status_of_parts(sent.values()), stopped=stopped)


def _sent(attempts: Iterable[Execution]) -> list[Execution]:
    """Return which attempts of a part went to Kite."""
    return [execution for execution in attempts if execution.state is not State.PREPARED]


def _status_of_parts(sent: Iterable[Sequence[Execution]]) -> Status:
    """Return the status of everything that was sent of a basket."""
    states = {execution.state for attempts in sent for execution in attempts}
    # One part that may still be placed outweighs the others: nobody may take the basket for
    # finished.
    if states & {State.HANDED_OFF, State.UNKNOWN}:
        return Status.UNKNOWN
    return Status.SUCCESS if states & PROVED else Status.CANCELLED


def ending_of(services: Services, basket: BasketEnding, *, owner: bool) -> Ending:
    """Return the ending of a basket.

    One that goes on is `unknown`: nobody can say yet what becomes of it.
    """
    status, code = basket.status or Status.UNKNOWN, None
    # The code opens the receipt, so only the owner gets it, and the page or app that the owner
    # pressed on.
    if owner and status is Status.SUCCESS:
        code = code_of(services, basket.execution.id)
    return Ending(status, code, basket.execution.id)


def code_of(services: Services, execution_id: str) -> str:
    """Return the code of an execution.

    It is the same each time, nobody can guess it, and its ten minutes begin with the first call.
    """
    code = services.sealer.fingerprint("code", execution_id)
    with services.store.writing() as conn:
        codes.add(conn, hash_of(code), execution_id, services.now())
    return code


def return_address(services: Services, press: Press, ending: Ending) -> str | None:
    """Return the address that the person goes back to, with the ending; None when there is none, or
    it is no longer allowed.
    """
    with services.store.reading() as conn:
        # Checked again: the operator may have taken the address off the list since the press.
        if not permissions.is_permitted(conn, RETURN_TO, press.return_to):
            return None
    query = {name: text for name, text in ending.message().items() if text is not None and name != "type"}
    separator = "&" if urlsplit(press.return_to).query else "?"
    return f"{press.return_to}{separator}{urlencode(query)}"


def ending_for_handle(services: Services, handle: str) -> tuple[Press, Ending] | None:
    """Return the press whose page made this handle, and its ending as far as it is known; None for
    a handle that we do not know.
    """
    hashed = hash_handle(handle)
    if hashed is None:
        return None
    with services.store.reading() as conn:
        press = presses.by_handle(conn, hashed)
        if press is None:
            return None
        execution = executions.get(conn, press.execution_id)
        if execution is None:
            return None
        execution = _sent_in_place_of(conn, execution)
        basket, owner = _ending_and_owner(conn, execution)
    if reconcile.is_overdue(services, execution):
        execution = reconcile.mark_overdue(services, execution)
        with services.store.reading() as conn:
            basket, owner = _ending_and_owner(conn, execution)
    return press, ending_of(services, basket, owner=owner)


def _ending_and_owner(conn: Connection, execution: Execution) -> tuple[BasketEnding, bool]:
    """Return how the basket of `execution` ends, and whether the browser that composed it owns it."""
    basket = load_ending(conn, execution)
    # The page pressed in the browser that composed: when somebody else placed the basket, it gets no
    # code.
    role = access.role_in_visit(conn, basket.execution.visit_id, basket.execution)
    return basket, role is Role.OWNER


def _sent_in_place_of(conn: Connection, execution: Execution) -> Execution:
    """Return what a cancelled basket was sent again as, with the same press, or itself."""
    while execution.parts == 1 and execution.state is State.CANCELLED:
        sent = _sent(executions.resends(conn, execution.id))
        later = next((again for again in sent if presses.of(conn, again.id)), None)
        if later is None:
            break
        execution = later
    return execution


def redeem(services: Services, token: ApiToken, code: str) -> list[View]:
    """Return, once for a code, what its execution's owner would see. Raises CodeRefused.

    The code is that of the execution that ends the basket; the other parts follow it.
    """
    now = services.now()
    with services.store.writing() as conn:
        # Used up in the same step: of two servers with the same code, or two requests, one gets an
        # answer.
        execution_id = codes.redeem(conn, hash_of(code), token.id, now, now - CODE_LASTS)
        execution = executions.get(conn, execution_id) if execution_id else None
        if execution is None:
            raise CodeRefused(known=codes.was_issued(conn, hash_of(code)))
        events.note(conn, now, EventCause.CODE_REDEEMED, execution.id, data=Name(token.name))
    return [_view(services, part) for part in (execution, *_other_parts(services, execution))]


def _other_parts(services: Services, execution: Execution) -> list[Execution]:
    """Return the other parts of a basket, and what was sent in their place, that are the composing
    visit's own, as the one with the code is.
    """
    with services.store.reading() as conn:
        stored = basket_parts.load_basket(conn, execution)
        if stored is None:
            return []
        proved = sessions.proved_users(conn, execution.visit_id)
    all_attempts = (other for part in stored.basket for other in stored.attempts[part.id])
    others = [other for other in all_attempts if other.id != execution.id and _is_shown(other)]
    return [other for other in others if access.role_of(other, execution.visit_id, proved) is Role.OWNER]


def _is_shown(execution: Execution) -> bool:
    """Whether an execution is a part of the basket; what was only prepared in place of one is
    none.
    """
    return execution.parts > 1 or execution.state is not State.PREPARED


def _view(services: Services, execution: Execution) -> View:
    """Return the owner's view of an execution, read from Kite first if a session of the owner
    lives.
    """
    with services.store.reading() as conn:
        living: list[KiteSession] = []
        if execution.user_id:
            living = sessions.of_user(conn, execution.user_id, services.now())
        if not living:
            return _stored_view(conn, execution, None, readable=False)
    reading = reconcile.bring_up_to_date(services, execution, living[0])
    with services.store.reading() as conn:
        return _stored_view(conn, execution, reading, readable=reading is not AnswerVerdict.SESSION_OVER)


def _stored_view(
    conn: Connection, execution: Execution, reading: AnswerVerdict | None, *, readable: bool
) -> View:
    current = executions.get(conn, execution.id) or execution
    receipt = receipt_loading.read_receipt(conn, current, readable=readable)
    return View(Role.OWNER, receipt, (), reading, logged_in=False)
