"""Writing the catalogue."""

from datetime import date, datetime, timedelta

import pytest

from kite import bundled
from kite.exceptions import InstrumentsError
from kite.instruments.catalogue import Catalogue
from kite.instruments.loading import load, load_bundled, stale
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


def test_all_bundled_rows_are_loaded(path):
    assert load_bundled(path, NOW) == len(list(bundled.rows(NOW.date())))
    for symbol in ("INFY", "SBIN", "RELIANCE", "HDFCBANK", "TCS", "ITC"):
        for exchange in ("NSE", "BSE"):
            assert Catalogue(path).find(exchange, symbol)


def test_bundled_expiries_lie_ahead_of_the_day(path):
    load_bundled(path, datetime(2027, 3, 31, 9, 0, tzinfo=IST))
    catalogue = Catalogue(path)
    assert catalogue.find("NFO", "NIFTY26DECFUT") is None
    assert catalogue.find("NFO", "NIFTY27APRFUT").expiry == date(2027, 4, 27)


def test_quoted_names_and_empty_numbers_are_read(path):
    load(path, [ROW | {"name": '"A & B", LTD', "lot_size": ""}], NOW)
    found = Catalogue(path).find("NSE", "INFY")
    assert (found.name, found.lot_size, found.strike) == ('"A & B", LTD', 0, 0)


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
        [ROW, ROW | {"name": None}],
        [ROW, ROW | {"segment": None, "expiry": None}],
    ],
)
def test_a_list_that_is_empty_or_garbled_is_refused_and_the_old_one_stays(path, rows):
    load_bundled(path, NOW)
    with pytest.raises(InstrumentsError):
        load(path, rows, NOW)
    assert Catalogue(path).find("NSE", "SBIN")
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_a_bundled_catalogue_is_stale_on_another_day(path):
    assert stale(path, NOW.date())
    load_bundled(path, NOW)
    assert not stale(path, NOW.date())
    assert stale(path, NOW.date() + timedelta(days=1))


def test_a_downloaded_catalogue_is_never_replaced_by_the_bundled_one(path):
    load(path, [ROW], NOW)
    assert not stale(path, NOW.date() + timedelta(days=30))


def test_a_file_that_is_no_catalogue_is_stale(path):
    path.parent.mkdir()
    path.write_text("no database at all " * 100, encoding="ascii")
    assert stale(path, NOW.date())
    load_bundled(path, NOW)
    assert not stale(path, NOW.date())
