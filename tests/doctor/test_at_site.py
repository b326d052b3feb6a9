"""What the doctor finds at the site's address: the way there, the headers, postbacks, proxies."""

import pytest
import requests

from kite.connect.inprocess import WsgiAdapter
from kite.connect.probe import ProbeAnswer
from kite.doctor import at_site, headers
from kite.vocabulary import Mode
from tests.support.doctor import (
    KITE,
    PUBLIC,
    Answering,
    Away,
    Proxy,
    set_header,
)


@pytest.mark.parametrize(
    ("front", "words"),
    [
        (
            Answering("301 Moved", Location="https://www.basket.example/"),
            "leads on to https://www.basket.example",
        ),
        (Answering("502 Bad Gateway"), "answers 502"),
        (Answering("401 Unauthorized"), "answers 401"),
    ],
    ids=["another name", "no site", "a password"],
)
def test_an_address_that_leads_to_no_site_is_wrong(practice, front, words):
    practice.public_road = WsgiAdapter(front)
    assert practice.look("PUBLIC_URL").verdict == "wrong" and words in practice.look("PUBLIC_URL").summary


def test_a_proxy_that_does_not_pass_the_name_on_is_found(practice):
    practice.public_road = WsgiAdapter(Proxy(practice.site.app, nameless=True))
    line = practice.look("PUBLIC_URL")
    assert (
        line.verdict == "wrong"
        and "leads to itself" in line.summary
        and "proxy_set_header Host $host;" in line.fix
    )


def test_a_certificate_that_nobody_trusts_is_wrong(practice):
    practice.public_road = Away(requests.exceptions.SSLError)
    line = practice.look("PUBLIC_URL")
    assert (
        line.verdict == "wrong"
        and line.summary == "basket.example shows no certificate that is trusted here."
    )


def test_http_is_taken_where_kite_takes_it_and_nowhere_else(practice):
    practice.public_road = WsgiAdapter(Answering("200 OK"))
    assert practice.look("PUBLIC_URL", public_url="http://localhost:8000").verdict == "fine"
    assert practice.look("PUBLIC_URL", public_url="http://127.0.0.2:8000").verdict == "wrong"
    assert (
        practice.look("PUBLIC_URL", public_url="http://demo.example", mode=Mode.SIMULATOR).verdict == "care"
    )


@pytest.mark.parametrize(
    ("policy", "verdict"),
    [
        ("no-referrer", "wrong"),
        ("same-origin", "wrong"),
        ("origin", "fine"),
        ("unsafe-url", "care"),
        ("origin, new-word", "fine"),
        ("origin, no-referrer", "wrong"),
    ],
)
def test_a_proxys_referrer_policy_is_what_counts(practice, policy, verdict):
    practice.public_road = WsgiAdapter(Proxy(practice.site.app, set_header("Referrer-Policy", policy)))
    assert practice.look("Referrer-Policy").verdict == verdict


@pytest.mark.parametrize(
    ("added", "verdict"),
    [
        ("default-src 'self'; form-action 'self'", "wrong"),
        ("form-action 'none'", "wrong"),
        ("form-action https://*.zerodha.com", "wrong"),
        ("form-action 'self' https://kite.example:443", "fine"),
        ("form-action https:", "fine"),
        ("default-src 'none'", "fine"),
    ],
)
def test_a_second_policy_of_a_proxy_must_let_the_form_go_too(practice, added, verdict):
    practice.public_road = WsgiAdapter(
        Proxy(practice.site.app, lambda headers: [*headers, ("Content-Security-Policy", added)])
    )
    line = practice.look("form-action")
    assert line.verdict == verdict
    assert verdict == "fine" or (KITE in line.summary and "Content-Security-Policy" in line.fix)


def test_a_policy_in_the_place_of_the_sites_counts_alone(practice):
    practice.public_road = WsgiAdapter(
        Proxy(practice.site.app, set_header("Content-Security-Policy", "form-action 'self'"))
    )
    assert practice.look("form-action").verdict == "wrong"


