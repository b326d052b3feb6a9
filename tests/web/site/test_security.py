"""Headers, origins, names and cookies."""

import re

import pytest

HOST = "http://127.0.0.1:8000"


@pytest.fixture
def person(site):
    return site.visitor()


def policy(answer):
    return dict(part.strip().split(" ", 1) for part in answer.headers["Content-Security-Policy"].split(";"))


def test_every_page_carries_the_headers(person):
    answer = person.get("/", status=200)
    assert policy(answer)["default-src"] == "'none'"
    assert policy(answer)["form-action"] == "'self'"
    assert policy(answer)["frame-ancestors"] == "'none'"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_scripts_carry_the_nonce_of_their_answer_and_it_is_never_the_same(person):
    first, second = person.get("/"), person.get("/")
    nonces = [
        re.search(r"'nonce-([^']+)'", answer.headers["Content-Security-Policy"])[1]
        for answer in (first, second)
    ]
    assert nonces[0] != nonces[1]
    assert all(
        f'nonce="{nonces[0]}"' in tag for tag in re.findall(r"<script[^>]*>", first.get_data(as_text=True))
    )


def test_only_the_handoff_page_lets_a_form_lead_to_kite(sites):
    site = sites(KITE_WEB_ROOT="https://kite.zerodha.com")
    person = site.visitor()
    execution_id = person.compose({})
    assert policy(person.get(f"/handoff/{execution_id}"))["form-action"] == "'self' https://kite.zerodha.com"
    for path in ("/", "/executions"):
        assert policy(person.get(path))["form-action"] == "'self'"


def test_another_name_of_the_same_machine_is_led_to_the_public_one(site):
    client = site.app.test_client()
    answer = client.get("/executions?a=b%20c", base_url="http://localhost:8000")
    assert answer.status_code == 302
    assert answer.location == f"{HOST}/executions?a=b%20c"
    assert client.post("/", base_url="http://localhost:8000").status_code == 400
    assert client.get("/healthz", base_url="http://localhost:8000").status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:8000", "127.0.0.1"])
def test_a_forged_host_never_reaches_an_address(site, host):
    answer = site.app.test_client().get("/", base_url=f"http://{host}")
    assert answer.status_code == 302
    assert answer.location == f"{HOST}/"


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://127.0.0.1:8001", "http://localhost:8000"]
)
def test_a_post_from_another_origin_is_refused(person, origin):
    token = person.csrf_token()
    answer = person.client.post(
        "/session/logout", data={"csrf_token": token}, base_url=HOST, headers={"Origin": origin}
    )
    assert answer.status_code == 400


def test_a_post_without_origin_and_referer_needs_only_its_token(person):
    token = person.csrf_token()
    assert person.client.post("/session/logout", data={"csrf_token": token}, base_url=HOST).status_code == 303
    assert person.client.post("/session/logout", data={}, base_url=HOST).status_code == 400


@pytest.mark.parametrize(
    "path",
    ["//evil.example", "https://evil.example", "/\\evil.example", "evil", "", "/ok\r\nSet-Cookie: a=b"],
)
def test_a_login_leads_back_only_to_a_path_of_this_site(person, path):
    answer = person.post("/session/logout", status=303, next=path)
    assert answer.location == "/"


def test_the_cookie_is_strict_enough(person):
    cookie = person.get("/").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert cookie.startswith("visit=")


@pytest.mark.parametrize("path", ["/executions", "/executions/nothing", "/handoff/nothing", "/redirect"])
def test_search_engines_are_kept_from_what_is_private(person, path):
    assert person.get(path).headers["X-Robots-Tag"] == "noindex"
    assert "X-Robots-Tag" not in person.get("/").headers
    robots = person.client.get("/robots.txt", base_url=HOST).get_data(as_text=True)
    assert any(
        path.startswith(line.removeprefix("Disallow: "))
        for line in robots.splitlines()
        if line.startswith("Disallow")
    )


def test_only_an_https_site_asks_for_https_from_now_on(sites, person):
    site = sites(PUBLIC_URL="https://basket.example.com", SIMULATOR_PUBLIC="1")
    secure = site.app.test_client().get("/", base_url="https://basket.example.com")
    assert secure.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert "Strict-Transport-Security" not in person.get("/").headers


def test_the_cookie_is_bound_to_the_host_on_https(sites):
    site = sites(PUBLIC_URL="https://basket.example.com", SIMULATOR_PUBLIC="1")
    cookie = site.app.test_client().get("/", base_url="https://basket.example.com").headers["Set-Cookie"]
    assert cookie.startswith("__Host-visit=")
    assert "Secure" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie


def test_static_files_with_a_mark_may_be_kept_for_a_year(person):
    page = person.get("/").get_data(as_text=True)
    address = re.search(r'href="(/static/css/[^"]+)"', page)[1]
    with person.client.get(address, base_url=HOST) as answer:
        assert answer.status_code == 200
        assert answer.get_data()
        assert "immutable" in answer.headers["Cache-Control"]


@pytest.mark.parametrize(
    ("path", "status"), [("/nothing", 404), ("/executions/nothing", 404), ("/executions/nothing.json", 404)]
)
def test_refusals_are_pages_or_json(person, path, status):
    answer = person.get(path, status=status)
    assert ("json" in answer.content_type) == path.endswith(".json")


def test_a_request_that_is_too_large_is_refused_with_words(person):
    answer = person.client.post("/", data={"items-0-tradingsymbol": "x" * 600_000}, base_url=HOST)
    assert answer.status_code == 413
    assert "too large" in answer.get_data(as_text=True)


def test_health_and_readiness(person):
    assert person.client.get("/healthz", base_url=HOST).get_data() == b"ok\n"
    ready = person.client.get("/readyz", base_url=HOST)
    assert ready.status_code == 200
    assert b"instruments: 2026-11-20T09:16:39+05:30" in ready.get_data()
