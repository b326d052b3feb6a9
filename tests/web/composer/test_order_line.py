"""The order line and the paste box: what is understood becomes rows, what is not stays where it was
typed.
"""

import json
import time

import pytest

from kite.web.composer.row_fields import NEW_ROW
from tests.support.forms import buttons, by_id, controls, focused, text, tree
from tests.web.composer.test_compose import BROKEN, LIMIT, MARKET, posted, rows_of

FUTURE = "NIFTY26DECFUT"


@pytest.fixture
def press(composer):
    """Press a button with these rows and these texts beside them; a page's own CSRF token goes
    along.
    """

    def press(action="", *rows, **beside):
        token = dict(controls(composer.get("/").text))["csrf_token"]
        named = {"action": action} if action else {}
        return composer.post("/", data=posted(rows, csrf_token=token) | named | beside)

    return press


def line(page):
    return by_id(page, "order_line").get("value")


def box(page):
    """What the box holds; a parser takes the first line break away."""
    return by_id(page, "paste").text or ""


def errors(page, name):
    lines = by_id(page, f"{name}-error")
    return [] if lines is None else [text(line) for line in lines]


def test_a_first_visit_offers_line_examples_box_and_sample_in_this_order(composer):
    page = composer.get("/").text
    page_text = text(next(tree(page).iter("main")))
    places = [
        page_text.index(words)
        for words in (
            "Compose a basket. Approve it",
            "Search an instrument",
            "For example",
            "Paste a list",
            "New order",
            "Try a sample",
        )
    ]
    assert places == sorted(places)
    assert [buttons(page).count(action) for action in ("add", "import")] == [1, 1]


def test_the_page_weighs_little_with_everything(composer):
    page = composer.get("/")
    linked = [
        element.get("href") or element.get("src")
        for element in tree(page.text).iter()
        if element.tag in ("link", "script")
    ]
    assert len(linked) > 4
    weight = len(page.data)
    for address in linked:
        with composer.client.get(address) as answer:
            weight += len(answer.data)
    assert weight < 60_000


def test_an_order_is_added_below_the_others_and_the_line_is_free_again(press):
    page = press("add", BROKEN, LIMIT, order_line="sell 1,000 infy @ 1412").text
    new = NEW_ROW | {
        "tradingsymbol": "INFY",
        "transaction_type": "SELL",
        "quantity": "1,000",
        "order_type": "LIMIT",
        "price": "1412",
    }
    assert rows_of(page) == [BROKEN, LIMIT, new]
    assert line(page) == ""
    assert focused(page) == "order_line"
    assert by_id(page, "faults") is None


def test_the_first_order_takes_the_place_of_the_untouched_row(press):
    page = press("add", NEW_ROW, order_line="buy 10 infy").text
    assert rows_of(page) == [MARKET]
    assert by_id(page, "item-0") is not None
    assert (
        "open"
        not in next(details for details in tree(page).iter("details") if details.get("class") is None).attrib
    )


@pytest.mark.parametrize("touched", [{"transaction_type": "SELL"}, {"quantity": "5"}, {"readonly": "y"}])
def test_a_row_in_which_something_was_done_stays(press, touched):
    assert rows_of(press("add", NEW_ROW | touched, order_line="buy 10 infy").text) == [
        NEW_ROW | touched,
        MARKET,
    ]


def test_an_empty_line_adds_an_empty_row(press):
    page = press("add", MARKET, order_line="  ").text
    assert rows_of(page) == [MARKET, NEW_ROW]
    assert focused(page) == "items-1-tradingsymbol"


def test_enter_without_scripts_adds_what_stands_in_the_line(press):
    page = press("update", MARKET, order_line="buy 10 infy").text
    assert rows_of(page) == [MARKET, MARKET]
    assert line(page) == ""


@pytest.mark.parametrize(
    ("example", "symbol"),
    [("buy 10 infy", "INFY"), ("sell 100 reliance @ 1412", "RELIANCE"), ("reliance", "RELIANCE")],
)
def test_an_example_is_added_on_one_tap(composer, press, example, symbol):
    offered = [
        button.get("value")
        for button in tree(composer.get("/").text).iter("button")
        if button.get("name") == "example"
    ]
    assert example in offered
    page = press("", NEW_ROW, example=example, order_line="half an or").text
    assert [row["tradingsymbol"] for row in rows_of(page)] == [symbol]
    assert line(page) == "half an or"


def test_an_example_that_nobody_offered_is_none(press):
    assert rows_of(press("", MARKET, example="sell 1 tcs").text) == [MARKET]


