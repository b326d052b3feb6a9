"""Kite sends people to the address that is registered there, which is often written otherwise: they
arrive all the same.
"""

import json
import subprocess
import sys
from urllib.parse import urlsplit

import pytest

from tests.support.live import ROOT
from tests.support.person import RECEIPT, Person, outcomes
from tests.support.ports import free_port

INFY = {"tradingsymbol": "INFY"}


def doctor(site):
    """What the doctor says of the registered address."""
    command = [sys.executable, "-m", "flask", "--app", "app", "doctor", "--json"]
    result = subprocess.run(command, cwd=ROOT, env=site.environ, capture_output=True, text=True, check=False)
    return next(check for check in json.loads(result.stdout)["checks"] if check["name"] == "redirect URL")


def arrived(person, path):
    """Place a basket; return where Kite sent the browser, and where it stands then."""
    addresses = []
    person.page.on("request", lambda request: addresses.append(request.url))
    execution_id = person.hand_off(INFY)
    person.log_in()
    person.decision("place").click()
    person.page.wait_for_url(RECEIPT)
    back = next(url for url in addresses if "request_token=" in url)
    assert urlsplit(back).path == path
    assert person.page.url == f"{person.site.url}/executions/{execution_id}", (
        "the token is gone from the address"
    )
    return execution_id, back


@pytest.mark.parametrize(
    ("path", "scripts"),
    [("/", True), ("/redirect/", False), ("/Redirect", True), ("/our/own/kite-callback", False)],
)
def test_wherever_kite_sends_the_browser_the_receipt_is_there(new_page, live_site, path, scripts):
    port = free_port()
    site = live_site(port=port, SIMULATOR_REDIRECT_URL=f"http://127.0.0.1:{port}{path}")
    person = Person(new_page(scripts=scripts), site, scripts)
    execution_id, back = arrived(person, path)
    assert outcomes(person.settled(execution_id)) == {"INFY": "filled"}
    person.page.goto(back)
    assert person.page.url == f"{site.url}/executions/{execution_id}", "opened again it leads there again"
    person.page.go_back()
    assert "request_token" not in person.page.url

    sentence = f"Kite sends people to {site.url}{path}"
    assert site.log().count(sentence) == 1
    assert back.rpartition("request_token=")[2].partition("&")[0] not in site.log()
    line = doctor(site)
    assert line["verdict"] == "care" and f"Registered at Kite is {site.url}{path}" in line["told"]


def test_a_cancel_that_comes_to_the_front_page_is_one(new_page, live_site):
    port = free_port()
    site = live_site(port=port, SIMULATOR_REDIRECT_URL=f"http://127.0.0.1:{port}/")
    person = Person(new_page(), site)
    execution_id = person.hand_off(INFY)
    person.log_in()
    person.decision("cancel").click()
    person.page.wait_for_url(f"**/executions/{execution_id}")
    assert person.heading() == "Kite says you cancelled. We’ve seen no order."


def test_with_a_key_the_doctor_tells_the_address_that_a_return_has_shown(new_page, live_simulator, live_site):
    port = free_port()
    kite = live_simulator(SIMULATOR_REDIRECT_URL=f"http://127.0.0.1:{port}/kite")
    key = {
        "KITE_API_KEY": "simulator_key",
        "KITE_API_SECRET": "simulator_secret",
        "SECRET_KEY": "a key of the tests, long enough for it",
    }
    site = live_site(port=port, KITE_WEB_ROOT=kite.url, KITE_API_ROOT=kite.url, **key)
    person = Person(new_page(), site)
    execution_id, _ = arrived(person, "/kite")
    assert outcomes(person.settled(execution_id)) == {"INFY": "filled"}
    line = doctor(site)
    assert line["verdict"] == "care"
    assert f"Registered at Kite is {site.url}/kite, as returns have shown since " in line["told"]
