"""`make mutants`: changes the code at random places, and ends with 1 when the tests notice too few changes.

It works in copies of the tree, never in the checkout. A survivor, which is a change that no test noticed,
needs a test; or, when the changed program does the same, an entry with a reason in same_program.txt.
"""

import argparse
import itertools
import os
import queue
import secrets
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import replace
from pathlib import Path

from tools.mutants.changes import Change, draw
from tools.mutants.reach import Reach, find_tests, measure
from tools.mutants.runs import ROOT, Workplace
from tools.mutants.same_program import read_same_programs
from tools.mutants.trial import Verdict, judge, usual_limit

PACKAGES = ("kite/offsite", "kite/basket", "kite/publishing")
"""Where a fault would send a wrong order, or tell a person something wrong about one."""

ENOUGH = 95.0
"""Percent of the changes that tests must notice."""


def main(arguments: Sequence[str]) -> int:
    """Draw changes, try them, and print the survivors."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    options = _parse(arguments)
    same_programs = read_same_programs()
    paths = sorted(path for name in options.packages for path in _modules(ROOT / name))
    drawn = draw(ROOT, paths, options.seed, set(same_programs))
    changes = list(itertools.islice(drawn, options.sample))
    print(
        f"{len(changes)} changes in {', '.join(options.packages)}. SEED={options.seed} draws them again.",
        flush=True,
    )
    with tempfile.TemporaryDirectory(prefix="kite-mutants-", ignore_cleanup_errors=True) as folder:
        workplaces = [Workplace(_make(Path(folder, str(number)))) for number in range(options.jobs)]
        began = time.monotonic()
        print("First all tests run once, to see which lines they execute.", flush=True)
        reach = measure(workplaces[0], options.reach or Path(folder, "reach"), PACKAGES)
        print(
            f"{len(reach.seconds)} tests passed in {_minutes(began)}; those that reach a change judge it.",
            flush=True,
        )
        if reach.failed:
            print("Not passed, so not asked:", *reach.failed, sep="\n  ", flush=True)
        verdicts = _try_all(workplaces, changes, reach, options.most)
        verdicts = _confirm(workplaces[0], verdicts, reach)
    return _report(verdicts, began)


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.mutants", description=__doc__)
    parser.add_argument(
        "packages", nargs="*", default=PACKAGES, help="folders or modules, instead of the usual three"
    )
    parser.add_argument("--sample", type=int, default=200, help="how many changes")
    parser.add_argument(
        "--seed", type=int, default=secrets.randbelow(10**6), help="draws the same changes again"
    )
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, help="how many changes are tried at once"
    )
    parser.add_argument(
        "--most", type=float, default=900.0, help="how many seconds of tests may go by for one change"
    )
    parser.add_argument(
        "--reach", type=Path, help="a folder that keeps which test reaches what for the next run"
    )
    return parser.parse_args(arguments)


def _modules(path: Path) -> list[Path]:
    return [path] if path.is_file() else list(path.rglob("*.py"))


def _make(folder: Path) -> Path:
    folder.parent.chmod(0o755)  # PostgreSQL runs as somebody else
    folder.mkdir()
    return folder


def _try_all(
    workplaces: Sequence[Workplace], changes: Sequence[Change], reach: Reach, most: float
) -> list[Verdict]:
    """Judge all changes, one at a time in each workplace, and print each verdict when it is there."""
    free: queue.SimpleQueue[Workplace] = queue.SimpleQueue()
    for workplace in workplaces:
        free.put(workplace)

    def try_one(change: Change, tests: Sequence[str]) -> Verdict:
        workplace = free.get()
        try:
            return judge(workplace, change, tests, reach, most)
        finally:
            free.put(workplace)

    verdicts = []
    pairs = zip(changes, find_tests(reach, changes, workplaces[0].tree), strict=True)
    with ThreadPoolExecutor(len(workplaces)) as pool:
        trials = [pool.submit(try_one, *pair) for pair in pairs]
        try:
            for number, trial in enumerate(as_completed(trials), 1):
                verdicts.append(trial.result())
                _print_verdict(f"{number:4}/{len(trials)}", verdicts[-1])
        except BaseException:  # Ctrl-C: nothing more begins, and what runs ends
            pool.shutdown(wait=False, cancel_futures=True)
            for workplace in workplaces:
                workplace.end()
            raise
    return verdicts


def _print_verdict(number: str, verdict: Verdict) -> None:
    word = "noticed    " if verdict.noticed else "NOT NOTICED"
    place = f"{verdict.change.path}:{verdict.change.lines[0]}"
    print(number, word, place, verdict.how, flush=True)
    if not verdict.noticed:
        print(verdict.change.diff, flush=True)


def _confirm(workplace: Workplace, verdicts: Sequence[Verdict], reach: Reach) -> list[Verdict]:
    """Run the witnesses without a change: one that fails there as well has noticed nothing."""
    witnesses = sorted({verdict.witness for verdict in verdicts} - {""})
    if not witnesses:
        return list(verdicts)
    run = workplace.run_tests(witnesses, usual_limit(reach, witnesses))
    if run.hung:
        raise SystemExit("The tests that noticed a change do not end without one.")
    return [
        replace(verdict, noticed=False, how=f"{verdict.witness} fails without the change as well")
        if verdict.witness and run.results.get(verdict.witness, (0, False))[1] is False
        else verdict
        for verdict in verdicts
    ]


def _report(verdicts: Sequence[Verdict], began: float) -> int:
    survivors = [verdict for verdict in verdicts if not verdict.noticed]
    for verdict in survivors:
        print(f"\n{verdict.change.diff}\n({verdict.how})")
    count = len(verdicts) - len(survivors)
    share = 100 * count / len(verdicts) if verdicts else 0.0
    hung = sum(verdict.how == "hung" for verdict in verdicts)
    print(f"\n{count} of {len(verdicts)} changes were noticed: {share:.1f} %, in {_minutes(began)}.")
    if hung:
        print(f"{hung} of them were noticed because the tests did not end.")
    if share < ENOUGH:
        print(f"At least {ENOUGH:g} % are asked for.", file=sys.stderr)
    return int(share < ENOUGH)


def _minutes(began: float) -> str:
    minutes, seconds = divmod(round(time.monotonic() - began), 60)
    return f"{minutes} min {seconds} s"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
