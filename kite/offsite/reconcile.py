"""Reconcile: read the order book of the Kite user who owns an execution, keep what concerns it, and settle."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum

from kite.connect.client import KiteConnect
from kite.connect.records import Order, order, trade
from kite.exceptions import KiteException, NetworkException, NoAnswer, TokenException
from kite.offsite import states
from kite.offsite.matching import with_tag
from kite.offsite.parts import Parts
from kite.offsite.receipt import Receipt, build, concludes
from kite.store import books, events, executions, sessions
from kite.store.engine import Connection
from kite.store.events import Event
from kite.store.executions import Execution
from kite.store.sessions import KiteSession
from kite.vocabulary import Cause, State

READ_EVERY = timedelta(seconds=1)
HISTORIES_AT_ONCE = 8
"""Histories read in one pass, so that a page with ten orders does not wait for Kite's ten calls a second."""


class Reading(StrEnum):
    """How an attempt to read the order book ended."""

    READ = "read"
    SESSION_OVER = "session_over"
    NO_ANSWER = "no_answer"
    REFUSED = "refused"


def load(parts: Parts, execution: Execution, *, readable: bool = True) -> Receipt:
    """Build the receipt from what is stored."""
    with parts.store.reading() as conn:
        return _load(conn, execution, readable)


def mark_overdue(parts: Parts, execution: Execution) -> Execution:
    """Call an execution unknown when it was handed off long ago and nobody came back."""
    now = parts.now()
    if execution.state is not State.HANDED_OFF or execution.handed_off_at is None or execution.handed_off_at + parts.settings.unknown_after > now:
        return execution
    with parts.store.writing() as conn:
        states.move(conn, execution, State.UNKNOWN, now, Cause.NO_RETURN, str(parts.settings.unknown_after // timedelta(minutes=1)))
        return executions.get(conn, execution.id) or execution


def bring_up_to_date(parts: Parts, execution: Execution, session: KiteSession, *, at_once: bool = False) -> Reading | None:
    """Read Kite for `execution`, at most once a second for all who watch it; None when another reading is recent enough.

    `at_once` reads in any case: a person asked, or a new return came.
    """
    now = parts.now()
    with parts.store.writing() as conn:
        if not executions.claim_read(conn, execution.id, now, now - READ_EVERY) and not at_once:
            return None
    return read(parts, execution, session)


def read(parts: Parts, execution: Execution, session: KiteSession) -> Reading:
    """Read orders, then trades (so that no order shows a fill without its trade), keep them, and settle."""
    client = client_of(parts, session)
    if client is None:
        return Reading.SESSION_OVER
    asked_at = parts.now()
    try:
        mine = with_tag(client.orders(), execution.tag)
        trades = [each for each in client.trades() if any(each.order_id == one.order_id for one in mine)] if mine else []
        histories = _histories(parts, client, execution, mine)
    except TokenException:
        end(parts, session)
        return Reading.SESSION_OVER
    except (NoAnswer, NetworkException):
        return Reading.NO_ANSWER
    except KiteException:
        return Reading.REFUSED
    with parts.store.writing() as conn:
        books.keep(conn, execution.id, [each.raw for each in mine], [each.raw for each in trades], asked_at)
        for order_id, rows in histories.items():
            books.keep_history(conn, execution.id, order_id, rows, asked_at)
        executions.note_read(conn, execution.id, asked_at)
        _conclude(conn, parts, execution, asked_at)
        settle(conn, parts, execution.id)
    return Reading.READ


def settle(conn: Connection, parts: Parts, execution_id: str) -> None:
    """Move a returned execution to settled when nothing can change any more, and back when an order works again.

    A settled execution is not read again by itself, so it waits until every order's history has been read once.
    """
    execution = executions.get(conn, execution_id)
    if execution is None or execution.state not in (State.RETURNED, State.SETTLED):
        return
    receipt = _load(conn, execution, readable=True)
    told = all(receipt.histories.get(each.order_id) for each in receipt.orders)
    if execution.state is State.RETURNED and receipt.complete and told:
        states.move(conn, execution, State.SETTLED, parts.now(), Cause.ALL_ENDED if receipt.orders else Cause.NOTHING_PLACED)
    elif execution.state is State.SETTLED and receipt.working:
        states.move(conn, execution, State.RETURNED, parts.now(), Cause.WORKS_AGAIN)


def client_of(parts: Parts, session: KiteSession) -> KiteConnect | None:
    """Return a client that acts in `session`; None, with the session ended, when its token cannot be opened any more."""
    token = parts.sealer.open(session.sealed_token or "", session.id)
    if token is None:
        end(parts, session)
        return None
    return parts.connect.with_token(token)


def end(parts: Parts, session: KiteSession) -> None:
    """Remember that a session is over and forget its token."""
    with parts.store.writing() as conn:
        sessions.end(conn, session.id, parts.now())


def _load(conn: Connection, execution: Execution, readable: bool) -> Receipt:
    book = books.of(conn, execution.id)
    histories = {order_id: [order(raw) for raw in rows] for order_id, rows in book.histories.items()}
    orders, trades = [order(raw) for raw in book.orders], [trade(raw) for raw in book.trades]
    gone = {order_id for order_id, at in book.seen_at.items() if execution.read_at and at < execution.read_at}
    return replace(build(execution, orders, trades, events.of(conn, execution.id), readable=readable, gone=gone), histories=histories)


def _conclude(conn: Connection, parts: Parts, execution: Execution, read_at: datetime) -> None:
    current = executions.get(conn, execution.id)
    if current is None or not concludes(current, read_at, parts.settings.missing_after):
        return
    if all(event.cause != Cause.BOOK_READ for event in events.of(conn, execution.id)):
        events.add(conn, Event(at=read_at, execution_id=execution.id, from_state=None, to_state=None, cause=Cause.BOOK_READ, detail=""))


def _histories(parts: Parts, client: KiteConnect, execution: Execution, orders: Sequence[Order]) -> dict[str, list[dict[str, object]]]:
    """Read the histories that have moved on since they were kept, a few at a time; the book stands without them too.

    An order of which Kite tells no history has its present state as the only station.
    """
    with parts.store.reading() as conn:
        kept = books.of(conn, execution.id).histories
    behind = [each for each in orders if _behind(kept.get(each.order_id), each)]
    histories: dict[str, list[dict[str, object]]] = {}
    for each in behind[:HISTORIES_AT_ONCE]:
        try:
            told = [entry.raw for entry in client.order_history(each.order_id)]
        except TokenException:
            raise
        except (NoAnswer, NetworkException):
            break
        except KiteException:
            told = []
        histories[each.order_id] = told or [each.raw]
    return histories


def _behind(history: list[dict[str, object]] | None, current: Order) -> bool:
    if not history:
        return True
    last = order(history[-1])
    return (last.status, last.filled_quantity) != (current.status, current.filled_quantity)
