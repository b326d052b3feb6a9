"""Lists as other programs write them, in the composer: what is read becomes rows, and what is not
stays where it can be mended.
"""

import io
import json

import pytest
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from kite.web.composer.row_fields import NEW_ROW
from tests.support.forms import by_id, controls, text, tree
from tests.web.composer.test_compose import MARKET, posted, rows_of

INFY = {
    "tradingsymbol": "INFY",
    "exchange": "NSE",
    "transaction_type": "BUY",
    "order_type": "MARKET",
    "quantity": 10,
}
BOOK = INFY | {"price": 0, "trigger_price": 0, "disclosed_quantity": 0, "tag": None, "status": "COMPLETE"}


@pytest.fixture
def press(composer):
    """Press a button of the composer with these rows."""

    def press(action, *rows, **others):
        return composer.post("/", data=posted(rows, action=action) | others).text

    return press


def box(page):
    return (by_id(page, "paste").text or "").strip()


def main(page):
    return text(next(tree(page).iter("main")))


@pytest.mark.parametrize(
    "value",
    [BOOK, [BOOK], {"orders": [BOOK]}, {"status": "success", "data": [BOOK]}],
    ids=["object", "list", "orders", "envelope"],
)
@pytest.mark.parametrize("indent", [None, 2])
def test_kites_own_json_becomes_rows_that_need_nothing(press, composer, handed_off, value, indent):
    page = press("import", NEW_ROW, paste=json.dumps(value, indent=indent))
    assert rows_of(page) == [{name: str(text) for name, text in INFY.items()} | {"variety": "regular"}]
    assert box(page) == ""
    sent = composer.post("/", data=dict(controls(page)) | {"action": "hand_off"})
    assert handed_off(sent) == [INFY | {"variety": "regular", "readonly": False}]


@pytest.mark.parametrize(
    ("pasted", "reason"),
    [
        ('{"a": 1}', "No order was found in it."),
        ('{\n  "status": "error",\n  "data": null\n}', "No order was found in it."),
        ('{"orders": [{"tradingsymbol": "INFY"}', "This is not JSON."),
        (
            '{"net": [{"tradingsymbol": "A"}], "day": [{"tradingsymbol": "A"}]}',
            "It holds more than one list: “net” and “day”. Keep one.",
        ),
    ],
)
def test_what_cannot_be_read_stays_in_the_box_with_the_reason(press, pasted, reason):
    page = press("import", MARKET, paste=pasted)
    assert box(page) == pasted
    assert reason in text(by_id(page, "paste-error"))
    assert rows_of(page) == [MARKET]


@pytest.mark.parametrize("data", ['{"a": 1}', "[]", "{", '{"orders": "INFY"}'])
def test_a_link_that_cannot_be_read_is_kept_in_the_box(composer, data):
    page = composer.get("/", query_string={"data": data}).text
    assert "The basket in this link cannot be read." in main(page)
    assert box(page) == data
    assert rows_of(page) == [NEW_ROW]


def test_a_link_is_read_in_an_envelope_and_what_is_no_order_in_it_stays(composer):
    page = composer.get(
        "/", query_string={"data": json.dumps({"orders": [BOOK, {"isin": "INE009A01021"}]})}
    ).text
    assert [row["tradingsymbol"] for row in rows_of(page)] == ["INFY"]
    assert box(page) == '{"isin": "INE009A01021"}'
    assert "No order was found in it." in main(page)
    assert "Left out, because Kite’s basket page does not take it: status, isin." in main(page)


@pytest.mark.parametrize(
    ("pasted", "spread"),
    [
        ("Symbol,Weight\nINFY,60%\nTCS,40%\n", "60"),
        ("| Stock | Weightage |\n|---|---|\n| INFY | 60 |\n| TCS | 40 |", "60"),
    ],
)
def test_symbols_with_weights_fill_the_panel_that_spreads_an_amount(press, take, pasted, spread):
    page = take(press("import", NEW_ROW, paste=pasted))
    assert [row["tradingsymbol"] for row in rows_of(page)] == ["INFY", "TCS"]
    fields = dict(controls(page))
    assert (fields["spread"], fields["weight-0"], fields["weight-1"]) == ("weights", spread, "40")
    assert by_id(page, "amount") is not None
    worked = press("scale", **fields | {"amount": "50000"})
    quantities = [int(row["quantity"]) for row in rows_of(worked)]
    assert all(quantities)
    assert dict(controls(worked))["spread"] == "weights"


