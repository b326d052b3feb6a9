"""Hints about market hours, on both sides of every edge."""

from datetime import UTC, date, datetime

import pytest

from kite.basket.hours import HOLIDAYS, HOLIDAYS_KNOWN, TRADING_HOURS, opening_hints, trading_calendar
from kite.vocabulary import IST, Exchange, Variety
from tests.support.baskets import item


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=IST)


def hints_at(now, exchange="NSE", variety=Variety.REGULAR, more=()):
    known = trading_calendar(frozenset(map(date.fromisoformat, more)))
    return [
        (hint.code, hint.opens)
        for hint in opening_hints([item(exchange=Exchange(exchange), variety=variety)], at(now), known)
    ]


@pytest.mark.parametrize(
    ("now", "exchange", "opens"),
    [
        ("2026-11-20T09:14:59", "NSE", "2026-11-20T09:15"),
        ("2026-11-20T09:15:00", "NSE", None),
        ("2026-11-20T15:29:59", "NFO", None),
        ("2026-11-20T15:30:00", "NFO", "2026-11-23T09:15"),
        ("2026-11-21T11:00:00", "BSE", "2026-11-23T09:15"),
        ("2026-11-23T16:00:00", "BSE", "2026-11-25T09:15"),
        ("2026-11-24T11:00:00", "NSE", "2026-11-25T09:15"),
        ("2026-11-24T11:00:00", "MCX", None),
        ("2026-11-20T23:29:59", "MCX", None),
        ("2026-11-20T23:30:00", "MCX", "2026-11-23T09:00"),
        ("2026-11-20T08:59:59", "CDS", "2026-11-20T09:00"),
        ("2026-11-20T16:59:59", "BCD", None),
        ("2026-12-24T20:00:00", "BFO", "2026-12-28T09:15"),
    ],
)
def test_outside_its_session_an_exchange_is_called_closed_until_the_next_one(now, exchange, opens):
    assert hints_at(now, exchange) == ([("closed", at(opens))] if opens else [])


def test_an_after_market_order_is_pointed_out_while_the_market_is_open():
    assert [code for code, _ in hints_at("2026-11-20T11:00:00", variety=Variety.AMO)] == ["amo"]
    assert hints_at("2026-11-20T20:00:00", variety=Variety.AMO) == []


def test_exchanges_with_the_same_hours_are_told_together_and_others_apart():
    items = [item(exchange=exchange) for exchange in (Exchange.BSE, Exchange.MCX, Exchange.NSE, Exchange.NSE)]
    hints = opening_hints(items, at("2026-11-21T11:00:00"), trading_calendar())
    assert [hint.exchanges for hint in hints] == [("BSE", "NSE"), ("MCX",)]


def test_the_hour_is_that_of_india():
    assert opening_hints([item()], datetime(2026, 11, 20, 3, 45, tzinfo=UTC), trading_calendar()) == []
    assert opening_hints([item()], datetime(2026, 11, 20, 3, 44, tzinfo=UTC), trading_calendar()) != []


def test_every_exchange_has_hours_and_every_holiday_lies_in_the_days_that_are_known():
    assert sorted(exchange for hours in TRADING_HOURS for exchange in hours.exchanges) == sorted(Exchange)
    assert all(HOLIDAYS_KNOWN[0] <= day <= HOLIDAYS_KNOWN[1] and day.weekday() < 5 for day in HOLIDAYS)


REPUBLIC_DAY = "2027-01-26"


@pytest.mark.parametrize(
    ("now", "exchange", "codes"),
    [
        ("2026-12-31T11:00:00", "NSE", []),
        ("2026-12-31T15:30:00", "NSE", ["closed", "unknown"]),
        ("2027-01-01T11:00:00", "NSE", ["unknown"]),
        ("2027-01-01T08:00:00", "BFO", ["closed", "unknown"]),
        ("2027-01-02T11:00:00", "NFO", ["closed", "unknown"]),
        ("2027-01-26T11:00:00", "BSE", ["unknown"]),
        ("2027-01-26T11:00:00", "MCX", []),
        ("2027-01-01T17:00:00", "CDS", ["closed"]),
    ],
)
def test_after_the_last_known_day_it_is_said_that_nobody_here_knows(now, exchange, codes):
    assert [code for code, _ in hints_at(now, exchange)] == codes


def test_a_year_that_a_setting_brings_is_known():
    assert hints_at("2027-01-26T11:00:00", more=[REPUBLIC_DAY]) == [("closed", at("2027-01-27T09:15:00"))]
    assert hints_at("2027-12-31T11:00:00", more=[REPUBLIC_DAY]) == []
    assert [code for code, _ in hints_at("2027-12-31T20:00:00", more=[REPUBLIC_DAY])] == ["closed", "unknown"]
    assert [code for code, _ in hints_at("2026-12-25T11:00:00", more=[REPUBLIC_DAY])] == ["closed"], (
        "what this release knows stays"
    )


@pytest.mark.parametrize(
    ("days", "until"),
    [
        ([], "2026-12-31"),
        (["2026-12-24"], "2026-12-31"),
        ([REPUBLIC_DAY], "2027-12-31"),
        ([REPUBLIC_DAY, "2028-01-26"], "2028-12-31"),
        (["2028-01-26"], "2026-12-31"),
    ],
)
def test_holidays_are_known_as_far_as_there_is_no_gap(days, until):
    known = trading_calendar(frozenset(map(date.fromisoformat, days)))
    assert known.known_until == date.fromisoformat(until)
    assert known.holidays == HOLIDAYS | set(map(date.fromisoformat, days))
