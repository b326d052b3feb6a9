"""Which package may import which, and how large things may be; docs/architecture.md draws it."""

import ast
import statistics
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

import pytest

from tests.support.layers import FOLDERS, SOURCES, SUBPACKAGES, layer_of, own_imports, package_of, place_of
from tests.support.sources import ROOT, Source

LONGEST_LINE = 150
"""Characters of a line in tests and benchmarks."""

FULL = 20
"""Modules that a subpackage may hold: nobody takes in more than that at a glance."""

SIMULATOR_MAY_USE = {
    "kite.vocabulary",
    "kite.config",
    "kite.bundled",
    "kite.texts",
    "kite.repeating",
    "kite.connection_pool",
    "kite.simulator",
}
"""The simulator shares our words, not our judgement, or it would only confirm our mistakes."""

PAGES = ("app", "kite.web", "kite.cli", "kite.simulator")
LIBRARIES = {
    "flask": PAGES,
    "flask_babel": PAGES,
    "flask_wtf": PAGES,
    "wtforms": ("kite.web",),
    "requests": ("kite.connect", "kite.instruments.download"),
    "sqlalchemy": ("kite.store", "kite.simulator", "kite.connection_pool"),
    "alembic": ("kite.store",),
    "psycopg": ("kite.store",),
    "cryptography": ("kite.sealing",),
    "sqlite3": ("kite.instruments",),
    "huey": ("kite.worker",),
    "cachetools": ("kite.offsite.base.answer_cache",),
    "flask_login": ("kite.web",),
    "rapidfuzz": ("kite.instruments",),
    "segno": ("kite.publishing",),
}
"""Where alone a library may be imported: packages, or single modules."""

TELLS_TIME = {
    ("datetime", "now"),
    ("datetime", "today"),
    ("datetime", "utcnow"),
    ("date", "today"),
    ("time", "time"),
    ("time", "time_ns"),
    ("time", "localtime"),
}


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_module_imports_only_from_lower_layers(source: Source):
    package = package_of(source.name)
    if source.name == "kite":
        assert not own_imports(source)
        return
    assert package, f"{source.path} belongs to no package that tests/support/layers.py names"
    wrong = [
        name
        for name in own_imports(source)
        if (other := package_of(name)) and other != package and layer_of(other) >= layer_of(package)
    ]
    assert not wrong, f"{source.path} must not import {wrong}"


@pytest.mark.parametrize("package", SUBPACKAGES)
def test_subpackage_imports_only_from_those_before_it(package: str):
    wrong = []
    for source in SOURCES:
        here = place_of(package, source.name) if source.name.startswith(f"{package}.") else None
        for name in own_imports(source) if here else ():
            there = place_of(package, name) if name.startswith(f"{package}.") else None
            if there and there != here and there[0] >= here[0]:
                wrong.append(f"{source.name} imports {name}")
    assert not wrong


@pytest.mark.parametrize("package", SUBPACKAGES)
def test_every_module_is_in_a_subpackage_of_few_modules(package: str):
    above = {package, "kite.web.blueprints", "kite.simulator.app"}
    inside = [
        source.name
        for source in SOURCES
        if source.name.startswith(f"{package}.") and source.name not in above
    ]
    assert not [name for name in inside if place_of(package, name) is None]
    places = [place for name in inside if name not in FOLDERS and (place := place_of(package, name))]
    sizes = {
        name: places.count((number, name))
        for number, names in enumerate(SUBPACKAGES[package])
        for name in names
    }
    assert not {name: size for name, size in sizes.items() if not 0 < size <= FULL}


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_library_is_imported_only_in_its_packages(source: Source):
    used = {name.split(".")[0] for name in source.imports()}
    wrong = [
        library
        for library in used & LIBRARIES.keys()
        if not {package_of(source.name), source.name} & set(LIBRARIES[library])
    ]
    assert not wrong, f"{source.path} must not import {wrong}"


def test_simulator_shares_words_and_nothing_else():
    simulator = [source for source in SOURCES if package_of(source.name) == "kite.simulator"]
    wrong = {
        f"{source.path}: {name}"
        for source in simulator
        for name in own_imports(source)
        if package_of(name) not in SIMULATOR_MAY_USE
    }
    assert not wrong


def test_only_the_composers_pages_build_its_form():
    users = {source.name for source in SOURCES if "kite.web.composer.forms" in source.imports()}
    users |= {
        source.name
        for source in SOURCES
        for name in source.imports()
        if name.startswith("kite.web.composer.forms.")
    }
    outside = {name for name in users if not name.startswith("kite.web.composer.")}
    assert outside == {"kite.web.integrations.button_builder"}, (
        "what did not come from a form is read by kite.basket.formats.row_reader"
    )


def test_one_module_says_which_texts_are_numbers_of_an_order():
    strangers = [
        source
        for source in SOURCES
        if package_of(source.name) in ("kite.basket", "kite.publishing", "kite.web")
    ]
    wrong = [str(source.path) for source in strangers if 'replace(",", "")' in source.text]
    assert set(wrong) <= {
        "kite/basket/numbers.py",
        "kite/publishing/files.py",
        "kite/web/wording/kite_messages.py",
    }, "kite.basket.numbers has a reader"


def test_no_module_imports_itself_around_a_corner():
    try:
        tuple(TopologicalSorter({source.name: own_imports(source) for source in SOURCES}).static_order())
    except CycleError as error:
        pytest.fail(f"imports in a circle: {' → '.join(error.args[1])}")


def attributes(source: Source) -> Iterator[tuple[int, str, str]]:
    """Every `a.b` and `from a import b`: line, a, b."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield node.lineno, node.value.id, node.attr
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, str(node.module), alias.name) for alias in node.names)


def test_environment_is_read_only_by_the_settings():
    readers = {
        str(source.path)
        for source in SOURCES
        for _, module, name in attributes(source)
        if module == "os" and name in ("environ", "getenv", "environb")
    }
    assert readers == {"kite/config.py"}


def test_clock_is_passed_in():
    tellers = {
        str(source.path)
        for source in SOURCES
        for _, module, name in attributes(source)
        if (module, name) in TELLS_TIME
    }
    assert tellers == {"app.py"}


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_module_and_its_functions_are_small(source: Source):
    assert len(source.text.splitlines()) <= (120 if source.name == "app" else 300)
    long = [f"{name}: {lines} lines" for name, lines in source.functions() if lines > 40]
    assert not long


def test_functions_are_short_as_a_rule():
    assert statistics.median(lines for source in SOURCES for _, lines in source.functions()) <= 8


def test_templates_and_test_files_are_small():
    limits = [(ROOT / "templates", "*.html", 80), (ROOT / "tests", "*.py", 500)]
    counted = (
        (path, limit, len(path.read_text(encoding="utf-8").splitlines()))
        for folder, kind, limit in limits
        for path in folder.rglob(kind)
    )
    assert not [f"{path.relative_to(ROOT)}: {lines} lines" for path, limit, lines in counted if lines > limit]


def test_lines_that_the_formatter_cannot_break_end_somewhere():
    """Ruff lets tables of examples and pieces of pages in tests and benchmarks be longer than its limit."""
    files = [file for folder in ("tests", "bench") for file in (ROOT / folder).rglob("*.py")]
    assert not [
        f"{file.relative_to(ROOT)}:{number}"
        for file in files
        if "node_modules" not in file.parts
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if len(line) > LONGEST_LINE
    ]
