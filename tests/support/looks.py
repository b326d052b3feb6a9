"""How a page looks to everybody: axe in both themes at two sizes, nothing beside the screen, large
text, forced colours, no motion.
"""

import time

from playwright.sync_api import Page

from tests.support.axe import check_accessibility
from tests.support.fuzzing import SOAK

LOOKS = ((390, 844, "light"), (1280, 900, "dark"))
"""Each size and each theme once; `make soak` takes all four together."""
if SOAK > 1:
    LOOKS += ((390, 844, "dark"), (1280, 900, "light"))
WIDTHS = (320, 768, 1920)


def faults(page: Page) -> list[str]:
    """Return what is wrong with the page that is open, with everything on it unfolded."""
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    found = []
    for width, height, scheme in LOOKS:
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=scheme)
        try:
            check_accessibility(page, only_colours=scheme == "dark")
        except AssertionError as fault:
            found.append(f"{width} px, {scheme}: {fault}")
        found += _beside_the_screen(page, width)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 640})
        found += _beside_the_screen(page, width)
    return [*found, *_with_large_text(page), *_in_forced_colours(page), *_moving(page)]


def _with_large_text(page: Page) -> list[str]:
    """Text of twice the size, as a browser's own setting makes it: everything measured in rem
    grows.
    """
    found = []
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    for width, height in ((390, 844), (1280, 900)):
        page.set_viewport_size({"width": width, "height": height})
        found += [f"text of 200 %: {fault}" for fault in _beside_the_screen(page, width)]
    page.evaluate("document.documentElement.style.fontSize = ''")
    return found


def _in_forced_colours(page: Page) -> list[str]:
    page.emulate_media(forced_colors="active")
    lost = page.evaluate(
        "[...document.querySelectorAll('.flag, .bead, .track')].filter(each =>"
        " getComputedStyle(each).forcedColorAdjust !== 'none').length"
    )
    page.emulate_media(forced_colors="none")
    return (
        [f"{page.url}: {lost} flags, beads or bars lose their colours where colours are forced"]
        if lost
        else []
    )


def _moving(page: Page) -> list[str]:
    page.emulate_media(reduced_motion="reduce")
    still = _comes_true(page, "document.getAnimations().every(each => each.playState !== 'running')")
    page.emulate_media(reduced_motion="no-preference")
    return [] if still else [f"{page.url}: something moves for somebody who asked for no motion"]


UNFOLDED = "[...document.querySelectorAll('.slip-body')].every(each => each.checkVisibility())"
PRESSABLE = "[...document.querySelectorAll('main button, nav')].filter(each => each.checkVisibility()).length"


def in_print(page: Page) -> list[str]:
    """Return what is wrong with a receipt on paper: everything is unfolded, and nothing can be
    pressed.
    """
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = false)")
    page.emulate_media(media="print")
    found = []
    if not _comes_true(page, UNFOLDED):  # what was folded is unfolded with the next frame
        found.append(f"{page.url}: orders are folded on paper")
    if pressed := page.evaluate(PRESSABLE):
        found.append(f"{page.url}: {pressed} buttons stand on paper")
    page.emulate_media(media="screen")
    return found


def _comes_true(page: Page, expression: str, patience: float = 15.0) -> bool:
    """Ask again and again.

    Playwright's own wait_for_function needs eval, which our pages forbid.
    """
    deadline = time.monotonic() + patience
    while not (found := bool(page.evaluate(expression))) and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


def _beside_the_screen(page: Page, width: int) -> list[str]:
    over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [f"{page.url} at {width} px: {over} px beside the screen"] if over > 0 else []
