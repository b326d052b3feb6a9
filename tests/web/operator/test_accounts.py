"""The operator's area: who gets in, how often they may try, and that nobody else is let near it."""

import pytest
from click.testing import Result

from kite.exceptions import StoreUnavailable
from kite.offsite.jobs.expiry import erase_old
from kite.publishing import signing_in
from kite.store.flow import events
from kite.store.flow.event_causes import EventCause
from kite.store.flow.event_data import Name
from kite.store.people import operators
from kite.web.operator.accounts import ACTS
from tests.support import made_once
from tests.support.site import HOST, inputs

PASSWORD = "a password of tests"
PAGES = ("/operator/", "/operator/sessions", "/operator/trail", "/operator/tokens", "/operator/allowed")
POSTS = ("sign-out", "sessions", "tokens", "tokens/revoke", "allowed", "allowed/remove")


@pytest.fixture
def asha(site):
    signing_in.add_operator(site.services, "asha", PASSWORD)
    return site


def enter(site, name="asha", password=PASSWORD, status=303, **more):
    browser = site.visitor()
    browser.answer = browser.post("/operator/sign-in", name=name, password=password, status=status, **more)
    return browser


def run(site, *words, typed="") -> Result:
    return site.app.test_cli_runner().invoke(args=["operator", *words], input=typed)


@pytest.mark.parametrize("path", PAGES)
def test_nobody_gets_in_without_signing_in_and_comes_back_after(asha, path):
    browser = asha.visitor()
    answer = browser.get(path, status=303)
    assert answer.location.startswith("/operator/sign-in?next=")
    page = browser.get(answer.location, status=200)
    assert f'name="next" value="{path}"' in page.text
    assert browser.post("/operator/sign-in", name="asha", password=PASSWORD, next=path).location == path
    browser.get(path, status=200)


@pytest.mark.parametrize("path", POSTS)
def test_nothing_is_done_for_whoever_is_not_signed_in_or_has_no_token_of_the_form(asha, path):
    stranger = asha.visitor()
    assert stranger.post(f"/operator/{path}", status=303).location == "/operator/sign-in"
    enter(asha).post(f"/operator/{path}", status=400, token=False)


def test_a_password_is_kept_as_a_hash_that_is_dear_to_guess(site, monkeypatch):
    monkeypatch.setattr(signing_in, "HASHING", made_once.HASHING)
    signing_in.add_operator(site.services, "asha", PASSWORD)
    with site.services.store.reading() as conn:
        password_hash = operators.by_name(conn, "asha").password_hash
    assert password_hash.startswith("scrypt:32768:8:1$")
    assert PASSWORD not in password_hash


def test_a_wrong_password_an_unknown_name_and_a_closed_account_read_the_same(asha):
    run(asha, "add", "ravi", typed=f"{PASSWORD}\n")
    run(asha, "disable", "ravi")
    pages = {
        enter(asha, name, password, status=403).answer.text.count("Name and password do not fit.")
        for name, password in
        # Fmt: skip.
        (
            ("asha", "wrong password!"),
            ("nobody", PASSWORD),
            ("ravi", PASSWORD),
            ("asha", ""),
            ("", ""),
            ("asha\0", PASSWORD),
        )
    }
    assert pages == {1}


def test_the_cookie_is_kept_from_scripts_and_other_sites_and_is_new_each_time(asha):
    first, second = enter(asha), enter(asha)
    cookies = [
        next(line for line in session.answer.headers.getlist("Set-Cookie") if line.startswith("operator="))
        for session in (first, second)
    ]
    assert all("HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/" in cookie for cookie in cookies)
    assert cookies[0] != cookies[1]
    with asha.services.store.reading() as conn:
        sessions = operators.sessions(conn, operators.by_name(conn, "asha").id)
    assert not any(session.id in cookie for session in sessions for cookie in cookies), (
        "who reads the database cannot sign in"
    )


def test_on_https_the_cookie_belongs_to_this_host_alone(sites):
    site = sites(
        KITE_API_KEY="abcd1234",
        SECRET_KEY="a key of the tests, long enough for it",
        PUBLIC_URL="https://basket.example.com",
    )
    signing_in.add_operator(site.services, "asha", PASSWORD)
    client, base = site.app.test_client(), "https://basket.example.com"
    page = client.get("/operator/sign-in", base_url=base).text
    token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
    answer = client.post(
        "/operator/sign-in", base_url=base, data={"name": "asha", "password": PASSWORD, "csrf_token": token}
    )
    cookie = next(line for line in answer.headers.getlist("Set-Cookie") if "operator" in line)
    assert cookie.startswith("__Host-operator=")
    assert "Secure" in cookie


