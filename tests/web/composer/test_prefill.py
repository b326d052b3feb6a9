"""Orders that other sites' pages post for the composer: kept for an hour under a handle, without a
cookie, and never sent.
"""

import json
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import func, select

from kite.offsite.jobs.expiry import PREFILLS_LAST, forget_prefills
from kite.store.base import tables
from kite.web.composer.prefill import LONGEST
from kite.web.site.rate_limits import PREFILLS_PER_ADDRESS
from tests.support.forms import by_id, text, tree
from tests.support.hostile import HALVES, TEXTS
from tests.support.html import check_page
from tests.support.site import HOST
from tests.web.composer.test_compose import rows_of

BLOG = "https://blog.example"
SBIN = {
    "tradingsymbol": "SBIN",
    "exchange": "NSE",
    "transaction_type": "SELL",
    "order_type": "LIMIT",
    "price": 824.35,
    "quantity": 7,
    "product": "CNC",
}
FULL = SBIN | {
    "variety": "regular",
    "order_type": "SL",
    "trigger_price": 830,
    "disclosed_quantity": 1,
    "validity": "DAY",
    "readonly": True,
    "tag": "abcdefghijkl",
}


def post(site, data=None, status=303, client=None, origin=BLOG, address="192.0.2.1", **form):
    """Post what another site's page posts, from a browser that sends no cookie along; return the
    answer.
    """
    fields = dict(form)
    if data is not None:
        fields["data"] = data if isinstance(data, str) else json.dumps(data)
    headers = {} if origin is None else {"Origin": origin}
    answer = (client or site.app.test_client(use_cookies=False)).post(
        "/prefill", data=fields, base_url=HOST, headers=headers, environ_overrides={"REMOTE_ADDR": address}
    )
    assert answer.status_code == status, answer.text
    assert "Set-Cookie" not in answer.headers, "a page that came without a cookie must not replace the visit"
    if status != 303:
        check_page(answer.text)
    return answer


def count(site, table):
    with site.services.store.reading() as conn:
        return conn.execute(select(func.count()).select_from(table)).scalar()


def test_what_was_posted_stands_in_the_composer_and_is_not_sent(site):
    answer = post(site, [SBIN, SBIN | {"tradingsymbol": "M&M", "quantity": 2}])
    where = urlsplit(answer.location)
    assert where.path == "/" and len(parse_qs(where.query)["prefill"][0]) == 22
    page = site.visitor().get(answer.location, status=200).text
    assert (
        "These orders came from another page. Check each one. This page has sent nothing to Kite yet." in page
    )
    assert [
        (row["tradingsymbol"], row["transaction_type"], row["quantity"], row["price"])
        for row in rows_of(page)
    ] == [
        ("SBIN", "SELL", "7", "824.35"),
        ("M&M", "SELL", "2", "824.35"),
    ]
    assert count(site, tables.executions) == 0


def test_a_visit_that_was_there_is_the_same_afterwards(site):
    person = site.visitor()
    execution_id = person.compose({})
    before = person.client.get_cookie("visit", domain="127.0.0.1").value
    with_cookie = post(site, [SBIN], client=person.client)
    without = post(site, [SBIN])
    for answer in (with_cookie, without):
        person.get(answer.location, status=200)
    assert person.client.get_cookie("visit", domain="127.0.0.1").value == before
    assert person.receipt(execution_id)["state"] == "prepared"


@pytest.mark.parametrize("origin", [BLOG, HOST, "null", None])
def test_any_page_may_post(site, origin):
    assert post(site, [SBIN], origin=origin).location.startswith("/?prefill=")


def test_a_hundred_orders_with_every_field_fit(site):
    rows = rows_of(site.visitor().client.get(post(site, [FULL] * 100).location, base_url=HOST).text)
    typed = {name: "y" if value is True else str(value) for name, value in FULL.items()}
    assert rows == [typed] * 100


def test_a_list_as_kites_order_book_has_them_fits(site):
    row = (
        FULL
        | dict.fromkeys(("exchange_order_id", "parent_order_id", "status_message", "meta"))
        | {"name_of_nobody": "x" * 400}
    )
    page = site.visitor().client.get(post(site, [row] * 100).location, base_url=HOST).text
    assert len(rows_of(page)) == 100
    assert "Left out, because Kite’s basket page does not take it: name_of_nobody." in page


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (None, "This is not JSON."),
        ("", "This is not JSON."),
        ("INFY,10", "This is not JSON."),
        ("[" * 5000, "This is not JSON."),
        ('[{"quantity": NaN}]', "This is not JSON."),
        ('"INFY"', "A basket is a JSON list of objects."),
        ("[1, 2]", "A basket is a JSON list of objects."),
        ("[]", "A basket holds 1 to 100 items."),
        ([SBIN] * 101, "A basket holds 1 to 100 items."),
    ],
)
def test_what_cannot_be_read_is_a_page_with_the_reason(site, data, why):
    page = post(site, data, status=400).text
    assert "These orders can’t be read" in page and why in page
    assert count(site, tables.prefills) == 0


