"""Files and long lists: a page names every order taken and every one refused, and its button makes
rows of them.
"""

import io
import re
import time

import pytest
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from kite.web.composer.import_preview import UPLOAD_LIMIT
from kite.web.composer.row_fields import NEW_ROW
from tests.support.forms import buttons, by_id, controls, focused, text, tree
from tests.web.composer.test_compose import MARKET, posted, rows_of

TABLE = "symbol,qty,side\nINFY,10,BUY\nTCS,5,HOLD\nINFI,5,BUY\nITC,5,BUY,9\n"


@pytest.fixture
def press(composer):
    """Press a button of the composer, as a form with a file."""

    def press(action, *rows, file=None, name="orders.csv", **beside):
        data = posted(rows, action=action) | beside
        if file is not None:
            data["file"] = FileStorage(io.BytesIO(file), name)
        boundary, body = encode_multipart(data)
        return composer.post("/", data=body, content_type=f"multipart/form-data; boundary={boundary}")

    return press


def main_text(page):
    return text(next(tree(page).iter("main")))


def refused(page):
    return [text(line) for line in by_id(page, "refused").iter("li")]


def paste_error(page):
    return text(by_id(page, "paste-error"))


def test_a_file_is_named_order_by_order_before_anything_is_a_row(press):
    page = press("import", MARKET, file=TABLE.encode()).text
    assert text(next(tree(page).iter("h1"))) == "3 orders can be taken"
    assert (
        "From orders.csv. Nothing of it is in your basket yet. They come below the order that is there."
        in main_text(page)
    )
    assert refused(page) == ["Line 5, ITC,5,BUY,9: It has more cells than the first line names columns."]
    lines = [text(line) for line in tree(page).iter("li") if "slip" in (line.get("class") or "").split()]
    assert [line[0] for line in lines] == ["2", "3", "4"]
    assert "1 to fix" in lines[1]
    assert "Side: Kite's page does not take HOLD. Choose one that is listed." in lines[1]
    assert "Instrument: No instrument INFI on NSE." in lines[2]
    assert buttons(page) == ["take", "update", "update", "take"]


def test_the_button_makes_rows_of_them_and_asks_about_what_is_to_fix(press, take):
    page = take(press("import", MARKET, file=TABLE.encode()).text)
    rows = [
        NEW_ROW | {"tradingsymbol": symbol, "quantity": quantity}
        for symbol, quantity in (("INFY", "10"), ("TCS", "5"), ("INFI", "5"))
    ]
    rows[1]["transaction_type"] = "HOLD"
    assert [row.get("tradingsymbol") for row in rows_of(page)] == ["INFY", "INFY", "TCS", "INFI"]
    assert rows_of(page)[1] == rows[0]
    assert rows_of(page)[3] == rows[2]
    assert focused(page) == "items-2-transaction_type"
    assert len(list(by_id(page, "faults").iter("a"))) == 2


def test_going_back_leaves_everything_as_it_was(press, take):
    page = press("import", MARKET, file=TABLE.encode(), order_line="half an or", amount="50000").text
    back = take(page, "update")
    assert rows_of(back)[0] == MARKET
    assert "half an or" in back
    assert by_id(back, "amount").get("value") == "50000"
    pasted = TABLE.replace("\n", "\r\n")
    back = take(press("import", MARKET, paste=pasted).text, "remove-9")
    assert by_id(back, "paste").text == TABLE


def test_a_first_row_that_nobody_touched_gives_way(press, take):
    page = press("import", NEW_ROW, paste=TABLE).text
    assert "They come below" not in page
    assert [row["tradingsymbol"] for row in rows_of(take(page))] == ["INFY", "TCS", "INFI"]


@pytest.mark.parametrize(
    ("pasted", "row"),
    [
        (
            (
                "<kite-button data-exchange=NSE data-tradingsymbol='M&amp;M' data-transaction_type=SELL"
                " data-quantity=5 data-order_type=MARKET>"
            ),
            {"product": ""},
        ),
        ("[kite exchange=NSE symbol=M&M side=sell qty=5 order_type=market product=CNC]", {}),
        ("Symbol;Side;Quantity\nM&M;S;5", NEW_ROW),
        ("M&M,sell,5", NEW_ROW),
    ],
)
def test_buttons_shortcodes_and_tables_can_be_pasted(press, take, pasted, row):
    rows = rows_of(take(press("import", NEW_ROW, paste=pasted).text))
    order = {
        "tradingsymbol": "M&M",
        "exchange": "NSE",
        "transaction_type": "SELL",
        "quantity": "5",
        "order_type": "MARKET",
    }
    assert [row.get("tradingsymbol") for row in rows] == ["M&M"]
    assert rows[0].items() >= (row | order | {"product": row.get("product", "CNC")}).items() - {
        ("product", "")
    }


