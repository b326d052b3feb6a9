"""A page that hears of news puts new parts in place of old ones, and no press is lost over it."""

import re

import pytest
from playwright.sync_api import expect

NEWS = "Something is new"


@pytest.fixture
def reader(somebody):
    """Somebody on a receipt that is still live, and hears of nothing until the test says so."""
    person = somebody()
    person.buy({"tradingsymbol": "SIMOPEN"})
    person.page.locator("main[data-live=on]").wait_for()

    def answer_nothing_new(route):
        if route.request.resource_type != "fetch":
            return route.continue_()
        return route.fulfill(status=304)

    # A page that put in new parts by itself would move what a test is about to press.
    person.page.route(person.page.url, answer_nothing_new)
    person.page.wait_for_timeout(500)
    return person


def have_news_ready(page):
    """From here on, every answer to the page's script has another headline."""
    # Asked for beforehand: a handler that is still asking when its page closes fails the next test.
    receipt = page.context.request.get(page.url)
    news = re.sub(r"<h1>.*?</h1>", f"<h1>{NEWS}</h1>", receipt.text())
    headers = {"content-type": receipt.headers["content-type"], "etag": '"news"'}

    def answer_with_news(route):
        if route.request.resource_type != "fetch":
            return route.continue_()
        return route.fulfill(headers=headers, body=news)

    page.route(page.url, answer_with_news)


def hear_of_news(page):
    """Have the page ask, and take in the answer if it does so at once."""
    have_news_ready(page)
    with page.expect_response(
        lambda response: response.request.resource_type == "fetch" and response.status == 200
    ) as answer:
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    answer.value.finished()
    page.wait_for_timeout(500)


def middle(locator):
    box = locator.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_news_that_comes_between_the_pressing_of_a_mouse_and_its_release_costs_no_press(reader):
    page = reader.page
    button = page.get_by_role("button", name="Check again").first
    button.scroll_into_view_if_needed()
    page.mouse.move(*middle(button))
    page.mouse.down()
    hear_of_news(page)
    with page.expect_request(lambda request: request.method == "POST" and request.url.endswith("/check")):
        page.mouse.up()


def test_news_that_comes_between_the_pressing_of_a_key_and_its_release_costs_no_press(reader):
    page = reader.page
    page.get_by_role("button", name="Check again").first.focus()
    page.keyboard.down("Space")
    hear_of_news(page)
    with page.expect_request(lambda request: request.method == "POST" and request.url.endswith("/check")):
        page.keyboard.up("Space")


def test_news_that_waited_for_a_press_stands_there_after_it(reader):
    page = reader.page
    summary = page.locator("main details:visible > summary").first
    summary.scroll_into_view_if_needed()
    was_open = summary.evaluate("summary => summary.parentNode.open")
    page.mouse.move(*middle(summary))
    page.mouse.down()
    hear_of_news(page)
    expect(page.get_by_role("heading", level=1)).not_to_have_text(NEWS)
    page.mouse.up()
    expect(page.get_by_role("heading", level=1)).to_have_text(NEWS)
    assert summary.evaluate("summary => summary.parentNode.open") is not was_open


def test_page_stays_as_it_is_while_a_form_of_it_is_on_its_way(reader):
    page, answers = reader.page, []
    have_news_ready(page)
    page.evaluate("""() => {
      addEventListener("pagehide", () => sessionStorage.setItem("left", document.querySelector("h1").textContent));
      addEventListener("submit", () => setTimeout(() => document.dispatchEvent(new Event("visibilitychange")), 200));
    }""")
    page.on("requestfinished", lambda request: answers.append(request.resource_type))
    page.route("**/check", lambda route: (page.wait_for_timeout(1_500), route.continue_()))
    with page.expect_navigation():
        page.get_by_role("button", name="Check again").first.click(no_wait_after=True)
    assert "fetch" in answers
    assert NEWS not in page.evaluate("sessionStorage.getItem('left')")


def test_rows_that_come_between_the_pressing_of_a_mouse_and_its_release_cost_no_press(somebody):
    person = somebody()
    person.compose({"tradingsymbol": "INFY"}, {"tradingsymbol": "SBIN"})
    page = person.page
    site = f"{person.site.url}/"
    page.route(site, lambda route: (page.wait_for_timeout(500), route.continue_()))
    remove = page.locator("button[name=action][value=remove-1]:visible").first
    remove.scroll_into_view_if_needed()
    with page.expect_response(site) as added:
        page.locator("button[value=add]:visible").first.evaluate("button => button.click()")
        page.mouse.move(*middle(remove))
        page.mouse.down()
    added.value.finished()
    page.wait_for_timeout(500)
    page.mouse.up()
    expect(page.locator("[name$=-tradingsymbol][value=SBIN]")).to_have_count(0)
