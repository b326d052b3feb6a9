"""Buttons on other people's pages, in a real browser and on another site than ours: from the press
to the ending.
"""

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import segno
from playwright.sync_api import Page

from kite.publishing import offers, permissions, sharing
from kite.store.people.allowed_sites import INLINE
from kite.vocabulary import IST
from tests.support.axe import check_accessibility
from tests.support.clock import Clock
from tests.support.elsewhere import THREE, Elsewhere, article, elsewhere
from tests.support.looks import faults
from tests.support.offered import an_item, publish
from tests.support.person import BASKET_PAGE, RECEIPT, Person, until
from tests.support.site import services_beside
from tests.support.sources import ROOT

PACKAGES = ROOT / "tests/clients/javascript/node_modules"

FOR_PUBLISHER_JS = """
<p><a href="#" id="custom-link" onclick="return false">Buy the two</a></p>
<p id="default-button"></p>
<p><button data-kite="your_api_key" data-exchange="NSE" data-tradingsymbol="INFY" data-transaction_type="SELL" data-quantity="1">Sell</button></p>
"""
ITS_SCRIPT = """<script src="{script}"></script>
<script>
window.said = [];
KiteConnect.ready(function () {{
  var kite = new KiteConnect("your_api_key");
  kite.add({{"exchange": "NSE", "tradingsymbol": "SBIN", "transaction_type": "BUY", "quantity": 2, "order_type": "MARKET", "variety": "regular"}},
           {{"exchange": "NSE", "tradingsymbol": "INFY", "transaction_type": "SELL", "quantity": 1, "order_type": "LIMIT", "price": 1450,
             "readonly": true}});
  kite.setOption("redirect_url", "#");
  kite.finished(function (status, request_token) {{ said.push([status, request_token]); }});
  kite.renderButton("#default-button");
  kite.link("#custom-link");
  kite.link("#custom-link");
  window.kite = kite;
}});
</script>"""

HEAR = """
window.heard = [];
document.addEventListener("kite:finished", (event) => window.heard.push([event.target.id ?? "", event.detail]));
addEventListener("message", (event) => (window.messages ??= []).push([event.origin, event.data]));
"""
SHIFTS = """
window.shifted = 0;
const watch = new PerformanceObserver((list) => { for (const each of list.getEntries()) window.shifted += each.value; });
watch.observe({type: "layout-shift", buffered: true});
"""
MODULES = """([size, address]) => new Promise((tell) => {
  const picture = new Image();
  picture.onload = () => {
    const paper = Object.assign(document.createElement("canvas"), {width: size * 4, height: size * 4}).getContext("2d");
    paper.drawImage(picture, 0, 0, size * 4, size * 4);
    const dots = paper.getImageData(0, 0, size * 4, size * 4).data;
    const dark = (row, column) => dots[4 * ((row * 4 + 2) * size * 4 + column * 4 + 2)] < 128 ? 1 : 0;
    tell([...Array(size - 8).keys()].map((row) => [...Array(size - 8).keys()].map((column) => dark(row + 4, column + 4))));
  };
  picture.src = address;
})"""


@pytest.fixture(scope="session")
def there() -> Iterator[Elsewhere]:
    """The pages of somebody else."""
    with elsewhere() as site:
        yield site


@pytest.fixture(scope="session")
def offered(journey_site, there):
    """The journeys' site two days ago, when it published a basket and permitted that other site its
    own orders.
    """
    clock = Clock(datetime.now(IST) - timedelta(days=2))
    with services_beside(journey_site.environ, clock) as services:
        items = (an_item("INFY", 2),)
        publish(services, slug="embedded", title="Large five, December change", items=items, amount=None)
        permissions.permit(services, INLINE, there.url, "asha")
        yield services


@pytest.fixture
def reader(somebody, offered):
    """Somebody who reads other people's pages."""

    def make(
        device: str = "desktop",
        scripts: bool = True,
        allow: tuple[str, ...] = ("/embed/result",),
        **options: object,
    ) -> Person:
        person = somebody(device, scripts, allow=allow, **options)
        person.page.context.add_init_script(HEAR)
        return person

    return make


