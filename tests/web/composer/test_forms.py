"""The composer's form: syntax of every field, and what the texts mean."""

from datetime import datetime
from decimal import Decimal

import pytest
from flask import Flask
from flask_babel import Babel
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from kite.basket.checking.cautions import CAUTIONS
from kite.basket.checking.rules import RULES
from kite.basket.formats.order_lists import read_json
from kite.basket.items import MAX_ITEMS, Item, from_data, to_data
from kite.basket.problem import Problem
from kite.instruments.catalogue import Catalogue
from kite.instruments.catalogue_writer import load_bundled
from kite.vocabulary import IST, Exchange, OrderType, Product, TransactionType, Validity, Variety
from kite.web.composer.forms import BasketForm
from kite.web.composer.row_fields import NEW_ROW, posted_rows
from kite.web.wording.rule_messages import SENTENCES, sentence

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=IST)
MARKET = NEW_ROW | {"tradingsymbol": "INFY", "quantity": "10"}
LIMIT = MARKET | {"order_type": "LIMIT", "price": "1448.20"}
FINE = LIMIT | {"tradingsymbol": "TATASTEEL"}
"""Its tick is a paisa."""


@pytest.fixture(scope="module", autouse=True)
def _request():
    app = Flask(__name__)
    app.config.update(SECRET_KEY="for tests only", WTF_CSRF_ENABLED=False)
    Babel(app)
    with app.test_request_context():
        yield


@pytest.fixture(scope="module")
def basket(tmp_path_factory):
    path = tmp_path_factory.mktemp("forms") / "instruments.db"
    load_bundled(path, NOW)
    catalogue = Catalogue(path)
    yield lambda *rows: BasketForm(rows, catalogue, NOW)
    catalogue.close()


def errors(form):
    form.validate()
    return {fault.id: fault.text.partition(": ")[2] for fault in form.faults()}


def test_a_market_order_passes_and_means_what_was_typed(basket):
    form = basket(MARKET)
    assert form.validate() and form.errors == {} and form.faults() == []
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
    assert form.validate(), form.errors
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
    assert form.validate(), form.errors
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
    assert form.validate(), form.errors
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
    assert form.orders[0].quantity.data == typed


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
    assert form.validate(), form.errors
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
    assert form.orders[0].price.data == typed
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
    assert [button.words for button in getattr(form.orders[0].price, "fixes", ())] == fixes


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
    offered = {button.words: button.action for button in form.orders[0].tradingsymbol.fixes}
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


def test_the_form_itself_carries_the_errors_of_its_rows(basket):
    form = basket(MARKET | {"quantity": "0"})
    assert not form.validate()
    assert form.errors == {"rows": [{"quantity": ["Enter 1 or more."]}]}


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
    found = errors(basket(MARKET | {"exchange": "NFO"}))
    assert found["items-0-tradingsymbol"].startswith(
        "No instrument INFY on NFO. Nearest: INFY on NSE, INFY on BSE, INFY26"
    )


def test_a_blank_row_beside_filled_ones_is_left_out(basket):
    form = basket(NEW_ROW, MARKET, {"exchange": "bogus", "readonly": "y"}, LIMIT)
    assert form.validate(), form.errors
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


def test_posted_rows_are_numbered_without_gaps_and_kept_in_order():
    posted = MultiDict(
        [
            ("items-7-tag", "c"),
            ("items-2-tag", "b"),
            ("items-0-tag", "a"),
            ("items-2-quantity", "1e3"),
            ("items-2-tag", "second"),
            ("action", "add"),
        ]
    )
    assert posted_rows(posted) == [{"tag": "a"}, {"tag": "b", "quantity": "1e3"}, {"tag": "c"}]


@pytest.mark.parametrize(
    "name",
    [
        "items",
        "items-",
        "items-x-tag",
        "items--1-tag",
        "items-0",
        "items-0-",
        "items-0-meta",
        "items-0-csrf_token",
        "items-²-tag",
        "items-١-tag",
        "items-9999999-tag",
        f"items-{'9' * 5000}-tag",
        "items-0-tag-0",
        "xitems-0-tag",
        "items-0-tag\n",
        "items-0-__class__",
        "ITEMS-0-tag",
    ],
)
def test_names_that_are_no_fields_are_left_out(name):
    assert posted_rows(MultiDict([(name, "x")])) == []


def test_characters_that_no_page_can_hold_are_replaced():
    assert posted_rows(MultiDict([("items-0-tradingsymbol", "IN\0FY\x1b")])) == [
        {"tradingsymbol": "IN\ufffdFY\ufffd"}
    ]


def test_of_fifty_thousand_hostile_names_a_hundred_rows_are_read(basket):
    posted = MultiDict([(f"items-{number}-tag", "x") for number in range(50_000)])
    form = basket(*posted_rows(posted))
    assert not form.validate()
    assert len(form.orders) == MAX_ITEMS


