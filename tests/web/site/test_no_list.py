"""A site with a real key and no list of Kite's instruments: it says so, keeps what was typed, and
sends nothing.
"""

import json
import sqlite3

import pytest
from sqlalchemy import func, select

from kite.instruments.catalogue_file import FORM
from kite.instruments.catalogue_writer import load_bundled
from kite.store.base import tables
from kite.store.people import allowed_sites
from kite.store.people.allowed_sites import INLINE, Allowed
from tests.support.offered import publish
from tests.support.site import BUY_INFY, HOST, inputs

KEYED = {"KITE_API_KEY": "abcd1234", "SECRET_KEY": "a key of the tests, long enough for it"}
WHY = "Kite’s list of instruments isn’t here yet"
NSE_ORDER = {
    "exchange": "NSE",
    "transaction_type": "BUY",
    "order_type": "MARKET",
    "quantity": 1,
    "product": "CNC",
}
NOTHING_GOES = "you can’t send orders to Kite from here"


def lose(site):
    site.services.catalogue.path.unlink()


def invent(site):
    load_bundled(site.services.catalogue.path, site.clock())


def outdate(site):
    """Leave a list as an earlier release wrote it."""
    connection = sqlite3.connect(site.services.catalogue.path)
    connection.execute(f"pragma user_version = {FORM - 1}")
    connection.close()


@pytest.fixture(params=[lose, invent, outdate])
def without_list(request, sites):
    """A site with a key after it has lost its list, in a way of three."""
    site = sites(**KEYED)
    site.spoil = lambda: request.param(site)
    return site


def basket(**changed):
    return {f"items-0-{name}": text for name, text in (BUY_INFY | changed).items()}


def recorded(site):
    with site.services.store.reading() as conn:
        return conn.execute(select(func.count()).select_from(tables.executions)).scalar()


def test_the_composer_says_why_and_sends_nothing(without_list):
    without_list.spoil()
    person = without_list.visitor()
    assert WHY in person.get("/", status=200).text
    page = person.post(
        "/", 503, action="hand_off", order_line="sell 5 sbin", **basket(tradingsymbol="M&M")
    ).text
    assert WHY in page and NOTHING_GOES in page and "What you typed is kept." in page
    typed = inputs(page)
    assert (typed["items-0-tradingsymbol"], typed["items-0-quantity"], typed["order_line"]) == (
        "M&M",
        "10",
        "sell 5 sbin",
    )
    assert "No instrument M&amp;M" not in page and "faults" not in page, (
        "nobody knows that while there is no list"
    )
    assert recorded(without_list) == 0


@pytest.mark.parametrize(
    "action",
    [
        "add",
        "duplicate-0",
        "update",
        "import",
        "fix-0-order_type=LIMIT",
        "limit-0=1450",
        "scale",
        "csv",
        "sideways",
    ],
)
def test_every_button_keeps_what_was_typed(sites, action):
    site = sites(**KEYED)
    lose(site)
    page = (
        site.visitor()
        .post("/", 200, action=action, order_line="sell 5 sbin", paste="buy 1 tcs", **basket())
        .text
    )
    assert WHY in page and 'value="sell 5 sbin"' in page and "buy 1 tcs" in page
    assert (inputs(page)["items-0-tradingsymbol"], inputs(page)["items-0-quantity"]) == ("INFY", "10")


def test_rows_still_come_and_go(sites):
    site = sites(**KEYED)
    lose(site)
    page = site.visitor().post("/", 200, action="add", **basket()).text
    assert "items-1-tradingsymbol" in inputs(page)


def test_a_link_still_fills_the_form(sites):
    site = sites(**KEYED)
    lose(site)
    page = site.visitor().get('/?data=[{"tradingsymbol":"SBIN","quantity":3}]', status=200).text
    assert WHY in page and (inputs(page)["items-0-tradingsymbol"], inputs(page)["items-0-quantity"]) == (
        "SBIN",
        "3",
    )


def test_a_basket_that_was_composed_before_stays_where_it_is(without_list):
    person = without_list.visitor()
    execution_id = person.compose({})
    without_list.spoil()
    page = person.get(f"/handoff/{execution_id}", status=503).text
    assert WHY in page and NOTHING_GOES in page and "basket-form" not in page
    assert person.receipt(execution_id)["state"] == "prepared"


def test_with_a_list_again_it_goes_on(sites):
    site = sites(**KEYED)
    person = site.visitor()
    execution_id = person.compose({})
    aside = site.services.catalogue.path.with_name("aside")
    site.services.catalogue.path.rename(aside)
    person.get(f"/handoff/{execution_id}", status=503)
    aside.rename(site.services.catalogue.path)
    assert person.form_of(execution_id)["api_key"] == "abcd1234"


def test_a_published_basket_and_its_press_say_why(without_list):
    publish(without_list.services)
    person = without_list.visitor()
    fields = inputs(person.get("/b/large-five", status=200).text)
    without_list.spoil()
    assert WHY in person.get("/b/large-five", status=503).text
    answer = person.client.post("/b/large-five/handoff", data=fields, base_url=HOST, headers={"Origin": HOST})
    assert answer.status_code == 503 and NOTHING_GOES in answer.text
    assert recorded(without_list) == 0


