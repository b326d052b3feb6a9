"""Files and long lists: tables, pages with buttons, shortcodes, JSON and written orders, in
whatever encoding they come.
"""

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kite.basket.formats.documents import MOST_ROWS, decode_document, is_document, read_document
from kite.basket.formats.written_order import LONGEST_LINE
from kite.basket.items import FIELDS, MAX_ITEMS
from kite.exceptions import BasketError

ROW = {"transaction_type": "BUY", "tradingsymbol": "INFY", "quantity": "10"}
LIMIT = ROW | {"order_type": "LIMIT", "price": "1500"}


def rows(text):
    return [read.row for read in read_document(text)]


def reasons(text):
    return [(read.number, read.reason % read.params) for read in read_document(text) if read.row is None]


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("tradingsymbol,quantity,transaction_type\nINFY,10,BUY", ROW),
        ("Side;Qty.;Symbol\nB;10;infy", ROW),
        ("Qty\tInstrument\tBuy/Sell\n10\tINFY\tbuy\n", ROW),
        ("sep=;\nSymbol;Qty;Side\nINFY;10;Buy", ROW),
        ('"Trading Symbol","Quantity","Transaction type"\r\n"INFY","10","BUY"\r\n', ROW),
        ("symbol|qty|side\nINFY|10|BUY", ROW),
        ("symbol,qty,side,price\nINFY,10,BUY,1500", LIMIT),
        ("symbol,qty,side,type,price\nINFY,10,BUY,Limit,₹1500", LIMIT),
        ("Instrument,Type,Qty.\nINFY,BUY,10", ROW),
        ("symbol,qty,side,order type,price,trigger price\nINFY,10,BUY,market,0,0.00", ROW | {"order_type": "MARKET"}),
        ("symbol,qty,side\n'INFY,'10,BUY", ROW),
        ("symbol,qty,side,,remark\nINFY,10,BUY,,", ROW),
        ("symbol,qty,side\nNSE:INFY,10,BUY", ROW | {"exchange": "NSE"}),
        ("symbol,qty,side,product,validity\nINFY,10,BUY,intraday,", ROW | {"product": "MIS", "validity": ""}),
        ("symbol,qty,side,type\nINFY,10,BUY,SL M", ROW | {"order_type": "SL-M"}),
        ("symbol,qty,side,variety,locked\nINFY,10,BUY,AMO,yes", ROW | {"variety": "amo", "readonly": "y"}),
        ("INFY,BUY,10", ROW),
        ("10;INFY;B;1500.00", LIMIT | {"price": "1500.00"}),
        ("BUY\tINFY\tLIMIT\t1500.5\t10", LIMIT | {"price": "1500.5"}),
        ("INFY,NSE,BUY,MARKET,10,0", ROW | {"exchange": "NSE", "order_type": "MARKET"}),
    ],
)  # fmt: skip
def test_a_table_is_read_whatever_its_columns_are_called_and_in_any_order(text, row):
    assert rows(text) == [row]
    assert is_document(text)


def test_a_side_that_no_column_says_stays_open():
    assert rows("symbol,quantity\nINFY,10") == [
        {"transaction_type": "", "tradingsymbol": "INFY", "quantity": "10"}
    ]


def test_what_a_cell_says_wrongly_stays_in_the_row_to_be_checked():
    (row,) = rows("symbol,qty,side,product,price\n=1+1,-5,HOLD,MTF,1e3")
    assert row == {
        "tradingsymbol": "=1+1",
        "quantity": "-5",
        "transaction_type": "HOLD",
        "product": "MTF",
        "price": "1e3",
        "order_type": "LIMIT",
    }


def test_columns_that_no_row_has_a_field_for_are_named():
    assert read_document("symbol,qty,Status,Avg. price\nINFY,10,COMPLETE,5")[0].left_out == [
        "Status",
        "Avg. price",
    ]


