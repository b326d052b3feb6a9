"""Every sentence that people read: in templates, in Python and in scripts."""

import ast
import re
from collections.abc import Iterator

from tests.support.sources import ROOT, sources

DONE = "placed|sent|changed|bought|sold|ordered|handed|cancelled|lost|deleted|erased|published|recorded|asked|filled|written"
DOES = "places|sends|changes|buys|sells|authorises|takes place"
CLAIMS = (
    re.compile(r"\bno (orders?|order book)\b.*\b(of (this|it|ours)|shown)\b", re.IGNORECASE),
    re.compile(
        rf"\b(nothing|none|nobody|no (baskets?|orders?|sale|trade))\b.*\b({DONE}|happened|seen)\b",
        re.IGNORECASE | re.DOTALL,
    ),
    re.compile(
        rf"\b({DONE}|{DOES}|made|asked|seen|shows?|holds?|tells?|know"
        r" of|hands?)\b\W+(\w+\W+){0,3}(nothing|none|no (baskets?|orders?))\b",
        re.IGNORECASE,
    ),
    re.compile(
        rf"(\b(not|never|nowhere)|n[’']t)\b\W+(\w+\W+){{0,2}}({DONE}|change|cancel|exit|place|send|open(ed)?|gone)\b",
        re.IGNORECASE,
    ),
    re.compile(r"\b(unchanged|as (it|they) (was|were)|stays? as)\b", re.IGNORECASE),
)
"""How a sentence claims that something did not happen."""

SENTENCE = re.compile(r"(?<=[.!?…])\s+")
STRING = r""""(?:[^"\\]|\\.)*"(?:\s*"(?:[^"\\]|\\.)*")*"""
"""A text of a template, which may go on in the next line as in Python."""
GETTEXT = re.compile(rf"(?:_|gettext|ngettext)\(\s*({STRING})(?:\s*,\s*({STRING}))?")
TRANS = re.compile(r"{%-?\s*trans[^%]*%}(.*?){%-?\s*endtrans", re.DOTALL)
SCRIPT_TEXT = re.compile(r'"((?:[^"\\\n]|\\.)*)"|`([^`]*)`')
MARKUP = re.compile(r"{#.*?#}|{%.*?%}|{{.*?}}|<(script|style)\b.*?</\1>|<!--.*?-->", re.DOTALL)
TAG = re.compile(r"<[^>]*>")


def claims() -> set[tuple[str, str]]:
    """Return where and what: every sentence that says that nothing happened, with its file."""
    return {
        (place, sentence)
        for place, text in texts()
        for sentence in SENTENCE.split(text)
        if is_claim(sentence)
    }


def is_claim(sentence: str) -> bool:
    """Whether a sentence says that something did not happen."""
    # And no selector or pattern.
    is_sentence = re.match(r"[\w“‘%]", sentence) and "|" not in sentence
    return bool(is_sentence) and any(claim.search(sentence) for claim in CLAIMS)


def texts() -> Iterator[tuple[str, str]]:
    """Every text that a person may read, with the file that holds it."""
    for path in sorted((ROOT / "templates").rglob("*.html")):
        yield from (
            (str(path.relative_to(ROOT)), text) for text in of_template(path.read_text(encoding="utf-8"))
        )
    for path in sorted(path for folder in ("static", "templates") for path in (ROOT / folder).rglob("*.js")):
        yield from (
            (str(path.relative_to(ROOT)), text) for text in of_script(path.read_text(encoding="utf-8"))
        )
    for source in sources():
        yield from ((str(source.path), text) for text in of_python(source.tree))


def of_template(text: str) -> Iterator[str]:
    """The texts of a template: what is translated, and what stands in it plainly."""
    for found in GETTEXT.finditer(text):
        yield from (_clean(re.sub(r'"\s*"', "", text)[1:-1]) for text in found.groups() if text)
    yield from (_clean(found[1]) for found in TRANS.finditer(text))
    plain = TRANS.sub(" ", text)
    yield from (_clean(line) for line in TAG.sub("\n", MARKUP.sub("\n", plain)).splitlines() if line.strip())


def of_script(text: str) -> Iterator[str]:
    """The strings of a script."""
    yield from (_clean(one or two) for one, two in SCRIPT_TEXT.findall(text) if " " in (one or two))


def of_python(tree: ast.AST) -> Iterator[str]:
    """The strings of a module that are sentences: its docstrings aside, which nobody reads on a
    page.
    """
    docstrings = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in docstrings
            and " " in node.value
        ):
            yield _clean(node.value)


def _clean(text: str) -> str:
    return " ".join(TAG.sub(" ", re.sub(r"{{.*?}}", "…", text)).split())
