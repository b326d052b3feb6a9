"""How the rooms of the house hang together; docs/architecture.md draws it."""

import ast
import statistics
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

import pytest

from tests.support.sources import ROOT, Source, sources

SOURCES = sources()
NAMES = {source.name for source in SOURCES}
FOLDERS = {source.name for source in SOURCES if source.path.name == "__init__.py"}

RINGS = (
    ("kite.vocabulary", "kite.exceptions", "kite.bundled", "kite.texts", "kite.repeating"),
    ("kite.environment",),
    ("kite.basket", "kite.config", "kite.sealing"),
    ("kite.connect", "kite.instruments"),
    ("kite.store",),
    ("kite.offsite",),
    ("kite.publishing",),
    ("kite.worker", "kite.doctor"),
    ("kite.web", "kite.cli", "kite.simulator"),
    ("app",),
)
"""From the inside out. A room imports from the rings before its own, and nothing of its neighbours."""

ROOMS = {
    "kite.basket": (("",), ("formats",), ("checking",)),
    "kite.store": (("base",), ("flow",), ("people", "publishing")),
    "kite.offsite": (("base",), ("order_book",), ("journey",), ("account",), ("jobs",)),
    "kite.simulator": (("core",), ("exchange",), ("account",), ("orders",), ("pages",), ("api",)),
    "kite.web": (
        ("wording",),
        ("site",),
        ("operator",),
        ("composer",),
        ("journey",),
        ("receipts",),
        ("integrations",),
    ),
}
"""Inside a package: a room imports from those before its own.

Rooms in the same place are strangers to each other. "" is what lies in the package itself.
"""

FULL = 20
"""Modules that a room may hold: more than that nobody takes in at a glance."""

SIMULATOR_MAY_USE = {
    "kite.vocabulary",
    "kite.config",
    "kite.bundled",
    "kite.texts",
    "kite.repeating",
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
    "sqlalchemy": ("kite.store", "kite.simulator"),
    "alembic": ("kite.store",),
    "psycopg": ("kite.store",),
    "cryptography": ("kite.sealing",),
    "sqlite3": ("kite.instruments",),
    "huey": ("kite.worker",),
    "flask_login": ("kite.web",),
    "rapidfuzz": ("kite.instruments",),
    "segno": ("kite.publishing",),
}
"""Where alone a library may be imported: rooms, or single modules."""

TELLS_TIME = {
    ("datetime", "now"),
    ("datetime", "today"),
    ("datetime", "utcnow"),
    ("date", "today"),
    ("time", "time"),
    ("time", "time_ns"),
    ("time", "localtime"),
}


def room_of(name: str) -> str | None:
    """The room that a module belongs to; None for kite/__init__.py and for libraries."""
    rooms = (room for ring in RINGS for room in ring if name == room or name.startswith(f"{room}."))
    return next(rooms, None)


def ring_of(room: str) -> int:
    return next(number for number, ring in enumerate(RINGS) if room in ring)


def own_imports(source: Source) -> set[str]:
    """The modules of this project that a source imports: a.b itself, or a when b is something in it."""
    found = (name if name in NAMES else name.rpartition(".")[0] for name in source.imports())
    return {name for name in found if name in NAMES} - {source.name, "kite"}


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_module_imports_only_from_rings_further_in(source: Source):
    room = room_of(source.name)
    if source.name == "kite":
        assert not own_imports(source)
        return
    assert room, f"{source.path} stands in no room: RINGS says where"
    wrong = [
        name
        for name in own_imports(source)
        if (other := room_of(name)) and other != room and ring_of(other) >= ring_of(room)
    ]
    assert not wrong, f"{source.path} must not import {wrong}"


def place_of(package: str, name: str) -> tuple[int, str] | None:
    """How far up a module's room stands inside its package, and the room; None for what is in no room of
    it.
    """
    folder, dot, _ = name.removeprefix(f"{package}.").partition(".")
    room = folder if dot or f"{package}.{folder}" in FOLDERS else ""
    return next(((number, room) for number, rooms in enumerate(ROOMS[package]) if room in rooms), None)


@pytest.mark.parametrize("package", ROOMS)
def test_room_imports_only_from_the_rooms_before_it(package: str):
    wrong = []
    for source in SOURCES:
        here = place_of(package, source.name) if source.name.startswith(f"{package}.") else None
        for name in own_imports(source) if here else ():
            there = place_of(package, name) if name.startswith(f"{package}.") else None
            if there and there != here and there[0] >= here[0]:
                wrong.append(f"{source.name} imports {name}")
    assert not wrong


@pytest.mark.parametrize("package", ROOMS)
def test_every_module_stands_in_a_room_that_can_be_taken_in_at_a_glance(package: str):
    above = {package, "kite.web.blueprints", "kite.simulator.app"}
    inside = [
        source.name
        for source in SOURCES
        if source.name.startswith(f"{package}.") and source.name not in above
    ]
    assert not [name for name in inside if place_of(package, name) is None]
    places = [place for name in inside if name not in FOLDERS and (place := place_of(package, name))]
    sizes = {
        room: places.count((number, room)) for number, rooms in enumerate(ROOMS[package]) for room in rooms
    }
    assert not {room: size for room, size in sizes.items() if not 0 < size <= FULL}


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_library_is_imported_only_in_its_rooms(source: Source):
    used = {name.split(".")[0] for name in source.imports()}
    wrong = [
        library
        for library in used & LIBRARIES.keys()
        if not {room_of(source.name), source.name} & set(LIBRARIES[library])
    ]
    assert not wrong, f"{source.path} must not import {wrong}"


def test_simulator_shares_words_and_nothing_else():
    simulator = [source for source in SOURCES if room_of(source.name) == "kite.simulator"]
    wrong = {
        f"{source.path}: {name}"
        for source in simulator
        for name in own_imports(source)
        if room_of(name) not in SIMULATOR_MAY_USE
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
        source for source in SOURCES if room_of(source.name) in ("kite.basket", "kite.publishing", "kite.web")
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
