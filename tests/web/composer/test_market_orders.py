"""The composer's question about orders at market."""

from urllib.parse import parse_qsl

import pytest

from kite.exceptions import StoreUnavailable
from kite.web.composer.row_fields import NEW_ROW
from tests.support.forms import buttons, by_id, controls, focused, text, tree

INFY = NEW_ROW | {"tradingsymbol": "INFY", "quantity": "10"}
TCS = INFY | {"tradingsymbol": "TCS", "transaction_type": "SELL"}
STOP = INFY | {"tradingsymbol": "SBIN", "order_type": "SL-M", "trigger_price": "830", "product": "MIS"}
LIMIT = INFY | {"order_type": "LIMIT", "price": "1440"}


@pytest.fixture
def press(composer):
    def press(action, *rows, **others):
        fields = {
            f"items-{number}-{name}": value for number, row in enumerate(rows) for name, value in row.items()
        }
        return composer.post("/", data=fields | {"action": action} | others).text

    return press


@pytest.fixture
def nifty(module_site):
    """The texts of an order for a future of the day's list."""
    nearest = module_site.services.catalogue.nearest("NFO", "NIFTY", 50)
    future = next(instrument for instrument in nearest if instrument.instrument_type == "FUT")
    contract = {"tradingsymbol": future.tradingsymbol, "exchange": "NFO"}
    return INFY | contract | {"quantity": "75", "product": "NRML"}


def limits(html):
    """The limits that the page's buttons would give, by row."""
    return [
        dict(parse_qsl(value.removeprefix("limit-"))) for value in buttons(html) if value.startswith("limit-")
    ]


def typed(html, row, name):
    return dict(controls(html))[f"items-{row}-{name}"]


def question_of(html):
    return [text(by_id(html, f"market-{part}")) for part in ("title", "says")]


def test_one_order_at_market_is_asked_about_with_its_limit_at_the_last_close(press):
    page = press("update", INFY, LIMIT)
    assert question_of(page) == [
        "Order 1, INFY goes at market",
        "As it is, it takes any price. A limit 1 % above the last close would be ₹1,462.70.",
    ]
    assert limits(page) == [{"0": "1462.70"}]
    assert "Make it a limit at 1,462.70" in text(by_id(page, "market-offers"))


def test_several_orders_are_one_question_and_each_has_a_limit_of_its_own(press):
    page = press("update", INFY, LIMIT, TCS, STOP)
    assert question_of(page) == ["3 orders go at market", "As they are, they take any price."]
    assert limits(page) == [
        {"0": "1462.70"},
        {"2": "3031.70"},
        {"3": "838.30"},
        {"0": "1462.70", "2": "3031.70", "3": "838.30"},
    ]
    rows = [text(line) for line in by_id(page, "market-offers").iter("li")]
    assert rows == [
        "Order 1, INFY 1 % above the last close Make it a limit at 1,462.70",
        "Order 3, TCS 1 % below the last close Make it a limit at 3,031.70",
        "Order 4, SBIN 1 % above its trigger Make it an SL at 838.30",
    ]


def test_a_press_makes_limits_that_can_be_seen_and_edited(press, handed_off, composer):
    page = press("limit-0=1462.70&2=838.30", INFY, LIMIT, STOP)
    assert [typed(page, row, "order_type") for row in (0, 1, 2)] == ["LIMIT", "LIMIT", "SL"]
    assert [typed(page, row, "price") for row in (0, 1, 2)] == ["1462.70", "1440", "838.30"]
    assert focused(page) == "item-0"
    assert by_id(page, "market-title") is None
    token = dict(controls(composer.get("/").text))["csrf_token"]
    items = handed_off(
        composer.post("/", data=dict(controls(page)) | {"action": "hand_off", "csrf_token": token})
    )
    assert [(item["order_type"], item["price"]) for item in items] == [
        ("LIMIT", 1462.7),
        ("LIMIT", 1440),
        ("SL", 838.3),
    ]


def test_orders_at_market_are_handed_off_as_they_are_whatever_the_question_says(press, handed_off, composer):
    token = dict(controls(composer.get("/").text))["csrf_token"]
    fields = {f"items-0-{name}": value for name, value in INFY.items()}
    answer = composer.post(
        "/", data=fields | {"action": "hand_off", "csrf_token": token, "percent-shares": "none"}
    )
    assert [(item["order_type"], item.get("price")) for item in handed_off(answer)] == [("MARKET", None)]


@pytest.mark.parametrize(
    "action", ["limit-1=5", "limit-9=5", "limit-x=5&=5&-1=5", "limit-", "limit-0=5;1=6&%FF"]
)
def test_a_press_for_a_row_that_is_not_at_market_changes_nothing_there(press, action):
    page = press(action, INFY | {"order_type": "SL", "price": "1", "trigger_price": "1"}, LIMIT)
    assert [typed(page, row, "order_type") for row in (0, 1)] == ["SL", "LIMIT"]
    assert [typed(page, row, "price") for row in (0, 1)] == ["1", "1440"]


def test_a_limit_that_is_none_is_told_at_its_field(press):
    page = press("limit-0=%3Cb%3E", INFY)
    assert typed(page, 0, "price") == "<b>"
    assert "Enter an amount" in text(by_id(page, "items-0-price-error"))


