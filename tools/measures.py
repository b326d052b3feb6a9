"""Measures how plain the code is, prints the figures beside their limits, and ends with 1 when one
is exceeded.

`make check` runs it. A limit is a smell to look at, chosen beside code that is easy to read
elsewhere; where one stands in the way of what reads better, change it in a commit of its own that
says why. With --list NAME it prints where the figure comes from: python tools/measures.py --list
names
"""

import argparse
import ast
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from radon.complexity import cc_visit

ROOT = Path(__file__).resolve().parent.parent
CODE = ("app.py", "gunicorn.conf.py", "kite")
VAGUE = frozenset(
    [
        "told",
        "said",
        "found",
        "each",
        "kept",
        "asked",
        "led",
        "given",
        "made",
        "shown",
        "taken",
        "done",
        "left",
        "heard",
        "seen",
        "meant",
        "written",
    ]
)
"""Participles and pronouns that say that something happened, and not what the value is."""

LONG_LINE, LONG_TEMPLATE_LINE, COMPLEX = 100, 160, 10


@dataclass(frozen=True)
class Measure:
    """A figure, how it may stand, and the places that it counts."""

    name: str
    words: str
    value: float
    limit: float
    unit: str = ""
    at_least: bool = False
    places: list[str] = field(default_factory=list)

    @property
    def kept(self) -> bool:
        """Whether the figure keeps its limit."""
        return self.value >= self.limit if self.at_least else self.value <= self.limit


@dataclass(frozen=True)
class Module:
    """One file of Python with its text and its tree."""

    path: Path
    text: str
    tree: ast.Module

    @property
    def lines(self) -> list[str]:
        """Its lines."""
        return self.text.splitlines()

    def place(self, node: ast.AST) -> str:
        """Where a node is, for people and editors."""
        return f"{self.path.relative_to(ROOT)}:{node.lineno}"  # type: ignore[attr-defined]


def modules(root: Path = ROOT) -> list[Module]:
    """Return every module of the application, without its tests and tools."""
    files = [
        file
        for name in CODE
        for file in ([root / name] if (root / name).is_file() else sorted((root / name).rglob("*.py")))
    ]
    return [Module(file, text := file.read_text(encoding="utf-8"), ast.parse(text)) for file in files]


def measure(code: list[Module]) -> list[Measure]:
    """Return all figures, in the order in which they are printed."""
    lines = sum(len(module.lines) for module in code)
    return [
        _vague_names(code),
        _repeated_modules(code),
        _repeated_classes(code),
        _long_lines(code, lines),
        *_conditionals(code, lines),
        _comments(code, lines),
        _template_lines(),
        _complexity(code),
        _biggest_package(code),
    ]


def _vague_names(code: list[Module]) -> Measure:
    places = [
        f"{module.place(node)} {name}"
        for module in code
        for name, node in _bound(module.tree)
        if name in VAGUE
    ]
    return Measure("names", "names of values that say nothing", len(places), 20, places=places)


def _bound(tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    """Yield what a module binds inside functions and classes, once for every place."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id, node
        elif isinstance(node, ast.arg):
            yield node.arg, node


def _repeated_modules(code: list[Module]) -> Measure:
    folders = defaultdict(set)
    for module in code:
        if module.path.name != "__init__.py" and "versions" not in module.path.parts:
            folders[module.path.stem].add(str(module.path.parent.relative_to(ROOT)))
    places = [f"{name}: {', '.join(sorted(where))}" for name, where in folders.items() if len(where) > 1]
    return Measure(
        "modules", "names of modules used in more than one package", len(places), 24, places=places
    )


def _repeated_classes(code: list[Module]) -> Measure:
    found = Counter(
        node.name for module in code for node in ast.walk(module.tree) if isinstance(node, ast.ClassDef)
    )
    places = [f"{name} × {count}" for name, count in found.items() if count > 1]
    return Measure("classes", "names of classes used more than once", len(places), 4, places=places)


def _long_lines(code: list[Module], lines: int) -> Measure:
    places = [
        f"{module.path.relative_to(ROOT)}:{number}"
        for module in code
        for number, line in enumerate(module.lines, 1)
        if len(line) > LONG_LINE
    ]
    share = round(100 * len(places) / lines, 1)
    return Measure("lines", f"lines over {LONG_LINE} characters", share, 3, " %", places=places)


def _conditionals(code: list[Module], lines: int) -> list[Measure]:
    every, nested = [], []
    for module in code:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.IfExp):
                every.append(module.place(node))
                if any(isinstance(inner, ast.IfExp) and inner is not node for inner in ast.walk(node)):
                    nested.append(module.place(node))
    share = round(100 * len(every) / lines, 2)
    return [
        Measure("conditionals", "conditional expressions per 100 lines", share, 1.2, places=every),
        Measure("nested", "conditional expressions inside one another", len(nested), 0, places=nested),
    ]


def _comments(code: list[Module], lines: int) -> Measure:
    count = sum(bool(re.match(r"\s*#", line)) for module in code for line in module.lines)
    return Measure(
        "comments", "lines of comment per 100 lines", round(100 * count / lines, 2), 1.5, at_least=True
    )


def _template_lines() -> Measure:
    total, places = 0, []
    for file in sorted((ROOT / "templates").rglob("*.html")):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            total += 1
            if len(line) > LONG_TEMPLATE_LINE:
                places.append(f"{file.relative_to(ROOT)}:{number}")
    share = round(100 * len(places) / total, 1)
    return Measure(
        "templates", f"template lines over {LONG_TEMPLATE_LINE} characters", share, 2, " %", places=places
    )


def _complexity(code: list[Module]) -> Measure:
    """Ruff counts branches; radon counts conditional expressions, comprehensions and `and` and `or`
    as well.
    """
    places = [
        f"{module.path.relative_to(ROOT)}:{block.lineno} {block.name}: {block.complexity}"
        for module in code
        for block in cc_visit(module.text)
        if block.letter in ("F", "M") and block.complexity > COMPLEX
    ]
    return Measure("complexity", f"functions of a complexity over {COMPLEX}", len(places), 0, places=places)


def _biggest_package(code: list[Module]) -> Measure:
    sizes = Counter(
        str(module.path.parent.relative_to(ROOT)) for module in code if module.path.name != "__init__.py"
    )
    del sizes["."]
    places = [f"{name}: {size}" for name, size in sizes.most_common(5)]
    return Measure(
        "packages", "modules in the biggest package", sizes.most_common(1)[0][1], 20, places=places
    )


def main(arguments: list[str]) -> int:
    """Print the table, or the places of one figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--list", metavar="NAME", help="print the places that one figure counts")
    wanted = parser.parse_args(arguments).list
    figures = measure(modules())
    if wanted:
        chosen = next((figure for figure in figures if figure.name == wanted), None)
        if chosen is None:
            parser.error(f"NAME is one of {', '.join(figure.name for figure in figures)}")
        print("\n".join(chosen.places))
        return 0
    for figure in figures:
        mark = " " if figure.kept else "!"
        word = "at least" if figure.at_least else "at most"
        print(
            f"{mark} {figure.name:13}{figure.value:>7g}{figure.unit:2}",
            f"{figure.words}; {word} {figure.limit:g}",
        )
    exceeded = [figure.name for figure in figures if not figure.kept]
    if exceeded:
        print(f"Where: python tools/measures.py --list {exceeded[0]}", file=sys.stderr)
    return bool(exceeded)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
