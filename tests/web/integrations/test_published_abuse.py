"""What strangers try with published baskets, their endings and their codes; and what an operator's
change does to a press under way.
"""

import json
from datetime import timedelta

import pytest

from kite.exceptions import StoreUnavailable
from kite.publishing import offers, permissions, sharing
from kite.store.flow import codes, executions
from kite.store.people.allowed_sites import INLINE
from kite.store.publishing import presses
from kite.vocabulary import State
from tests.support.offered import a_draft, an_item, publish
from tests.support.site import HOST, inputs

BLOG = "https://blog.example"
HANDLE = "a" * 32


def pressed(site, browser, slug="large-five", **query):
    """Press a published basket; return the execution's id."""
    page = browser.client.get(f"/b/{slug}", query_string=query, base_url=HOST).text
    fields = inputs(page.partition('<form id="start"')[2].partition("</form>")[0])
    answer = browser.client.post(f"/b/{slug}/handoff", data=fields, base_url=HOST, headers={"Origin": HOST})
    assert answer.status_code == 303, answer.text
    return answer.location.rpartition("/")[2]


def cancelled(browser, execution_id):
    browser.get(browser.decide(browser.to_kite(execution_id), "cancel"), status=303)
    return execution_id


def ask_for_ending(site, handle=HANDLE):
    answer = site.app.test_client().get(
        "/embed/result", query_string={"handle": handle}, base_url=HOST, headers={"Origin": BLOG}
    )
    return answer.get_json() if answer.status_code == 200 else None


def redeem(site, code, token=None):
    token = token or permissions.make_token(site.services, "the app", "asha")
    client = site.app.test_client(use_cookies=False)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    return client.post("/api/v1/redeem", data=json.dumps({"code": code}), base_url=HOST, headers=headers)


def of(site, execution_id):
    with site.services.store.reading() as conn:
        return executions.get(conn, execution_id), presses.of(conn, execution_id)


def test_whoever_composed_for_somebody_else_hears_no_code(site):
    publish(site.services)
    attacker, victim = site.visitor(), site.visitor()
    execution_id = pressed(site, attacker, origin=BLOG, handle=HANDLE)
    question = victim.get(attacker.place(execution_id), status=303).location
    victim.post(question, status=303)  # "I placed this"
    victim.get(f"/executions/{execution_id}", status=200)
    assert ask_for_ending(site) == {
        "type": "basket",
        "status": "success",
        "code": None,
        "execution_id": execution_id,
    }


def test_whoever_gave_a_link_hears_nothing_of_who_pressed_there(site):
    publish(site.services)
    attacker, victim = site.visitor(), site.visitor("CD5678")
    execution_id = pressed(site, attacker, origin=BLOG, handle=HANDLE)
    own = victim.press_link(execution_id)
    victim.get(victim.place(own), status=303)
    assert ask_for_ending(site) == {
        "type": "basket",
        "status": "unknown",
        "code": None,
        "execution_id": execution_id,
    }
    attacker.receipt(own, status=404)


@pytest.mark.parametrize("handle", ["a", "a" * 21, "a" * 101, "a b" * 10, "\0" * 30, "é" * 30])
def test_a_handle_that_could_be_guessed_opens_nothing(site, handle):
    publish(site.services)
    _, press = of(site, pressed(site, site.visitor(), origin=BLOG, handle=handle))
    assert press.handle is None
    assert ask_for_ending(site, handle) is None


def test_a_basket_in_parts_ends_with_its_last_part_and_one_code_tells_all(sites):
    site = sites(KITE_BASKET_MAX_ITEMS="1")
    publish(site.services, amount=None, items=(an_item("INFY", 2), an_item("SBIN", 3)))
    browser = site.visitor()
    first = pressed(site, browser, origin=BLOG, handle=HANDLE)
    browser.get(browser.place(first), status=303)
    last = next(service.id for service in _services(site, first) if service.id != first)
    assert ask_for_ending(site) == {"type": "basket", "status": "unknown", "code": None, "execution_id": last}
    browser.get(browser.decide(browser.to_kite(last), "cancel"), status=303)
    message = ask_for_ending(site)
    assert (message["status"], message["execution_id"]) == ("success", last), (
        "the first part was placed, whatever became of the last"
    )
    result = redeem(site, message["code"]).get_json()
    assert (result["id"], result["state"]) == (last, "cancelled")
    assert [execution["id"] for execution in result["others"]] == [first]
    assert result["others"][0]["items"][0]["tradingsymbol"] == "INFY"


def _services(site, execution_id):
    with site.services.store.reading() as conn:
        return executions.parts(conn, executions.get(conn, execution_id).basket_id)


def test_a_basket_that_is_paused_or_over_is_not_opened_by_a_press_of_before(site):
    basket = publish(site.services, valid_until=site.clock() + timedelta(hours=1))
    browser = site.visitor()
    execution_id = pressed(site, browser)
    offers.pause(site.services, basket)
    assert browser.get(f"/handoff/{execution_id}", status=303).location == "/b/large-five"
    offers.go_on(site.services, basket)
    site.clock.advance(3600)
    assert browser.get(f"/handoff/{execution_id}", status=303).location == "/b/large-five"
    assert of(site, execution_id)[0].state is State.PREPARED


