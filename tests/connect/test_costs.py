"""What orders cost and what an account holds, as recorded answers have it, and how it is asked
about.
"""

import json
from decimal import Decimal

import pytest

from kite.connect.costs import Charges
from kite.exceptions import DataException
from tests.support.wire import Wire, body_of, client_for, envelope

ORDER = {
    "exchange": "NSE",
    "tradingsymbol": "M&M",
    "transaction_type": "BUY",
    "variety": "regular",
    "product": "CNC",
    "order_type": "LIMIT",
    "quantity": 3,
    "price": Decimal("3012.40"),
    "trigger_price": Decimal(0),
}
CHARGED = {name: value for name, value in ORDER.items() if "price" not in name} | {
    "order_id": "1",
    "average_price": Decimal("3012.40"),
}


def sent(wire):
    return json.loads(wire.last.json)


def test_margin_of_a_basket_is_asked_with_one_json_list():
    wire = Wire(body_of("recorded/basket_margins"))
    wire.client().basket_order_margins([ORDER, ORDER | {"price": Decimal("3000.00")}])
    assert (wire.last.method, wire.last.path, wire.last.query) == (
        "POST",
        "/margins/basket",
        {"consider_positions": "true"},
    )
    assert wire.last.headers["Content-Type"] == "application/json"
    assert sent(wire) == [
        ORDER | {"price": 3012.4, "trigger_price": 0},
        ORDER | {"price": 3000, "trigger_price": 0},
    ]


def test_recorded_margin_of_a_basket_is_read_without_its_charges_that_do_not_add_up():
    margin = client_for("recorded/basket_margins").basket_order_margins(
        [ORDER, ORDER], consider_positions=False
    )
    recorded = json.loads(body_of("recorded/basket_margins"))["data"]
    assert (margin.initial, margin.final) == (Decimal("121942.375"), Decimal("37488.87500000001"))
    assert [order.tradingsymbol for order in margin.orders] == [
        order["tradingsymbol"] for order in recorded["orders"]
    ]
    assert [str(order.total) for order in margin.orders] == [
        str(order["total"]) for order in recorded["orders"]
    ]
    charges = sum((order.charges for order in margin.orders), Charges())
    assert charges.brokerage == 40 and charges.total == sum(
        Decimal(str(order["charges"]["total"])) for order in recorded["orders"]
    )


def test_recorded_contract_note_is_read_order_by_order_and_kind_by_kind():
    wire = Wire(body_of("recorded/virtual_contract_note"))
    recorded = [row["charges"] for row in json.loads(wire.body)["data"]]
    noted = wire.client().get_virtual_contract_note([CHARGED] * len(recorded))
    assert wire.last.path == "/charges/orders" and sent(wire)[0] == CHARGED | {"average_price": 3012.4}
    for read, row in zip(noted, recorded, strict=True):
        assert read.gst == Decimal(str(row["gst"]["total"])) and read.total == Decimal(str(row["total"]))
        kinds = (
            read.transaction_tax,
            read.exchange_turnover_charge,
            read.sebi_turnover_charge,
            read.brokerage,
            read.stamp_duty,
            read.gst,
        )
        assert sum(kinds) == pytest.approx(read.total)


def test_recorded_holdings_are_read_with_what_can_be_sold():
    held = client_for("recorded/holdings").holdings()
    assert [(holding.exchange, holding.tradingsymbol, holding.sellable) for holding in held] == [
        ("NSE", "TCS", 4),
        ("BSE", "ITC", 7),
    ]


@pytest.mark.parametrize(("quantity", "realised", "t1"), [(25, 20, 5), (20, 20, 5)])
def test_shares_of_yesterday_can_be_sold_whether_or_not_the_quantity_counts_them(quantity, realised, t1):
    row = {
        "exchange": "NSE",
        "tradingsymbol": "INFY",
        "quantity": quantity,
        "realised_quantity": realised,
        "t1_quantity": t1,
    }
    assert Wire(envelope([row])).client().holdings()[0].sellable == 25


def test_recorded_positions_are_those_that_stand():
    recorded = json.loads(body_of("recorded/positions"))["data"]["net"]
    assert [position.quantity for position in client_for("recorded/positions").positions()] == [
        position["quantity"] for position in recorded
    ]


def test_recorded_quote_has_the_band_of_the_day():
    wire = Wire(body_of("recorded/quote"))
    ((name, quote),) = wire.client().quote("NSE:INFY", "NSE:M&M").items()
    recorded = json.loads(wire.body)["data"][name]
    assert wire.last.environ["QUERY_STRING"] == "i=NSE%3AINFY&i=NSE%3AM%26M"
    assert (quote.last_price, quote.lower_circuit_limit) == (
        Decimal(str(recorded["last_price"])),
        Decimal(str(recorded["lower_circuit_limit"])),
    )
    assert quote.upper_circuit_limit == Decimal(str(recorded["upper_circuit_limit"])) and quote.at.tzinfo


def test_quote_of_an_index_has_no_band():
    quote = (
        Wire(envelope({"NSE:NIFTY 50": {"last_price": 26100.5}}))
        .client()
        .quote("NSE:NIFTY 50")["NSE:NIFTY 50"]
    )
    assert (
        quote.last_price == Decimal("26100.5")
        and quote.lower_circuit_limit is quote.upper_circuit_limit is None
    )


@pytest.mark.parametrize(
    "data",
    [
        [],
        {},
        {"initial": {}, "final": {}, "orders": []},
        {"initial": {"total": 1}, "final": {"total": 1}},
        None,
    ],
)
def test_answer_that_is_no_margin_is_called_that(data):
    with pytest.raises(DataException):
        Wire(envelope(data)).client().basket_order_margins([ORDER])


@pytest.mark.parametrize("wrong", [{"trigger": 5}, {}])
def test_row_with_another_field_or_without_one_is_refused_before_anything_is_sent(wrong):
    wire = Wire(envelope({}))
    row = {name: value for name, value in ORDER.items() if name != "quantity"} | wrong
    with pytest.raises(TypeError, match="quantity"):
        wire.client().basket_order_margins([row])
    assert wire.asked == []
