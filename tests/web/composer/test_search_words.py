"""The symbol of a row and the order line as comboboxes: found while one types, chosen by key, mouse
and touch.

The catalogue's answers are given here, so that the list is the same every day; the last test asks
the real one.
"""

import json
import re
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests

from kite.web.composer.search_words import searched_words
from tests.support.axe import check_accessibility
from tests.support.person import until
from tests.support.site import HOST

FUTURES = [("NIFTY26NOVFUT", "2026-11-24"), ("NIFTY26DECFUT", "2026-12-29"), ("NIFTY29JANFUT", "2029-01-25")]
MARKET = {
    "tradingsymbol": "INFY",
    "exchange": "NSE",
    "transaction_type": "BUY",
    "order_type": "MARKET",
    "quantity": 10,
    "product": "CNC",
}
EMPTY = {"items": [], "nearest": []}


def instrument(tradingsymbol, exchange="NSE", name="", expiry=None, lot_size=1):
    return {
        "tradingsymbol": tradingsymbol,
        "exchange": exchange,
        "name": name,
        "segment": exchange,
        "instrument_type": "FUT" if expiry else "EQ",
        "expiry": expiry,
        "strike": "0",
        "tick_size": "0.05",
        "lot_size": lot_size,
    }


RELIANCE = instrument("RELIANCE", name="RELIANCE INDUSTRIES")
ANSWERS = {
    "nifty fut": {"items": [instrument(name, "NFO", "NIFTY", day, 75) for name, day in FUTURES]},
    "rel ind": {"items": [RELIANCE, instrument("RELIANCE", "BSE", "RELIANCE INDUSTRIES")]},
    "infy": {"items": [instrument("INFY", name="INFOSYS"), instrument("INFY", "BSE", "INFOSYS")]},
    "nifty 26000 ce": {"items": [instrument("NIFTY26NOV26000CE", "NFO", "NIFTY", "2026-11-24", 75)]},
    "ioc": {"items": [instrument("IOC", name="INDIAN OIL CORP")]},
    "infi": {"items": [], "nearest": [instrument("INFY", name="INFOSYS")]},
}


def name_of(item):
    return item["exchange"], item["tradingsymbol"]


class Typist:
    """Somebody at the composer, and what the catalogue is asked meanwhile."""

    def __init__(self, page, site):
        self.page, self.asked, self.answers = page, [], dict(ANSWERS)
        page.clock.set_fixed_time("2026-11-21T10:00:00+05:30")
        page.context.route("**/instruments.json?*", self._answer)
        self.site = site

    def _answer(self, route):
        query = {name: values[0] for name, values in parse_qs(urlsplit(route.request.url).query).items()}
        # Which words of a line are meant, and what is written in their place, is the site's own answer.
        own = requests.get(route.request.url, timeout=10).json() if "line" in query else {}
        self.asked.append(query | {"q": own.get("q", query.get("q"))})
        answer = self.answers.get(self.asked[-1]["q"].lower(), EMPTY)
        if isinstance(answer, dict):
            insertions = {name_of(item): {"written": item["written"]} for item in own.get("items", ())}
            items = [item | insertions.get(name_of(item), {}) for item in answer["items"]]
            answer = json.dumps(own | {"items": items, "nearest": answer.get("nearest", [])})
        route.fulfill(body=answer, content_type="application/json")

    def open(self, rows=None):
        self.page.goto(f"{self.site.url}/" + (f"?{urlencode({'data': json.dumps(rows)})}" if rows else ""))
        return self

    def type(self, text, field="items-0-tradingsymbol", listed=True):
        """Type into a field; wait for the list."""
        self.page.fill(f"#{field}", "")
        self.page.locator(f"#{field}").press_sequentially(text)
        if listed:
            self.options.first.wait_for()

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)

    def value(self, field):
        return self.page.input_value(f"#items-0-{field}")

    @property
    def options(self):
        return self.page.locator("#options [role=option]")

    @property
    def line(self):
        return self.page.input_value("#order_line")

    @property
    def active(self):
        """The option that is active for a screen reader, which is the one that looks so."""
        named = self.page.evaluate("document.activeElement.getAttribute('aria-activedescendant')")
        selected = self.page.locator("[role=option][aria-selected=true]")
        assert selected.count() == bool(named)
        return selected.get_attribute("id") if named else None

    @property
    def announcement(self):
        return self.page.inner_text("#options-told")


