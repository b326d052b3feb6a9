"""Bad input at the composer: told at its field or in a note, kept as it was typed, and never a
fault or a byte of markup.
"""

import json

import pytest
from werkzeug.datastructures import MultiDict

from kite.basket.items import FIELDS
from kite.web.composer.row_fields import NEW_ROW
from tests.support.forms import by_id, controls, text
from tests.support.hostile import HALVES, LONG, TEXTS, kept, kept_lines, sound
from tests.support.site import HOST

TYPED = ("tradingsymbol", "quantity", "price", "trigger_price", "disclosed_quantity", "tag")
CHOSEN = ("exchange", "product", "order_type", "validity", "variety")
MARKET = NEW_ROW | {"tradingsymbol": "INFY", "quantity": "10"}

EVERY_TEXT = [pytest.param(text, id=name) for name, text in TEXTS.items()]


class Browser:
    """A browser whose every answer is held against what an answer must be."""

    def __init__(self, site):
        self.client = site.app.test_client()

    def get(self, path, *statuses, **options):
        return sound(self.client.get(path, base_url=HOST, **options), *(statuses or (200,)))

    def post(self, data, *statuses, **options):
        return sound(self.client.post("/", base_url=HOST, data=data, **options), *(statuses or (200,)))

    def hand_off(self, *rows, **others):
        token = dict(controls(self.get("/").text))["csrf_token"]
        fields = {
            f"items-{number}-{name}": value for number, row in enumerate(rows) for name, value in row.items()
        }
        return self.post(fields | {"action": "hand_off", "csrf_token": token} | others, 200, 303)


@pytest.fixture
def browser_of(module_site):
    return Browser(module_site)


def fields_of_row(page, row=0):
    """What a page shows in the fields of a row, by their names."""
    start = f"items-{row}-"
    return {name.removeprefix(start): value for name, value in controls(page) if name.startswith(start)}


@pytest.mark.parametrize("typed", EVERY_TEXT)
def test_a_hostile_text_stays_in_its_field_and_is_told_there(browser_of, typed):
    rows = [MARKET | {field: typed} for field in (*TYPED, *CHOSEN)]
    page = browser_of.hand_off(*rows).text
    for number, field in enumerate((*TYPED, *CHOSEN)):
        value = fields_of_row(page, number)[field]
        assert value == (kept(typed) if field in TYPED else kept(typed).strip() or value), field
        if field == "tradingsymbol" and typed == "M&M":
            continue
        if kept(typed).strip() or field == "quantity":
            assert by_id(page, f"items-{number}-{field}").get("aria-invalid") == "true", field
            assert text(by_id(page, f"items-{number}-{field}-error")), field


@pytest.mark.parametrize("typed", EVERY_TEXT)
def test_a_hostile_text_stays_through_every_button(browser_of, typed):
    for action in ("add", "duplicate-0", "up-1", "update"):
        fields = {f"items-{number}-{field}": typed for number in range(2) for field in TYPED}
        page = browser_of.post(fields | {"action": action}).text
        assert {field: fields_of_row(page, 1)[field] for field in TYPED} == dict.fromkeys(
            TYPED, kept(typed)
        ), action


@pytest.mark.parametrize("typed", EVERY_TEXT)
def test_a_hostile_order_line_or_list_stays_until_it_is_understood(browser_of, typed):
    for action in ("duplicate-0", "add", "import"):
        page = browser_of.post({"order_line": typed, "paste": typed, "action": action}).text
        assert by_id(page, "order_line").get("value") in (kept(typed), "")
        if action == "duplicate-0":
            assert by_id(page, "order_line").get("value") == kept(typed)
            assert by_id(page, "paste").text == kept_lines(typed)


@pytest.mark.parametrize("typed", EVERY_TEXT)
def test_a_hostile_side_or_lock_chooses_nothing_by_itself(browser_of, typed):
    page = browser_of.hand_off(MARKET | {"transaction_type": typed}).text
    assert "transaction_type" not in fields_of_row(page)
    assert text(by_id(page, "items-0-transaction_type-error"))


@pytest.mark.parametrize(
    "action",
    [
        *EVERY_TEXT,
        "remove--1",
        "remove-0-0",
        "up-99999999999",
        "duplicate-٠",
        "hand_off ",
        "HAND_OFF",
        "add\0",
    ],
)
def test_a_hostile_action_is_no_button(browser_of, action):
    page = browser_of.post(
        {f"items-0-{name}": value for name, value in MARKET.items()} | {"action": action}
    ).text
    assert fields_of_row(page)["tradingsymbol"] == "INFY"
    assert "items-1-tradingsymbol" not in page


