"""Our rules and the simulator agree: what the rules pass is placed, and what the simulator refuses
the rules had named.

The simulator shares no code with the rules. Items are generated around the edges of every rule.
What only the market of the moment can refuse does not count: funds, a price that has moved past a
trigger, and the outcomes that hang on symbols beginning with SIM.
"""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, note
from hypothesis import strategies as st
from sqlalchemy import delete, select

from kite import bundled
from kite.basket.basket_data import to_data
from kite.basket.checking.rules import rule_problems
from kite.basket.items import MAX_PRICE, MAX_QUANTITY, Instrument, Item
from kite.config import SimulatorSettings
from kite.simulator import create_simulator
from kite.simulator.core.context import EXTENSION
from kite.simulator.core.ledger_tables import order_events, orders
from kite.vocabulary import (
    EQUITY,
    Exchange,
    OrderStatus,
    OrderType,
    Product,
    TransactionType,
    Validity,
    Variety,
)
from tests.support.fuzzing import examples
from tests.support.simulator_rig import MORNING, REDIRECT, Clock, Rig, close

OF_THE_MOMENT = ("Insufficient funds", "Trigger price of a cover order is already reached")
"""How the simulator begins to tell what no rule can know beforehand."""

TAG = "k7f3q9zt"
PRODUCT = st.sampled_from([None, *Product])
ONE_IN_TEN = st.integers(0, 9).map(lambda number: number == 9)


def read(row: dict[str, str]) -> Instrument:
    figures = {name: Decimal(row[name] or 0) for name in ("strike", "tick_size", "last_price")}
    texts = {name: row[name] for name in ("tradingsymbol", "exchange", "name", "segment", "instrument_type")}
    expiry = date.fromisoformat(row["expiry"]) if row["expiry"] else None
    return Instrument(**texts, **figures, expiry=expiry, lot_size=int(row["lot_size"]))


OLD = MORNING.date() - timedelta(days=40)
INSTRUMENTS = {
    (instrument.exchange, instrument.tradingsymbol): instrument
    for day in (OLD, MORNING.date())
    for instrument in map(read, bundled.rows(day))
}
"""A list that still names contracts which have expired: at the simulator there is none of them any
more.
"""

BY_SEGMENT: dict[str, list[Instrument]] = {}
for one in INSTRUMENTS.values():
    BY_SEGMENT.setdefault(f"{one.segment} {one.instrument_type}", []).append(one)

KNOWN = st.sampled_from(sorted(BY_SEGMENT)).flatmap(lambda segment: st.sampled_from(BY_SEGMENT[segment]))
UNKNOWN = st.tuples(
    st.sampled_from(Exchange),
    st.sampled_from(["NOSUCH", "infy", "INFY-EQ", "INFY", "SBIN", "NIFTY 50", "M&M", "M&amp;M", ""]),
)


def near(tick: Decimal, last: Decimal) -> st.SearchStrategy[Decimal]:
    """Prices a few ticks around the last one and on it; one in ten lies between two ticks."""
    steps = (last / tick).to_integral_value()
    between = st.sampled_from([tick / 2, tick / 4, Decimal("0.0001"), Decimal("0.001"), Decimal("0.01")])
    off = ONE_IN_TEN.flatmap(lambda chosen: between if chosen else st.just(Decimal(0)))
    return st.builds(lambda offset, more: (steps + offset) * tick + more, st.integers(-3, 3), off)


def any_price(tick: Decimal) -> st.SearchStrategy[Decimal]:
    """The smallest and the largest prices, on the tick and off it, and beyond both."""
    largest = (MAX_PRICE / tick).to_integral_value()
    return st.sampled_from(
        [Decimal(0), tick, tick / 2, -tick, largest * tick, largest * tick - tick / 2, (largest + 1) * tick]
    )


def quantities(lot: int) -> st.SearchStrategy[int]:
    """The fewest and the most whole lots there can be, beyond both, and parts of a lot."""
    most = MAX_QUANTITY // lot
    return st.sampled_from(
        [lot, most * lot, (most + 1) * lot, 0, -lot, 1, lot + 1, 2 * lot - 1, MAX_QUANTITY]
    )


