"""Tables that others write: exports of Console and Kite, Markdown, sums, weights, and lines about
the account above them.
"""

import pytest

from kite.basket.formats.documents import is_document, read_document
from kite.basket.formats.order_lists import read_text
from kite.basket.formats.row_reader import read_row
from kite.exceptions import BasketError

INFY = {"transaction_type": "BUY", "tradingsymbol": "INFY", "quantity": "10"}
OPEN = INFY | {"transaction_type": ""}
ABOUT = "Client ID,AB1234\n\nEquity Holdings Statement as on 2026-11-27\n,,,\n"


def rows(text):
    assert is_document(text)
    return [read.row for read in read_document(text)]


def refusals(text):
    return [(read.number, read.reason % read.params) for read in read_document(text) if read.row is None]


@pytest.mark.parametrize(
    ("above", "header"),
    [
        ("Client ID,AB1234\n\n", "Symbol,Side,Qty"),
        (ABOUT, "Symbol,Trade Type,Quantity Available"),
        ("Holdings of 27 Nov 2026\nName;Asha\nPAN;ABCDE1234F\n\n", "Instrument;Type;Qty."),
        ("\n" * 30 + "Report,one\n" * 19, "scrip,side,units"),
        ("| Client | AB1234 |\n", "| Stock | Action | Shares |"),
    ],
)
def test_the_names_of_columns_are_looked_for_in_the_first_lines(above, header):
    delimiter = next(sign for sign in ";|," if sign in header)
    line = delimiter.join(["INFY", "buy", "10"])
    text = f"{above}{header}\n{f'|{line}|' if delimiter == '|' else line}\n"
    assert rows(text) == [INFY]
    assert read_document(text)[0].number == above.count("\n") + 2


def test_names_of_columns_further_down_are_not_looked_for():
    text = "Report,one\n" * 20 + "symbol,side,qty\nINFY,BUY,10\n"
    assert not is_document(text)


def test_orders_above_the_names_of_columns_are_refused_and_not_lost():
    text = "TCS,BUY,5\nsymbol,side,qty\nINFY,BUY,10\n"
    assert refusals(text) == [(1, "It stands above the names of the columns.")]
    assert rows(text) == [None, INFY]


CONSOLE_HOLDINGS = (
    "Symbol,ISIN,Sector,Quantity Available,Quantity Discrepant,Quantity Long Term,Quantity Pledged"
    " (Margin),Average Price,Previous Closing Price\n"
    "INFY,INE009A01021,IT,10,0,10,0,1400.5000,1448.2\n"
    "SBIN,INE062A01020,BANKS,5.000000,0,5,0,800,824.35\n"
    "Total,,,15,0,15,0,,\n"
)
TRADEBOOK = (
    "symbol,isin,trade_date,exchange,segment,series,trade_type,auction,quantity,price,trade_id,order_id,order_execution_time\n"
    "INFY,INE009A01021,2026-11-20,NSE,EQ,EQ,buy,false,10.000000,1448.200000,1001,9001,2026-11-20T09:31:10\n"
    "NIFTY26DECFUT,,2026-11-20,NSE,FO,,sell,false,75.000000,26100.500000,1002,9002,2026-11-20T10:31:10\n"
)
KITE_HOLDINGS = (
    '"Instrument","Qty.","Avg. cost","LTP","Invested","Cur. val","P&L","Net chg.","Day chg.",""\n'
    '"INFY","10","1400.5","1448.2","14005","14482","477","3.4","0.2",""\n'
)
ORDER_BOOK = (
    "Time,Type,Instrument,Product,Qty.,Avg. price,Status\n"
    "2026-11-20 09:15:01,BUY,INFY,CNC,10/10,1448.2,COMPLETE\n"
    "2026-11-20 09:16:01,SELL,SBIN,MIS,5/20,824.35,OPEN\n"
    "2026-11-20 09:17:01,SELL,TCS,MIS,0/3,0,REJECTED\n"
)


def test_the_holdings_of_console_are_read():
    assert rows(ABOUT + CONSOLE_HOLDINGS) == [
        OPEN,
        {"transaction_type": "", "tradingsymbol": "SBIN", "quantity": "5"},
    ]
    assert read_document(CONSOLE_HOLDINGS)[0].left_out[:2] == ["ISIN", "Sector"]


