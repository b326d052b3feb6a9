"""The composer's page: rows, buttons, errors and what is handed off."""

import json
from urllib.parse import quote

import pytest
from werkzeug.datastructures import MultiDict

from kite.web.composer.row_fields import NEW_ROW
from tests.support.forms import buttons, by_id, controls, focused, text, tree

MARKET = NEW_ROW | {"tradingsymbol": "INFY", "quantity": "10"}
LIMIT = MARKET | {"tradingsymbol": "M&M", "order_type": "LIMIT", "price": "3,012.40", "readonly": "y"}
BROKEN = NEW_ROW | {
    "tradingsymbol": '<script>"',
    "quantity": "1e3",
    "order_type": "LIMIT",
    "price": "14,12.00",
    "tag": "a b",
    "exchange": "NYSE",
}


def posted(rows, **others):
    return {
        f"items-{number}-{name}": value for number, row in enumerate(rows) for name, value in row.items()
    } | others


def rows_of(html):
    """The rows that the page would send, as dicts without empty texts; other fields left out."""
    rows = {}
    for name, value in controls(html):
        if name.startswith("items-"):
            _, number, field = name.split("-")
            rows.setdefault(int(number), {})
            if value:
                rows[int(number)][field] = value
    assert sorted(rows) == list(range(len(rows)))
    return [rows[number] for number in sorted(rows)]


@pytest.fixture
def press(composer):
    """Press a button of the composer with these rows; a page's own CSRF token goes along."""

    def press(action, *rows):
        token = dict(controls(composer.get("/").text))["csrf_token"]
        return composer.post("/", data=posted(rows, action=action, csrf_token=token))

    return press


def test_a_first_visit_shows_one_empty_row_with_its_preselections(composer):
    page = composer.get("/").text
    assert rows_of(page) == [NEW_ROW]
    assert "Approve it at Kite" in text(next(tree(page).iter("h1")))
    assert by_id(page, "items-0-tradingsymbol").get("name") == "items-0-tradingsymbol"


def test_every_documented_field_stands_in_a_row(composer):
    names = {
        element.get("name")
        for element in tree(composer.get("/").text).iter()
        if (element.get("name") or "").startswith("items-0-")
    }
    fields = (
        "variety tradingsymbol exchange transaction_type order_type quantity product price trigger_price"
        " disclosed_quantity validity readonly tag"
    )
    assert names == {f"items-0-{field}" for field in fields.split()}


def test_a_basket_of_market_orders_is_handed_off(composer, press, handed_off):
    answer = press("hand_off", MARKET, LIMIT, NEW_ROW)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/handoff/")
    items = handed_off(answer)
    assert [
        (item["tradingsymbol"], item["quantity"], item.get("price"), item["readonly"]) for item in items
    ] == [
        ("INFY", 10, None, False),
        ("M&M", 10, 3012.4, True),
    ]


def test_fields_that_need_not_be_sent_may_be_missing(press, handed_off):
    answer = press(
        "hand_off",
        {
            "tradingsymbol": "INFY",
            "exchange": "NSE",
            "transaction_type": "BUY",
            "order_type": "MARKET",
            "quantity": "1",
        },
    )
    assert handed_off(answer) == [
        {
            "variety": "regular",
            "tradingsymbol": "INFY",
            "exchange": "NSE",
            "transaction_type": "BUY",
            "order_type": "MARKET",
            "quantity": 1,
            "readonly": False,
        }
    ]


def test_errors_are_told_at_their_fields_and_everything_typed_stays(press):
    answer = press("hand_off", MARKET, BROKEN)
    page = answer.text
    assert answer.status_code == 200
    assert rows_of(page) == [MARKET, BROKEN]
    for field in ("exchange", "quantity", "price", "tag"):
        control = by_id(page, f"items-1-{field}")
        assert control.get("aria-invalid") == "true"
        assert text(by_id(page, control.get("aria-describedby").split()[0]))
    assert text(by_id(page, "items-1-price-error")) == "Enter an amount in rupees, like 1412.50."