def test_a_cancelled_press_is_sent_again_as_what_it_was_while_that_is_offered(site):
    basket = publish(site.services)
    browser = site.visitor()
    execution_id = pressed(site, browser, origin=BLOG, handle=HANDLE)
    browser.get(browser.decide(browser.to_kite(execution_id), "cancel"), status=303)
    again = browser.send_again(execution_id)
    execution, press = of(site, again)
    assert (execution.parent_id, press.published_id, press.version, press.origin, press.handle) == (
        execution_id,
        basket.id,
        1,
        BLOG,
        None,
    )
    browser.get(browser.decide(browser.to_kite(again), "cancel"), status=303)
    offers.change(site.services, basket, a_draft(title="Another five"), "asha")
    assert browser.post(f"/executions/{again}/again", status=303).location == "/b/large-five"


@pytest.mark.parametrize(
    ("how", "words"),
    [("revoked", "This link was taken back by who gave it."), ("over", "This link is over.")],
)
def test_a_cancelled_press_of_a_link_that_is_worth_nothing_now_is_not_sent_again(site, how, words):
    basket = publish(site.services)
    link = sharing.make_link(
        site.services, basket, "asha", ends_at=site.clock() + timedelta(hours=1), most_uses=1
    )
    browser = site.visitor()
    execution_id = cancelled(browser, pressed(site, browser, l=sharing.sign_link(site.services, link)))
    # One that is used up was used for this basket.
    waiting = f"/handoff/{browser.send_again(execution_id)}"
    if how == "revoked":
        sharing.revoke_link(site.services, basket, link.id)
    else:
        site.clock.advance(3600)
    for answer in (
        browser.post(f"/executions/{execution_id}/again", status=303),
        browser.get(waiting, status=303),
    ):
        assert words in browser.get(answer.location, status=410).text
    assert of(site, waiting.rpartition("/")[2])[0].state is State.PREPARED


def test_items_of_a_site_that_is_listed_no_more_are_not_sent_again(site):
    permissions.permit(site.services, INLINE, BLOG, "asha")
    items = '[{"exchange": "NSE", "tradingsymbol": "SBIN", "transaction_type": "BUY", "quantity": 1}]'
    page = site.app.test_client().post(
        "/embed/start", data={"items": items, "handle": HANDLE}, base_url=HOST, headers={"Origin": BLOG}
    )
    browser = site.visitor()
    started = browser.client.post(
        "/embed/handoff", data=inputs(page.text), base_url=HOST, headers={"Origin": HOST}
    )
    execution_id = cancelled(browser, started.location.rpartition("/")[2])
    permissions.forbid(site.services, INLINE, BLOG)
    page = browser.post(f"/executions/{execution_id}/again", status=403).text
    assert "Buttons there may no longer send orders of their own from here." in page
    assert f'href="/executions/{execution_id}"' in page
    with site.services.store.reading() as conn:
        assert executions.resends(conn, execution_id) == []
    permissions.permit(site.services, INLINE, BLOG, "asha")
    waiting = f"/handoff/{browser.send_again(execution_id)}"
    permissions.forbid(site.services, INLINE, BLOG)
    assert "may no longer send orders" in browser.get(waiting, status=403).text


@pytest.mark.parametrize("code", ["\ud800", "\0", "é" * 150, "' or 1=1 --"])
def test_a_code_of_strange_letters_is_none_of_ours(site, code):
    assert redeem(site, code).status_code == 404


def test_the_api_says_that_the_database_is_away_in_its_own_words(site, monkeypatch):
    token = permissions.make_token(site.services, "the app", "asha")

    def away(*arguments):
        raise StoreUnavailable("away")

    monkeypatch.setattr(codes, "token", away)
    answer = redeem(site, "x", token)
    assert (answer.status_code, answer.mimetype) == (503, "application/problem+json")
    assert answer.get_json()["status"] == 503


def test_what_led_to_a_basket_is_handed_over_with_it_and_goes_with_it(site):
    publish(site.services)
    browser = site.visitor()
    execution_id = pressed(site, browser, origin=BLOG, handle=HANDLE)
    record = json.loads(browser.client.get("/data/export.json", base_url=HOST).text)["records"][0]
    assert (record["press"]["origin"], record["press"]["version"]) == (BLOG, 1)
    assert "handle" not in record["press"]
    browser.post("/data/delete", status=303, confirm="y")
    assert of(site, execution_id) == (None, None)


@pytest.mark.parametrize("path", ["/b/large-five/handoff", "/embed/handoff", "/executions/x/ending"])
def test_another_sites_form_neither_starts_a_basket_nor_replaces_the_cookie(site, path):
    publish(site.services)
    for origin in (BLOG, "null"):
        answer = site.app.test_client().post(
            path, data={"token": "x"}, base_url=HOST, headers={"Origin": origin}
        )
        assert answer.status_code == 400
        assert "Set-Cookie" not in answer.headers


def test_a_press_on_another_site_neither_reads_nor_replaces_the_cookie(site):
    publish(site.services)
    browser = site.visitor()
    browser.compose({})
    for slug in ("large-five", "nothing"):
        answer = browser.client.post(
            "/embed/start", data={"basket": slug}, base_url=HOST, headers={"Origin": BLOG}
        )
        assert "Set-Cookie" not in answer.headers
        assert "Cookie" not in answer.headers.get("Vary", "")


def test_a_closed_composer_sends_a_cancelled_press_again_and_offers_nothing_that_composes(sites):
    site = sites(COMPOSER_CLOSED="1")
    publish(site.services)
    browser = site.visitor()
    execution_id = pressed(site, browser)
    browser.get(browser.decide(browser.to_kite(execution_id), "cancel"), status=303)
    page = browser.get(f"/executions/{execution_id}", status=200).text
    assert "Review in Kite again" in page
    assert "/?from=" not in page
    for path in (f"/?from={execution_id}", f"/?again={execution_id}"):
        assert browser.get(path, status=303).location.startswith("/operator/sign-in")
