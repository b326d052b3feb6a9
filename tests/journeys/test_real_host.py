"""The page truly posts to https://kite.zerodha.com: Chromium is told that this name is the
simulator, behind TLS, and that no other exists.
"""

import http.client
import ssl
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tests.support.browser import DEVICES, QUIET, installed
from tests.support.live import Live
from tests.support.ports import free_port

KITE = "kite.zerodha.com"


class Behind(Live):
    """A live server behind TLS."""

    def connection(self) -> http.client.HTTPConnection:
        trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
        return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=5, context=trusting)


@pytest.fixture
def certificate(tmp_path):
    """A certificate for Kite's name, made for this test: paths of certificate and key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, KITE)])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
    )
    builder = builder.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(hours=1))
    certificate = builder.add_extension(
        x509.SubjectAlternativeName([x509.DNSName(KITE)]), critical=False
    ).sign(key, hashes.SHA256())
    paths = tmp_path / "kite.pem", tmp_path / "kite.key"
    paths[0].write_bytes(certificate.public_bytes(Encoding.PEM))
    paths[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return paths


@pytest.fixture
def kite(tmp_path, certificate):
    """The simulator alone: its pages behind TLS, its API beside them on a plain port, one ledger
    for both.
    """
    site_port = free_port()
    settings = {"SIMULATOR_REDIRECT_URL": f"http://127.0.0.1:{site_port}/redirect", "WEB_CONCURRENCY": "1"}
    tls = {"GUNICORN_CMD_ARGS": f"--certfile={certificate[0]} --keyfile={certificate[1]}"}
    pages = Behind("app:simulator()", tmp_path / "kite", free_port(), settings | tls)
    api = Live("app:simulator()", tmp_path / "kite", free_port(), settings)
    pages.start()
    api.start()
    yield pages, api, site_port
    pages.kill()
    api.kill()


@pytest.fixture
def page(browser, kite):
    """A browser to which Kite's name means the simulator; every console error and every request
    elsewhere is remembered.
    """
    rules = f"--host-resolver-rules=MAP {KITE} 127.0.0.1:{kite[0].port}, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
    chromium = browser.browser_type.launch(executable_path=installed(), args=[*QUIET[:-1], rules])
    context = chromium.new_context(**DEVICES["desktop"], ignore_https_errors=True)
    opened = context.new_page()
    opened.faults, opened.posted = [], []
    opened.on(
        "console",
        lambda message: opened.faults.append(message.text) if message.type in ("error", "warning") else None,
    )
    opened.on("request", lambda request: opened.posted.append(request) if request.method == "POST" else None)
    yield opened
    chromium.close()


def test_the_basket_goes_to_kites_own_name_and_comes_back(page, kite, live_site):
    _, api, site_port = kite
    secret = "a key of the tests, long enough for it"
    site = live_site(
        port=site_port,
        KITE_API_KEY="simulator_key",
        KITE_API_SECRET="simulator_secret",
        KITE_API_ROOT=api.url,
        SECRET_KEY=secret,
    )
    page.goto(f"{site.url}/")
    page.fill("[name=items-0-tradingsymbol]", "M&M")
    page.fill("[name=items-0-quantity]", "3")
    policies = []
    page.on(
        "response",
        lambda answer: (
            policies.append(answer.headers["content-security-policy"]) if "/handoff/" in answer.url else None
        ),
    )
    page.locator("button[value=hand_off]:visible").first.click()
    page.wait_for_url(f"https://{KITE}/connect/basket/**")
    assert f"form-action 'self' https://{KITE}" in policies[0]
    sent = next(request for request in page.posted if request.url == f"https://{KITE}/connect/basket")
    headers = sent.all_headers()
    assert (headers["origin"], headers["referer"], headers.get("host") or headers.get(":authority")) == (
        site.url,
        f"{site.url}/",
        KITE,
    )
    assert set(parse_qs(sent.post_data)) == {"api_key", "data", "redirect_params"}
    page.locator("button[value=approve]").click()
    page.locator("button[value=place]:visible").first.click()
    page.wait_for_url(f"{site.url}/executions/*")
    page.locator("main[data-live=off]").wait_for()
    assert "1 of 1 filled" in page.inner_text("h1")
    cookies = {(cookie["domain"], cookie["name"]) for cookie in page.context.cookies()}
    assert cookies == {("127.0.0.1", "visit"), (KITE, "kite_simulator")}
    assert urlsplit(page.url).query == ""
    assert page.faults == []
