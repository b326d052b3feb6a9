"""Presses on other people's pages: what they start, for whom, and what is refused."""

import gzip
import json
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from kite.offsite.jobs import expiry
from kite.publishing import offers
from kite.store.flow import executions
from kite.store.people import allowed_sites
from kite.store.people.allowed_sites import INLINE, Allowed
from kite.store.publishing import presses
from kite.web.integrations.embed_script import embed_script
from tests.support.offered import publish
from tests.support.signed import sign_json
from tests.support.site import HOST, inputs

BLOG = "https://blog.example"
HANDLE = "0123456789abcdef0123456789abcdef"
ITEM = {
    "exchange": "NSE",
    "tradingsymbol": "SBIN",
    "transaction_type": "BUY",
    "quantity": "1",
    "order_type": "MARKET",
}


@pytest.fixture
def basket(site):
    return publish(site.services)


@pytest.fixture
def blog(site):
    with site.services.store.writing() as conn:
        allowed_sites.add(conn, Allowed(INLINE, BLOG, site.clock(), "asha"))
    return site


def start(site, status=200, origin=BLOG, client=None, **fields):
    """Post what embed.js posts, from another site's page and so without a cookie; return the page
    that comes.
    """
    headers = {"Origin": origin} if origin is not None else {}
    answer = (client or site.app.test_client(use_cookies=False)).post(
        "/embed/start", data=fields, base_url=HOST, headers=headers
    )
    assert answer.status_code == status, answer.text
    return answer


def go_on(site, page, status=303, client=None):
    """Post on what the page holds, now as a page of the site itself."""
    client = client or site.app.test_client()
    return client.post("/embed/handoff", data=inputs(page.text), base_url=HOST, headers={"Origin": HOST})


def execution_of(site, answer):
    with site.services.store.reading() as conn:
        execution = executions.get(conn, answer.location.rpartition("/")[2])
        return execution, presses.of(conn, execution.id)


def test_a_press_of_a_published_basket_becomes_the_execution_of_the_one_who_pressed(site, basket):
    page = start(site, basket="large-five", handle=HANDLE)
    assert "Set-Cookie" not in page.headers, "a page that came without a cookie must not replace the visit"
    browser = site.visitor()
    browser.get("/")
    answer = go_on(site, page, client=browser.client)
    execution, press = execution_of(site, answer)
    assert (press.origin, press.version) == (BLOG, 1)
    assert browser.get(f"/executions/{execution.id}", status=200)
    browser.get(browser.place(execution.id), status=303)
    assert browser.receipt(execution.id)["state"] in ("returned", "settled")


def test_items_of_a_page_that_is_on_the_list_are_taken_as_a_button_writes_them(blog):
    page = start(
        blog,
        items=json.dumps([ITEM, ITEM | {"tradingsymbol": "INFY", "quantity": 3, "readonly": True}]),
        handle=HANDLE,
    )
    execution, press = execution_of(blog, go_on(blog, page))
    assert [(item.tradingsymbol, item.quantity, item.readonly) for item in execution.items] == [
        ("SBIN", 1, False),
        ("INFY", 3, True),
    ]
    assert (press.published_id, press.origin) == (None, BLOG)


@pytest.mark.parametrize(
    "origin",
    [
        "https://other.example",
        "https://blog.example:8443",
        "https://blog.example.evil.example",
        "https://evilblog.example",
    ],
)
def test_items_of_a_page_that_is_not_on_the_list_are_refused(blog, origin):
    page = start(blog, 403, origin, items=json.dumps([ITEM]))
    assert "may not send orders of their own from here" in page.text
    assert "This press sent nothing to Kite" in page.text


@pytest.mark.parametrize("origin", ["null", None, ""])
def test_items_of_a_page_that_hides_its_origin_are_refused(blog, origin):
    assert "does not say which site it is" in start(blog, 403, origin, items=json.dumps([ITEM])).text


@pytest.mark.parametrize(
    ("items", "words"),
    [
        ("nonsense", "This is not JSON."),
        ("[]", "A basket holds 1 to 100 items."),
        (json.dumps([ITEM] * 51), "A button has at most 50 orders."),
        (
            json.dumps([ITEM, ITEM | {"tradingsymbol": "NOSUCH"}]),
            "Order 2, NOSUCH: No instrument NOSUCH on NSE.",
        ),
        (json.dumps([ITEM | {"quantity": "ten"}]), "Enter a whole number"),
        (json.dumps([ITEM | {"quantity": "-1"}]), "A quantity has no sign. Do you mean Sell 1?"),
        (json.dumps([ITEM | {"tradingsymbol": "<script>alert(1)</script>"}]), "&lt;script&gt;"),
    ],
)
def test_items_that_kite_would_refuse_are_refused_here_with_the_reason(blog, items, words):
    page = start(blog, 400, items=items)
    assert words in page.text
    assert "<script>alert" not in page.text