def test_the_summary_leads_to_every_field_and_the_first_has_the_focus(press):
    page = press("hand_off", MARKET, BROKEN).text
    links = [anchor.get("href") for anchor in by_id(page, "faults").iter("a")]
    assert links == [f"#items-1-{field}" for field in ("exchange", "quantity", "price", "tag")]
    assert all(by_id(page, link[1:]) is not None for link in links)
    assert by_id(page, "faults").get("role") == "alert"
    assert focused(page) == "items-1-exchange"


def test_the_row_with_errors_is_open_and_a_right_one_is_closed(press):
    slips = [
        details
        for details in tree(press("hand_off", MARKET, BROKEN).text).iter("details")
        if details.get("class") != "paste"
    ]
    assert [slip.get("open") is not None for slip in slips] == [False, True]


def test_a_side_that_was_not_chosen_is_asked_for_at_its_radios(press):
    page = press("hand_off", MARKET | {"transaction_type": ""}).text
    assert focused(page) == "items-0-transaction_type"
    assert by_id(page, "items-0-transaction_type").get("type") == "radio"


@pytest.mark.parametrize(
    "action",
    [
        "add",
        "duplicate-0",
        "remove-0",
        "up-1",
        "down-0",
        "update",
        "import",
        "",
        "remove-7",
        "up-0",
        "down-1",
    ],
)
def test_buttons_of_rows_never_judge_what_was_typed(press, action):
    answer = press(action, BROKEN, MARKET)
    assert answer.status_code == 200
    assert by_id(answer.text, "faults") is None


def test_add_appends_an_empty_row_which_gets_the_focus(press):
    page = press("add", BROKEN, MARKET).text
    assert rows_of(page) == [BROKEN, MARKET, NEW_ROW]
    assert focused(page) == "items-2-tradingsymbol"


def test_duplicate_puts_the_copy_below_its_row(press):
    page = press("duplicate-0", BROKEN, MARKET).text
    assert rows_of(page) == [BROKEN, BROKEN, MARKET]
    assert focused(page) == "items-1-tradingsymbol"


def test_remove_takes_one_row_away(press):
    page = press("remove-0", BROKEN, MARKET, LIMIT).text
    assert rows_of(page) == [MARKET, LIMIT]
    assert focused(page) == "item-0"


def test_removing_the_last_row_leaves_an_empty_one(press):
    assert rows_of(press("remove-0", BROKEN).text) == [NEW_ROW]


def test_rows_move_up_and_down(press):
    assert rows_of(press("up-1", BROKEN, MARKET, LIMIT).text) == [MARKET, BROKEN, LIMIT]
    page = press("down-1", BROKEN, MARKET, LIMIT).text
    assert rows_of(page) == [BROKEN, LIMIT, MARKET]
    assert focused(page) == "item-2"


@pytest.mark.parametrize(
    "action",
    [
        "up-0",
        "down-1",
        "remove-2",
        "duplicate-99",
        "up--1",
        "remove-x",
        "remove-²",
        f"up-{'9' * 5000}",
        "hand_off-0",
    ],
)
def test_a_button_that_cannot_be_does_nothing(press, action):
    assert rows_of(press(action, BROKEN, MARKET).text) == [BROKEN, MARKET]


def test_the_first_button_is_harmless_for_it_is_what_enter_presses(composer):
    assert buttons(composer.get("/").text)[0] == "update"


def test_the_first_row_cannot_move_up_and_the_last_not_down(press):
    names = buttons(press("update", MARKET, LIMIT).text)
    assert {"down-0", "up-1", "duplicate-1", "remove-1"} <= set(names)
    assert not {"up-0", "down-1"} & set(names)


def test_a_hundred_rows_are_shown_and_no_more_are_added(press):
    for action in ("add", "duplicate-0"):
        page = press(action, *[MARKET] * 100).text
        assert len(rows_of(page)) == 100
        assert "A basket holds at most 100 orders" in page
    assert len(rows_of(press("add", *[MARKET] * 99).text)) == 100