def test_weights_come_with_a_link_and_with_json_too(composer, press):
    data = json.dumps(
        [
            {"tradingsymbol": "INFY", "exchange": "NSE", "weight": 60},
            {"tradingsymbol": "TCS", "exchange": "NSE", "weight": "40 %"},
        ]
    )
    for page in (composer.get("/", query_string={"data": data}).text, press("import", NEW_ROW, paste=data)):
        fields = dict(controls(page))
        assert (fields["spread"], fields["weight-0"], fields["weight-1"]) == ("weights", "60", "40 %")


@pytest.mark.parametrize("weight", [None, "", []])
def test_rows_without_weights_leave_the_panel_alone(press, weight):
    page = press("import", NEW_ROW, paste=json.dumps([INFY | ({"weight": weight} if weight != [] else {})]))
    assert dict(controls(page))["spread"] == "equal"
    assert by_id(page, "weight-0").get("value") == ""


def test_a_negative_quantity_is_asked_about_and_one_press_makes_it_a_sale(press, take):
    page = take(press("import", NEW_ROW, paste="INFY,-10\nTCS,5\n"))
    assert "A quantity has no sign. Do you mean Sell 10?" in text(by_id(page, "faults"))
    assert [row.get("transaction_type") for row in rows_of(page)] == [None, None]
    fixed = press("fix-0-transaction_type=SELL&quantity=10", **dict(controls(page)))
    assert (rows_of(fixed)[0]["transaction_type"], rows_of(fixed)[0]["quantity"]) == ("SELL", "10")


def test_a_lock_that_cannot_be_read_stays_checked_until_it_is_answered(composer, press, handed_off):
    page = composer.get("/", query_string={"data": json.dumps([INFY | {"readonly": "maybe"}])}).text
    assert rows_of(page)[0]["readonly"] == "maybe"
    page_with_question = press("hand_off", **dict(controls(page)))
    assert "“maybe” is neither yes nor no." in text(by_id(page_with_question, "faults"))
    for value, locked in (("y", True), ("", False)):
        fixed = press(f"fix-0-readonly={value}", **dict(controls(page_with_question)))
        sent = composer.post("/", data=dict(controls(fixed)) | {"action": "hand_off"})
        assert handed_off(sent)[0]["readonly"] is locked


@pytest.mark.parametrize("word", [True, "True", "YES", 1], ids=repr)
def test_a_lock_is_a_lock_however_it_is_written(composer, word):
    page = composer.get("/", query_string={"data": json.dumps([INFY | {"readonly": word}])}).text
    assert rows_of(page)[0]["readonly"] == "y"


def test_what_a_preview_named_loses_nothing_more_when_it_is_taken(press, take):
    lines = "\n".join(["buy 5 infy market @ 1412"] + ["buy 1 infy"] * 100)
    preview = press("import", NEW_ROW, paste=lines)
    assert "Market orders take no price." in main(preview)
    page = take(preview)
    assert rows_of(page)[0]["price"] == "1412"
    assert "Market orders take no price." in text(by_id(page, "faults"))


def test_of_many_values_left_out_ten_are_named_and_the_rest_is_counted(press):
    page = press("import", NEW_ROW, paste=json.dumps([INFY | {"price": number} for number in range(1, 14)]))
    note = next(line for line in main(page).split("Left out, ")[1:])
    assert note.startswith("because Kite uses none for such an order: INFY, Price 1; INFY, Price 2;")
    assert "INFY, Price 10; and 3 more." in note


@pytest.mark.parametrize("value", [[BOOK], {"orders": [BOOK]}, BOOK], ids=["list", "orders", "object"])
def test_a_file_may_be_kites_json_in_any_envelope(composer, take, value):
    file = FileStorage(io.BytesIO(json.dumps(value, indent=1).encode()), "orders.json")
    boundary, body = encode_multipart(posted([NEW_ROW], action="import") | {"file": file})
    preview = composer.post("/", data=body, content_type=f"multipart/form-data; boundary={boundary}").text
    assert "1 order can be taken" in preview
    assert [(row["tradingsymbol"], row["quantity"]) for row in rows_of(take(preview))] == [("INFY", "10")]
