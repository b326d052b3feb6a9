"""The one reader of an order: what the texts of its fields mean, and what it never guesses."""

from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kite.basket.basket_data import to_dict
from kite.basket.checking.row_checker import instrument_of, item_problems, row_problems
from kite.basket.fields import takes_disclosed_quantity, takes_price, takes_trigger
from kite.basket.formats.choice_words import CHOICES, FIELD_WORDS, WORDS
from kite.basket.formats.row_reader import Writer, read_button, read_row, texts_of
from kite.basket.formats.value_readers import NO, READERS, YES
from kite.basket.items import FIELDS, MAX_PRICE, Instrument, Item
from kite.basket.numbers import Unreadable, amount, is_amount, is_zero, number_or_percent, whole_number
from kite.vocabulary import IST, Exchange, OrderType, TransactionType
from tests.support.fuzzing import examples

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=IST)
INFY = {
    "exchange": "NSE",
    "tradingsymbol": "INFY",
    "transaction_type": "BUY",
    "quantity": "10",
    "order_type": "MARKET",
}
LISTED = Instrument(
    "INFY", "NSE", "INFOSYS", "NSE", "EQ", None, Decimal(0), Decimal("0.05"), 1, Decimal("1448.2")
)


class Instruments:
    """One share, and what comes near to every other name."""

    def find(self, exchange, tradingsymbol):
        return LISTED if (exchange, tradingsymbol) == ("NSE", "INFY") else None

    def nearest(self, exchange, tradingsymbol, today, *, expired):
        return [LISTED]


def test_every_field_has_a_reader():
    assert set(READERS) == set(FIELDS)
    assert not YES & NO
    assert {name for name, _ in (WORDS | FIELD_WORDS).values()} == set(CHOICES)


def test_an_item_is_what_its_texts_say():
    reading = read_row(INFY)
    assert reading.item == Item("INFY", Exchange.NSE, TransactionType.BUY, OrderType.MARKET, 10)
    assert (reading.unreadable, reading.unused, reading.texts) == ((), (), INFY)


@given(st.integers(0, 10**12))
def test_a_number_is_read_however_it_is_grouped(number):
    west = f"{number:,}"
    head, tail = str(number)[:-3], str(number)[-3:]
    first = len(head) % 2
    pairs = [head[:first]] * bool(first) + [head[place : place + 2] for place in range(first, len(head), 2)]
    india = ",".join([*pairs, tail])
    assert whole_number(west) == whole_number(india) == whole_number(f"{number}.000") == number
    assert amount(west) == amount(f"₹{india}.00") == number


@examples(500)
@given(st.text("0123456789,.", min_size=1, max_size=12))
def test_what_is_grouped_otherwise_is_no_number(text):
    whole = text.split(".")[0]
    groups = whole.split(",")
    western = len(groups) > 1 and 1 <= len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:])
    indian = (
        len(groups) > 1
        and 1 <= len(groups[0]) <= 2
        and all(len(group) == 2 for group in groups[1:-1])
        and len(groups[-1]) == 3
    )
    plain = len(groups) == 1 and bool(whole)
    decimals = text[len(whole) + 1 :]
    well_formed = text.count(".") == 0 or (text.count(".") == 1 and decimals.isdigit())
    assert is_amount(text) == ((western or indian or plain) and well_formed)
    try:
        number = whole_number(text)
    except Unreadable:
        assert not is_amount(text) or decimals.strip("0")
    else:
        assert number == int(whole.replace(",", ""))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "₹",
        "%",
        "-1",
        "+1",
        "1e3",
        "1_000",
        "１",
        "١",
        "1 000",
        ".5",
        "5.",
        "0x1",
        "NaN",
        "1.5.2",
        "1,5",
        "1.0,0",
    ],
)
def test_what_people_do_not_write_as_a_number_is_none(text):
    assert not is_amount(text)
    assert is_zero(text) == (not text)


def test_a_percent_sign_counts_for_nothing():
    assert [number_or_percent(text) for text in ("40", "40%", " 40.5 % ", "")] == [
        40,
        40,
        Decimal("40.5"),
        None,
    ]


@pytest.mark.parametrize("writer", Writer)
@pytest.mark.parametrize("zero", ["0", "0.00", "", "₹0", "00"])
@pytest.mark.parametrize("order_type", OrderType)
def test_zero_is_not_given_where_an_order_has_no_use_for_the_field(writer, zero, order_type):
    reading = read_row(
        INFY
        | dict.fromkeys(("price", "trigger_price"), zero)
        | {"disclosed_quantity": zero.lstrip("₹"), "order_type": order_type},
        writer,
    )
    given_price = Decimal(0) if zero.strip("₹") else None
    assert reading.item.price == (given_price if takes_price(order_type) and zero else None)
    assert reading.item.trigger_price == (
        given_price if takes_trigger(order_type, "regular") and zero else None
    )
    assert (reading.item.disclosed_quantity, reading.unused, reading.unreadable) == (None, (), ())


def test_zero_stays_while_it_is_not_known_what_kind_of_order_it_is():
    reading = read_row(INFY | {"order_type": "", "price": "0"}, Writer.MACHINE)
    assert (reading.texts["price"], reading.item.price, reading.unused) == ("0", 0, ())


@pytest.mark.parametrize("text", ["1448.2", "ten", "-", "None", "1,,0"])
def test_what_has_no_use_is_left_out_for_a_machine_whatever_it_says_and_kept_for_a_person(text):
    machines, persons = (
        read_row(INFY | {"price": text}, writer) for writer in (Writer.MACHINE, Writer.PERSON)
    )
    assert [(unused.field, unused.text) for unused in machines.unused] == [("price", text)]
    assert (machines.item.price, "price" in machines.texts, machines.unreadable) == (None, False, ())
    assert (persons.unused, persons.texts["price"]) == ((), text)
    assert [problem.field for problem in row_problems(persons, Instruments(), NOW)] == ["price"]