def test_a_button_of_another_site_says_why(without_list):
    with without_list.services.store.writing() as conn:
        allowed_sites.add(conn, Allowed(INLINE, "https://blog.example", without_list.clock(), "asha"))
    without_list.spoil()
    order = {
        "exchange": "NSE",
        "tradingsymbol": "SBIN",
        "transaction_type": "BUY",
        "quantity": "1",
        "order_type": "MARKET",
    }
    stranger = without_list.app.test_client(use_cookies=False)
    answer = stranger.post(
        "/embed/start",
        data={"items": json.dumps([order])},
        base_url=HOST,
        headers={"Origin": "https://blog.example"},
    )
    # The page on the way, which looks at the orders when it is posted on.
    if answer.status_code == 200:
        answer = stranger.post(
            "/embed/handoff", data=inputs(answer.text), base_url=HOST, headers={"Origin": HOST}
        )
    assert answer.status_code == 503 and NOTHING_GOES in answer.text
    assert recorded(without_list) == 0


@pytest.mark.parametrize(
    "command",
    [
        ["publish", "FILE"],
        ["offer-again", "large-five"],
        ["pause", "large-five"],
        ["import-site", "FILE", "--publish", "--author", "A"],
    ],
)
def test_a_shell_says_why_in_a_sentence(sites, tmp_path, command):
    site = sites(**KEYED)
    publish(site.services)
    invent(site)
    file = tmp_path / "given"
    draft = {
        "slug": "one",
        "title": "T",
        "author": "A",
        "rationale": "R",
        "disclosure": "D",
        "items": [{"tradingsymbol": "INFY"} | NSE_ORDER],
    }
    button = (
        '<kite-button data-exchange="NSE" data-tradingsymbol="SBIN" data-transaction_type="BUY"'
        ' data-quantity="1" data-order_type="MARKET">'
    )
    file.write_text(
        json.dumps(draft) if command[0] == "publish" else f"{button}</kite-button>", encoding="utf-8"
    )
    result = site.app.test_cli_runner().invoke(
        args=[str(file) if word == "FILE" else word for word in command]
    )
    assert result.exit_code == 1 and "Traceback" not in result.output, result.output
    assert (
        "Nothing can be sent to Kite until there is a list: flask --app app instruments refresh"
        in result.output
    )


def test_search_finds_nothing_of_it(without_list):
    without_list.spoil()
    person = without_list.visitor()
    assert person.get("/instruments.json?q=INFY", status=503).get_json() == {
        "status": "error",
        "message": WHY,
    }
    ready = person.get("/readyz", status=503).text
    assert ready.startswith("instruments: ") and "INFY" not in ready


def test_the_simulator_trades_the_invented_list(site):
    invent(site)
    person = site.visitor()
    assert WHY not in person.get("/", status=200).text
    assert person.get("/readyz", status=200)
    assert person.form_of(person.compose({}))


REAL = pytest.mark.parametrize(
    "settings", [KEYED, KEYED | {"KITE_API_SECRET": "0123456789abcdef"}], ids=["publisher", "connect"]
)


def same_browser(site, person):
    """The browser of `person` at a site that has other settings by now, and the same cookies' key
    and database.
    """
    later = site.visitor()
    later.client.set_cookie(
        "visit", person.client.get_cookie("visit", domain="127.0.0.1").value, domain="127.0.0.1"
    )
    return later


@pytest.fixture
def simulated(sites):
    """A site in simulator mode whose cookies a site with a key reads too."""
    return sites(SECRET_KEY=KEYED["SECRET_KEY"])


@REAL
def test_a_basket_of_the_simulator_is_not_sent_with_a_real_key(sites, simulated, settings):
    """Its instruments were invented, and its scripted symbols are nobody's."""
    person = simulated.visitor()
    execution_id = person.compose({"tradingsymbol": "SIMREJECT"})
    real = sites(DATABASE_URL=simulated.settings.database_url, **settings)
    for browser in (same_browser(real, person), real.visitor()):
        page = browser.get(f"/handoff/{execution_id}", status=410).text
        assert "This basket was made for the simulator" in page and "basket-form" not in page
        answer = browser.post(f"/handoff/{execution_id}")
        assert answer.status_code in (303, 410) and "basket-form" not in answer.text
    assert recorded(real) == 1
    assert person.receipt(execution_id)["state"] == "prepared"


@REAL
def test_a_cancelled_basket_of_the_simulator_is_not_sent_again_with_a_real_key(sites, simulated, settings):
    person = simulated.visitor()
    execution_id = person.compose({"tradingsymbol": "SIMREJECT"})
    person.form_of(execution_id)
    person.get("/redirect?status=cancelled", status=303)
    assert person.receipt(execution_id)["state"] == "cancelled"
    real = sites(DATABASE_URL=simulated.settings.database_url, **settings)
    page = same_browser(real, person).post(f"/executions/{execution_id}/again", 410).text
    assert "This basket was made for the simulator" in page
    assert recorded(real) == 1


def test_a_basket_of_a_publisher_key_is_sent_with_its_secret_too(sites):
    before = sites(**KEYED)
    person = before.visitor()
    execution_id = person.compose({})
    after = sites(DATABASE_URL=before.settings.database_url, KITE_API_SECRET="0123456789abcdef", **KEYED)
    assert same_browser(after, person).form_of(execution_id)["api_key"] == "abcd1234"
