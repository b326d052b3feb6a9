"""Inside an app: each bridge hears the ending once, the way back is open, and an app that was
killed finds its basket again.
"""

import json
import re

import pytest
from playwright.sync_api import Page

from kite.publishing import permissions
from kite.store.people.allowed_sites import RETURN_TO
from tests.support.axe import check_accessibility
from tests.support.offered import an_item, publish
from tests.support.person import RECEIPT, Person, until
from tests.support.site import services_beside

ANDROID = (
    "Mozilla/5.0 (Linux; Android 14; Pixel 7; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0"
    " Chrome/130.0.0.0 Mobile Safari/537.36"
)
BRIDGES = """
window.told = [];
const keep = (bridge) => (text) => window.told.push([bridge, text]);
window.ReactNativeWebView = { postMessage: keep("ReactNativeWebView") };
window.webkit = { messageHandlers: { kite: { postMessage: keep("webkit") } } };
window.Android = { kiteFinished: keep("Android") };
"""


@pytest.fixture(scope="session")
def offered(journey_site):
    """The journeys' site, where a basket is published and an address of an app is allowed."""
    with services_beside(journey_site.environ) as services:
        publish(services, slug="in-the-app", items=(an_item("INFY", 2),), amount=None)
        publish(services, slug="in-parts", items=(an_item("INFY", 2),) * 11, amount=None)
        permissions.permit(services, RETURN_TO, "myapp://done", "asha")
        permissions.permit(services, RETURN_TO, f"{journey_site.url}/rules", "asha")
        yield services


@pytest.fixture
def app_user(somebody, offered):
    """Somebody inside an Android app, whose webview has every bridge."""
    person = somebody("phone", user_agent=ANDROID)
    person.page.add_init_script(BRIDGES)
    return person


def start(person: Person, query: str = "", slug: str = "in-the-app") -> str:
    """Press the published basket's button; return the execution's id, once Kite's page is there."""
    page = person.page
    page.goto(f"{person.site.url}/b/{slug}{query}")
    with page.expect_request(
        lambda request: "/handoff/" in request.url and "/b/" not in request.url
    ) as request:
        page.get_by_role("button", name=re.compile(r"^Buy \d+ in Kite")).locator("visible=true").click()
    page.wait_for_url(re.compile(r"/connect/basket/\w+$"))
    return request.value.url.rpartition("/")[2]


def told_by(page: Page) -> list[list[str]]:
    """Wait until every bridge was told; return who was told what."""
    until(
        lambda: page.evaluate("window.told.length === 3"), "every bridge is told"
    )  # wait_for_function would need eval
    return list(page.evaluate("window.told"))


def test_every_bridge_hears_the_ending_once_and_no_token_of_kite(app_user):
    execution_id = start(app_user)
    app_user.place()
    page = app_user.page
    messages = told_by(page)
    assert sorted(bridge for bridge, _ in messages) == ["Android", "ReactNativeWebView", "webkit"]
    message = json.loads(messages[0][1])
    assert {text for _, text in messages} == {messages[0][1]}
    assert (message["type"], message["status"], message["execution_id"]) == (
        "basket",
        "success",
        execution_id,
    )
    assert set(message) == {"type", "status", "code", "execution_id"}
    page.reload()
    page.wait_for_load_state("networkidle")
    assert page.evaluate("window.told") == [], "an ending is told once"


def test_a_cancelled_basket_is_told_without_a_code(app_user):
    start(app_user)
    app_user.log_in()
    app_user.decision("cancel").click()
    app_user.page.wait_for_url(RECEIPT)
    message = json.loads(told_by(app_user.page)[0][1])
    assert (message["status"], message["code"]) == ("cancelled", None)


def test_the_way_back_is_taken_by_itself_and_a_button_stands_beside_it(app_user):
    back = f"{app_user.site.url}/rules"
    execution_id = start(app_user, f"?return_to={back}")
    app_user.log_in()
    app_user.decision("place").click()
    app_user.page.wait_for_url(re.compile(r"/rules\?status=success&code=[0-9a-f]{32}&execution_id="))
    app_user.open(f"/executions/{execution_id}")
    button = app_user.page.get_by_role("link", name=re.compile("^Back to "))
    assert button.get_attribute("href") == f"/executions/{execution_id}/back"


