"""A book of many orders: the cost of placing one more, and cached positions beside those summed up
again.
"""

import json
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from decimal import Decimal
from itertools import pairwise
from operator import itemgetter
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import Connection, event, text

from kite.simulator.account import funds, position_cache, positions
from kite.simulator.core.context import EXTENSION, SimulatorServices
from kite.simulator.core.items import Item
from kite.simulator.orders.place import place
from kite.vocabulary import ENDED
from tests.simulator.orders.test_thousand import authorization
from tests.support.live import LiveFactory
from tests.support.person import until
from tests.support.simulator_rig import Rig, item
from tests.support.standing import REDIRECT, Standing, postbox

USER = "AB1234"
RUNS, STEPS = 3, 60
SYMBOLS = ("INFY", "SBIN", "SIMPARTIAL", "SIMSLOW", "SIMCANCEL", "SIMOPEN", "SIMREJECT")

DUE = """
    SELECT trades.at, trades.trade, e.state, e.blocked FROM trades JOIN orders USING (order_id) JOIN order_events e USING (order_id)
    WHERE orders.user_id = :user AND orders.gone_at > :at AND trades.at <= :at
    AND e.number = (SELECT max(number) FROM order_events o WHERE o.order_id = orders.order_id AND o.at <= :at) ORDER BY trades.at, trades.trade_id
"""
WORKING = """
    SELECT count(*) FROM orders JOIN order_events e USING (order_id) WHERE orders.user_id = :user AND orders.gone_at > :at
    AND e.number = (SELECT max(number) FROM order_events o WHERE o.order_id = orders.order_id AND o.at <= :at)
    AND json_extract(e.state, '$.status') NOT IN ('COMPLETE', 'CANCELLED', 'REJECTED')
"""


def services_of(rig: Rig) -> SimulatorServices:
    services: SimulatorServices = rig.app.extensions[EXTENSION]
    return services


def read_anew(connection: Connection, at: int) -> dict[positions.Key, positions.LedgerPosition]:
    """The positions by all the day's fills, without any sum that was kept."""
    dated = []
    for moment, trade, state, blocked in connection.execute(text(DUE), {"user": USER, "at": at}):
        fill, order = json.loads(trade), json.loads(state)
        whole = (
            order["filled_quantity"]
            if order["filled_quantity"] and order["status"] in ENDED
            else order["quantity"]
        )
        key = (fill["exchange"], fill["tradingsymbol"], fill["product"])
        share = Decimal(blocked * fill["quantity"]) / whole if blocked else Decimal(0)
        price = Decimal(str(fill["average_price"]))
        dated.append(
            (moment, positions.PositionFill(key, fill["transaction_type"], fill["quantity"], price, share))
        )
    dated += positions._converted_fills(connection, USER, at, 0, at)
    by_key = positions.sum_up(fill for _, fill in sorted(dated, key=itemgetter(0)))
    return {
        key: position for key, position in by_key.items() if position.buy_quantity or position.sell_quantity
    }


def step(rig: Rig, draw: random.Random) -> None:
    """Do one thing that a person or the control page can do."""
    deed = draw.choices(
        ("place", "wait", "cancel", "modify", "price", "convert", "clock"), (10, 6, 2, 2, 1, 2, 3)
    )[0]
    if deed == "place":
        wish = {
            "tradingsymbol": draw.choice(SYMBOLS),
            "exchange": "NSE",
            "transaction_type": draw.choice(("BUY", "SELL")),
            "order_type": "MARKET",
        }
        wish |= {
            "quantity": str(draw.randint(2, 9)),
            "product": draw.choice(("CNC", "MIS")),
            "validity": "DAY",
        }
        rig.call("POST", "/orders/regular", data=wish)
    elif deed == "wait":
        rig.clock.forward(milliseconds=draw.choice((1, 50, 400, 3_000, 60_000)))
    elif deed == "price":
        rig.set_price("INFY", str(draw.randint(1_400, 1_500)))
    elif deed == "convert":
        form = {
            "tradingsymbol": draw.choice(("INFY", "SBIN")),
            "exchange": "NSE",
            "transaction_type": "BUY",
            "position_type": "day",
            "quantity": "1",
        }
        rig.call("PUT", "/portfolio/positions", data=form | {"old_product": "MIS", "new_product": "CNC"})
    elif deed == "clock":
        rig.clock.forward(seconds=draw.choice((-20, -2, 20, 25)))
    else:
        chosen = draw.choice(rig.orders() or [{"order_id": "0", "variety": "regular"}])["order_id"]
        rig.call(
            "DELETE" if deed == "cancel" else "PUT",
            f"/orders/regular/{chosen}",
            data={"quantity": str(draw.randint(2, 12))},
        )


