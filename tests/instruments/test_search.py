"""Searching: what a person types, and in which order it is answered."""

import threading
import time
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kite import bundled
from kite.exceptions import InstrumentsError
from kite.instruments.catalogue import Catalogue
from kite.instruments.catalogue_writer import load, load_bundled
from kite.instruments.csv_rows import table
from kite.instruments.search import MOST_ANSWERS, nearest, search
from kite.vocabulary import IST

NOW = datetime(2026, 11, 20, 8, 30, tzinfo=IST)
ROWS = list(bundled.rows(NOW.date()))
FIXED = {"name": "", "expiry": "", "strike": "0", "tick_size": "0.05", "lot_size": "1", "last_price": "1"}


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory):
    path = tmp_path_factory.mktemp("catalogue") / "instruments.db"
    load_bundled(path, NOW)
    catalogue = Catalogue(path)
    yield catalogue
    catalogue.close()


def names_found(catalogue, q, exchange="", limit=20):
    return [
        f"{instrument.exchange}:{instrument.tradingsymbol}"
        for instrument in search(catalogue, q, exchange, limit)
    ]


@pytest.mark.parametrize(
    ("q", "first"),
    [
        ("infy", ["NSE:INFY", "BSE:INFY", "NFO:INFY26NOVFUT"]),
        ("INFY ", ["NSE:INFY", "BSE:INFY"]),
        ("infy-eq", ["NSE:INFY", "BSE:INFY"]),
        ("m&m", ["NSE:M&M", "BSE:M&M"]),
        ("mahindra", ["NSE:M&M", "BSE:M&M"]),
        ("bajaj auto", ["NSE:BAJAJ-AUTO", "BSE:BAJAJ-AUTO"]),
        ("infosys", ["NSE:INFY", "BSE:INFY"]),
        ("infy bse", ["BSE:INFY"]),
        ("rel ind", ["NSE:RELIANCE", "BSE:RELIANCE"]),
        ("ind rel", ["NSE:RELIANCE", "BSE:RELIANCE"]),
        ("rel i", ["NSE:RELIANCE", "BSE:RELIANCE"]),
        ("infy fut", ["NFO:INFY26NOVFUT", "NFO:INFY26DECFUT", "NFO:INFY27JANFUT"]),
        ("nifty 25500 ce", ["NFO:NIFTY26NOV25500CE", "NFO:NIFTY26DEC25500CE"]),
        ("nifty dec 25500 pe", ["NFO:NIFTY26DEC25500PE"]),
        ("nifty 29 dec 26 25500 pe", ["NFO:NIFTY26DEC25500PE"]),
        ("nifty25500ce", ["NFO:NIFTY26NOV25500CE", "NFO:NIFTY26DEC25500CE"]),
        ("nifty dec26 fut", ["NFO:NIFTY26DECFUT"]),
        ("NIFTY26DECFUT", ["NFO:NIFTY26DECFUT"]),
        ("512345", ["BSE:512345"]),
        ("textile mills", ["BSE:512345"]),
        ("nifty 50", ["NSE:NIFTY 50"]),
        ("lt", ["NSE:LT", "BSE:LT"]),
        ("hdfc", ["NSE:HDFCBANK", "BSE:HDFCBANK"]),
    ],
)
def test_an_instrument_is_found_by_symbol_name_and_parts(catalogue, q, first):
    assert names_found(catalogue, q)[: len(first)] == first


@pytest.mark.parametrize(
    "q",
    [
        "",
        "   ",
        "zzzz",
        "infy zzzz",
        "\0",
        '"',
        "'",
        "*",
        "(",
        "zzz:",
        "infy OR tcs",
        "NEAR(infy tcs)",
        "%",
        "नमस्ते",
        "x" * 10_000,
    ],
)
def test_what_matches_nothing_finds_nothing(catalogue, q):
    assert names_found(catalogue, q) == []


@pytest.mark.parametrize(
    ("q", "near"),
    [
        ("INFI", ["INFY"]),
        ("nifty 25505 ce", ["NIFTY26NOV25500CE"]),
        ("nifty25505pe", ["NIFTY26NOV25500PE"]),
        ("nifty 99999999999999999999 ce", ["NIFTY26NOV25500CE"]),
        ("infosys zzzz", ["INFY"]),
        ("zzzz infosys", ["INFY"]),
        ("zzzz yyyy", []),
        ("nifty 50 zzzz", []),
        ("", []),
    ],
)
def test_what_finds_nothing_is_answered_with_what_may_be_meant(catalogue, q, near):
    assert search(catalogue, q) == []
    assert [instrument.tradingsymbol for instrument in nearest(catalogue, q)][: len(near) or None] == near


def test_one_or_two_letters_find_symbols_that_begin_so_and_then_words_that_do(catalogue):
    assert names_found(catalogue, "i", "NSE")[:4] == ["NSE:ITC", "NSE:INFY", "NSE:ICICIBANK", "NSE:SBIN"]
    assert names_found(catalogue, "hd") == ["NSE:HDFCBANK", "BSE:HDFCBANK"]
    assert names_found(catalogue, "bees")[0] == "NSE:GOLDBEES"


def test_only_the_asked_exchange_is_answered(catalogue):
    assert names_found(catalogue, "infy", "BSE") == ["BSE:INFY"]
    assert names_found(catalogue, "infy", "CDS") == []
    for hostile in ("nse", "X", "'", '"', "NSEX", "NS E"):
        assert names_found(catalogue, "infy", hostile) == []


def test_indices_are_left_out_where_only_what_is_traded_is_asked_for(catalogue):
    assert names_found(catalogue, "nifty", limit=3) == ["NSE:NIFTY 50", "NSE:NIFTY BANK", "NSE:NIFTYBEES"]
    for q in ("nifty", "nifty 50", "50", "bank"):
        assert "INDICES" not in {instrument.segment for instrument in search(catalogue, q, traded=True)}
    assert search(catalogue, "nifty", limit=1, traded=True)[0].tradingsymbol == "NIFTYBEES"


