"""Prices that move, and prices that are set: and the orders that wait for them."""

import subprocess
import sys
from decimal import Decimal
from typing import Any

import pytest

from kite.simulator.core.context import EXTENSION, SimulatorServices
from kite.simulator.core.timestamps import milliseconds
from kite.simulator.exchange import prices
from kite.simulator.orders import modify as changing
from tests.simulator.api.test_orders import LIMIT, find_order, place
from tests.simulator.orders.test_modify import cover, modify
from tests.support.simulator_rig import MORNING, Rig


@pytest.fixture(autouse=True)
def moving(rig: Rig) -> None:
    rig.switch(prices.PRICES_MOVE)


def set_price(rig: Rig, price: str, tradingsymbol: str = "INFY", exchange: str = "NSE") -> None:
    services: SimulatorServices = rig.app.extensions[EXTENSION]
    instrument = services.market.find(exchange, tradingsymbol)
    assert instrument
    with services.ledger.write() as connection:
        changing.set_price(connection, services.market, instrument, Decimal(price), services.at())


def quoted(rig: Rig, tradingsymbol: str = "INFY") -> Any:
    return rig.read(f"/quote/ltp?i=NSE:{tradingsymbol}")[f"NSE:{tradingsymbol}"]["last_price"]


def walk(rig: Rig, tradingsymbol: str = "INFY", seconds: int = 60) -> list[Any]:
    rig.orders()
    walked = []
    for _ in range(seconds):
        walked.append(quoted(rig, tradingsymbol))
        rig.clock.forward(seconds=1)
    return walked


def test_price_moves_within_a_third_of_a_percent_on_the_tick(rig: Rig) -> None:
    walked = walk(rig)
    assert (walked[0], len(set(walked)) > 10) == (1448.2, True)
    assert all(abs(price / 1448.2 - 1) < 0.0031 for price in walked)
    assert all(round(price * 10, 6) == int(round(price * 10, 6)) for price in walked)


