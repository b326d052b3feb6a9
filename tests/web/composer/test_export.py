"""The basket in the composer as a file, and as buttons for a web page."""

import csv
import io
import json

import pytest

from kite.web.composer.row_fields import NEW_ROW
from tests.support.forms import by_id, controls, focused, text
from tests.web.composer.test_compose import BROKEN, LIMIT, MARKET, posted, rows_of


@pytest.fixture
def press(composer):
    return lambda action, *rows, **beside: composer.client.post(
        "/", data=posted(rows, action=action) | beside, base_url="http://127.0.0.1:8000"
    )


def test_json_is_kites_own_and_opens_as_a_link(press, composer):
    answer = press("export-json", MARKET, LIMIT, NEW_ROW)
    assert answer.mimetype == "application/json"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="basket-2')
    items = json.loads(answer.text)
    assert [(row["tradingsymbol"], row["quantity"], row.get("price"), row["readonly"]) for row in items] == [
        ("INFY", 10, None, False),
        ("M&M", 10, 3012.4, True),
    ]
    assert [
        row["tradingsymbol"] for row in rows_of(composer.get("/", query_string={"data": answer.text}).text)
    ] == ["INFY", "M&M"]


def test_csv_is_read_back_as_the_same_rows(press, composer):
    answer = press("export-csv", MARKET, LIMIT)
    assert answer.mimetype == "text/csv"
    assert [
        row["tradingsymbol"] for row in csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff")))
    ] == ["INFY", "M&M"]
    preview = composer.post("/", data={"action": "import", "paste": answer.text}).text
    assert rows_of(composer.post("/", data=dict(controls(preview)) | {"action": "take"}).text) == [
        MARKET,
        LIMIT | {"price": "3012.4"},
    ]


def test_buttons_stand_on_the_page_to_be_copied(press):
    page = press("export-buttons", MARKET, LIMIT).text
    code = by_id(page, "snippet").text
    assert code.splitlines()[0] == '<script src="http://127.0.0.1:8000/embed.js" async></script>'
    assert 'data-tradingsymbol="M&amp;M"' in code
    assert code.splitlines()[2].endswith(">Buy M&amp;M</kite-button>")
    assert focused(page) == "snippet"
    assert rows_of(page) == [MARKET, LIMIT]


@pytest.mark.parametrize("action", ["export-json", "export-csv", "export-buttons"])
def test_what_cannot_be_read_is_told_in_place_of_a_file(press, action):
    page = press(action, MARKET, BROKEN).text
    assert "Nothing was written" in page
    assert text(by_id(page, "items-1-price-error")) == "Enter an amount in rupees, like 1412.50."
    assert "Nothing was written" in press(action, NEW_ROW).text
    assert press("export-nothing", MARKET).status_code == 200


def test_a_symbol_that_a_spreadsheet_would_run_is_no_formula(press):
    answer = press("export-csv", MARKET | {"tradingsymbol": "=1+1", "tag": ""})
    assert ",'=1+1," in answer.text