def test_more_than_a_hundred_rows_are_refused_in_words(press):
    answer = press("hand_off", *[MARKET] * 101)
    assert answer.status_code == 200
    assert "A basket holds at most 100 orders. There are 101" in text(by_id(answer.text, "faults"))
    assert len(rows_of(answer.text)) == 100


def test_an_old_page_keeps_what_was_typed_and_hands_nothing_off(composer, handed_off):
    composer.get("/")
    for token in ({}, {"csrf_token": "stale"}):
        answer = composer.post("/", data=posted([MARKET, LIMIT], action="hand_off", **token))
        assert answer.status_code == 400
        assert "This page is out of date. What you typed is kept. Check prices and go on." in answer.text
        assert rows_of(answer.text) == [MARKET, LIMIT]
    answer = composer.post("/", data=MultiDict([*controls(answer.text), ("action", "hand_off")]))
    assert answer.status_code == 303


def test_rows_of_an_old_page_can_still_be_edited(composer):
    answer = composer.post("/", data=posted([MARKET], action="add"))
    assert (answer.status_code, len(rows_of(answer.text))) == (200, 2)


def test_a_link_prefills_and_says_so(composer):
    data = [
        {
            "tradingsymbol": "INFY",
            "exchange": "NSE",
            "transaction_type": "SELL",
            "order_type": "LIMIT",
            "price": 1450.5,
            "quantity": 5,
        }
    ]
    page = composer.get("/", query_string={"data": json.dumps(data)}).text
    row = {
        "tradingsymbol": "INFY",
        "exchange": "NSE",
        "transaction_type": "SELL",
        "order_type": "LIMIT",
        "price": "1450.5",
        "quantity": "5",
    }
    assert rows_of(page) == [row | {"variety": "regular"}]
    assert "These orders came with the link." in page


def test_a_link_with_wrong_values_shows_them_unjudged(composer):
    page = composer.get(
        "/", query_string={"data": '[{"tradingsymbol": "<b>", "quantity": "1e3", "exchange": "NYSE"}]'}
    ).text
    assert rows_of(page)[0] | {} == {
        "tradingsymbol": "<b>",
        "quantity": "1e3",
        "exchange": "NYSE",
        "variety": "regular",
    }
    assert by_id(page, "faults") is None


@pytest.mark.parametrize(
    "data",
    [
        "",
        "x",
        "{}",
        "[]",
        "[1]",
        "[NaN]",
        "[" * 2000,
        '[{"price":1e99999999999999999999}]',
        "[" + "{}," * 100 + "{}]",
    ],
)
def test_a_link_that_cannot_be_read_leaves_a_usable_page(composer, data):
    answer = composer.get(f"/?data={quote(data)}")
    assert answer.status_code == 200
    assert rows_of(answer.text) == [NEW_ROW]
    assert "The basket in this link cannot be read." in answer.text


def test_an_earlier_basket_of_somebody_else_does_not_exist(composer):
    assert composer.get("/?from=nobody").status_code == 404


def test_an_earlier_basket_of_ones_own_prefills(composer, press):
    execution_id = press("hand_off", MARKET, LIMIT).headers["Location"].rpartition("/")[2]
    page = composer.get(f"/?from={execution_id}").text
    assert rows_of(page) == [MARKET, LIMIT | {"price": "3012.4"}]
    assert "These are the orders of an earlier basket." in page


def test_the_sample_is_a_link_that_prefills_four_orders(composer):
    page = composer.get("/").text
    link = next(
        anchor.get("href") for anchor in tree(page).iter("a") if "data=" in (anchor.get("href") or "")
    )
    assert [row["tradingsymbol"] for row in rows_of(composer.get(link).text)] == [
        "INFY",
        "SIMPARTIAL",
        "SIMREJECT",
        "SIMOPEN",
    ]


def test_the_sample_breaks_no_rule(composer, press):
    page = composer.get("/").text
    link = next(
        anchor.get("href") for anchor in tree(page).iter("a") if "data=" in (anchor.get("href") or "")
    )
    assert press("hand_off", *rows_of(composer.get(link).text)).status_code == 303


