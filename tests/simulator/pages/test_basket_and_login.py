"""Login and basket pages, as a person's browser meets them."""

import json
from typing import Any
from urllib.parse import urlsplit

import pytest

from kite.simulator.core.context import EXTENSION
from tests.support.html import check_page
from tests.support.simulator_rig import REDIRECT, Rig, heading, item, query


@pytest.mark.kite("1.3.1")
@pytest.mark.kite("2.1.1")
@pytest.mark.kite("2.1.2")
def test_login_returns_with_a_request_token_and_the_redirect_params(rig: Rig) -> None:
    page = rig.web.get("/connect/login?api_key=simulator_key&v=3&redirect_params=some%3DX%26more%3DY")
    assert page.status_code == 200
    assert 'value="some=X&amp;more=Y"' in page.text
    answer = rig.web.post("/connect/login", data={"decision": "approve", "redirect_params": "some=X&more=Y"})
    assert answer.status_code == 302
    assert answer.location.startswith(f"{REDIRECT}?action=login&type=login&status=success&request_token=")
    assert answer.location.endswith("&some=X&more=Y")
    assert len(query(answer)["request_token"]) == 32


@pytest.mark.kite("1.3.3")
def test_cancelled_login_returns_bare(rig: Rig) -> None:
    answer = rig.web.post("/connect/login", data={"decision": "cancel", "redirect_params": "some=X"})
    assert answer.location == f"{REDIRECT}?status=cancelled"


@pytest.mark.kite("1.3.7")
def test_login_with_an_unknown_key_is_an_envelope(rig: Rig) -> None:
    answer = rig.web.get("/connect/login?api_key=other&v=3")
    assert answer.status_code == 400
    assert answer.get_json() == {
        "status": "error",
        "message": "Invalid `api_key`.",
        "data": None,
        "error_type": "InputException",
    }


def test_login_cookie_has_its_own_name_and_path(rig: Rig) -> None:
    answer = rig.web.post("/connect/login", data={"decision": "approve"})
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("kite_simulator=")
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))


@pytest.mark.kite("1.1.3")
def test_basket_asks_for_login_first_and_keeps_the_basket(rig: Rig) -> None:
    answer = rig.send([item()])
    assert answer.status_code == 303
    assert heading(rig.web.get(answer.location)) == "Log in and approve"
    assert rig.web.post(answer.location, data={"decision": "approve"}).location == answer.location
    assert heading(rig.web.get(answer.location)) == "Approve 1 order?"


@pytest.mark.kite("1.1.4")
def test_who_is_logged_in_goes_straight_to_the_basket(rig: Rig) -> None:
    rig.open([item()])
    assert heading(rig.web.get(rig.send([item(), item("SBIN")]).location)) == "Approve 2 orders?"


def test_placing_without_a_login_shows_the_login(rig: Rig) -> None:
    address = rig.send([item()]).location
    assert rig.web.post(address, data={"decision": "place"}).location == address
    assert rig.orders() == []


@pytest.mark.kite("1.3.2")
@pytest.mark.kite("1.3.8")
def test_placed_basket_returns_as_kite_does(rig: Rig) -> None:
    address = rig.open([item()], redirect_params="state=a%2Bb&more=ä")
    answer = rig.web.post(address, data={"decision": "place"})
    token = query(answer)["request_token"]
    assert (
        answer.location
        == f"{REDIRECT}?request_token={token}&type=basket&status=success&state=a%2Bb&more=%C3%A4"
    )


def test_every_order_exists_before_the_browser_is_sent_back(rig: Rig) -> None:
    rig.place([item(), item("SBIN"), item("SIMSLOW")])
    assert [order["tradingsymbol"] for order in rig.orders()] == ["INFY", "SBIN", "SIMSLOW"]


