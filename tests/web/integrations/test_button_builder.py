"""The button builder: what it shows, the lines it gives, and what it refuses to make."""

import html
import re

import pytest

from kite.web.integrations import button_builder
from tests.support.elsewhere import RESERVED
from tests.support.offered import an_item, publish
from tests.support.site import HOST

DOCUMENT = "docs/embedding.md"


def lines(page: str, name: str) -> str:
    """What stands in a box to copy."""
    match = re.search(rf'<textarea id="{name}"[^>]*>(.*?)</textarea>', page, re.DOTALL)
    assert match, page
    return html.unescape(match[1])


def test_an_order_becomes_a_live_button_and_lines_to_copy(site):
    query = "transaction_type=SELL&exchange=NSE&tradingsymbol=INFY&quantity=1,000&order_type=LIMIT&price=1,450.50&trigger_price=&product=CNC&words="
    page = site.visitor().get(f"/buttons?{query}", status=200).text
    button = lines(page, "snippet")
    assert button in html.unescape(page).replace(button, "", 1), (
        "the button that is shown is the one that is given"
    )
    assert 'data-quantity="1000"' in button
    assert 'data-price="1450.5' in button
    assert ">INFY, 1000 shares</a></kite-button>" in button
    address = html.unescape(re.search(r'href="([^"]+)"', button)[1])
    composer = site.visitor().get(address, status=200).text
    assert 'value="INFY"' in composer
    assert lines(page, "head").startswith(f'<script src="{HOST}/embed.js" async></script>')


def test_a_basket_becomes_a_button_with_its_title_and_a_plain_link_inside(site):
    publish(
        site.services, items=(an_item("INFY", 1), an_item("ITC", 2, transaction_type="SELL")), amount=None
    )
    button = lines(site.visitor().get("/buttons?basket=large-five&words=", status=200).text, "snippet")
    assert (
        button == '<kite-button data-basket="large-five" data-note="1 buy, 1 sell. You approve in Kite">'
        f'<a href="{HOST}/b/large-five">Large five, equal weight</a></kite-button>'
    )


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("basket=../data", "No basket is published under this address."),
        ("basket=", "No basket is published under this address."),
        ("tradingsymbol=NOSUCH&exchange=NSE&quantity=1", "No instrument NOSUCH on NSE."),
        ("tradingsymbol=INFY&exchange=NSE&quantity=0", "Enter 1 or more."),
        ("tradingsymbol=INFY&exchange=MOON&quantity=1", "Exchange: "),
    ],
)
def test_what_cannot_work_makes_no_button_and_says_why(site, query, words):
    page = site.visitor().get(f"/buttons?{query}", status=200).text
    assert words in page
    assert "<kite-button" not in page


def test_words_with_markup_stay_words(site):
    page = (
        site.visitor()
        .get(
            "/buttons",
            query_string={"tradingsymbol": "INFY", "quantity": "1", "words": '<script>"x"</script>'},
            status=200,
        )
        .text
    )
    assert "<script>&#34;" not in page
    assert '<script>"x"' not in page
    assert "&lt;script&gt;" in lines(page, "snippet")


def test_visitors_are_not_told_which_baskets_there_are(site):
    publish(site.services)
    assert "large-five" not in site.visitor().get("/buttons", status=200).text


def test_a_closed_composer_is_not_linked_to(sites):
    page = sites(COMPOSER_CLOSED="1").visitor().get("/buttons", status=200).text
    assert "SBIN, 1 share</kite-button>" in page
    assert "?data=" not in page


def test_the_line_that_keeps_a_buttons_room_is_the_same_everywhere():
    assert button_builder.STYLE == RESERVED
