"""One hand-off link and several people: what somebody else sees there, and whose basket a press
makes.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from kite.publishing import offers, permissions, sharing
from kite.store.flow import executions
from kite.store.people.allowed_sites import INLINE, RETURN_TO
from kite.store.publishing import links, presses
from kite.vocabulary import State
from tests.support.offered import publish
from tests.support.site import HOST, inputs

BLOG = "https://blog.example"
APP = "https://app.example/done"
HANDLE = "a" * 32
SELL_SBIN = {"tradingsymbol": "SBIN", "transaction_type": "SELL", "quantity": "5"}


@pytest.fixture
def person(site):
    return site.visitor()


def stored(site, execution_id):
    with site.services.store.reading() as conn:
        return executions.get(conn, execution_id)


def recorded(site):
    """How many executions there are."""
    with site.services.store.reading() as conn:
        return conn.exec_driver_sql("select count(*) from executions").scalar()


def pressed(site, browser, **query):
    """Press a published basket; return the execution's id."""
    page = browser.client.get("/b/large-five", query_string=query, base_url=HOST).text
    fields = inputs(page.partition('<form id="start"')[2].partition("</form>")[0])
    return browser.client.post(
        "/b/large-five/handoff", data=fields, base_url=HOST, headers={"Origin": HOST}
    ).location.rpartition("/")[2]


def fields_of(visitor, execution_id):
    return inputs(visitor.get(f"/handoff/{execution_id}", status=200).text)


def test_somebody_elses_page_says_what_it_is_and_holds_no_form_that_leads_to_kite(person, site):
    execution_id = person.compose({}, SELL_SBIN)
    page = site.visitor().get(f"/handoff/{execution_id}", status=200).text
    for words in (
        "Send this basket as your own?",
        "1 buy",
        "1 sell",
        "INFY",
        "SBIN",
        "somebody in another browser, on 20 Nov 2026, 09:16:39 IST",
    ):
        assert words in page
    assert f'<form method="post" action="/handoff/{execution_id}">' in page
    for other in (
        "basket-form",
        "state=",
        "simulator_key",
        stored(site, execution_id).tag,
        "/executions/",
        ".submit()",
    ):
        assert other not in page, other
    assert stored(site, execution_id).state is State.PREPARED


def test_a_press_makes_a_basket_of_ones_own_and_leaves_the_first_as_it_is(person, site):
    first = person.compose({}, SELL_SBIN)
    stranger = site.visitor()
    own = stranger.press_link(first)
    before, copy = stored(site, first), stored(site, own)
    assert own != first and copy.tag != before.tag and copy.basket_id != before.basket_id
    assert (copy.items, copy.parent_id, copy.parts) == (before.items, None, 1)
    assert (before.state, copy.state) == (State.PREPARED, State.PREPARED)
    page = stranger.get(f"/handoff/{own}", status=200).text
    assert ".submit()" in page and copy.tag in page and before.tag not in page
    assert (
        "Pressed on the hand-off page of another browser"
        in stranger.get(f"/executions/{own}/trail", status=200).text
    )
    person.receipt(own, status=404)
    stranger.receipt(first, status=404)
    assert ".submit()" in person.get(f"/handoff/{first}").text


def test_two_kite_users_on_one_link_each_learn_what_became_of_theirs(person, site):
    first = person.compose({})
    other = site.visitor("CD5678")
    own = other.press_link(first)
    other.get(other.place(own), status=303)
    person.get(person.place(first), status=303)
    site.clock.advance(5)
    theirs, mine = other.receipt(own), person.receipt(first)
    for receipt in (theirs, mine):
        assert (receipt["items"][0]["outcome"], receipt["items"][0]["filled_quantity"]) == ("filled", 10)
    assert {order["placed_by"] for order in theirs["orders"]} == {"CD5678"}
    assert {order["placed_by"] for order in mine["orders"]} == {"AB1234"}
    assert not {*theirs["items"][0]["order_ids"]} & {*mine["items"][0]["order_ids"]}
    assert (stored(site, first).user_id, stored(site, own).user_id) == ("AB1234", "CD5678")


def test_a_link_whose_basket_is_finished_says_so_and_still_makes_one_of_ones_own(person, site):
    first = person.buy({})
    other = site.visitor("CD5678")
    page = other.get(f"/handoff/{first}", status=200).text
    assert "This basket is finished" in page and "If that was you, look at your receipt there first" in page
    assert "/executions/" + first not in page
    own = other.press_link(first)
    other.get(other.place(own), status=303)
    assert other.receipt(own)["orders"][0]["placed_by"] == "CD5678"
    assert len(person.receipt(first)["orders"]) == 1