@pytest.fixture
def typist(shared_site, new_page):
    return lambda device="desktop", rows=None, **options: Typist(
        new_page(device, **options), shared_site
    ).open(rows)


def test_a_row_shows_what_matches_with_expiry_lot_and_exchange(typist):
    somebody = typist()
    somebody.type("nifty fut")
    assert [text.split("\n") for text in somebody.options.all_inner_texts()] == [
        ["NIFTY26NOVFUT", "NFO", "Expires 24 Nov, lot 75"],
        ["NIFTY26DECFUT", "NFO", "Expires 29 Dec, lot 75"],
        ["NIFTY29JANFUT", "NFO", "Expires 25 Jan 2029, lot 75"],
    ]
    assert somebody.options.first.locator("b").all_inner_texts() == ["NIFTY", "FUT"]
    assert somebody.announcement == "3 found."
    assert [query["q"] for query in somebody.asked][-1] == "nifty fut"
    assert {query["limit"] for query in somebody.asked} == {"8"}
    field = somebody.page.get_by_role("combobox", name="Instrument", expanded=True)
    assert field.get_attribute("aria-controls") == somebody.page.get_by_role("listbox").get_attribute("id")


def test_keys_choose_and_the_row_follows_visibly(typist):
    somebody = typist()
    somebody.type("nifty fut")
    somebody.press("ArrowDown", "ArrowDown")
    assert somebody.active == "option-1"
    somebody.press("End")
    assert somebody.active == "option-2"
    somebody.press("ArrowDown")
    assert somebody.active == "option-0"
    somebody.press("ArrowUp", "Home", "ArrowDown", "Enter")
    assert not somebody.options.first.is_visible()
    assert [somebody.value(name) for name in ("tradingsymbol", "exchange", "product", "quantity")] == [
        "NIFTY26DECFUT",
        "NFO",
        "NRML",
        "75",
    ]
    assert somebody.page.inner_text("#items-0-product-changed") == "Was CNC, which is for shares."
    assert somebody.announcement == "NIFTY26DECFUT, NFO. Was CNC, which is for shares."
    assert "/handoff/" not in somebody.page.url
    somebody.page.locator(
        "#items-0-tradingsymbol-hint", has_text="lot 75"
    ).wait_for()  # the server's word for it
    assert somebody.page.locator("label[for=items-0-price]").text_content() == "Price, tick 0.1"
    assert somebody.page.evaluate("document.activeElement.id") == "items-0-tradingsymbol"
    assert not somebody.page.locator("#items-0-disclosed_quantity").is_visible()
    check_accessibility(somebody.page)


def test_what_was_typed_is_never_changed_along(typist):
    somebody = typist(rows=[MARKET | {"quantity": 7, "product": "MIS"}])
    somebody.page.locator("#item-0").click()
    somebody.type("nifty fut")
    somebody.press("ArrowDown", "Enter")
    assert [somebody.value(name) for name in ("exchange", "product", "quantity")] == ["NFO", "MIS", "7"]
    somebody.page.select_option("#items-0-product", "NRML")
    somebody.type("rel ind")
    somebody.options.nth(1).click()
    assert [somebody.value(name) for name in ("tradingsymbol", "exchange", "product", "quantity")] == [
        "RELIANCE",
        "BSE",
        "CNC",
        "7",
    ]
    assert somebody.page.inner_text("#items-0-product-changed") == "Was NRML, which is for derivatives."
    somebody.page.select_option("#items-0-product", "MIS")
    assert somebody.page.locator("#items-0-product-changed").count() == 0


def test_the_list_goes_with_escape_and_with_the_focus_and_comes_with_a_key(typist):
    somebody = typist()
    somebody.type("infy")
    somebody.press("Escape")
    assert not somebody.page.locator("#options").is_visible()
    assert somebody.value("tradingsymbol") == "infy"
    somebody.press("ArrowDown")
    somebody.options.first.wait_for()
    assert somebody.active == "option-0"
    somebody.press("Tab")
    assert not somebody.page.locator("#options").is_visible()
    assert somebody.value("tradingsymbol") == "infy"
    assert somebody.page.locator("[role=combobox][aria-expanded=true]").count() == 0


def test_an_answer_that_comes_late_is_dropped(typist):
    somebody = typist()
    held = []
    somebody.page.context.route(re.compile("q=reli&"), lambda route: held.append(route))
    with somebody.page.expect_request(re.compile("q=reli&")):
        somebody.type("reli", listed=False)
    somebody.type("infy")
    held[0].fulfill(json={"items": [RELIANCE]})
    somebody.page.wait_for_timeout(100)
    assert [text.split("\n")[0] for text in somebody.options.all_inner_texts()] == ["INFY", "INFY"]


