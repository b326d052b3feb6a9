"""No secret reaches a log line, a page, a header, a cookie or an address, over a whole journey with
key and secret.

The site stands between two taps: one sees all that the browser is sent, one all that Kite's API is
asked and answers, and so what the secrets of this journey are.
"""

import base64
import json
import logging
import secrets as random
import zlib

import psycopg
import pytest
import requests
from flask import Flask, session

from tests.support.leaks import leaks
from tests.support.person import RECEIPT, Person, outcomes, until
from tests.support.ports import free_port
from tests.support.postgres import Postgres
from tests.support.site import query
from tests.support.tap import tapped

KEPT = {
    "KITE_API_SECRET": random.token_hex(16),
    "SECRET_KEY": random.token_urlsafe(40),
    "the database's password": Postgres.password,
}
TOKENS = ("access_token", "public_token", "enctoken", "refresh_token")


class Wire:
    """The wire to Kite's API: every session carries a refresh_token, and `cut` breaks the next one
    off in the middle.
    """

    def __init__(self, tap):
        self.tap, self.cut = tap, False
        tap.change = self.change

    def change(self, passed):
        if passed.path != "/session/token" or passed.status != 200 or passed.method != "POST":
            return passed.body
        answer = json.loads(passed.body)
        answer["data"]["refresh_token"] = random.token_hex(16)
        text = json.dumps(answer).encode()
        cut, self.cut = self.cut, False
        return text[:-10] if cut else text

    def secrets(self):
        """Every secret that passed: what we were given by Kite, and what we gave to prove
        ourselves.
        """
        by_name = dict(KEPT)
        for number, passed in enumerate(
            request for request in self.tap.passed if request.path.startswith("/session/token")
        ):
            by_name |= {
                f"{name} {number}": passed.form[name]
                for name in ("checksum", "request_token", "access_token")
                if name in passed.form
            }
            if passed.method == "POST" and passed.status == 200:
                text = passed.body.decode()
                by_name |= {
                    f"{name} {number}": text.partition(f'"{name}": "')[2].partition('"')[0] for name in TOKENS
                }
        return by_name


@pytest.fixture
def settings():
    return {
        "KITE_API_KEY": "simulator_key",
        "KITE_API_SECRET": KEPT["KITE_API_SECRET"],
        "SECRET_KEY": KEPT["SECRET_KEY"],
    }


def test_the_search_finds_a_secret_however_it_is_wrapped():
    secret = random.token_hex(16)
    app = Flask("cookies")
    app.secret_key = "a key"
    with app.test_request_context():
        session["kept"] = secret
        session["padding"] = "x" * 200
        cookie = app.session_interface.get_signing_serializer(app).dumps(dict(session))
    packed = base64.urlsafe_b64encode(zlib.compress(f"of {secret}".encode())).decode()
    wrapped = [
        f"token {secret}.",
        "".join(f"%{ord(letter):02x}" for letter in secret),
        packed,
        f"/{base64.b64encode(secret.encode()).decode()}",
        cookie,
    ]
    assert leaks({"it": secret}, enumerate(wrapped)) == [f"it in {number}" for number in range(len(wrapped))]
    assert not leaks({"it": secret}, [("here", secret[:-1])])


def test_no_secret_shows_in_a_whole_journey(start_live, live_simulator, new_page, postgres_url, settings):
    port = free_port()
    public, kite_port = f"http://127.0.0.1:{port}", free_port()
    kite = live_simulator(
        kite_port,
        SIMULATOR_API_SECRET=KEPT["KITE_API_SECRET"],
        SIMULATOR_REDIRECT_URL=f"{public}/redirect",
        WEB_CONCURRENCY="1",
    )
    with tapped(kite.url) as back:
        wire = Wire(back)
        roots = {
            "PUBLIC_URL": public,
            "KITE_WEB_ROOT": kite.url,
            "KITE_API_ROOT": back.url,
            "DATABASE_URL": postgres_url,
        }
        site = start_live("app:app", **(settings | roots))
        with tapped(site.url, port) as front:
            page = new_page(allow=("status of 4", "status of 5"))
            addresses = []
            page.on("request", lambda request: addresses.append(request.url))
            site.url, own = public, site.url
            walk(Person(page, site), wire)
            cookies = [(f"cookie {cookie['name']}", cookie["value"]) for cookie in page.context.cookies()]
            cookies += [
                (
                    "the browser's storage",
                    page.evaluate("JSON.stringify([{...sessionStorage}, {...localStorage}])"),
                )
            ]
            page.goto("about:blank")
        site.url = own
        site.stop()
    secrets = wire.secrets()
    assert {name.split()[0] for name in secrets} >= {"checksum", "request_token", *TOKENS}
    assert all(len(secret) >= 16 for secret in secrets.values()), secrets
    assert not leaks(
        secrets, [("the log", site.log()), *cookies, *visible_texts(front), *visited(addresses, public)]
    )
    assert not leaks(secrets, stored(postgres_url))