@pytest.mark.parametrize(
    "next_path",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "/executions",
        "/operator/../data",
        "/operator/sign-out",
        "/operator\n/",
    ],
)
def test_signing_in_leads_nowhere_else(asha, next_path):
    assert enter(asha, next=next_path).answer.location == "/operator/"


def test_ten_tries_for_a_name_and_then_a_quarter_of_an_hour(asha):
    for _ in range(10):
        enter(asha, password="wrong password!", status=403)
    answer = enter(asha, status=429).answer
    assert "Too many tries" in answer.text
    assert 0 < int(answer.headers["Retry-After"]) <= 901
    enter(asha, name="another", status=403)
    asha.clock.advance(16 * 60)
    enter(asha)


def test_a_session_ends_unused_after_12_hours_and_in_any_case_after_7_days(asha):
    browser = enter(asha)
    for _ in range(14):
        asha.clock.advance(12 * 3600 - 60)
        browser.get("/operator/", status=200)
    asha.clock.advance(12 * 3600 - 60)
    browser.get("/operator/", status=303)
    browser = enter(asha)
    asha.clock.advance(12 * 3600 + 1)
    browser.get("/operator/", status=303)


def test_sessions_are_listed_and_ended_one_by_one_or_together(asha):
    here, lost, third = enter(asha), enter(asha), enter(asha)
    page = here.get("/operator/sessions", status=200).text
    assert page.count("End it") == 2
    ids = {part.partition('"')[0] for part in page.split('name="session" value="')[1:]}
    here.post("/operator/sessions", status=303, session=ids.pop())
    assert sorted(browser.get("/operator/").status_code for browser in (here, lost, third)) == [200, 200, 303]
    here.post("/operator/sessions", status=303)
    assert [browser.get("/operator/").status_code for browser in (here, lost, third)] == [200, 303, 303]


def test_nobody_ends_the_session_of_another_operator(asha):
    signing_in.add_operator(asha.services, "ravi", PASSWORD)
    victim, other = enter(asha), enter(asha, "ravi")
    with asha.services.store.reading() as conn:
        session = operators.sessions(conn, operators.by_name(conn, "asha").id)[0]
    other.post("/operator/sessions", status=303, session=session.id)
    victim.get("/operator/", status=200)


def test_signing_out_ends_the_session_and_not_only_the_cookie(asha):
    browser = enter(asha)
    cookie = browser.client.get_cookie("operator", domain="127.0.0.1").value
    browser.post("/operator/sign-out", status=303)
    browser.client.set_cookie("operator", cookie, domain="127.0.0.1")
    browser.get("/operator/", status=303)


def test_the_trail_says_who_did_what_and_from_where(asha):
    browser = enter(asha)
    enter(asha, password="wrong password!", status=403)
    browser.post("/operator/tokens", name="the app", status=200)
    page = browser.get("/operator/trail", status=200).text
    for words in ("Signed in", "Sign-in refused", "Made a token", "the app", "operator asha", "127.0.0.1"):
        assert words in page
    assert "wrong password!" not in page


def test_a_name_that_is_none_is_not_written_down_for_it_may_be_a_password(asha):
    enter(asha, name="my secret password", status=403)
    with asha.services.store.reading() as conn:
        refused = events.without_execution(conn, [EventCause.SIGN_IN_REFUSED], 5)
    assert [event.unpack(Name).name for event in refused] == [""]


def test_a_closed_composer_is_for_operators_and_the_rest_stays_open(sites):
    site = sites(COMPOSER_CLOSED="1")
    signing_in.add_operator(site.services, "asha", PASSWORD)
    stranger = site.visitor()
    assert stranger.get("/", status=303).location == "/operator/sign-in?next=/"
    assert stranger.get('/?data=[{"tradingsymbol":"INFY"}]', status=303).location.startswith(
        "/operator/sign-in?next=/?data"
    )
    assert stranger.post("/", status=303, token=False, action="hand_off").location == "/operator/sign-in"
    stranger.get("/executions", status=200)
    page = stranger.get("/operator/sign-in").text
    token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
    stranger.post(
        "/operator/sign-in",
        token=False,
        csrf_token=token,
        name="asha",
        password=PASSWORD,
        next="/",
        status=303,
    )
    stranger.get("/", status=200)