def test_whoever_stops_between_two_parts_is_led_back_with_what_is_true(app_user):
    page, back = app_user.page, f"{app_user.site.url}/rules"
    execution_id = start(app_user, f"?return_to={back}", "in-parts")
    app_user.place()
    page.wait_for_url(RECEIPT)
    assert page.evaluate("window.told") == [], "the basket goes on"
    page.get_by_role("button", name="Stop here").click()
    page.wait_for_url(re.compile(rf"/rules\?status=success&code=[0-9a-f]{{32}}&execution_id={execution_id}$"))
    app_user.open(f"/executions/{execution_id}")
    button = page.get_by_role("link", name=re.compile("^Back to "))
    assert button.get_attribute("href") == f"/executions/{execution_id}/back"
    check_accessibility(page)
    page.get_by_role("button", name="Take it up again").click()
    page.get_by_role("button", name="Stop here").wait_for()
    assert button.count() == 0


def test_what_one_page_was_left_in_the_middle_of_telling_the_next_tells_and_leads_back(app_user):
    page, back, held = app_user.page, f"{app_user.site.url}/rules", []

    def told_on(request, place):
        return request.url.endswith("/ending") and place in request.frame.url

    def answer(route):
        held.append(route) if told_on(route.request, "/executions/") else route.continue_()

    start(app_user, f"?return_to={back}", "in-parts")
    app_user.place()
    page.wait_for_url(RECEIPT)
    page.route("**/ending", answer)
    waits = page.locator("form:has(button[value=stop])").first
    address = waits.get_attribute("action").removesuffix("/sequence")
    waits.evaluate(
        "form => fetch(form.action, {method: 'POST', body: new URLSearchParams([...new FormData(form), ['answer', 'stop']])})"
    )
    page.reload()
    until(lambda: page.wait_for_timeout(50) or held, "the receipt begins to tell")
    with page.expect_request(lambda request: told_on(request, "/handoff/")):
        page.goto(app_user.site.url + address)
    page.wait_for_url(re.compile(r"/rules\?status=success&code="))


def test_an_app_that_was_killed_finds_the_basket_again_and_nothing_is_sent_twice(app_user):
    execution_id = start(app_user)
    address = app_user.place_and_wait()
    app_user.page.context.clear_cookies(domain="127.0.0.1", name="visit")
    app_user.page.goto(address)
    assert "Continue here as the person who placed this?" in app_user.page.content()
    app_user.page.locator("main form button").first.click()
    app_user.page.wait_for_url(RECEIPT)
    assert app_user.page.url.endswith(execution_id)
    until(lambda: app_user.receipt(execution_id)["state"] == "settled", "the receipt settles")
    assert len(app_user.receipt(execution_id)["orders"]) == 1


def test_the_same_address_leads_back_to_the_basket_that_waits(app_user):
    execution_id = start(app_user)
    app_user.open(f"/handoff/{execution_id}")
    assert app_user.heading() == "Open Kite again?"
    app_user.open(f"/executions/{execution_id}")
    assert app_user.page.get_by_role("button", name="I have finished at Kite: check now").first.is_visible()


def test_the_self_test_says_what_this_webview_can_do(app_user, somebody):
    app_user.open("/webview")
    app_user.page.wait_for_url(re.compile("#again$"))
    lines = {
        line.get_attribute("data-check"): line.inner_text()
        for line in app_user.page.locator("[data-check]").all()
    }
    for name in ("scripts", "cookies", "storage", "popups", "referrer", "bridges"):
        assert "Fine" in lines[name], lines[name]
    assert "ReactNativeWebView, webkit.messageHandlers.kite, Android.kiteFinished" in lines["bridges"]
    app_user.page.get_by_role("button", name="Send one to try").click()
    assert len(app_user.page.evaluate("window.told")) == 3
    no_app = somebody("phone")
    no_app.open("/webview")
    line = no_app.page.locator("[data-check=bridges]", has_text="None was found.")
    assert (
        "Bridges: ReactNativeWebView, webkit.messageHandlers.kite, Android.kiteFinished." in line.inner_text()
    )
    plain = somebody("phone", scripts=False)
    plain.open("/webview")
    text = plain.page.inner_text("#checks")
    assert "no script has run" in text
    assert "They are kept, also over a redirect." in text