def test_price_is_the_same_in_every_process(rig: Rig) -> None:
    rig.orders()
    rig.clock.forward(seconds=33)
    at = milliseconds(rig.clock())
    code = (
        "from datetime import datetime; from kite.simulator.core.market import Market; from"
        " kite.simulator.exchange.prices import Path; from kite.vocabulary import IST; market ="
        " Market(lambda: datetime(2026, 11, 23, 10, tzinfo=IST)); print(Path(market.find('NSE', 'INFY'),"
        f" moves=True).at({at}))"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert float(printed) == quoted(rig)


def test_prices_stand_still_without_the_switch_and_for_scripted_symbols(rig: Rig) -> None:
    assert set(walk(rig, "SIMOPEN")) == {100}
    rig.switch("prices_move", on=False)
    assert set(walk(rig)) == {1448.2}


def test_open_orders_follow_the_switch_once_they_are_planned_anew(rig: Rig) -> None:
    low = min(walk(rig, seconds=600))
    rig.clock.moment = MORNING
    rig.switch(prices.PRICES_MOVE, on=False)
    order_id = place(rig, order_type="LIMIT", price=str(low))
    services: SimulatorServices = rig.app.extensions[EXTENSION]
    rig.switch(prices.PRICES_MOVE)
    with services.ledger.write() as connection:
        changing.replan(connection, services.market, services.at())
    rig.clock.forward(seconds=600)
    assert find_order(rig, order_id)["status"] == "COMPLETE"


def test_market_order_gets_the_price_of_the_moment(rig: Rig) -> None:
    rig.orders()
    rig.clock.forward(seconds=33)
    at = quoted(rig)
    assert at != 1448.2
    assert find_order(rig, place(rig))["average_price"] == round(at + 0.1, 1)


def test_limit_fills_when_the_price_crosses_it(rig: Rig) -> None:
    walked = walk(rig, seconds=600)
    rig.clock.moment = MORNING
    low = min(walked)
    order_id = place(rig, order_type="LIMIT", price=str(low))
    crossing = walked.index(low)
    rig.clock.forward(seconds=crossing - 1.1)
    assert find_order(rig, order_id)["status"] == "OPEN"
    rig.clock.forward(seconds=0.1)
    assert (find_order(rig, order_id)["status"], find_order(rig, order_id)["average_price"]) == (
        "COMPLETE",
        low,
    )


def test_stop_is_triggered_when_the_price_reaches_it_and_then_fills(rig: Rig) -> None:
    walked = walk(rig, seconds=600)
    rig.clock.moment = MORNING
    high = max(walked)
    order_id = place(rig, order_type="SL-M", trigger_price=str(high))
    rig.clock.forward(seconds=walked.index(high) - 1.1)
    assert find_order(rig, order_id)["status"] == "TRIGGER PENDING"
    rig.clock.forward(seconds=1.5)
    assert rig.statuses(order_id)[-3:] == ["TRIGGER PENDING", "OPEN", "COMPLETE"]


def test_price_beyond_the_swing_is_never_reached_by_itself(rig: Rig) -> None:
    order_id = place(rig, **LIMIT)
    rig.clock.forward(hours=19)
    rig.log_in()
    assert find_order(rig, order_id)["status"] == "OPEN"


def test_set_price_is_quoted_and_stays_until_the_next_one(rig: Rig) -> None:
    rig.orders()
    set_price(rig, "1300.04")
    assert set(walk(rig)) == {1300}
    set_price(rig, "1600")
    assert quoted(rig) == 1600
    assert rig.read("/quote/ltp?i=BSE:INFY")["BSE:INFY"]["last_price"] != 1600


def test_set_price_counts_until_the_day_turns(rig: Rig) -> None:
    set_price(rig, "1600")
    rig.clock.moment = MORNING.replace(day=24, hour=6)
    rig.log_in()
    assert quoted(rig) == 1448.2


def test_set_price_fills_the_limits_that_it_crosses_and_no_others(rig: Rig) -> None:
    crossed, below = place(rig, **LIMIT), place(rig, order_type="LIMIT", price="1390")
    other = place(rig, exchange="BSE", **LIMIT)
    set_price(rig, "1395")
    rig.clock.forward(seconds=0.2)
    assert [find_order(rig, order_id)["status"] for order_id in (crossed, below, other)] == [
        "COMPLETE",
        "OPEN",
        "OPEN",
    ]
    assert find_order(rig, crossed)["average_price"] == 1395.1


def test_set_price_triggers_stops(rig: Rig) -> None:
    order_id = place(rig, order_type="SL", trigger_price="1500", price="1510")
    set_price(rig, "1520")
    rig.clock.forward(seconds=1)
    assert find_order(rig, order_id)["status"] == "OPEN"
    set_price(rig, "1505")
    rig.clock.forward(seconds=1)
    assert (find_order(rig, order_id)["status"], find_order(rig, order_id)["average_price"]) == (
        "COMPLETE",
        1505.1,
    )


def test_set_price_counts_for_orders_placed_after_it(rig: Rig) -> None:
    set_price(rig, "1395")
    assert find_order(rig, place(rig, **LIMIT))["status"] == "COMPLETE"
    assert find_order(rig, place(rig))["average_price"] == 1395.1
    assert find_order(rig, place(rig, order_type="LIMIT", price="1390"))["status"] == "OPEN"


def test_set_price_touches_neither_what_has_ended_nor_scripts(rig: Rig) -> None:
    place(rig)
    place(rig, tradingsymbol="SIMOPEN")
    before = rig.orders()
    set_price(rig, "1300")
    set_price(rig, "50", "SIMOPEN")
    rig.clock.forward(seconds=1)
    assert rig.orders() == before


def test_second_leg_of_a_cover_order_sells_when_the_price_falls_to_its_trigger(rig: Rig) -> None:
    _, second = cover(rig)
    set_price(rig, "1429")
    rig.clock.forward(seconds=0.3)
    order = find_order(rig, second["order_id"])
    assert (order["status"], order["average_price"]) == ("COMPLETE", 1428.9)


def test_set_price_changes_an_iceberg_leg_that_waits_and_what_follows_it(rig: Rig) -> None:
    place(rig, "iceberg", quantity="20", iceberg_legs="2", iceberg_quantity="10", **LIMIT)
    assert [order["status"] for order in rig.orders()] == ["OPEN"]
    set_price(rig, "1395")
    rig.clock.forward(seconds=1)
    assert [order["status"] for order in rig.orders()] == ["COMPLETE", "COMPLETE"]


def test_modified_order_that_waits_is_planned_with_the_set_price(rig: Rig) -> None:
    order_id = place(rig, order_type="LIMIT", price="1300")
    set_price(rig, "1350")
    modify(rig, order_id, price="1340")
    assert find_order(rig, order_id)["status"] == "OPEN"
    modify(rig, order_id, price="1360")
    assert find_order(rig, order_id)["status"] == "COMPLETE"


def test_set_price_leaves_a_refusal_that_waits_for_the_opening(rig: Rig) -> None:
    rig.clock.moment = MORNING.replace(hour=18)
    refused, accepted = place(rig, "amo", tag="a" * 21), place(rig, "amo")
    set_price(rig, "1300")
    rig.clock.moment = MORNING.replace(day=24, hour=9, minute=15, second=1)
    rig.log_in()
    assert [find_order(rig, order_id)["status"] for order_id in (refused, accepted)] == [
        "REJECTED",
        "COMPLETE",
    ]


def test_path_is_searched_to_the_end_of_the_day_in_no_time(rig: Rig) -> None:
    services: SimulatorServices = rig.app.extensions[EXTENSION]
    instrument = services.market.find("NSE", "INFY")
    assert instrument
    path = prices.Path(instrument, moves=True)
    at = services.at()
    assert path.first(at, at + prices.DAY, prices.crosses("BUY", Decimal(1440))) is None
    assert path.first(at, at, prices.crosses("BUY", Decimal(1500))) is None
    edge = path.first(at, at + prices.DAY, prices.crosses("BUY", Decimal("1443.9")))
    assert edge is None or path.at(edge) <= Decimal("1443.9")