NUMBERS = ["0", "10", "1448.2", "1,,0", "-10", "5/10", " "]
CHOSEN = ["maybe", "true", "buy", "SELL", "limit", "SL-M", "co", "nfo", "NSE:INFY"]
TEXTS = st.sampled_from([*NUMBERS, *CHOSEN]) | st.text(max_size=8)


@examples(400)
@given(st.dictionaries(st.sampled_from([*FIELDS, "weight", "squareoff"]), TEXTS), st.sampled_from(Writer))
def test_whatever_the_texts_are_nothing_is_dropped_in_silence(texts, writer):
    reading = read_row(texts, writer)
    named = {unused.field for unused in reading.unused}
    assert set(reading.texts) <= {*FIELDS, "weight"}
    assert not named & set(reading.texts)
    for name, text in texts.items():
        if name in FIELDS and text.strip() and name not in reading.texts:
            assert name in named or is_zero(text.strip())
    item = reading.item
    if writer is Writer.MACHINE and not reading.unreadable:
        assert takes_price(item.order_type) or item.price is None
        assert takes_trigger(item.order_type, item.variety) or item.trigger_price is None
        assert takes_disclosed_quantity(item.exchange) or item.disclosed_quantity is None
    again = read_row(reading.texts, writer)
    assert (again.item, again.unused, again.unreadable_fields) == (item, (), reading.unreadable_fields), (
        "what was read is read so again"
    )
    assert {
        problem.field for problem in row_problems(reading, Instruments(), NOW)
    } >= reading.unreadable_fields


@examples(200)
@given(
    st.dictionaries(
        st.sampled_from([*FIELDS, "weight"]),
        st.none() | st.booleans() | st.integers() | st.decimals() | st.text(max_size=5),
    )
)
def test_every_value_of_json_has_a_text_or_is_not_given(values):
    texts = texts_of(values)
    assert all(type(text) is str and text for text in texts.values())
    assert set(texts) == {name for name, value in values.items() if value is not None and value != ""}


def test_a_choice_that_cannot_be_read_is_the_first_one_only_where_there_must_be_one():
    texts = INFY | {"exchange": "MOON", "product": "XYZ", "validity": "XYZ"}
    reading = read_row(texts)
    assert reading.unreadable_fields == {"exchange", "product", "validity"}
    assert (reading.item.exchange, reading.item.product, reading.item.validity) == ("NSE", None, None)


@pytest.mark.parametrize("text", ["maybe", "2", "tru", "ja", "-", "[true]"])
def test_a_lock_that_cannot_be_read_is_never_open(text):
    reading = read_row(INFY | {"readonly": text})
    assert reading.item.readonly
    assert [(problem.code, problem.fixes) for problem in reading.unreadable] == [
        ("readonly_unreadable", ({"readonly": "y"}, {"readonly": ""}))
    ]


@pytest.mark.parametrize(
    ("values", "order_type"),
    [
        ({}, "MARKET"),
        ({"price": "0"}, "MARKET"),
        ({"order_type": "", "trigger_price": ""}, "MARKET"),
        ({"price": "5"}, None),
        ({"trigger_price": "5"}, None),
    ],
)
def test_a_button_that_names_no_type_is_a_market_order_only_without_a_price(values, order_type):
    without = {name: text for name, text in INFY.items() if name != "order_type"}
    reading = read_button(without | values)
    assert [problem.field for problem in reading.unreadable] == ([] if order_type else ["order_type"])
    assert not reading.unused


def test_one_check_names_unreadable_texts_first_and_offers_what_is_near():
    reading = read_row(INFY | {"tradingsymbol": "INFI", "quantity": "ten", "price": "5"})
    problems = row_problems(reading, Instruments(), NOW)
    assert [problem.code for problem in problems] == [
        "whole_number_unreadable",
        "tradingsymbol_unknown",
        "market_takes_no_price",
    ]
    assert problems[1].fixes == ({"tradingsymbol": "INFY"},)
    elsewhere = row_problems(read_row(INFY | {"exchange": "BSE"}), Instruments(), NOW)
    assert elsewhere[0].fixes == ({"tradingsymbol": "INFY", "exchange": "NSE"},)


def test_an_item_and_its_texts_are_checked_alike():
    item = read_row(INFY | {"tradingsymbol": "INFI"}).item
    texts = {name: str(value) for name, value in to_dict(item).items()}
    assert item_problems(item, Instruments(), NOW) == row_problems(read_row(texts), Instruments(), NOW)


def test_without_an_exchange_there_is_no_instrument():
    assert instrument_of(read_row(INFY | {"exchange": "NYSE"}), Instruments()) is None
    assert instrument_of(read_row(INFY), Instruments()) is LISTED


@pytest.mark.parametrize(
    ("price", "around"),
    [
        ("824.3499999999999", ["824.35"]),
        ("824.3500000001", ["824.35"]),
        ("92.30000000000001", ["92.3"]),
        ("824.349", ["824.3", "824.35"]),
        ("0.04999999999999999", ["0.05"]),
        ("999999999.9999999", [str(MAX_PRICE)]),
    ],
)
def test_the_tick_that_is_plainly_meant_is_the_only_one_offered(price, around):
    (problem,) = row_problems(read_row(INFY | {"order_type": "LIMIT", "price": price}), Instruments(), NOW)
    assert [fix["price"] for fix in problem.fixes] == around
