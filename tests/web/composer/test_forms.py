"""The composer's form: syntax of every field, and what the texts mean."""

from decimal import Decimal

import pytest
from werkzeug.datastructures import MultiDict

from kite.basket.items import MAX_ITEMS, Item
from kite.vocabulary import Exchange, OrderType, Product, TransactionType, Validity, Variety
from kite.web.composer.row_fields import NEW_ROW, posted_rows

MARKET = NEW_ROW | {"tradingsymbol": "INFY", "quantity": "10"}
LIMIT = MARKET | {"order_type": "LIMIT", "price": "1448.20"}
FINE = LIMIT | {"tradingsymbol": "TATASTEEL"}
"""Its tick is a paisa."""


def errors(form):
    form.validate()
    return {fault.id: fault.text.partition(": ")[2] for fault in form.faults()}


def test_a_market_order_passes_and_means_what_was_typed(basket):
    form = basket(MARKET)
    assert form.validate() and form.faults() == []
    item = Item(
        "INFY",
        Exchange.NSE,
        TransactionType.BUY,
        OrderType.MARKET,
        10,
        product=Product.CNC,
        validity=Validity.DAY,
    )
    assert form.items() == [item]


def test_every_field_is_read(basket):
    row = {
        "variety": "co",
        "tradingsymbol": "RELIANCE",
        "exchange": "NSE",
        "transaction_type": "SELL",
        "order_type": "LIMIT",
        "quantity": "1,00,000",
        "product": "MIS",
        "price": "1,400.50",
        "trigger_price": "1401",
        "disclosed_quantity": "20000",
        "validity": "IOC",
        "readonly": "y",
        "tag": "mine1",
    }
    form = basket(row)
    assert form.validate(), form.faults()
    assert form.items() == [
        Item(
            "RELIANCE",
            Exchange.NSE,
            TransactionType.SELL,
            OrderType.LIMIT,
            100_000,
            variety=Variety.CO,
            product=Product.MIS,
            price=Decimal("1400.5"),
            trigger_price=Decimal(1401),
            disclosed_quantity=20000,
            validity=Validity.IOC,
            readonly=True,
            tag="mine1",
        )
    ]


def test_what_need_not_be_chosen_is_not_sent(basket):
    form = basket(
        {
            "tradingsymbol": "INFY",
            "exchange": "NSE",
            "transaction_type": "BUY",
            "order_type": "MARKET",
            "quantity": "1",
        }
    )
    assert form.validate(), form.faults()
    item = form.items()[0]
    assert (item.variety, item.validity, item.product, item.readonly, item.tag) == (
        Variety.REGULAR,
        None,
        None,
        False,
        None,
    )


@pytest.mark.parametrize("field", ["exchange", "transaction_type", "order_type"])
def test_a_choice_that_must_be_made_is_never_guessed(basket, field):
    assert errors(basket(MARKET | {field: ""})) == {f"items-0-{field}": "Choose one."}


@pytest.mark.parametrize(
    ("field", "typed", "fix"),
    [
        ("exchange", "NYSE", []),
        ("transaction_type", "HOLD", []),
        ("order_type", "STOP", []),
        ("validity", "GTC", ["Make it a day order"]),
        ("variety", "bogus", ["Make it a regular order"]),
    ],
)
def test_an_unknown_choice_is_refused_and_stays_chosen(basket, field, typed, fix):
    form = basket(MARKET | {field: typed})
    assert errors(form) == {
        f"items-0-{field}": f"Kite's page does not take {typed}. Choose one that is listed."
    }
    assert [button.words for button in form.orders[0][field].fixes] == fix
    assert form.orders[0].chosen(field) == typed
    assert form.orders[0].stray(field) == typed


@pytest.mark.parametrize(
    ("field", "typed", "fix"),
    [
        ("exchange", "NCDEX", []),
        ("exchange", "MF", []),
        ("product", "MTF", []),
        ("validity", "TTL", ["Make it a day order"]),
        ("variety", "gtt", ["Make it a regular order"]),
        ("variety", "GTT", ["Make it a regular order"]),
        ("variety", "iceberg", ["Make it a regular order"]),
        ("variety", "auction", ["Make it a regular order"]),
        ("variety", "bo", ["Make it a regular order"]),
    ],
)
def test_what_kite_knows_elsewhere_is_named_as_not_taken_by_its_basket_page(basket, field, typed, fix):
    form = basket(MARKET | {field: typed})
    assert errors(form) == {f"items-0-{field}": f"Kite's page does not take {typed}."}
    assert [button.words for button in form.orders[0][field].fixes] == fix


@pytest.mark.parametrize(
    ("typed", "quantity"),
    [
        ("1", 1),
        (" 7 ", 7),
        ("1,000", 1000),
        ("1,00,000", 100_000),
        ("12,34,567", 1_234_567),
        ("1,234,567", 1_234_567),
        ("007", 7),
        ("92.000000", 92),
        ("10.0", 10),
        ("1,000.00", 1000),
    ],
)
def test_a_whole_number_may_be_grouped(basket, typed, quantity):
    form = basket(MARKET | {"quantity": typed})
    assert form.validate(), form.faults()
    assert form.items()[0].quantity == quantity


