"""What Kite answered a moment ago: good for its time, bounded, and asked about by one at a time."""

import threading
from datetime import timedelta

from kite.offsite.base.answer_cache import AnswerCache
from tests.support.clock import START

LATER = START + timedelta(seconds=30)


def test_a_value_is_good_until_its_time():
    memory = AnswerCache()
    memory.put(("one", "basket"), 7, LATER)
    assert memory.get(("one", "basket"), LATER - timedelta(seconds=1)) == 7
    assert memory.get(("one", "basket"), LATER) is None
    assert memory.get(("another", "basket"), START) is None


def test_the_oldest_goes_when_there_are_too_many():
    memory = AnswerCache(most=2)
    for name in ("one", "two", "one", "three"):
        memory.put(name, name, LATER)
    assert [memory.get(name, START) for name in ("one", "two", "three")] == ["one", None, "three"]


def test_those_who_ask_the_same_take_turns_and_nobody_waits_for_ever():
    memory, results = AnswerCache(), []

    def ask():
        with memory.take_turn("same", 0.01) as has_turn:
            results.append(has_turn)

    with memory.take_turn("same", 1) as first, memory.take_turn("other", 1) as second:
        late = threading.Thread(target=ask)
        late.start()
        late.join()
    ask()
    assert (first, second, results) == (True, True, [False, True])
