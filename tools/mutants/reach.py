"""Which tests execute which line, and how long each of them takes: one run of all tests under coverage."""

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from coverage import CoverageData

from tools.mutants.changes import Change
from tools.mutants.runs import NO_BROWSER, Workplace


@dataclass(frozen=True)
class Reach:
    """What a run of all tests showed: how many seconds those took that passed, which did not, and the file
    that says which lines they executed.
    """

    seconds: dict[str, float]
    failed: tuple[str, ...]
    data: Path


def measure(workplace: Workplace, folder: Path, packages: Sequence[str]) -> Reach:
    """Run all tests that need no browser, and keep in `folder` what they showed. When that is there from an
    earlier run, it is taken.
    """
    folder.mkdir(parents=True, exist_ok=True)
    data, results = folder / "coverage", folder / "results.json"
    if not results.exists():
        # Lines are enough, and cost less than branches. sys.monitoring, which coverage prefers on new
        # Pythons, sees a line only once, and not once for each test.
        settings = folder / "coveragerc"
        settings.write_text("[run]\nbranch = false\ncore = ctrace\nrelative_files = true\n")
        run = workplace.run(
            [
                *("-n", str(os.cpu_count() or 1), "--dist", "worksteal", "-m", NO_BROWSER),
                *(f"--cov={package}" for package in packages),
                *("--cov-context=test", "--cov-report=", f"--cov-config={settings}"),
            ],
            COVERAGE_FILE=str(data),
        )
        if not run.results or not data.exists():
            raise SystemExit(f"The tests did not run:\n{run.output[-3000:]}")
        results.write_text(json.dumps(run.results))
    known = json.loads(results.read_text())
    return Reach(
        {test: seconds for test, (seconds, passed) in known.items() if passed},
        tuple(test for test, (_, passed) in known.items() if not passed),
        data,
    )


def find_tests(reach: Reach, changes: Iterable[Change]) -> list[list[str]]:
    """Return for each change the tests that reach it, the quickest first, after those of its own module."""
    data = CoverageData(str(reach.data))
    data.read()
    known: dict[str, dict[int, list[str]]] = {}
    answer = []
    for change in changes:
        if change.path not in known:
            known[change.path] = data.contexts_by_lineno(change.path)
        near = _test_module(change.path)
        tests = _tests_at(known[change.path], change.lines) & reach.seconds.keys()
        answer.append(sorted(tests, key=lambda test: (not test.startswith(near), reach.seconds[test])))
    return answer


def _tests_at(contexts: dict[int, list[str]], lines: Sequence[int]) -> set[str]:
    """Return the tests that execute one of these lines.

    What runs when the module is imported, such as a table, belongs to no test: then those that execute
    anything of the module are taken.
    """
    at_lines = {context for line in lines for context in contexts.get(line, ())}
    if at_lines <= {""}:
        at_lines = {context for names in contexts.values() for context in names}
    return {context.rpartition("|")[0] for context in at_lines} - {""}


def _test_module(path: str) -> str:
    """Return where the tests of a module are: kite/basket/items.py has tests/basket/test_items.py."""
    module = Path(path)
    return str(Path("tests", *module.parts[1:-1], f"test_{module.name}"))
