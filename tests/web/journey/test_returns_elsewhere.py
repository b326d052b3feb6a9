"""Returns at addresses that were registered otherwise, and cancels that another site's page
caused.
"""

import pytest

from kite.offsite.journey import redirect_address
from kite.store.flow.event_data import ReturnAddress
from tests.support.site import query
from tests.web.journey.test_returns import SELL_SBIN, exchanges, text_of


@pytest.fixture
def person(site):
    return site.visitor()


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/redirect/",
        "/Redirect",
        "/REDIRECT//",
        "/kite/callback",
        "/api/kite/callback",
        "/postback",
        "/executions",
        "/b/nothing",
        "/handoff/nothing",
    ],
)
def test_a_return_is_one_wherever_it_lands(person, site, path):
    execution_id = person.compose({})
    address = person.place(execution_id).replace("/redirect?", f"{path}?")
    answer = person.get(address, status=303)
    assert answer.location == f"/executions/{execution_id}"
    assert "Cross-Origin-Opener-Policy" not in answer.headers, (
        "the page that opened this window hears the ending"
    )
    assert exchanges(site) == 1
    assert person.get(address, status=303).location == f"/executions/{execution_id}"
    assert exchanges(site) == 1


@pytest.mark.parametrize("path", ["/", "/somewhere"])
def test_a_login_comes_back_wherever_it_lands(person, site, path):
    login = person.post("/session/login", status=303, next="/rules")
    back = person.decide(
        person.client.get(
            login.location.removeprefix("http://127.0.0.1:8000"), base_url="http://127.0.0.1:8000"
        ),
        "approve",
    )
    assert person.get(back.replace("/redirect?", f"{path}?"), status=303).location == "/rules"
    assert exchanges(site) == 1


@pytest.mark.parametrize("path", ["/", "/redirect/", "/Redirect"])
def test_a_cancel_is_one_where_nothing_else_can_be_meant(person, path):
    execution_id = person.compose({})
    person.form_of(execution_id)
    assert person.get(f"{path}?status=cancelled", status=303).location == f"/executions/{execution_id}"
    assert person.receipt(execution_id)["state"] == "cancelled"


@pytest.mark.parametrize(
    "address",
    [
        "/?status=cancelled&data=%5B%5D",
        "/rules?status=cancelled",
        "/nothing?status=cancelled",
        "/executions?status=cancelled",
    ],
)
def test_a_word_that_may_mean_something_else_cancels_nothing(person, address):
    execution_id = person.compose({})
    person.form_of(execution_id)
    assert person.get(address).status_code in (200, 404)
    assert person.receipt(execution_id)["state"] == "handed_off"


def test_a_forged_return_elsewhere_asks_as_it_does_at_redirect_and_exchanges_nothing(person, site):
    theirs = site.visitor()
    token = query(theirs.place(theirs.compose({})))["request_token"]
    page = person.get(person.get(f"/?status=success&request_token={token}", status=303).location, status=200)
    assert "Continue here as the person who placed this" in page.text
    waiting = person.compose(SELL_SBIN)
    person.form_of(waiting)
    state = theirs.form_of(theirs.compose({}))["redirect_params"]
    assert "names another basket" in text_of(
        person, f"/rules?status=success&request_token={token}&{state}", 400
    )
    assert exchanges(site) == 0
    assert person.receipt(waiting)["state"] == "handed_off"


@pytest.mark.parametrize(
    ("address", "status", "headers"),
    [
        ("/static/css/nothing.css?status=success&request_token=x", 404, {}),
        ("/api/v1/openapi.json?status=success&request_token=x", 200, {}),
        ("/embed.js?status=success&request_token=x", 200, {}),
        ("/healthz?status=success&request_token=x", 200, {}),
        ("/simulator/?status=success&request_token=x", 200, {}),
        ("/?status=success&request_token=x", 200, {"Sec-Fetch-Dest": "image"}),
        ("/?status=success&request_token=x", 200, {"Sec-Fetch-Dest": "iframe"}),
        ("/rules?status=success", 200, {}),
        ("/rules?request_token=x", 200, {}),
    ],
)
def test_what_no_browser_opens_as_a_page_is_no_return(person, site, address, status, headers):
    person.get(address, status=status, headers=headers)
    with site.services.store.reading() as conn:
        assert conn.exec_driver_sql("select count(*) from returns").scalar() == 0


def test_a_form_is_no_return_whatever_its_address_says(person, site):
    token = person.csrf_token()
    answer = person.client.post(
        "/?status=success&request_token=x",
        data={"csrf_token": token, "action": "add"},
        base_url="http://127.0.0.1:8000",
    )
    assert answer.status_code == 200 and "items-1-tradingsymbol" in answer.text
    with site.services.store.reading() as conn:
        assert conn.exec_driver_sql("select count(*) from returns").scalar() == 0


