"""Sells first, in a browser: the question, the part that waits, and a tab that was left open."""

from tests.support.looks import faults
from tests.support.person import BASKET_PAGE, RECEIPT

BUY = {"tradingsymbol": "INFY", "quantity": "1"}
SELL = {"tradingsymbol": "SIMOPEN", "transaction_type": "SELL", "product": "MIS", "quantity": "1"}


def test_sells_go_first_and_the_buys_follow_when_the_person_says_so(somebody):
    person = somebody()
    person.compose(BUY, SELL)
    question = person.page.get_by_role("group", name="This basket sells and buys")
    question.wait_for()
    chosen = question.get_by_role("radio", name="Sells first")
    chosen.check()
    with person.page.expect_response(lambda answer: answer.request.method == "POST"):
        person.fill(1, quantity="2")
    assert chosen.is_checked()
    problems = faults(person.page)

    person.press("hand_off")
    person.page.wait_for_url(BASKET_PAGE)
    person.place()
    first = person.page.url
    person.page.get_by_text("SIMOPEN NSE: 0 of 2 sold").wait_for()
    problems += faults(person.page)

    person.page.get_by_role("link", name="Go on anyway …").click()
    assert person.heading() == "Part 2 waits for part 1"
    assert not person.page.locator("#basket-form").count()
    problems += faults(person.page)
    person.page.get_by_role("button", name="Go on anyway").click()
    person.page.wait_for_url(BASKET_PAGE)
    person.place()
    assert person.page.url != first
    assert not problems, "\n\n".join(problems)


def test_a_tab_that_was_left_open_does_not_send_what_is_done(somebody):
    person = somebody()
    execution_id = person.hand_off(BUY)
    kite, other = person.page, person.page.context.new_page()
    other.goto(f"{person.site.url}/handoff/{execution_id}")
    other.get_by_role("button", name="Open Kite again").wait_for()
    kite.bring_to_front()
    person.place()
    other.evaluate(
        "document.dispatchEvent(new Event('visibilitychange'))"
    )  # a browser without a window hides no tab
    other.wait_for_url(RECEIPT)
