"""Writing the catalogue."""

import os
import sqlite3
import tracemalloc
from datetime import date, datetime, timedelta
from itertools import chain

import pytest

from kite import bundled
from kite.exceptions import InstrumentsError
from kite.instruments.catalogue import Catalogue
from kite.instruments.catalogue_writer import LoadResult, is_stale, load, load_bundled
from kite.instruments.csv_rows import table
from kite.vocabulary import IST

NOW = datetime(2026, 11, 20, 8, 30, tzinfo=IST)
ROW = {
    "instrument_token": "408065",
    "exchange_token": "1594",
    "tradingsymbol": "INFY",
    "name": "INFOSYS",
    "last_price": "1448.2",
    "expiry": "",
    "strike": "",
    "tick_size": "0.1",
    "lot_size": "1",
    "instrument_type": "EQ",
    "segment": "NSE",
    "exchange": "NSE",
}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "instance" / "instruments.db"


def test_all_bundled_rows_are_loaded(path, opened):
    assert load_bundled(path, NOW).count == len(list(bundled.rows(NOW.date())))
    for symbol in ("INFY", "SBIN", "RELIANCE", "HDFCBANK", "TCS", "ITC"):
        for exchange in ("NSE", "BSE"):
            assert opened(Catalogue(path)).find(exchange, symbol)


def test_bundled_expiries_lie_ahead_of_the_day(path, opened):
    load_bundled(path, datetime(2027, 3, 31, 9, 0, tzinfo=IST))
    catalogue = opened(Catalogue(path))
    assert catalogue.find("NFO", "NIFTY26DECFUT") is None
    assert catalogue.find("NFO", "NIFTY27APRFUT").expiry == date(2027, 4, 27)


def test_bundled_weekly_contracts_lie_ahead_and_the_monthly_one_stands_for_that_week():
    weekly = {
        row["tradingsymbol"]: row["expiry"]
        for row in bundled.rows(date(2026, 11, 20))
        if row["tradingsymbol"].endswith("26000CE")
    }
    assert weekly == {
        "NIFTY26NOV26000CE": "2026-11-24",
        "NIFTY26D0126000CE": "2026-12-01",
        "NIFTY26D0826000CE": "2026-12-08",
        "NIFTY26DEC26000CE": "2026-12-29",
    }


@pytest.mark.parametrize("days", range(0, 400, 13))
def test_bundled_names_and_tokens_are_each_one_instruments_own_on_every_day(days):
    rows = list(bundled.rows(NOW.date() + timedelta(days=days)))
    assert (
        len({(row["exchange"], row["tradingsymbol"]) for row in rows})
        == len({row["instrument_token"] for row in rows})
        == len(rows)
    )
    assert all(
        row["expiry"] == "" or date.fromisoformat(row["expiry"]) >= NOW.date() + timedelta(days=days)
        for row in rows
    )


def test_quoted_names_and_empty_numbers_are_read(path, opened):
    load(path, table([ROW | {"name": '"A & B", LTD', "lot_size": ""}]), NOW)
    instrument = opened(Catalogue(path)).find("NSE", "INFY")
    assert (instrument.name, instrument.lot_size, instrument.strike) == ('"A & B", LTD', 0, 0)


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [{}],
        [{"<html>": "Bad gateway"}],
        [ROW, {name: text for name, text in ROW.items() if name != "tick_size"}],
        [ROW, ROW | {"tick_size": "five"}],
        [ROW, ROW | {"tick_size": "NaN"}],
        [ROW, ROW | {"last_price": "inf"}],
        [ROW, ROW | {"lot_size": "1.5"}],
        [ROW, ROW | {"expiry": "29/12/2026"}],
        [ROW, ROW | {"tradingsymbol": ""}],
        [ROW, ROW | {"tradingsymbol": "x" * 41}],
        [ROW, ROW | {"tradingsymbol": "IN\0FY"}],
        [ROW, ROW | {"exchange": ""}],
        [ROW, ROW | {"lot_size": "-1"}],
        [ROW, ROW | {"more": "than the header names"}],
    ],
)
def test_a_list_that_is_empty_or_garbled_is_refused_and_the_old_one_stays(path, rows, opened):
    load_bundled(path, NOW)
    with pytest.raises(InstrumentsError):
        load(path, table(rows), NOW)
    assert opened(Catalogue(path)).find("NSE", "SBIN")
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def many(count, **fields):
    return table(ROW | {"tradingsymbol": f"S{number}"} | fields for number in range(count))


def test_of_a_name_that_occurs_twice_the_last_row_counts_and_is_reported(path, opened):
    rows = [
        ROW,
        ROW | {"tradingsymbol": "SBIN"},
        ROW | {"lot_size": "5"},
        ROW | {"lot_size": "7"},
        ROW | {"exchange": "BSE", "segment": "BSE"},
    ]
    assert load(path, table(rows), NOW) == LoadResult(3, 2, ("NSE:INFY",))
    assert opened(Catalogue(path)).find("NSE", "INFY").lot_size == 7


