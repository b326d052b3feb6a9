"""One change against the tests that reach it."""

import itertools
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tools.mutants.changes import Change
from tools.mutants.reach import Reach
from tools.mutants.runs import Workplace

STEPS = (3.0, 15.0, 60.0)
"""After how many seconds of tests a run ends and the next begins. Each run loads the files of its tests, and
most changes are noticed by the first tests.
"""

PATIENCE, TIMES = 60.0, 5.0
"""A run hangs when it takes this many seconds more than this many times what its tests usually take."""

NOTHING_SELECTED = 5
"""How pytest ends when the change took away all tests of the list, which are made from a table."""

COUNT = itertools.count(1)


@dataclass(frozen=True)
class Verdict:
    """Whether a change was noticed, and how. `witness` is the test that failed, "" without one: when the
    program did not start, or its tests did not end.
    """

    change: Change
    noticed: bool
    how: str
    witness: str = ""


def judge(workplace: Workplace, change: Change, tests: Sequence[str], reach: Reach, most: float) -> Verdict:
    """Run the tests of a change until one of them fails, or until they came to `most` seconds."""
    if not tests:
        return Verdict(change, False, "no test reaches it")
    asked = _first_tests(tests, reach, most)
    file = workplace.tree / change.path
    before = file.stat()
    file.write_text(change.code, encoding="utf-8")
    # Python tells a compiled module's age by seconds and its size: no two changes may look alike.
    os.utime(file, (before.st_atime, before.st_mtime + next(COUNT)))
    try:
        for batch in _batches(asked, reach):
            run = workplace.run_tests(batch, usual_limit(reach, batch), "-x")
            if run.hung:
                return Verdict(change, True, "hung")
            if witness := run.first_failure:
                return Verdict(change, True, witness, witness)
            if run.exit_code < 0:  # by somebody else, or for its memory: that says nothing
                return Verdict(change, False, "its run was killed")
            if run.exit_code not in (0, NOTHING_SELECTED):
                return Verdict(change, True, "does not start")
    finally:
        file.write_text(change.original, encoding="utf-8")
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    return Verdict(change, False, f"{len(asked)} of the {len(tests)} tests that reach it were run")


def usual_limit(reach: Reach, tests: Sequence[str]) -> float:
    """Return after how many seconds a run of these tests hangs."""
    return PATIENCE + TIMES * sum(reach.seconds[test] for test in tests)


def _first_tests(tests: Sequence[str], reach: Reach, most: float) -> list[str]:
    ends = itertools.accumulate(reach.seconds[test] for test in tests)
    return [test for test, end in zip(tests, ends, strict=True) if end <= most] or list(tests[:1])


def _batches(tests: Sequence[str], reach: Reach) -> Iterator[list[str]]:
    """Yield the tests in a few runs, the short ones first."""
    steps = iter(STEPS)
    batch: list[str] = []
    seconds, end = 0.0, next(steps)
    for test in tests:
        batch.append(test)
        seconds += reach.seconds[test]
        if seconds >= end:
            yield batch
            batch, seconds, end = [], 0.0, next(steps, float("inf"))
    if batch:
        yield batch