@pytest.mark.kite("1.3.3")
def test_cancelled_basket_returns_bare_and_places_nothing(rig: Rig) -> None:
    address = rig.open([item()], redirect_params="state=1")
    assert rig.web.post(address, data={"decision": "cancel"}).location == f"{REDIRECT}?status=cancelled"
    assert rig.orders() == []
    assert heading(rig.web.get(address)) == "This basket was cancelled"


def test_second_press_of_place_places_nothing_and_leads_to_the_same_address(rig: Rig) -> None:
    address = rig.open([item()])
    answers = [
        rig.web.post(address, data={"decision": decision}) for decision in ("place", "place", "cancel")
    ]
    assert len({answer.location for answer in answers}) == 1
    assert len(rig.orders()) == 1
    assert heading(rig.web.get(address)) == "This basket was placed"


@pytest.mark.kite("1.1.10")
@pytest.mark.kite("1.2.2")
@pytest.mark.kite("1.2.18")
def test_unknown_symbols_are_dropped_without_a_word(rig: Rig) -> None:
    items = [
        item("NIFTY15DECFUT", exchange="NFO"),
        item("INFY"),
        item("infy"),
        item("INFY", exchange="NCO"),
        item("SIMDROP"),
        item("NIFTY 50"),
    ]
    page = rig.web.get(rig.open(items))
    assert heading(page) == "Approve 1 order?"
    assert "NIFTY15DECFUT" not in page.text


def test_basket_of_which_all_is_dropped_is_empty_and_can_only_be_cancelled(rig: Rig) -> None:
    address = rig.open([item("NOSUCH")])
    page = rig.web.get(address)
    assert heading(page) == "This basket is empty"
    assert 'value="place"' not in page.text
    assert rig.web.post(address, data={"decision": "place"}).location == address
    assert rig.web.post(address, data={"decision": "cancel"}).location == f"{REDIRECT}?status=cancelled"


@pytest.mark.parametrize(
    "data",
    [
        "",
        "{",
        "[]",
        "{}",
        "null",
        "3",
        '"text"',
        "[3]",
        "[[]]",
        "[NaN]",
        "[" * 5000,
        "[" + "9" * 5000 + "]",
        json.dumps([item()] * 11),
    ]
    + [
        json.dumps([item(**wrong)])
        for wrong in (
            {"quantity": "10"},
            {"quantity": 0},
            {"quantity": -5},
            {"quantity": 1.5},
            {"quantity": True},
        )
    ]
    + [
        json.dumps([item(**wrong)])
        for wrong in (
            {"quantity": None},
            {"quantity": 10**30},
            {"price": "1400"},
            {"price": -1},
            {"price": 1e300},
        )
    ]
    + [
        json.dumps([item(**wrong)])
        for wrong in (
            {"transaction_type": "buy"},
            {"variety": "gtt"},
            {"product": "XYZ"},
            {"validity": "GTC"},
        )
    ]
    + [
        json.dumps([item(**wrong)])
        for wrong in (
            {"readonly": "true"},
            {"tag": 5},
            {"tag": "\ud800"},
            {"tradingsymbol": None},
            {"exchange": 1},
        )
    ]
    + [
        '[{"tradingsymbol":"INFY","exchange":"NSE","transaction_type":"BUY","quantity":1,"price":1e99999999999999999999}]'
    ],
)
@pytest.mark.kite("1.1.8")
@pytest.mark.kite("1.2.4")
@pytest.mark.kite("1.2.15")
@pytest.mark.kite("1.2.16")
def test_unreadable_basket_is_an_error_page_without_a_return(rig: Rig, data: str) -> None:
    answer = rig.send(data)
    assert answer.status_code == 400
    assert answer.mimetype == "text/html"
    assert "Location" not in answer.headers


@pytest.mark.kite("1.2.15")
def test_numbers_sent_as_text_are_named(rig: Rig) -> None:
    answer = rig.send([item(), item(quantity="10")])
    assert heading(answer) == "Item 2: quantity was sent as text. It takes a JSON number."


