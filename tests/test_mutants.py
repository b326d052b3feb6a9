"""`make mutants`: which changes it can make, and how it judges one."""

from pathlib import Path

import pytest

from tools.mutants import trial
from tools.mutants.changes import Change, draw
from tools.mutants.reach import Reach, statement_lines
from tools.mutants.runs import Run
from tools.mutants.same_program import read_same_programs

MODULE = '''"""Say what is dear."""

from enum import StrEnum

LIMIT = 100


class Kind(StrEnum):
    """What a price is."""

    FAIR = "fair"


def is_dear(price: int, words: list[str]) -> bool:
    """Say whether a price is dear."""
    if price > LIMIT:
        words.append("dear")
        return True
    return price == 0 and bool(
        words,
    )
'''


@pytest.fixture
def module(tmp_path: Path) -> Path:
    path = tmp_path / "kite" / "dear.py"
    path.parent.mkdir()
    path.write_text(MODULE, encoding="utf-8")
    return path


def all_changes(module: Path) -> set[tuple[str, ...]]:
    """The keys of all changes, of many draws."""
    root = module.parent.parent
    return {change.key for seed in range(80) for change in draw(root, [module], seed, set())}


def test_conditions_calls_figures_texts_and_answers_are_changed(module: Path):
    keys = all_changes(module)
    for before, after in (
        ("LIMIT = 100", "LIMIT = 101"),
        ("if price > LIMIT:", "if price >= LIMIT:"),
        ("if price > LIMIT:", "if False:"),
        ('words.append("dear")', "pass"),
        ('words.append("dear")', 'words.append("DEAR")'),
        ("return True", "return None"),
        ("return price == 0 and bool(", "return price == 0 or bool("),
        ("words,", "None,"),
    ):
        assert ("kite/dear.py", f"- {before}", f"+ {after}") in keys, (before, after)


def test_types_docstrings_and_enums_are_not_changed(module: Path):
    lines = {line for _, *changed in all_changes(module) for line in changed}
    assert not [line for line in lines if "def is_dear" in line or '"""' in line or "FAIR" in line]


def test_a_seed_draws_the_same_changes_and_no_line_twice(module: Path):
    first, second = (list(draw(module.parent.parent, [module], 7, set())) for _ in range(2))
    assert [change.key for change in first] == [change.key for change in second]
    places = [change.lines for change in first]
    assert len(set(places)) == len(places)


def test_a_change_that_makes_the_same_program_is_not_drawn(module: Path):
    root = module.parent.parent
    (unwanted, *_) = draw(root, [module], 7, set())
    assert unwanted.key not in [change.key for change in draw(root, [module], 7, {unwanted.key})]


def test_entry_of_the_same_program_needs_its_lines_and_a_reason():
    entry = "kite/a.py\n- a < b\n+ a <= b\nThey are never\nequal.\n"
    assert read_same_programs(f"# why\n\n{entry}") == {
        ("kite/a.py", "- a < b", "+ a <= b"): "They are never equal."
    }
    for broken in ("kite/a.py\n- a\n+ b", "kite/a.py\nBecause.", "kite/a.py\nBecause.\n- a\n+ b"):
        with pytest.raises(ValueError, match="an entry is a path"):
            read_same_programs(broken)


def test_entries_of_the_same_program_are_complete():
    assert all(read_same_programs().values())


class Workplace:
    """A tree whose tests end as it is said."""

    def __init__(self, tree: Path, *runs: Run) -> None:
        self.tree, self._runs = tree, iter(runs)
        self.batches: list[list[str]] = []
        self.modules: list[str] = []

    def run_tests(self, tests: list[str], timeout: float, *options: str) -> Run:
        self.batches.append(tests)
        self.modules.append((self.tree / "kite/dear.py").read_text(encoding="utf-8"))
        return next(self._runs)


@pytest.fixture
def change(module: Path) -> Change:
    return next(draw(module.parent.parent, [module], 7, set()))


PASSED = Run(0, "", {"a": (1.0, True)})
REACH = Reach({"a": 1.0, "b": 3.0, "c": 20.0}, (), Path("coverage"))


def test_a_change_is_judged_by_one_run_after_the_other_until_a_test_fails(module: Path, change: Change):
    failed = Run(1, "", {"b": (1.0, True), "c": (1.0, False)})
    workplace = Workplace(module.parent.parent, PASSED, failed)
    verdict = trial.judge(workplace, change, ["a", "b", "c"], REACH, 900)
    assert (verdict.noticed, verdict.witness, workplace.batches) == (True, "c", [["a", "b"], ["c"]])


@pytest.mark.parametrize(
    ("run", "noticed"),
    [
        (PASSED, False),
        (Run(trial.NOTHING_SELECTED, ""), False),
        (Run(2, "ImportError"), True),
        (Run(-1, "", hung=True), True),
        (Run(-9, ""), False),
    ],
)
def test_a_program_that_does_not_start_or_end_is_noticed(
    module: Path, change: Change, run: Run, noticed: bool
):
    verdict = trial.judge(Workplace(module.parent.parent, run), change, ["a"], REACH, 900)
    assert (verdict.noticed, verdict.witness) == (noticed, "")


def test_no_more_tests_are_run_than_come_to_the_seconds_allowed(module: Path, change: Change):
    workplace = Workplace(module.parent.parent, PASSED)
    verdict = trial.judge(workplace, change, ["a", "b", "c"], REACH, 4)
    assert (workplace.batches, verdict.how) == ([["a", "b"]], "2 of the 3 tests that reach it were run")


def test_what_no_test_reaches_is_not_noticed(module: Path, change: Change):
    assert not trial.judge(Workplace(module.parent.parent), change, [], REACH, 900).noticed


def test_the_module_is_changed_during_the_run_only_and_never_looks_alike_twice(
    module: Path, change: Change, monkeypatch: pytest.MonkeyPatch
):
    times = []
    workplace = Workplace(module.parent.parent, PASSED, PASSED)
    run_tests = workplace.run_tests

    def noting(*arguments: object) -> Run:
        times.append(int(module.stat().st_mtime))
        return run_tests(*arguments)

    monkeypatch.setattr(workplace, "run_tests", noting)
    before = module.stat().st_mtime_ns
    for _ in range(2):
        trial.judge(workplace, change, ["a"], REACH, 900)
    assert workplace.modules == [change.code, change.code]
    assert (module.read_text(encoding="utf-8"), module.stat().st_mtime_ns) == (MODULE, before)
    assert len({*times, int(before / 1e9)}) == 3


STATEMENTS = """NEVER = frozenset(
    {
        "javascript",
    }
)

def read(
    text,
    most=5,
):
    return [
        text,
        most,
    ]
"""


@pytest.mark.parametrize(
    ("line", "lines"), [(3, {1, 2, 3, 4, 5}), (6, {6}), (9, {7, 8, 9, 10}), (12, {11, 12, 13, 14})]
)
def test_a_line_in_the_middle_of_a_statement_is_reached_by_who_reaches_the_statement(
    line: int, lines: set[int]
):
    assert statement_lines(STATEMENTS, [line]) == lines
