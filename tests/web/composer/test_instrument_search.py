"""/instruments.json: what the composer's symbol field asks while somebody types."""

import pytest

from tests.support.site import HOST

FIELDS = [
    "tradingsymbol",
    "exchange",
    "name",
    "segment",
    "instrument_type",
    "expiry",
    "strike",
    "tick_size",
    "lot_size",
]


@pytest.fixture
def ask(site):
    def get(**query):
        answer = site.app.test_client().get("/instruments.json", query_string=query, base_url=HOST)
        assert (answer.status_code, answer.mimetype) == (200, "application/json")
        return answer.get_json()

    return get


def symbols(answer):
    return [f"{instrument['exchange']}:{instrument['tradingsymbol']}" for instrument in answer["items"]]


def test_instruments_are_answered_with_money_as_decimal_strings(ask):
    share, *_, future = ask(q="infy", limit=3)["items"]
    assert share == {
        "tradingsymbol": "INFY",
        "exchange": "NSE",
        "name": "INFOSYS",
        "segment": "NSE",
        "instrument_type": "EQ",
        "expiry": None,
        "strike": "0",
        "tick_size": "0.1",
        "lot_size": 1,
    }
    assert list(share) == FIELDS
    assert (future["tradingsymbol"], future["expiry"], future["lot_size"]) == (
        "INFY26NOVFUT",
        "2026-11-24",
        400,
    )


def test_limit_and_exchange_narrow_the_answer(ask):
    assert symbols(ask(q="infy", exchange="bse")) == ["BSE:INFY"]
    assert symbols(ask(q="infy", exchange="ABC")) == []
    assert len(ask(q="n", limit=1)["items"]) == 1
    assert len(ask(q="n", limit=100_000)["items"]) <= 50
    assert len(ask(q="n", limit="many")["items"]) <= 20
    assert ask(q="n", limit=-1)["items"] == []


def test_indices_are_left_out_of_what_can_be_traded(ask):
    assert symbols(ask(q="nifty"))[0] == "NSE:NIFTY 50"
    assert symbols(ask(q="nifty", traded="1"))[0] == "NSE:NIFTYBEES"


def test_when_none_matches_those_that_may_be_meant_are_named(ask):
    answer = ask(q="infi")
    assert answer["items"] == []
    assert answer["nearest"][0]["tradingsymbol"] == "INFY"
    assert "nearest" not in ask(q="infy")


def test_in_an_order_line_the_words_at_the_caret_are_searched(ask):
    answer = ask(line="sell 5 infy. @ 1412", caret=11, limit=2, traded=1)
    assert (answer["q"], answer["start"], answer["end"], answer["nearest"]) == ("infy", 7, 12, [])
    assert [instrument["written"] for instrument in answer["items"]] == ["INFY", "BSE:INFY"]
    assert list(answer["items"][0]) == [*FIELDS, "written"]


def test_places_in_an_order_line_are_those_of_a_browser(ask):
    answer = ask(line="tag 🙂🙂 sell infy", caret=18, limit=1)
    assert (answer["q"], answer["start"], answer["end"]) == ("infy", 14, 18)
    assert ask(line="tag 🙂🙂 sell infy", caret=13) == {"q": "", "items": []}


def test_what_may_be_meant_in_an_order_line_is_offered_with_what_it_puts_there(ask):
    answer = ask(line="buy infi", caret=8)
    assert answer["items"] == []
    assert answer["nearest"][0]["written"] == answer["nearest"][0]["tradingsymbol"] == "INFY"


@pytest.mark.parametrize("caret", ["", "many", "-1", "9" * 5000])
@pytest.mark.parametrize("line", ["", "\0", "buy", "@", ":", "bse:", "x" * 4000, "\ud83d"])
def test_any_order_line_is_answered(ask, line, caret):
    assert ask(line=line.encode("utf-8", "replace"), caret=caret)["items"] == []


@pytest.mark.parametrize(
    "q", ["", " ", "\0", "%00", '"', "'; drop table instruments", "x" * 4000, "\ud83d", "\u202e"]
)
def test_any_text_is_answered(ask, q):
    assert ask(q=q.encode("utf-8", "replace")) == {"items": [], "nearest": []}


def test_the_answer_is_kept_for_half_a_minute_and_sets_no_cookie(site):
    answer = site.app.test_client().get("/instruments.json?q=infy", base_url=HOST)
    assert answer.headers["Cache-Control"] == "private, max-age=30"
    assert "Set-Cookie" not in answer.headers
    assert "Vary" not in answer.headers


def test_without_a_catalogue_the_answer_says_so(site):
    site.services.catalogue.path.unlink()
    answer = site.app.test_client().get("/instruments.json?q=infy", base_url=HOST)
    assert (answer.status_code, answer.get_json()["status"]) == (503, "error")
