"""What must be right on every page, whatever it shows."""

from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from xml.etree.ElementTree import Element

import html5lib

UNLABELLED = frozenset({"hidden", "submit", "button", "image", "reset"})
"""Types of inputs that need no label, or carry it themselves."""


def check_page(html: str) -> None:
    """Fail with every fault: it parses, one h1 that the title starts with, unique ids, labelled
    fields, forms with an action, trusted scripts.
    """
    root, found = parsed(html)
    faults = list(found)
    for check in (_heading, _language, _ids, _labels, _forms, _scripts):
        faults += check(root)
    assert not faults, "faults of the page:\n" + "\n".join(faults) + f"\n\n{html}"


@lru_cache(maxsize=4)
def parsed(html: str) -> tuple[Element, tuple[str, ...]]:
    """Parse a page as browsers do.

    Returns the tree, to be looked at and not changed, and what is wrong with the page.
    """
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    root = parser.parse(html)
    return root, tuple(f"line {line}: {code} {details}" for (line, _), code, details in parser.errors)


def words(element: Element) -> str:
    """The text of an element, with single spaces."""
    return " ".join("".join(element.itertext()).split())


def _heading(root: Element) -> Iterator[str]:
    headings = [words(each) for each in root.iter("h1")]
    titles = [words(each) for each in root.iter("title")]
    if len(headings) != 1 or not headings[0]:
        yield f"one h1 with words is right, not {headings}"
    elif len(titles) != 1 or not titles[0].startswith(headings[0]):
        yield f"the title starts with the h1, {headings[0]!r}, and is not {titles}"


def _language(root: Element) -> Iterator[str]:
    if not root.get("lang"):
        yield "the html element has no lang"


def _ids(root: Element) -> Iterator[str]:
    ids = Counter(each.get("id") for each in root.iter() if each.get("id") is not None)
    yield from (f"id {name!r} stands {count} times" for name, count in ids.items() if count > 1)
    for each in root.iter():
        for attribute in ("for", "aria-describedby", "aria-labelledby", "aria-controls", "list", "form"):
            yield from (
                f"{attribute} names {name!r}, which is not there"
                for name in (each.get(attribute) or "").split()
                if name not in ids
            )
        target = each.get("href") or ""
        if each.tag == "a" and target.startswith("#") and target[1:] not in ids:
            yield f"a link leads to {target!r}, which is not there"


def _labels(root: Element) -> Iterator[str]:
    named = {each.get("for") for each in root.iter("label") if words(each)}
    inside = {
        field for label in root.iter("label") if words(label) for field in label.iter() if field is not label
    }
    for field in root.iter():
        if field.tag not in ("input", "select", "textarea") or (
            field.tag == "input" and (field.get("type") or "text").lower() in UNLABELLED
        ):
            continue
        if not (
            field.get("id") in named
            or field in inside
            or field.get("aria-label")
            or field.get("aria-labelledby")
        ):
            yield f"{field.tag} {field.get('name')!r} has no label"
    for button in root.iter("button"):
        if not (words(button) or button.get("aria-label") or button.get("aria-labelledby")):
            yield f"a button {button.get('name')!r} has no words"


def _forms(root: Element) -> Iterator[str]:
    for form in root.iter("form"):
        if not form.get("action"):
            yield f"form {form.get('id')!r} has no action"
        if (form.get("method") or "").lower() not in ("get", "post"):
            yield f"form {form.get('id')!r} has no method"


def _scripts(root: Element) -> Iterator[str]:
    for script in root.iter("script"):
        source = script.get("src") or ""
        if not script.get("nonce") and not (source.startswith("/") and not source.startswith("//")):
            yield f"a script carries no nonce and is not ours: {source or words(script)[:60]!r}"
    for each in root.iter():
        yield from (
            f"{each.tag} carries {name}: the Content-Security-Policy refuses it"
            for name in each.attrib
            if name.startswith("on") or name == "style"
        )