def test_a_key_right_after_the_last_letter_goes_to_what_that_finds(typist):
    somebody = typist()
    somebody.type("infy")
    somebody.page.evaluate("document.getElementById('items-0-tradingsymbol').value = 'rel in'")
    somebody.press("d", "ArrowDown")
    somebody.page.locator("[aria-selected=true]", has_text="RELIANCE").wait_for()
    somebody.press("Enter")
    assert somebody.value("tradingsymbol") == "RELIANCE"


@pytest.mark.parametrize("answer", ["no json", json.dumps(EMPTY)])
def test_without_a_match_or_an_answer_the_field_stays_a_plain_one(typist, answer):
    somebody = typist()
    somebody.answers["zzz"] = answer
    with somebody.page.expect_response(re.compile("q=zzz&")):
        somebody.type("zzz", listed=False)
    if answer == "no json":
        somebody.page.locator("#options").wait_for(state="hidden")
    else:
        somebody.page.locator("#options", has_text="No instrument matches.").wait_for()
        check_accessibility(somebody.page)
    somebody.press("Tab")
    assert somebody.value("tradingsymbol") == "zzz"


def test_near_ones_are_offered_and_chosen_when_none_matches(typist):
    somebody = typist()
    somebody.type("infi")
    assert somebody.page.inner_text("#options p") == "No instrument matches. Nearest:"
    assert somebody.announcement == "No instrument matches. Nearest: INFY"
    somebody.press("ArrowDown", "Enter")
    assert somebody.value("tradingsymbol") == "INFY"


LINES = [
    # typed, asked for, of which exchange, chosen
    ("sell 100 rel ind", "rel ind", "", "sell 100 RELIANCE"),
    ("sell 75 nifty 26000 ce", "nifty 26000 ce", "", "sell 75 NIFTY26NOV26000CE"),
    ("rel ind", "rel ind", "", "RELIANCE"),
    ("buy 5 shares of bse:infy", "infy", "BSE", "buy 5 shares of bse:INFY"),
    ("sell 5 bse infy.", "infy", "BSE", "sell 5 bse INFY"),
    ("@ 1412 tag abc sell infy", "infy", "", "@ 1412 tag abc sell INFY"),
    ("ioc", "ioc", "", "IOC"),
]
"""Order lines with the caret at their end."""

NO_INSTRUMENT = ("sell 100 @", "buy 10 infy @ 14", "sell 5 reliance sl", "limit 1412", "x" * 60)
"""Order lines in which no instrument is named where the caret is, at their end."""


@pytest.mark.parametrize(("line", "q", "exchange", "_chosen"), LINES)
def test_words_that_say_nothing_else_are_searched(line, q, exchange, _chosen):
    words = searched_words(line, len(line))
    assert (words.q, words.exchange) == (q, exchange)
    assert line[words.start : words.end].removesuffix(".") == q


@pytest.mark.parametrize("line", ["", " ", "@", "100", "bse:", *NO_INSTRUMENT])
def test_a_line_without_an_instrument_at_its_end_has_no_words_to_search(line):
    assert searched_words(line, len(line)) is None


@pytest.mark.parametrize(
    ("line", "q"),
    [
        ("infy 10", "infy"),  # the quantity
        ("buy 10 nifty 26000", "nifty 26000"),  # it was said before
        ("nifty 26000 ce 75", "nifty 26000 ce"),
        ("buy 10 sbin ioc", "sbin"),  # IOC is a validity beside another symbol
        ("sell infy trigger at 1400 sl", "infy"),
        ("buy bse: infy", "infy"),
        ("buy 10 a b c d @ 5", "a b c d"),
    ],
)
def test_the_words_are_searched_wherever_the_caret_is_in_them(line, q):
    start = line.index(q)
    for caret in range(start, start + len(q) + 1):
        assert searched_words(line, caret).q == q
    assert searched_words(line, len(line) + 1) is None


def test_an_endless_line_is_not_searched():
    assert searched_words("infy" + " " * 1000, 2) is None


