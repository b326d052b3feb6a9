"""The ending of a basket that somebody else's page or app began: a word, a one-time code, and where it is
told.

The word says no more than Kite's own: `success` is that the person finished at Kite. What became of the
orders, the code is redeemed for. Kite's request_token never leaves this site.
"""

from collections.abc import Set
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from urllib.parse import urlencode, urlsplit

from kite.exceptions import KiteError
from kite.offsite.base import receipt_loading
from kite.offsite.base.services import Services
from kite.offsite.journey import access, basket_parts
from kite.offsite.journey.access import Role, View
from kite.offsite.journey.part_waits import BACK
from kite.offsite.order_book import reconcile
from kite.offsite.order_book.reconcile import ReadingResult
from kite.publishing import permissions
from kite.publishing.permissions import hash_of
from kite.publishing.pressing import hash_handle
from kite.store.base.engine import Connection
from kite.store.flow import codes, events, executions
from kite.store.flow.codes import ApiToken
from kite.store.flow.events import Event
from kite.store.flow.executions import Execution
from kite.store.people import sessions
from kite.store.people.allowed_sites import RETURN_TO
from kite.store.publishing import presses
from kite.store.publishing.presses import Press
from kite.vocabulary import EventCause, State

CODE_LASTS = timedelta(minutes=10)


class Status(StrEnum):
    """What is told of an ending."""

    SUCCESS = "success"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


STATUSES = {
    State.RETURNED: Status.SUCCESS,
    State.SETTLED: Status.SUCCESS,
    State.CANCELLED: Status.CANCELLED,
    State.UNKNOWN: Status.UNKNOWN,
}
"""The states in which there is something to tell; the others are on their way."""


@dataclass(frozen=True)
class Ending:
    """What is told, as one JSON string on every bridge. `code` is None unless the person finished at Kite."""

    status: Status
    code: str | None
    execution_id: str

    def message(self) -> dict[str, str | None]:
        """Return the message that pages and apps get."""
        return {"type": "basket", "status": self.status, "code": self.code, "execution_id": self.execution_id}


@dataclass(frozen=True)
class BasketEnding:
    """A basket in one part or several.

    `execution` ends it, `status` is None while it goes on, `stopped` when its person stopped on the way.
    """

    execution: Execution
    status: Status | None
    stopped: bool


class CodeRefused(KiteError):
    """A code that redeems nothing. `known`: it was one, and is used or too old."""

    def __init__(self, *, known: bool) -> None:
        super().__init__("used or too old" if known else "unknown")
        self.known = known


def basket_ending(services: Services, execution: Execution) -> BasketEnding:
    """Say how the basket ends of which `execution` is a part, or was sent in place of one.

    The last part ends it, or the last that was sent when the person stopped. It is a success when somebody
    came back with one part at least and none of what was sent is still at Kite or unknown: whoever cancels,
    or never sends, the rest has not cancelled what was placed.
    """
    progress = basket_parts.basket_progress(services, execution)
    if progress is None:
        return BasketEnding(execution, STATUSES.get(execution.state), stopped=False)
    sent = {
        part.id: [each for each in progress.tries[part.id] if each.state is not State.PREPARED]
        for part in progress.basket
    }
    last = progress.basket[-1]
    if progress.stopped:
        last = next((part for part in reversed(progress.basket) if sent[part.id]), last)
    elif not any(each.state in STATUSES for each in sent[last.id]):
        return BasketEnding(last, None, stopped=False)
    back = (each for each in sent[last.id] if each.state in BACK)
    return BasketEnding(
        next(back, last),
        _together({each.state for tries in sent.values() for each in tries}),
        stopped=progress.stopped,
    )


def _together(states: Set[State]) -> Status:
    """Return what is told of everything that was sent of a basket."""
    if states & {State.HANDED_OFF, State.UNKNOWN}:
        return Status.UNKNOWN
    return Status.SUCCESS if states & BACK else Status.CANCELLED


def ending_of(services: Services, basket: BasketEnding, *, owner: bool) -> Ending:
    """Return the ending of a basket. One that goes on is `unknown`: nobody can say yet what becomes of it.

    The code opens the receipt, so it is for the `owner` alone, and for the page or app that the owner pressed
    on.
    """
    status = basket.status or Status.UNKNOWN
    return Ending(
        status,
        code_of(services, basket.execution.id) if owner and status is Status.SUCCESS else None,
        basket.execution.id,
    )


