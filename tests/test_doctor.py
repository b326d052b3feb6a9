"""The doctor, with the real site behind a proxy and the simulator as Kite: what is fine is called so, and
everything made wrong is found.
"""

import json
import time
from collections.abc import Iterator
from datetime import date, datetime

import pytest
import redis
import requests
from requests.adapters import BaseAdapter

from kite.cli import site as site_commands
from kite.connect.inprocess import WsgiAdapter
from kite.connect.probe import Probe, ProbeAnswer
from kite.doctor import at_site, headers
from kite.doctor.examination import CHECKS, as_json, as_text, examine, is_healthy
from kite.doctor.findings import Severity
from kite.exceptions import NoAnswer
from kite.instruments.catalogue import Catalogue
from kite.instruments.catalogue_writer import load_bundled
from kite.store.base import migrate
from kite.store.base.engine import Store
from kite.store.flow import events
from kite.store.flow.events import Event
from kite.vocabulary import IST, EventCause, Mode
from tests.support.doctor import (
    API_SECRET,
    KITE,
    PUBLIC,
    SECRET_KEY,
    Answering,
    Away,
    Practice,
    Proxy,
    set_header,
)
from tests.support.ports import free_port
from tests.support.redis_server import RedisServer
from tests.support.site import HOST

PASSWORD = "hunter2"


@pytest.fixture(scope="module")
def one_practice(tmp_path_factory) -> Iterator[Practice]:
    practice = Practice(tmp_path_factory.mktemp("practice"))
    yield practice
    practice.close()


@pytest.fixture
def practice(one_practice):
    """A site in connect mode with which everything is fine."""
    one_practice.recover()
    return one_practice


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
                events.add(conn, Event(at, None, None, None, EventCause.RETURN_ADDRESS, address))
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


def test_an_old_list_of_instruments_is_wrong_and_yesterdays_is_told(practice):
    practice.site.clock.advance(86_400)
    assert practice.look("instruments").verdict == "care"
    practice.site.clock.advance(86_400 * 3 + 1)
    assert practice.look("instruments").verdict == "wrong"


def test_no_list_and_an_invented_one_are_wrong_where_real_orders_are_placed(practice, tmp_path):
    catalogue = Catalogue(tmp_path / "instruments.db", real=True)
    missing = practice.look("instruments", catalogue=catalogue)
    load_bundled(catalogue.path, practice.site.clock())
    invented = practice.look("instruments", catalogue=catalogue)
    catalogue.close()
    rehearsed = Catalogue(catalogue.path)
    simulated = practice.look("instruments", catalogue=rehearsed)
    rehearsed.close()
    assert missing.verdict == invented.verdict == "wrong" and simulated.verdict == "fine"
    assert missing.fix == invented.fix and missing.fix.startswith("flask --app app instruments refresh")
    assert "invented" in invented.summary and "none can be sent to Kite" in invented.why


def test_holidays_are_fine_a_month_ahead_and_otherwise_it_says_how_to_bring_the_next_year(practice):
    assert practice.look("holidays").verdict == "fine"
    practice.site.clock.at = datetime(2026, 12, 2, 9, 0, tzinfo=IST)
    line = practice.look("holidays")
    assert (line.verdict, line.summary) == ("care", "Holidays of the exchanges are known until 2026-12-31.")
    assert "MARKET_HOLIDAYS=2027-01-26,2027-03-22" in line.fix and "start the site again" in line.fix
    brought = practice.look("holidays", market_holidays=frozenset({date(2027, 1, 26)}))
    assert (brought.verdict, brought.summary) == (
        "fine",
        "Holidays of the exchanges are known until 2027-12-31.",
    )
    practice.site.clock.at = datetime(2027, 5, 1, 9, 0, tzinfo=IST)
    assert practice.look("holidays").verdict == "care"


def test_a_database_that_does_not_answer_is_wrong_and_its_password_is_not_told(practice):
    line = practice.look(
        "database", database_url=f"postgresql+psycopg://kite:{PASSWORD}@127.0.0.1:{free_port()}/kite"
    )
    assert (
        line.verdict == "wrong"
        and line.summary.startswith("postgresql does not answer: ")
        and PASSWORD not in str(line)
    )


def test_tables_of_another_release_are_wrong(practice, monkeypatch):
    monkeypatch.setattr(migrate, "head", lambda: "9999")
    line = practice.look("database")
    assert (
        line.verdict == "wrong"
        and "needs those of 9999" in line.summary
        and line.fix.startswith("flask --app app prepare")
    )


def test_redis_is_fine_while_it_answers_and_its_password_is_never_told(practice, tmp_path):
    server = RedisServer(tmp_path)
    with_password = server.url.replace("//", f"//:{PASSWORD}@")
    try:
        assert practice.look("Redis", redis_url=server.url).summary == "Redis answers."
        with redis.Redis.from_url(server.url) as client:
            client.config_set("requirepass", "another")
        refused = practice.look("Redis", redis_url=with_password)
    finally:
        server.stop()
    gone = practice.look("Redis", redis_url=with_password)
    assert refused.verdict == gone.verdict == "wrong" and PASSWORD not in f"{refused} {gone}"
    assert (
        refused.fix == "Put the right password into REDIS_URL."
        and gone.fix == "Start Redis, and look at REDIS_URL."
    )


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("short", "has 5 characters"),
        ("ab" * 20, "is one piece repeated"),
        ("aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbcccc", "3 different characters"),
        ("this-is-my-very-secret-key-0123456789-xyz", "looks like the value of an example"),
        pytest.param(
            API_SECRET, "is the API key or its secret", id="the API secret"
        ),  # made anew in every process
    ],
)
def test_a_secret_that_can_be_guessed_is_wrong_and_not_told(practice, value, words):
    line = practice.look("SECRET_KEY", secret_key=value)
    assert line.verdict == "wrong" and words in line.summary and "token_urlsafe" in line.fix
    assert value not in as_text({"SECRET_KEY": line})


def test_a_secret_that_others_may_read_is_wrong(practice, tmp_path):
    key_file = tmp_path / "secret_key"
    key_file.touch(0o644)
    line = practice.look("SECRET_KEY", mode=Mode.SIMULATOR, instance=tmp_path)
    assert line.verdict == "wrong" and line.fix == f"chmod 600 {key_file}"


def test_a_rotation_that_is_not_over_is_told(practice):
    assert practice.look("SECRET_KEY", secret_key_previous="x" * 40).verdict == "care"


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