@pytest.mark.parametrize("times", [1, 3])
def test_a_second_press_leads_to_the_first_ones_basket(person, site, times):
    first = person.compose({})
    stranger = site.visitor()
    own = stranger.press_link(first)
    assert {stranger.press_link(first) for _ in range(times)} == {own}
    stranger.get(stranger.place(own), status=303)
    assert stranger.press_link(first) == own
    assert stranger.get(f"/handoff/{own}", status=303).location == f"/executions/{own}"
    assert recorded(site) == 2
    assert site.visitor().press_link(first) != own, "a third person has one of their own"


def test_eight_presses_at_once_make_one_basket(person, site):
    first = person.compose({})
    stranger = site.visitor()
    fields = fields_of(stranger, first)
    cookie = stranger.client.get_cookie("visit", domain="127.0.0.1").value

    def press(_):
        client = site.app.test_client()
        client.set_cookie("visit", cookie, domain="127.0.0.1")
        return client.post(f"/handoff/{first}", data=fields, base_url=HOST, headers={"Origin": HOST})

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(press, range(8)))
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.location for answer in answers}) == 1
    assert recorded(site) == 2


def test_the_own_visits_press_leads_to_its_own_page_and_records_nothing(person, site):
    first = person.compose({})
    assert person.post(f"/handoff/{first}", status=303).location == f"/handoff/{first}"
    assert recorded(site) == 1
    assert ".submit()" in person.get(f"/handoff/{first}").text


@pytest.mark.parametrize(
    "spoiled",
    ["no token", "a token of another visit", "a token of another basket", "another origin", "no such basket"],
)
def test_a_press_that_no_page_of_ours_made_is_refused_and_records_nothing(person, site, spoiled):
    first, second = person.compose({}), person.compose(SELL_SBIN)
    stranger = site.visitor()
    fields = fields_of(stranger, first)
    headers, path = {"Origin": HOST}, f"/handoff/{first}"
    if spoiled == "no token":
        fields = {}
    elif spoiled == "a token of another visit":
        fields = fields_of(site.visitor(), first)
    elif spoiled == "a token of another basket":
        stranger = site.visitor(cookies=False)
        fields = fields_of(stranger, second)
    elif spoiled == "another origin":
        headers = {"Origin": "https://evil.example"}
    else:
        path = "/handoff/nothing"
        fields = {"csrf_token": fields["csrf_token"]}
    answer = stranger.client.post(path, data=fields, base_url=HOST, headers=headers)
    assert answer.status_code == (404 if spoiled == "no such basket" else 400)
    assert "Set-Cookie" not in answer.headers or spoiled != "another origin"
    assert recorded(site) == 2


def test_a_token_that_stood_for_a_day_is_old(person, site):
    first = person.compose({})
    stranger = site.visitor(cookies=False)
    fields = fields_of(stranger, first)
    site.clock.advance(24 * 3600 + 1)
    answer = stranger.client.post(f"/handoff/{first}", data=fields, base_url=HOST, headers={"Origin": HOST})
    assert answer.status_code == 400 and recorded(site) == 1


@pytest.mark.parametrize(
    "headers", [{"Sec-Purpose": "prefetch"}, {"Purpose": "prefetch"}, {"X-Purpose": "preview"}]
)
def test_what_nobody_looks_at_yet_holds_no_form_that_leads_to_kite(person, site, headers):
    first = person.compose({})
    for visitor in (person, site.visitor()):
        page = visitor.get(f"/handoff/{first}", status=200, headers=headers).text
        assert "basket-form" not in page and f'action="/handoff/{first}"' in page
    assert (stored(site, first).state, recorded(site)) == (State.PREPARED, 1)
    assert person.post(f"/handoff/{first}", status=303).location == f"/handoff/{first}"
    assert ".submit()" in person.get(f"/handoff/{first}").text


def test_a_press_counts_among_those_of_an_hour(sites):
    site = sites(HANDOFFS_PER_VISIT="1")
    first, second = site.visitor().compose({}), site.visitor().compose(SELL_SBIN)
    stranger = site.visitor()
    own = stranger.press_link(first)
    stranger.post(f"/handoff/{second}", status=429)
    assert stranger.press_link(first) == own, "one's own is not counted again"
    assert recorded(site) == 3


def test_a_part_of_a_larger_basket_is_pressed_alone_and_not_before_its_turn(sites):
    site = sites(KITE_BASKET_MAX_ITEMS="1")
    person, stranger = site.visitor(), site.visitor()
    first = person.compose({}, SELL_SBIN)
    with site.services.store.reading() as conn:
        second = executions.parts(conn, first)[1].id
    assert "Nothing can be sent from here yet." in stranger.get(f"/handoff/{second}", status=200).text
    stranger.post(f"/handoff/{second}", status=409)
    page = stranger.get(f"/handoff/{first}", status=200).text
    assert "part 1 of 2" in page and "Only the orders of this part are sent." in page
    own = stored(site, stranger.press_link(first))
    assert (own.parts, [item.tradingsymbol for item in own.items]) == (1, ["INFY"])
    stranger.get(stranger.place(own.id), status=303)
    assert stored(site, first).state is State.PREPARED
    stranger.post(f"/handoff/{second}", status=409)
    person.get(person.place(first), status=303)
    assert [item.tradingsymbol for item in stored(site, stranger.press_link(second)).items] == ["SBIN"]