@pytest.mark.kite("1.2.1")
def test_only_the_documented_fields_are_needed(rig: Rig) -> None:
    rig.place(
        [
            {
                "tradingsymbol": "INFY",
                "exchange": "NSE",
                "transaction_type": "BUY",
                "quantity": 1,
                "unheard": [1],
            }
        ]
    )
    order = rig.orders()[0]
    assert [order[name] for name in ("variety", "order_type", "product", "validity")] == [
        "regular",
        "MARKET",
        "CNC",
        "DAY",
    ]


@pytest.mark.parametrize(
    ("form", "headers"),
    [
        ({"api_key": "other"}, {}),
        ({}, {"Referer": "https://elsewhere.example/"}),
        ({}, {"Referer": "http://[bad"}),
    ],
)
@pytest.mark.kite("1.3.7")
def test_wrong_key_and_foreign_referer_get_the_same_page(
    rig: Rig, form: dict[str, str], headers: dict[str, str]
) -> None:
    data = {"api_key": "simulator_key", "data": json.dumps([item()])} | form
    answer = rig.web.post("/connect/basket", data=data, headers=headers)
    assert answer.status_code == 400
    assert heading(answer) == "Invalid `api_key`."


def test_missing_referer_is_accepted(rig: Rig) -> None:
    answer = rig.web.post("/connect/basket", data={"api_key": "simulator_key", "data": json.dumps([item()])})
    assert answer.status_code == 303


@pytest.mark.parametrize(
    ("redirect_url", "start"),
    [
        ("http://127.0.0.1:9000/done?basket=7", "http://127.0.0.1:9000/done?basket=7&request_token="),
        ("https://elsewhere.example/", f"{REDIRECT}?request_token="),
        ("http://127.0.0.1:x/", f"{REDIRECT}?request_token="),
        ("javascript://127.0.0.1/%0aalert(1)", f"{REDIRECT}?request_token="),
        ("http://me@127.0.0.1/", f"{REDIRECT}?request_token="),
        ("http://127.0.0.1;script-src *", f"{REDIRECT}?request_token="),
    ],
)
@pytest.mark.kite("1.1.5")
def test_redirect_url_counts_only_on_the_registered_host(rig: Rig, redirect_url: str, start: str) -> None:
    answer = rig.web.post(rig.open([item()], redirect_url=redirect_url), data={"decision": "place"})
    assert answer.location.startswith(start)


def test_page_allows_its_form_to_lead_to_the_registered_site(rig: Rig) -> None:
    policy = rig.web.get(rig.open([item()])).headers["Content-Security-Policy"]
    assert "form-action 'self' http://127.0.0.1:8000;" in policy
    assert "frame-ancestors 'none'" in policy


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/orders",
        "/nothing",
        "/connect/login",
        "/connect/nothing",
        "/static/css/nothing.css",
        "/instruments",
    ],
)
def test_every_answer_says_that_it_is_the_simulator(rig: Rig, path: str) -> None:
    assert rig.web.get(path).headers["X-Kite-Simulator"] == "1"


