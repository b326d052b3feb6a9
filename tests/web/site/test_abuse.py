"""What an attacker tries: planted cookies, somebody else's return, other hosts, headers smuggled
in, frames, caches, bodies without an end.
"""

import http.client
import re
from contextlib import suppress
from urllib.parse import quote, urlsplit

import pytest
from flask import Flask
from flask.sessions import SecureCookieSessionInterface

from tests.support.signed import sign_json
from tests.support.site import BUY_INFY, HOST, query

SECURE = "https://basket.example.com"
EVIL = "evil.example"


@pytest.fixture
def person(site):
    return site.visitor()


@pytest.fixture
def secure(sites):
    """A site under https; its cookie is named __Host-visit."""
    return sites(PUBLIC_URL=SECURE, SIMULATOR_PUBLIC="1")


def visit_of(client, base_url=HOST):
    with client.session_transaction(base_url=base_url) as cookie:
        return cookie["visit"]


def signed_cookie(key, visit):
    """A cookie as Flask signs it."""
    app = Flask("somebody")
    app.secret_key = key
    return (
        SecureCookieSessionInterface().get_signing_serializer(app).dumps({"visit": visit, "_permanent": True})
    )


# Session fixation: nobody chooses another's visit.


@pytest.mark.parametrize(
    "planted", ["chosen", signed_cookie("another site's key", "chosen")], ids=["plain", "signed elsewhere"]
)
def test_a_planted_cookie_that_was_not_signed_here_is_a_new_visit(person, planted):
    person.client.set_cookie("visit", planted, domain="127.0.0.1")
    assert "Set-Cookie" in person.get("/executions", status=200).headers
    assert visit_of(person.client) != "chosen"


def test_what_the_site_signs_for_other_purposes_is_no_cookie(site, person):
    for purpose in ("state", "login", "return"):
        person.client.set_cookie(
            "visit", sign_json(site.services.sealer, purpose, ["chosen"]), domain="127.0.0.1"
        )
        assert "Set-Cookie" in person.get("/", status=200).headers


def test_on_https_only_the_cookie_that_no_other_host_can_set_is_read(secure):
    victim = secure.app.test_client()
    for name in ("visit", "__Secure-visit", "__host-visit"):
        victim.set_cookie(name, signed_cookie(secure.app.secret_key, "chosen"), domain="basket.example.com")
    answer = victim.get("/executions", base_url=SECURE)
    assert answer.headers["Set-Cookie"].startswith("__Host-visit=")
    assert visit_of(victim, SECURE) != "chosen"


def test_no_address_takes_a_visit_from_its_query_or_its_fields(person):
    before = person.get("/executions") and visit_of(person.client)
    person.get("/?visit=chosen&session=chosen")
    person.post("/session/logout", visit="chosen", session="chosen")
    assert visit_of(person.client) == before


# Login CSRF: nobody is logged in as somebody else without saying so.


def test_opening_an_attackers_return_logs_nobody_in(site, person):
    attacker = site.visitor()
    execution_id = attacker.compose({})
    address = attacker.place(execution_id)
    question = person.get(address, status=303)
    for forged in ({}, {"csrf_token": attacker.csrf_token()}):
        answer = person.client.post(question.location, data=forged, base_url=HOST)
        assert answer.status_code == 400
    assert (
        person.client.post(
            question.location,
            data={"csrf_token": person.csrf_token()},
            base_url=HOST,
            headers={"Origin": "null"},
        ).status_code
        == 400
    )
    with person.client.get("/data/export.json", base_url=HOST) as answer:
        assert answer.get_json()["records"] == [] or all(
            record["record"] == "return" for record in answer.get_json()["records"]
        )
    person.get(f"/executions/{execution_id}", status=404)


def test_an_attackers_login_return_logs_nobody_in(site, person):
    attacker = site.visitor()
    page = attacker._followed(attacker.post("/session/login", status=303, next="/executions"))
    answer = attacker._press(page, decision="approve")
    while "/redirect?" not in answer.location:
        answer = attacker.client.get(attacker._local(answer.location), base_url=HOST)
    person.get(answer.location)
    assert '"session"' not in person.get("/data/export.json").text
    assert query(answer.location)["request_token"] not in person.get("/data/export.json").text


