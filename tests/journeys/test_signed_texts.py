"""Signed texts that outlive an upgrade, and pages that are given other JSON under our signature.

The lists are written out as the version before signed them.
"""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kite.offsite.journey.handoff import visit_nonce
from kite.publishing import offers, sharing
from kite.store.flow import executions
from kite.store.people import allowed_sites
from kite.store.people.allowed_sites import INLINE, Allowed
from kite.web.integrations.press_tokens import orders_digest
from kite.web.integrations.published_amounts import scale_to_amount
from tests.support.offered import publish
from tests.support.signed import JSON, ROWS, sign_json
from tests.support.site import HOST, query

BLOG = "https://blog.example"
ORDERS = json.dumps(
    [
        {
            "variety": "regular",
            "tradingsymbol": "SBIN",
            "exchange": "NSE",
            "transaction_type": "BUY",
            "order_type": "MARKET",
            "quantity": 3,
        }
    ]
)


@pytest.fixture
def person(site):
    return site.visitor()


def signed(site, purpose, *values):
    return sign_json(site.services.sealer, purpose, list(values))


def seconds(site):
    return int(site.clock().timestamp())


def execution_of(site, execution_id):
    with site.services.store.reading() as conn:
        return executions.get(conn, execution_id)


def post(site, path, client=None, **fields):
    client = client or site.app.test_client()
    return client.post(path, data=fields, base_url=HOST, headers={"Origin": HOST})


def test_who_is_at_kite_during_an_upgrade_comes_back_to_the_receipt(person, site):
    execution_id = person.compose({})
    token = query(person.place(execution_id))["request_token"]
    visit = execution_of(site, execution_id).visit_id
    state = signed(site, "state", execution_id, visit_nonce(visit), seconds(site))
    answer = person.get(f"/redirect?status=success&request_token={token}&state={state}", status=303)
    assert answer.location == f"/executions/{execution_id}"
    site.clock.advance(2)
    assert person.receipt(execution_id)["items"][0]["outcome"] == "filled"


@pytest.mark.parametrize("of_basket", [True, False], ids=["its basket alone", "its visit alone"])
def test_a_state_of_which_only_half_is_this_visits_exchanges_nothing_unasked(person, site, of_basket):
    other = site.visitor()
    own_id, others_id = person.compose({}), other.compose({})
    token = query(other.place(others_id))["request_token"]
    own, others = execution_of(site, own_id), execution_of(site, others_id)
    named, visit = (own, others.visit_id) if of_basket else (others, own.visit_id)
    state = signed(site, "state", named.id, visit_nonce(visit), seconds(site))
    answer = person.get(f"/redirect?status=success&request_token={token}&state={state}", status=303)
    assert "Continue here as the person who placed this" in person.get(answer.location, status=200).text


def test_who_logs_in_during_an_upgrade_comes_back_to_the_page(person, site):
    visit = execution_of(site, person.compose({})).visit_id
    login = person.post("/session/login", status=303, next="/executions").location
    page = person.client.get(login.removeprefix(HOST), base_url=HOST)
    token = query(person.decide(page, "approve"))["request_token"]
    state = signed(site, "login", "/executions?q=INFY", visit_nonce(visit), seconds(site))
    answer = person.get(f"/redirect?status=success&request_token={token}&state={state}", status=303)
    assert answer.location == "/executions?q=INFY"


def test_the_page_of_a_return_that_is_open_during_an_upgrade_still_opens(person, site):
    execution_id = person.compose({})
    nonce = visit_nonce(execution_of(site, execution_id).visit_id)
    handle = signed(site, "return", nonce, "not_found", "", execution_id)
    assert "Kite shows no order of this basket for you" in person.get(f"/returns/{handle}", status=200).text
    site.visitor().get(f"/returns/{handle}", status=404)


def test_a_published_link_still_leads_to_its_basket(person, site):
    link = sharing.make_link(site.services, publish(site.services), "asha", reference="december")
    page = person.get(f"/b/large-five?l={signed(site, 'link', link.id)}", status=200).text
    assert "Buy 5 in Kite" in page


def test_a_published_page_that_was_open_during_an_upgrade_is_still_pressed(site):
    offer = offers.current_offer(site.services, publish(site.services).slug)
    with site.app.app_context():
        digest = orders_digest(scale_to_amount(offer, "")[0].items)
    token = signed(site, "press", "large-five", 1, seconds(site), "n" * 22, digest)
    answer = post(site, "/b/large-five/handoff", token=token)
    assert answer.status_code == 303 and answer.location.startswith("/handoff/")


def test_a_press_that_is_under_way_during_an_upgrade_becomes_a_basket(site):
    with site.services.store.writing() as conn:
        allowed_sites.add(conn, Allowed(INLINE, BLOG, site.clock(), "asha"))
    token = signed(site, "embedded press", "", ORDERS, BLOG, "h" * 32, "", "", "n" * 22, seconds(site))
    answer = post(site, "/embed/handoff", token=token)
    assert answer.status_code == 303
    items = execution_of(site, answer.location.rpartition("/")[2]).items
    assert [(item.tradingsymbol, item.quantity) for item in items] == [("SBIN", 3)]


def test_a_hand_off_page_that_was_open_during_an_upgrade_is_still_pressed_without_a_cookie(person, site):
    execution_id = person.compose({})
    token = signed(site, "press on a hand-off page", execution_id, seconds(site))
    answer = post(site, f"/handoff/{execution_id}", site.app.test_client(use_cookies=False), press=token)
    assert answer.status_code == 200


OF_THIS_VISIT = st.sampled_from(["receipt", "next", "which", "ask", "late", "nowhere", ""])


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=JSON | ROWS, landing=OF_THIS_VISIT, text=st.text(max_size=5))
def test_no_page_breaks_over_other_json_under_our_signature(person, site, value, landing, text):
    sealer = site.services.sealer
    person.get("/executions", status=200)
    with person.client.session_transaction(base_url=HOST) as session:
        nonce = visit_nonce(session["visit"])
    handle = sign_json(sealer, "return", [nonce, landing, text, text])
    answers = [person.get(f"/returns/{handle}")]
    for purpose in ("state", "login"):
        state = sign_json(sealer, purpose, value)
        answers.append(person.get(f"/redirect?status=success&request_token=token&state={state}"))
    answers.append(person.get(f"/returns/{sign_json(sealer, 'return', value)}"))
    answers.append(person.get(f"/b/large-five?l={sign_json(sealer, 'link', value)}"))
    answers.append(post(site, "/b/large-five/handoff", token=sign_json(sealer, "press", value)))
    answers.append(post(site, "/embed/handoff", token=sign_json(sealer, "embedded press", value)))
    token = sign_json(sealer, "press on a hand-off page", value)
    answers.append(post(site, "/handoff/nothing", site.app.test_client(use_cookies=False), press=token))
    assert [answer.status_code for answer in answers if answer.status_code >= 500] == []
