"""A browser that keeps no cookie of ours: it is told so, with what to do, and nothing is claimed
that nobody knows.
"""

import re

import pytest

from kite.store.flow import executions
from kite.vocabulary import State
from tests.support.offered import publish
from tests.support.site import BUY_INFY, HOST, hidden_fields, inputs

CLAIMS = re.compile(r"nothing was (placed|changed|sent)|day old|too old", re.IGNORECASE)
BASKET = {f"items-0-{name}": text for name, text in BUY_INFY.items()}


@pytest.fixture
def refuser(site):
    return site.visitor(cookies=False)


def simulator(visitor, site):
    """A second browser for Kite's pages, where cookies are kept; it is the same person."""
    return site.visitor(visitor.kite_user)


def test_the_composer_says_so_keeps_what_was_typed_and_goes_on_with_a_cookie(refuser, site):
    page = refuser.get("/").text
    fields = {
        "csrf_token": re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)[1],
        "action": "hand_off",
    } | BASKET
    answer = refuser.post(
        "/", status=400, token=False, **{name.replace("-", "__"): text for name, text in fields.items()}
    )
    assert "Your browser brought no cookie from this site" in answer.text
    assert "Allow cookies for this site, and press again." in answer.text
    assert not CLAIMS.search(answer.text)
    assert inputs(answer.text)["items-0-quantity"] == "10"
    allowed = site.visitor()
    allowed.client.set_cookie(
        "visit", answer.headers["Set-Cookie"].partition("visit=")[2].partition(";")[0], domain="127.0.0.1"
    )
    again = inputs(answer.text)["csrf_token"]
    assert (
        allowed.client.post(
            "/", data=BASKET | {"csrf_token": again, "action": "hand_off"}, base_url=HOST
        ).status_code
        == 303
    )


@pytest.mark.parametrize(
    "path",
    [
        "/session/login",
        "/session/logout",
        "/data/delete",
        "/executions/nothing/check",
        "/handoff/nothing/sequence",
    ],
)
def test_every_other_press_says_so_too(refuser, path):
    answer = refuser.client.post(path, data={"csrf_token": "x"}, base_url=HOST, headers={"Origin": HOST})
    assert answer.status_code == 400
    assert "Your browser brought no cookie from this site" in answer.text
    assert not CLAIMS.search(answer.text)


def started(site, refuser):
    """Press a published basket; return the page that the press leads to and the execution's id."""
    publish(site.services)
    page = refuser.get("/b/large-five", status=200).text
    fields = inputs(page.partition('<form id="start"')[2].partition("</form>")[0])
    answer = refuser.client.post(
        "/b/large-five/handoff", data=fields, base_url=HOST, headers={"Origin": HOST}
    )
    assert answer.status_code == 303
    return refuser.get(
        answer.location, status=200, headers={"Sec-Fetch-Site": "same-origin"}
    ), answer.location.rpartition("/")[2]


def stored(site, execution_id):
    with site.services.store.reading() as conn:
        return executions.get(conn, execution_id)


def test_a_published_basket_goes_to_kite_and_the_return_is_honest(refuser, site):
    page, execution_id = started(site, refuser)
    assert "Your browser keeps no cookie from this site" in page.text
    assert ".submit()" not in page.text, "it is read first"
    assert stored(site, execution_id).state is State.HANDED_OFF
    kite = simulator(refuser, site)
    basket = kite.log_in_at_basket(
        kite.client.post(
            "/simulator/connect/basket",
            data=hidden_fields(page.text),
            base_url=HOST,
            headers={"Origin": HOST},
        )
    )
    back = refuser.get(kite.decide(basket, "place"), status=303)
    page = refuser.get(back.location, status=404).text
    assert "You are back from Kite, and your browser brought no cookie" in page
    assert "Orders may have been placed" in page and "/simulator/orders" in page
    assert not CLAIMS.search(page)
    assert execution_id not in page
    pressed = refuser.client.post(
        back.location, data={"csrf_token": "x"}, base_url=HOST, headers={"Origin": HOST}
    )
    assert pressed.status_code == 400 and "You are back from Kite" in pressed.text
    assert not CLAIMS.search(pressed.text)
    assert stored(site, execution_id).state is State.HANDED_OFF, (
        "whose it is nobody knows, so nothing is exchanged"
    )


def test_without_a_word_of_the_browser_where_it_comes_from_one_more_press_leads_to_kite(refuser, site):
    publish(site.services)
    page = refuser.get("/b/large-five", status=200).text
    fields = inputs(page.partition('<form id="start"')[2].partition("</form>")[0])
    location = refuser.client.post(
        "/b/large-five/handoff", data=fields, base_url=HOST, headers={"Origin": HOST}
    ).location
    page = refuser.get(location, status=200)
    assert "basket-form" not in page.text
    answer = refuser.client.post(location, data=inputs(page.text), base_url=HOST, headers={"Origin": HOST})
    assert answer.status_code == 200 and "Set-Cookie" not in answer.headers
    assert "Your browser keeps no cookie from this site" in answer.text and hidden_fields(answer.text)["data"]


def test_a_basket_that_was_opened_is_not_opened_by_itself_again(refuser, site):
    _, execution_id = started(site, refuser)
    page = refuser.get(f"/handoff/{execution_id}", status=200, headers={"Sec-Fetch-Site": "same-origin"}).text
    assert "basket-form" not in page and "If that was you" in page


def test_a_stranger_without_a_cookie_yet_is_no_presser(site):
    execution_id = site.visitor().compose({})
    for headers in (
        {},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "cross-site", "Referer": "https://wa.example/"},
    ):
        assert (
            "basket-form"
            not in site.visitor().get(f"/handoff/{execution_id}", status=200, headers=headers).text
        )


def test_a_cancel_without_a_cookie_is_honest(refuser):
    back = refuser.get("/redirect?status=cancelled", status=303)
    page = refuser.get(back.location, status=404).text
    assert "You are back from Kite" in page and not CLAIMS.search(page)


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/nothing"), ("POST", "/rules"), ("POST", "/embed/handoff"), ("GET", "/operator/edit")],
)
def test_no_refusal_claims_that_nothing_happened(site, method, path):
    person = site.visitor()
    person.buy({})
    answer = person.client.open(path, method=method, data={"csrf_token": person.csrf_token()}, base_url=HOST)
    assert answer.status_code in (303, 400, 404, 405)
    assert not CLAIMS.search(answer.text)