def test_what_led_to_a_published_basket_leads_to_the_strangers_too_and_its_ending_is_told_to_nobody(site):
    permissions.permit(site.services, RETURN_TO, APP, "asha")
    basket = publish(site.services)
    link = sharing.make_link(site.services, basket, "asha", reference="december", most_uses=2)
    browser, stranger = site.visitor(), site.visitor()
    first = pressed(
        site, browser, l=sharing.sign_link(site.services, link), origin=BLOG, handle=HANDLE, return_to=APP
    )
    page = stranger.get(f"/handoff/{first}", status=200).text
    assert "Large five, equal weight" in page and "A. Author" in page and "blog.example" in page
    own = stranger.press_link(first)
    with site.services.store.reading() as conn:
        before, copy = presses.of(conn, first), presses.of(conn, own)
        assert links.get(conn, link.id).uses == 2
    assert (copy.published_id, copy.version, copy.link_id, copy.reference, copy.origin) == (
        basket.id,
        1,
        link.id,
        "december",
        BLOG,
    )
    assert (copy.handle, copy.return_to) == (None, "") and before.handle and before.return_to == APP
    third = site.visitor()
    answer = third.client.post(
        f"/handoff/{first}", data=fields_of(third, first), base_url=HOST, headers={"Origin": HOST}
    )
    assert answer.location.startswith("/b/large-five?l=")
    assert "This link was used as often as it may be." in third.get(answer.location, status=410).text
    assert recorded(site) == 2


@pytest.mark.parametrize("how", ["paused", "over", "revoked"])
def test_a_published_basket_that_is_not_offered_any_more_is_pressed_by_nobody_else(site, how):
    basket = publish(site.services, valid_until=site.clock() + timedelta(hours=2))
    link = sharing.make_link(site.services, basket, "asha")
    first = pressed(site, site.visitor(), l=sharing.sign_link(site.services, link))
    stranger = site.visitor()
    fields = fields_of(stranger, first)
    if how == "paused":
        offers.pause(site.services, basket)
    elif how == "over":
        site.clock.advance(3 * 3600)
    else:
        sharing.revoke_link(site.services, basket, link.id)
    for answer in (
        stranger.get(f"/handoff/{first}", status=303),
        stranger.post(f"/handoff/{first}", status=303, token=False, **fields),
    ):
        assert answer.location.startswith("/b/large-five")
    assert recorded(site) == 1


def test_orders_of_a_site_that_is_listed_no_more_are_pressed_by_nobody_else(site):
    permissions.permit(site.services, INLINE, BLOG, "asha")
    items = '[{"exchange": "NSE", "tradingsymbol": "SBIN", "transaction_type": "BUY", "quantity": 1}]'
    page = site.app.test_client().post(
        "/embed/start", data={"items": items, "handle": HANDLE}, base_url=HOST, headers={"Origin": BLOG}
    )
    started = site.visitor().client.post(
        "/embed/handoff", data=inputs(page.text), base_url=HOST, headers={"Origin": HOST}
    )
    first = started.location.rpartition("/")[2]
    stranger = site.visitor()
    fields = fields_of(stranger, first)
    permissions.forbid(site.services, INLINE, BLOG)
    assert "may no longer send orders" in stranger.get(f"/handoff/{first}", status=403).text
    stranger.post(f"/handoff/{first}", status=403, token=False, **fields)
    assert recorded(site) == 1


def test_who_erases_their_data_leaves_the_others_basket_and_may_press_anew(person, site):
    first = person.compose({})
    stranger = site.visitor()
    own = stranger.press_link(first)
    stranger.post("/data/delete", status=303, confirm="y")
    assert stored(site, own) is None and stored(site, first)
    other = site.visitor()
    own = other.press_link(first)
    person.post("/data/delete", status=303, confirm="y")
    assert stored(site, first) is None and stored(site, own)
    other.get(f"/handoff/{first}", status=404)
    with site.services.store.reading() as conn:
        assert conn.exec_driver_sql("select count(*) from copies").scalar() == 0


def test_a_person_whose_orders_stand_under_somebody_elses_tag_is_told_so(person, site):
    first = person.compose({})
    form = person.form_of(first)
    person.get(person.place(first), status=303)
    other = site.visitor("CD5678")
    form_sent = other.client.post(
        "/simulator/connect/basket", data=form, base_url=HOST, headers={"Origin": HOST}
    )
    address = other.decide(other.log_in_at_basket(form_sent), "place")
    question = other.get(address, status=303).location
    page = other.get(other.post(question, status=303).location, status=200).text
    assert "Your orders are on Kite, and this receipt is another person’s" in page
    assert "holds no order" not in page and "shows no order" not in page
    assert {order["placed_by"] for order in person.receipt(first)["orders"]} == {"AB1234"}