@pytest.mark.parametrize(
    ("percents", "expected"),
    [
        ({"percent-shares": "2.5"}, {"0": "1484.50", "1": "26540.30"}),
        ({"percent-derivatives": " 3 % "}, {"0": "1462.70", "1": "26932.50"}),
        ({"percent-shares": "", "percent-derivatives": "0.01"}, {"0": "1462.70", "1": "26150.70"}),
        ({"percent-shares": "abc"}, {"1": "26540.30"}),
    ],
)
def test_a_person_can_type_another_percent_for_shares_and_for_derivatives(press, nifty, percents, expected):
    page = press("update", INFY, nifty, **percents)
    prices = {row: price for limit in limits(page) for row, price in limit.items()}
    assert prices == expected
    assert [
        text(label) for label in tree(page).iter("label") if (label.get("for") or "").startswith("percent-")
    ] == [
        "Percent, shares",
        "Percent, derivatives",
    ]


@pytest.mark.parametrize("text_", ["0", "-1", "100.5", "1e1", "abc", "9" * 40])
def test_a_percent_that_is_none_is_told_and_stays(press, text_):
    page = press("update", INFY, **{"percent-shares": text_})
    assert text(by_id(page, "market-error")) == "Enter a percent above 0, like 1.5, and 100 at most."
    assert by_id(page, "percent-shares").get("value") == text_
    assert limits(page) == []


def test_the_percent_that_is_wrong_is_marked_and_no_other(press, nifty):
    page = press("update", INFY, nifty, **{"percent-derivatives": "abc"})
    fields = [by_id(page, f"percent-{kind}") for kind in ("shares", "derivatives")]
    assert [(field.get("aria-invalid"), field.get("aria-describedby")) for field in fields] == [
        (None, None),
        ("true", "market-error"),
    ]
    around = [block for block in tree(page).iter("div") if any(field in list(block) for field in fields)]
    assert [text(block) for block in around] == ["Percent, shares%", "Percent, derivatives%"]
    page = press("update", INFY, **{"percent-derivatives": "abc"})
    assert text(by_id(page, "market-error")) == "" and limits(page) == [{"0": "1462.70"}]


def test_what_is_left_at_market_is_not_asked_about_again_until_that_is_asked_for(press):
    page = press("leave", INFY, STOP)
    assert by_id(page, "market-title") is None
    assert text(by_id(page, "market-kept")) == "2 orders stay at market."
    assert focused(page) == "ask"
    names = dict(controls(page))["left"]
    page = press("update", TCS, STOP, INFY, left=names)
    assert question_of(page)[0] == "Order 1, TCS goes at market"
    assert text(by_id(page, "market-kept")) == "2 orders stay at market."
    page = press("ask", TCS, STOP, INFY, left=names)
    assert question_of(page)[0] == "3 orders go at market"
    assert focused(page) == "leave"


def test_an_answer_and_a_percent_outlive_what_is_wrong_for_a_while(press):
    page = press("leave", INFY, **{"percent-shares": "2.5"})
    answers = {name: dict(controls(page))[name] for name in ("left", "percent-shares")}
    page = press("update", INFY | {"quantity": ""}, **answers)
    assert by_id(page, "market-title") is None
    assert {name: dict(controls(page))[name] for name in answers} == answers
    assert text(by_id(press("update", INFY, **answers), "market-kept")) == "1 order stays at market."
    assert "A limit 2.5 % above" in question_of(press("ask", INFY, **answers))[1]
    assert "left" not in dict(controls(press("update", LIMIT, **answers)))


def test_nothing_is_asked_of_rows_that_are_not_right_yet(press):
    assert (
        by_id(
            press("update", INFY | {"quantity": ""}, INFY | {"tradingsymbol": "INFI"}, NEW_ROW, LIMIT),
            "market-title",
        )
        is None
    )


def test_an_order_without_a_known_price_can_be_left_or_typed(press, monkeypatch):
    monkeypatch.setattr("kite.web.composer.market_orders.protective_limit", lambda *_: None)
    page = press("update", INFY)
    assert (
        question_of(page)[1]
        == "As it is, it takes any price. No limit can be worked out here; one can be typed in the order."
    )
    assert limits(page) == []
    assert "leave" in buttons(page)
    assert "no limit can be worked out" in text(by_id(press("update", INFY, TCS), "market-offers"))


def test_in_a_session_the_limit_stands_from_the_last_price_and_inside_the_band(module_site):
    visitor = module_site.visitor()
    visitor.buy()
    fields = {f"items-0-{name}": value for name, value in INFY.items()}
    page = visitor.client.post("/", data=fields | {"action": "update"}, base_url="http://127.0.0.1:8000").text
    assert "1 % above the last price" in question_of(page)[1]
    page = visitor.client.post(
        "/", data=fields | {"action": "update", "percent-shares": "90"}, base_url="http://127.0.0.1:8000"
    ).text
    assert "A limit at today’s upper limit would be ₹1," in question_of(page)[1]


def test_a_database_that_is_away_costs_the_quotes_and_nothing_else(press, monkeypatch):
    def away(*_):
        raise StoreUnavailable

    monkeypatch.setattr("kite.web.composer.market_orders.quotes", away)
    assert limits(press("update", INFY)) == [{"0": "1462.70"}]
