"""The server around the site: gunicorn.conf.py, the start and its refusals."""

import subprocess
import sys
from pathlib import Path

import requests

from tests.support.live import Live
from tests.support.sources import ROOT


def test_log_holds_method_and_path_and_never_a_query(live_site):
    site = live_site()
    requests.get(f"{site.url}/redirect?request_token=hunter2&status=success", timeout=10)
    requests.get(f"{site.url}/a%0Ab%22?request_token=hunter2", timeout=10)
    site.stop()
    assert '"GET /redirect"' in site.log()
    assert '"GET /a%0Ab%22"' in site.log()
    assert "hunter2" not in site.log()


def test_request_line_is_limited_but_a_whole_basket_fits(shared_site: Live):
    fits, too_long = ("x" * length for length in (7_900, 8_300))
    assert requests.get(f"{shared_site.url}/?data={fits}", timeout=10).status_code < 414
    assert requests.get(f"{shared_site.url}/?data={too_long}", timeout=10).status_code in (400, 414)


def test_second_site_on_the_same_port_does_not_start(shared_site: Live):
    command = [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "app:app"]
    done = subprocess.run(command, cwd=ROOT, env=shared_site.environ, capture_output=True, text=True, check=False, timeout=20)
    assert done.returncode != 0
    assert f"PORT is {shared_site.port}, and 127.0.0.1:{shared_site.port} is in use" in done.stderr


def test_site_and_its_data_survive_a_kill_and_a_restart(live_site):
    site = live_site()
    before = requests.get(f"{site.url}/readyz", timeout=10)
    site.kill()
    assert not site.answers()
    site.start()
    after = requests.get(f"{site.url}/readyz", timeout=10)
    assert (before.status_code, before.text) == (after.status_code, after.text) == (200, before.text)


def test_both_workers_answer(shared_site: Live):
    """Each connection may reach another worker, and all of them must know the same visit and secret."""
    assert {requests.get(f"{shared_site.url}/healthz", timeout=10).text for _ in range(20)} == {"ok\n"}


def test_wrong_setting_stops_the_start_in_words(tmp_path: Path):
    live = Live("app:app", tmp_path, 8000, {"KITE_API_SECRET": "hunter2"})
    command = [sys.executable, "-m", "flask", "--app", "app", "prepare"]
    done = subprocess.run(command, cwd=ROOT, env=live.environ, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert done.stderr.startswith("Not started. KITE_API_SECRET is set, but KITE_API_KEY is not.")
    assert "Traceback" not in done.stderr and "hunter2" not in done.stderr


def test_simulator_alone_stands_at_the_root_of_its_port(live_simulator):
    simulator = live_simulator()
    answer = requests.get(f"{simulator.url}/", timeout=10)
    assert answer.headers["X-Kite-Simulator"] == "1"
    assert answer.status_code == 200


def test_simulator_alone_names_a_wrong_setting(tmp_path: Path, free_port: int):
    live = Live("app:simulator()", tmp_path, free_port, {"SIMULATOR_REDIRECT_URL": "redirect"})
    command = [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "app:simulator()"]
    done = subprocess.run(command, cwd=ROOT, env=live.environ, capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode != 0
    assert "Not started. SIMULATOR_REDIRECT_URL is 'redirect'" in done.stderr
    assert "Traceback" not in done.stderr
