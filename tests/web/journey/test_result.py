"""How a basket that another page or app began ends: what is told, to whom, and the code that is
redeemed once.
"""

import json
from urllib.parse import parse_qs, urlsplit

import pytest

from kite.publishing import permissions
from kite.store.flow import codes, executions
from kite.store.people import allowed_sites
from kite.store.people.allowed_sites import RETURN_TO, Allowed
from tests.support.offered import an_item, publish
from tests.support.site import BUY_INFY, HOST, inputs

APP = "myapp://done"
BLOG = "https://blog.example"


@pytest.fixture
def basket(site):
    with site.services.store.writing() as conn:
        for address in (APP, "https://app.example/done?x=1"):
            allowed_sites.add(conn, Allowed(RETURN_TO, address, site.clock(), "asha"))
    return publish(site.services, items=(an_item("INFY", 2),), amount=None)


@pytest.fixture
def token(site):
    return permissions.make_token(site.services, "the app", "asha")


def pressed(site, browser, **query):
    """Press the published basket, and return the execution's id."""
    page = browser.client.get("/b/large-five", query_string=query, base_url=HOST)
    fields = inputs(page.text.partition('<form id="start"')[2].partition("</form>")[0])
    answer = browser.client.post(
        "/b/large-five/handoff", data=fields, base_url=HOST, headers={"Origin": HOST}
    )
    return answer.location.rpartition("/")[2]


def finished(site, browser, **query):
    execution_id = pressed(site, browser, **query)
    browser.get(browser.place(execution_id), status=303)
    return execution_id


def ending(browser, execution_id, status=200):
    answer = browser.client.post(
        f"/executions/{execution_id}/ending", base_url=HOST, headers={"Origin": HOST}
    )
    assert answer.status_code == status
    return answer.get_json() if status == 200 else None


def redeem(site, token, code, **headers):
    all_headers = {"Authorization": f"Bearer {token}"} | headers
    return site.app.test_client(use_cookies=False).post(
        "/api/v1/redeem", json={"code": code}, base_url=HOST, headers=all_headers
    )


def test_the_receipt_offers_the_way_back_and_says_who_hears(site, basket):
    browser = site.visitor()
    execution_id = finished(site, browser, return_to=APP, origin="https://blog.example")
    page = browser.get(f"/executions/{execution_id}", status=200).text
    assert ">Back to myapp</a>" in page
    assert 'data-status="success"' in page
    answer = browser.get(f"/executions/{execution_id}/back", status=303)
    query = parse_qs(urlsplit(answer.location).query)
    assert answer.location.startswith("myapp://done?status=success&code=")
    assert query["execution_id"] == [execution_id]
    assert "request_token" not in answer.location


def test_an_address_with_a_query_keeps_it(site, basket):
    browser = site.visitor()
    execution_id = finished(site, browser, return_to="https://app.example/done?x=1")
    assert browser.get(f"/executions/{execution_id}/back", status=303).location.startswith(
        "https://app.example/done?x=1&status=success&code="
    )


def test_an_address_taken_off_the_list_is_no_way_back_any_more(site, basket):
    browser = site.visitor()
    execution_id = finished(site, browser, return_to=APP)
    permissions.forbid(site.services, RETURN_TO, APP)
    browser.get(f"/executions/{execution_id}/back", status=404)
    assert "Back to myapp" not in browser.get(f"/executions/{execution_id}").text


def test_a_basket_composed_here_has_no_way_back_and_still_tells_the_app_around_it(site, basket):
    browser = site.visitor()
    execution_id = browser.buy()
    browser.get(f"/executions/{execution_id}/back", status=404)
    assert ending(browser, execution_id)["status"] == "success"


def test_the_ending_of_a_cancelled_basket_has_no_code(site, basket):
    browser = site.visitor()
    execution_id = pressed(site, browser, return_to=APP)
    browser.get(browser.decide(browser.to_kite(execution_id), "cancel"), status=303)
    message = ending(browser, execution_id)
    assert message == {"type": "basket", "status": "cancelled", "code": None, "execution_id": execution_id}
    assert (
        browser.get(f"/executions/{execution_id}/back", status=303).location
        == f"{APP}?status=cancelled&execution_id={execution_id}"
    )


def test_nobody_else_hears_an_ending_or_is_led_back(site, basket):
    browser, stranger = site.visitor(), site.visitor()
    execution_id = finished(site, browser, return_to=APP)
    ending(stranger, execution_id, status=404)
    stranger.get(f"/executions/{execution_id}/back", status=404)
    stranger.get("/executions/nothing/back", status=404)


def test_a_prefetch_makes_no_code(site, basket):
    browser = site.visitor()
    execution_id = finished(site, browser, return_to=APP)
    browser.client.get(f"/executions/{execution_id}/back", base_url=HOST, headers={"Sec-Purpose": "prefetch"})
    with site.services.store.reading() as conn:
        assert not codes.was_issued(
            conn, permissions.hash_of(site.services.sealer.fingerprint("code", execution_id))
        )