@pytest.mark.parametrize("path", ["/session/login", "/session/logout", "/data/delete", "/returns/cancelled"])
def test_another_site_can_press_no_button(site, person, path):
    token = person.csrf_token()
    assert person.client.post(path, data={}, base_url=HOST).status_code == 400
    for origin in (f"https://{EVIL}", "null", f"{HOST}.{EVIL}"):
        answer = person.client.post(
            path, data={"csrf_token": token}, base_url=HOST, headers={"Origin": origin}
        )
        assert answer.status_code == 400, origin
    strangers = site.visitor().csrf_token()
    assert person.client.post(path, data={"csrf_token": strangers}, base_url=HOST).status_code == 400


def test_a_basket_posted_by_another_site_is_not_recorded(person):
    fields = {f"items-0-{name}": value for name, value in BUY_INFY.items()} | {"action": "hand_off"}
    assert (
        person.client.post("/", data=fields, base_url=HOST, headers={"Origin": f"https://{EVIL}"}).status_code
        == 400
    )
    assert person.client.post("/", data=fields, base_url=HOST).status_code == 400
    assert "We know of no basket from this browser" in person.get("/executions").text


# Open redirects and headers that somebody else writes.


@pytest.mark.parametrize(
    "path",
    [
        f"//{EVIL}",
        f"//{EVIL}/%2f..",
        f"/%5c{EVIL}",
        f"/{EVIL}//",
        "//executions",
        f"/@{EVIL}",
        f"/.{EVIL}",
        f"/executions//{EVIL}",
    ],
)
@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000", EVIL])
def test_no_path_leads_to_another_host(site, path, host):
    answer = site.app.test_client().get(path, base_url=f"http://{host}")
    # As a browser does: a location that begins with // or a backslash names a host.
    location = answer.headers.get("Location", "/").replace("\\", "/")
    assert urlsplit(location).netloc in ("", "127.0.0.1:8000"), location


@pytest.mark.parametrize(
    "going",
    [f"//{EVIL}", f"https://{EVIL}", f"/\\{EVIL}", f"/\t/{EVIL}", f"/\n/{EVIL}", f"javascript:{EVIL}"],
)
def test_a_login_comes_back_to_a_path_of_this_site(person, going):
    page = person._followed(person.post("/session/login", status=303, next=going))
    answer = person._press(page, decision="approve")
    while "/redirect?" not in answer.location:
        answer = person.client.get(person._local(answer.location), base_url=HOST)
    assert person.get(answer.location, status=303).location == "/"


SMUGGLED = "\r\nSet-Cookie: visit=chosen\r\n\r\n<script>"


@pytest.mark.parametrize(
    "address",
    [f"/{quote(SMUGGLED)}", f"/executions/{quote(SMUGGLED)}", f"/executions?next={quote(SMUGGLED)}", f"/?data={quote(SMUGGLED)}",
     f"/?from={quote(SMUGGLED)}", f"/redirect?status={quote(SMUGGLED)}", f"/redirect?status=success&request_token=a&state={quote(SMUGGLED)}"],
)  # fmt: skip
@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000"])
def test_no_line_break_reaches_a_header(site, address, host):
    answer = site.app.test_client().get(address, base_url=f"http://{host}")
    assert not any(character in value for _, value in answer.headers for character in "\r\n")
    assert "chosen" not in answer.headers.get("Set-Cookie", "")
    assert "chosen\r\n" not in answer.headers.get("Location", "")


# Hosts and proxies.


@pytest.mark.parametrize(
    "name", ["X-Forwarded-Host", "X-Host", "X-Original-Host", "Forwarded", "X-Forwarded-Server"]
)
def test_without_a_trusted_proxy_no_header_renames_the_site(person, name):
    value = f"host={EVIL}" if name == "Forwarded" else EVIL
    answer = person.client.get("/executions", base_url=HOST, headers={name: value})
    assert answer.status_code == 200
    assert EVIL not in answer.text


def test_behind_a_trusted_proxy_its_headers_name_host_scheme_and_address(sites):
    site = sites(PUBLIC_URL=SECURE, SIMULATOR_PUBLIC="1", TRUSTED_PROXIES="1", HANDOFFS_PER_ADDRESS="1")
    headers = {"X-Forwarded-Host": "basket.example.com", "X-Forwarded-Proto": "https"}
    assert (
        site.app.test_client().get("/", base_url="http://10.0.0.5:8000", headers=headers).status_code == 200
    )
    sent = [
        hand_off(
            site.app.test_client(), "http://10.0.0.5:8000", headers | {"X-Forwarded-For": address}, SECURE
        )
        for address in ("1.1.1.1", "1.1.1.1", "2.2.2.2")
    ]
    assert sent == [303, 429, 303]


