"""The catalogue as one basket sees it."""

from datetime import datetime

import pytest

from kite.instruments.catalogue import Catalogue
from kite.instruments.catalogue_writer import load_bundled
from kite.instruments.lookup import Lookup
from kite.vocabulary import IST

NOW = datetime(2026, 11, 20, 8, 30, tzinfo=IST)
TODAY = NOW.date()


@pytest.fixture
def catalogue(tmp_path, opened):
    load_bundled(tmp_path / "instruments.db", NOW)
    return opened(Catalogue(tmp_path / "instruments.db"))


@pytest.fixture
def queries(catalogue, monkeypatch):
    """Count what the catalogue is asked for, one symbol at a time."""
    names = []
    find = Catalogue.find
    monkeypatch.setattr(Catalogue, "find", lambda self, *name: (names.append(name), find(self, *name))[1])
    return names


def test_every_symbol_is_asked_for_once(catalogue, queries):
    lookup = Lookup(catalogue)
    assert [lookup.find("NSE", symbol) and symbol for symbol in ("INFY", "INFY", "NOSUCH", "NOSUCH", "")] == [
        "INFY",
        "INFY",
        None,
        None,
        None,
    ]
    assert queries == [("NSE", "INFY"), ("NSE", "NOSUCH")]


def test_many_are_looked_up_in_one_go(catalogue, queries):
    lookup = Lookup(catalogue)
    lookup.read([("NSE", "INFY"), ("BSE", "INFY"), ("NSE", "NOSUCH")])
    instruments = [lookup.find(*name) for name in (("NSE", "INFY"), ("BSE", "INFY"), ("NSE", "NOSUCH"))]
    assert [instrument and instrument.exchange for instrument in instruments] == ["NSE", "BSE", None]
    assert queries == []


def test_near_symbols_are_looked_up_a_few_times_only(catalogue):
    lookup = Lookup(catalogue, suggestions=2)
    assert [bool(lookup.nearest("NSE", "INFI", TODAY)) for _ in range(3)] == [True, True, False]


def test_after_an_expired_contract_come_its_next_ones_and_nothing_that_only_looks_like_it(catalogue):
    assert [
        near.tradingsymbol for near in Lookup(catalogue).nearest("NFO", "NIFTY26OCTFUT", TODAY, expired=True)
    ][:1] == ["NIFTY26NOVFUT"]
    assert Lookup(catalogue).nearest("NSE", "INFI", TODAY, expired=True) == []


def test_without_a_catalogue_nothing_is_found():
    lookup = Lookup(None)
    lookup.read([("NSE", "INFY")])
    assert lookup.find("NSE", "INFY") is lookup.find("BSE", "INFY") is None
    assert lookup.nearest("NSE", "INFI", TODAY) == []