def code_of(services: Services, execution_id: str) -> str:
    """Return the code of an execution: the same each time, nobody can guess it, and its ten minutes begin
    with the first.
    """
    code = services.sealer.fingerprint("code", execution_id)
    with services.store.writing() as conn:
        codes.add(conn, hash_of(code), execution_id, services.now())
    return code


def return_address(services: Services, press: Press, ending: Ending) -> str | None:
    """Return the address that the person goes back to, with the ending; None when there is none, or it is no
    longer allowed.
    """
    if not permissions.is_permitted(services, RETURN_TO, press.return_to):
        return None
    told = {name: text for name, text in ending.message().items() if text is not None and name != "type"}
    return f"{press.return_to}{'&' if urlsplit(press.return_to).query else '?'}{urlencode(told)}"


def ending_for_handle(services: Services, handle: str) -> tuple[Press, Ending] | None:
    """Return the press whose page made this handle, and its ending as far as it is known; None for no handle
    of ours.

    The page pressed in the browser that composed: when somebody else placed the basket, its page gets no
    code.
    """
    hashed = hash_handle(handle)
    with services.store.reading() as conn:
        press = presses.by_handle(conn, hashed) if hashed else None
        execution = executions.get(conn, press.execution_id) if press else None
        execution = _in_its_place(conn, execution) if execution else None
    if press is None or execution is None:
        return None
    basket = basket_ending(services, reconcile.mark_overdue(services, execution))
    owner = access.role_in(services, basket.execution.visit_id, basket.execution.id) is Role.OWNER
    return press, ending_of(services, basket, owner=owner)


def _in_its_place(conn: Connection, execution: Execution) -> Execution:
    """Return what a cancelled basket was sent again as, by the button that keeps what led to it; itself when
    it was not.
    """
    while execution.parts == 1 and execution.state is State.CANCELLED:
        sent = (each for each in executions.again(conn, execution.id) if each.state is not State.PREPARED)
        later = next((each for each in sent if presses.of(conn, each.id)), None)
        if later is None:
            break
        execution = later
    return execution


def redeem(services: Services, token: ApiToken, code: str) -> list[View]:
    """Turn a code into what its execution's owner would see, once. Raises CodeRefused.

    The other parts of the same basket follow: the code is that of the one that ends it.
    """
    now = services.now()
    with services.store.writing() as conn:
        execution_id = codes.redeem(conn, hash_of(code), token.id, now, now - CODE_LASTS)
        execution = executions.get(conn, execution_id) if execution_id else None
        if execution is None:
            raise CodeRefused(known=codes.known(conn, hash_of(code)))
        events.add(conn, Event(now, execution.id, None, None, EventCause.CODE_REDEEMED, token.name))
    return [_view(services, each) for each in (execution, *_others(services, execution))]


def _others(services: Services, execution: Execution) -> list[Execution]:
    """Return the other parts of a basket, and what was sent in their place, that are the composing visit's
    own, as the one with the code is.
    """
    progress = basket_parts.basket_progress(services, execution)
    tries = [each for part in progress.basket for each in progress.tries[part.id]] if progress else []
    others = [
        each
        for each in tries
        if each.id != execution.id and (each.parts > 1 or each.state is not State.PREPARED)
    ]
    return [each for each in others if access.role_in(services, execution.visit_id, each.id) is Role.OWNER]


def _view(services: Services, execution: Execution) -> View:
    """Read Kite in a session of the Kite user who owns the execution, if one lives, and show what is known
    then.
    """
    with services.store.reading() as conn:
        living = sessions.of_user(conn, execution.user_id, services.now()) if execution.user_id else []
    reading = reconcile.bring_up_to_date(services, execution, living[0]) if living else None
    with services.store.reading() as conn:
        execution = executions.get(conn, execution.id) or execution
    readable = bool(living) and reading is not ReadingResult.SESSION_OVER
    return View(
        Role.OWNER,
        receipt_loading.load_receipt(services, execution, readable=readable),
        (),
        reading,
        logged_in=False,
    )