def test_lots_and_contracts_are_looked_up_in_a_list_a_file_and_the_order_line(press):
    future = {"tradingsymbol": "NIFTY26DECFUT", "exchange": "NFO", "quantity": "75", "product": "NRML"}
    assert (
        rows_of(press("add", NEW_ROW, order_line="sell 1 lot nifty dec fut market").text)[0].items()
        >= future.items()
    )
    assert (
        rows_of(press("import", NEW_ROW, paste="sell 1 lot nifty dec fut").text)[0].items() >= future.items()
    )
    assert "NIFTY26DECFUT" in main_text(press("import", file=b"symbol,qty,side\nNIFTY DEC FUT,75,BUY").text)


BAD = {
    "INFY,HOLD,10": "Side:",
    "NOSUCH,BUY,10": "Instrument:",
    "INFY,BUY,ten": "Quantity:",
    "INFY,BUY,10,,9": "It has more cells than the first line names columns.",
    '"INFY,BUY,10': "A quotation mark is not closed.",
}


def test_of_a_thousand_rows_all_hundred_bad_ones_are_named_at_once(module_site, press):
    lines = ["INFY,BUY,10,"] * 1000
    bad = dict(zip(range(3, 1000, 10), [*BAD] * 20, strict=True))
    for place, line in bad.items():
        lines[place] = line
    data = "\n".join(["symbol,side,qty,tag", *lines]).encode()
    press("import", file=data)
    began = time.process_time()
    page = press("import", file=data).text
    assert time.process_time() - began < 1  # 0.05 s where nothing else runs
    named = {re.match(r"Line (\d+)", line)[1]: line for line in refused(page)}
    named |= {
        re.match(r"\d+", text(line))[0]: text(line)
        for line in tree(page).iter("li")
        if "to fix" in text(line)
    }
    assert {int(number) for number in named} == {place + 2 for place in bad}
    assert all(BAD[line] in named[str(place + 2)] for place, line in bad.items())
    assert "A basket holds at most 100 orders. These lines have no place: 10" in main_text(page)


def test_orders_without_a_place_are_counted_by_their_lines(press, take):
    page = press("import", *[MARKET] * 98, paste="\n".join(["symbol,qty,side", *["INFY,1,BUY"] * 9])).text
    assert "These lines have no place: 4 to 10." in main_text(page)
    assert len(rows_of(take(page))) == 100
    page = press("import", *[MARKET] * 100, file=TABLE.encode()).text
    assert text(next(tree(page).iter("h1"))) == "No order can be taken"
    assert "Take" not in main_text(page)


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (
            b"PK\x03\x04 a workbook",
            "This is a workbook or an archive, and those are not opened here. Save the sheet as CSV.",
        ),
        (
            b"\x1f\x8b a bomb",
            "This is a workbook or an archive, and those are not opened here. Save the sheet as CSV.",
        ),
        (b"", "This file is empty."),
        (b"\0\1\2\3", "This file is no text. Save it as CSV, or copy its lines into the box."),
        (b"\xef\xbb\xbf", "No order was found in it."),
        (b"a" * 20_000_000, "This file is larger than 1 MB. Keep the lines with orders."),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_and_what_was_typed_stays(press, file, words):
    answer = press("import", MARKET, file=file, paste="buy 10 infy")
    assert answer.status_code == 200
    assert paste_error(answer.text) == words
    assert rows_of(answer.text) == [MARKET]
    assert by_id(answer.text, "paste").text == "buy 10 infy"
    assert focused(answer.text) == "paste"


def test_a_form_beyond_all_measure_is_refused(press):
    assert press("import", file=b"a" * (UPLOAD_LIMIT + 1)).status_code == 413


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le"])
def test_a_file_of_a_spreadsheet_is_read_in_its_encoding(press, encoding):
    assert (
        "1 order can be taken"
        in press("import", file="symbol\tqty\tside\nINFY\t10\tBUY".encode(encoding)).text
    )


def test_a_file_that_was_chosen_and_not_read_holds_the_basket_back(composer, module_site):
    token = dict(controls(composer.get("/").text))["csrf_token"]
    page = composer.post(
        "/", data=posted([MARKET], action="hand_off", csrf_token=token, file="orders.csv")
    ).text
    assert "A file was chosen and not read." in page
    assert focused(page) == "file"
    page = composer.post("/", data=posted([MARKET], action="hand_off", csrf_token=token, paste=TABLE)).text
    assert "3 orders can be taken" in page


@pytest.mark.parametrize(
    "typed", ["<script>alert(1)</script>", '"><b>', "{{7*7}}", "%(word)s %s", "\u202eYFNI", "a\0b"]
)
def test_whatever_a_file_or_its_name_says_is_escaped(press, typed):
    page = press(
        "import", paste=f"symbol;qty;side;{typed}\n{typed};{typed};BUY\n{typed};1;2;3;4", file=b"", name=""
    ).text
    assert not [script for script in tree(page).iter("script") if script.text]
    page = press("import", file=f"symbol;qty;{typed}\nINFY;{typed};5".encode(), name=f"{typed}.csv").text
    assert not [script for script in tree(page).iter("script") if script.text]


def test_what_is_taken_is_checked_like_anything_typed(composer):
    for data in ("[", "buy 10 infy", '[{"tradingsymbol": "<b>"}]', "x" * 1000):
        assert composer.post("/", data=posted([MARKET], action="take", taken=data)).status_code == 200
