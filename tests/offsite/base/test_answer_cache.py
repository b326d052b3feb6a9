"""What Kite answered a moment ago: good for its time, bounded, and asked about by one at a time."""

import threading
import weakref
from datetime import timedelta

from kite.offsite.base.answer_cache import AnswerCache
from tests.support.clock import START, Clock

LATER = START + timedelta(seconds=30)


class Answer:
    """What is kept: something of which one can see whether it is still held."""


def test_a_value_is_good_until_its_time():
    clock = Clock()
    memory = AnswerCache(clock)
    memory.put(("one", "basket"), 7, LATER)
    clock.advance(29)
    assert memory.get(("one", "basket")) == 7
    assert memory.get(("another", "basket")) is None
    clock.advance(1)
    assert memory.get(("one", "basket")) is None


def test_each_value_has_its_own_time_and_the_last_one_counts():
    clock = Clock()
    memory = AnswerCache(clock)
    memory.put("short", 1, START + timedelta(seconds=5))
    memory.put("long", 2, LATER)
    memory.put("again", 3, START + timedelta(seconds=5))
    memory.put("again", 4, LATER)
    clock.advance(5)
    assert [memory.get(name) for name in ("short", "long", "again")] == [None, 2, 4]
    memory.put("again", 5, START)
    assert memory.get("again") is None, "an answer that is over replaces the one before"


def test_the_one_not_asked_for_the_longest_goes_when_there_are_too_many():
    memory = AnswerCache(Clock(), most=2)
    for name in ("one", "two"):
        memory.put(name, name, LATER)
    assert memory.get("one") == "one"
    memory.put("three", "three", LATER)
    assert [memory.get(name) for name in ("one", "two", "three")] == ["one", None, "three"]


def test_five_hundred_answers_are_held_and_no_more():
    memory = AnswerCache(Clock())
    for number in range(501):
        memory.put(number, number, LATER)
    assert [number for number in range(501) if memory.get(number) is None] == [0]


def test_what_is_no_longer_good_is_not_held_on_to():
    clock = Clock()
    memory, answer = AnswerCache(clock), Answer()
    held = weakref.ref(answer)
    memory.put("funds", answer, LATER)
    del answer
    assert held() is not None
    clock.advance(31)
    memory.put("other", 1, LATER + timedelta(seconds=30))
    assert held() is None


def test_those_who_ask_the_same_take_turns_and_nobody_waits_for_ever():
    memory, results = AnswerCache(Clock()), []

    def ask():
        with memory.take_turn("same", 0.01) as has_turn:
            results.append(has_turn)

    with memory.take_turn("same", 1) as first, memory.take_turn("other", 1) as second:
        late = threading.Thread(target=ask)
        late.start()
        late.join()
    ask()
    assert (first, second, results) == (True, True, [False, True])