@pytest.mark.parametrize(
    "typed",
    [
        "1e3",
        "1.5",
        "1,00",
        "10,00",
        ",1",
        "1,",
        "1,,000",
        "1 000",
        "0x10",
        "١٢",
        "\uff11\uff12",
        "²",
        "ten",
        "NaN",
        "1_000",
        "1\u200b",
    ],
)
def test_what_is_no_whole_number_is_refused_and_kept(basket, typed):
    form = basket(MARKET | {"quantity": typed})
    assert errors(form) == {"items-0-quantity": "Enter a whole number, like 100."}
    assert form.orders[0]["quantity"].data == typed


@pytest.mark.parametrize("typed", ["1000000001", "9" * 31, "9" * 5000, "1" + ",000" * 400])
def test_a_number_beyond_every_order_is_refused(basket, typed):
    assert errors(basket(MARKET | {"quantity": typed})) == {"items-0-quantity": "Enter 100 crore or less."}
    assert errors(basket(LIMIT | {"price": typed})) == {"items-0-price": "Enter 100 crore or less."}


@pytest.mark.parametrize("typed", ["0", "00", ""])
def test_no_quantity_is_refused(basket, typed):
    assert errors(basket(MARKET | {"quantity": typed})) == {"items-0-quantity": "Enter 1 or more."}


@pytest.mark.parametrize(
    ("typed", "price"),
    [
        ("1448", "1448"),
        ("0.05", "0.05"),
        ("1.500", "1.5"),
        ("1,412.00", "1412"),
        ("1,00,000.05", "100000.05"),
        (" 5.5 ", "5.5"),
        ("₹1,448.20", "1448.2"),
        ("₹ 5", "5"),
    ],
)
def test_a_price_is_plain_and_may_be_grouped(basket, typed, price):
    form = basket(FINE | {"price": typed})
    assert form.validate(), form.faults()
    assert form.items()[0].price == Decimal(price)


@pytest.mark.parametrize(
    "typed",
    [
        "14,12.00",
        "1e3",
        "1e400",
        "-5",
        "-0",
        "+5",
        "NaN",
        "Infinity",
        "5₹",
        "₹",
        "5.",
        ".5",
        "1.2.3",
        "١٢",
        "\uff15",
        "1412,50",
        "1 412",
    ],
)
def test_what_is_no_price_is_refused_and_kept(basket, typed):
    form = basket(LIMIT | {"price": typed})
    assert errors(form) == {"items-0-price": "Enter an amount in rupees, like 1412.50."}
    assert form.orders[0]["price"].data == typed
    assert form.items()[0].price is None


@pytest.mark.parametrize(
    ("typed", "sentence", "fixes"),
    [
        ("1.005", "Not on the tick. Use: 1.00 / 1.01.", ["1.00", "1.01"]),
        ("3,012.431", "Not on the tick. Use: 3,012.43 / 3,012.44.", ["3,012.43", "3,012.44"]),
        ("1.000000000000000001", "Not on the tick. Use: 1.00.", ["1.00"]),
        ("1.0000000000000000000000001", "Enter an amount in rupees, like 1412.50.", []),
        ("1." + "0" * 5000, None, []),
    ],
)
def test_more_decimals_than_a_price_has_are_refused(basket, typed, sentence, fixes):
    form = basket(FINE | {"price": typed})
    assert errors(form) == ({"items-0-price": sentence} if sentence else {})
    assert [button.words for button in form.orders[0]["price"].fixes] == fixes


@pytest.mark.parametrize(
    ("row", "field", "buttons"),
    [
        (
            MARKET | {"price": "5"},
            "price",
            {"Remove it": "fix-0-price=", "Make it a limit": "fix-0-order_type=LIMIT"},
        ),
        (MARKET | {"tradingsymbol": "INFY-EQ"}, "tradingsymbol", {"INFY": "fix-0-tradingsymbol=INFY"}),
        (MARKET | {"tradingsymbol": "m&m-eq"}, "tradingsymbol", {"M&M": "fix-0-tradingsymbol=M%26M"}),
        (
            MARKET | {"product": "NRML"},
            "product",
            {"Use CNC": "fix-0-product=CNC", "Use MIS": "fix-0-product=MIS"},
        ),
        (
            MARKET | {"quantity": "10", "disclosed_quantity": "11"},
            "disclosed_quantity",
            {"Remove it": "fix-0-disclosed_quantity="},
        ),
        (MARKET | {"quantity": "-10"}, "quantity", {"Sell 10": "fix-0-transaction_type=SELL&quantity=10"}),
        (MARKET | {"quantity": "+10"}, "quantity", {"Buy 10": "fix-0-transaction_type=BUY&quantity=10"}),
        (MARKET | {"quantity": "5/10"}, "quantity", {"10": "fix-0-quantity=10", "5": "fix-0-quantity=5"}),
        (
            MARKET | {"readonly": "maybe"},
            "readonly",
            {"Lock it": "fix-0-readonly=y", "Do not lock it": "fix-0-readonly="},
        ),
        (
            MARKET | {"quantity": "12000", "disclosed_quantity": "5"},
            "disclosed_quantity",
            {"1,200": "fix-0-disclosed_quantity=1200"},
        ),
        (
            LIMIT | {"order_type": "SL", "trigger_price": "1500"},
            "trigger_price",
            {"1,448.20": "fix-0-trigger_price=1448.2"},
        ),
    ],
)
def test_a_fix_says_the_change_and_carries_it(basket, row, field, buttons):
    form = basket(row)
    assert not form.validate()
    offered = {button.words: button.action for button in form.orders[0][field].fixes}
    assert offered.items() >= buttons.items()


