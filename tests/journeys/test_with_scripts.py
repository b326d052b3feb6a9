"""What scripts make smoother, and what they must not do twice."""

import pytest

from tests.support.person import BASKET_PAGE, until

INFY = {"tradingsymbol": "INFY"}
REFUSED = ("422 (UNPROCESSABLE",)


def focused(person):
    """The name of the field that has the focus."""
    return person.page.evaluate("document.activeElement.name || document.activeElement.id")


def tab_to(person, selector):
    """Press Tab until the focus is there."""
    for _ in range(60):
        person.page.keyboard.press("Tab")
        if person.page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    pytest.fail(f"the Tab key does not lead to {selector}")


@pytest.mark.parametrize("device", ["phone", "desktop"])
def test_rows_appear_in_place_and_the_total_follows(somebody, device):
    person = somebody(device)
    person.compose(INFY)
    person.page.evaluate("window.here = true")
    person.press("add")
    person.page.locator("[name=items-1-tradingsymbol]").wait_for()
    assert focused(person) == "items-1-tradingsymbol"
    person.page.keyboard.type("INFY")
    person.fill(1, quantity="20")
    person.page.get_by_text("₹43,446.00").filter(visible=True).first.wait_for()
    person.press("remove-1")
    person.page.locator("[name=items-1-tradingsymbol]").wait_for(state="detached")
    person.page.get_by_text("₹43,446.00").wait_for(state="detached")
    assert person.page.evaluate("window.here")


def test_no_press_is_lost_while_the_site_is_slow(somebody):
    person = somebody()
    person.compose(INFY)
    person.page.route(
        f"{person.site.url}/", lambda route: (person.page.wait_for_timeout(500), route.continue_())
    )
    person.fill(0, quantity="20")
    person.page.locator("button[value=add]").dblclick()
    person.page.locator("[name=items-2-tradingsymbol]").wait_for()
    assert person.page.locator("[name$=-tradingsymbol]").count() == 3
    assert person.page.locator("[name=items-0-quantity]").input_value() == "20"


def test_the_first_error_has_the_focus(somebody):
    person = somebody(allow=REFUSED)
    person.compose(INFY, {"tradingsymbol": "SBIN", "quantity": "0"}, {"tradingsymbol": ""})
    person.press("hand_off")
    person.page.locator("[name=items-1-quantity][aria-invalid=true]").wait_for()
    assert focused(person) == "items-1-quantity"


def test_the_keyboard_alone_leads_from_an_empty_page_to_kite(somebody):
    person = somebody()
    person.open()
    tab_to(person, "[name=items-0-tradingsymbol]")
    person.page.keyboard.type("INFY")
    tab_to(person, "[name=items-0-quantity]")
    person.page.keyboard.type("10")
    tab_to(person, "button[value=add]")
    person.page.keyboard.press("Enter")
    person.page.locator("[name=items-1-tradingsymbol]").wait_for()
    assert focused(person) == "items-1-tradingsymbol"
    person.page.keyboard.type("SBIN")
    tab_to(person, "[name=items-1-quantity]")
    person.page.keyboard.type("5")
    tab_to(person, "button[value=hand_off]")
    person.page.keyboard.press("Enter")
    person.page.wait_for_url(BASKET_PAGE)


def test_kite_is_opened_once_whatever_is_reloaded_or_opened_again(somebody):
    person = somebody()
    sent = []
    person.page.on(
        "request",
        lambda request: (
            sent.append(request.url)
            if request.method == "POST" and "/connect/basket" in request.url
            else None
        ),
    )
    execution_id = person.hand_off(INFY)
    person.page.go_back()
    person.page.locator("h1").wait_for()
    for again in (lambda: person.open(f"/handoff/{execution_id}"), person.page.reload):
        again()
        assert person.heading() == "Open Kite again?"
    assert len(sent) == 1
    person.page.locator("#basket-form button").click()
    person.page.wait_for_url(BASKET_PAGE)
    assert len(sent) == 2


def test_a_receipt_hears_of_changes_until_it_is_settled_and_then_stops(somebody):
    person = somebody()
    person.page.clock.install()  # it stands still: nothing is asked but on news from the stream
    execution_id = person.hand_off({"tradingsymbol": "SIMPARTIAL"})
    requests = []
    person.page.on(
        "request",
        lambda request: (
            requests.append(request)
            if request.url.endswith(execution_id) and request.resource_type == "fetch"
            else None
        ),
    )
    person.place()
    person.page.evaluate("window.here = true")
    person.settled(execution_id)
    assert person.heading() == "0 of 1 filled, 1 partly"
    assert person.page.title().startswith("0 of 1 filled, 1 partly")
    assert person.page.evaluate("window.here")
    before = len(requests)  # none, where a slow machine shows the receipt only when it is settled
    person.page.clock.fast_forward(600_000)
    person.page.evaluate("fetch('/healthz').then(() => true)")
    assert len(requests) == before


def test_where_no_stream_is_to_be_had_the_receipt_asks_and_an_unchanged_one_costs_no_page(somebody):
    person = somebody(allow=("503 (Service Unavailable",))
    person.page.clock.install()
    person.page.route(
        "**/events",
        lambda route: route.fulfill(
            status=503, headers={"Retry-After": "30"}, body="Too many watch already."
        ),
    )
    execution_id = person.hand_off({"tradingsymbol": "SIMOPEN"})
    answers = []
    person.page.on(
        "response",
        lambda answer: answers.append(answer.status) if answer.url.endswith(execution_id) else None,
    )
    person.place()
    until(lambda: person.page.clock.fast_forward(2_000) or 304 in answers, "an answer without a page")
    assert person.page.locator("main[data-live=on]").count() == 1
    assert person.heading() == "0 of 1 filled, 1 still working"


def state_of(page):
    return " ".join(page.locator("p.live").inner_text().split())


def test_a_receipt_calls_itself_live_only_while_its_stream_is_open(somebody):
    person = somebody(allow=("ERR_INTERNET_DISCONNECTED",))
    held = []
    person.page.route("**/events", lambda route: held.append(route))
    person.buy({"tradingsymbol": "SIMOPEN"})
    page = person.page
    page.locator("p.live [data-checked]").wait_for()
    until(lambda: held, "the receipt asks for its stream")
    assert state_of(page).startswith("Checked "), "the stream is not open yet"
    held.pop().continue_()
    until(lambda: state_of(page).startswith("Live. Checked "), "the stream is open")
    page.context.set_offline(True)
    page.evaluate(
        "document.dispatchEvent(new Event('visibilitychange'))"
    )  # it asks at once, and gets no answer
    until(lambda: not state_of(page).startswith("Live"), "nothing is live without a network")
    page.context.set_offline(False)


def test_a_receipt_whose_stream_is_refused_is_checked_and_not_live(somebody):
    person = somebody(allow=("503",))
    person.page.route(
        "**/events",
        lambda route: route.fulfill(
            status=503, headers={"Retry-After": "30"}, body="Too many watch already."
        ),
    )
    person.buy({"tradingsymbol": "SIMOPEN"})
    first = person.page.locator("p.live [data-checked]").inner_text()
    until(
        lambda: person.page.locator("p.live [data-checked]").inner_text() != first,
        "the receipt asks by itself",
    )
    assert state_of(person.page).startswith("Checked ")
