"""Postbacks: Kite's messages about orders.

They are kept as they came. After each, Kite is read; only what it answers then is shown as known.

The checksum covers an order's id and time alone: neither status nor quantity, and not the tag by
which a message is joined to an execution. So a message says where to look, and proves that
something reached Kite. Messages come twice, late, in another order than things happened, or never.
Source: Kite Connect documentation, page "Postbacks (WebHooks)".
"""

import json
import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum

from kite.connect.envelope import read_json
from kite.connect.records import Order, Raw
from kite.connect.records import order as read_order
from kite.connect.signing import verify_postback
from kite.exceptions import KiteException, StoreUnavailable
from kite.offsite.base import states
from kite.offsite.base.matching import tags_of
from kite.offsite.base.services import Services
from kite.offsite.order_book import reconcile, recording
from kite.store.base.engine import Connection
from kite.store.flow import events, executions, postbacks
from kite.store.flow.event_causes import EventCause
from kite.store.flow.event_data import ReportedOrder
from kite.store.flow.executions import Execution
from kite.store.flow.postbacks import Postback
from kite.vocabulary import State

BODY_LIMIT = 64 * 1024
"""Bytes of a message: Kite's own take less than 2 KB."""

READERS = 4
WAITING = 200
"""Threads of a process that read Kite after messages, and executions that may wait for one; the
worker reads what does not fit.
"""

LARGEST = 2**63 - 1
"""The largest quantity that a column of the database holds."""


class PostbackVerdict(StrEnum):
    """What became of a message."""

    KEPT = "kept"
    KNOWN = "known"
    FORGED = "forged"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class ReceivedPostback:
    """A message received. `execution_id` is set when it is news of an execution."""

    verdict: PostbackVerdict
    execution_id: str | None = None


def receive(services: Services, body: bytes) -> ReceivedPostback:
    """Receive a message: keep it once, and join it to the execution whose tag its order carries.

    It proves that the basket reached Kite: an execution that nobody came back from is returned from
    then on. Without an API secret nothing can be checked, and everything counts as forged. Forged
    and unreadable messages leave no trace. Raises StoreUnavailable.
    """
    raw = read_json(body)
    if not isinstance(raw, dict):
        # Without a secret nothing can be proved: an unreadable message is no better than a forged
        # one.
        return ReceivedPostback(
            PostbackVerdict.UNREADABLE if services.settings.api_secret else PostbackVerdict.FORGED
        )
    if not _is_signed(raw, services.settings.api_secret):
        return ReceivedPostback(PostbackVerdict.FORGED)
    order = _read_order(raw)
    if order is None:
        return ReceivedPostback(PostbackVerdict.UNREADABLE)
    with services.store.writing() as conn:
        execution = _execution_of(conn, order, str(raw.get("user_id") or ""))
        # Kite sends messages again. The unique row makes the second one known, whichever process
        # gets it.
        if not postbacks.keep(conn, _postback(order, execution, services)):
            return ReceivedPostback(PostbackVerdict.KNOWN)
        if execution:
            _note(conn, services, execution, order)
    return ReceivedPostback(PostbackVerdict.KEPT, execution.id if execution else None)


def _is_signed(raw: Raw, api_secret: str) -> bool:
    """Whether Kite signed a message with our secret."""
    fields = [raw.get(name) for name in ("order_id", "order_timestamp", "checksum")]
    order_id, timestamp, checksum = (text if isinstance(text, str) else "" for text in fields)
    return verify_postback(order_id, timestamp, checksum, api_secret)


def _read_order(raw: Raw) -> Order | None:
    """Return a message's order; None when it lacks what every message has, or the database cannot
    hold it.
    """
    try:
        order = read_order(raw)
    except KiteException:
        return None
    if not (order.status and order.tradingsymbol and order.exchange and order.transaction_type):
        return None
    fits = 0 <= order.filled_quantity <= LARGEST and 0 <= order.quantity <= LARGEST
    return order if fits else None


