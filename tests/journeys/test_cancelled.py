"""A cancel that somebody forces after the orders were placed, and the truth of it."""

import pytest

from tests.journeys.conftest import WAYS
from tests.support.elsewhere import elsewhere
from tests.support.person import BASKET_PAGE, outcomes, until

INFY = {"tradingsymbol": "INFY"}


@pytest.fixture(scope="module")
def silent(start_live):
    """A site to which Kite posts no updates: only its order book tells."""
    return start_live("app:app", SIMULATOR_POSTBACK_URL="none", MISSING_AFTER="2")


@pytest.fixture(params=WAYS)
def person(request, somebody, silent):
    device, scripts = request.param
    return somebody(device, scripts, site=silent)


def placed_unseen(person):
    """Place a basket whose return nobody opens; return the execution's id."""
    execution_id = person.hand_off(INFY)
    person.place_and_wait()
    return execution_id


def test_a_forced_cancel_after_placing_claims_nothing_and_the_truth_is_found_before_anything_is_sent_again(
    person,
):
    execution_id = placed_unseen(person)
    # Without a Referer it is what Kite's own return can look like.
    person.open("/redirect?status=cancelled")
    person.page.wait_for_url(f"**/executions/{execution_id}")
    assert person.heading() == "Kite says you cancelled. We’ve seen no order."
    words = person.page.inner_text("main").lower()
    assert "not placed" not in words and "no order was placed" not in words and "nothing" not in words

    with person.page.expect_navigation():
        person.page.get_by_role("button", name="Review in Kite again").click()
    person.decision("approve").click()  # the order book is read first, and Kite asks for a login
    person.page.wait_for_url(f"**/executions/{execution_id}")
    assert outcomes(person.settled(execution_id)) == {"INFY": "filled"}
    assert person.heading() == "1 of 1 filled"
    assert person.page.get_by_role("button", name="Review in Kite again").count() == 0


def test_a_press_on_a_page_that_is_older_than_kites_own_report_shows_what_was_reported(somebody, live_site):
    person = somebody(site=live_site())  # Kite posts its updates to this one
    execution_id = placed_unseen(person)
    person.open(f"/executions/{execution_id}")
    until(lambda: person.receipt(execution_id)["state"] == "returned", "Kite's report arrived")
    answer = person.page.request.post(
        f"{person.site.url}/executions/{execution_id}/again",
        form={"csrf_token": person.page.locator("[name=csrf_token]").first.input_value()},
        headers={"Origin": person.site.url},
    )
    assert (
        answer.url == f"{person.site.url}/executions/{execution_id}"
        and "Reported by Kite at" in answer.text()
    )


@pytest.mark.parametrize("way", ["link", "script"])
def test_a_cancel_that_another_sites_page_causes_changes_nothing(somebody, silent, way):
    person = somebody(allow=("400 (BAD REQUEST)",), site=silent)
    execution_id = placed_unseen(person)
    with elsewhere() as there:
        there.pages["/"] = (
            f"<title>A page</title><a href='{person.site.url}/redirect?status=cancelled'>Win a prize</a>"
        )
        if way == "script":
            there.pages["/"] += (
                f"<script>location.href = '{person.site.url}/redirect?status=cancelled'</script>"
            )
        person.page.goto(f"{there.url}/")
        if way == "link":
            person.page.get_by_text("Win a prize").click()
        person.page.wait_for_url("**/returns/*")
    assert person.heading() == "Another site opened this address"
    assert person.receipt(execution_id)["state"] == "handed_off"


def test_kites_own_cancel_counts_and_the_basket_is_sent_again_after_a_look(person):
    execution_id = person.hand_off(INFY)
    person.log_in()
    person.decision("cancel").click()
    person.page.wait_for_url(f"**/executions/{execution_id}")
    assert person.receipt(execution_id)["state"] == "cancelled"
    with person.page.expect_navigation():
        person.page.get_by_role("button", name="Review in Kite again").click()
    person.decision("approve").click()
    person.page.wait_for_url(f"**/executions/{execution_id}")
    assert "The order book of AB1234 was read at" in person.page.inner_text("main")
    with person.page.expect_navigation():
        person.page.get_by_role("button", name="Review in Kite again").click()
    if not person.scripts:
        person.page.locator("#basket-form button").click()
    person.page.wait_for_url(BASKET_PAGE)
    person.place()
    again = person.page.url.rpartition("/")[2]
    assert again != execution_id
    assert outcomes(person.settled(again)) == {"INFY": "filled"}
