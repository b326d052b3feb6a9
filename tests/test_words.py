"""Every word that people read can be translated."""

import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from jinja2 import Environment, nodes

from tests.support.sources import ROOT

TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
MARKS = {"_", "gettext", "ngettext", "pgettext", "npgettext"}
SPOKEN = ("alt", "aria-label", "aria-description", "aria-valuetext", "placeholder", "title")
SAME_EVERYWHERE = {"Basket", "Kite", "JSON", "IST"}
"""Names, which no language changes."""

ATTRIBUTES = re.compile(r"""\b(?:aria|data)-[\w-]+(?:="[^"]*")?|\bautofocus\b""")
"""What a macro for the inside of a tag leaves between tags."""

ENVIRONMENT = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)


class Text(HTMLParser):
    """Collects what a page says."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "style"):
            self.inside.append(tag)
        self.said += [value for name, value in attrs if value and name in SPOKEN]

    def handle_endtag(self, tag: str) -> None:
        if self.inside and self.inside[-1] == tag:
            self.inside.pop()

    def handle_data(self, data: str) -> None:
        if not self.inside:
            self.said.append(ATTRIBUTES.sub("", data))


def words(text: str) -> Iterator[str]:
    """Runs of letters, names aside."""
    return (word for word in re.findall(r"[^\W\d_]{2,}", text) if word not in SAME_EVERYWHERE)


def loose_strings(node: nodes.Node) -> Iterator[str]:
    """Sentences in a template's code that are not marked for translation."""
    if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name in MARKS:
        return
    if (
        isinstance(node, nodes.Const)
        and isinstance(node.value, str)
        and re.match(r"[A-Z][a-z]+([ .,]|$)", node.value)
    ):
        yield node.value
    for child in node.iter_child_nodes():
        yield from loose_strings(child)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_every_word_of_a_template_goes_through_gettext(path: Path):
    tree = ENVIRONMENT.parse(path.read_text(encoding="utf-8"))
    page = Text()
    page.feed("".join(node.data for node in tree.find_all(nodes.TemplateData)))
    page.close()
    assert not [word for text in page.said for word in words(text)]
    assert not [string for string in loose_strings(tree) if any(words(string))]


def test_translators_get_every_word(tmp_path: Path):
    target = tmp_path / "messages.pot"
    command = [
        sys.executable,
        "-m",
        "babel.messages.frontend",
        "extract",
        "-F",
        "babel.cfg",
        "-k",
        "N_",
        "-o",
        str(target),
        ".",
    ]
    process = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stderr
    with target.open("rb") as file:
        messages = {
            str(message.id if isinstance(message.id, str) else message.id[0]) for message in read_po(file)
        }
    assert "Simulator mode. No order here reaches an exchange." in messages  # a template's
    assert "After market" in messages  # marked with N_
    assert len(messages) > 100
