"""Draws `docs/token.svg`: the packages through which a `request_token` passes.

The path is observed: a basket goes through the site and its simulator in one process, and while the
return is answered, every call that passes the token, its SHA-256 or the sealed token is recorded.
`make docs` runs it, and `tests/test_docs.py` fails while the picture differs from what the code
does.
"""

import dataclasses
import hashlib
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.support.clock import START, Clock
from tests.support.layers import SUBPACKAGES
from tests.support.site import HOST, Site, Visitor
from tests.support.sources import ROOT
from tools.draw_packages import MARGIN, sheet, text

PICTURE = ROOT / "docs/token.svg"

BOX, GAP, INDENT, WIDTH = 58, 26, 44, 720

IN_WORDS = {"token": "the token", "hash": "its SHA-256", "sealed": "the sealed token"}


@dataclass(frozen=True)
class Step:
    """A call from one package into another that passes the token. `form` is a key of IN_WORDS."""

    caller: str
    callee: str
    function: str
    form: str


@dataclass
class Watcher:
    """Notes every call between packages that carries the token, in order and each once."""

    token: str
    steps: list[Step] = field(default_factory=list)
    sealed: set[str] = field(default_factory=set)

    def notice(self, frame: FrameType, event: str, value: Any) -> None:
        """Take in what `sys.setprofile` reports."""
        callee, code = package_in(frame), frame.f_code
        if not callee:
            return
        names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        forms = set().union(*(self.forms_of(frame.f_locals.get(name)) for name in names))
        if event == "return" and code.co_name == "seal" and "token" in forms:
            self.sealed.add(value)
        if event != "call" or not forms:
            return
        caller = calling_package(frame)
        # Only the calls between packages are drawn, and a dunder such as __init__ is no call of theirs.
        if caller not in ("", callee) and not code.co_name.startswith("_"):
            self.steps += [Step(caller, callee, code.co_name, form) for form in sorted(forms)]

    def forms_of(self, value: object) -> set[str]:
        """Return the forms in which a value is the token, or a record holds it."""
        if isinstance(value, str):
            known = {self.token: "token", hashlib.sha256(self.token.encode()).hexdigest(): "hash"}
            return {known.get(value, "sealed" if value in self.sealed else "")} - {""}
        if isinstance(value, type) or not dataclasses.is_dataclass(value):
            return set()
        texts = (getattr(value, part.name, None) for part in dataclasses.fields(value))
        return set().union(*(self.forms_of(one) for one in texts if isinstance(one, str)))


def package_in(frame: FrameType) -> str:
    """Return the package or subpackage of ours that a frame runs in, "" for anything else and for
    the simulator, which is the other side.
    """
    name = str(frame.f_globals.get("__name__", ""))
    if not name.startswith("kite.") or name.startswith("kite.simulator"):
        return ""
    parts = name.split(".")
    package = ".".join(parts[:2])
    return ".".join(parts[:3]) if package in SUBPACKAGES and len(parts) > 3 else package


def calling_package(frame: FrameType) -> str:
    """Return the package that a call comes from, through whatever library is in between."""
    back = frame.f_back
    while back and not str(back.f_globals.get("__name__", "")).startswith("kite."):
        back = back.f_back
    return package_in(back) if back else ""


def watch_return() -> list[Step]:
    """Place a basket at the simulator, come back, and return the calls that passed the token."""
    with tempfile.TemporaryDirectory() as folder:
        site = Site(Path(folder) / "instance", Clock(START))
        try:
            visitor = Visitor(site)
            address = visitor.place(visitor.compose({"tradingsymbol": "INFY"}))
            watcher = Watcher(parse_qs(urlsplit(address).query)["request_token"][0])
            sys.setprofile(watcher.notice)
            try:
                answer = visitor.client.get(address.removeprefix(HOST), base_url=HOST)
            finally:
                sys.setprofile(None)
            if "/executions/" not in (answer.location or ""):
                raise RuntimeError(f"The return led to {answer.location}, not to a receipt.")
        finally:
            site.close()
    return list(dict.fromkeys(watcher.steps))


def callers(steps: list[Step]) -> dict[str, str]:
    """Return, by package and in the order of the path, the one package that passes it the token.

    Raises ValueError when a package gets it from two.
    """
    entries: dict[str, str] = {}
    for step in steps:
        if entries.setdefault(step.callee, step.caller) != step.caller:
            raise ValueError(f"{step.callee} gets it from {entries[step.callee]} and from {step.caller}")
    return entries


def in_order(package: str, entries: dict[str, str], depth: int = 0) -> Iterator[tuple[str, int]]:
    """Yield a package with its depth, and below it those to which it passes the token."""
    yield package, depth
    for callee, caller in entries.items():
        if caller == package:
            yield from in_order(callee, entries, depth + 1)


def draw_box(package: str, depth: int, row: int, steps: list[Step]) -> Iterator[str]:
    """Draw a package, with what it is called for and in which form it gets the token."""
    x, y = MARGIN + depth * INDENT, 56 + row * (BOX + GAP)
    own = [step for step in steps if step.callee == package]
    forms = {step.form for step in own}
    carried = " · ".join(words for form, words in IN_WORDS.items() if form in forms)
    functions = ", ".join(dict.fromkeys(step.function for step in own))
    yield f'  <rect class="box" x="{x}" y="{y}" width="{WIDTH - MARGIN - x}" height="{BOX}" rx="8"/>'
    yield text(x + 14, y + 24, package.replace(".", "/"), "name")
    yield text(WIDTH - MARGIN - 14, y + 24, carried or "the token, in the address", "quiet end")
    yield text(x + 14, y + 44, functions or "receive", "quiet")


def draw_arrow(start: tuple[int, int], end: tuple[int, int]) -> str:
    """Draw an arrow between two boxes, each named by its depth and row."""
    (depth, row), (_, last) = start, end
    x, y = MARGIN + depth * INDENT + INDENT // 2, 56 + row * (BOX + GAP) + BOX
    return f'  <path class="arrow" d="M{x} {y}V{56 + last * (BOX + GAP) + BOX // 2}H{x + INDENT // 2 - 2}"/>'


def picture(steps: list[Step]) -> str:
    """Return the whole file."""
    entries = callers(steps)
    boxes = list(in_order(steps[0].caller, entries))
    rows = {package: (depth, row) for row, (package, depth) in enumerate(boxes)}
    words = "; ".join(f"{caller} passes it to {callee}" for callee, caller in entries.items())
    body = [line for package, (depth, row) in rows.items() for line in draw_box(package, depth, row, steps)]
    body += [draw_arrow(rows[caller], rows[callee]) for callee, caller in entries.items()]
    return sheet(
        (WIDTH, 56 + len(boxes) * (BOX + GAP)),
        "The way of a request_token",
        "In each package: what it is called for, and what it gets",
        f"{words.replace('.', '/')}.",
        body,
    )


if __name__ == "__main__":
    PICTURE.write_text(picture(watch_return()), encoding="utf-8")
