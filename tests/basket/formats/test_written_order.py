"""Orders as people write them, and what is refused because it could mean anything."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kite.basket.formats.choice_words import WORDS
from kite.basket.formats.order_lists import read_text
from kite.basket.formats.written_order import (
    ALSO_NAMES,
    IDLE,
    LEADS,
    LONGEST_LINE,
    NOT_TAKEN_WORDS,
    ONCE,
    read_line,
)
from kite.basket.items import FIELDS, MAX_ITEMS
from kite.exceptions import BasketError

BUY = {"transaction_type": "BUY"}
SELL = {"transaction_type": "SELL"}


@pytest.mark.parametrize(
    ("line", "row"),
    [
        ("sell 100 reliance @ 1412", SELL | {"quantity": "100", "tradingsymbol": "RELIANCE", "price": "1412", "order_type": "LIMIT"}),
        ("BUY 10 INFY @ 1500", BUY | {"quantity": "10", "tradingsymbol": "INFY", "price": "1500", "order_type": "LIMIT"}),
        ("buy 5 infy", BUY | {"quantity": "5", "tradingsymbol": "INFY"}),
        ("buy infy 5", BUY | {"quantity": "5", "tradingsymbol": "INFY"}),
        (
            "sell 1,000 M&M at 3,012.40 mis",
            SELL | {"quantity": "1,000", "tradingsymbol": "M&M", "price": "3,012.40", "product": "MIS", "order_type": "LIMIT"},
        ),
        (
            "buy 75 nifty26decfut nrml sl 24500 trigger 24450",
            BUY
            | {
                "quantity": "75",
                "tradingsymbol": "NIFTY26DECFUT",
                "product": "NRML",
                "order_type": "SL",
                "price": "24500",
                "trigger_price": "24450",
            },
        ),
        ("buy 10 bse:sbin ioc", BUY | {"quantity": "10", "exchange": "BSE", "tradingsymbol": "SBIN", "validity": "IOC"}),
        ("infy", {"tradingsymbol": "INFY"}),
        ("100 itc", {"quantity": "100", "tradingsymbol": "ITC"}),
        ("BUY\t10\tINFY\tMARKET\tCNC", BUY | {"quantity": "10", "tradingsymbol": "INFY", "order_type": "MARKET", "product": "CNC"}),
        ("Buy 10 shares of Bajaj-Auto at market.", BUY | {"quantity": "10", "tradingsymbol": "BAJAJ-AUTO", "order_type": "MARKET"}),
        ("infy@₹1,500 qty 10", {"quantity": "10", "tradingsymbol": "INFY", "price": "1,500", "order_type": "LIMIT"}),
        ("sell limit 100 reliance @ 1412", SELL | {"order_type": "LIMIT", "quantity": "100", "tradingsymbol": "RELIANCE", "price": "1412"}),
        ("5 infy limit 1412", {"quantity": "5", "tradingsymbol": "INFY", "order_type": "LIMIT", "price": "1412"}),
        ("5 infy slm trigger at 1440", {"quantity": "5", "tradingsymbol": "INFY", "order_type": "SL-M", "trigger_price": "1440"}),
        (
            "5 infy cover @ 1450 mis trigger 1440",
            {"quantity": "5", "tradingsymbol": "INFY", "variety": "co", "price": "1450", "product": "MIS", "trigger_price": "1440"}
            | {"order_type": "LIMIT"},
        ),
        (
            "5 infy amo day disclosed 1 tag Mine1",
            {"quantity": "5", "tradingsymbol": "INFY", "variety": "amo", "validity": "DAY", "disclosed_quantity": "1", "tag": "Mine1"},
        ),
        ("5 infy market @ 1412", {"quantity": "5", "tradingsymbol": "INFY", "order_type": "MARKET", "price": "1412"}),
    ],
)  # fmt: skip
def test_a_line_is_read_as_it_is_written(line, row):
    assert read_line(line) == row


@pytest.mark.parametrize(
    ("line", "row"),
    [
        ("10 ioc", {"quantity": "10", "tradingsymbol": "IOC"}),
        ("10 ioc ioc", {"quantity": "10", "tradingsymbol": "IOC", "validity": "IOC"}),
        ("10 infy ioc", {"quantity": "10", "tradingsymbol": "INFY", "validity": "IOC"}),
        ("10 bse", {"quantity": "10", "tradingsymbol": "BSE"}),
        ("10 sbin bse", {"quantity": "10", "tradingsymbol": "SBIN", "exchange": "BSE"}),
        ("10 mcx nse", {"quantity": "10", "tradingsymbol": "MCX", "exchange": "NSE"}),
        ("10 nse:bse", {"quantity": "10", "tradingsymbol": "BSE", "exchange": "NSE"}),
    ],
)
def test_a_symbol_that_is_a_word_too_is_the_instrument_where_no_other_is_named(line, row):
    assert read_line(line) == row


@pytest.mark.parametrize("typed", ["-5", "1,2,3", "0", "5.5", "1..2", "+7", "9" * 400])
def test_amounts_are_passed_on_as_they_were_typed(typed):
    assert read_line(f"buy {typed} infy @ {typed}") == BUY | {
        "quantity": typed,
        "tradingsymbol": "INFY",
        "price": typed,
        "order_type": "LIMIT",
    }


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", "No instrument is named."),
        ("100", "No instrument is named."),
        ("buy 10", "No instrument is named."),
        ("buy sell 10 infy", "“sell” is a second side."),
        ("buy 10 infy 20", "“20” is a second quantity. Write @ before a price."),
        ("buy 10 infy @ 5 at 6", "“6” is a second price."),
        ("10 infy @ 5 limit 6", "“6” is a second price."),
        ("10 infy limit mkt", "“mkt” is a second order type."),
        ("10 infy cnc mis", "“mis” is a second product."),
        ("10 infy day ioc", "“ioc” is a second validity."),
        ("10 bse:sbin nse", "“nse” is a second exchange."),
        ("10 infy amo co", "“co” is a second variety."),
        ("10 infy tag a tag b", "“b” is a second tag."),
        ("sell limit 100 reliance", "“100” could be the quantity or the price. Write @ before a price."),
        ("sell limit 100 reliance 1412", "“100” could be the quantity or the price. Write @ before a price."),
        ("please buy 10 infy", "Both “PLEASE” and “infy” could be the instrument. Keep one."),
        ("buy 10 infy tomorrow", "Both “INFY” and “tomorrow” could be the instrument. Keep one."),
        ("10 ioc bse", "Both “ioc” and “bse” could be the instrument. Keep one."),
        ("buy 1e3 infy", "Both “1E3” and “infy” could be the instrument. Keep one."),
        ("buy ١٢ infy", "“١٢” is not understood."),
        ("buy １0 infy", "“１0” is not understood."),
        ("buy 10 ınfy", "“ınfy” is not understood."),
        ("buy 10 <b>", "“<b>” is not understood."),
        ("buy 10 {{7*7}}", "“{{7*7}}” is not understood."),
        ("buy 10 nyse:ibm", "“nyse:ibm” is not understood."),
        ("buy 10 nse:", "“nse:” is not understood."),
        ("buy 10 :infy", "“:infy” is not understood."),
        ("buy 10 ncdex:dhaniya", "Kite's page does not take ncdex:dhaniya."),
        ("buy 10 infy gtt", "Kite's page does not take gtt."),
        ("buy 10 infy mtf", "Kite's page does not take mtf."),
        ("sell 1 lot nifty26decfut", "Lots are not counted here. Write the quantity in units."),
        ("buy 10 infy @", "What comes after “@” is missing."),
        ("buy 10 infy at noon", "What comes after “at” is missing."),
        ("buy 10 infy tag", "What comes after “tag” is missing."),
        ("buy 10 infy trigger 1440", "A trigger needs the word SL or SL-M."),
        ("x" * (LONGEST_LINE + 1), "This line is too long to be an order."),
    ],
)
def test_what_could_mean_anything_is_refused_and_named(line, words):
    with pytest.raises(BasketError) as refused:
        read_line(line)
    assert str(refused.value) % refused.value.params == words


def test_every_field_that_a_word_sets_is_an_items_own():
    assert {name for name, _ in WORDS.values()} | set(LEADS.values()) | set(ONCE) < set(FIELDS)
    assert not IDLE & set(WORDS)
    assert not NOT_TAKEN_WORDS & set(WORDS)
    assert set(WORDS) > ALSO_NAMES


VOCABULARY = [
    *WORDS,
    *LEADS,
    *IDLE,
    *NOT_TAKEN_WORDS,
    "infy",
    "nse:sbin",
    "10",
    "1,412.50",
    "lot",
    "{",
    "[",
    ":",
    "M&M",
]


@given(st.text() | st.lists(st.sampled_from(VOCABULARY) | st.text(max_size=5)).map(" ".join))
def test_any_text_is_a_row_of_known_fields_or_refused(text):
    try:
        row = read_line(text)
    except BasketError:
        return
    assert row["tradingsymbol"]
    assert row.keys() <= set(FIELDS)
    assert all(type(typed) is str and typed for typed in row.values())


@given(st.text() | st.lists(st.sampled_from([*VOCABULARY, "\n", "\r\n"]) | st.text(max_size=5)).map(" ".join))
def test_of_a_list_nothing_is_lost(text):
    reads = read_text(text)
    assert len(reads) <= MAX_ITEMS + 1
    for read in reads:
        assert (read.row is None) == bool(read.reason % read.params)
        assert set(read.row or ()) <= set(FIELDS)
    if not any(read.whole for read in reads):
        assert "".join("".join(read.line for read in reads).split()) == "".join(text.split())


def test_a_list_has_one_order_a_line_and_blank_lines_are_skipped():
    reads = read_text("buy 10 infy\n\n  \r\nbuy ten itc\n sell 5 tcs ")
    assert [(read.number, read.line, read.row) for read in reads] == [
        (1, "buy 10 infy", BUY | {"quantity": "10", "tradingsymbol": "INFY"}),
        (4, "buy ten itc", None),
        (5, " sell 5 tcs ", SELL | {"quantity": "5", "tradingsymbol": "TCS"}),
    ]
    assert reads[1].reason % reads[1].params == "Both “TEN” and “itc” could be the instrument. Keep one."


def test_a_list_may_be_kites_json():
    rows = [
        {"tradingsymbol": "INFY", "quantity": "10", "readonly": "y"},
        {"tradingsymbol": "M&M", "price": "3012.4"},
    ]
    text = (
        '[{"tradingsymbol": "INFY", "quantity": 10, "readonly": true},\n {"tradingsymbol": "M&M", "price":'
        ' 3012.4, "unknown": 1}]'
    )
    reads = read_text(f"\n {text}")
    assert [read.row for read in reads] == rows
    assert all(read.whole and read.left_out == ["unknown"] for read in reads)
    assert [read.row for read in read_text("\n".join(read.line for read in reads))] == rows


@pytest.mark.parametrize(
    "text",
    [
        "[",
        "[]",
        "[1]",
        "[NaN]",
        "[" * 100_000,
        "[" + "{}," * 100 + "{}]",
        "{",
        "{}",
        '{"a": 1e99999999999999999999}',
    ],
)
def test_json_that_is_no_basket_is_refused_in_one_piece(text):
    (read,) = read_text(text)
    assert (read.line, read.number, read.row) == (text, 1, None)
    assert read.reason


def test_lines_after_the_hundredth_wait_in_one_piece():
    text = "\n".join(f"buy {number} infy" for number in range(1, 251))
    *reads, rest = read_text(f"\n{text}")
    assert len(reads) == MAX_ITEMS
    assert all(read.row for read in reads)
    assert (rest.number, rest.row, rest.line.splitlines()[0], rest.line.splitlines()[-1]) == (
        102,
        None,
        "buy 101 infy",
        "buy 250 infy",
    )
    assert rest.reason % rest.params == "At most 100 lines are read at once. From here on they wait."


@pytest.mark.parametrize(
    "text",
    [
        "a\n" * 250_000,
        "of " * 170_000,
        "x" * 500_000,
        json.dumps([{"tag": "x" * 500_000}]),
        "{" * 500_000,
        "[" + "1," * 250_000,
    ],
)
def test_half_a_megabyte_is_read_in_no_time(text):
    began = time.process_time()
    assert len(read_text(text)) <= MAX_ITEMS + 1
    assert time.process_time() - began < 0.5