def embed(person: Person, more: str = "") -> str:
    return f'<script src="{person.site.url}/embed.js" async></script>{more}'


def press(person: Person, button: str, key: str = "") -> Person:
    """Press a button on a page of somebody else's; return the same person in the window that opens,
    at Kite.
    """
    with person.page.expect_popup() as opened:
        person.page.locator(button).press(key) if key else person.page.locator(button).click()
    opened.value.wait_for_url(BASKET_PAGE)
    return Person(opened.value, person.site)


def execution_of(window: Person) -> str:
    """The execution that a window ended with."""
    window.page.wait_for_url(RECEIPT)
    return window.page.url.rpartition("/")[2]


def tokens_of(page: Page) -> set[str]:
    """Listen for Kite's tokens, which come in an address and should stand nowhere else."""
    tokens: set[str] = set()
    page.context.on("request", lambda request: tokens.update(re.findall(r"request_token=(\w+)", request.url)))
    return tokens


def test_a_page_for_publisher_js_works_with_only_the_scripts_address_changed(reader, there):
    person = reader()
    page, tokens = person.page, tokens_of(person.page)
    page.goto(
        there.put(
            "/old", article(FOR_PUBLISHER_JS, ITS_SCRIPT.format(script=f"{person.site.url}/embed.js?v=3"))
        )
    )
    assert page.evaluate("[kite.count(), kite.get().length, kite.get()[0].tradingsymbol, kite.add()]") == [
        2,
        2,
        "SBIN",
        None,
    ]
    assert page.evaluate("[kite.add(...Array(49).fill({})), kite.count()]") == [False, 2]
    assert "1 buy, 1 sell. You approve in Kite" in page.locator("#default-button a").inner_text()
    window = press(person, "#custom-link")
    assert len(page.context.pages) == 2, "what is linked twice opens one window"
    window.place()
    execution_id = execution_of(window)
    page.wait_for_function("said.length")
    status, code = page.evaluate("said[0]")
    assert (status, len(code)) == ("success", 32)
    items = window.receipt(execution_id)["items"]
    assert [(item["tradingsymbol"], item["transaction_type"], item["quantity"]) for item in items] == [
        ("SBIN", "BUY", 2),
        ("INFY", "SELL", 1),
    ]
    assert page.evaluate("heard") == [
        ["custom-link", {"status": "success", "code": code, "execution_id": execution_id}]
    ]
    page.wait_for_function("window.messages?.length")
    origin, text = page.evaluate("messages[0]")
    assert (origin, json.loads(text)["type"]) == (person.site.url, "basket")
    assert tokens, "Kite's token came to the site"
    text = window.page.content() + page.content() + json.dumps(page.evaluate("[messages, said]"))
    assert not [token for token in tokens if token in text]
    window.page.close()

    page.wait_for_timeout(1000)  # two presses within a second are one
    window = press(person, "#default-button kite-button")
    window.log_in()
    window.decision("cancel").click()
    page.wait_for_function("said.length === 2")
    assert page.evaluate("said[1]") == ["cancelled", None]