def test_the_tradebook_of_console_is_read_and_its_segment_names_the_exchange():
    first, second = rows(TRADEBOOK)
    assert first == INFY | {"exchange": "NSE", "price": "1448.200000", "order_type": "LIMIT"}
    assert (second["exchange"], second["transaction_type"], second["quantity"]) == ("NFO", "SELL", "75")


@pytest.mark.parametrize(
    ("exchange", "segment", "kites"),
    [
        ("NSE", "EQ", "NSE"),
        ("BSE", "FO", "BFO"),
        ("nse", "cds", "CDS"),
        ("BSE", "CD", "BCD"),
        ("MCX", "COM", "MCX"),
        ("NFO", "FO", "NFO"),
    ],
)
def test_a_segment_names_an_exchange_only_where_two_markets_share_one(exchange, segment, kites):
    (row,) = rows(f"symbol,exchange,segment,side,qty\nINFY,{exchange},{segment},BUY,10\n")
    assert row == INFY | {"exchange": kites}


def test_the_holdings_of_kite_are_read():
    assert rows(KITE_HOLDINGS) == [OPEN]


def test_the_order_book_of_kite_is_read_and_a_part_of_a_quantity_is_asked_about():
    filled, open_order, rejected = rows(ORDER_BOOK)
    assert filled == INFY | {"product": "CNC"}
    orders = [
        {problem.field: problem for problem in read_row(row).unreadable} for row in (open_order, rejected)
    ]
    assert [problems["quantity"].fixes for problems in orders] == [
        ({"quantity": "20"}, {"quantity": "5"}),
        ({"quantity": "3"},),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "| Symbol | Qty | Side |\n|--------|:---:|------|\n| INFY | 10 | BUY |\n",
        "Symbol | Qty | Side\n--- | ---: | :---\nINFY | 10 | BUY\n",
        (
            "+--------+-----+------+\n| symbol | qty | side |\n+========+=====+======+\n| INFY   | 10  | BUY "
            " |\n+--------+-----+------+\n"
        ),
        "| **Symbol** | Qty | Side |\n|---|---|---|\n| **INFY** | 10 | `BUY` |\n",
    ],
)
def test_a_table_of_markdown_has_no_orders_in_its_lines(text):
    assert rows(text.replace("**Symbol**", "Symbol")) == [INFY]


@pytest.mark.parametrize(
    "text",
    [
        "symbol,qty,side\nINFY,10,BUY\nTotal,10,\n",
        "symbol,qty,side\nINFY,10,BUY\n,,\nGrand total:,10,\n",
        "no,symbol,qty,side\n1,INFY,10,BUY\nSub-Total,,10,\n",
        "symbol,qty,side\nINFY,10,BUY\nTOTAL,10,\n",
        "symbol,side,qty\nINFY,BUY,10\n,Total,10\n",
        "side,symbol,qty\nBUY,INFY,10\nGrand Total,,10\n",
        "type,symbol,qty\nBUY,INFY,10\nTOTAL,,10\n",
        "symbol,side,qty\nINFY,BUY,10\nTotal quantity,,10\n",
        "symbol,side,qty\nINFY,BUY,10\nTotal Value:,,14482\n",
        "INFY;10;BUY\nTotal;10\n",
        "| symbol | qty | side |\n|---|---|---|\n| INFY | 10 | BUY |\n| **Total** | **10** | |\n",
    ],
)
def test_a_line_that_adds_up_the_others_is_no_order(text):
    assert rows(text) == [INFY]


def test_the_share_total_is_an_order_where_a_side_says_so_and_asked_about_elsewhere():
    reason = "“TOTAL” could be a sum or the instrument. Name its side, buy or sell."
    assert rows("symbol,qty,side\nTOTAL,10,BUY\n") == [INFY | {"tradingsymbol": "TOTAL"}]
    assert rows("TOTAL,10,BUY\n") == [INFY | {"tradingsymbol": "TOTAL"}]
    assert refusals("symbol,qty\nINFY,10\nTOTAL,10\n") == [(3, reason)]
    assert refusals("INFY,10,BUY\nTOTAL,10\n") == [(2, reason)]
    assert [read.row for read in read_text("buy 10 total\ntotal")] == [
        {"transaction_type": "BUY", "quantity": "10", "tradingsymbol": "TOTAL"}, {"tradingsymbol": "TOTAL"}
    ]  # fmt: skip
    assert [read.reason % read.params for read in read_text("Total 1500\n15 total")] == [reason, reason]


