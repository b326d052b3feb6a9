"""A list of instruments of the size and shape of Kite's own: every exchange, every kind of symbol,
lot, tick and expiry. All names are invented.

What exists only where baskets cannot trade is there too: NCO shares its symbols with MCX and has
some of its own, NSEIX has an index.
"""

import csv
import io
import random
import string
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

ROWS = 120_000
TODAY = date(2026, 11, 20)
"""The day of the list: that of the clock with which tests begin."""

HEADER = "instrument_token,exchange_token,tradingsymbol,name,last_price,expiry,strike,tick_size,lot_size,instrument_type,segment,exchange"
WORDS = (
    *(
        "RELIANCE",
        "INDUSTRIES",
        "TATA",
        "STEEL",
        "BANK",
        "OF",
        "INDIA",
        "POWER",
        "FINANCE",
        "INFRA",
        "TECH",
        "LABS",
        "PHARMA",
        "MOTORS",
        "AUTO",
    ),
    *(
        "CEMENT",
        "GLOBAL",
        "HOLDINGS",
        "MAHINDRA",
        "GREEN",
        "TEXTILE",
        "MILLS",
        "SUGAR",
        "ETF",
        "GOLD",
        "PAPER",
        "CHEMICALS",
        "FOODS",
        "MEDIA",
    ),
)
SHARES = (
    "INFY",
    "SBIN",
    "RELIANCE",
    "HDFCBANK",
    "TCS",
    "ITC",
    "TATASTEEL",
    "M&M",
    "M&MFIN",
    "BAJAJ-AUTO",
    "NAM-INDIA",
    "20MICRONS",
    "3MINDIA",
)
"""Symbols that tests name; with an ampersand, a dash, a digit at the beginning."""

TICKS = ("0.01", "0.05", "0.1", "0.5", "1")
SMALL = {"VANALATA-SM": 1200, "KESARIYA-SM": 600, "DHRUVTAL-ST": 3000, "NILAMBAR-RE-ST": 2000}
"""Shares of small companies on NSE, with their lots."""

BONDS = (
    *(
        ("812NHAI34-N0", "", 1),
        ("793RECL29-N4", "", 1),
        ("655GS2031-GS", "GOI LOAN   6.55% 2031", 1),
        ("731KA33-SG", "SDL KA 7.31% 2033", 100),
    ),
    *(("364D110227-TB", "GOI TBILL 364D-11/02/27", 100), ("182D150127-TB", "GOI TBILL 182D-15/01/27", 100)),
)
"""Bonds and bills: symbol, name (bonds have none), lot."""

INDICES = (
    *(
        ("NIFTY 50", "NSE"),
        ("NIFTY BANK", "NSE"),
        ("INDIA VIX", "NSE"),
        ("SENSEX", "BSE"),
        ("SENSEX50", "BSE"),
        ("MCXMETLDEX", "MCX"),
    ),
    ("GIFT NIFTY", "NSEIX"),
)
ELSEWHERE = ("NICKELMINI", "ALUMINI")
"""What only NCO lists."""

LETTERS = "123456789OND"
"""The months in the symbol of a week's contract."""


@dataclass(frozen=True)
class Underlying:
    """What contracts are made of: which expiries, and strikes `step` apart around `price`."""

    name: str
    exchange: str
    lot: int
    price: int
    step: float
    strikes: int
    expiries: Sequence[tuple[str, date]]
    tick: str = "0.05"


Row = Sequence[object]