def test_what_is_not_offered_starts_nothing(site, basket):
    page = start(site, basket="large-five")
    offers.pause(site.services, basket)
    assert "not offered any more" in start(site, 404, basket="large-five").text
    assert "not offered any more" in start(site, 404, basket="../data").text
    assert go_on(site, page).location == "/b/large-five", (
        "whoever pressed a moment before is told by the basket's own page"
    )


def test_an_amount_that_the_button_names_is_what_is_scaled(site, basket):
    small, _ = execution_of(site, go_on(site, start(site, basket="large-five", amount="20000")))
    usual, _ = execution_of(site, go_on(site, start(site, basket="large-five")))
    assert sum(item.quantity for item in small.items) < sum(item.quantity for item in usual.items)


@pytest.mark.parametrize("amount", ["2 lakh", "0", "-5", "1e9999", "9" * 30, "1,,0", "1,00", "1.000,5"])
def test_an_amount_that_cannot_be_read_is_asked_for_and_not_guessed(site, basket, amount):
    answer = go_on(site, start(site, basket="large-five", amount=amount))
    assert answer.location == "/b/large-five?" + urlencode({"amount": amount}, safe=",")
    assert 'aria-invalid="true"' in site.app.test_client().get(answer.location, base_url=HOST).text


def test_a_token_is_ours_and_ten_minutes_old_at_most(site, basket):
    page = start(site, basket="large-five")
    client = site.app.test_client()
    for token in (
        "",
        "forged",
        sign_json(site.services.sealer, "press", ["large-five", "", "", "", "", "", "", 0]),
    ):
        assert (
            client.post(
                "/embed/handoff", data={"token": token}, base_url=HOST, headers={"Origin": HOST}
            ).status_code
            == 400
        )
    site.clock.advance(601)
    assert go_on(site, page).status_code == 400


def test_another_site_cannot_post_on_by_itself(site, basket):
    page = start(site, basket="large-five")
    answer = site.app.test_client().post(
        "/embed/handoff", data=inputs(page.text), base_url=HOST, headers={"Origin": BLOG}
    )
    assert answer.status_code == 400


def test_only_the_page_that_pressed_hears_how_it_ended(site, basket):
    browser = site.visitor()
    answer = go_on(site, start(site, basket="large-five", handle=HANDLE), client=browser.client)
    execution, _ = execution_of(site, answer)
    ask = site.app.test_client()
    ending = ask.get(f"/embed/result?handle={HANDLE}", base_url=HOST, headers={"Origin": BLOG})
    assert ending.get_json() == {
        "type": "basket",
        "status": "unknown",
        "code": None,
        "execution_id": execution.id,
    }
    assert ending.headers["Access-Control-Allow-Origin"] == BLOG
    for handle, origin in (
        (HANDLE, "https://other.example"),
        (HANDLE, ""),
        (HANDLE[::-1], BLOG),
        ("", BLOG),
        ("x" * 5000, BLOG),
    ):
        refused = ask.get(
            "/embed/result", query_string={"handle": handle}, base_url=HOST, headers={"Origin": origin}
        )
        assert refused.status_code == 404
        assert "Access-Control-Allow-Origin" not in refused.headers
    browser.get(browser.place(execution.id), status=303)
    ending = ask.get(f"/embed/result?handle={HANDLE}", base_url=HOST, headers={"Origin": BLOG}).get_json()
    assert (ending["status"], ending["execution_id"]) == ("success", execution.id)
    assert len(ending["code"]) == 32


def test_the_page_hears_of_what_was_sent_in_place_of_a_cancelled_basket(site, basket):
    browser = site.visitor()
    execution, _ = execution_of(
        site, go_on(site, start(site, basket="large-five", handle=HANDLE), client=browser.client)
    )

    def ask_for_ending():
        message = (
            site.app.test_client()
            .get(f"/embed/result?handle={HANDLE}", base_url=HOST, headers={"Origin": BLOG})
            .get_json()
        )
        return message["status"], message["execution_id"]

    browser.get(browser.decide(browser.to_kite(execution.id), "cancel"), status=303)
    assert ask_for_ending() == ("cancelled", execution.id)
    again = browser.send_again(execution.id)
    assert ask_for_ending() == ("cancelled", execution.id), "it has not gone to Kite"
    browser.get(browser.place(again), status=303)
    assert ask_for_ending() == ("success", again)