def test_buttons_under_a_strict_policy_shift_nothing_and_can_be_used_by_everybody(reader, there):
    person = reader(scheme="dark")
    page, site = person.page, person.site.url
    policy = (
        f"default-src 'none'; base-uri 'none'; style-src 'nonce-n'; script-src {site} 'nonce-n'; connect-src"
        f" {site}; form-action {site}"
    )
    insert = (
        f"document.head.append(Object.assign(document.createElement('script'), {{src: '{site}/embed.js'}}))"
    )
    late = f"<script nonce='n'>{SHIFTS}setTimeout(() => {insert}, 100)</script>"
    html = article(THREE.format(slug="embedded", site=site), late).replace("<style>", "<style nonce='n'>")
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    address = there.put(
        "/strict", html, content_security_policy=policy, cross_origin_opener_policy="same-origin-allow-popups"
    )
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(address)
        until(
            lambda: page.evaluate("!!customElements.get('kite-button')"), "the buttons are there"
        )  # the page's policy forbids eval
        page.evaluate(
            "new Promise((tell) => requestAnimationFrame(() => requestAnimationFrame(() =>"
            " setTimeout(tell))))"
        )
        assert page.evaluate("shifted") == 0
        check_accessibility(page)
        page.emulate_media(color_scheme="light" if width == 390 else "dark")
    assert {url for url in requests if site in url} == {f"{site}/embed.js"}
    assert page.context.cookies() == [], "a button alone sets no cookie"
    names = [
        page.get_by_role("link", name=name).get_attribute("href")
        for name in ("BUY SBIN, 10 shares", "SELL CHAMBLFERT, 40 shares")
    ]
    assert all(name.startswith(f"{site}/?data=") for name in names)
    page.emulate_media(forced_colors="active")
    assert (
        page.evaluate(
            "getComputedStyle(document.querySelector('#buy').shadowRoot.querySelector('i')).forcedColorAdjust"
        )
        == "none"
    )
    page.emulate_media(forced_colors="none")
    for _ in range(3):
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "basket"
    window = press(person, "#basket", "Enter")
    window.place()
    until(lambda: page.evaluate("heard.length"), "the page hears of the ending")
    until(
        lambda: page.evaluate("window.messages?.length"),
        "the window tells it itself: it kept its opener all the way",
    )
    ((target, detail),) = page.evaluate("heard")
    assert (target, detail["status"], detail["execution_id"]) == ("basket", "success", execution_of(window))


REACT = """
const {useState, createElement: h} = React;
function Page() {
  const [quantity, more] = useState(0);
  const order = {"data-exchange": "NSE", "data-tradingsymbol": "SBIN", "data-transaction_type": "BUY", "data-quantity": quantity};
  const button = h("kite-button", {id: "one", ...order});
  return h(React.StrictMode, null, h("button", {id: "more", onClick: () => more(quantity + 1)}, "More"), quantity ? button : null);
}
ReactDOM.createRoot(document.getElementById("root")).render(h(Page));
window.said = [];
KiteConnect.ready(() => new KiteConnect().finished((...all) => said.push(all)));
"""


def test_a_react_page_inserts_a_button_late_and_hears_the_truth_after_its_window_was_closed(reader, there):
    person = reader()
    page = person.page
    for name in ("react", "react-dom"):
        there.put(f"/{name}.js", (PACKAGES / name / "umd" / f"{name}.production.min.js").read_bytes())
    scripts = "".join(
        f'<script src="{src}"></script>'
        for src in ("/react.js", "/react-dom.js", f"{person.site.url}/embed.js")
    )
    page.goto(there.put("/react", article('<div id="root"></div>', f"{scripts}<script>{REACT}</script>")))
    page.locator("#more").click(click_count=2)
    assert "SBIN, 2 shares" in page.locator("#one a").inner_text()
    window = press(person, "#one")
    with page.expect_response(lambda answer: "/embed/result" in answer.url) as response:
        window.page.close()
    page.wait_for_function("said.length")
    assert page.evaluate("said[0].slice(0, 2)") == ["unknown", None]
    assert response.value.status == 200, response.value.url
    execution_id = response.value.json()["execution_id"]

    again = Person(page.context.new_page(), person.site)
    again.open(f"/handoff/{execution_id}")
    again.page.get_by_role("button", name="Open Kite again").click()
    again.place()
    page.wait_for_function("said.length === 2")
    status, code, ended_id = page.evaluate("said[1]")
    assert (status, len(code), ended_id) == ("success", 32, execution_id)
    assert [detail["status"] for _, detail in page.evaluate("heard")] == ["unknown", "success"]