@pytest.mark.parametrize("size", [LONGEST + 1, 600 * 1024, 5 * 1024 * 1024])
def test_more_than_any_basket_has_is_refused_and_not_kept(site, size):
    post(site, json.dumps([SBIN | {"x": "y" * size}]), status=413)
    assert count(site, tables.prefills) == 0


@pytest.mark.parametrize("name", [*TEXTS, *HALVES])
def test_hostile_texts_are_shown_as_texts(site, name):
    hostile = (TEXTS | HALVES)[name]
    answer = post(
        site, json.dumps([{"tradingsymbol": hostile, "quantity": hostile, "tag": hostile, hostile: 1}])
    )
    page = site.visitor().get(answer.location, status=200).text
    assert not [element for element in tree(page).iter() if element.get("onfocus") or element.get("onerror")]
    assert text(by_id(page, "count")) == ("0 orders" if name == "only spaces" else "1 order")


def test_after_an_hour_the_page_says_that_they_are_gone(site):
    location = post(site, [SBIN]).location
    site.clock.advance(PREFILLS_LAST.total_seconds() - 1)
    assert "SBIN" in site.visitor().get(location, status=200).text
    site.clock.advance(1)
    page = site.visitor().get(location, status=410).text
    assert "The orders of this link are gone: they’re kept for an hour." in page and "SBIN" not in page
    assert "Nothing" not in text(
        next(element for element in tree(page).iter() if element.get("role") == "alert")
    ), "nobody knows what became of them"


@pytest.mark.parametrize("handle", ["", "nobody-made-this", "\0", "' or 1=1 --", "x" * 5000, "½"])
def test_a_handle_that_nobody_made_is_gone_too(site, handle):
    post(site, [SBIN])
    answer = site.app.test_client().get("/", query_string={"prefill": handle}, base_url=HOST)
    assert answer.status_code == 410
    check_page(answer.text)


def test_what_is_an_hour_old_is_erased(site):
    post(site, [SBIN])
    site.clock.advance(1800)
    address = post(site, [SBIN]).location
    site.clock.advance(1800)
    forget_prefills(site.services)
    assert count(site, tables.prefills) == 1
    assert "SBIN" in site.visitor().get(address, status=200).text


def test_processes_share_what_is_kept(sites):
    one = sites()
    other = sites(DATABASE_URL=one.settings.database_url)
    assert "SBIN" in other.visitor().get(post(one, [SBIN]).location, status=200).text


def test_an_address_may_send_so_many_an_hour(site):
    most = int(PREFILLS_PER_ADDRESS.partition(" ")[0])
    for _ in range(most):
        post(site, [SBIN])
    answer = post(site, [SBIN], status=429)
    assert 3590 <= int(answer.headers["Retry-After"]) <= 3601
    assert "It can send more at 10:16:40 IST." in answer.text
    assert count(site, tables.prefills) == most
    post(site, "no orders", status=400)
    post(site, [SBIN], address="198.51.100.7")
    site.clock.advance(timedelta(hours=1, seconds=1).total_seconds())
    post(site, [SBIN])


def test_only_a_form_is_taken(site):
    assert site.app.test_client().get("/prefill", base_url=HOST).status_code == 405
    answer = site.app.test_client().post("/prefill", json=[SBIN], base_url=HOST)
    assert answer.status_code == 400 and "These orders can’t be read" in answer.text


def test_a_closed_composer_keeps_them_for_operators(sites):
    site = sites(COMPOSER_CLOSED="1")
    answer = site.app.test_client().get(post(site, [SBIN]).location, base_url=HOST)
    assert answer.status_code == 303 and answer.location.startswith("/operator/sign-in?next=/?prefill%3D")


@pytest.mark.parametrize(
    "value",
    [SBIN, {"orders": [SBIN]}, {"status": "success", "data": [SBIN]}],
    ids=["object", "orders", "envelope"],
)
def test_orders_are_read_in_the_envelopes_that_kite_and_others_send(site, value):
    answer = post(site, json.dumps(value))
    assert 'value="SBIN"' in site.visitor().client.get(answer.location, base_url=HOST).text


@pytest.mark.parametrize(
    "data",
    ['{"a": 1}', '{"orders": []}', '{"net": [{"tradingsymbol": "A"}], "day": [{"tradingsymbol": "A"}]}'],
)
def test_what_holds_no_order_is_not_kept(site, data):
    assert "These orders can’t be read" in post(site, data, status=400).text