def test_without_a_trusted_proxy_nobody_escapes_a_limit_by_naming_another_address(sites):
    site = sites(HANDOFFS_PER_ADDRESS="1")
    sent = [
        hand_off(
            site.app.test_client(),
            HOST,
            {"X-Forwarded-For": f"1.1.1.{number}", "X-Real-IP": f"1.1.1.{number}"},
        )
        for number in range(2)
    ]
    assert sent == [303, 429]


def hand_off(client, base_url, headers, public=HOST):
    """Send a basket; return the status."""
    page = client.get("/", base_url=base_url, headers=headers)
    # The test's own client keeps none of https over http.
    cookie = page.headers["Set-Cookie"].split(";")[0]
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)[1]
    fields = {f"items-0-{name}": value for name, value in BUY_INFY.items()} | {
        "action": "hand_off",
        "csrf_token": token,
    }
    return client.post(
        "/", data=fields, base_url=base_url, headers=headers | {"Origin": public, "Cookie": cookie}
    ).status_code


# Frames, caches and search engines: on every answer, refusals too.


@pytest.fixture
def addresses(person):
    """Every kind of private answer, with its status."""
    execution_id = person.buy({})
    other = person.compose({})
    return {
        f"/executions/{execution_id}": 200,
        f"/executions/{execution_id}.json": 200,
        "/executions": 200,
        f"/handoff/{other}": 200,
        f"/handoff/{execution_id}": 303,
        "/data": 200,
        "/data/export.json": 200,
        "/data/delete": 405,
        "/executions/nobodys": 404,
        "/executions/nobodys.json": 404,
        "/redirect": 303,
        "/redirect?status=success&request_token=invented": 303,
        "/returns/nobodys": 404,
        "/returns/cancelled": 200,
        "/session/login": 405,
    }


def test_private_answers_are_kept_by_no_cache_no_frame_and_no_search_engine(person, addresses):
    for path, status in addresses.items():
        answer = person.get(path)
        assert answer.status_code == status, path
        assert answer.headers["Cache-Control"] == "no-store", path
        assert answer.headers["X-Robots-Tag"] == "noindex", path
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"], path
        assert answer.headers["X-Content-Type-Options"] == "nosniff", path


@pytest.mark.parametrize(
    ("path", "status"),
    [("/", 200), ("/rules", 200), ("/nothing", 404), ("/executions/nobodys", 404), ("/session/login", 405)],
)
def test_no_page_can_be_framed_and_every_https_answer_asks_for_https(secure, path, status):
    answer = secure.app.test_client().get(path, base_url=SECURE)
    assert answer.status_code == status
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")


def test_an_https_site_sends_http_and_other_names_to_itself(secure):
    answer = secure.app.test_client().get("/executions", base_url=f"https://{EVIL}")
    assert answer.location == f"{SECURE}/executions"
    assert answer.headers["Strict-Transport-Security"]


# Bodies.


def chunks(size, of=16_384):
    for _ in range(size // of):
        yield b"x" * of


@pytest.mark.parametrize("path", ["/", "/session/logout", "/data/delete", "/returns/cancelled"])
def test_a_body_without_a_length_is_refused_when_it_grows_too_large(shared_site, path):
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Transfer-Encoding": "chunked"}
    connection = http.client.HTTPConnection("127.0.0.1", shared_site.port, timeout=10)
    with suppress(
        BrokenPipeError, ConnectionResetError
    ):  # the server may answer before it has read everything
        connection.request("POST", path, body=chunks(2_000_000), headers=headers, encode_chunked=True)
    answer = connection.getresponse()
    page = answer.read()
    connection.close()
    assert answer.status == 413
    assert b"too large" in page
    assert shared_site.answers()


def test_a_small_body_without_a_length_is_read_as_any_other(shared_site):
    connection = http.client.HTTPConnection("127.0.0.1", shared_site.port, timeout=10)
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Transfer-Encoding": "chunked"}
    connection.request(
        "POST",
        "/",
        body=iter([b"action=add&items-0-", b"tradingsymbol=KEPT"]),
        headers=headers,
        encode_chunked=True,
    )
    answer = connection.getresponse()
    page = answer.read()
    connection.close()
    assert answer.status == 200 and b'value="KEPT"' in page


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=b"])
def test_a_body_that_claims_to_be_huge_is_refused_before_it_is_read(shared_site, kind):
    connection = http.client.HTTPConnection("127.0.0.1", shared_site.port, timeout=10)
    connection.putrequest("POST", "/")
    connection.putheader("Content-Type", kind)
    connection.putheader("Content-Length", str(10**12))
    connection.endheaders()
    answer = connection.getresponse()
    connection.close()
    assert answer.status == 413
