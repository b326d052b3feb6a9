"""Postbacks: order updates as raw JSON, posted to the registered address (documentation, "Postback
(WebHooks)").

A thread regularly looks for events that are due and have no postback yet. Postbacks wait in the
ledger until they are sent, in their order, so a restart continues where the last process stopped.
One process at a time sends. A postback that was not accepted is tried again later, and those behind
it do not wait for it.
"""

import hashlib
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPException
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from kite.config import SimulatorSettings
from kite.repeating import RepeatingThread
from kite.simulator.core.faults import strike
from kite.simulator.core.ledger import Ledger, count
from kite.simulator.core.ledger_tables import counters, order_events, orders, postbacks
from kite.simulator.core.timestamps import milliseconds
from kite.vocabulary import OrderStatus, has_ended

PAUSE = 0.25
"""Seconds between two looks."""

PATIENCE = 5
"""Seconds that the address has to answer."""

CLAIM = (PATIENCE + 2) * 1000
"""Milliseconds of real time after which another process takes over a postback that was claimed and
not sent.

The simulator's own clock can be moved, so it cannot be used here.
"""

PAUSES = (1_000, 5_000, 30_000)
"""Milliseconds until a postback that was not accepted is tried again.

After the last try it is given up.
"""

GIVEN_UP = "postbacks_given_up"
AT_ONCE = 200
APP_ID = 1
UPDATED = "UPDATE"
NOT_SENT = ("modified", "account_id", "terminal_id", "tags", "validity_ttl", "auction_number")
"""Keys of an order that the recorded postback lacks."""


@dataclass(frozen=True)
class Sender:
    """Sends the postbacks that are due.

    `now` is the simulator's clock, `wall` the real one if it differs.
    """

    settings: SimulatorSettings
    ledger: Ledger
    now: Callable[[], datetime]
    wall: Callable[[], datetime] | None = None

    def send_due(self) -> int:
        """Send all postbacks that are due now, in their order. Returns how many were accepted."""
        at, sent = milliseconds(self.now()), 0
        with self.ledger.read() as connection:
            waiting = _untold(connection, at, 1) or connection.scalar(select(postbacks.c.number).limit(1))
        if waiting:
            with self.ledger.write() as connection:
                self._gather(connection, at)
        while waiting and (claimed := self._claim(at, self._wall())):
            accepted = _post(self.settings.postback_url, claimed.body)
            with self.ledger.write() as connection:
                self._record_attempt(connection, claimed, accepted)
            sent += accepted
        return sent

    def _record_attempt(self, connection: Connection, claimed: Row[Any], accepted: bool) -> None:
        """Delete a postback that was accepted or tried often enough, or schedule its next try."""
        this = postbacks.c.number == claimed.number
        if accepted or claimed.attempts >= len(PAUSES):
            connection.execute(delete(postbacks).where(this))
            if not accepted:
                count(connection, GIVEN_UP)
        else:
            next_try = self._wall() + PAUSES[claimed.attempts]
            connection.execute(
                update(postbacks)
                .where(this)
                .values(attempts=claimed.attempts + 1, next_try_at=next_try, claimed_until=0)
            )

    def _wall(self) -> int:
        return milliseconds((self.wall or self.now)())

    def _gather(self, connection: Connection, at: int) -> None:
        """Queue a postback for every event that is due and of a kind that has one."""
        for event in _untold(connection, at, AT_ONCE):
            this = order_events.c.order_id == event.order_id, order_events.c.number == event.number
            connection.execute(update(order_events).where(*this).values(told=1))
            status = _status(json.loads(event.state))
            if status:
                self._queue(connection, json.loads(event.state) | {"status": status}, event.at)

    def _queue(self, connection: Connection, state: dict[str, Any], at: int) -> None:
        tags = [state["tag"]]
        if strike(connection, "postback_dropped", tags):
            return
        secret, due_at, copies = self.settings.api_secret, at, 1
        if strike(connection, "postback_forged", tags):
            secret = "f" * 32
        # delayed until after the next ones, a postback arrives out of order
        delay = strike(connection, "postback_delayed", tags) or strike(connection, "postback_reordered", tags)
        if delay:
            due_at += delay.params["seconds"] * 1000
        if strike(connection, "postback_duplicated", tags):
            copies = 2
        body = json.dumps(_body(state, secret), separators=(",", ":"))
        connection.execute(insert(postbacks), [{"due_at": due_at, "claimed_until": 0, "body": body}] * copies)

    def skip_past_events(self) -> None:
        """Skip the events from before postbacks were sent to this address."""
        with self.ledger.write() as connection:
            name = f"posting to {self.settings.postback_url}"
            if connection.scalar(select(counters.c.value).where(counters.c.name == name)) is None:
                past = order_events.c.told == 0, order_events.c.at <= milliseconds(self.now())
                connection.execute(update(order_events).where(*past).values(told=1))
            count(connection, name)

    def _claim(self, at: int, wall: int) -> Row[Any] | None:
        """Claim the first postback that is due, or return None while another process is sending
        one.
        """
        with self.ledger.write() as connection:
            if connection.scalar(select(postbacks.c.number).where(postbacks.c.claimed_until > wall)):
                return None
            due = (
                select(postbacks)
                .where(postbacks.c.due_at <= at, postbacks.c.next_try_at <= wall)
                .order_by(postbacks.c.due_at, postbacks.c.number)
            )
            first = connection.execute(due.limit(1)).one_or_none()
            if first:
                connection.execute(
                    update(postbacks)
                    .where(postbacks.c.number == first.number)
                    .values(claimed_until=wall + CLAIM)
                )
            return first