TURBO = """<script src="/turbo.js"></script><script src="{site}/embed.js"></script><script>
window.said = [];
KiteConnect.ready(() => new KiteConnect().finished((...all) => said.push(["once", ...all])));
</script>"""
ON_EACH_PAGE = """<h2>Page {name}</h2><p><a id="next" href="/{other}">Read on</a></p><p id="made"></p>
<p><kite-button id="basket" data-basket="embedded"></kite-button></p><script>
KiteConnect.ready(() => {{
  const kite = new KiteConnect();
  kite.add({{exchange: "NSE", tradingsymbol: "SBIN", transaction_type: "BUY", quantity: 1}});
  kite.finished((...all) => said.push(["{name}", ...all]));
  kite.renderButton("#made");
}});
</script>"""


def test_buttons_and_objects_live_on_when_turbo_swaps_the_page_and_hear_an_ending_once(reader, there):
    person = reader()
    page, loaded = person.page, []
    page.on(
        "request", lambda request: loaded.append(request.url) if request.url.endswith("/embed.js") else None
    )
    there.put("/turbo.js", (PACKAGES / "@hotwired/turbo/dist/turbo.es2017-umd.js").read_bytes())
    for name, other in (("one", "two"), ("two", "one")):
        there.put(
            f"/{name}",
            article(ON_EACH_PAGE.format(name=name, other=other), head=TURBO.format(site=person.site.url)),
        )

    def turn(name: str) -> None:
        page.locator("#next").click()
        page.get_by_role("heading", name=f"Page {name}").wait_for()
        page.wait_for_function("document.querySelector('#made kite-button')?.shadowRoot")

    def messages(count: int) -> list[list[str]]:
        page.wait_for_function(f"said.length >= {count}")
        return sorted(message[:2] for message in page.evaluate("said"))

    page.goto(f"{there.url}/one")
    turn("two")
    page.go_back()
    page.get_by_role("heading", name="Page one").wait_for()
    turn("two")
    assert loaded == [f"{person.site.url}/embed.js"], "the page was swapped, not loaded"
    window = press(person, "#basket")
    turn("one")
    window.place()
    assert messages(2) == [
        ["once", "success"],
        ["one", "success"],
    ], "the page that is shown hears, and no page of before"
    assert [(target, detail["status"]) for target, detail in page.evaluate("heard")] == [("", "success")]
    window.page.close()

    page.wait_for_timeout(1000)  # two presses within a second are one
    page.evaluate("window.open = () => null")  # as where windows are blocked
    page.locator("#made kite-button").click()
    page.wait_for_url(BASKET_PAGE)
    person.log_in()
    person.decision("cancel").click()
    page.get_by_role("link", name=f"Back to {there.url}").click()
    page.get_by_role("heading", name="Page one").wait_for()
    assert messages(2) == [["once", "cancelled"], ["one", "cancelled"]]
    turn("two")
    turn("one")
    page.wait_for_timeout(100)
    assert len(page.evaluate("said")) == 2, "nobody hears an old ending again"


def test_on_a_phone_the_same_window_goes_to_kite_and_back_to_the_article(reader, there, offered):
    person = reader("phone", allow=("/embed/result", "/embed/start"))
    page = person.page
    hear = (
        "<script>window.said = []; KiteConnect.ready(() => new KiteConnect().finished((...all) =>"
        " said.push(all)))</script>"
    )
    script = f'<script src="{person.site.url}/embed.js"></script>{hear}'
    address = (
        there.put("/phone", article(THREE.format(slug="embedded", site=person.site.url), script))
        + "?from=mail"
    )
    page.goto(address)
    page.locator("#buy").tap()
    page.wait_for_url(BASKET_PAGE)
    assert len(page.context.pages) == 1
    person.place()
    execution_id = execution_of(person)
    page.get_by_role("link", name=f"Back to {there.url}").click()
    page.wait_for_url(address)
    page.wait_for_function("said.length")
    status, code, ended_id = page.evaluate("said[0]")
    assert (status, len(code), ended_id) == ("success", 32, execution_id)
    assert page.evaluate("heard.length") == 1
    page.reload()
    page.wait_for_load_state("networkidle")
    assert page.evaluate("said") == [], "an ending is told once"

    offers.pause(offered, publish(offered, slug="at-rest", items=(an_item("INFY", 2),), amount=None))
    page.goto(there.put("/rest", article(THREE.format(slug="at-rest", site=person.site.url), embed(person))))
    page.locator("#basket").tap()
    page.wait_for_url("**/embed/start")
    assert "This basket is not offered any more, or is paused." in page.content()
    assert "This press sent nothing to Kite" in page.content()


