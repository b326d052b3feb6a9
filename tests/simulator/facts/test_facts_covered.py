"""Every statement on how Kite behaves has a test that names it, and no test names one that is not
there.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.sources import ROOT

DOCUMENTS = [ROOT / "docs/kite.md", ROOT / "docs/kite-orders.md"]
HEADING = re.compile(r"^#{2,3} (\d+(?:\.\d+)*)\.? ")
STATEMENT = re.compile(r"^- \*\*(\d+(?:\.\d+)+)\*\* \S")


def statements() -> dict[str, list[str]]:
    """Return the numbers of the statements by the section they stand in, as they follow each
    other.
    """
    numbers_by_section: dict[str, list[str]] = {}
    for document in DOCUMENTS:
        section = ""
        for line in document.read_text(encoding="utf-8").splitlines():
            if heading := HEADING.match(line):
                section = heading[1]
            elif statement := STATEMENT.match(line):
                numbers_by_section.setdefault(section, []).append(statement[1])
    return numbers_by_section


def named(node: ast.expr) -> list[str]:
    """Return the numbers that a decorator names; none for any other decorator."""
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.kite":
        return [ast.literal_eval(argument) for argument in node.args]
    return []


def markers() -> Iterator[tuple[str, str]]:
    """Yield the number and the place of every marker.

    It counts on a test alone: on anything else its number is empty.
    """
    for path in sorted((ROOT / "tests").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if "mark.kite(" not in text:
            continue
        calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
        tests = [
            node
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
        ]
        on_tests = [
            (number, f"{path.name}::{test.name}")
            for test in tests
            for mark in test.decorator_list
            for number in named(mark)
        ]
        yield from on_tests
        yield from [("", path.name)] * (sum(len(named(call)) for call in calls) - len(on_tests))


def test_every_statement_has_a_test(capsys: pytest.CaptureFixture[str]) -> None:
    tested = {number for number, _ in markers()}
    with capsys.disabled():
        print("\nsections of docs/kite.md and docs/kite-orders.md, and their statements with a test:")
        for section, numbers in statements().items():
            print(f"  {section}: {sum(number in tested for number in numbers)} of {len(numbers)}")
    assert [number for numbers in statements().values() for number in numbers if number not in tested] == []


def test_every_marker_names_a_statement() -> None:
    known = {number for numbers in statements().values() for number in numbers}
    assert [(number, place) for number, place in markers() if number not in known] == []


def test_statements_are_numbered_by_their_section_from_one_on() -> None:
    assert {section.split(".")[0] for section in statements()} == set("123456")
    for section, numbers in statements().items():
        assert numbers == [f"{section}.{number}" for number in range(1, len(numbers) + 1)]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_item_of_a_section_is_a_statement(document: Path) -> None:
    text = document.read_text(encoding="utf-8").splitlines()
    first = next(number for number, line in enumerate(text) if HEADING.match(line))
    last = next(
        (
            number
            for number, line in enumerate(text)
            if line.startswith("## ") and number > first and not HEADING.match(line)
        ),
        len(text),
    )
    assert [line for line in text[first:last] if line.startswith("- ") and not STATEMENT.match(line)] == []