@pytest.mark.parametrize(
    ("text", "refusals"),
    [
        ("qty,price,side\n10,5,BUY", [(1, "No column is called symbol or tradingsymbol.")]),
        ("symbol,qty,quantity\nINFY,10,10", [(1, "Two columns could be “quantity”. Keep one.")]),
        ("symbol,qty,side\nINFY,10,BUY,20", [(2, "It has more cells than the first line names columns.")]),
        ('symbol,qty,side\n"INFY,10,BUY\nINFY,10,BUY', [(2, "A quotation mark is not closed.")]),
        (f"symbol,qty,side\nINFY,{'1' * LONGEST_LINE},BUY", [(2, "This line is too long to be an order.")]),
        ("symbol,qty,type\nINFY,10,GTT", [(2, "“GTT” in the column Type is neither a side nor an order type.")]),
        (
            "INFY,BUY,10,1500",
            [(1, "More than one number could be the quantity. Name the columns in a first line, like symbol, quantity, price.")],
        ),
        ("INFY,BUY,10\nTCS,HOLD,10", [(2, "Both “TCS” and “HOLD” could be the instrument. Keep one.")]),
        ("<kite-button data-basket=five></kite-button>", [(1, "This button is for a published basket. It names no order.")]),
        ("\n<a data-kite=x data-quantity=1>", [(2, "No instrument is named.")]),
        ("[kite symbol=INFY symbol=TCS]", [(1, "It says “tradingsymbol” twice.")]),
        ("[kite nothing]", [(1, "No instrument is named.")]),
        ("<!-- <kite-button data-tradingsymbol=INFY> -->", [(1, "No button and no shortcode with an order was found.")]),
    ],
)  # fmt: skip
def test_what_is_no_order_is_refused_with_its_line_and_its_reason(text, refusals):
    assert reasons(text) == refusals


BUTTON = ROW | {"exchange": "NSE"}


@pytest.mark.parametrize(
    "text",
    [
        (
            '<kite-button data-kite="key" data-exchange="NSE" data-tradingsymbol="INFY"'
            ' data-transaction_type="BUY" data-quantity="10"></kite-button>'
        ),
        (
            "<p>Text</p><A DATA-KITE=key data-exchange=nse data-tradingsymbol=INFY\n"
            " data-transaction_type=buy data-quantity='10' data-stoploss=5>"
        ),
        (
            '<button title="a > b" data-kite="" data-exchange=NSE data-tradingsymbol=INFY'
            " data-transaction_type=BUY data-quantity=10>"
        ),
        '[kite exchange="NSE" tradingsymbol="INFY" transaction_type="BUY" quantity="10"]',
        "text [kite-button data-exchange='NSE' symbol=INFY side=buy qty=10] text [[kite symbol=TCS]]",
        "[kite exchange=“NSE” tradingsymbol=″INFY″ transaction_type=&#8220;BUY&#8221; quantity=10]",
    ],
)
def test_buttons_and_shortcodes_of_other_pages_are_read(text):
    (read,) = read_document(text)
    assert read.row == BUTTON
    assert read.whole
    assert read.left_out == (["stoploss"] if "stoploss" in text else [])
    assert is_document(text)


def test_a_numeric_symbol_and_an_ampersand_in_a_button_stay_what_they_are():
    page = (
        '<i data-kite=x data-tradingsymbol="M&amp;M"></i>\n<!-- \n --><i data-kite=x'
        ' data-tradingsymbol="512345"></i>'
    )
    assert [(read.number, read.row) for read in read_document(page)] == [
        (1, {"tradingsymbol": "M&M"}),
        (3, {"tradingsymbol": "512345"}),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "buy 10 infy",
        "sell 1,000 M&M at 3,012.40 mis",
        "infy, tcs",
        '[{"tradingsymbol": "INFY"}]',
        '{"a": 1}',
        "",
        "buy 10 <b>",
    ],
)
def test_a_short_list_of_written_orders_needs_no_preview(text):
    assert not is_document(text)


def test_more_lines_than_a_basket_has_places_are_a_document():
    assert not is_document("buy 1 infy\n" * MAX_ITEMS)
    assert is_document("buy 1 infy\n" * (MAX_ITEMS + 1))
    assert len(rows("buy 1 infy\n" * 150)) == 150
    assert len(rows(json.dumps([{"tradingsymbol": "INFY"}] * 150))) == 150


