"""What came of presses: each counts in every step that it reached, and nothing unknown is called
placed.
"""

from datetime import date, datetime
from decimal import Decimal

import pytest

from kite.basket.hours import trading_calendar
from kite.publishing import figures
from kite.publishing.figures import Attribution, Funnel
from kite.store.publishing.presses import PressSource, Tally
from kite.vocabulary import IST, State

NOW = datetime(2026, 11, 20, 0, 5, tzinfo=IST)


SUMS = {"orders": 10, "filled": 7, "bought": Decimal("1448.35"), "sold": Decimal("3000.05")}
MONEY = {name: SUMS[name] for name in ("bought", "sold")}


@pytest.mark.parametrize(
    ("tally", "funnel"),
    [
        (Tally(State.PREPARED, False, False, False, 2, orders=10), Funnel(pressed=2)),
        (
            Tally(State.HANDED_OFF, True, False, False, 2, orders=10),
            Funnel(pressed=2, handed_off=2, waiting=2, orders=10),
        ),
        (
            Tally(State.UNKNOWN, True, False, False, 2, **SUMS),
            Funnel(pressed=2, handed_off=2, unknown=2, **SUMS),
        ),
        (
            Tally(State.CANCELLED, True, False, False, 2, orders=10),
            Funnel(pressed=2, handed_off=2, back=2, cancelled=2, orders=10),
        ),
        (Tally(State.CANCELLED, False, False, False, 2, **SUMS), Funnel(pressed=2, **MONEY)),
        (
            Tally(State.RETURNED, True, False, False, 2, orders=10),
            Funnel(pressed=2, handed_off=2, back=2, orders=10),
        ),
        (
            Tally(State.RETURNED, False, False, False, 2, orders=10),
            Funnel(pressed=2, handed_off=2, back=2, orders=10),
        ),
        (
            Tally(State.SETTLED, True, True, False, 2, orders=10),
            Funnel(pressed=2, handed_off=2, back=2, placed=2, orders=10),
        ),
        (
            Tally(State.RETURNED, True, True, True, 2, **SUMS),
            Funnel(pressed=2, handed_off=2, back=2, placed=2, some_filled=2, **SUMS),
        ),
        (Tally(State.RETURNED, True, True, True, 0, **SUMS), Funnel(**SUMS)),
    ],
)
def test_a_press_counts_in_every_step_that_it_reached_and_orders_by_themselves(tally, funnel):
    assert figures.funnel([tally]) == funnel


def test_baskets_and_days_add_up_to_the_whole():
    tallies = [
        Tally(State.SETTLED, True, True, True, 3, 6, 4, day=0, published_id="one"),
        Tally(State.UNKNOWN, True, False, False, 1, 2, 0, day=29, published_id="one"),
        Tally(State.HANDED_OFF, True, False, False, 5, 5, 0, day=29),
    ]
    begins = figures.last_days(NOW)
    days = figures.by_day(tallies, begins, trading_calendar())
    assert [funnel.pressed for funnel in figures.by_basket(tallies).values()] == [4, 5]
    assert (days[0].handed_off, days[0].some_filled, days[29].handed_off, days[29].some_filled) == (
        3,
        3,
        6,
        0,
    )
    assert sum(day.handed_off for day in days) == figures.funnel(tallies).handed_off == 9
    assert (figures.funnel(tallies).filled, figures.funnel(tallies).orders) == (4, 13)


WHATSAPP = PressSource(
    "l1", "client 7", '{"utm_source": "whatsapp", "utm_medium": "chat"}', "https://blog.example"
)
BLOG = PressSource("", "", "{}", "https://blog.example/five?x=1")
APP = PressSource("l2", "client 7", "{}", "myapp:/done")


@pytest.mark.parametrize(
    ("by", "presses"),
    [
        (Attribution.LINK, {"l2": 3, "l1": 2, "": 4}),
        (Attribution.REFERENCE, {"client 7": 5, "": 4}),
        (Attribution.CAMPAIGN, {"utm_source=whatsapp, utm_medium=chat": 2, "": 7}),
        (Attribution.SITE, {"https://blog.example": 6, "myapp": 3}),
    ],
)
def test_presses_are_told_apart_by_where_they_came_from_the_most_pressed_first(by, presses):
    tallies = [
        Tally(State.PREPARED, False, False, False, number, source=source)
        for number, source in [(2, WHATSAPP), (4, BLOG), (3, APP)]
    ]
    funnels = figures.by_source(tallies, by)
    assert {name: funnel.pressed for name, funnel in funnels.items()} == presses
    assert list(funnels) == list(presses)


def test_where_nothing_tells_where_presses_came_from_there_is_nothing_to_show():
    tallies = [Tally(State.PREPARED, False, False, False, 2)]
    assert [figures.by_source(tallies, by) for by in Attribution] == [{}] * 4
    assert figures.by_source([], Attribution.SITE) == {}


def test_the_last_thirty_days_are_those_of_india_and_say_when_markets_were_closed():
    begins = figures.last_days(NOW)
    days = {day.date: day.closed for day in figures.by_day([], begins, trading_calendar())}
    assert (begins[0], begins[-1]) == (datetime(2026, 10, 22, tzinfo=IST), datetime(2026, 11, 20, tzinfo=IST))
    assert days[date(2026, 11, 10)], "Diwali"
    assert days[date(2026, 11, 14)], "a Saturday"
    assert not days[date(2026, 11, 20)]


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [(0, 0, None), (0, 7, 0), (1, 1000, 1), (999, 1000, 99), (7, 7, 100), (1, 2, 50)],
)
def test_a_share_is_all_only_when_it_is_all(part, whole, expected):
    assert figures.percentage(part, whole) == expected


@pytest.mark.parametrize(
    ("campaign", "words"),
    [
        ("", ""),
        ('{"diwali": ""}', "diwali"),
        ('{"utm_source": "whatsapp", "utm_medium": "chat"}', "utm_source=whatsapp, utm_medium=chat"),
        ('{"spring": "", "utm_source": "x"}', "spring, utm_source=x"),
    ],
)
def test_a_campaign_is_written_as_it_was_typed(campaign, words):
    assert figures.campaign_words(campaign) == words