def test_form_that_another_site_sends_decides_nothing(rig: Rig) -> None:
    address = rig.open([item()])
    answer = rig.web.post(address, data={"decision": "place"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert rig.orders() == []


def test_unknown_basket_and_wrong_method_are_pages(rig: Rig) -> None:
    assert heading(rig.web.get("/connect/basket/none")) == "There is nothing at this address."
    answer = rig.web.get("/connect/basket")
    assert (answer.status_code, answer.mimetype) == (405, "text/html")


def test_huge_basket_is_an_error_page(rig: Rig) -> None:
    answer = rig.send("x" * 2_000_000)
    assert (answer.status_code, answer.mimetype) == (413, "text/html")


def test_mounted_under_a_path_its_addresses_stay_under_it(rig: Rig) -> None:
    mounted: dict[str, Any] = {"SCRIPT_NAME": "/simulator"}
    form = {"api_key": "simulator_key", "data": json.dumps([item()])}
    answer = rig.web.post("/connect/basket", data=form, environ_overrides=mounted)
    assert answer.location.startswith("/simulator/connect/basket/")
    page = rig.web.get(urlsplit(answer.location).path.removeprefix("/simulator"), environ_overrides=mounted)
    assert f'action="{answer.location}"' in page.text
    assert 'href="/simulator/static/css/tokens.css"' in page.text


def test_ledger_that_does_not_answer_is_told_in_both_languages(rig: Rig) -> None:
    rig.app.extensions[EXTENSION].ledger.close()
    rig.settings.database.unlink(missing_ok=True)
    rig.settings.database.mkdir()
    answer = rig.web.get("/connect/basket/any")
    assert (answer.status_code, heading(answer)) == (500, "Something went wrong.")
    answer = rig.web.get("/orders", headers={"Authorization": "token simulator_key:abc"})
    assert (answer.status_code, answer.get_json()["error_type"]) == (500, "GeneralException")


def test_bare_address_says_what_it_is(rig: Rig) -> None:
    page = rig.web.get("/")
    assert heading(page) == "Kite simulator"
    assert "simulator_key" in page.text
    assert "simulator_secret" not in page.text


def test_address_with_a_slash_too_many_is_led_on(rig: Rig) -> None:
    assert rig.web.get("/connect//login").status_code == 308


def test_redirect_params_beyond_all_measure_are_refused(rig: Rig) -> None:
    assert rig.send([item()], redirect_params="a" * 5000).status_code == 400


def test_the_order_book_is_a_page_for_a_person_and_data_for_a_program(rig):
    browser = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    nobody = rig.web.get("/orders", headers=browser)
    assert nobody.status_code == 200
    assert "Nobody is logged in here" in nobody.text
    rig.place([item("INFY"), item("SIMOPEN", transaction_type="SELL")])
    rig.clock.forward(seconds=2)
    page = rig.web.get("/orders", headers=browser)
    check_page(page.text)
    assert page.headers["X-Kite-Simulator"] == "1"
    for words in ("BUY INFY NSE", "10 of 10", "COMPLETE", "SELL SIMOPEN NSE", "0 of 10", "OPEN"):
        assert words in page.text
    assert rig.web.get("/orders").status_code == 403, "a program without a session is refused"
    assert {order["tradingsymbol"] for order in rig.orders()} == {"INFY", "SIMOPEN"}


def test_a_second_client_has_an_order_book_of_its_own(rig: Rig) -> None:
    assert (
        '<select id="client" name="client">' in rig.web.get("/connect/login?api_key=simulator_key&v=3").text
    )
    rig.place([item()])
    second = Rig(rig.app, rig.clock, rig.settings)
    address = second.send([item("SBIN")]).location
    assert second.web.post(address, data={"decision": "approve", "client": "CD5678"}).location == address
    assert "Demo client CD5678" in second.web.get(address).text
    token = query(second.web.post(address, data={"decision": "place"}))["request_token"]
    data = second.exchange(token).get_json()["data"]
    assert data["user_id"] == "CD5678"
    second.authorization = {"Authorization": f"token simulator_key:{data['access_token']}"}
    assert [(order["tradingsymbol"], order["placed_by"]) for order in second.orders()] == [("SBIN", "CD5678")]
    assert second.read("/user/profile")["user_id"] == "CD5678"
    assert [order["tradingsymbol"] for order in rig.orders()] == ["INFY"]


@pytest.mark.parametrize("client", ["", "XY9999", "ab1234", "AB1234"])
def test_whoever_is_not_the_second_client_is_the_first(rig: Rig, client: str) -> None:
    answer = rig.web.post("/connect/login", data={"decision": "approve", "client": client})
    assert rig.exchange(query(answer)["request_token"]).get_json()["data"]["user_id"] == "AB1234"
