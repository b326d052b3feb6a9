"""One press, one basket: however often a form is posted, also at once, and from wherever it starts
a basket.
"""

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from kite.publishing import offers, sharing
from kite.store.base import tables
from kite.store.flow import executions
from kite.store.people import allowed_sites
from kite.store.people.allowed_sites import INLINE, Allowed
from kite.store.publishing import presses
from kite.vocabulary import State
from tests.support.offered import a_draft, publish
from tests.support.site import BUY_INFY, HOST, inputs

BLOG = "https://blog.example"
HANDLE = "0123456789abcdef0123456789abcdef"
OPENING = "00112233445566778899aabbccddeeff"


@pytest.fixture(params=["sqlite", "postgresql"])
def site(request, sites):
    """The site on each of its databases."""
    return (
        sites() if request.param == "sqlite" else sites(DATABASE_URL=request.getfixturevalue("postgres_url"))
    )


@pytest.fixture
def person(site):
    return site.visitor()


def rows(*items):
    return {
        f"items-{number}-{name}": value
        for number, item in enumerate(items)
        for name, value in (BUY_INFY | item).items()
    }


def composer(person, path="/"):
    """The form of a composer that a person opens, with a basket of one typed in."""
    return inputs(person.get(path, status=200).text) | rows({}) | {"action": "hand_off"}


def cookies_of(client):
    return "; ".join(f"{cookie.key}={cookie.value}" for cookie in client._cookies.values())


def at_once(site, times, path, fields, cookies=""):
    """Post the same fields so many times at the same moment, as one browser that has these cookies;
    return where each post leads.
    """
    together = threading.Barrier(times)

    def run(_):
        client = site.app.test_client(use_cookies=False)
        headers = {"Origin": HOST} | ({"Cookie": cookies} if cookies else {})
        together.wait()
        return client.post(path, data=fields, base_url=HOST, headers=headers)

    with ThreadPoolExecutor(times) as pool:
        answers = list(pool.map(run, range(times)))
    assert [answer.status_code for answer in answers] == [303] * times, next(
        answer.text for answer in answers if answer.status_code != 303
    )
    return {answer.location for answer in answers}


def recorded(site):
    with site.services.store.reading() as conn:
        return (
            conn.execute(select(tables.executions.c.id).order_by(tables.executions.c.created_at))
            .scalars()
            .all()
        )


def post(person, fields, path="/"):
    answer = person.client.post(path, data=fields, base_url=HOST, headers={"Origin": HOST})
    assert answer.status_code == 303, answer.text
    return answer.location


def test_the_same_form_posted_again_leads_to_the_same_basket(person, site):
    form = composer(person)
    assert post(person, form) == post(person, form)
    assert len(recorded(site)) == 1


@pytest.mark.parametrize("times", [4, 8])
def test_presses_of_one_form_at_once_are_one_basket(person, site, times):
    form = composer(person)
    assert len(at_once(site, times, "/", form, cookies_of(person.client))) == 1
    assert len(recorded(site)) == 1


def test_a_basket_in_parts_is_recorded_once_with_all_of_them(person, site):
    form = composer(person) | rows(*({"quantity": str(number)} for number in range(1, 24)))
    led_to = at_once(site, 4, "/", form, cookies_of(person.client))
    with site.services.store.reading() as conn:
        (basket_id,) = set(conn.execute(select(tables.executions.c.basket_id)).scalars())
        assert [part.part for part in executions.parts(conn, basket_id)] == [1, 2, 3]
    assert led_to == {f"/handoff/{basket_id}"}


def test_the_form_that_one_came_back_to_and_changed_is_another_basket(person, site):
    form = composer(person)
    led_to = {
        post(person, form | changed)
        for changed in ({}, {"items-0-quantity": "11"}, {"sequence": "sells_first"}, rows({}, {}))
    }
    assert len(led_to) == len({address.rpartition("/")[2] for address in led_to}) == 4
    assert post(person, form) in led_to


def test_a_form_that_is_opened_again_is_another_one(person, site):
    first, second = composer(person), composer(person)
    assert first["form_token"] != second["form_token"]
    assert post(person, first) != post(person, second)


def test_the_token_stays_with_a_page_that_is_changed_and_with_one_that_is_asked_about(person):
    form = composer(person)
    for action, status in (("add", 200), ("update", 200), ("hand_off", 200)):
        page = person.client.post(
            "/",
            data=form | {"action": action, "items-0-quantity": "0"},
            base_url=HOST,
            headers={"Origin": HOST},
        )
        assert (page.status_code, inputs(page.text)["form_token"]) == (status, form["form_token"])


