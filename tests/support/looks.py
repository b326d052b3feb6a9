"""How a page looks to everybody: axe in both themes at two sizes, and nothing beside the screen."""

from playwright.sync_api import Page

from tests.support.axe import check_accessibility

LOOKS = ((390, 844, "light"), (390, 844, "dark"), (1280, 900, "light"), (1280, 900, "dark"))
NARROWEST = 320


def faults(page: Page) -> list[str]:
    """Return what is wrong with the page that is open, with everything on it unfolded."""
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    found = []
    for width, height, scheme in LOOKS:
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=scheme)
        try:
            check_accessibility(page)
        except AssertionError as fault:
            found.append(f"{width} px, {scheme}: {fault}")
        found += _beside_the_screen(page, width)
    page.set_viewport_size({"width": NARROWEST, "height": 640})
    return [*found, *_beside_the_screen(page, NARROWEST)]


def _beside_the_screen(page: Page, width: int) -> list[str]:
    over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [f"{page.url} at {width} px: {over} px beside the screen"] if over > 0 else []