def test_accounts_are_made_changed_closed_and_listed_from_a_shell(site):
    assert (
        run(site, "add", "asha", typed="short\n").output.strip()
        == "Error: A password has at least 12 characters."
    )
    assert run(site, "add", "No Name", typed=f"{PASSWORD}\n").exit_code == 1
    assert "asha can sign in" in run(site, "add", "asha", typed=f"{PASSWORD}\n").output
    assert run(site, "add", "asha", typed=f"{PASSWORD}\n").exit_code == 1
    browser = enter(site)
    assert run(site, "password", "asha", typed=f"{PASSWORD}, another\n").exit_code == 0
    browser.get("/operator/", status=303)
    enter(site, password=f"{PASSWORD}, another").get("/operator/", status=200)
    assert run(site, "disable", "asha").exit_code == run(site, "list").exit_code == 0
    assert run(site, "list").output == "asha  disabled\n"
    assert (
        run(site, "disable", "nobody").exit_code
        == run(site, "password", "nobody", typed=f"{PASSWORD}\n").exit_code
        == 1
    )


def test_a_new_password_does_not_open_a_disabled_account(asha):
    browser = enter(asha)
    run(asha, "disable", "asha")
    output = run(asha, "password", "asha", typed=f"{PASSWORD}, another\n").output
    assert "asha is still disabled: flask --app app operator enable asha" in output
    for password in (PASSWORD, f"{PASSWORD}, another"):
        enter(asha, password=password, status=403)
    browser.get("/operator/", status=303)
    assert run(asha, "list").output == "asha  disabled\n"


def test_an_account_is_enabled_with_the_password_that_it_has(asha):
    browser = enter(asha)
    run(asha, "disable", "asha")
    assert run(asha, "enable", "asha").output == "asha can sign in again.\n"
    browser.get("/operator/", status=303)
    assert "Enabled an operator" in enter(asha).get("/operator/trail", status=200).text
    assert run(asha, "list").output == "asha\n"


def test_enabling_what_is_open_or_nobody_changes_nothing(asha):
    assert run(asha, "enable", "asha").output == "asha was not disabled.\n"
    refused = run(asha, "enable", "nobody")
    assert refused.exit_code == 1 and "There is no operator of this name." in refused.output
    assert "Enabled an operator" not in enter(asha).get("/operator/trail", status=200).text


def test_a_session_is_erased_with_its_address_after_a_month_and_what_operators_did_with_the_baskets(asha):
    assert "127.0.0.1" in enter(asha).get("/operator/sessions").text
    enter(asha, password="wrong password!", status=403)
    asha.clock.advance(31 * 86400)
    erase_old(asha.services)
    with asha.services.store.reading() as conn:
        assert operators.sessions(conn, operators.by_name(conn, "asha").id) == []
        assert [(act.cause, act.address) for act in events.without_execution(conn, list(ACTS), 5)] == [
            (EventCause.SIGNED_IN, None),
            (EventCause.OPERATOR_ADDED, None),
        ]
    asha.clock.advance(370 * 86400)
    erase_old(asha.services)
    with asha.services.store.reading() as conn:
        assert events.without_execution(conn, list(ACTS), 5) == []


def test_strangers_who_use_up_the_tries_of_a_name_do_not_lock_its_operator_out(asha):
    enter(asha)
    stranger = asha.app.test_client()
    token = inputs(stranger.get("/operator/sign-in", base_url=HOST).text)["csrf_token"]
    fields = {"name": "asha", "password": "wrong password!", "csrf_token": token}
    tries = [
        {"environ_base": {"REMOTE_ADDR": f"192.0.2.{number}"}, "base_url": HOST, "data": fields}
        for number in range(11)
    ]
    assert [stranger.post("/operator/sign-in", **attempt).status_code for attempt in tries] == [403] * 9 + [
        429
    ] * 2
    enter(asha)


def test_a_page_of_an_operator_says_so_when_the_database_is_away(asha, monkeypatch):
    browser = enter(asha)

    def away(*arguments):
        raise StoreUnavailable("away")

    monkeypatch.setattr(signing_in.operators, "signed_in", away)
    assert "Our database does not answer" in browser.get("/operator/", status=503).text
    browser.get("/executions", status=200)


def test_a_cookie_of_the_librarys_name_neither_signs_in_nor_out(asha):
    browser = enter(asha)
    browser.client.set_cookie("remember_token", "x|é", domain="127.0.0.1")
    browser.get("/operator/", status=200)
    stranger = asha.visitor()
    stranger.client.set_cookie("remember_token", "x|é", domain="127.0.0.1")
    stranger.client.set_cookie("operator", "nobody", domain="127.0.0.1")
    stranger.get("/operator/", status=303)
