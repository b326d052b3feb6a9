"""Which tests execute which line, and how long each of them takes: one run of all tests under coverage."""

import ast
import json
import os
import re
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


def find_tests(reach: Reach, changes: Iterable[Change], tree: Path) -> list[list[str]]:
    """Return for each change the tests that reach it, the quickest first, after those of its own module."""
    contexts = Contexts(reach.data, tree)
    answer = []
    for change in changes:
        near = _test_module(change.path)
        tests = contexts.tests_at(change.path, change.lines) & reach.seconds.keys()
        answer.append(sorted(tests, key=lambda test: (not test.startswith(near), reach.seconds[test])))
    return answer


class Contexts:
    """Which tests execute a line."""

    def __init__(self, file: Path, tree: Path) -> None:
        self._data = CoverageData(str(file))
        self._data.read()
        self._tree = tree
        self._modules: dict[str, dict[int, list[str]]] = {}

    def tests_at(self, path: str, lines: Sequence[int]) -> set[str]:
        """Return the tests that execute one of these lines.

        What runs when a module is imported, such as a table, belongs to no test: then those that execute
        anything of the module are taken, and when it has nothing that they could, those of its importers.
        """
        contexts = self._of(path)
        # A statement over several lines may be known by its first one alone.
        lines = statement_lines((self._tree / path).read_text(encoding="utf-8"), lines)
        tests = _tests_in(contexts.get(line, ()) for line in lines)
        if not tests and any("" in contexts.get(line, ()) for line in lines):
            tests = _tests_in(contexts.values())
        if not tests:
            for importer in self._importers(path):
                tests |= _tests_in(self._of(importer).values())
        return tests

    def _of(self, path: str) -> dict[int, list[str]]:
        if path not in self._modules:
            self._modules[path] = self._data.contexts_by_lineno(path)
        return self._modules[path]

    def _importers(self, path: str) -> list[str]:
        package, _, name = path.removesuffix(".py").replace("/", ".").rpartition(".")
        line = re.compile(
            rf"^\s*from (?:{package}\.{name} import|{package} import .*\b{name}\b)", re.MULTILINE
        )
        return [
            str(module)
            for module in sorted(file.relative_to(self._tree) for file in self._tree.glob("kite/**/*.py"))
            if line.search((self._tree / module).read_text(encoding="utf-8"))
        ]


def statement_lines(code: str, lines: Sequence[int]) -> set[int]:
    """Return the lines of the statements that these lines belong to; of one with a body, those before it."""
    statements = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.stmt)]
    every_line = set(lines)
    for line in lines:
        around = [node for node in statements if node.lineno <= line <= (node.end_lineno or node.lineno)]
        if around:
            every_line |= _own_lines(max(around, key=lambda node: node.lineno))
    return every_line


def _own_lines(statement: ast.stmt) -> set[int]:
    body = getattr(statement, "body", None)
    end = body[0].lineno - 1 if body else statement.end_lineno or statement.lineno
    return set(range(statement.lineno, end + 1))


def _tests_in(contexts: Iterable[Iterable[str]]) -> set[str]:
    """Return the tests of contexts, which name a test and whether it was set up, run or torn down."""
    return {context.rpartition("|")[0] for names in contexts for context in names} - {""}


def _test_module(path: str) -> str:
    """Return where the tests of a module are: kite/basket/items.py has tests/basket/test_items.py."""
    module = Path(path)
    return str(Path("tests", *module.parts[1:-1], f"test_{module.name}"))
