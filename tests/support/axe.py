"""Accessibility: axe on a page in a browser."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


COLOURS = ["color-contrast", "link-in-text-block"]
"""The rules of those tags that look at colours: nothing else of a page is another in dark."""


def check_accessibility(page: Page, *, only_colours: bool = False) -> None:
    """Fail when axe finds a violation of WCAG 2.2 A or AA, or of its own best practices.

    Needs a page with scripts on.

    `only_colours` is for a page that was looked at in full in the other theme, at the same size.
    """
    # Only violations are described in full, which takes a quarter of the time.
    what = {"type": "rule", "values": COLOURS} if only_colours else {"type": "tag", "values": TAGS}
    options = {"runOnly": what, "resultTypes": ["violations"]}
    found = Axe().run(page, options=options).response["violations"]
    lines = [
        f"{each['id']} ({each['impact']}): {each['help']}\n    {node['html'][:200]}"
        for each in found
        for node in each["nodes"]
    ]
    assert not lines, f"axe at {page.url}:\n" + "\n".join(lines)