def test_in_the_order_line_the_words_of_the_instrument_are_replaced(typist):
    somebody = typist(rows=[MARKET])
    for typed, query, _, chosen in LINES:
        somebody.type(typed, "order_line")
        assert somebody.asked[-1]["q"] == query
        somebody.press("ArrowDown", "Enter")
        assert somebody.line == chosen
    somebody.press("Enter")
    somebody.page.locator("#count", has_text="2 orders").wait_for()
    assert somebody.line == ""
    assert not somebody.page.locator("#options").is_visible()


def test_a_symbol_of_two_exchanges_is_named_with_its_own_and_the_rest_of_the_line_stays(typist):
    somebody = typist("phone")
    somebody.type("sell 100 infy", "order_line")
    somebody.page.keyboard.type(" @ 1412 mis")
    assert not somebody.page.locator("#options").is_visible()
    somebody.page.evaluate("document.getElementById('order_line').setSelectionRange(13, 13)")
    somebody.press("ArrowDown")
    somebody.options.nth(1).tap()
    assert somebody.line == "sell 100 BSE:INFY @ 1412 mis"
    assert somebody.page.evaluate("document.activeElement.id") == "order_line"


def test_words_that_name_no_instrument_show_no_list(typist):
    somebody = typist()
    for typed in NO_INSTRUMENT:
        somebody.type("infy", "order_line")
        with somebody.page.expect_response("**/instruments.json?*"):
            somebody.page.fill("#order_line", typed)
        somebody.page.locator("#options").wait_for(state="hidden")
        assert somebody.asked[-1]["q"] == "", typed


def test_a_line_that_is_blank_or_endless_asks_nothing(typist):
    somebody = typist()
    for typed in ("  ", "buy 10 infy " * 40):
        somebody.type("infy", "order_line")
        somebody.asked.clear()
        somebody.page.fill("#order_line", typed)
        somebody.page.locator("#options").wait_for(state="hidden")
        somebody.page.wait_for_timeout(200)
        assert not somebody.asked, typed


def test_what_is_chosen_goes_to_where_its_words_are_by_then(typist):
    somebody = typist()
    somebody.type("sell 100 infy", "order_line")
    somebody.page.keyboard.press("Home")
    somebody.page.evaluate("document.getElementById('order_line').value = '@ 1412 sell 100 infy mis'")
    somebody.page.evaluate("document.getElementById('order_line').setSelectionRange(20, 20)")
    somebody.options.nth(1).click()
    until(lambda: somebody.line == "@ 1412 sell 100 BSE:INFY mis", "the words are replaced")


def test_enter_without_an_active_instrument_adds(typist):
    somebody = typist()
    somebody.type("buy 10 infy", "order_line")
    somebody.press("Enter")
    somebody.page.locator("#count", has_text="1 order").wait_for()
    assert not somebody.page.locator("#options").is_visible()
    # The form is another one now; its fields search as those before did.
    somebody.type("rel ind", "order_line")
    somebody.press("ArrowDown", "Enter")
    assert somebody.line == "RELIANCE"


def test_an_open_list_is_accessible_and_never_beside_the_screen(typist):
    somebody = typist("phone")
    for field, scheme in (("items-0-tradingsymbol", "light"), ("order_line", "dark")):
        somebody.page.emulate_media(color_scheme=scheme)
        somebody.type("nifty fut", field)
        somebody.press("ArrowDown")
        for width in (320, 390, 1280):
            somebody.page.set_viewport_size({"width": width, "height": 800})
            assert (
                somebody.page.evaluate(
                    "document.documentElement.scrollWidth - document.documentElement.clientWidth"
                )
                <= 0
            )
        check_accessibility(somebody.page)


def test_what_cannot_be_bought_is_left_out_where_that_is_asked(composer):
    def segments(**query):
        answer = composer.client.get("/instruments.json", base_url=HOST, query_string={"q": "nifty"} | query)
        return {instrument["segment"] for instrument in answer.get_json()["items"]}

    assert segments(limit=2) == {"INDICES"}
    assert segments(limit=2, traded=1) == {"NSE", "NFO-FUT"}
    assert segments(traded=1, exchange="NSE") == {"NSE"}


def test_a_real_symbol_is_found_chosen_and_handed_off(shared_site, new_page):
    page = new_page()
    page.goto(shared_site.url)
    page.locator("#items-0-tradingsymbol").press_sequentially("rel ind")
    page.locator("#options", has_text="RELIANCE INDUSTRIES").wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.fill("#items-0-quantity", "5")
    page.locator("button[value=hand_off]:visible").click()
    page.wait_for_url("**/connect/**")