def test_a_code_is_the_same_each_time_and_redeemed_once(site, basket, token):
    browser = site.visitor()
    execution_id = finished(site, browser, return_to=APP)
    code = ending(browser, execution_id)["code"]
    assert ending(browser, execution_id)["code"] == code
    site.clock.advance(2)
    answer = redeem(site, token, code)
    assert answer.status_code == 200
    result = answer.get_json()
    assert result == browser.receipt(execution_id)
    assert (result["id"], result["items"][0]["outcome"], result["items"][0]["filled_quantity"]) == (
        execution_id,
        "filled",
        2,
    )
    again = redeem(site, token, code)
    assert (again.status_code, again.mimetype) == (410, "application/problem+json")
    assert ending(browser, execution_id)["code"] == code, "looking at the receipt again makes no new code"
    assert "The result was handed to the app" in browser.get(f"/executions/{execution_id}/trail").text


def test_a_code_is_worth_nothing_after_ten_minutes(site, basket, token):
    browser = site.visitor()
    code = ending(browser, finished(site, browser))["code"]
    site.clock.advance(600)
    assert redeem(site, token, code).status_code == 410


@pytest.mark.parametrize("sent", ["", "Bearer", "Bearer kt_forged", "Basic eDp5"])
def test_nothing_is_redeemed_without_a_token(site, basket, token, sent):
    browser = site.visitor()
    code = ending(browser, finished(site, browser))["code"]
    answer = redeem(site, token, code, Authorization=sent)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert redeem(site, token, code).status_code == 200, "a refused call uses no code up"


BODIES = (
    b"",
    b"nonsense",
    b"[]",
    b'{"code": 5}',
    b'{"code": ""}',
    b'{"code": null}',
    b'{"code": "' + b"x" * 5000 + b'"}',
    b"\xff\xfe",
)


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_a_body_without_a_code_is_told(site, token, body):
    client = site.app.test_client(use_cookies=False)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    answer = client.post("/api/v1/redeem", data=body, base_url=HOST, headers=headers)
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")


def test_an_unknown_code_and_a_revoked_token(site, basket, token):
    assert redeem(site, token, "0" * 32).status_code == 404
    with site.services.store.reading() as conn:
        stored_token = codes.tokens(conn)[0]
    permissions.revoke_token(site.services, stored_token.id)
    assert redeem(site, token, "0" * 32).status_code == 401


def test_the_api_sets_no_cookie_and_another_sites_server_may_call_it(site, token):
    answer = redeem(site, token, "0" * 32, Origin="https://app.example")
    assert answer.status_code == 404
    assert "Set-Cookie" not in answer.headers
    assert "Access-Control-Allow-Origin" not in answer.headers, "a token is for servers, not for pages"


def test_the_description_names_every_address_of_the_api_and_all_that_an_execution_has(site):
    browser = site.visitor()
    document = site.app.test_client().get("/api/v1/openapi.json", base_url=HOST).get_json()
    rules = {
        rule.rule.removeprefix("/api/v1")
        for rule in site.app.url_map.iter_rules()
        if rule.rule.startswith("/api/")
    }
    assert set(document["paths"]) == rules
    schema = document["components"]["schemas"]["Execution"]
    receipt = browser.receipt(browser.buy())
    assert set(schema["properties"]) == set(receipt)
    assert set(schema["properties"]["items"]["items"]["properties"]) == set(receipt["items"][0])
    assert "$ref" in json.dumps(document)


def test_the_last_part_of_a_basket_is_what_ends_it(site, basket):
    browser = site.visitor()
    items = {f"items-{number}-{name}": text for number in range(12) for name, text in BUY_INFY.items()}
    answer = browser.post("/", status=303, action="hand_off", **items)
    first = answer.location.rpartition("/")[2]
    browser.get(browser.place(first), status=303)
    assert 'id="ending"' not in browser.get(f"/executions/{first}", status=200).text


@pytest.fixture
def split(sites):
    """A site that sends every order by itself, with a basket of two."""
    site = sites(KITE_BASKET_MAX_ITEMS="1")
    permissions.permit(site.services, RETURN_TO, APP, "asha")
    publish(site.services, items=(an_item("INFY", 2), an_item("SBIN", 3)), amount=None)
    return site


def begun(site, **query):
    """Press the basket of two; return the browser, the ids of both parts, and who asks for the
    ending.
    """
    browser = site.visitor()
    first = pressed(site, browser, origin=BLOG, handle="a" * 32, **query)
    with site.services.store.reading() as conn:
        second = executions.parts(conn, first)[1].id

    def ask_for_ending():
        answer = (
            site.app.test_client()
            .get(f"/embed/result?handle={'a' * 32}", base_url=HOST, headers={"Origin": BLOG})
            .get_json()
        )
        return answer["status"], answer["execution_id"]

    return browser, first, second, ask_for_ending


def stop(browser, execution_id):
    """Press Stop here; return the page that comes."""
    return browser.get(
        browser.post(f"/handoff/{execution_id}/sequence", status=303, answer="stop").location, status=200
    ).text


