"""What the doctor finds at Kite: the key, its secret, the registered address, the clock."""

import json

import pytest

from kite.connect.inprocess import WsgiAdapter
from kite.connect.probe import Probe, ProbeAnswer
from kite.doctor.examination import examine
from kite.store.base.engine import Store
from kite.store.flow import events
from kite.store.flow.event_causes import EventCause
from kite.store.flow.event_data import ReturnAddress
from kite.vocabulary import Mode
from tests.support.doctor import (
    PUBLIC,
    Answering,
    Away,
    Proxy,
)
from tests.support.site import HOST


def test_an_unknown_key_is_wrong(practice):
    line = practice.look("key", api_key="another")
    assert line.verdict == "wrong" and line.summary == "Kite does not know KITE_API_KEY."
    assert "“Invalid `api_key`.”" in line.why and "https://developers.kite.trade" in line.fix
    assert practice.look("API secret", api_key="another").summary == "Kite’s API does not know KITE_API_KEY."


def test_a_kite_that_is_out_of_order_is_not_called_an_unknown_key(practice):
    practice.kite_road = WsgiAdapter(Answering("503 Service Unavailable", "<h1>Maintenance</h1>"))
    assert practice.look("key").verdict == practice.look("API secret").verdict == "care"


def test_a_publishers_key_is_told_apart(practice):
    publisher = {"mode": Mode.PUBLISHER, "api_secret": ""}
    assert practice.look("key", **publisher).summary == "publisher mode: Kite knows the key."
    assert (
        practice.look("API secret", **publisher).verdict
        == practice.look("postback", **publisher).verdict
        == "fine"
    )
    assert "Register no postback URL" in practice.look("postback", **publisher).summary


def test_the_secret_of_another_app_is_wrong(practice):
    line = practice.look("API secret", api_secret="f" * 32)
    assert line.verdict == "wrong" and "“Invalid `checksum`.”" in line.why


def test_a_kite_that_looks_at_the_token_first_proves_no_secret(practice):
    body = json.dumps(
        {
            "status": "error",
            "message": "Token is invalid or has expired.",
            "error_type": "TokenException",
            "data": None,
        }
    )
    practice.kite_road = WsgiAdapter(Answering("403 Forbidden", body, Content_Type="application/json"))
    line = practice.look("API secret")
    assert line.verdict == "care" and "cannot be told" in line.summary


@pytest.mark.parametrize("named", [True, False], ids=["a simulator", "Kite"])
def test_another_registered_address_is_wrong(practice, named):
    practice.named = named
    line = practice.look("redirect URL", public_url="https://other.example")
    assert line.verdict == "wrong" and "not https://other.example/redirect" in line.summary
    assert "Set the redirect URL to https://other.example/redirect" in line.fix


def test_the_built_in_simulators_other_address_is_wrong(sites):
    services = sites(SIMULATOR_REDIRECT_URL="http://127.0.0.1:9/redirect").services
    line = examine(services, lambda *_: ProbeAnswer(403), Probe({services.settings.public_url: Away()}))[
        "redirect URL"
    ]
    assert line.verdict == "wrong" and "SIMULATOR_REDIRECT_URL" in line.fix


@pytest.mark.parametrize("path", ["/", "/redirect/", "/Redirect"])
def test_another_address_of_this_site_works_and_a_person_should_know_of_it(sites, path):
    services = sites(SIMULATOR_REDIRECT_URL=f"{HOST}{path}").services
    line = examine(services, lambda *_: ProbeAnswer(403), Probe({services.settings.public_url: Away()}))[
        "redirect URL"
    ]
    assert (line.verdict, line.summary) == (
        "care",
        f"Registered at Kite is {HOST}{path}, and not {HOST}/redirect.",
    )
    assert "People arrive here all the same." in line.why and "SIMULATOR_REDIRECT_URL" in line.fix


def test_the_address_at_which_returns_arrive_is_told_as_seen(practice):
    store, at = practice.site.services.store, practice.site.clock()
    try:
        for address, verdict, summary in (
            (
                f"{PUBLIC}/kite",
                "care",
                (
                    f"Registered at Kite is {PUBLIC}/kite, as returns have shown since 20 Nov 2026, 09:16"
                    f" IST, and not {PUBLIC}/redirect."
                ),
            ),
            (
                f"{PUBLIC}/redirect",
                "fine",
                f"{PUBLIC}/redirect is registered, as returns have shown since 20 Nov 2026, 09:16 IST.",
            ),
        ):
            with store.writing() as conn:
                events.note(conn, at, EventCause.RETURN_ADDRESS, data=ReturnAddress(address))
            line = practice.look("redirect URL")
            assert (line.verdict, line.summary) == (verdict, summary)
    finally:
        with store.writing() as conn:
            conn.exec_driver_sql("delete from events")


def test_a_database_that_is_away_leaves_the_registered_address_to_kite(practice):
    line = practice.look("redirect URL", store=Store("sqlite:////nowhere/kite.db"))
    assert line.verdict == "fine" and line.summary == f"{PUBLIC} is registered at the simulator."


def test_kite_that_takes_us_and_refuses_others_proves_the_registered_site(practice):
    practice.named = False
    line = practice.look("redirect URL")
    assert line.verdict == "fine" and f"from {PUBLIC} and not from elsewhere" in line.summary


@pytest.mark.parametrize(
    "body", ["<h1>Log in</h1>", "Invalid &#x60;api_key&#x60;."], ids=["tells nothing", "refuses whoever asks"]
)
def test_kite_that_proves_nothing_of_the_registered_address_leaves_it_to_the_person(practice, body):
    practice.kite_road = WsgiAdapter(Answering("400 Bad Request", body))
    line = practice.look("redirect URL")
    assert line.verdict == "care" and f"See that {PUBLIC}/redirect is the redirect URL" in line.fix


@pytest.mark.parametrize(
    ("ahead", "verdict"),
    [(0, "fine"), (4, "fine"), (-20, "care"), (20, "care"), (59, "care"), (62, "wrong"), (-3600, "wrong")],
)
def test_a_clock_that_goes_wrong_is_told_by_how_much(practice, ahead, verdict):
    practice.ahead = ahead
    line = practice.look("clock")
    assert line.verdict == verdict
    if verdict != "fine":
        assert f"{'behind' if ahead > 0 else 'ahead of'} Kite’s" in line.summary and "set-ntp" in line.fix


def test_an_answer_that_was_kept_on_the_way_does_not_make_the_clock_wrong(practice):
    practice.ahead = -300
    practice.kite_road = WsgiAdapter(Proxy(practice.kite, lambda headers: [*headers, ("Age", "300")]))
    assert practice.look("clock").verdict == "fine"
    practice.kite_road = WsgiAdapter(Answering("200 OK"))
    assert practice.look("clock").verdict == "care"
