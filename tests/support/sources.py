"""The project's own sources, as Python reads them."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Source:
    """One file: `name` as Python imports it, `path` from the root of the tree."""

    path: Path

    @property
    def name(self) -> str:
        return ".".join(self.path.with_suffix("").parts).removesuffix(".__init__")

    @cached_property
    def text(self) -> str:
        return (ROOT / self.path).read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, str(self.path))

    def imports(self) -> Iterator[str]:
        """Every name that is imported, wherever in the file; of `from a import b` that is a.b,
        which may be a module.
        """
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                assert not node.level, f"{self.path}:{node.lineno}: imports are written with the full name"
                yield from (f"{node.module}.{alias.name}" for alias in node.names)

    def functions(self) -> Iterator[tuple[str, int]]:
        """Every function with its number of lines, decorators and docstring aside."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                body = node.body[1:] if ast.get_docstring(node) else node.body
                end = body[-1].end_lineno if body else node.end_lineno
                documented = (
                    body[0].lineno - node.body[0].lineno if body and body[0] is not node.body[0] else 0
                )
                yield f"{self.path}:{node.lineno} {node.name}", int(end or 0) - node.lineno + 1 - documented


def sources() -> list[Source]:
    """The files that run in production."""
    return [
        Source(path.relative_to(ROOT)) for path in (ROOT / "app.py", *sorted((ROOT / "kite").rglob("*.py")))
    ]