@pytest.mark.parametrize("token", ["", "x", "x" * 101, "\0" * 30, "<b>" * 10])
def test_a_token_that_is_none_is_replaced_and_holds_nothing_up(person, site, token):
    form = composer(person) | {"form_token": token}
    assert post(person, form) != post(person, form)
    page = person.client.post("/", data=form | {"action": "update"}, base_url=HOST, headers={"Origin": HOST})
    assert len(inputs(page.text)["form_token"]) == 22


def test_the_token_of_somebody_else_leads_to_nothing_of_theirs(person, site):
    other = site.visitor()
    token = composer(person)["form_token"]
    assert post(person, composer(person) | {"form_token": token}) != post(
        other, composer(other) | {"form_token": token}
    )


def test_a_list_that_was_read_first_goes_on_with_the_same_form(person, site):
    form = composer(person)
    listed = "Symbol,Side,Qty\nSBIN,BUY,5\nTCS,BUY,6"
    preview = person.client.post(
        "/", data=form | {"action": "import", "paste": listed}, base_url=HOST, headers={"Origin": HOST}
    ).text
    answer = person.client.post(
        "/", data=inputs(preview) | {"action": "take"}, base_url=HOST, headers={"Origin": HOST}
    ).text
    assert inputs(preview)["form_token"] == inputs(answer)["form_token"] == form["form_token"]
    sent = (
        inputs(answer)
        | {"action": "hand_off"}
        | {f"items-{number}-order_type": "MARKET" for number in range(3)}
    )
    sent |= {
        f"items-{number}-{name}": text
        for number in range(3)
        for name, text in {"exchange": "NSE", "product": "CNC"}.items()
    }
    assert len(at_once(site, 4, "/", sent, cookies_of(person.client))) == 1


def cancelled(person, site):
    """A basket that was cancelled at Kite, by somebody who is logged in there; its id."""
    person.buy({"quantity": "1"})
    execution_id = person.compose({})
    person.get(person.decide(person.to_kite(execution_id), "cancel"))
    with site.services.store.reading() as conn:
        assert executions.get(conn, execution_id).state is State.CANCELLED
    return execution_id


def test_eight_presses_that_send_a_cancelled_basket_again_are_one(person, site):
    execution_id = cancelled(person, site)
    path, fields = f"/executions/{execution_id}/again", {"csrf_token": person.csrf_token()}
    assert len(at_once(site, 8, path, fields, cookies_of(person.client))) == 1
    assert len(recorded(site)) == 3


def test_a_press_that_comes_after_the_hand_off_page_of_the_first_goes_on_with_its_basket(person, site):
    path, fields = f"/executions/{cancelled(person, site)}/again", {"csrf_token": person.csrf_token()}
    first = post(person, fields, path)
    person.get(first, status=200)
    assert post(person, fields, path) == first
    person.get(person.decide(person.to_kite(first.rpartition("/")[2]), "cancel"))
    assert post(person, fields, path) != first  # that one was cancelled too


def test_eight_presses_that_send_again_what_did_not_go_through_are_one_whatever_page_they_come_from(
    person, site
):
    execution_id = person.buy({"tradingsymbol": "SIMREJECT"})
    for seconds in (3, 62):
        site.clock.advance(seconds)
        person.receipt(execution_id)
    forms = [
        composer(person, f"/?again={execution_id}") | {"items-0-tradingsymbol": "SIMREJECT"} for _ in range(2)
    ]
    assert forms[0]["form_token"] != forms[1]["form_token"]
    led_to = at_once(site, 8, "/", forms[0], cookies_of(person.client))
    assert {*led_to, post(person, forms[1])} == led_to
    assert len(led_to) == 1
    child = led_to.pop()
    person.get(person.place(child.rpartition("/")[2]), status=303)
    assert post(person, forms[0]) == child, "the same form still leads to its basket"
    refused = person.client.post("/", data=forms[1], base_url=HOST, headers={"Origin": HOST})
    assert "This was sent again already" in refused.text


# A published page, which knows no cookie.


@pytest.fixture
def basket(site):
    return publish(site.services)


def published(site, path="/b/large-five"):
    """The form of the published page, as whoever opens it has it."""
    page = site.app.test_client(use_cookies=False).get(path, base_url=HOST).text
    return inputs(page.partition('id="start"')[2].partition("</form>")[0])


START = "/b/large-five/handoff"


def test_presses_of_a_published_page_by_one_visit_are_one_basket(person, site, basket):
    person.get("/", status=200)
    form = published(site)
    led_to = at_once(site, 4, START, form, cookies_of(person.client))
    assert {*led_to, post(person, form, START)} == led_to
    assert len(led_to) == len(recorded(site)) == 1


