"""Draws `docs/packages.svg` from the imports of the code, and writes the table in
`docs/architecture.md`.

`make docs` runs it. `tests/test_docs.py` fails while either of them differs from what the code
says.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html import escape

from tests.support.layers import LAYERS, SOURCES, SUBPACKAGES, layer_of, modules_in, own_imports, package_of
from tests.support.sources import ROOT

PICTURE = ROOT / "docs/packages.svg"
DOCUMENT = ROOT / "docs/architecture.md"
TABLE = re.compile(r"(?<=<!-- made by `make docs`: packages -->\n).*?(?=<!-- end -->)", re.DOTALL)

WIDTH = 1180
MARGIN = 24
GUTTER = 38  # between two layers: room for the horizontal part of an arrow
GAP = 16  # between two packages of a layer
CHIP = 40
WIDE = 108  # a subpackage, where there is room
HEAD = 30
SIDE = 224  # the column of the simulator, beside everything else
PORT = 18  # between two arrows at one edge of a box

LIGHT = {"sheet": "#ffffff", "box": "#f4f6f8", "chip": "#ffffff", "line": "#b9c2cc", "ink": "#17212b"}
LIGHT |= {"quiet": "#52606d", "arrow": "#2563a8"}
DARK = {"sheet": "#12181f", "box": "#1c252f", "chip": "#12181f", "line": "#46535f", "ink": "#e9eef3"}
DARK |= {"quiet": "#a9b6c2", "arrow": "#7db4f0"}

STYLE = """
    .sheet { fill: var(--sheet) }
    .box { fill: var(--box); stroke: var(--line) }
    .chip { fill: var(--chip); stroke: var(--line) }
    .arrow { fill: none; stroke: var(--arrow); stroke-width: 1.5; marker-end: url(#head) }
    .short { fill: none; stroke: var(--quiet); marker-end: url(#small) }
    .head { fill: var(--arrow) }
    .small { fill: var(--quiet) }
    text { font: 12px system-ui, -apple-system, "Segoe UI", "Noto Sans", sans-serif; fill: var(--ink) }
    .name { font-size: 14px; font-weight: 600 }
    .quiet { fill: var(--quiet); font-size: 11.5px }
    .middle { text-anchor: middle }
    .end { text-anchor: end }
"""


@dataclass
class Box:
    """Where a package is drawn. `ports` are the places at its edges that arrows have taken."""

    package: str
    x: int
    y: int
    width: int
    height: int
    ports: list[int] = field(default_factory=list)

    @property
    def right(self) -> int:
        """Its right edge."""
        return self.x + self.width

    @property
    def middle(self) -> int:
        """Half way between its left and its right edge."""
        return self.x + self.width // 2

    @property
    def bottom(self) -> int:
        """Its lower edge."""
        return self.y + self.height


def file_of(package: str) -> str:
    """How the documents call a package: `kite/web`, `kite/worker.py`."""
    source = next(source for source in SOURCES if source.name == package)
    path = source.path
    return str(path.parent if path.name == "__init__.py" else path)


def is_file(package: str) -> bool:
    """Whether a package is a single module."""
    return file_of(package).endswith(".py")


def imports() -> dict[str, set[str]]:
    """What each package imports of the others."""
    found: dict[str, set[str]] = defaultdict(set)
    for source in SOURCES:
        package = package_of(source.name)
        others = {package_of(name) for name in own_imports(source)} - {package, None}
        if package:
            found[package] |= {other for other in others if other}
    return found


def reachable(package: str, graph: dict[str, set[str]]) -> set[str]:
    """Everything that a package imports, itself or through others."""
    direct = graph.get(package, set())
    return direct.union(*(reachable(other, graph) for other in direct))


def arrows() -> list[tuple[str, str]]:
    """The imports worth an arrow: those that no chain of others implies.

    Left out are the modules of the lowest layer and other single files, such as the settings, that
    whole packages use.
    """
    graph = imports()
    pairs = []
    for package, direct in graph.items():
        implied = set().union(*(reachable(other, graph) for other in direct))
        wanted = (other for other in direct - implied if is_file(package) or not is_file(other))
        pairs += [(package, other) for other in wanted if layer_of(other)]
    return sorted(pairs, key=lambda pair: (-layer_of(pair[0]), pair))


def count(number: int) -> str:
    """A number of modules in words."""
    return "1 module" if number == 1 else f"{number} modules"


def places(package: str) -> list[tuple[str, ...]]:
    """The subpackages of a package in the order of imports, with the modules beside them that use
    them.
    """
    rows = list(SUBPACKAGES.get(package, ()))
    beside = [name for name in modules_in(package) if name.count(".") == package.count(".") + 1]
    if rows and ("",) not in rows and beside:
        rows.append(tuple(f"{name.rpartition('.')[2]}.py" for name in beside))
    return rows


def chip_texts(package: str, name: str) -> tuple[str, str]:
    """What stands on the box of a subpackage: its name and how many modules it has."""
    if name.endswith(".py"):
        return name, ""
    modules = modules_in(package, name)
    return name or "top level", count(len(modules))


def height_of(package: str) -> int:
    """How high a package is drawn."""
    rows = places(package)
    if not rows:
        return HEAD + 18
    if package == "kite.simulator":
        return HEAD + len(rows) * (CHIP + 12) + 2
    return HEAD + max(map(len, rows)) * (CHIP + 6) + 8


def width_of(package: str) -> int:
    """How wide a package is drawn where there is room."""
    if package == "kite.simulator":
        return SIDE
    if places(package):
        return len(places(package)) * WIDE + 12
    return 132 if is_file(package) else 184


def widths(packages: list[str], total: int) -> list[int]:
    """The widths of a layer; the package with most subpackages gives way when there is no room for
    all.
    """
    row = [width_of(package) for package in packages]
    over = sum(row) + GAP * (len(row) - 1) - total
    return [width - max(over, 0) if width == max(row) else width for width in row]


def columns(packages: list[str], row: list[int], total: int) -> list[int]:
    """Where each package of a layer begins: large ones and a lone one left, small ones right."""
    left, right = MARGIN, MARGIN + total + GAP
    found = {}
    for package, width in zip(packages, row, strict=True):
        if places(package) or (len(packages) == 1 and not is_file(package)):
            found[package], left = left, left + width + GAP
    for package, width in reversed(list(zip(packages, row, strict=True))):
        if package not in found:
            right -= width + GAP
            found[package] = right
    return [found[package] for package in packages]


def layout() -> tuple[dict[str, Box], int]:
    """A box for every package, the highest layer first, and where the picture ends."""
    boxes: dict[str, Box] = {}
    y = 64
    main = WIDTH - 2 * MARGIN - SIDE - GAP
    for layer in reversed(LAYERS):
        packages = [package for package in layer if package != "kite.simulator"]
        full = packages == ["app"] or layer is LAYERS[0]
        if "kite.simulator" in layer:
            x = WIDTH - MARGIN - SIDE
            boxes["kite.simulator"] = Box("kite.simulator", x, y, SIDE, height_of("kite.simulator"))
        height = max(map(height_of, packages))
        if full:
            total = WIDTH - 2 * MARGIN
            share, rest = divmod(total - GAP * (len(packages) - 1), len(packages))
            row = [share + rest, *[share] * (len(packages) - 1)]
        else:
            total = main
            row = widths(packages, total)
        for package, x, width in zip(packages, columns(packages, row, total), row, strict=True):
            boxes[package] = Box(package, x, y, width, height)
        y += height + GUTTER
    return boxes, y


def route(start: Box, end: Box, boxes: dict[str, Box]) -> tuple[int, int, int]:
    """Where an arrow leaves, where it arrives, and at which height it changes from one to the
    other.
    """
    above, below = start.bottom + GUTTER // 2, end.y - GUTTER // 2

    def free(box: Box) -> Iterator[int]:
        spots = sorted(range(box.x + PORT, box.right - PORT + 1, 2), key=lambda x: abs(x - box.middle))
        yield from (x for x in spots if all(abs(x - port) >= PORT for port in box.ports))

    def clear(x: int, top: int, bottom: int) -> bool:
        others = (box for box in boxes.values() if box is not start and box is not end)
        return not any(
            abs(x - box.middle) < box.width // 2 + 8 and box.y < bottom and top < box.bottom for box in others
        )

    both = set(free(end))
    for x in free(start):
        if x in both and clear(x, start.bottom, end.y):
            return x, x, above
    for x in free(end):
        if clear(x, above, end.y):
            return min(free(start), key=lambda port: abs(port - x)), x, above
    for x in free(start):
        if clear(x, start.bottom, below):
            return x, min(free(end), key=lambda port: abs(port - x)), below
    raise ValueError(f"no way for an arrow from {start.package} to {end.package}")


def text(x: float, y: float, words: str, style: str) -> str:
    """A line of text."""
    return f'  <text class="{style}" x="{x:g}" y="{y:g}">{escape(words)}</text>'


def draw_chip(package: str, name: str, x: int, y: int, width: int) -> Iterator[str]:
    """A subpackage."""
    title, size = chip_texts(package, name)
    yield f'  <rect class="chip" x="{x}" y="{y}" width="{width}" height="{CHIP}" rx="5"/>'
    middle = x + width / 2
    if size:
        yield text(middle, y + 17, title, "middle")
        yield text(middle, y + 32, size, "quiet middle")
    else:
        yield text(middle, y + 24, title, "quiet middle")


def draw_upright(box: Box) -> Iterator[str]:
    """Subpackages one below the other: the highest imports from those below it."""
    y = box.y + HEAD
    for number, (name,) in enumerate(reversed(places(box.package))):
        if number:
            yield f'  <path class="short" d="M{box.middle} {y - 12}v8"/>'
        yield from draw_chip(box.package, name, box.x + 12, y, box.width - 24)
        y += CHIP + 12


def draw_row(box: Box) -> Iterator[str]:
    """Subpackages side by side: each imports from those to its left."""
    rows = places(box.package)
    step = 10
    width = (box.width - 24 - step * (len(rows) - 1)) // len(rows)
    for number, names in enumerate(rows):
        x = box.x + 12 + number * (width + step)
        for place, name in enumerate(names):
            yield from draw_chip(box.package, name, x, box.y + HEAD + place * (CHIP + 6), width)
        if number:
            yield f'  <path class="short" d="M{x} {box.y + HEAD + CHIP // 2}h-{step - 4}"/>'


def draw_box(box: Box) -> Iterator[str]:
    """A package with its subpackages."""
    yield f'  <rect class="box" x="{box.x}" y="{box.y}" width="{box.width}" height="{box.height}" rx="8"/>'
    name, number = file_of(box.package), len(modules_in(box.package))
    if name.endswith(".py"):
        yield text(
            box.x + box.width / 2, box.y + box.height / 2 + 5, name.removeprefix("kite/"), "name middle"
        )
        return
    yield text(box.x + 12, box.y + 21, name, "name")
    if places(box.package):
        yield text(box.right - 12, box.y + 21, count(number), "quiet end")
        yield from draw_upright(box) if box.package == "kite.simulator" else draw_row(box)
    else:
        yield text(box.x + 12, box.y + 37, count(number), "quiet")


def draw_arrows(boxes: dict[str, Box]) -> Iterator[str]:
    """Every arrow, each by a way of its own."""
    bends: list[tuple[int, int, int]] = []
    for start, end in ((boxes[start], boxes[end]) for start, end in arrows()):
        leave, arrive, turn = route(start, end, boxes)
        start.ports.append(leave)
        end.ports.append(arrive)
        bend = ""
        if leave != arrive:
            left, right = sorted((leave, arrive))
            # two arrows that turn in the same gutter do so at different heights, or they would look
            # like one
            while any(y == turn and left < end_x and start_x < right for y, start_x, end_x in bends):
                turn -= 8
            bends.append((turn, left, right))
            bend = f"V{turn}H{arrive}"
        yield f'  <path class="arrow" d="M{leave} {start.bottom}{bend}V{end.y - 2}"/>'


def colours(palette: dict[str, str]) -> str:
    """A palette as custom properties."""
    return "; ".join(f"--{name}: {value}" for name, value in palette.items())


def marker(name: str, size: int) -> str:
    """The head of an arrow."""
    box = f'viewBox="0 0 8 8" refX="7" refY="4" markerWidth="{size}" markerHeight="{size}" orient="auto"'
    return f'<marker id="{name}" {box}><path class="{name}" d="M0 0l8 4-8 4z"/></marker>'


def sheet(size: tuple[int, int], title: str, note: str, words: str, body: Iterable[str]) -> str:
    """A whole file: a sheet of this width and height with a title and a note at its top. `words` are
    the picture in words, for those who do not see it.
    """
    width, height = size
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img"',
        '  aria-labelledby="title desc">',
        f'  <title id="title">{escape(title)}</title>',
        f'  <desc id="desc">{escape(words)}</desc>',
        f"  <style>\n    :root {{ {colours(LIGHT)} }}",
        f"    @media (prefers-color-scheme: dark) {{ :root {{ {colours(DARK)} }} }}{STYLE}  </style>",
        f"  <defs>{marker('head', 7)}{marker('small', 6)}</defs>",
        f'  <rect class="sheet" width="{width}" height="{height}" rx="12"/>',
        text(MARGIN, 34, title, "name"),
        text(width - MARGIN, 34, note, "quiet end"),
    ]
    return "\n".join([*lines, *body, "</svg>", ""])


def picture() -> str:
    """The whole file."""
    boxes, bottom = layout()
    body = [line for box in boxes.values() for line in draw_box(box)]
    body += [*draw_arrows(boxes), *draw_notes(boxes)]
    note = "An arrow leads from what imports to what it imports"
    return sheet((WIDTH, bottom), "Packages and what they import", note, description(), body)


def draw_notes(boxes: dict[str, Box]) -> Iterator[str]:
    """What no arrow says."""
    simulator, lowest = boxes["kite.simulator"], boxes[LAYERS[0][0]]
    used = sorted(file_of(package) for package in imports()["kite.simulator"] if layer_of(package))
    notes = [
        "The simulator imports only",
        f"{', '.join(used)} and the lowest layer.",
        "",
        "Small arrows: the order inside a",
        "package. A subpackage may import",
        "all those that follow it.",
    ]
    for number, note in enumerate(notes):
        yield text(simulator.x + 12, simulator.bottom + 30 + number * 17, note, "quiet")
    yield text(MARGIN, lowest.y - 10, "The lowest layer: every package may import these", "quiet")


def description() -> str:
    """The picture in words, for those who do not see it."""
    layers = (", ".join(file_of(package) for package in layer) for layer in reversed(LAYERS))
    return f"Layers, the highest first. Each imports only from those below it: {'; '.join(layers)}."


def summary(name: str) -> str:
    """The first sentence of a module's docstring."""
    source = next(source for source in SOURCES if source.name == name)
    words = " ".join((ast.get_docstring(source.tree) or "").split("\n\n")[0].split())
    return re.split(r"(?<=\.) (?=[A-Z])", words)[0]


def table() -> str:
    """Every package and subpackage, the highest layer first."""
    rows = ["", "| package | modules | what it is |", "|---|---:|---|"]
    for layer in reversed(LAYERS):
        for package in layer:
            rows.append(f"| **`{file_of(package)}`** | {len(modules_in(package))} | {summary(package)} |")
            names = [name for group in reversed(SUBPACKAGES.get(package, ())) for name in group if name]
            for name in names:
                path = f"{file_of(package)}/{name}"
                rows.append(
                    f"| `{path}` | {len(modules_in(package, name))} | {summary(f'{package}.{name}')} |"
                )
    return "\n".join([*rows, "", ""])


def document() -> str:
    """The document with the table of today."""
    return TABLE.sub(lambda _: table(), DOCUMENT.read_text(encoding="utf-8"))


if __name__ == "__main__":
    PICTURE.write_text(picture(), encoding="utf-8")
    DOCUMENT.write_text(document(), encoding="utf-8")
