"""Postbacks: Kite's messages about orders.

They are kept as they came; what is shown as known is read from Kite after them.

The checksum covers an order's number and time alone: neither status nor quantity, and not the tag by which a
message is joined to an execution. So a message says where to look, and that something reached Kite. Messages
come twice, late, in another order than things went, or never. Source: Kite Connect documentation, page
"Postbacks (WebHooks)".
"""

import json
import logging
import queue
import threading
from dataclasses import dataclass
from enum import StrEnum

from kite.connect.envelope import read_json
from kite.connect.records import Order, Raw, order
from kite.connect.signing import verify_postback
from kite.exceptions import KiteException, StoreUnavailable
from kite.offsite.base import states
from kite.offsite.base.matching import TAG_LENGTH
from kite.offsite.base.services import Services
from kite.offsite.order_book import reconcile
from kite.store.base.engine import Connection
from kite.store.flow import events, executions, postbacks
from kite.store.flow.events import Event
from kite.store.flow.executions import Execution
from kite.store.flow.postbacks import Postback
from kite.vocabulary import EventCause, State

BODY_LIMIT = 64 * 1024
"""Bytes of a message: Kite's own take less than 2 KB."""

READERS = 4
WAITING = 200
"""Threads of a process that read Kite after messages, and executions that may wait for one; the worker reads
what does not fit.
"""

PROVED = frozenset({State.RETURNED, State.SETTLED})
"""States in which it is known that the basket reached Kite."""

LARGEST = 2**63 - 1


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
    """Take a message: keep it once, and join it to the execution whose tag its order carries.

    What it proves is that the basket reached Kite: an execution that nobody came back from is returned from
    then on. Without an API secret nothing can be checked, and everything counts as forged. Forged and
    unreadable messages leave no trace. Raises StoreUnavailable.
    """
    raw = read_json(body)
    if not isinstance(raw, dict):
        return ReceivedPostback(
            PostbackVerdict.UNREADABLE if services.settings.api_secret else PostbackVerdict.FORGED
        )
    proof = [raw.get(name) for name in ("order_id", "order_timestamp", "checksum")]
    order_id, timestamp, checksum = (each if isinstance(each, str) else "" for each in proof)
    if not verify_postback(order_id, timestamp, checksum, services.settings.api_secret):
        return ReceivedPostback(PostbackVerdict.FORGED)
    told = _order(raw)
    if told is None:
        return ReceivedPostback(PostbackVerdict.UNREADABLE)
    with services.store.writing() as conn:
        execution = _execution_of(conn, told, str(raw.get("user_id") or ""))
        message = _message(told, execution, services)
        if not postbacks.keep(conn, message):
            return ReceivedPostback(PostbackVerdict.KNOWN)
        if execution:
            _note(conn, services, execution, told)
    return ReceivedPostback(PostbackVerdict.KEPT, execution.id if execution else None)


def _order(raw: Raw) -> Order | None:
    """Read the message as an order; None when it lacks what every message has."""
    try:
        told = order(raw)
    except KiteException:
        return None
    whole = told.status and told.tradingsymbol and told.exchange and told.transaction_type
    return told if whole and 0 <= told.filled_quantity <= LARGEST and 0 <= told.quantity <= LARGEST else None


def _execution_of(conn: Connection, told: Order, user_id: str) -> Execution | None:
    """Return the execution whose tag the order carries, or to which an earlier message of the order or its
    first leg was joined.

    The order of another Kite user than the owner is none of the owner's: somebody else may have opened the
    basket too.
    """
    found = executions.by_tags(
        conn, {text[-TAG_LENGTH:] for text in told.tag_list if len(text) >= TAG_LENGTH}
    )
    if not found:
        joined = postbacks.known(conn, [each for each in (told.order_id, told.parent_order_id) if each])
        found = [each for each in (executions.get(conn, joined or ""),) if each]
    return next((each for each in found if each.user_id in (None, user_id)), None)


def _message(told: Order, execution: Execution | None, services: Services) -> Postback:
    return Postback(
        order_id=told.order_id,
        status=told.status,
        filled_quantity=told.filled_quantity,
        order_timestamp=str(told.raw["order_timestamp"]),
        user_id=str(told.raw.get("user_id") or ""),
        tag=next(iter(told.tag_list), "")[-TAG_LENGTH:],
        execution_id=execution.id if execution else None,
        data=json.dumps(
            {name: value for name, value in told.raw.items() if name != "checksum"}, separators=(",", ":")
        ),
        received_at=services.now(),
    )


def _note(conn: Connection, services: Services, execution: Execution, told: Order) -> None:
    """Record a message in the trail of its execution, and what it proves."""
    now, detail = services.now(), f"{told.tradingsymbol} {told.status}"
    if execution.state in PROVED or not states.move(
        conn, execution, State.RETURNED, now, EventCause.POSTBACK, detail
    ):
        events.add(conn, Event(now, execution.id, None, None, EventCause.POSTBACK, detail))
        executions.touch(conn, execution.id)
    reconcile.settle(conn, services, execution.id)


class Readers:
    """Reads Kite for executions of which a message came, in a few threads of this process.

    An execution waits at most once, and is read by one thread at a time: a basket of ten orders sends ten
    messages within a second. A process that dies loses nothing, for the worker reads every message that was
    not read after.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._queue: queue.Queue[str | None] = queue.Queue(WAITING)
        self._lock = threading.Lock()
        self._waiting: set[str] = set()
        self._reading: set[str] = set()
        self._threads: list[threading.Thread] = []
        self._closed = False

    def ask(self, execution_id: str) -> bool:
        """Have an execution read soon; False when too many wait, and it is left to the worker."""
        with self._lock:
            if self._closed:
                return False
            self._start()
            if execution_id in self._waiting:
                return True
            if execution_id in self._reading:
                self._waiting.add(
                    execution_id
                )  # it stands in the queue again as soon as that reading is over
                return True
            return self._put(execution_id)

    def wait(self) -> None:
        """Return when everything that was asked for is read."""
        self._queue.join()

    def close(self) -> None:
        """End the threads once each is through with the reading it is at.

        What still waits is left to the worker.
        """
        with self._lock:
            self._closed = True
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join()

    def _start(self) -> None:
        """Start the threads with the first message: a process that forks before would lose them."""
        while len(self._threads) < READERS:
            thread = threading.Thread(target=self._work, name="postback reader", daemon=True)
            self._threads.append(thread)
            thread.start()

    def _put(self, execution_id: str) -> bool:
        try:
            self._queue.put_nowait(execution_id)
        except queue.Full:
            self._waiting.discard(execution_id)
            return False
        self._waiting.add(execution_id)
        return True

    def _work(self) -> None:
        while (execution_id := self._queue.get()) is not None:
            if not self._closed:
                self._take(execution_id)
            self._queue.task_done()
        self._queue.task_done()

    def _take(self, execution_id: str) -> None:
        with self._lock:
            self._waiting.discard(execution_id)
            self._reading.add(execution_id)
        self._read(execution_id)
        with self._lock:
            self._reading.discard(execution_id)
            if execution_id in self._waiting:
                self._put(execution_id)

    def _read(self, execution_id: str) -> None:
        """Read, and end with nothing else: the next message needs this thread."""
        log = logging.getLogger(__name__)
        try:
            with events.acting("Kite"):
                reconcile.read_for_postback(self._services, execution_id)
        except StoreUnavailable as error:
            log.error("Not read after a postback: %s", error)
        except Exception:
            log.exception("Not read after a postback")