def _execution_of(conn: Connection, order: Order, user_id: str) -> Execution | None:
    """Return the execution whose tag the order carries, or to which an earlier message of the order
    or its first leg was joined.
    """
    candidates = executions.by_tags(conn, tags_of(order)) or _joined_earlier(conn, order)
    # Somebody else may have opened the basket too: their orders are none of the owner's.
    return next((execution for execution in candidates if execution.user_id in (None, user_id)), None)


def _joined_earlier(conn: Connection, order: Order) -> list[Execution]:
    """Return the execution of an earlier message about the order or its first leg."""
    order_ids = [order_id for order_id in (order.order_id, order.parent_order_id) if order_id]
    execution = executions.get(conn, postbacks.execution_of_orders(conn, order_ids) or "")
    return [execution] if execution else []


def _postback(order: Order, execution: Execution | None, services: Services) -> Postback:
    # The checksum is left out: it fits any status and quantity of the order, so it would serve to
    # forge some.
    data = {name: value for name, value in order.raw.items() if name != "checksum"}
    return Postback(
        order_id=order.order_id,
        status=order.status,
        filled_quantity=order.filled_quantity,
        order_timestamp=str(order.raw["order_timestamp"]),
        user_id=str(order.raw.get("user_id") or ""),
        tag=next(iter(tags_of(order)), ""),
        execution_id=execution.id if execution else None,
        data=json.dumps(data, separators=(",", ":")),
        received_at=services.now(),
    )


def _note(conn: Connection, services: Services, execution: Execution, order: Order) -> None:
    """Record a message in the audit trail of its execution, with what it proves."""
    now, report = services.now(), ReportedOrder(order.tradingsymbol, order.status)
    if execution.state in states.PROVED or not states.move(
        conn, execution, State.RETURNED, now, EventCause.POSTBACK, order_id=order.order_id, data=report
    ):
        events.note(conn, now, EventCause.POSTBACK, execution.id, order_id=order.order_id, data=report)
        executions.touch(conn, execution.id)
    recording.settle(conn, services, execution.id)


class Readers:
    """Reads Kite for executions of which a message came, in a few threads of this process.

    An execution waits at most once, and is read by one thread at a time: a basket of ten orders
    sends ten messages within a second. A process that dies loses nothing: the worker reads for
    every message after which nobody did.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        # It starts its threads with the first messages: a process that forks before would lose them.
        self._pool = ThreadPoolExecutor(READERS, thread_name_prefix="postback reader")
        self._changed = threading.Condition()
        self._waiting: set[str] = set()
        self._reading: set[str] = set()
        self._closed = False

    def ask(self, execution_id: str) -> bool:
        """Have an execution read soon; False when too many wait, and it is left to the worker."""
        with self._changed:
            if execution_id in self._waiting:
                return True
            if self._closed or len(self._waiting) >= WAITING:
                return False
            self._waiting.add(execution_id)
            # The reading under way may have missed this news: `_take` has it read once more.
            if execution_id not in self._reading:
                self._pool.submit(self._take, execution_id)
        return True

    def wait(self) -> None:
        """Return when every execution that was asked for is read."""
        with self._changed:
            self._changed.wait_for(lambda: not self._waiting and not self._reading)

    def close(self) -> None:
        """End the threads once each has finished its reading.

        What still waits is left to the worker.
        """
        with self._changed:
            self._closed = True
            self._waiting.clear()
        self._pool.shutdown(cancel_futures=True)

    def _take(self, execution_id: str) -> None:
        # In one step: a message in between would find it neither waiting nor being read, and have
        # it read twice.
        with self._changed:
            self._waiting.discard(execution_id)
            self._reading.add(execution_id)
        self._read(execution_id)
        with self._changed:
            self._reading.discard(execution_id)
            if execution_id in self._waiting:
                self._pool.submit(self._take, execution_id)
            self._changed.notify_all()

    def _read(self, execution_id: str) -> None:
        """Read Kite, and log every error: no caller looks at how a reading ended."""
        log = logging.getLogger(__name__)
        try:
            with events.acting("Kite"):
                reconcile.read_for_postback(self._services, execution_id)
        except StoreUnavailable as error:
            log.error("Not read after a postback: %s", error)
        except Exception:
            log.exception("Not read after a postback")