def test_value_and_weight_are_counted_at_price_or_close(press):
    future = MARKET | {"exchange": "CDS", "tradingsymbol": "NOSUCH", "transaction_type": "SELL"}
    page = press("update", MARKET, LIMIT, future).text
    words = text(by_id(page, "count")) + " " + text(by_id(page, "facts"))
    assert "3 orders Buy, 2 orders₹44,606.00 Sell, 1 order–" in words
    assert "M&M Buy 67.5 %" in words and "INFY Buy 32.5 %" in words and "NOSUCH counts once fixed" in words


def test_a_currency_future_is_not_counted(press):
    symbol = "USDINR26DECFUT"
    row = MARKET | {"exchange": "CDS", "product": "NRML", "tradingsymbol": symbol}
    assert f"{symbol} not counted" in text(by_id(press("update", row).text, "facts"))


def test_a_symbol_is_escaped_wherever_it_stands(press):
    for typed in (
        "<script>alert(1)</script>",
        '"><img src=x>',
        "{{7*7}}",
        "M&M;",
        "\u202eYFNI",
        "x" * 10_000,
    ):
        page = press("hand_off", MARKET | {"tradingsymbol": typed}).text
        assert by_id(page, "items-0-tradingsymbol").get("value") == typed
        assert not [image for image in tree(page).iter("img") if image.get("src") == "x"]


@pytest.mark.parametrize(
    "name",
    [
        "items-999999999-quantity",
        f"items-{'9' * 5000}-tag",
        "items-²-tag",
        "items--1-tag",
        "items-0-meta",
        "items-0",
        "items",
        "items-0-tag-0-tag",
        "\0",
    ],
)
def test_hostile_field_names_are_no_fault(composer, name):
    answer = composer.post("/", data=posted([MARKET], action="update") | {name: "x"})
    assert answer.status_code == 200
    assert rows_of(answer.text) == [MARKET]


def test_gaps_and_doubles_are_closed(composer):
    answer = composer.post(
        "/",
        data=MultiDict(
            [("items-5-tag", "a"), ("items-5-tag", "b"), ("items-9-tag", "c"), ("action", "update")]
        ),
    )
    assert [row["tag"] for row in rows_of(answer.text)] == ["a", "c"]


def test_of_thousands_of_hostile_rows_a_hundred_are_kept(composer):
    data = {f"items-{number}-tag": "x" for number in range(10_000)}
    answer = composer.post("/", data=data | {"action": "add"})
    assert answer.status_code == 200
    assert len(rows_of(answer.text)) == 100


def test_an_empty_post_shows_an_empty_row(composer):
    assert rows_of(composer.post("/", data={}).text) == [NEW_ROW]


def test_what_the_catalogue_knows_of_an_instrument_stands_below_its_field(composer):
    data = [
        {"tradingsymbol": "NIFTY26DECFUT", "exchange": "NFO"},
        {"tradingsymbol": "NIFTY 50", "exchange": "NSE"},
        {"tradingsymbol": "NOSUCH"},
    ]
    page = composer.get("/", query_string={"data": json.dumps(data)}).text
    assert [text(by_id(page, f"items-{number}-tradingsymbol-hint")) for number in range(3)] == [
        "NIFTY · close ₹26,148.00 · lot 75",
        "NIFTY 50 · close ₹26,054.15",
        "",
    ]
    labels = {label.get("for"): text(label) for label in tree(page).iter("label")}
    assert [labels[f"items-{number}-price"] for number in range(3)] == ["Price, tick 0.1", "Price", "Price"]


def test_what_is_bought_and_what_is_sold_are_never_added_up(press):
    page = press("update", MARKET, MARKET | {"transaction_type": "SELL", "quantity": "2"}).text
    words = text(by_id(page, "facts"))
    assert "Buy, 1 order₹14,482.00 Sell, 1 order₹2,896.40" in words
    foot = next(
        text(paragraph) for paragraph in tree(page).iter("p") if paragraph.get("class") == "foot-words"
    )
    assert foot == "2 orders Buy ₹14,482.00, Sell ₹2,896.40"
    assert "17,378" not in page