@pytest.mark.parametrize(
    ("typed", "exchange", "product"),
    [
        ("buy 10 infy", "NSE", "CNC"),
        (f"buy 75 {FUTURE}", "NFO", "NRML"),
        (f"buy 75 {FUTURE} mis", "NFO", "MIS"),
        (f"buy 75 nfo:{FUTURE}", "NFO", "NRML"),
        ("buy 10 bse:infy", "BSE", "CNC"),
        ("buy 10 bse:512345", "BSE", "CNC"),
        ("buy 1 sensex26decfut", "BFO", "NRML"),
        ("buy 10 nosuch", "NSE", "CNC"),
        ("buy 10 nosuch mcx", "MCX", "NRML"),
    ],
)
def test_exchange_and_product_follow_the_instrument(press, typed, exchange, product):
    (row,) = rows_of(press("add", NEW_ROW, order_line=typed).text)
    assert (row["exchange"], row["product"]) == (exchange, product)


def test_of_two_exchanges_without_nse_neither_is_guessed(press):
    page = press("add", NEW_ROW, order_line="buy 1 usdinr26decfut").text
    assert "Nearest: USDINR26DECFUT on CDS, USDINR26DECFUT on BCD." in text(
        by_id(page, "items-0-tradingsymbol-error")
    )


def test_what_is_missing_gets_the_focus_and_is_not_told_as_an_error(press):
    page = press("add", MARKET, order_line="infy").text
    assert focused(page) == "items-1-quantity"
    assert by_id(page, "faults") is None
    assert by_id(page, "items-1-quantity").get("aria-invalid") is None
    assert focused(press("add", MARKET, order_line="5 infy limit").text) == "items-1-price"


def test_what_was_typed_wrongly_is_told_with_its_fixes_and_gets_the_focus(press):
    page = press("add", BROKEN, order_line="buy 10 infi").text
    assert rows_of(page)[1]["tradingsymbol"] == "INFI"
    assert text(by_id(page, "items-1-tradingsymbol-error")) == "No instrument INFI on NSE. Nearest: INFY."
    assert focused(page) == "items-1-tradingsymbol"
    assert len(list(by_id(page, "faults").iter("a"))) == 1


def test_a_line_that_is_not_understood_stays_with_its_reason(press):
    page = press("add", MARKET, order_line="buy ten infy").text
    assert rows_of(page) == [MARKET]
    assert line(page) == "buy ten infy"
    assert errors(page, "order_line") == [
        "“buy ten infy”: Both “TEN” and “infy” could be the instrument. Keep one."
    ]
    assert by_id(page, "order_line").get("aria-describedby") == "order_line-error"
    assert focused(page) == "order_line"


def test_a_list_becomes_rows_and_refused_lines_stay_in_the_box(press):
    pasted = "buy 10 infy\r\n\r\nbuy ten itc\r\nsell 5 tcs @ 3,000 mis\r\n\tnothing here\r\n"
    page = press("import", NEW_ROW, paste=pasted).text
    sold = {
        "tradingsymbol": "TCS",
        "transaction_type": "SELL",
        "quantity": "5",
        "order_type": "LIMIT",
        "price": "3,000",
        "product": "MIS",
    }
    assert rows_of(page) == [MARKET, NEW_ROW | sold]
    assert box(page) == "buy ten itc\n\tnothing here"
    assert errors(page, "paste") == [
        "Line 3, “buy ten itc”: Both “TEN” and “itc” could be the instrument. Keep one.",
        "Line 5, “nothing here”: Both “NOTHING” and “here” could be the instrument. Keep one.",
    ]
    assert focused(page) == "paste"
    assert (
        next(details for details in tree(page).iter("details") if details.get("class") == "paste").get("open")
        is not None
    )


def test_a_list_that_is_wholly_understood_leaves_an_empty_box_and_the_focus_on_the_line(press):
    page = press("import", MARKET, paste="buy 10 infy", order_line="half an or").text
    assert rows_of(page) == [MARKET, MARKET]
    assert (box(page), line(page), focused(page)) == ("", "half an or", "order_line")


def test_kites_json_is_taken_as_it_is_and_names_what_is_lost(press):
    data = [
        {"tradingsymbol": "M&M", "quantity": 5, "transaction_type": "BUY", "gtt": 1},
        {"exchange": "NYSE", "quantity": "1e3", "readonly": True},
    ]
    page = press("import", NEW_ROW, paste=json.dumps(data, indent=1)).text
    assert rows_of(page) == [
        {"tradingsymbol": "M&M", "quantity": "5", "transaction_type": "BUY", "variety": "regular"},
        {"exchange": "NYSE", "quantity": "1e3", "readonly": "y", "variety": "regular"},
    ]
    assert "Left out, because Kite’s basket page does not take it: gtt." in page


