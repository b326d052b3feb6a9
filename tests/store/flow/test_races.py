"""Of any number of callers at the same moment, in threads or processes, exactly one wins."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from kite.store.base.engine import Connection, Store
from kite.store.flow import books, events, executions, returns
from kite.store.flow.event_causes import EventCause
from kite.vocabulary import State
from tests.support.processes import outputs_of_a_race
from tests.support.records import NINE, a_return, after, an_execution

CALLERS = 50
LATER = timedelta(seconds=1)


def at_once(store: Store, act: Callable[[Connection, int], object]) -> list[object]:
    """Let fifty threads act at the same moment, each in a transaction of its own."""
    together = threading.Barrier(CALLERS)

    def run(number: int) -> object:
        together.wait()
        with store.writing() as conn:
            return act(conn, number)

    with ThreadPoolExecutor(CALLERS) as pool:
        return list(pool.map(run, range(CALLERS)))


def _an_execution(store: Store) -> str:
    execution = an_execution()
    with store.writing() as conn:
        executions.add(conn, execution, EventCause.COMPOSED)
    return execution.id


def test_of_fifty_who_move_an_execution_one_does_and_one_event_is_recorded(store: Store) -> None:
    execution_id = _an_execution(store)
    moved = at_once(
        store,
        lambda conn, _: executions.move(
            conn, execution_id, State.PREPARED, State.HANDED_OFF, after(seconds=1), EventCause.OPENED
        ),
    )
    assert moved.count(True) == 1
    with store.reading() as conn:
        assert [event.to_state for event in events.of(conn, execution_id)] == [
            State.PREPARED,
            State.HANDED_OFF,
        ]


def test_of_two_different_moves_one_wins(store: Store) -> None:
    execution_id = _an_execution(store)
    wanted = [State.RETURNED, State.CANCELLED]
    moved = at_once(
        store,
        lambda conn, number: executions.move(
            conn, execution_id, State.PREPARED, wanted[number % 2], after(seconds=1), EventCause.CAME_BACK
        ),
    )
    assert moved.count(True) == 1
    with store.reading() as conn:
        assert executions.get(conn, execution_id).state == wanted[moved.index(True) % 2]


def test_of_fifty_users_one_owns_an_execution(store: Store) -> None:
    execution_id = _an_execution(store)
    owned = at_once(store, lambda conn, number: executions.assign_owner(conn, execution_id, f"U{number}"))
    assert len([execution for execution in owned if execution]) == 1


def test_of_fifty_readers_one_claims_the_reading(store: Store) -> None:
    execution_id = _an_execution(store)
    assert (
        at_once(store, lambda conn, _: executions.claim_read(conn, execution_id, NINE, NINE - LATER)).count(
            True
        )
        == 1
    )


def test_of_fifty_openings_of_one_return_one_claims_the_token(store: Store) -> None:
    token_hash = a_return().token_hash

    def open_return(conn: Connection, number: int) -> tuple[str, bool]:
        row = returns.receive(conn, a_return(token_hash=token_hash, id=f"opening-{number}"))
        return row.id, returns.claim(conn, row.token_hash, NINE, NINE - LATER) is not None

    opened = at_once(store, open_return)
    assert len({row_id for row_id, _ in opened}) == 1
    assert [won for _, won in opened].count(True) == 1


def test_of_fifty_openings_that_claim_as_they_arrive_one_does(store: Store) -> None:
    token_hash = a_return().token_hash

    def open_return(conn: Connection, number: int) -> tuple[str, bool]:
        row, is_claimed = returns.receive_and_claim(
            conn, a_return(token_hash=token_hash, id=f"opening-{number}"), NINE - LATER
        )
        return row.id, is_claimed

    opened = at_once(store, open_return)
    assert len({row_id for row_id, _ in opened}) == 1
    assert [is_claimed for _, is_claimed in opened].count(True) == 1


def test_an_old_claim_is_taken_over_by_one(store: Store) -> None:
    row = a_return(claimed_at=NINE)
    with store.writing() as conn:
        returns.receive(conn, row)
    claimed = at_once(
        store, lambda conn, _: returns.claim(conn, row.token_hash, after(seconds=16), after(seconds=1))
    )
    assert len([row for row in claimed if row]) == 1


def test_readings_that_overlap_keep_every_order_once(store: Store) -> None:
    execution_id = _an_execution(store)

    def keep(conn: Connection, number: int) -> None:
        ids = [str(order) for order in range(10)][:: -1 if number % 2 else 1]
        rows = [{"order_id": row_id, "trade_id": row_id, "seen": number} for row_id in ids]
        books.keep(conn, execution_id, rows, rows, after(seconds=number))

    at_once(store, keep)
    with store.reading() as conn:
        book = books.of(conn, execution_id)
    assert sorted(order["order_id"] for order in book.orders) == [str(order) for order in range(10)]
    assert {order["seen"] for order in (*book.orders, *book.trades)} == {CALLERS - 1}


CLAIM = """
import sys, threading
from datetime import datetime, timedelta
from kite.store.flow import returns
from kite.store.base.engine import Store
from kite.vocabulary import IST
store, now = Store(sys.argv[1]), datetime.now(IST)

def claim():
    with store.writing() as conn:
        if returns.claim(conn, sys.argv[2], now, now - timedelta(seconds=15)):
            print("won", flush=True)

threads = [threading.Thread(target=claim) for _ in range(10)]
print("ready", flush=True)
input()
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
store.close()
"""


def test_of_fifty_claimers_in_five_processes_one_wins(store: Store, database_url: str) -> None:
    row = a_return()
    with store.writing() as conn:
        returns.receive(conn, row)
    outputs = outputs_of_a_race(5, CLAIM, database_url, row.token_hash)
    assert "".join(outputs) == "won\n"