@pytest.mark.parametrize("seed", range(RUNS))
def test_sums_kept_from_before_agree_with_all_fills_read_anew(
    rig: Rig, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(positions, "FOLDED_AT_ONCE", 2)
    draw, services, cached = random.Random(seed), services_of(rig), 0
    rig.log_in()
    for _ in range(STEPS):
        step(rig, draw)
        now = services.at()
        with services.ledger.read() as connection:
            cached += position_cache.find(connection, USER, now) is not None
            for at in (now, now + draw.randint(1, 9_000), now - 1_000):
                assert positions.positions(connection, USER, at) == read_anew(connection, at)
                assert len(funds.working_orders(connection, USER, at)) == connection.scalar(
                    text(WORKING), {"user": USER, "at": at}
                )
    assert cached > STEPS // 4, "nothing was kept, so nothing was compared"


def test_order_placed_with_the_clock_moved_back_counts_when_it_is_forward_again(rig: Rig) -> None:
    services = services_of(rig)
    fill_book(rig, positions.FOLDED_AT_ONCE + 5)
    with services.ledger.read() as connection:
        assert position_cache.find(connection, USER, services.at())
    rig.clock.forward(seconds=-4)
    fill_book(rig, 1)
    rig.clock.forward(seconds=10)
    with services.ledger.read() as connection:
        at = services.at()
        assert positions.positions(connection, USER, at) == read_anew(connection, at)
        assert (
            sum(position.quantity for position in positions.positions(connection, USER, at).values())
            == positions.FOLDED_AT_ONCE + 6
        )


def fill_book(rig: Rig, number: int) -> None:
    """Place that many market orders of one share, half a second apart."""
    services = services_of(rig)
    with rig.app.app_context():
        instrument = services.market.find("NSE", "INFY")
    assert instrument
    for _ in range(number):
        rig.clock.forward(milliseconds=500)
        with services.ledger.write() as connection:
            place(
                connection,
                [(Item("INFY", "NSE", "BUY", 1, "regular", "MARKET", "CNC", "DAY"), instrument)],
                USER,
                round(rig.clock().timestamp() * 1000),
            )


@contextmanager
def steps_of_sqlite(rig: Rig) -> Iterator[list[int]]:
    """Count SQLite's work in the block: hundreds of its machine's instructions, and the
    statements.
    """
    counted, engine = [0, 0], services_of(rig).ledger._engine()

    def tick() -> None:
        counted[0] += 1

    def count_statement(connection: Connection, *_: Any) -> None:
        counted[1] += 1
        connection.connection.driver_connection.set_progress_handler(tick, 100)

    event.listen(engine, "before_cursor_execute", count_statement)
    try:
        yield counted
    finally:
        event.remove(engine, "before_cursor_execute", count_statement)
        with engine.connect() as connection:
            connection.connection.driver_connection.set_progress_handler(None, 0)


def test_placing_costs_in_a_large_book_what_it_costs_in_a_small_one(rig: Rig) -> None:
    fill_book(rig, 60)
    with steps_of_sqlite(rig) as small:
        fill_book(rig, 20)
    fill_book(rig, 240)
    with steps_of_sqlite(rig) as large:
        fill_book(rig, 20)
    assert large[1] == small[1], "more statements"
    assert large[0] <= small[0] * 1.5, "more rows"


def test_order_book_is_read_in_as_many_statements_whatever_its_size(rig: Rig) -> None:
    rig.log_in()
    counts = []
    for more in (5, 50):
        fill_book(rig, more)
        with steps_of_sqlite(rig) as counted:
            read = len(rig.orders())
        counts.append(counted[1])
        assert read >= more
    assert counts[0] == counts[1]


FOLLOWING = {
    "MODIFY VALIDATION PENDING": "MODIFY PENDING",
    "MODIFY PENDING": "MODIFIED",
    "CANCEL PENDING": "CANCELLED",
}
"""The only status that can follow one of these."""


def test_eight_hands_on_one_order_leave_a_legal_history_and_the_26th_modification_is_refused(
    rig: Rig,
) -> None:
    rig.place([item("SIMOPEN", order_type="LIMIT", price=90)])
    rig.clock.forward(seconds=1)
    order_id = rig.orders()[0]["order_id"]
    start = Barrier(8)

    def modify(hand: int) -> list[tuple[int, str]]:
        start.wait()
        answers = [
            rig.call("PUT", f"/orders/regular/{order_id}", data={"price": str(80 + hand)}) for _ in range(4)
        ]
        return [(answer.status_code, answer.get_json().get("message", "")) for answer in answers]

    with ThreadPoolExecutor(8) as pool:
        answers = [answer for batch in pool.map(modify, range(8)) for answer in batch]
    assert sorted(code for code, _ in answers) == [200] * 25 + [400] * 7
    assert {words for code, words in answers if code == 400} == {
        "Maximum allowed order modifications exceeded."
    }
    rig.clock.forward(seconds=10)

    def cancel(_: int) -> int:
        start.wait()
        return rig.call("DELETE", f"/orders/regular/{order_id}").status_code

    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(cancel, range(8)))
    assert codes.count(200) >= 1
    rig.clock.forward(seconds=10)
    history = rig.statuses(order_id)
    for before, after in pairwise(history[3:]):
        assert FOLLOWING.get(before, after) == after, history
    assert "MODIFIED" in history
    assert [status for status in history if status in ENDED] == ["CANCELLED"]
    assert history[-1] == "CANCELLED"
    assert rig.call("DELETE", f"/orders/regular/{order_id}").status_code == 400


def test_what_was_due_and_unsent_at_a_kill_is_sent_in_order_after_the_restart(
    start_live: LiveFactory,
) -> None:
    with postbox() as (url, received):
        live = start_live("app:simulator()", SIMULATOR_REDIRECT_URL=REDIRECT, SIMULATOR_POSTBACK_URL=url)
        standing = Standing(live)
        standing.start_the_day()
        head = authorization(standing)
        form = {
            "exchange": "NSE",
            "tradingsymbol": "INFY",
            "transaction_type": "BUY",
            "order_type": "MARKET",
            "quantity": "1",
            "product": "CNC",
        }
        answers = [
            standing.web.post(f"{live.url}/orders/regular", form, headers=head, timeout=10) for _ in range(12)
        ]
        # An order is filled 280 ms after it was placed: what the last ones tell is still to come,
        # unless the machine stalls.
        live.kill()
        placed = [answer.json()["data"]["order_id"] for answer in answers]
        assert {body["order_id"] for body in received} <= set(placed)
        live.start()
        until(lambda: {body["order_id"] for body in received} == set(placed), "every order is told of", 30)
        assert list(dict.fromkeys(body["order_id"] for body in received)) == placed
        standing.web.close()
