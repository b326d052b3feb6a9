"""The helpers that look at pages see what they are there for."""

import pytest

from tests.support.axe import check_accessibility
from tests.support.browser import NewPage, Watch
from tests.support.html import check_page

GOOD = (
    '<!doctype html><html lang="en"><head><title>Receipt · Basket</title></head><body><h1>Receipt</h1><form'
    ' action="/" method="post"><label for="q">Quantity</label><input id="q"'
    ' name="q"><button>Send</button></form></body></html>'
)


def test_good_page_passes():
    check_page(GOOD)


@pytest.mark.parametrize(
    ("good", "bad", "fault"),
    [
        ("<h1>Receipt</h1>", "<p>Receipt</p>", "one h1"),
        ("<h1>Receipt</h1>", "<h1>Receipt</h1><h1>Again</h1>", "one h1"),
        ("<title>Receipt", "<title>Orders", "the title starts with"),
        (' lang="en"', "", "no lang"),
        ("<button>", '<button id="q">', "stands 2 times"),
        ('<label for="q">Quantity</label>', "", "has no label"),
        ('for="q"', 'for="p"', "which is not there"),
        (' action="/"', "", "no action"),
        ("<button>Send</button>", "<button></button>", "has no words"),
        ("</form>", "</div></form>", "end-tag-too-early"),
        ("</form>", "</form><script>go()</script>", "no nonce"),
        ("</form>", '</form><script src="//example.com/x.js"></script>', "no nonce"),
        ("<form", '<form onsubmit="go()"', "refuses it"),
    ],
)
def test_fault_is_named(good, bad, fault):
    with pytest.raises(AssertionError, match=fault):
        check_page(GOOD.replace(good, bad))


def test_accessibility_faults_are_named(new_page: NewPage):
    page = new_page("phone")
    page.set_content(GOOD.replace('<label for="q">Quantity</label>', ""))
    with pytest.raises(AssertionError, match="label"):
        check_accessibility(page)


@pytest.mark.parametrize(
    ("script", "fault"),
    [
        ("nothing.there()", "error of a script"),
        ("console.error('broken')", "console: broken"),
        ("fetch('http://example.com/')", "request to another host"),
    ],
)
def test_watched_page_tells_of_errors_and_strangers(browser, script, fault):
    watch = Watch()
    context = browser.new_context()
    watch.follow(context)
    page = context.new_page()
    page.set_content(f"<!doctype html><title>Page</title><script>{script}</script>")
    page.wait_for_timeout(200)
    context.close()
    assert any(fault in message for message in watch.faults), watch.faults
