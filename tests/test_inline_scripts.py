"""A script that stands shortened in its page has a readable source beside its template, and is that
source.
"""

import re
from pathlib import Path

import pytest

from tests.support.sources import ROOT

TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
INLINE = re.compile(r"<script\b(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.DOTALL)
TRIMMED = re.compile(r"{#.*?-#}\s*", re.DOTALL)
"""What a template writes at a line's end to join it with the next one."""

LOCAL_NAMES = re.compile(r"\b(?:function\s*|catch\s*)\(([\w, ]+)\)")
TOKEN = re.compile(r"""//[^\n]*|"[^"\n]*"|\.?\w+|\s+|.""")


def shortened(source: str) -> str:
    """Return a script without comments, without spaces that it does not need, and with the first
    letter for each name of its own.
    """
    names = {name for found in LOCAL_NAMES.findall(source) for name in found.split(", ")}
    letters = {name: name[0] for name in names}
    assert len(set(letters.values())) == len(names), "two names begin with the same letter"
    text = ""
    for token in TOKEN.findall(source):
        if token.isspace() or token.startswith("//"):
            text += " " * (not text.endswith(" "))
        else:
            text += letters.get(token, token)
    parts = re.split(r'("[^"]*")', text.strip().removesuffix(";"))
    parts[::2] = [re.sub(r"(?<!\w) | (?!\w)", "", part).replace(";}", "}") for part in parts[::2]]
    return "".join(parts)


def is_shortened(script: str) -> bool:
    return bool(re.search(r"\)\{\S", script))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_a_shortened_script_is_made_of_the_source_beside_its_template(path: Path):
    scripts = [TRIMMED.sub("", script) for script in INLINE.findall(path.read_text(encoding="utf-8"))]
    source = path.with_suffix(".js")
    assert [script for script in scripts if is_shortened(script)] == (
        [shortened(source.read_text(encoding="utf-8"))] if source.exists() else []
    )


def test_a_script_is_shortened_without_a_change_of_what_it_does():
    source = """
        // Says what kind of page it is.
        (function (page, kind) {
          kind = page.kind + " page (of a kind)";
          try { if (!kind) return (page); } catch (error) {}
          new Page(kind);
        })(document.page);
    """
    assert shortened(source) == (
        '(function(p,k){k=p.kind+" page (of a kind)";try{if(!k)return(p)}catch(e){}new Page(k)})(document.page)'
    )
    assert is_shortened(shortened(source))
    assert not is_shortened(source)
