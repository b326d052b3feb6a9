"""The server around the site: gunicorn.conf.py, the start and its refusals."""

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from tests.support.html import check_page
from tests.support.kites_list import as_csv
from tests.support.live import Live
from tests.support.sources import ROOT

ORDER = {
    "exchange": "NSE",
    "tradingsymbol": "RELIANCE",
    "transaction_type": "BUY",
    "order_type": "LIMIT",
    "quantity": 10,
    "price": 1400.5,
}
FULL = ORDER | {
    "tradingsymbol": "NIFTY26DEC26000CE",
    "order_type": "SL",
    "trigger_price": 1400.5,
    "variety": "regular",
    "product": "NRML",
    "validity": "DAY",
    "readonly": False,
    "tag": "abcdefghijkl",
}


@pytest.fixture(scope="module")
def live_site_for_logs(start_live) -> Live:
    return start_live()


def test_log_holds_method_and_path_and_never_a_query(live_site):
    site = live_site()
    requests.get(f"{site.url}/redirect?request_token=hunter2&status=success", timeout=10)
    requests.get(f"{site.url}/a%0Ab%22?request_token=hunter2", timeout=10)
    site.stop()
    assert '"GET /redirect"' in site.log()
    assert '"GET /a%0Ab%22"' in site.log()
    assert "hunter2" not in site.log()


@pytest.mark.parametrize(("order", "fits"), [(ORDER, 40), (FULL, 20)])
def test_as_many_orders_fit_into_a_link_as_the_documents_say(shared_site: Live, order, fits):
    assert f"about {fits} " in (ROOT / "docs/embedding.md").read_text(encoding="utf-8")
    answer = requests.get(
        f"{shared_site.url}/", params={"data": json.dumps([order] * fits, separators=(",", ":"))}, timeout=20
    )
    assert answer.status_code == 200 and f'name="items-{fits - 1}-quantity"' in answer.text


@pytest.mark.parametrize("length", [8_200, 9_000, 70_000, 900_000])
def test_an_address_that_is_too_long_gets_a_page_and_stands_in_no_log(live_site_for_logs: Live, length):
    secret = f"hunter{length}"
    answer = requests.get(f"{live_site_for_logs.url}/?data={secret}{'x' * length}", timeout=20)
    assert answer.status_code == 414 and answer.headers["Connection"] == "close"
    assert (
        "default-src 'none'" in answer.headers["Content-Security-Policy"]
        and "Set-Cookie" not in answer.headers
    )
    check_page(answer.text)
    assert "This link is too long" in answer.text and "/prefill" in answer.text
    assert secret not in live_site_for_logs.log() and "xxxxxxxx" not in live_site_for_logs.log()


def test_whoever_keeps_sending_an_endless_address_is_let_go(live_site_for_logs: Live):
    with socket.create_connection(("127.0.0.1", live_site_for_logs.port), timeout=20) as endless:
        endless.sendall(b"GET /?data=")
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            endless.sendall(b"x" * (64 << 20))
    assert live_site_for_logs.answers()


def test_the_simulator_alone_refuses_it_as_its_server_does(live_simulator):
    assert requests.get(f"{live_simulator().url}/?data={'x' * 9_000}", timeout=10).status_code == 414


def test_second_site_on_the_same_port_does_not_start(shared_site: Live):
    command = [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "app:app"]
    process = subprocess.run(
        command, cwd=ROOT, env=shared_site.environ, capture_output=True, text=True, check=False, timeout=20
    )
    assert process.returncode != 0
    assert f"PORT is {shared_site.port}, and 127.0.0.1:{shared_site.port} is in use" in process.stderr


def test_site_and_its_data_survive_a_kill_and_a_restart(live_site):
    site = live_site()
    before = requests.get(f"{site.url}/readyz", timeout=10)
    site.kill()
    assert not site.answers()
    site.start()
    after = requests.get(f"{site.url}/readyz", timeout=10)
    assert (before.status_code, before.text) == (after.status_code, after.text) == (200, before.text)


def test_with_a_key_and_no_list_nothing_is_ready_until_the_list_is_there(live_site, tmp_path: Path):
    source = tmp_path / "list.csv"
    settings = {
        "KITE_API_KEY": "abcd1234",
        "SECRET_KEY": "a key of the tests, long enough for it",
        "INSTRUMENTS_URL": str(source),
    }
    site = live_site(**settings)
    assert requests.get(f"{site.url}/readyz", timeout=10).status_code == 503
    assert "Kite’s list of instruments isn’t here yet" in requests.get(f"{site.url}/", timeout=10).text
    assert "Nothing can be sent to Kite until there is a list" in site.log()
    assert requests.get(f"{site.url}/instruments.json?q=INFY", timeout=10).status_code == 503
    source.write_bytes(as_csv(2_000))
    command = [sys.executable, "-m", "flask", "--app", "app", "instruments", "refresh"]
    process = subprocess.run(command, cwd=ROOT, env=site.environ, capture_output=True, text=True, check=False)
    assert process.returncode == 0 and "Rows left out" in process.stdout, process.stderr
    ready = [requests.get(f"{site.url}/readyz", timeout=10) for _ in range(6)]
    assert {answer.status_code for answer in ready} == {200} and "download" in ready[0].text
    instruments = requests.get(f"{site.url}/instruments.json?q=INFY&exchange=NSE", timeout=10).json()["items"]
    assert [item["tradingsymbol"] for item in instruments] == ["INFY"]


def test_both_workers_answer(shared_site: Live):
    """Each connection may reach another worker, and all of them must know the same visit and
    secret.
    """
    assert {requests.get(f"{shared_site.url}/healthz", timeout=10).text for _ in range(20)} == {"ok\n"}


def test_wrong_setting_stops_the_start_in_words(tmp_path: Path):
    live = Live("app:app", tmp_path, 8000, {"KITE_API_SECRET": "hunter2"})
    command = [sys.executable, "-m", "flask", "--app", "app", "prepare"]
    process = subprocess.run(command, cwd=ROOT, env=live.environ, capture_output=True, text=True, check=False)
    assert process.returncode != 0
    assert process.stderr.startswith("Not started. KITE_API_SECRET is set, but KITE_API_KEY is not.")
    assert "Traceback" not in process.stderr and "hunter2" not in process.stderr


def test_simulator_alone_stands_at_the_root_of_its_port(live_simulator):
    simulator = live_simulator()
    answer = requests.get(f"{simulator.url}/", timeout=10)
    assert answer.headers["X-Kite-Simulator"] == "1"
    assert answer.status_code == 200


def test_simulator_alone_names_a_wrong_setting(tmp_path: Path, free_port: int):
    live = Live("app:simulator()", tmp_path, free_port, {"SIMULATOR_REDIRECT_URL": "redirect"})
    command = [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "app:simulator()"]
    process = subprocess.run(
        command, cwd=ROOT, env=live.environ, capture_output=True, text=True, check=False, timeout=30
    )
    assert process.returncode != 0
    assert "Not started. SIMULATOR_REDIRECT_URL is 'redirect'" in process.stderr
    assert "Traceback" not in process.stderr