@pytest.mark.parametrize(("limit", "count"), [(-1, 0), (0, 0), (1, 1), (7, 7), (10_000, MOST_ANSWERS)])
def test_no_more_than_the_limit_are_answered(tmp_path, opened, limit, count):
    rows = [
        FIXED
        | {"tradingsymbol": f"ABC{number}", "exchange": "NSE", "segment": "NSE", "instrument_type": "EQ"}
        for number in range(60)
    ]
    load(tmp_path / "instruments.db", table(rows), NOW)
    assert len(names_found(opened(Catalogue(tmp_path / "instruments.db")), "abc", limit=limit)) == count


def test_rows_come_in_the_order_of_indices_shares_futures_options_nearer_and_shorter(tmp_path, opened):
    def row(symbol, exchange, segment, kind, expiry=""):
        return FIXED | {
            "tradingsymbol": symbol,
            "exchange": exchange,
            "segment": segment,
            "instrument_type": kind,
            "expiry": expiry,
        }

    rows = [
        row("ABCD26DEC1CE", "NFO", "NFO-OPT", "CE", "2026-12-29"),
        row("ABCD26NOV1CE", "NFO", "NFO-OPT", "CE", "2026-11-24"),
        row("ABCD26DECFUT", "NFO", "NFO-FUT", "FUT", "2026-12-29"),
        row("ABCD26NOVFUT", "NFO", "NFO-FUT", "FUT", "2026-11-24"),
        row("ABCDE", "BSE", "BSE", "EQ"),
        row("ABCDEF", "NSE", "NSE", "EQ"),
        row("ABCDE", "NSE", "NSE", "EQ"),
        row("ABCD 50", "NSE", "INDICES", "EQ"),
        row("XABC", "NSE", "NSE", "EQ"),
    ]
    load(tmp_path / "instruments.db", table(rows), NOW)
    catalogue = opened(Catalogue(tmp_path / "instruments.db"))
    in_order = [
        "ABCD 50",
        "ABCDE",
        "ABCDEF",
        "ABCDE",
        "ABCD26NOVFUT",
        "ABCD26DECFUT",
        "ABCD26NOV1CE",
        "ABCD26DEC1CE",
    ]
    assert [instrument.tradingsymbol for instrument in search(catalogue, "abc")] == [*in_order, "XABC"], (
        "those that only hold the letters come last"
    )


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['exchange']}:{row['tradingsymbol']}")
def test_every_symbol_is_found_by_itself_and_by_all_it_begins_with(catalogue, row):
    symbol, name = row["tradingsymbol"], f"{row['exchange']}:{row['tradingsymbol']}"
    assert name in names_found(catalogue, symbol)[:7], "exactly this symbol comes first, on whatever exchange"
    for length in range(1, len(symbol)):
        answer = names_found(catalogue, symbol[:length].lower(), row["exchange"], MOST_ANSWERS)
        assert name in answer or len(answer) == MOST_ANSWERS


@given(q=st.text(max_size=120), exchange=st.sampled_from(["", "NSE", "NFO"]) | st.text(max_size=8))
@settings(max_examples=150, deadline=None)
def test_any_text_is_answered(catalogue, q, exchange):
    assert len(search(catalogue, q, exchange)) <= 20
    assert len(nearest(catalogue, q, exchange)) <= 3


PARTS = (
    "nifty",
    "bank",
    "infy",
    "25500",
    "26",
    "dec",
    "nov",
    "ce",
    "pe",
    "fut",
    "e",
    "n",
    "1",
    "rel",
    "ind",
    "bse",
)


@given(words=st.lists(st.sampled_from(PARTS), max_size=5))
@settings(max_examples=100, deadline=None)
def test_what_is_found_holds_every_word(catalogue, words):
    for instrument in search(catalogue, " ".join(words)):
        expiry = f"{instrument.expiry:%d %b %Y}" if instrument.expiry else ""
        text = f"{instrument.tradingsymbol} {instrument.name} {instrument.exchange} {instrument.instrument_type} {expiry}".lower()
        assert all(word in text for word in words) or "".join(words) in text


def test_searches_run_while_the_file_is_replaced_again_and_again(tmp_path, opened):
    path, wrong, until = tmp_path / "instruments.db", [], time.monotonic() + 0.5
    load_bundled(path, NOW)
    catalogue = opened(Catalogue(path))

    def look():
        while time.monotonic() < until:
            if names_found(catalogue, "infy fut")[:1] != ["NFO:INFY26NOVFUT"]:
                wrong.append(1)

    threads = [threading.Thread(target=look) for _ in range(3)]
    for thread in threads:
        thread.start()
    while time.monotonic() < until:
        load_bundled(path, NOW)
    for thread in threads:
        thread.join()
    assert not wrong


def test_a_new_list_is_searched_by_the_next_call(tmp_path, opened):
    path = tmp_path / "instruments.db"
    load_bundled(path, NOW)
    catalogue = opened(Catalogue(path))
    assert names_found(catalogue, "newco") == []
    load(
        path,
        table(
            [FIXED | {"tradingsymbol": "NEWCO", "exchange": "NSE", "segment": "NSE", "instrument_type": "EQ"}]
        ),
        NOW,
    )
    assert names_found(catalogue, "newco") == ["NSE:NEWCO"]
    assert names_found(catalogue, "infy") == []


def test_without_a_catalogue_a_search_says_so(tmp_path):
    with pytest.raises(InstrumentsError):
        search(Catalogue(tmp_path / "nothing.db"), "infy")
