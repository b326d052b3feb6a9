"""What came of presses: each counts in every step that it reached, and nothing unknown is called placed."""

from datetime import date, datetime

import pytest

from kite.basket.hours import calendar
from kite.publishing import figures
from kite.publishing.figures import Funnel
from kite.store.presses import Tally
from kite.vocabulary import IST, State

NOW = datetime(2026, 11, 20, 0, 5, tzinfo=IST)


@pytest.mark.parametrize(
    ("tally", "funnel"),
    [
        (Tally(State.PREPARED, False, "", 2), Funnel(pressed=2)),
        (Tally(State.HANDED_OFF, True, "", 2), Funnel(pressed=2, handed_off=2, waiting=2)),
        (Tally(State.UNKNOWN, True, ",filled,", 2), Funnel(pressed=2, handed_off=2, unknown=2)),
        (Tally(State.CANCELLED, True, "", 2), Funnel(pressed=2, handed_off=2, back=2, cancelled=2)),
        (Tally(State.CANCELLED, False, "", 2), Funnel(pressed=2)),
        (Tally(State.RETURNED, True, "", 2), Funnel(pressed=2, handed_off=2, back=2)),
        (Tally(State.RETURNED, False, "", 2), Funnel(pressed=2, handed_off=2, back=2)),
        (Tally(State.SETTLED, True, ",missing,", 2), Funnel(pressed=2, handed_off=2, back=2)),
        (Tally(State.SETTLED, True, ",missing,rejected,", 2), Funnel(pressed=2, handed_off=2, back=2, placed=2)),
        (Tally(State.RETURNED, True, ",open,partly_filled,", 2), Funnel(pressed=2, handed_off=2, back=2, placed=2, filled=2)),
    ],
)
def test_a_press_counts_in_every_step_that_it_reached(tally, funnel):
    assert figures.funnel([tally]) == funnel


def test_baskets_and_days_add_up_to_the_whole():
    tallies = [
        Tally(State.SETTLED, True, ",filled,", 3, 0, "one"),
        Tally(State.UNKNOWN, True, "", 1, 29, "one"),
        Tally(State.HANDED_OFF, True, "", 5, 29, None),
    ]
    begins = figures.last_days(NOW)
    days = figures.by_day(tallies, begins, calendar())
    assert [each.pressed for each in figures.by_basket(tallies).values()] == [4, 5]
    assert (days[0].handed_off, days[0].filled, days[29].handed_off, days[29].filled) == (3, 3, 6, 0)
    assert sum(day.handed_off for day in days) == figures.funnel(tallies).handed_off == 9


def test_the_last_thirty_days_are_those_of_india_and_say_when_markets_were_closed():
    begins = figures.last_days(NOW)
    days = {day.date: day.closed for day in figures.by_day([], begins, calendar())}
    assert (begins[0], begins[-1]) == (datetime(2026, 10, 22, tzinfo=IST), datetime(2026, 11, 20, tzinfo=IST))
    assert days[date(2026, 11, 10)], "Diwali"
    assert days[date(2026, 11, 14)], "a Saturday"
    assert not days[date(2026, 11, 20)]


@pytest.mark.parametrize(("part", "whole", "said"), [(0, 0, None), (0, 7, 0), (1, 1000, 1), (999, 1000, 99), (7, 7, 100), (1, 2, 50)])
def test_a_share_is_all_only_when_it_is_all(part, whole, said):
    assert figures.share(part, whole) == said
