"""Read a form of a page as a browser does: which controls there are, and what pressing a button
would send.
"""

from xml.etree.ElementTree import Element

from tests.support.html import parsed


def tree(html: str) -> Element:
    """Parse a page as browsers do; a page that is not valid HTML fails the test.

    Look at the tree, change nothing in it.
    """
    root, faults = parsed(html)
    assert not faults, faults
    return root


def controls(html: str) -> list[tuple[str, str]]:
    """Return name and value of every control that the page's main form would send, buttons left
    out.
    """
    form = next(
        each
        for each in tree(html).iter("form")
        if each.get("method") == "post" and each.find(".//*[@name='action']") is not None
    )
    sent = []
    for each in form.iter():
        name = each.get("name")
        if (
            each.tag == "input"
            and name
            and (each.get("type") not in ("radio", "checkbox") or each.get("checked") is not None)
        ):
            sent.append((name, each.get("value", "")))
        elif each.tag == "select":
            options = list(each.iter("option"))
            chosen = [option for option in options if option.get("selected") is not None] or options[:1]
            sent.append((name, chosen[0].get("value")))
    return sent


def buttons(html: str) -> list[str]:
    """Return the values of all buttons named action, in the order of the page."""
    return [each.get("value") for each in tree(html).iter("button") if each.get("name") == "action"]


def by_id(html: str, name: str) -> Element | None:
    """Return the element of this id."""
    return next((each for each in tree(html).iter() if each.get("id") == name), None)


def focused(html: str) -> str | None:
    """Return the id of the element that asks for the focus."""
    return next((each.get("id") for each in tree(html).iter() if each.get("autofocus") is not None), None)


def text(element: Element | None) -> str:
    """Return the words of an element, white space folded."""
    return "" if element is None else " ".join("".join(element.itertext()).split())
