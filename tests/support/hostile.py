"""Input that nobody types by accident, and what an answer must be whatever was sent."""

import re

from werkzeug.test import TestResponse

from tests.support.html import check_page

LONG = "x" * 10_000

TEXTS = {
    "ampersand": "M&M",
    "entity": "&lt;b&gt;&amp",
    "script": "<script>alert(1)</script>",
    "end of script": "</script><script>alert(1)</script>",
    "attribute": '" autofocus onfocus="alert(1)',
    "single quotes": "' onfocus='alert(1)' x='",
    "tag": "<img src=x onerror=alert(1)>",
    "comment": "--><!--",
    "end of textarea": "</textarea></select></form>",
    "template": "{{7*7}}",
    "template literal": "${7*7}",
    "percent signs": "%s %(tradingsymbol)s %n %%",
    "braces": "{0.__class__} {x!r}",
    "quote for SQL": "' OR 1=1; DROP TABLE executions; --",
    "wildcards": "%_*?\\",
    "path": "../../etc/passwd",
    "header": "a\r\nSet-Cookie: visit=1\r\n\r\n<b>",
    "long": LONG,
    "NUL": "IN\0FY",
    "controls": "\x01\x08\x0b\x1b[31m\x7f",
    "second controls": "\x80\x85\x9f",
    "noncharacters": "\ufdd0\ufffe\uffff\U0010ffff",
    "from right to left": "\u202eYFNI\u202c \u200f \u2067",
    "no width": "IN\u200bFY\u200d\u2060\ufeff",
    "combining": "a" + "\u0301" * 300,
    "other plane": "\U0001f4c8\U00020000",
    "line ends": "a\nb\rc\u2028d\u2029e",
    "only spaces": " \u00a0\u3000 ",
}
"""By name: texts that mean something to HTML, a template, a header, SQL or a terminal, and
characters that hardly anybody sees.
"""

HALVES = {"half a pair": "\ud800", "other half": "a\udfff", "wrong order": "\udc00\ud800"}
"""Lone surrogates: JSON can write them, a URL and a form cannot."""

_LOST = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef]")


def kept(text: str) -> str:
    """Return what a field of a page shows for a typed text: the text, with U+FFFD for what HTML
    allows nowhere.
    """
    return "".join("\ufffd" if _LOST.match(each) or ord(each) & 0xFFFE == 0xFFFE else each for each in text)


def kept_lines(text: str) -> str:
    """Return what a box of several lines shows: line ends and tabs stay, and every line end is
    one.
    """
    return "".join(
        each if each in "\t\n" else kept(each) for each in text.replace("\r\n", "\n").replace("\r", "\n")
    )


def sound(answer: TestResponse, *statuses: int) -> TestResponse:
    """Fail unless an answer is one of `statuses` (by default anything below 500), carries the
    headers and, if it is a page, is valid.
    """
    text = answer.get_data(as_text=True)
    assert answer.status_code in statuses if statuses else answer.status_code < 500, (
        f"{answer.status_code}: {text[:2000]}"
    )
    assert all(
        f"{name}{value}".isprintable() and f"{name}{value}".isascii() for name, value in answer.headers
    ), answer.headers
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert (
        answer.headers["Cache-Control"] == "no-store"
        and answer.headers["X-Content-Type-Options"] == "nosniff"
    )
    if answer.mimetype == "text/html" and not 300 <= answer.status_code < 400:
        assert "alert(1)</script>" not in text and "<img src=x" not in text
        check_page(text)
    return answer
