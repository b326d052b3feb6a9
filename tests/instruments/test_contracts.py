"""What is offered in place of a contract that has expired or is gone from the list."""

from datetime import date, datetime

import pytest

from kite.instruments.catalogue import Catalogue
from kite.instruments.catalogue_writer import load_bundled
from kite.instruments.contracts import next_contracts
from kite.vocabulary import IST

NOW = datetime(2026, 11, 20, 8, 30, tzinfo=IST)


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory):
    path = tmp_path_factory.mktemp("contracts") / "instruments.db"
    load_bundled(path, NOW)
    catalogue = Catalogue(path)
    yield catalogue
    catalogue.close()


def named(catalogue, exchange, symbol, today=None):
    return [
        contract.tradingsymbol
        for contract in next_contracts(catalogue, exchange, symbol, today or NOW.date())
    ]


@pytest.mark.parametrize(
    ("exchange", "gone", "following"),
    [
        ("NFO", "NIFTY26OCTFUT", ["NIFTY26NOVFUT", "NIFTY26DECFUT"]),
        ("NFO", "BANKNIFTY25JANFUT", ["BANKNIFTY26NOVFUT", "BANKNIFTY26DECFUT"]),
        ("NFO", "NIFTY26OCT25500CE", ["NIFTY26NOV25500CE", "NIFTY26DEC25500CE"]),
        ("NFO", "NIFTY26OCT25500PE", ["NIFTY26NOV25500PE", "NIFTY26DEC25500PE"]),
        ("NFO", "NIFTY26N1725500PE", ["NIFTY26NOV25500PE", "NIFTY26DEC25500PE"]),
        ("CDS", "USDINR26OCTFUT", ["USDINR26NOVFUT", "USDINR26DECFUT"]),
        ("MCX", "CRUDEOIL26OCTFUT", ["CRUDEOIL26NOVFUT", "CRUDEOIL26DECFUT"]),
        ("BFO", "SENSEX26OCTFUT", ["SENSEX26NOVFUT", "SENSEX26DECFUT"]),
        ("NFO", "NIFTY26OCT1CE", []),
        ("BFO", "NIFTY26OCTFUT", []),
        ("NFO", "NOSUCH26OCTFUT", []),
    ],
)
def test_the_next_contracts_of_the_same_name_kind_and_strike_follow(catalogue, exchange, gone, following):
    assert named(catalogue, exchange, gone) == following


@pytest.mark.parametrize(
    "symbol",
    [
        "",
        "INFY",
        "FUT",
        "26OCTFUT",
        "M&M",
        "NIFTY 50",
        "NIFTY26OCT",
        "' or 1=1 --26OCTFUT",
        "%26OCTFUT",
        "x" * 10_000,
        "A26OCT\0FUT",
    ],
)
def test_what_is_no_contract_is_followed_by_nothing(catalogue, symbol):
    assert named(catalogue, "NFO", symbol) == []


def test_in_a_list_of_last_week_the_expired_one_is_passed_over(catalogue):
    assert named(catalogue, "NFO", "NIFTY26NOVFUT", date(2026, 11, 24)) == ["NIFTY26DECFUT", "NIFTY27JANFUT"]
    assert named(catalogue, "NFO", "NIFTY26NOVFUT", date(2026, 11, 25)) == ["NIFTY26DECFUT", "NIFTY27JANFUT"]
    assert named(catalogue, "NFO", "NIFTY26OCTFUT", date(2026, 11, 25)) == ["NIFTY26DECFUT", "NIFTY27JANFUT"]
    assert named(catalogue, "NFO", "NIFTY26OCTFUT", date(2030, 1, 1)) == []