def test_nobody_hears_of_a_press_whose_page_hides_its_origin(site, basket):
    go_on(site, start(site, origin="null", basket="large-five", handle=HANDLE))
    answer = site.app.test_client().get(
        f"/embed/result?handle={HANDLE}", base_url=HOST, headers={"Origin": ""}
    )
    assert answer.status_code == 404


def test_a_press_that_is_posted_again_is_the_same_press_and_nobody_elses(site, basket):
    browser = site.app.test_client()
    page = start(site, basket="large-five", handle=HANDLE)
    first, again = go_on(site, page, client=browser), go_on(site, page, client=browser)
    assert first.location == again.location
    theirs, press = execution_of(site, go_on(site, page))
    assert not first.location.endswith(theirs.id)
    assert press.handle is None, "the page that waits hears of the first"


def test_the_script_is_small_and_may_be_loaded_by_any_site(site):
    answer = site.app.test_client().get("/embed.js", base_url=HOST)
    assert answer.data == embed_script()
    assert b"__" not in answer.data, "every list is in its place"
    assert len(gzip.compress(answer.data, 9)) <= 5 * 1024
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "Set-Cookie" not in answer.headers
    again = site.app.test_client().get(
        "/embed.js", base_url=HOST, headers={"If-None-Match": answer.headers["ETag"]}
    )
    assert again.status_code == 304
    assert site.app.test_client().get("/static/embed/embed.js", base_url=HOST).status_code == 404, (
        "it is no script before its lists are in their places"
    )


def test_pages_on_the_way_keep_the_window_that_opened_them_and_others_do_not(site, basket):
    browser = site.visitor()
    for path in ("/b/large-five", "/redirect?status=cancelled"):
        assert "Cross-Origin-Opener-Policy" not in browser.client.get(path, base_url=HOST).headers
    for path in ("/", "/operator/sign-in", "/data"):
        assert (
            browser.client.get(path, base_url=HOST).headers["Cross-Origin-Opener-Policy"]
            == "same-origin-allow-popups"
        )


def test_a_press_is_kept_for_the_site_owner_only_as_long_as_everything_else(blog):
    page = start(blog, items=json.dumps([ITEM]), handle=HANDLE)
    execution, _ = execution_of(blog, go_on(blog, page))
    blog.clock.advance(timedelta(days=401).total_seconds())
    expiry.erase_old(blog.services)
    with blog.services.store.reading() as conn:
        assert presses.of(conn, execution.id) is None


def test_our_own_button_builder_may_press_as_the_composer_may(site, sites):
    execution, _ = execution_of(site, go_on(site, start(site, origin=HOST, items=json.dumps([ITEM]))))
    assert [item.tradingsymbol for item in execution.items] == ["SBIN"]
    start(sites(COMPOSER_CLOSED="1"), 403, HOST, items=json.dumps([ITEM]))


@pytest.mark.parametrize(
    ("page", "link"),
    [
        ("https://blog.example/december?from=mail", "https://blog.example/december?from=mail"),
        ("https://blog.example.evil.example/", ""),
        ("https://evil.example/", ""),
        ("javascript:alert(1)", ""),
        ("https://blog.example@evil.example/", ""),
        ('https://blog.example/"onclick="x', ""),
        ("", ""),
    ],
)
def test_a_receipt_links_back_to_the_page_that_pressed_and_to_no_other(site, basket, page, link):
    browser = site.visitor()
    execution, _ = execution_of(
        site, go_on(site, start(site, basket="large-five", handle=HANDLE, page=page), client=browser.client)
    )
    browser.get(browser.place(execution.id), status=303)
    receipt = browser.get(f"/executions/{execution.id}", status=200).text
    assert (f'href="{link}"' in receipt) == bool(link)
    assert "evil.example" not in receipt
    assert "javascript:" not in receipt
    assert "code=" not in receipt
    assert ("Back to blog.example" in receipt) == bool(link)
    browser.get(f"/executions/{execution.id}/back", status=404)