def test_a_locked_row_is_sent_as_readonly(basket):
    form = basket(MARKET | {"readonly": "y"}, MARKET | {"readonly": "false"}, MARKET)
    assert form.validate()
    assert [item.readonly for item in form.items()] == [True, False, False]


def test_every_sentence_can_be_said_and_every_code_of_a_rule_has_one():
    params = dict.fromkeys(
        ("typed", "most", "tradingsymbol", "exchange", "order_type", "share", "around", "number", "other"),
        "x",
    )
    params |= dict.fromkeys(("lot", "held", "left", "least", "percent", "last", "shares"), "75") | {
        "expiry": "2026-11-24"
    }
    for code in SENTENCES:
        assert "%(" not in sentence(Problem(code, "tag", params))
    assert {code for rule in (*RULES, *CAUTIONS) for code in rule.codes} <= SENTENCES.keys()


def test_a_long_text_is_cut_in_a_sentence():
    said = sentence(
        Problem("tradingsymbol_unknown", "tradingsymbol", {"tradingsymbol": "x" * 10_000, "exchange": "NSE"})
    )
    assert said == f"No instrument {'x' * 40}… on NSE."


def grouped(number, rest=""):
    return st.sampled_from([f"{number}{rest}", f"{number:,}{rest}"])


def written(number):
    """Write paise as rupees, with as many decimals as a person might."""
    rupees, paise = divmod(number, 100)
    return (
        grouped(rupees, f".{paise:02}")
        if paise % 10
        else grouped(rupees, f".{paise // 10}")
        if paise
        else grouped(rupees)
    )


@st.composite
def acceptable(draw):
    """The texts of a row that breaks no rule."""
    variety = draw(st.sampled_from(["", *Variety]))
    cover = variety == "co"
    exchange = "NSE" if cover else draw(st.sampled_from(["NSE", "BSE"]))
    order_type = draw(st.sampled_from([OrderType.MARKET, OrderType.LIMIT] if cover else list(OrderType)))
    if order_type is OrderType.SL_M:
        exchange = "NSE"
    quantity = draw(st.integers(1, 10**9))
    # In paise: every symbol's tick goes into 50.
    low, high = (
        50 * each
        for each in sorted(draw(st.lists(st.integers(1, 2 * 10**9), min_size=2, max_size=2, unique=True)))
    )
    side = draw(st.sampled_from(TransactionType))
    price, trigger = (high, low) if side is TransactionType.BUY else (low, high)
    row = {
        "variety": variety,
        "tradingsymbol": draw(st.sampled_from(["INFY", "M&M", "BAJAJ-AUTO"])),
        "exchange": exchange,
        "transaction_type": side,
        "order_type": order_type,
        "quantity": draw(grouped(quantity)),
        "product": "MIS" if cover else draw(st.sampled_from(["", "CNC", "MIS"])),
        "price": draw(written(price)) if order_type in (OrderType.LIMIT, OrderType.SL) else "",
        "trigger_price": draw(written(trigger))
        if cover or order_type in (OrderType.SL, OrderType.SL_M)
        else "",
        "disclosed_quantity": draw(st.just("") | st.integers(-(-quantity // 10), quantity).flatmap(grouped)),
        "validity": draw(st.sampled_from(["", *Validity])),
        "readonly": draw(st.sampled_from(["", "y"])),
        "tag": draw(st.just("") | st.from_regex(r"[A-Za-z0-9]{1,12}", fullmatch=True)),
    }
    return {name: str(text) for name, text in row.items()}


@given(st.lists(acceptable(), min_size=1, max_size=4))
def test_what_the_form_accepts_is_the_same_basket_in_data_and_back(basket, rows):
    form = basket(*rows)
    assert form.validate(), form.errors
    data = to_data(form.items())
    assert from_data(data) == form.items()
    again = basket(*[read.row for read in read_json(data)])
    assert again.validate(), again.errors
    assert again.items() == form.items()


texts = st.text(max_size=12) | st.sampled_from(
    ["1", "LIMIT", "INFY", "NSE", "BUY", "co", "1e9", "14,12.00", "0.1"]
)
anything = st.dictionaries(
    st.sampled_from(
        ["exchange", "tradingsymbol", "quantity", "price", "order_type", "variety", "tag", "readonly"]
    ),
    texts,
)


@given(st.lists(anything, max_size=3))
def test_whatever_is_typed_is_kept_and_never_fails(basket, rows):
    form = basket(*rows)
    if form.validate():
        assert from_data(to_data(form.items())) == form.items()
    else:
        assert form.faults()
    for row, order in zip(rows, form.orders, strict=False):
        assert {name: order[name].data for name in row if name != "readonly"} == {
            name: text for name, text in row.items() if name != "readonly"
        }
