"""What can be changed in a module, and what the module says after it.

Most are mutmut's: another operator or number, an argument left out, a text spoiled, a value that becomes
None. Three are ours: a condition that always or never holds, a function that returns nothing, a call that
does not happen.
"""

import ast
import difflib
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import libcst
from libcst import matchers
from libcst.metadata import MetadataWrapper, PositionProvider
from mutmut.mutation.mutators import mutation_operators

Operator = Callable[[Any], Iterable[libcst.CSTNode]]
"""What can stand in place of a node of its kind."""


@dataclass(frozen=True)
class Place:
    """A node of a module and what can stand there instead."""

    line: int
    node: libcst.CSTNode
    replacement: libcst.CSTNode


@dataclass(frozen=True)
class Change:
    """One change of one module.

    `path` is below the root of the tree. `original` and `code` are the whole module before and after the
    change, and `lines` the numbers of the lines that differ, as they were before it.
    """

    path: str
    original: str
    code: str
    lines: tuple[int, ...]

    @property
    def diff(self) -> str:
        """The change as people read it."""
        lines = difflib.unified_diff(
            self.original.splitlines(), self.code.splitlines(), self.path, self.path, lineterm="", n=2
        )
        return "\n".join(lines)

    @property
    def key(self) -> tuple[str, ...]:
        """What names the change: its path, and the lines that go and come."""
        lines = self.diff.splitlines()[2:]
        return (self.path, *(line[0] + " " + line[1:].strip() for line in lines if line[0] in "+-"))


def draw(
    root: Path, paths: Sequence[Path], seed: int, keys_left_out: set[tuple[str, ...]]
) -> Iterator[Change]:
    """Yield changes of the modules in `paths`, in an order that the seed decides.

    A line is drawn first, and then one of the changes at it. More than half of all changes are of arguments
    of calls, and a line with a long call would come as often as ten others. A line comes once.
    """
    chance = random.Random(seed)  # noqa: S311  nothing secret
    modules: dict[str, libcst.Module] = {}
    lines: dict[tuple[str, int], list[Place]] = defaultdict(list)
    for path in paths:
        name = str(path.relative_to(root))
        modules[name], places = _find_places(path.read_text(encoding="utf-8"))
        for place in places:
            lines[name, place.line].append(place)
    order = sorted(lines)
    chance.shuffle(order)
    for name, line in order:
        change = _apply(name, modules[name], chance.choice(lines[name, line]))
        if change and change.key not in keys_left_out:
            yield change


def _apply(path: str, module: libcst.Module, place: Place) -> Change | None:
    """Return a change; None when it is no Python, or the same program by its syntax tree."""
    changed = module.deep_replace(place.node, place.replacement)
    code = libcst.ensure_type(changed, libcst.Module).code
    try:
        if ast.dump(ast.parse(code)) == ast.dump(ast.parse(module.code)):
            return None
        compile(code, path, "exec")
    except SyntaxError:
        return None
    return Change(path, module.code, code, _differing_lines(module.code, code))


def _differing_lines(before: str, after: str) -> tuple[int, ...]:
    numbers: list[int] = []
    matcher = difflib.SequenceMatcher(None, before.splitlines(), after.splitlines(), autojunk=False)
    for tag, start, end, _, _ in matcher.get_opcodes():
        if tag != "equal":
            numbers += range(start + 1, max(end, start + 1) + 1)
    return tuple(numbers)


def _find_places(text: str) -> tuple[libcst.Module, list[Place]]:
    wrapper = MetadataWrapper(libcst.parse_module(text))
    finder = _Finder()
    wrapper.visit(finder)
    return wrapper.module, finder.places


class _Finder(libcst.CSTVisitor):
    """Collects the places of a module."""

    METADATA_DEPENDENCIES = (PositionProvider,)

    def __init__(self) -> None:
        super().__init__()
        self.places: list[Place] = []
        self._line = 1

    def on_visit(self, node: libcst.CSTNode) -> bool:
        """Add what can stand in place of a node; return whether to look inside it."""
        if _is_never_changed(node):
            return False
        # Operators such as `in` have no position of their own: theirs is that of what came before.
        position = self.get_metadata(PositionProvider, node, None)
        if position:
            self._line = position.start.line
        for kind, operator in OPERATORS:
            if isinstance(node, kind):
                self.places += [Place(self._line, node, replacement) for replacement in operator(node)]
        return True


_ENUM = matchers.Arg(matchers.Name("StrEnum") | matchers.Name("IntEnum") | matchers.Name("Enum"))


def _is_never_changed(node: libcst.CSTNode) -> bool:
    """Whether a node means nothing to a running program, or stops it before it begins."""
    # Types are checked by mypy, and a decorator's arguments fail at import or not at all.
    if isinstance(node, libcst.Annotation | libcst.Decorator | libcst.Import | libcst.ImportFrom):
        return True
    # Which word a member of an enum stands for is the same to a program that only compares members.
    if isinstance(node, libcst.ClassDef) and any(matchers.matches(base, _ENUM) for base in node.bases):
        return True
    if isinstance(node, libcst.Call) and isinstance(node.func, libcst.Name):
        return node.func.value in ("TypeVar", "cast")
    # zip(…, strict=True) says what is so anyway.
    return isinstance(node, libcst.Arg) and node.keyword is not None and node.keyword.value == "strict"


def _force_condition(node: libcst.If | libcst.While | libcst.CompIf) -> Iterator[libcst.CSTNode]:
    if not isinstance(node, libcst.While):  # it would not end
        yield node.with_changes(test=libcst.Name("True"))
    if not isinstance(node, libcst.CompIf):
        yield node.with_changes(test=libcst.Name("False"))


def _return_nothing(node: libcst.Return) -> Iterator[libcst.CSTNode]:
    # For `if` and `not`, None is the same as False.
    if node.value is not None and not matchers.matches(
        node.value, matchers.Name("None") | matchers.Name("False")
    ):
        yield node.with_changes(value=libcst.Name("None"))


def _leave_out_call(node: libcst.Expr) -> Iterator[libcst.CSTNode]:
    if isinstance(node.value, libcst.Call):
        yield libcst.Pass()


OPERATORS: Sequence[tuple[type | tuple[type, ...], Operator]] = (
    *mutation_operators,
    ((libcst.If, libcst.While, libcst.CompIf), _force_condition),
    (libcst.Return, _return_nothing),
    (libcst.Expr, _leave_out_call),
)