def test_a_list_of_less_than_half_of_the_one_before_is_refused_unless_wanted(path, opened):
    load(path, many(10), NOW)
    with pytest.raises(InstrumentsError, match="has 4 instruments, less than half of the 10 of 2026-11-20"):
        load(path, many(4), NOW)
    assert opened(Catalogue(path)).about.count == 10
    assert load(path, many(5), NOW).count == 5
    assert load(path, many(1), NOW, anyway=True).count == 1


def test_the_size_of_the_bundled_list_says_nothing_of_a_real_one(path):
    load_bundled(path, NOW)
    assert load(path, many(2), NOW).count == 2
    load_bundled(path, NOW)


def test_a_list_that_breaks_off_within_its_last_word_is_refused(path):
    rows = [ROW, ROW | {"tradingsymbol": "SBIN"}, ROW | {"tradingsymbol": "TCS", "exchange": "NS"}]
    with pytest.raises(InstrumentsError, match="breaks off"):
        load(path, table(rows), NOW)


def test_rows_where_no_basket_can_trade_are_left_out_and_counted(path, opened):
    elsewhere = [
        ROW | {"tradingsymbol": "GOLD26DECFUT", "exchange": exchange} for exchange in ("MCX", "NCO", "NSEIX")
    ]
    loaded = load(path, table([ROW, *elsewhere, ROW | {"exchange": "NCO"}]), NOW)
    assert (loaded.count, loaded.left_out) == (2, {"NCO": 2, "NSEIX": 1})
    catalogue = opened(Catalogue(path))
    assert catalogue.about.count == 2
    assert catalogue.find("MCX", "GOLD26DECFUT") and not catalogue.find("NCO", "GOLD26DECFUT")


def test_one_share_on_nse_beside_an_index_on_nseix_is_no_list_that_breaks_off(path):
    assert (
        load(path, table([ROW, ROW | {"tradingsymbol": "GIFT NIFTY", "exchange": "NSEIX"}]), NOW).count == 1
    )


@pytest.mark.parametrize("exchanges", [["NCO"], ["NSEIX", "NCO"]])
def test_a_list_of_which_baskets_can_trade_nothing_is_refused(path, exchanges, opened):
    load_bundled(path, NOW)
    with pytest.raises(InstrumentsError, match="holds nothing that a basket can trade"):
        load(path, table([ROW | {"exchange": exchange} for exchange in exchanges]), NOW)
    assert opened(Catalogue(path)).find("NSE", "SBIN")


def test_columns_may_stand_in_another_order_and_new_ones_are_not_read(path, opened):
    load(path, table([dict(reversed((ROW | {"isin": "INE009A01021"}).items()))]), NOW)
    assert opened(Catalogue(path)).find("NSE", "INFY").name == "INFOSYS"


def test_letters_that_cannot_be_seen_in_a_name_are_blanks(path, opened):
    load(path, table([ROW | {"name": "INFO\u00a0SYS\x07" + "X" * 300}]), NOW)
    name = opened(Catalogue(path)).find("NSE", "INFY").name
    assert name.startswith("INFO SYS XX") and len(name) == 200


def test_what_a_killed_process_left_is_swept_up(path):
    path.parent.mkdir()
    old, young = path.with_name(f"{path.name}.1.aaaa"), path.with_name(f"{path.name}.2.bbbb")
    for file in (old, young):
        file.touch()
    os.utime(old, (0, 0))
    load_bundled(path, NOW)
    assert young.exists() and not old.exists()


def test_a_catalogue_of_an_older_version_is_stale(path):
    load(path, many(3), NOW)
    with sqlite3.connect(path) as connection:
        connection.execute("pragma user_version = 1")
    connection.close()
    assert is_stale(path, NOW.date())


def test_a_large_list_is_written_in_little_memory(path):
    header, row = tuple(ROW), tuple(ROW.values())
    rows = ((*row[:2], f"S{number}", *row[3:]) for number in range(20_000))
    tracemalloc.start()
    assert load(path, chain([header], rows), NOW).count == 20_000
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 2_000_000, "rows are written as they come"


def test_a_bundled_catalogue_is_stale_on_another_day(path):
    assert is_stale(path, NOW.date())
    load_bundled(path, NOW)
    assert not is_stale(path, NOW.date())
    assert is_stale(path, NOW.date() + timedelta(days=1))


def test_a_downloaded_catalogue_is_never_replaced_by_the_bundled_one(path):
    load(path, table([ROW]), NOW)
    assert not is_stale(path, NOW.date() + timedelta(days=30))


def test_a_file_that_is_no_catalogue_is_stale(path):
    path.parent.mkdir()
    path.write_text("no database at all " * 100, encoding="ascii")
    assert is_stale(path, NOW.date())
    load_bundled(path, NOW)
    assert not is_stale(path, NOW.date())