def walk(person, wire):
    """Place, look at everything, log out and in, and go wrong in every way there is."""
    execution_id = person.buy({"tradingsymbol": "INFY"}, {"tradingsymbol": "SIMOPEN"})
    until(
        lambda: outcomes(person.receipt(execution_id)) == {"INFY": "filled", "SIMOPEN": "open"},
        "the order book is read",
    )
    person.open("/executions")
    person.open(f"/executions/{execution_id}")
    person.page.locator("form[action='/session/logout'] button").click()
    person.page.wait_for_url(RECEIPT)
    person.page.locator("form[action='/session/login'] button").click()
    person.decision("approve").click()
    person.page.wait_for_url(RECEIPT)
    cancelled = person.hand_off({"tradingsymbol": "SBIN"})
    person.decision("cancel").click()
    person.page.wait_for_url(RECEIPT)
    assert person.receipt(cancelled)["state"] == "cancelled"

    # An answer that breaks off, an old token, a forged one, a state of nobody.
    wire.cut = True
    person.hand_off({"tradingsymbol": "TCS"})
    person.decision("place").click()
    person.page.wait_for_url("**127.0.0.1**/*s/*")
    returns = [passed for passed in wire.tap.passed if passed.method == "POST"]
    for token in (returns[0].form["request_token"], returns[-1].form["request_token"], random.token_hex(16)):
        person.open(f"/redirect?request_token={token}&type=basket&status=success")
        person.open(f"/redirect?request_token={token}&status=odd&state=forged")
        if person.page.locator("main form button").count():
            person.page.locator("main form button").first.click()
            person.page.wait_for_load_state()
    person.open("/nothing/here")


def visible_texts(tap):
    """Everything that passed between browser and site, the query of Kite's own return address left
    out.
    """
    for passed in tap.passed:
        place = f"{passed.method} {passed.path.partition('?')[0]}"
        if not passed.path.startswith("/redirect?"):
            yield f"the address of {place}", passed.path
        yield (
            f"what {place} sends",
            "\n".join(f"{name}: {value}" for name, value in passed.asked)
            + "\n"
            + passed.sent.decode("latin-1"),
        )
        yield f"the headers of {place}", "\n".join(f"{name}: {value}" for name, value in passed.answered)
        yield f"the body of {place}", passed.body.decode("latin-1")


def visited(addresses, public):
    """Every address that the browser asked for, but for Kite's own return address."""
    return [("an address", address) for address in addresses if not address.startswith(f"{public}/redirect?")]


def stored(url):
    """Every row of the database. What Kite gave us stands there sealed, or not at all."""
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        tables = [
            name
            for (name,) in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        ]
        return [
            (f"table {name}", str(row))
            for name in tables
            for (row,) in connection.execute(f'SELECT t::text FROM "{name}" t')
        ]


def test_no_secret_is_logged_at_the_finest_level(sites, live_simulator, settings, caplog):
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, "urllib3")
    kite = live_simulator(SIMULATOR_API_SECRET=KEPT["KITE_API_SECRET"], WEB_CONCURRENCY="1")
    with tapped(kite.url) as back:
        wire = Wire(back)
        site = sites(KITE_WEB_ROOT=kite.url, KITE_API_ROOT=back.url, **settings)
        person = site.visitor()
        for cut in (False, True):
            wire.cut = cut
            execution_id = person.compose({})
            state = person.form_of(execution_id)["redirect_params"]
            granted = requests.post(
                f"{kite.url}/connect/login", data={"decision": "approve"}, allow_redirects=False, timeout=10
            )
            token = query(granted.headers["Location"])["request_token"]
            person.get(f"/redirect?request_token={token}&type=basket&status=success&{state}", status=303)
            person.receipt(execution_id)
        person.post("/session/logout", status=303)
    assert any(passed.method == "DELETE" for passed in back.passed)
    secrets = wire.secrets()
    del secrets["the database's password"]
    assert not leaks(
        secrets,
        [
            ("the log", caplog.text),
            *((f"a record of {record.name}", f"{record.msg} {record.args}") for record in caplog.records),
        ],
    )


def test_the_databases_password_is_not_told_when_the_database_is_away(start_live, settings):
    url = f"postgresql+psycopg://kite:{Postgres.password}@127.0.0.1:{free_port()}/kite"
    with pytest.raises(AssertionError, match="prepare failed") as failed:
        start_live("app:app", DATABASE_URL=url, **settings)
    assert Postgres.password not in str(failed.value)