@pytest.mark.parametrize("line", ["INFY,BUY,10", "buy 10 infy", "<i data-kite=x data-tradingsymbol=INFY>"])
def test_what_comes_after_the_thousandth_is_named_once(line):
    *orders, rest = read_document(f"{line}\n" * (MOST_ROWS + 5))
    assert len(orders) == MOST_ROWS
    assert rest.reason % rest.params == "At most 1000 lines are read at once. From here on they wait."
    assert rest.number == MOST_ROWS + 1


TABLE = "symbol\tqty\tside\nINFY\t10\tBUY\n"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"]
)
def test_a_file_is_read_in_every_encoding_that_spreadsheets_write(encoding):
    assert rows(decode_document(TABLE.encode(encoding))) == [ROW]


def test_the_ansi_of_an_old_spreadsheet_is_read_too():
    assert rows(decode_document("symbol;qty;side;société\nINFY;10;BUY;é".encode("cp1252"))) == [ROW]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "This file is empty."),
        (b" \r\n", "This file is empty."),
        (
            b"PK\x03\x04anything",
            "This is a workbook or an archive, and those are not opened here. Save the sheet as CSV.",
        ),
        (
            b"\x1f\x8b\x08\0",
            "This is a workbook or an archive, and those are not opened here. Save the sheet as CSV.",
        ),
        (
            b"\xd0\xcf\x11\xe0",
            "This is a workbook or an archive, and those are not opened here. Save the sheet as CSV.",
        ),
        (
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
            "This file is no text. Save it as CSV, or copy its lines into the box.",
        ),
        (b"symbol,qty\nINFY,1\0", "This file is no text. Save it as CSV, or copy its lines into the box."),
        (b"\x81\x8d", "This file is no text. Save it as CSV, or copy its lines into the box."),
        (b"\xff\xfea", "This file is no text. Save it as CSV, or copy its lines into the box."),
        (b"a" * 1_000_001, "This file is larger than 1 MB. Keep the lines with orders."),
    ],
)
def test_a_file_that_is_no_text_is_refused_with_the_reason(data, words):
    with pytest.raises(BasketError) as refused:
        decode_document(data)
    assert str(refused.value) == words


PIECES = [
    "symbol",
    "qty",
    "side",
    "INFY",
    "BUY",
    "10",
    "1.5",
    ",",
    "\t",
    ";",
    "|",
    '"',
    "'",
    "\n",
    "\r\n",
    "<kite-button ",
    "data-tradingsymbol=",
    ">",
]
PIECES += [
    "[kite ",
    "symbol=",
    "]",
    "<!--",
    "-->",
    "<a data-kite ",
    "[",
    "{",
    "}",
    "=1",
    "&#0;",
    "\ufeff",
    "“",
    "nifty dec fut",
    "lot",
]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=30).map("".join))
def test_any_text_becomes_rows_of_known_fields_or_is_refused(text):
    is_document(text)
    for read in read_document(text, lambda contract: []):
        assert (read.row is None) == bool(read.reason % read.params)
        assert set(read.row or ()) <= set(FIELDS)
        assert all(type(typed) is str for typed in (read.row or {}).values())


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_any_file_is_a_text_or_refused(data):
    try:
        text = decode_document(data)
    except BasketError:
        return
    read_document(text)


@pytest.mark.parametrize(
    "piece",
    [
        "<a ",
        "<!--",
        "<a data-kite ",
        "<kite-button a='",
        "[kite a=“",
        '"',
        ",",
        "buy,5,c\n",
        "<",
        "{}\n",
        "symbol,qty\n",
    ],
)
def test_a_file_as_large_as_may_be_costs_little(piece):
    text = "<kite-button >" * piece.startswith(("<", "[")) + piece * (900_000 // len(piece))
    began = time.process_time()
    is_document(text)
    assert len(read_document(text)) <= MOST_ROWS + 1
    assert time.process_time() - began < 2