@pytest.mark.parametrize("pasted", ["[", "[]", '[{"a": 1},', "[NaN]", "{"])
def test_json_that_cannot_be_read_stays_in_the_box(press, pasted):
    page = press("import", MARKET, paste=pasted).text
    assert rows_of(page) == [MARKET]
    assert box(page) == pasted
    assert errors(page, "paste")


def test_orders_without_a_place_wait(press):
    page = press("import", *[MARKET] * 98, paste="buy 1 infy\nbuy ten infy\nbuy 2 infy\nbuy 3 infy").text
    assert [row["quantity"] for row in rows_of(page)[98:]] == ["1", "2"]
    assert box(page) == "buy ten infy\nbuy 3 infy"
    assert errors(page, "paste")[1:] == ["A basket holds at most 100 orders. 1 waits here."]
    page = press("add", *[MARKET] * 100, order_line="buy 1 infy").text
    assert (len(rows_of(page)), line(page)) == (100, "buy 1 infy")
    assert errors(page, "order_line") == ["“buy 1 infy”: A basket holds at most 100 orders."]
    data = json.dumps([{"tradingsymbol": "TCS"}] * 3)
    page = press("import", *[MARKET] * 99, paste=data).text
    assert box(page) == "\n".join(['{"tradingsymbol": "TCS"}'] * 2)


@pytest.mark.parametrize("action", ["duplicate-0", "remove-1", "up-1", "fix-0-quantity=5", "", "nothing"])
def test_other_buttons_leave_line_and_box_alone(press, action):
    page = press(
        action, MARKET, MARKET, order_line=' buy "ten" infy', paste="\n\n a <b> \n</textarea>\n"
    ).text
    assert line(page) == ' buy "ten" infy'
    assert box(page) == "\n\n a <b> \n</textarea>\n"
    assert by_id(page, "order_line").get("aria-invalid") is None


@pytest.mark.parametrize(("name", "there"), [("order_line", line), ("paste", box)])
def test_nothing_is_handed_off_while_an_order_waits_to_be_read(press, name, there):
    answer = press("hand_off", MARKET, **{name: "sell 5 infy"})
    assert answer.status_code == 200
    assert [row["transaction_type"] for row in rows_of(answer.text)] == ["BUY", "SELL"]
    assert there(answer.text) == ""
    assert "It is read now. This press sent nothing to Kite." in answer.text
    answer = press("hand_off", MARKET, **{name: "sell five infy"})
    assert answer.status_code == 200
    assert there(answer.text) == "sell five infy"
    assert errors(answer.text, name)


@pytest.mark.parametrize("action", ["add", "hand_off"])
def test_a_basket_that_is_too_long_is_told_so_while_the_line_waits(press, action):
    page = press(action, *[MARKET] * 101, order_line="sell 5 infy").text
    assert "A basket holds at most 100 orders. There are 101" in page
    assert (len(rows_of(page)), line(page)) == (100, "sell 5 infy")


def test_an_old_page_keeps_line_and_box(composer):
    for token in ({}, {"csrf_token": "stale"}):
        data = posted(
            [MARKET], action="hand_off", order_line="buy 5 tcs", paste="buy 6 tcs\nbuy 7 tcs", **token
        )
        answer = composer.post("/", data=data)
        assert answer.status_code == 400
        assert rows_of(answer.text) == [MARKET]
        assert (line(answer.text), box(answer.text)) == ("buy 5 tcs", "buy 6 tcs\nbuy 7 tcs")
        for action, count in (("add", 2), ("import", 3)):
            assert len(rows_of(composer.post("/", data=data | {"action": action}).text)) == count


@pytest.mark.parametrize(
    "typed",
    [
        '"><script>alert(1)</script>',
        "{{7*7}}",
        "\u202eYFNI",
        "a\0b",
        "M&M;amp",
        "%(word)s %s %",
        "x" * 10_000,
    ],
)
def test_whatever_is_typed_is_escaped_where_it_stands(press, typed):
    for page in (
        press("add", MARKET, order_line=f"buy ten {typed}").text,
        press("import", MARKET, paste=f"buy ten {typed}").text,
    ):
        assert not [script for script in tree(page).iter("script") if script.text]
        assert typed.replace("\0", "\ufffd") in (line(page) + box(page)) or "buy ten" not in line(page) + box(
            page
        )


@pytest.mark.parametrize(
    "pasted", ["a b\n" * 120_000, "of " * 160_000, "buy 10 infi\n" * 40_000, "[" * 490_000, "{}\n" * 160_000]
)
def test_a_huge_list_costs_little(press, pasted):
    began = time.process_time()
    answer = press("import", MARKET, paste=pasted)
    assert answer.status_code in (200, 413)
    assert time.process_time() - began < 3