@pytest.mark.parametrize(
    ("line", "side", "quantity"),
    [
        ("INFY,-10", "SELL", "10"),
        ("INFY;-1,500", "SELL", "1500"),
        ("-75|INFY", "SELL", "75"),
        ("INFY,+10", "BUY", "10"),
    ],
)
def test_a_sign_offers_a_side_and_takes_none(line, side, quantity):
    (row,) = rows(line)
    assert (row["tradingsymbol"], row["transaction_type"]) == ("INFY", "")
    problems = {problem.field: problem for problem in read_row(row).unreadable}
    assert problems["quantity"].fixes == ({"transaction_type": side, "quantity": quantity},)
    assert "transaction_type" in problems


def test_a_table_of_symbols_and_numbers_says_no_side():
    assert rows("INFY,10\nTCS,5\n") == [
        OPEN,
        {"transaction_type": "", "tradingsymbol": "TCS", "quantity": "5"},
    ]
    assert rows("INFY,CNC,10\n") == [OPEN | {"product": "CNC"}]


@pytest.mark.parametrize("text", ["infy, tcs", "buy 10 infy, 20", "INFY\t10", "Client ID,AB1234"])
def test_two_words_beside_a_comma_are_no_table(text):
    assert not is_document(text)


@pytest.mark.parametrize(
    ("header", "first", "second"),
    [
        ("Symbol,Weight", "40%", "60%"),
        ("Instrument,Weight (%)", "40", "60"),
        ("stock,Weightage", "40.0 %", "60"),
        ("Symbol,Allocation", "40", "60"),
    ],
)
def test_weights_come_along_with_their_rows(header, first, second):
    weighted = rows(f"{header}\nINFY,{first}\nTCS,{second}\n")
    assert [(row["tradingsymbol"], row["weight"].removesuffix(".0"), row.get("quantity")) for row in weighted] == [
        ("INFY", "40", None), ("TCS", "60", None)
    ]  # fmt: skip


@pytest.mark.parametrize("strike", ["26,,000", "2,6000", "26.000,5"])
def test_a_strike_is_a_number_like_every_other(strike):
    (read,) = read_text(
        f"buy 75 nifty dec {strike} ce", lambda contract: pytest.fail("such a strike is never looked up")
    )
    assert read.row is None


def test_a_cell_before_the_symbol_never_overrules_the_exchange_beside_it():
    assert rows("symbol,exchange,side,qty\nBSE:SBIN,NSE,BUY,1\n")[0]["tradingsymbol"] == "BSE:SBIN"
    assert rows("symbol,exchange,side,qty\nBSE:SBIN,BSE,BUY,1\n")[0]["tradingsymbol"] == "SBIN"
    assert rows("symbol,side,qty\nbse:sbin,BUY,1\n")[0] == {
        "transaction_type": "BUY",
        "tradingsymbol": "SBIN",
        "exchange": "BSE",
        "quantity": "1",
    }


@pytest.mark.parametrize(
    "table", ["symbol,side,qty\nnifty dec fut,BUY,75\n", "BUY,75,nifty dec fut\nBUY,10,INFY\n"]
)
def test_a_contract_of_several_words_is_looked_up_or_refused(table):
    def resolve(contract):
        raise BasketError("No contract “%(words)s” is listed.", words=contract.name)

    read = read_document(table, resolve)[0]
    assert read.reason % read.params == "No contract “NIFTY” is listed."


@pytest.mark.parametrize(
    ("prices", "expected"),
    [
        ("0,0", {}),
        ("0.00,", {}),
        ("1448.2,0", {"order_type": "LIMIT", "price": "1448.2"}),
        ("1448.2,1440", {"order_type": "", "price": "1448.2", "trigger_price": "1440"}),
    ],
)
def test_a_price_of_0_is_no_price_where_a_table_names_no_order_type(prices, expected):
    assert rows(f"symbol,side,qty,price,trigger price\nINFY,BUY,10,{prices}\n") == [INFY | expected]