def test_the_picture_on_paper_opens_the_basket_on_a_phone_and_an_old_link_says_so(reader, offered):
    person = reader("phone", scheme="dark", allow=("410 (GONE)",))
    basket = offers.current_offer(offered, "embedded").basket
    address = f"{person.site.url}/b/embedded"
    page = person.page
    page.goto(address)
    expected = [list(row) for row in segno.make(address, micro=False, error="m").matrix]
    assert page.evaluate(MODULES, [len(expected) + 8, f"{address}/qr.svg"]) == expected
    page.get_by_role("button", name="Buy 1 in Kite").locator("visible=true").first.tap()
    page.wait_for_url(BASKET_PAGE)

    link = sharing.make_link(
        offered, basket, "asha", reference="R-1", ends_at=offered.now() + timedelta(days=1)
    )
    page.goto(f"{address}?l={sharing.sign_link(offered, link)}")
    assert "This link is over." in page.inner_text("main")
    assert page.get_by_role("button", name="Buy 1 in Kite").count() == 0


def test_without_scripts_a_button_is_a_plain_link(reader, there):
    person = reader("phone", scripts=False)
    page = person.page
    page.goto(
        there.put("/plain", article(THREE.format(slug="embedded", site=person.site.url), embed(person)))
    )
    page.get_by_role("link", name="Large five, December change").tap()
    assert person.heading() == "Large five, December change"
    page.get_by_role("button", name="Buy 1 in Kite").locator("visible=true").first.tap()
    page.locator("#basket-form button").tap()
    page.wait_for_url(BASKET_PAGE)


def test_a_page_that_opens_a_basket_in_the_name_of_another_hears_nothing(reader, there):
    person = reader(allow=("postMessage", "/embed/result"))
    there.put("/theirs", article("<p>Somebody else</p>"))
    stranger = there.url.replace("localhost", "127.0.0.1")
    page = person.page
    page.goto(f"{stranger}/theirs")
    with page.expect_popup() as opened:
        page.evaluate(
            "(address) => { window.open(address, 'theirs', 'popup') }",
            f"{person.site.url}/b/embedded?origin={there.url}&handle=stolen",
        )
    window = Person(opened.value, person.site)
    window.page.wait_for_load_state()
    window.page.get_by_role("button", name="Buy 1 in Kite").locator("visible=true").first.click()
    with window.page.expect_response(re.compile("/ending$"), timeout=120_000) as response:
        window.place()
    assert json.loads(response.value.text())["status"] == "success"
    window.page.wait_for_load_state("networkidle")
    assert page.evaluate("window.messages ?? []") == []
    read = "(address) => fetch(address).then(() => 'read', () => 'refused')"
    assert page.evaluate(read, f"{person.site.url}/embed/result?handle=stolen") == "refused"


def test_the_builder_shows_a_button_as_it_is_described_and_its_lines_are_copied(reader):
    person = reader(permissions=["clipboard-read", "clipboard-write"])
    page = person.page
    person.open("/buttons")
    assert faults(page) == []
    page.set_viewport_size({"width": 1280, "height": 900})
    page.get_by_label("Quantity").fill("7")
    page.get_by_label("Quantity").press("Tab")
    page.locator("#made").get_by_role("link", name="BUY SBIN, 7 shares").wait_for()
    page.get_by_role("button", name="Copy Where the button stands").click()
    page.get_by_role("button", name="Copied").wait_for()
    assert 'data-quantity="7"' in page.evaluate("navigator.clipboard.readText()")
    window = press(person, "#made kite-button")
    assert window.page.url.startswith(person.site.url)