def last(weekday: int, year: int, month: int) -> date:
    """Return the last Monday (0) to Sunday (6) of a month."""
    end = (date(year, month, 28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    return end - timedelta(days=(end.weekday() - weekday) % 7)


def monthly(weekday: int, count: int) -> list[tuple[str, date]]:
    """Return the next `count` expiries of months, as symbols write them and as dates."""
    months = [
        (TODAY.year + (TODAY.month - 1 + ahead) // 12, (TODAY.month - 1 + ahead) % 12 + 1)
        for ahead in range(count + 1)
    ]
    days = [last(weekday, *month) for month in months]
    return [(f"{day:%y%b}".upper(), day) for day in days if day >= TODAY][:count]


def weekly(weekday: int, weeks: int, months: int) -> list[tuple[str, date]]:
    """Return the next expiries of weeks and months; in the week of a month's there is no other."""
    of_months = monthly(weekday, months)
    first = TODAY + timedelta(days=(weekday - TODAY.weekday()) % 7)
    days = [first + timedelta(days=7 * week) for week in range(weeks)]
    monthly_days = {day for _, day in of_months}
    return [
        *((f"{day:%y}{LETTERS[day.month - 1]}{day:%d}", day) for day in days if day not in monthly_days),
        *of_months,
    ]


def rows(count: int = ROWS) -> Iterator[Row]:
    """Yield `count` rows: everything that is odd, then as much of the ordinary as there is room
    for.
    """
    chance = random.Random(7)
    head = [*_shares(), *_odd_shares(), *_indices(), *_commodities(), *_currencies()]
    yield from head[:count]
    bulk = _bulk(chance)
    for _, row in zip(range(count - len(head)), bulk, strict=False):
        yield row


def as_csv(count: int = ROWS) -> bytes:
    """Return the file as Kite would send it."""
    file = io.StringIO()
    file.write(f"{HEADER}\n")
    writer = csv.writer(file, lineterminator="\n")
    for number, row in enumerate(rows(count)):
        writer.writerow([number * 256 + 1, number, *row])
    return file.getvalue().encode()


def _shares() -> Iterator[Row]:
    for number, symbol in enumerate(SHARES):
        name = f"{symbol} LIMITED".replace("&", " & ").replace("-", " ")
        yield symbol, name, 100.5 + number, "", 0, TICKS[number % len(TICKS)], 1, "EQ", "NSE", "NSE"
        yield symbol, name, 0, "", 0, "0.05", 1, "EQ", "BSE", "BSE"
    yield "HALFTICK", "HALF TICK", 312.5, "", 0, "0.5", 1, "EQ", "NSE", "NSE"
    yield "512345", "TEXTILE MILLS", 12.4, "", 0, "0.01", 1, "EQ", "BSE", "BSE"


def _odd_shares() -> Iterator[Row]:
    for symbol, lot in SMALL.items():
        yield symbol, symbol.partition("-")[0], 0, "", 0, "0.05", lot, "EQ", "NSE", "NSE"
    yield "CRESTLINE-BE", "CRESTLINE", 0, "", 0, "0.01", 1, "EQ", "NSE", "NSE"
    for symbol, name, lot in BONDS:
        yield symbol, name, 0, "", 0, "0.01", lot, "EQ", "NSE", "NSE"


def _indices() -> Iterator[Row]:
    for symbol, exchange in INDICES:
        yield symbol, symbol, 0, "", 0, 0, int(exchange == "MCX"), "EQ", "INDICES", exchange


def _commodities() -> Iterator[Row]:
    # NCO lists the same contracts under the same symbols, and some that MCX does not have.
    for exchange, names in (
        ("MCX", ("GOLD", "GOLDM", "CRUDEOIL", "CRUDEOILM", "SILVER")),
        ("NCO", ("GOLD", "CRUDEOILM", "SILVER", *ELSEWHERE)),
    ):
        for name in names:
            price, step = (8_500, 50) if name.startswith("CRUDE") else (150_000, 100)
            yield from _contracts(Underlying(name, exchange, 1, price, step, 40, monthly(4, 6), "1"))


def _currencies() -> Iterator[Row]:
    for exchange in ("CDS", "BCD"):
        for name, price in (("USDINR", 85), ("EURINR", 92)):
            yield from _contracts(Underlying(name, exchange, 1, price, 0.25, 20, weekly(4, 4, 6), "0.0025"))


def _bulk(chance: random.Random) -> Iterator[Row]:
    yield from _contracts(Underlying("NIFTY", "NFO", 65, 26_000, 50, 120, weekly(1, 6, 4)))
    yield from _contracts(Underlying("BANKNIFTY", "NFO", 30, 58_000, 100, 120, monthly(1, 4)))
    yield from _contracts(Underlying("SENSEX", "BFO", 20, 84_000, 100, 120, weekly(3, 5, 4)))
    yield from _contracts(Underlying("SENSEX50", "BFO", 75, 27_000, 50, 20, monthly(3, 3)))
    yield from _contracts(Underlying("TATASTEEL", "NFO", 2750, 180, 2.5, 40, monthly(1, 3), "0.01"))
    yield from _contracts(Underlying("M&M", "NFO", 200, 3000, 20, 40, monthly(1, 3)))
    yield from _contracts(Underlying("BAJAJ-AUTO", "NFO", 75, 9000, 100, 40, monthly(1, 3), "0.1"))
    symbols = sorted(
        {"".join(chance.choices(string.ascii_uppercase, k=chance.randint(3, 10))) for _ in range(9000)}
        - {*SHARES, *ELSEWHERE}
    )
    for symbol in symbols:
        name = " ".join(chance.sample(WORDS, 3))
        for exchange in ("NSE", "BSE"):
            yield (
                symbol,
                name,
                chance.randint(1, 50_000) / 10,
                "",
                0,
                chance.choice(TICKS),
                1,
                "EQ",
                exchange,
                exchange,
            )
    for number, symbol in enumerate(symbols):
        exchange = "BFO" if number % 4 == 3 else "NFO"
        yield from _contracts(
            Underlying(
                symbol,
                exchange,
                chance.randint(1, 60) * 25,
                1000,
                2.5 if number % 3 else 20,
                60,
                monthly(1, 3),
            )
        )


def _contracts(of: Underlying) -> Iterator[Row]:
    for symbol_part, expiry in of.expiries:
        if symbol_part[-1].isalpha():  # weeks have no futures
            yield (
                f"{of.name}{symbol_part}FUT",
                of.name,
                of.price,
                expiry,
                0,
                of.tick,
                of.lot,
                "FUT",
                f"{of.exchange}-FUT",
                of.exchange,
            )
        for place in range(-of.strikes // 2, of.strikes // 2):
            strike = f"{of.price + place * of.step:.10g}"
            for kind in ("CE", "PE"):
                yield (
                    f"{of.name}{symbol_part}{strike}{kind}",
                    of.name,
                    0,
                    expiry,
                    strike,
                    of.tick,
                    of.lot,
                    kind,
                    f"{of.exchange}-OPT",
                    of.exchange,
                )
