"""Contracts and lots in a written order: looked up where one is meant, refused where it could be
another.
"""

from calendar import month_name
from datetime import date
from decimal import Decimal

import pytest

from kite.basket.formats.written_order import read_line
from kite.basket.items import Instrument
from kite.exceptions import BasketError
from kite.instruments.catalogue import Catalogue
from kite.instruments.catalogue_writer import load_bundled
from kite.instruments.contract_names import ContractNames
from tests.support.clock import Clock


@pytest.fixture(scope="module")
def names(tmp_path_factory):
    now = Clock()()
    catalogue = Catalogue(tmp_path_factory.mktemp("names") / "instruments.db")
    load_bundled(catalogue.path, now)
    yield ContractNames(catalogue, now.date())
    catalogue.close()


@pytest.mark.parametrize(
    ("line", "symbol", "exchange", "quantity"),
    [
        ("sell 1 lot NIFTY DEC FUT market", "NIFTY26DECFUT", "NFO", "75"),
        ("sell 2 lots of nifty fut dec", "NIFTY26DECFUT", "NFO", "150"),
        ("buy 75 nifty 29 dec fut", "NIFTY26DECFUT", "NFO", "75"),
        ("buy 75 nifty 29dec26 fut", "NIFTY26DECFUT", "NFO", "75"),
        ("buy 75 nifty december 2026 futures", "NIFTY26DECFUT", "NFO", "75"),
        ("buy 75 nifty dec 26 fut", "NIFTY26DECFUT", "NFO", "75"),
        ("buy 75 nifty dec 29 fut", "NIFTY26DECFUT", "NFO", "75"),
        ("buy nifty 29 dec 26000 ce 1 lot @ 214", "NIFTY26DEC26000CE", "NFO", "75"),
        ("buy 1 lot nifty 26,000 29dec call", "NIFTY26DEC26000CE", "NFO", "75"),
        ("buy 1 lot nifty 26000ce 29dec", "NIFTY26DEC26000CE", "NFO", "75"),
        ("buy 1 lot nifty26dec26000pe", "NIFTY26DEC26000PE", "NFO", "75"),
        ("sell 3 lot nifty26decfut", "NIFTY26DECFUT", "NFO", "225"),
        ("buy 2 lots nfo:infy dec fut", "INFY26DECFUT", "NFO", "800"),
        ("buy 1 lot usdinr dec fut bcd", "USDINR26DECFUT", "BCD", "1"),
        ("buy 3 lots goldpetal dec fut", "GOLDPETAL26DECFUT", "MCX", "3"),
        ("buy 1 lot sensex dec fut", "SENSEX26DECFUT", "BFO", "20"),
    ],
)  # fmt: skip
def test_lots_and_contracts_are_looked_up(names, line, symbol, exchange, quantity):
    row = read_line(line, names)
    assert (row["tradingsymbol"], row["exchange"], row["quantity"]) == (symbol, exchange, quantity)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("sell 1 lot nifty fut", "“nifty fut” could be NIFTY26NOVFUT, NIFTY26DECFUT or another."),
        ("sell 1 lot usdinr dec fut", "“usdinr dec fut” could be CDS:USDINR26DECFUT or BCD:USDINR26DECFUT."),
        ("sell 1 lot usdinr26decfut", "“USDINR26DECFUT” could be CDS:USDINR26DECFUT or BCD:USDINR26DECFUT."),
        ("sell 1 lot nifty dec 26000 ce", "“nifty dec 26000 ce” could be NIFTY26D0126000CE, NIFTY26D0826000CE or another."),
        ("sell 1 lot nifty jun fut", "No contract “nifty jun fut” is listed."),
        ("sell 1 lot nifty dec 1 ce", "No contract “nifty dec 1 ce” is listed."),
        ("sell 1 lot nifty dec ce", "“nifty dec ce” names no contract. Write it like NIFTY DEC FUT or NIFTY DEC 26000 CE."),
        ("sell 1 lot nifty 5 6 7 dec fut", "“nifty 5 6 7 dec fut” names no contract. Write it like NIFTY DEC FUT or NIFTY DEC 26000 CE."),
        ("sell 1 lot fut", "No contract “lot fut” is listed."),
        ("dec fut", "Before “fut” the name of the instrument is missing."),
        ("sell 1 lot infy", "“INFY” could be NSE:INFY or BSE:INFY."),
        ("sell 1 lot nse:infy", "INFY is not traded in lots. Write the quantity."),
        ("sell 1 lot nosuch", "No contract “NOSUCH” is listed."),
        ("sell 1.5 lots nifty26decfut", "“1.5” is no number of lots."),
        ("sell 1,0 lots nifty26decfut", "“1,0” is no number of lots."),
        (f"sell {'9' * 400} lots nifty26decfut", f"“{'9' * 400}” is no number of lots."),
        ("sell 1 lot bank nifty dec fut", "Both “nifty dec fut” and “BANK” could be the instrument. Keep one."),
        ("sell lot nifty dec fut", "Lots are not counted here. Write the quantity in units."),
    ],
)  # fmt: skip
def test_what_could_be_another_contract_is_refused_and_named(names, line, words):
    with pytest.raises(BasketError) as refused:
        read_line(line, names)
    assert str(refused.value) % refused.value.params == words


def test_an_expired_contract_is_not_meant(names):
    later = ContractNames(names.catalogue, date(2026, 12, 30))
    with pytest.raises(BasketError, match="No contract"):
        read_line("sell 1 lot nifty dec fut", later)


@pytest.mark.parametrize("number", range(1, 13))
def test_months_are_read_by_their_whole_names_and_their_first_letters(number):
    months = []

    def any_month(contract):
        months.append(contract.month)
        return []

    name = month_name[number]
    for month in (name, name[:3], *(["Sept"] if number == 9 else [])):
        months.clear()
        with pytest.raises(BasketError):
            read_line(f"buy 1 x {month} fut", any_month)
        assert set(months) == {number}, month


def test_a_day_and_a_year_that_are_both_possible_are_not_guessed():
    def two(contract):
        days = [date(2026, 12, 26), date(2026, 12, 29)]
        return [
            Instrument(f"X{day:%d}", "NFO", "X", "NFO-FUT", "FUT", day, Decimal(0), Decimal(1), 1, Decimal(1))
            for day in days
            if contract.day in (0, day.day) and contract.year in (0, day.year)
        ]

    with pytest.raises(BasketError) as refused:
        read_line("buy 1 x dec 26 fut", two)
    assert set(refused.value.params.values()) == {"x dec 26 fut", "X26", "X29"}
    assert read_line("buy 1 x 29 dec 26 fut", two)["tradingsymbol"] == "X29"
