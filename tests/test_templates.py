"""Templates are where their Python modules are, say what they take, and are no longer than a screen
is wide.
"""

import ast
import re
from pathlib import Path

import pytest

from tests.support.sources import ROOT, sources

FOLDER = ROOT / "templates"
NAMES = sorted(str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*.html"))
LONGEST_LINE = 160
EVERYWHERE = ("base.html", "components")
"""What every package takes from."""

ORDER = ("site", "operator", "composer", "journey", "receipts", "integrations")
"""The packages of kite.web that render pages: each uses templates of its own and of those before
it.
"""

REFERENCE = re.compile(r"""{%-?\s*(extends|include|from|import)\s+"([^"]+)"([^%]*)%}""")


def text_of(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def folder_of(name: str) -> str:
    return Path(name).parts[0]


def may_use(package: str, name: str) -> bool:
    """Whether a package's page or template may use the template of this name."""
    used = folder_of(name)
    if used in EVERYWHERE or used == package:
        return True
    return package in ORDER and used in ORDER[: ORDER.index(package)]


def rendered() -> dict[str, set[str]]:
    """The templates that Python names, by the package of the module that does."""
    found: dict[str, set[str]] = {}
    for source in sources():
        top, _, rest = source.name.removeprefix("kite.").partition(".")
        package = top if top == "simulator" else rest.partition(".")[0]
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in NAMES:
                found.setdefault(package, set()).add(node.value)
    return found


def test_a_page_uses_templates_of_its_package_or_of_those_before():
    strangers = [
        (package, name)
        for package, names in rendered().items()
        for name in names
        if not may_use(package, name)
    ]
    assert rendered()
    assert not strangers


@pytest.mark.parametrize("name", NAMES)
def test_a_template_takes_pieces_as_macros_from_its_package_or_those_before(name: str):
    for kind, used, rest in REFERENCE.findall(text_of(name)):
        assert used in NAMES
        assert may_use(folder_of(name), used), used
        assert kind != "include", "a macro says what it takes, an include takes whatever is there"
        assert "with context" not in rest, "Jinja keeps what is imported only without"


def test_every_template_is_used():
    used = {name for names in rendered().values() for name in names}
    used |= {target for name in NAMES for _, target, _ in REFERENCE.findall(text_of(name))}
    assert not sorted(set(NAMES) - used)


@pytest.mark.parametrize("name", NAMES)
def test_lines_of_a_template_are_short(name: str):
    long = [number for number, line in enumerate(text_of(name).splitlines(), 1) if len(line) > LONGEST_LINE]
    assert not long
