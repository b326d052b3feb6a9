"""Accessibility: axe on a page in a browser."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def check_accessibility(page: Page) -> None:
    """Fail when axe finds a violation of WCAG 2.2 A or AA, or of its own best practices. Needs a page with scripts on."""
    # Only violations are described in full, which takes a quarter of the time.
    options = {"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"]}
    found = Axe().run(page, options=options).response["violations"]
    lines = [f"{each['id']} ({each['impact']}): {each['help']}\n    {node['html'][:200]}" for each in found for node in each["nodes"]]
    assert not lines, f"axe at {page.url}:\n" + "\n".join(lines)