def start(
    settings: SimulatorSettings,
    ledger: Ledger,
    now: Callable[[], datetime],
    wall: Callable[[], datetime] | None = None,
) -> RepeatingThread:
    """Start the thread that sends, until it is closed."""
    sender = Sender(settings, ledger, now, wall)
    sender.skip_past_events()

    def send() -> None:
        try:
            sender.send_due()
        except Exception:
            # the thread must go on: a ledger that is locked or full now may answer at the next look
            logging.getLogger("kite.simulator").exception("Postbacks wait: the ledger does not answer")

    return RepeatingThread("postbacks", send, PAUSE)


def checksum(order_id: str, order_timestamp: str, secret: str) -> str:
    """Return the proof that a postback is from Kite: SHA-256 over id, timestamp and secret, in
    hex.
    """
    return hashlib.sha256(f"{order_id}{order_timestamp}{secret}".encode()).hexdigest()


def queue_counts(connection: Connection) -> dict[str, int]:
    """Return how many postbacks wait in the queue, and how many were given up."""
    given_up = select(counters.c.value).where(counters.c.name == GIVEN_UP)
    return {
        "waiting": connection.scalar(select(func.count()).select_from(postbacks)) or 0,
        "given_up": connection.scalar(given_up) or 0,
    }


def _untold(connection: Connection, at: int, most: int) -> list[Row[Any]]:
    due = select(order_events).join(orders).where(order_events.c.told == 0, order_events.c.at <= at)
    return list(
        connection.execute(
            due.order_by(order_events.c.at, order_events.c.order_id, order_events.c.number).limit(most)
        )
    )


def _status(state: dict[str, Any]) -> str | None:
    """Return the status in an event's postback, or None if there is none, as for placing and
    opening.
    """
    if has_ended(state["status"]):
        return str(state["status"])
    partly_filled = state["status"] == OrderStatus.OPEN and state["filled_quantity"] > 0
    if partly_filled or state["status"] == OrderStatus.MODIFIED:
        return UPDATED
    return None


def _body(state: dict[str, Any], secret: str) -> dict[str, Any]:
    order = {key: value for key, value in state.items() if key not in NOT_SENT}
    proof = checksum(state["order_id"], state["order_timestamp"], secret)
    unfilled = state["quantity"] - state["filled_quantity"]
    return {
        "user_id": state["placed_by"],
        "unfilled_quantity": unfilled,
        "app_id": APP_ID,
        "checksum": proof,
        **order,
    }


def _post(url: str, body: str) -> bool:
    """Post a body, and return whether it was accepted: any status of success will do."""
    # the standard library with no proxies: an HTTP_PROXY of the surroundings must not get order
    # updates
    headers = {"Content-Type": "application/json"}
    request = Request(url, data=body.encode(), headers=headers, method="POST")  # noqa: S310  the settings take http and https alone
    try:
        build_opener(ProxyHandler({})).open(request, timeout=PATIENCE).close()
    except (OSError, HTTPException) as error:
        logging.getLogger("kite.simulator").warning("A postback was not taken: %s", type(error).__name__)
        return False
    return True