def test_whoever_stops_after_a_part_came_back_is_led_back_and_what_was_sent_is_told(split):
    browser, first, second, ask_for_ending = begun(split, return_to=APP)
    browser.get(browser.place(first), status=303)
    receipt = browser.get(f"/executions/{first}", status=200)
    assert 'id="ending"' not in receipt.text
    assert (
        f'action="/handoff/{second}/sequence"' in receipt.text,
        ">Stop here</button>" in receipt.text,
    ) == (True, True)
    assert ending(browser, first) == {
        "type": "basket",
        "status": "unknown",
        "code": None,
        "execution_id": second,
    }
    page = stop(browser, second)
    for text in (
        page,
        browser.get(f"/executions/{second}", status=200).text,
        browser.get(f"/executions/{first}", headers={"If-None-Match": receipt.headers["ETag"]}).text,
    ):
        assert "You stopped before part 2" in text
        assert f'href="/executions/{first}/back">Back to myapp</a>' in text
        assert f'data-ending="/executions/{first}/ending" data-status="success"' in text
        assert "What was not sent stays here." in text
        assert ("data-back" in text) == (text == page), "on a receipt it can be taken up again"
    assert "js/ending.js" in page
    message = ending(browser, second)
    assert (message["status"], message["execution_id"]) == ask_for_ending() == ("success", first)
    back = browser.get(f"/executions/{second}/back", status=303).location
    assert back == f"{APP}?status=success&code={message['code']}&execution_id={first}"
    result = redeem(
        split, permissions.make_token(split.services, "the app", "asha"), message["code"]
    ).get_json()
    assert [(execution["id"], execution["state"]) for execution in (result, *result["others"])] == [
        (first, result["state"]),
        (second, "prepared"),
    ]


def test_a_basket_that_is_taken_up_again_goes_on_and_its_last_part_ends_it(split):
    browser, first, second, ask_for_ending = begun(split, return_to=APP)
    browser.get(browser.place(first), status=303)
    stop(browser, second)
    browser.post(f"/handoff/{second}/sequence", status=303, answer="take_up")
    assert ask_for_ending() == ("unknown", second)
    assert 'id="ending"' not in browser.get(f"/executions/{second}", status=200).text
    browser.get(browser.place(second), status=303)
    assert ask_for_ending() == ("success", second)
    assert 'id="ending"' not in browser.get(f"/executions/{first}", status=200).text


def test_whoever_stops_while_a_part_is_at_kite_leaves_that_unknown_until_it_is_back(split):
    browser, first, second, ask_for_ending = begun(split, return_to=APP)
    returned = browser.place(first)
    page = stop(browser, second)
    assert 'data-status="unknown"' in page
    assert "data-back" not in page, "nobody is led away by itself while it is not known"
    assert "Back to myapp</a>" in page
    assert ask_for_ending() == ("unknown", first)
    assert ending(browser, first)["code"] is None
    browser.get(returned, status=303)
    assert ask_for_ending() == ("success", first)


def test_whoever_stops_after_a_cancel_has_cancelled(split):
    browser, first, second, ask_for_ending = begun(split, return_to=APP)
    browser.get(browser.decide(browser.to_kite(first), "cancel"), status=303)
    assert ask_for_ending() == ("unknown", second), "it can go on"
    assert 'data-status="cancelled"' in stop(browser, second)
    assert ask_for_ending() == ("cancelled", first)
    again = browser.send_again(first)
    browser.get(browser.place(again), status=303)
    assert ask_for_ending() == ("success", again), (
        "the part was placed after all, as what was sent in its place"
    )


def test_an_earlier_part_that_is_not_back_keeps_the_last_one_from_being_a_success(split):
    browser, first, second, ask_for_ending = begun(split)
    returned = browser.place(first)
    browser.post(f"/handoff/{second}/sequence", status=303, answer="go_on")
    browser.get(browser.place(second), status=303)
    assert ask_for_ending() == ("unknown", second)
    browser.get(returned, status=303)
    assert ask_for_ending() == ("success", second)


def test_the_page_of_a_button_is_linked_when_its_person_stops(split):
    permissions.forbid(split.services, RETURN_TO, APP)
    page = {"basket": "large-five", "handle": "a" * 32, "page": f"{BLOG}/december"}
    going = split.app.test_client().post("/embed/start", data=page, base_url=HOST, headers={"Origin": BLOG})
    browser = split.visitor()
    first = browser.client.post(
        "/embed/handoff", data=inputs(going.text), base_url=HOST, headers={"Origin": HOST}
    ).location.rpartition("/")[2]
    browser.get(browser.place(first), status=303)
    with split.services.store.reading() as conn:
        second = executions.parts(conn, first)[1].id
    assert f'href="{BLOG}/december">Back to blog.example</a>' in stop(browser, second)
    assert "Back to" not in split.visitor().get(f"/handoff/{second}", status=200).text, (
        "nobody else came from there"
    )
