"""Looking instruments up."""

import threading
import time
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from kite.exceptions import InstrumentsError
from kite.instruments.catalogue import Catalogue
from kite.instruments.catalogue_writer import load, load_bundled
from kite.instruments.csv_rows import table
from kite.vocabulary import IST

NOW = datetime(2026, 11, 20, 8, 30, tzinfo=IST)


@pytest.fixture
def catalogue(tmp_path, opened):
    load_bundled(tmp_path / "instruments.db", NOW)
    return opened(Catalogue(tmp_path / "instruments.db"))


def names(instruments):
    return [(instrument.exchange, instrument.tradingsymbol) for instrument in instruments]


def test_an_instrument_is_found_by_its_exact_name(catalogue):
    instrument = catalogue.find("NSE", "M&M")
    assert (instrument.name, instrument.tick_size, instrument.last_price, instrument.expiry) == (
        "MAHINDRA & MAHINDRA",
        Decimal("0.05"),
        Decimal("3011.8"),
        None,
    )


def test_a_future_carries_its_expiry_and_lot(catalogue):
    future = catalogue.find("NFO", "NIFTY26DECFUT")
    assert (future.expiry, future.lot_size, future.instrument_type) == (date(2026, 12, 29), 75, "FUT")


@pytest.mark.parametrize(
    "symbol", ["infy", "INFY ", "INFY-EQ", "INF", "", "%", "INFY\0", "' or 1=1 --", "x" * 10_000]
)
def test_anything_but_the_exact_name_is_not_found(catalogue, symbol):
    assert catalogue.find("NSE", symbol) is None


def test_a_symbol_of_another_exchange_is_not_found(catalogue):
    assert catalogue.find("NFO", "INFY") is None


@pytest.mark.parametrize(
    ("exchange", "typed", "first"),
    [
        ("NSE", "INFI", ("NSE", "INFY")),
        ("NSE", "infy", ("NSE", "INFY")),
        ("BSE", "infy", ("BSE", "INFY")),
        ("NSE", " INFY-EQ ", ("NSE", "INFY")),
        ("NFO", "INFY", ("NSE", "INFY")),
        ("NSE", "NIFTY26DECFUT", ("NFO", "NIFTY26DECFUT")),
        ("NSE", "RELI", ("NSE", "RELIANCE")),
        ("NSE", "CENTRALBK", ("NSE", "CENTRALBK-BE")),
        ("NSE", "M&N", ("NSE", "M&M")),
    ],
)
def test_the_likeliest_symbol_comes_first(catalogue, exchange, typed, first):
    suggestions = catalogue.nearest(exchange, typed)
    assert names(suggestions)[0] == first
    assert len(suggestions) <= 3


@pytest.mark.parametrize("typed", ["", "   ", "\0", "ZZZZ", "x" * 10_000, "'", "%", "ἀ", "-EQ"])
def test_a_text_near_nothing_has_no_near_symbols(catalogue, typed):
    assert catalogue.nearest("NSE", typed) == []


def test_an_index_is_never_offered(catalogue):
    assert ("NSE", "NIFTY 50") not in names(catalogue.nearest("NSE", "NIFTY 5"))


def test_the_time_of_loading_is_kept(catalogue):
    assert catalogue.loaded_at == NOW


def test_a_replaced_file_is_seen_by_the_next_call(catalogue):
    assert catalogue.find("NSE", "INFY")
    row = {
        "tradingsymbol": "NEWCO",
        "exchange": "NSE",
        "name": "",
        "segment": "NSE",
        "instrument_type": "EQ",
        "expiry": "",
    }
    load(
        catalogue.path,
        table([row | {"strike": "0", "tick_size": "0.05", "lot_size": "1", "last_price": "7"}]),
        NOW + timedelta(days=1),
    )
    assert catalogue.find("NSE", "NEWCO")
    assert catalogue.find("NSE", "INFY") is None
    assert catalogue.loaded_at == NOW + timedelta(days=1)


def test_a_missing_or_broken_file_is_told_and_a_later_one_is_used(catalogue):
    catalogue.path.rename(f"{catalogue.path}.away")
    with pytest.raises(InstrumentsError):
        catalogue.find("NSE", "INFY")
    catalogue.path.write_text(
        "this is no database, and longer than a header of one would be " * 20, encoding="ascii"
    )
    with pytest.raises(InstrumentsError):
        _ = catalogue.loaded_at
    load_bundled(catalogue.path, NOW)
    assert catalogue.find("NSE", "INFY")


def test_threads_read_while_the_file_is_replaced(catalogue):
    missed, until = [], time.monotonic() + 0.5

    def read():
        while time.monotonic() < until:
            if catalogue.find("NSE", "INFY") is None:
                missed.append(1)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    while time.monotonic() < until:
        load_bundled(catalogue.path, NOW)
    for thread in threads:
        thread.join()
    assert not missed


def test_a_suggestion_looks_at_few_rows_of_a_catalogue_of_the_real_size(tmp_path, opened):
    fixed = {
        "exchange": "NFO",
        "name": "",
        "segment": "NFO-OPT",
        "instrument_type": "CE",
        "expiry": "2026-12-29",
    }
    fixed |= {"strike": "1", "tick_size": "0.05", "lot_size": "75", "last_price": "1"}
    rows = (
        fixed | {"tradingsymbol": f"NIFTY26{month:03}{strike}CE"}
        for month in range(300)
        for strike in range(10_000, 10_100)
    )
    assert load(tmp_path / "big.db", table(rows), NOW).count == 30_000
    catalogue = opened(Catalogue(tmp_path / "big.db"))
    looked_at = []
    with catalogue._readers.borrow() as reader:  # the next question gets the same one
        reader.connection.set_progress_handler(lambda: looked_at.append(100), 100)
    assert catalogue.nearest("NFO", "NIFTY2600010000PE") != []
    assert sum(looked_at) < 30_000, "steps of SQLite, one at least for each row that is looked at"
