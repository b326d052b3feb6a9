"""All checks together: a healthy site, one with everything away, and the command."""

import json
import time

import pytest
import requests
from requests.adapters import BaseAdapter

from kite.cli import site as site_commands
from kite.connect.inprocess import WsgiAdapter
from kite.connect.probe import Probe
from kite.doctor.examination import CHECKS, as_json, as_text, examine, is_healthy
from kite.doctor.findings import Severity
from kite.exceptions import NoAnswer
from tests.support.doctor import (
    API_SECRET,
    SECRET_KEY,
    Answering,
    Away,
)
from tests.support.site import HOST

PASSWORD = "hunter2"


def unwell(lines):
    return {name: line.summary for name, line in lines.items() if line.verdict != Severity.FINE}


def rows(site):
    """How many rows each table holds."""
    with site.services.store.reading() as conn:
        names = [
            name for (name,) in conn.exec_driver_sql("select name from sqlite_master where type = 'table'")
        ]
        return {name: conn.exec_driver_sql(f'select count(*) from "{name}"').scalar_one() for name in names}


def test_everything_is_fine_at_a_site_that_is_set_up_well_and_nothing_is_left_in_its_database(practice):
    before = rows(practice.site)
    lines = practice.look_all()
    assert unwell(lines) == {} and list(lines) == list(CHECKS) and is_healthy(lines)
    assert rows(practice.site) == before and before["executions"] == 0


def test_everything_is_fine_with_the_built_in_simulator(site):
    services = site.services
    with site.app.app_context():
        lines = examine(
            services,
            site_commands.ask_application,
            Probe({services.settings.api_root: services.connect.transport, HOST: WsgiAdapter(site.app)}),
        )
    assert unwell(lines) == {}
    assert "no order reaches an exchange" in lines["key"].summary


def test_with_kite_away_and_the_site_down_each_line_says_why_and_what_to_do(practice):
    practice.kite_road = away = Away()
    practice.public_road = WsgiAdapter(Answering("502 Bad Gateway"))
    lines = practice.look_all()
    assert {name for name, line in lines.items() if line.verdict == Severity.WRONG} == {
        "PUBLIC_URL",
        "postback",
    } and not is_healthy(lines)
    assert {name for name, line in lines.items() if line.verdict == Severity.CARE} == {
        "key",
        "API secret",
        "redirect URL",
        "clock",
    }
    told_before = {"API secret", "redirect URL", "clock"}  # at the key
    assert {name for name in unwell(lines) if not (lines[name].why and lines[name].fix)} == told_before
    assert lines["key"].summary == "Not looked at: kite.example gave no answer (ConnectionError)."
    assert (
        lines["redirect URL"].summary
        == "Not looked at: kite.example gave no answer (ConnectionError). What to do stands at key."
    )
    assert away.tried == 1  # every look would wait as long again
    text = as_text(lines) + as_json(lines)
    assert not [secret for secret in (API_SECRET, SECRET_KEY, "simulator_key") if secret in text]


def test_a_host_that_is_slow_is_waited_for_no_longer_than_said():
    class Slow(BaseAdapter):
        def send(self, *_, **__):
            time.sleep(0.5)
            raise requests.ConnectionError

        def close(self):
            pass

    with pytest.raises(NoAnswer, match=r"slow\.example gave no answer within 0\.05 s\."):
        Probe({"https://slow.example": Slow()}, patience=0.05).ask("GET", "https://slow.example/")


def test_a_look_that_fails_is_told_by_its_kind_alone(practice):
    class Broken:
        def __getattr__(self, name):
            raise RuntimeError(PASSWORD)

    line = practice.look("instruments", catalogue=Broken())
    assert (
        line.verdict == "wrong"
        and line.summary == "Could not be looked at (RuntimeError)."
        and PASSWORD not in str(line)
    )


def test_the_command_tells_people_and_machines_and_its_status_says_whether_anything_is_wrong(
    sites, free_port
):
    site = sites(PORT=str(free_port))
    run = site.app.test_cli_runner()
    result = run.invoke(args=["doctor"])
    assert result.exit_code == 0, result.output
    assert result.output.splitlines()[0].startswith("fine   key ")
    assert "care   PUBLIC_URL       Not looked at: 127.0.0.1:" in result.output
    assert result.output.count("  Fix: See that this machine reaches that host") == 1
    for name in ("postback", "proxies"):
        assert (
            f"care   {name:<16} Not looked at: 127.0.0.1:{free_port} gave no answer (ConnectionError). What"
            " to do stands at PUBLIC_URL." in result.output
        )
    (site.settings.instance / "secret_key").chmod(0o666)
    counted = run.invoke(args=["doctor", "--json"])
    checks = {check["name"]: check["verdict"] for check in json.loads(counted.output)["checks"]}
    assert counted.exit_code == 1 and list(checks) == list(CHECKS)
    assert [name for name, verdict in checks.items() if verdict == "wrong"] == ["SECRET_KEY"]