def test_presses_that_one_opening_of_the_page_makes_before_it_has_a_cookie_are_one_visits(site, basket):
    form = published(site) | {"opening": OPENING}
    assert len(at_once(site, 4, START, form)) == 1
    assert len(recorded(site)) == 1
    browser = site.visitor()
    first = post(browser, form, START)
    assert post(browser, form, START) == first, "now with the cookie"
    browser.get(first, status=200)


@pytest.mark.parametrize("origin", [None, "null"])
def test_nobody_elses_page_chooses_the_visit_that_a_browser_gets(site, basket, origin):
    """Whoever knows the visit that a stranger gets could wait for that stranger's login."""
    form = published(site) | {"opening": OPENING}
    headers = {"Origin": origin} if origin else {}
    answers = [
        site.app.test_client().post(START, data=form, base_url=HOST, headers=headers) for _ in range(2)
    ]
    assert {answer.status_code for answer in answers} == ({400} if origin else {303})
    assert len(recorded(site)) == (0 if origin else 2)


def test_one_cached_page_pressed_by_two_people_is_two_baskets(site, basket):
    form = published(site)
    assert post(site.visitor(), form, START) != post(site.visitor(), form, START)
    assert post(site.visitor(), form | {"opening": OPENING}, START) != post(
        site.visitor(), form | {"opening": OPENING[::-1]}, START
    )
    assert len(recorded(site)) == 4


def test_another_amount_or_another_opening_of_the_page_is_another_basket(person, site, basket):
    first, second = (
        published(site, "/b/large-five?amount=50000"),
        published(site, "/b/large-five?amount=50000"),
    )
    third = published(site, "/b/large-five?amount=60000")
    assert len({post(person, form, START) for form in (first, second, third, first)}) == 3


def test_a_page_that_was_pressed_leads_to_its_basket_even_when_the_offer_has_changed_since(
    person, site, basket
):
    form = published(site)
    first = post(person, form, START)
    offers.change(site.services, basket, a_draft(title="Another five"), "asha")
    assert post(person, form, START) == first
    late = person.client.post(
        START,
        data=published(site) | {"token": form["token"], "amount": "60,000"},
        base_url=HOST,
        headers={"Origin": HOST},
    )
    assert late.status_code == 409


def test_a_link_that_may_be_used_once_is_used_once_by_four_presses(person, site, basket):
    link = sharing.make_link(site.services, basket, "asha", most_uses=1)
    form = published(site, f"/b/large-five?l={sharing.sign_link(site.services, link)}")
    person.get("/", status=200)
    assert len(at_once(site, 4, START, form, cookies_of(person.client))) == 1


def test_the_ending_is_told_of_the_last_press_of_a_page_that_waits(person, site, basket):
    waiting = f"/b/large-five?origin={BLOG}&handle={HANDLE}"
    first, again = (
        post(person, published(site, waiting), START),
        post(person, published(site, waiting), START),
    )
    assert first == again, "loaded again it is the same page"
    other = post(person, published(site, f"{waiting}&amount=60000"), START)
    assert other != first
    stranger = post(site.visitor(), published(site, waiting), START)
    with site.services.store.reading() as conn:
        handles = {
            path: presses.of(conn, path.rpartition("/")[2]).handle for path in (first, other, stranger)
        }
    assert [path for path, handle in handles.items() if handle] == [other], (
        "and a stranger does not take it away"
    )


# A button on somebody's site.


def going(site, **fields):
    """The form of the page that a press on another site's page arrives at."""
    page = site.app.test_client(use_cookies=False).post(
        "/embed/start", data=fields, base_url=HOST, headers={"Origin": BLOG}
    )
    assert page.status_code == 200, page.text
    return inputs(page.text)


ITEMS = json.dumps(
    [
        {
            "exchange": "NSE",
            "tradingsymbol": "SBIN",
            "transaction_type": "BUY",
            "quantity": 1,
            "order_type": "MARKET",
        }
    ]
)


@pytest.mark.parametrize(
    "fields",
    [{"basket": "large-five", "handle": HANDLE}, {"items": ITEMS, "handle": HANDLE}, {"items": ITEMS}],
)
def test_presses_of_a_button_are_one_basket_with_and_without_a_cookie(person, site, basket, fields):
    with site.services.store.writing() as conn:
        allowed_sites.add(conn, Allowed(INLINE, BLOG, site.clock(), "asha"))
    person.get("/", status=200)
    form = going(site, **fields)
    assert len(at_once(site, 4, "/embed/handoff", form, cookies_of(person.client))) == 1
    unknown = going(site, **fields | ({"handle": HANDLE[::-1]} if "handle" in fields else {})) | {
        "opening": OPENING
    }
    assert len(at_once(site, 4, "/embed/handoff", unknown)) == 1
    assert len(recorded(site)) == 2