@pytest.mark.parametrize("token", [*EVERY_TEXT, ""])
def test_a_hostile_token_keeps_the_basket_on_the_page_and_sends_nothing(browser_of, token):
    fields = {f"items-0-{name}": value for name, value in MARKET.items()}
    page = browser_of.post(fields | {"action": "hand_off", "csrf_token": token}, 400).text
    assert fields_of_row(page)["tradingsymbol"] == "INFY"


NUMBERS = [
    "1e400",
    "1E5",
    "NaN",
    "nan",
    "Infinity",
    "-Infinity",
    "inf",
    "-0",
    "-1",
    "+5",
    "١٢",
    "１２",
    "5²",
    "½",
    "0x10",
    "0b1",
    "1_000",
    "1,00,0",
    ",5",
    "5,",
    "1 000",
    "1.2.3",
    ".",
    ".5",
    "5.",
    "1'000",
    "5₹",
    "₹₹5",
    "0",
    "00",
    "0.0",
    "9" * 20,
    "9" * 29,
    "9" * 30,
    "9" * 400,
    f"0.{'0' * 400}1",
    "1000000001",
    "true",
    "null",
    "[]",
]
"""Numbers that are none, or that no order can have.

What people group with commas or pad with spaces is in ACCEPTED.
"""

ACCEPTED = {" 5 ": 5, "5\u00a0": 5, "1,000": 1000, "1,00,000": 100000, "\t7": None, "007": 7}
"""Whole numbers as people write them; a tab is no space that a field could hold."""


@pytest.mark.parametrize("typed", NUMBERS)
def test_what_is_no_number_is_told_at_its_field_and_stays(browser_of, typed):
    limit = MARKET | {"order_type": "LIMIT", "price": "1400"}
    rows = [
        MARKET | {"quantity": typed},
        limit | {"price": typed},
        MARKET | {"order_type": "SL", "price": "1400", "trigger_price": typed},
    ]
    fields = ["quantity", "price", "trigger_price"]
    if typed not in (".5", "5.", "0", "00", "0.0") and not typed.startswith(
        "1000000001"
    ):  # to disclose 0 is to disclose all
        rows.append(MARKET | {"disclosed_quantity": typed})
        fields.append("disclosed_quantity")
    page = browser_of.hand_off(*rows).text
    for number, field in enumerate(fields):
        assert fields_of_row(page, number)[field] == typed
        assert by_id(page, f"items-{number}-{field}").get("aria-invalid") == "true", (field, typed)


@pytest.mark.parametrize(("typed", "quantity"), ACCEPTED.items())
def test_a_number_as_people_write_it_is_read(browser_of, handed_off, typed, quantity):
    answer = browser_of.hand_off(MARKET | {"quantity": typed})
    if quantity is None:
        assert fields_of_row(answer.text)["quantity"] == kept(typed)
    else:
        assert [item["quantity"] for item in handed_off(answer)] == [quantity]


def test_doubled_fields_count_once_and_gaps_close(browser_of):
    doubled = [
        ("items-3-quantity", "1"),
        ("items-3-quantity", "2"),
        ("items-7-tag", "a"),
        ("action", "update"),
        ("action", "add"),
    ]
    page = browser_of.post(MultiDict(doubled)).text
    assert (fields_of_row(page, 0)["quantity"], fields_of_row(page, 1)["tag"]) == ("1", "a")
    assert "items-2-tag" not in page


def test_five_hundred_orders_are_refused_and_the_first_hundred_stay(browser_of):
    answer = browser_of.hand_off(*[MARKET | {"tag": str(number)} for number in range(500)])
    assert answer.status_code == 200
    assert "A basket holds at most 100 orders. There are 500" in answer.text
    assert (fields_of_row(answer.text, 99)["tag"], fields_of_row(answer.text, 100)) == ("99", {})


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in (TEXTS | HALVES).items()])
def test_a_link_shows_hostile_texts_in_their_fields(browser_of, text):
    rows = [dict.fromkeys(FIELDS, text), {"tradingsymbol": text, "quantity": 5}]
    page = browser_of.get("/", query_string={"data": json.dumps(rows)}).text
    assert {field: fields_of_row(page)[field] for field in TYPED} == dict.fromkeys(TYPED, kept(text).strip())
    assert fields_of_row(page, 1)["quantity"] == "5"