def test_the_same_symbol_on_another_exchange_is_offered(basket):
    form = basket(MARKET | {"exchange": "NFO", "product": "NRML"})
    assert not form.validate()
    offered = {button.words: button.action for button in form.orders[0]["tradingsymbol"].fixes}
    assert offered["INFY on BSE"] == "fix-0-tradingsymbol=INFY&exchange=BSE"


def test_all_errors_come_at_once_each_at_its_field(basket):
    rows = (
        {"tradingsymbol": "INFI", "exchange": "NSE", "quantity": "1e3", "order_type": "SL", "tag": "a b"},
        MARKET | {"price": "1"},
    )
    assert errors(basket(*rows)) == {
        "items-0-transaction_type": "Choose one.",
        "items-0-tradingsymbol": "No instrument INFI on NSE. Nearest: INFY.",
        "items-0-quantity": "Enter a whole number, like 100.",
        "items-0-price": "An SL order needs a price.",
        "items-0-trigger_price": "An SL order needs a trigger.",
        "items-0-tag": "Use letters and digits only, 12 at most.",
        "items-1-price": "Market orders take no price. Remove it, or make it a limit.",
    }


def test_a_field_that_cannot_be_read_brings_no_second_error(basket):
    assert list(errors(basket(LIMIT | {"order_type": "STOP"}))) == ["items-0-order_type"]
    assert list(errors(basket(MARKET | {"exchange": "NYSE", "disclosed_quantity": "1"}))) == [
        "items-0-exchange"
    ]
    assert list(errors(basket(MARKET | {"price": "x"}))) == ["items-0-price"]


def test_the_summary_names_order_symbol_and_field(basket):
    form = basket(MARKET, MARKET | {"tradingsymbol": "M&M", "quantity": "0"}, MARKET | {"tradingsymbol": ""})
    form.validate()
    assert [fault.text for fault in form.faults()] == [
        "Order 2, M&M, Quantity: Enter 1 or more.",
        "Order 3, Instrument: Enter an instrument, like INFY.",
    ]


def test_a_near_symbol_of_another_exchange_is_named_with_it(basket):
    field_errors = errors(basket(MARKET | {"exchange": "NFO"}))
    assert field_errors["items-0-tradingsymbol"].startswith(
        "No instrument INFY on NFO. Nearest: INFY on NSE, INFY on BSE, INFY26"
    )


def test_a_blank_row_beside_filled_ones_is_left_out(basket):
    form = basket(NEW_ROW, MARKET, {"exchange": "bogus", "readonly": "y"}, LIMIT)
    assert form.validate(), form.faults()
    assert [item.order_type for item in form.items()] == ["MARKET", "LIMIT"]


def test_when_all_rows_are_blank_the_first_has_the_errors(basket):
    assert list(errors(basket(NEW_ROW, NEW_ROW))) == ["items-0-tradingsymbol", "items-0-quantity"]


def test_without_any_row_there_is_an_empty_one(basket):
    form = basket()
    assert len(form.orders) == 1 and not form.validate()


def test_a_hundred_rows_pass_and_one_more_is_refused(basket):
    form = basket(*[MARKET] * MAX_ITEMS)
    assert form.validate() and len(form.items()) == MAX_ITEMS
    form = basket(*[MARKET] * (MAX_ITEMS + 1))
    assert not form.validate()
    assert [fault.text for fault in form.faults()] == [
        "A basket holds at most 100 orders. There are 101; the first 100 are kept here."
    ]


def test_suggestions_are_looked_up_for_a_few_rows_only(basket):
    form = basket(*[MARKET | {"tradingsymbol": f"INFI{number}"} for number in range(MAX_ITEMS)])
    form.validate()
    assert sum("Nearest" in fault.text for fault in form.faults()) == 10


def test_of_fifty_thousand_hostile_names_a_hundred_rows_are_read(basket):
    posted = MultiDict([(f"items-{number}-tag", "x") for number in range(50_000)])
    form = basket(*posted_rows(posted))
    assert not form.validate()
    assert len(form.orders) == MAX_ITEMS


def test_a_locked_row_is_sent_as_readonly(basket):
    form = basket(MARKET | {"readonly": "y"}, MARKET | {"readonly": "false"}, MARKET)
    assert form.validate()
    assert [item.readonly for item in form.items()] == [True, False, False]