def test_headers_are_looked_at_without_the_network_too(practice):
    practice.public_road = Away()
    for name in ("Referrer-Policy", "form-action"):
        assert practice.look(name).verdict == "fine" and "was not seen" in practice.look(name).summary


def test_a_hand_off_page_of_the_sites_own_that_keeps_its_form_is_wrong(practice, monkeypatch):
    monkeypatch.setattr("kite.web.site.security.allow_form_to_kite", lambda: None)
    assert practice.look("form-action", afresh=True).verdict == "wrong"


@pytest.mark.parametrize(
    ("page", "check"),
    [
        (ProbeAnswer(200, {"referrer-policy": "no-referrer"}), at_site.check_referrer),
        (ProbeAnswer(503), at_site.check_form),
    ],
    ids=["says not where from", "fails"],
)
def test_a_hand_off_page_with_which_no_basket_arrives_is_wrong(practice, page, check):
    practice.public_road = Away()
    examined = practice.examined_site()
    vars(examined)["leaving"] = page
    assert check(examined).verdict == "wrong"


@pytest.mark.parametrize(
    ("source", "target", "let_go"),
    [
        ("*", "https://kite.zerodha.com", True),
        ("https://*.zerodha.com", "https://kite.zerodha.com", True),
        ("https://*.zerodha.com", "https://zerodha.com", False),
        ("http://kite.zerodha.com", "https://kite.zerodha.com", True),
        ("kite.zerodha.com/connect", "https://kite.zerodha.com", True),
        ("https://kite.zerodha.com:8443", "https://kite.zerodha.com", False),
        ("http://127.0.0.1:*", "http://127.0.0.1:8001", True),
        ("http://[::1]:8001", "http://[::1]:8001", True),
        ("'none'", "https://kite.zerodha.com", False),
    ],
)
def test_sources_of_a_policy_mean_what_browsers_take_them_for(source, target, let_go):
    assert (
        headers.allows(f"default-src 'none'; Form-Action {source}", target, "https://own.example") is let_go
    )


@pytest.mark.parametrize(
    "status", ["200 OK", "403 Forbidden", "405 Method Not Allowed", "308 Permanent Redirect"]
)
def test_a_postback_that_somebody_else_answers_is_wrong(practice, status):
    practice.public_road = WsgiAdapter(Answering(status, "from a firewall", Location=f"{PUBLIC}/postback/"))
    line = practice.look("postback")
    assert line.verdict == "wrong" and f"answers {status[:3]}" in line.summary


def test_a_postback_address_that_kite_cannot_reach_is_told(practice):
    forged = Answering("403 Forbidden", "forged\n")
    practice.public_road = WsgiAdapter(forged)
    examined = practice.examined_site(public_url="http://127.0.0.1:8000")
    vars(examined)["inside"] = lambda *_: ProbeAnswer(403, {}, b"forged\n")
    line = at_site.check_postback(examined)
    assert line.verdict == "care" and "Kite cannot reach it" in line.summary
    examined = practice.examined_site(public_url="http://127.0.0.1:8000", api_root="http://127.0.0.1:8001")
    vars(examined)["inside"] = lambda *_: ProbeAnswer(403, {}, b"forged\n")
    assert at_site.check_postback(examined).verdict == "fine"  # a simulator of one's own


def test_addresses_that_a_visitor_can_make_up_are_told(practice):
    practice.public_road = WsgiAdapter(Proxy(practice.site.app, lazy=True))
    line = practice.look("proxies")
    assert line.verdict == "care" and "X-Forwarded-Host is believed" in line.summary


def test_a_proxy_that_nobody_told_the_site_of_is_told(practice):
    line = practice.look("proxies", trusted_proxies=0)
    assert line.verdict == "care" and line.fix.endswith("TRUSTED_PROXIES=1")