@pytest.mark.parametrize(
    "value",
    [
        "1e400",
        "1E-400",
        "1e999999999",
        "-0",
        "-0.0",
        "9" * 400,
        "1e19",
        "0.1e1",
        "true",
        "null",
        "[1]",
        '{"a":1}',
        '"\\u0661\\u0662"',
        '"1,000"',
        '"0x10"',
    ],
)
def test_a_link_with_strange_numbers_is_shown_and_judged_when_it_is_handed_off(browser_of, value):
    limit = '"tradingsymbol":"INFY","exchange":"NSE","transaction_type":"BUY","order_type":"LIMIT","product":"CNC"'
    page = browser_of.get(
        "/", query_string={"data": f'[{{{limit},"quantity":{value},"price":{value}}}]'}
    ).text
    fields = fields_of_row(page)
    again = browser_of.hand_off(fields)
    if again.status_code == 200:
        assert {name: fields[name] for name in TYPED} == {
            name: fields_of_row(again.text)[name] for name in TYPED
        }


@pytest.mark.parametrize(
    "data",
    [
        pytest.param("[" * 100_000, id="deep lists"),
        pytest.param("[" * 100_000 + "]" * 100_000, id="deep lists that end"),
        pytest.param('{"a":' * 100_000 + "1" + "}" * 100_000, id="deep objects"),
        pytest.param('[{"tradingsymbol":' + "[" * 50_000 + "]" * 50_000 + "}]", id="a deep field"),
        pytest.param("[NaN]", id="NaN"),
        pytest.param('[{"quantity":Infinity}]', id="infinity"),
        pytest.param('[{"quantity":-Infinity}]', id="less than everything"),
        pytest.param('[{"quantity":' + "9" * 5000 + "}]", id="five thousand digits"),
        pytest.param("[{}]x", id="something after it"),
        pytest.param("\ufeff[{}]", id="byte order mark"),
        pytest.param("[{'tradingsymbol':'INFY'}]", id="single quotes"),
        pytest.param("[]", id="no item"),
        pytest.param("{}", id="no list"),
        pytest.param("[[]]", id="no objects"),
        pytest.param("null", id="null"),
        pytest.param("", id="nothing"),
        pytest.param(json.dumps([{"tradingsymbol": "INFY"}] * 500), id="five hundred items"),
        pytest.param("<script>alert(1)</script>", id="script"),
        pytest.param("\0", id="NUL"),
        pytest.param(f'[{{"tradingsymbol":"{LONG}"', id="cut off"),
    ],
)
def test_a_link_that_cannot_be_read_is_told_on_a_page_that_can_be_used(browser_of, data):
    page = browser_of.get("/", query_string={"data": data}).text
    assert "The basket in this link cannot be read." in page
    assert fields_of_row(page)["tradingsymbol"] == ""


def test_a_megabyte_of_data_is_read_or_refused_on_a_page(browser_of):
    item = {"tradingsymbol": "INFY", "exchange": "NSE", "quantity": 1, "note": "x" * 10_000}
    page = browser_of.get("/", query_string={"data": json.dumps([item] * 100)}).text
    assert fields_of_row(page, 99)["tradingsymbol"] == "INFY"
    page = browser_of.get("/", query_string={"data": json.dumps([{"tradingsymbol": "x" * 1_000_000}])}).text
    assert len(fields_of_row(page)["tradingsymbol"]) == 1_000_000
    browser_of.post({"items-0-tradingsymbol": "x" * 1_000_000, "action": "hand_off"}, 413)


@pytest.mark.parametrize("name", [*EVERY_TEXT, "\ud800"])
def test_a_hostile_name_of_a_field_is_no_field(browser_of, name):
    page = browser_of.get("/", query_string={"data": json.dumps([{name: "x", "tradingsymbol": "INFY"}])}).text
    assert fields_of_row(page)["tradingsymbol"] == "INFY"
    if name != "\ud800":
        page = browser_of.post(
            {f"items-0-{name}": "x", name: "x", "items-0-tradingsymbol": "INFY", "action": "update"}
        ).text
        assert fields_of_row(page)["tradingsymbol"] == "INFY"


def test_a_field_named_twice_in_an_object_counts_once(browser_of):
    page = browser_of.get(
        "/", query_string={"data": '[{"tradingsymbol":"SBIN","tradingsymbol":"INFY"}]'}
    ).text
    assert fields_of_row(page)["tradingsymbol"] == "INFY"


@pytest.mark.parametrize("execution_id", EVERY_TEXT)
def test_a_hostile_id_of_an_earlier_basket_is_not_found(browser_of, execution_id):
    browser_of.get("/", 404, query_string={"from": execution_id})