def test_a_head_or_a_prefetch_exchanges_nothing_elsewhere_either(person, site):
    execution_id = person.compose({})
    path = person.place(execution_id).removeprefix("http://127.0.0.1:8000").replace("/redirect?", "/?")
    assert person.client.head(path, base_url="http://127.0.0.1:8000").status_code == 503
    person.get(path, headers={"Sec-Purpose": "prefetch;prerender"}, status=503)
    assert exchanges(site) == 0
    assert person.receipt(execution_id)["state"] == "handed_off"


def test_where_returns_arrive_is_remembered_and_logged_once_and_without_the_token(person, site, caplog):
    addresses = [
        person.place(person.compose({})).replace("/redirect?", f"{path}?")
        for path in ("/redirect", "/Kite Back", "/Kite Back", "/redirect")
    ]
    warnings = []
    for address in addresses:
        caplog.clear()
        person.get(address, status=303)
        warnings.append(
            [record.getMessage() for record in caplog.records if "Kite sends people" in record.getMessage()]
        )
    first, news, same, as_it_should = warnings
    assert (first, same) == ([], [])
    assert news == [
        "Kite sends people to http://127.0.0.1:8000/Kite%20Back: that is registered there."
        " They arrive all the same; http://127.0.0.1:8000/redirect is meant."
    ]
    assert as_it_should == ["Kite sends people to http://127.0.0.1:8000/redirect, as it should."]
    change = redirect_address.latest_change(site.services)
    assert change.unpack(ReturnAddress) == ReturnAddress("http://127.0.0.1:8000/redirect")
    assert not any(query(address)["request_token"] in caplog.text for address in addresses)


def test_a_link_that_anybody_can_write_says_nothing_of_the_registered_address(person, site):
    person.get("/evil?status=success&request_token=abc", status=303)
    person.get("/evil?status=cancelled", status=404)
    theirs = site.visitor()
    person.get(theirs.place(theirs.compose({})).replace("/redirect?", "/evil?"), status=303)
    assert redirect_address.latest_change(site.services) is None


@pytest.mark.parametrize(
    "referer",
    [
        "https://evil.example/",
        "https://evil.example/?http://127.0.0.1:8000",
        "http://127.0.0.1:8000@evil.example/",
        "http://127.0.0.1:9000/",
        "https://kite.zerodha.com.evil.example/",
        "https://[",
    ],
)
@pytest.mark.parametrize("path", ["/redirect", "/"])
def test_a_cancel_that_another_site_caused_changes_nothing(person, referer, path):
    execution_id = person.compose({})
    person.form_of(execution_id)
    answer = person.get(f"{path}?status=cancelled", status=303, headers={"Referer": referer})
    page = person.get(answer.location, status=400).text
    assert "Another site opened this address" in page
    assert person.receipt(execution_id)["state"] == "handed_off"


def test_a_cancel_that_another_site_caused_leaves_a_login_under_way(person):
    person.post("/session/login", status=303, next="/rules")
    person.get("/redirect?status=cancelled", status=303, headers={"Referer": "https://evil.example/"})
    assert person.get("/redirect?status=cancelled", status=303).location == "/rules", (
        "Kite's own cancel still finds it"
    )


@pytest.mark.parametrize(
    "referer",
    [
        "",
        "http://127.0.0.1:8000/simulator/connect/basket/abc",
        "HTTP://127.0.0.1:8000/",
        "https://kite.zerodha.com/",
        "android-app://com.example",
    ],
)
def test_a_cancel_that_kite_may_have_sent_counts_as_its_word(person, referer):
    execution_id = person.compose({})
    person.form_of(execution_id)
    person.get("/redirect?status=cancelled", status=303, headers={"Referer": referer} if referer else {})
    assert person.receipt(execution_id)["state"] == "cancelled"


def test_kites_own_pages_cancel_at_a_site_with_a_key(sites):
    site = sites(
        KITE_WEB_ROOT="https://kite.example",
        KITE_API_KEY="abcd1234",
        SECRET_KEY="a key of the tests, long enough for it",
    )
    for referer, state in (
        ("https://kite.example/connect/basket", "cancelled"),
        ("https://kite.example.evil.example/", "handed_off"),
    ):
        person = site.visitor()
        execution_id = person.compose({})
        person.form_of(execution_id)
        person.get("/redirect?status=cancelled", status=303, headers={"Referer": referer})
        assert person.receipt(execution_id)["state"] == state