@st.composite
def items(draw: st.DrawFn) -> Item:
    """An item that keeps the rules in most of its fields, and breaks any of them now and then."""

    def mostly(right: Any, wrong: st.SearchStrategy[Any]) -> Any:
        if draw(ONE_IN_TEN):
            return draw(wrong)
        return draw(right if isinstance(right, st.SearchStrategy) else st.just(right))

    instrument = mostly(KNOWN, st.none())
    exchange, tradingsymbol = (instrument.exchange, instrument.tradingsymbol) if instrument else draw(UNKNOWN)
    instrument = INSTRUMENTS.get((exchange, tradingsymbol))
    traded = instrument is not None and instrument.lot_size > 0
    tick, last, lot = (
        (instrument.tick_size, instrument.last_price, instrument.lot_size)
        if traded
        else (Decimal("0.05"), Decimal(100), 1)
    )
    share, quantity = (
        exchange in EQUITY,
        mostly(st.integers(1, 40).map(lambda lots: lots * lot), quantities(lot)),
    )
    variety = mostly(
        st.sampled_from(
            [*Variety, Variety.REGULAR] if exchange == Exchange.NSE else [Variety.REGULAR, Variety.AMO]
        ),
        st.just(Variety.CO),
    )
    cover = variety is Variety.CO
    order_type = draw(
        st.sampled_from([OrderType.MARKET, OrderType.LIMIT, *OrderType] if cover else OrderType)
    )
    takes_price, takes_trigger = (
        order_type in (OrderType.LIMIT, OrderType.SL),
        cover or order_type in (OrderType.SL, OrderType.SL_M),
    )
    price = (
        mostly(near(tick, last), st.none() | any_price(tick))
        if takes_price
        else mostly(None, near(tick, last))
    )
    trigger = (
        mostly(near(tick, price or last), st.none() | any_price(tick))
        if takes_trigger
        else mostly(None, near(tick, last))
    )
    usual_products = [Product.MIS]
    if not cover:
        usual_products.append(Product.CNC if share else Product.NRML)
    return Item(
        tradingsymbol=tradingsymbol,
        exchange=Exchange(exchange),
        transaction_type=draw(st.sampled_from(TransactionType)),
        order_type=order_type,
        quantity=quantity,
        variety=variety,
        product=draw(st.sampled_from(usual_products) | PRODUCT),
        price=price,
        trigger_price=trigger,
        disclosed_quantity=mostly(
            None,
            st.sampled_from(
                [-(-quantity // 10), quantity // 10, -(-quantity // 4), quantity, quantity + 1, 0]
            ),
        ),
        validity=draw(st.sampled_from([None, *Validity])),
        readonly=draw(st.booleans()),
        tag=mostly(st.sampled_from([None, "a", "Z9", "x" * 12]), st.sampled_from(["x" * 13, "a b", "", "é"])),
    )


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """The simulator, with somebody logged in at it."""
    database = tmp_path_factory.mktemp("agreement") / "simulator.db"
    settings = SimulatorSettings(
        api_key="simulator_key", redirect_url=REDIRECT, database=database, api_secret="simulator_secret"
    )
    clock = Clock()
    rig = Rig(create_simulator(settings, clock), clock, settings)
    rig.log_in()
    yield rig
    close(rig.app)


def placed(rig: Rig, basket: list[Item]) -> list[dict[str, Any]]:
    """Send a basket and place it.

    Return every order as it ends: the simulator dates an order's whole future when it is placed.
    """
    ledger = rig.app.extensions[EXTENSION].ledger
    answer = rig.send(to_data(basket, TAG))
    assert answer.status_code == 303, answer.text
    answer = rig.web.post(answer.location, data={"decision": "place"})
    assert answer.status_code == 302, "every item was dropped"
    with ledger.write() as connection:
        query = select(order_events.c.order_id, order_events.c.state).order_by(
            order_events.c.order_id, order_events.c.number
        )
        ends = dict(connection.execute(query).all())
        connection.execute(delete(orders))
    return [state for state in map(json.loads, ends.values()) if not state["parent_order_id"]]


@examples(500)
@given(basket=st.lists(items(), min_size=1, max_size=4))
def test_what_the_rules_pass_is_placed_and_what_the_simulator_refuses_they_had_named(
    rig: Rig, basket: list[Item]
) -> None:
    named = [
        rule_problems(item, INSTRUMENTS.get((item.exchange, item.tradingsymbol)), rig.clock())
        for item in basket
    ]
    good = [item for item, wrong in zip(basket, named, strict=True) if not wrong]
    refused = [item for item, wrong in zip(basket, named, strict=True) if wrong]
    if refused:
        assert rig.send(to_data(refused)).status_code in (303, 400)
    good = [item for item in good if item.tradingsymbol != "SIMDROP"]
    if not good:
        return
    results = placed(rig, good)
    assert [result["tradingsymbol"] for result in results] == [item.tradingsymbol for item in good], (
        "dropped without a word"
    )
    for item, order in zip(good, results, strict=True):
        note(f"{item} {order['status']} {order['status_message']}")
        if order["status"] == OrderStatus.REJECTED and not item.tradingsymbol.startswith("SIM"):
            assert order["status_message"].startswith(OF_THE_MOMENT)
