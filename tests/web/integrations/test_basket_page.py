"""A published basket as a page: what it says, what it does not know, and what its one button
starts.
"""

import json
import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from html import unescape
from urllib.parse import parse_qsl, unquote

import pytest

from kite.publishing import offers, sharing
from kite.publishing.offers import OfferStatus
from kite.store.base import publishing_tables
from kite.store.flow import events, executions
from kite.store.flow.event_causes import EventCause
from kite.store.flow.event_data import PressSource
from kite.store.people import allowed_sites
from kite.store.people.allowed_sites import RETURN_TO, Allowed
from kite.store.publishing import links, presses, published
from kite.vocabulary import OrderType, State
from tests.support.offered import a_draft, an_item, publish
from tests.support.site import HOST, inputs


@pytest.fixture
def basket(site):
    return publish(site.services)


def press(site, path="/b/large-five", status=303, browser=None, **changed):
    """Open the page and press its button; return the answer."""
    client = browser or site.app.test_client()
    fields = form(client.get(path, base_url=HOST).text) | changed
    answer = client.post("/b/large-five/handoff", data=fields, base_url=HOST, headers={"Origin": HOST})
    assert answer.status_code == status, answer.text
    return answer


def form(page):
    """The fields of the form that starts the basket."""
    return inputs(page.partition('<form id="start"')[2].partition("</form>")[0])


def execution_of(site, answer):
    with site.services.store.reading() as conn:
        return executions.get(conn, answer.location.rpartition("/")[2])


def test_the_page_says_what_is_offered_by_whom_and_until_when(site):
    publish(site.services, valid_until=site.clock() + timedelta(days=7))
    page = site.visitor().get("/b/large-five", status=200).text
    for words in (
        "Basket by A. Author, research analyst.",
        "SEBI registration INH000000000",
        "<h1>Large five, equal weight</h1>",
        "Five of the largest NSE companies",
        "Investments in securities market are subject to market risks.",
        "27 Nov, 09:16",
        "Buy 5 in Kite",
        "Nothing is placed until you approve it at Kite.",
        '<meta property="og:title" content="Large five, equal weight">',
    ):
        assert words in page
    assert '<nav aria-label="Pages">' not in page, "no menu"


def test_no_cookie_is_set_or_asked_for_before_the_press(site, basket):
    answer = site.app.test_client().get("/b/large-five", base_url=HOST)
    assert "Set-Cookie" not in answer.headers
    assert "Cookie" not in answer.headers.get("Vary", "")
    assert "visit=" in press(site).headers["Set-Cookie"]


def test_quantities_follow_the_amount_and_what_is_left_is_told(site, basket):
    page = site.visitor().get("/b/large-five?amount=1,00,000", status=200).text
    used, remaining = (
        Decimal(amount.replace(",", ""))
        for amount in re.findall(r"₹([\d,.]+) is used, ₹([\d,.]+) stays", page)[0]
    )
    assert used + remaining == 100_000
    answer = press(site, "/b/large-five?amount=1,00,000")
    items = execution_of(site, answer).items
    known = offers.instruments(site.services, items)
    assert sum(item.quantity * known[item.exchange, item.tradingsymbol].last_price for item in items) == used
    assert all(item.readonly for item in items)


@pytest.mark.parametrize("amount", ["-5", "0", "ten", "1e9", "9" * 40, "1,0,0", "\0", "<b>"])
def test_an_amount_that_is_none_stays_in_its_field_and_sends_nothing(site, basket, amount):
    page = site.visitor().get("/b/large-five", query_string={"amount": amount}, status=200).text
    assert 'aria-invalid="true"' in page
    assert "Buy 5 in Kite" not in page
    press(site, status=409, amount=amount)


def test_a_share_that_buys_nothing_of_an_item_leaves_it_out_and_says_so(site, basket):
    page = site.visitor().get("/b/large-five?amount=3000", status=200).text
    assert "It is not sent." in page
    sent = execution_of(site, press(site, "/b/large-five?amount=3000")).items
    assert 0 < len(sent) < 5
    assert all(item.quantity for item in sent)
    assert "Buy 5 in Kite" in site.visitor().get("/b/large-five", status=200).text


def sent(site, answer):
    return [(item.tradingsymbol, item.quantity) for item in execution_of(site, answer).items]


@pytest.mark.parametrize("typed", ["10,000", "₹10000", "10000.00"])
def test_an_amount_that_was_typed_and_not_worked_out_is_shown_first_and_then_sent(site, basket, typed):
    browser = site.app.test_client()
    answer = press(site, status=409, browser=browser, amount=typed)
    assert (
        "These are the quantities for ₹10,000. They are not those that you saw. Check them, and press again."
        in unescape(answer.text)
    )
    assert "Buy 5 in Kite" in answer.text
    answer = browser.post(
        "/b/large-five/handoff", data=form(answer.text), base_url=HOST, headers={"Origin": HOST}
    )
    assert answer.status_code == 303
    with site.services.store.reading() as conn:
        assert len(executions.of_visit(conn, execution_of(site, answer).visit_id)) == 1
    assert sent(site, answer) == sent(site, press(site, "/b/large-five?amount=10000"))
    assert sent(site, answer) != sent(site, press(site))


@pytest.mark.parametrize("typed", ["50000", "₹ 50,000.00", ""])
def test_an_amount_that_buys_what_the_page_shows_is_sent_at_once(site, basket, typed):
    assert sent(site, press(site, amount=typed)) == sent(site, press(site))


def test_prices_that_changed_since_the_page_was_opened_are_shown_before_anything_is_sent(
    site, basket, monkeypatch
):
    browser = site.app.test_client()
    fields = form(browser.get("/b/large-five", base_url=HOST).text)
    known = offers.instruments(site.services, a_draft().items)
    dearer = {
        name: replace(instrument, last_price=instrument.last_price * 2) for name, instrument in known.items()
    }
    monkeypatch.setattr(offers, "instruments", lambda services, items: dearer)
    answer = browser.post("/b/large-five/handoff", data=fields, base_url=HOST, headers={"Origin": HOST})
    assert answer.status_code == 409 and "They are not those that you saw." in answer.text
    again = browser.post(
        "/b/large-five/handoff", data=form(answer.text), base_url=HOST, headers={"Origin": HOST}
    )
    assert again.status_code == 303


def test_the_button_beside_the_amount_works_out_and_starts_nothing(site, basket):
    browser = site.app.test_client()
    fields = form(
        browser.get(f"/b/large-five?origin=https://blog.example&handle={'h' * 32}", base_url=HOST).text
    )
    answer = browser.post(
        "/b/large-five/handoff",
        data=fields | {"amount": "10,000", "action": "work_out"},
        base_url=HOST,
        headers={"Origin": HOST},
    )
    assert answer.status_code == 303 and "Set-Cookie" not in answer.headers
    query = dict(parse_qsl(answer.location.partition("?")[2]))
    assert query == {"amount": "10,000", "origin": "https://blog.example", "handle": "h" * 32}
    page = browser.get(answer.location, base_url=HOST).text
    assert form(page)["amount"] == "₹10,000" and 'aria-invalid="true"' not in page
    hostile = browser.post(
        "/b/large-five/handoff",
        data={"amount": "9" * 5000 + "\0", "action": "work_out"},
        base_url=HOST,
        headers={"Origin": HOST},
    )
    assert len(hostile.location) < 200
    first = re.search(r"<button[^>]*>", page.partition('<form id="start"')[2])[0]
    assert 'value="work_out"' in first, "Enter in the field presses the first button of its form"


def buttons_and_counts(page):
    """How many orders each button names, and how many the words beside it."""
    names = re.findall(r"(?:Buy|Sell|Review) (\d+) in Kite</button>", page)
    return names, re.findall(r"(\d+) orders?(?:, approve at Kite|</dt>)", page)


@pytest.mark.parametrize(
    ("amount", "orders", "words"),
    [
        ("10", 0, "Too small. The smallest amount for this basket is ₹292.50."),
        ("292.49", 0, "From ₹"),
        ("292.50", 1, "4 of 5 orders are left out."),
        ("3000", None, "of 5 orders"),
        ("50000", 5, ""),
    ],
)
def test_below_the_smallest_amount_the_page_says_so_beside_the_field_and_all_name_the_same_number(
    site, amount, orders, words
):
    publish(site.services)
    least = min(
        instrument.last_price for instrument in offers.instruments(site.services, a_draft().items).values()
    )
    # The smallest amount is that of the cheapest share, whose price moves with the list of the day.
    typed = {"292.49": str(least - Decimal("0.01")), "292.50": str(least)}.get(amount, amount)
    page = unescape(site.visitor().get("/b/large-five", query_string={"amount": typed}, status=200).text)
    assert words.replace("292.50", f"{least}") in page
    beside = re.search(r'id="amount-(error|left-out)">(.*?)</p>', page)
    assert bool(beside) == (orders != 5)
    names, counts = buttons_and_counts(page)
    assert len(set(names) | set(counts)) == 1, (names, counts)
    assert orders is None or counts[0] == str(orders)
    assert len(names) == (2 if orders != 0 else 0), "the button and the one in the foot"
    if orders == 0:
        press(site, f"/b/large-five?amount={typed}", status=409)


def test_the_amount_that_is_named_buys_every_order_and_the_smallest_buys_one(site, basket):
    page = unescape(site.visitor().get("/b/large-five?amount=3000", status=200).text)
    enough = re.search(r"From ₹([\d,.]+) on, every order is sent", page)[1]
    assert len(sent(site, press(site, f"/b/large-five?amount={enough}"))) == 5


def test_what_is_far_off_is_pointed_out_on_the_page_and_stops_nothing(site):
    limit = an_item("INFY", 200_000, order_type=OrderType.LIMIT, price=Decimal(2000))
    publish(site.services, items=(limit, an_item("TCS")), amount=None)
    page = unescape(site.visitor().get("/b/large-five", status=200).text)
    assert "38 % above 1,448.20, the last price known. Outside the day’s band Kite refuses it" in page
    assert "Kite refuses an order for more than 1,00,000 shares" in page
    assert sent(site, press(site)) == [("INFY", 200_000), ("TCS", 1)]


def test_a_press_keeps_version_hash_and_what_came_along(site, basket):
    with site.services.store.writing() as conn:
        allowed_sites.add(conn, Allowed(RETURN_TO, "myapp://done", site.clock(), "asha"))
    answer = press(site, "/b/large-five?return_to=myapp://done&origin=https://blog.example&handle=h123")
    execution = execution_of(site, answer)
    assert execution.state is State.PREPARED
    with site.services.store.reading() as conn:
        stored_press = presses.of(conn, execution.id)
        version = published.versions(conn, basket.id)[0]
        pressed = [event for event in events.of(conn, execution.id) if event.cause == EventCause.PRESSED]
    assert (stored_press.published_id, stored_press.version, stored_press.hash) == (
        basket.id,
        1,
        version.hash,
    )
    assert (stored_press.origin, stored_press.return_to) == ("https://blog.example", "myapp://done")
    assert pressed[0].unpack(PressSource) == PressSource(slug="large-five", version=1, hash=version.hash[:8])


@pytest.mark.parametrize(
    "where", ["https://evil.example/", "javascript:alert(1)", "//evil.example", "myapp://done?x"]
)
def test_an_address_to_return_to_that_no_operator_allowed_is_forgotten(site, basket, where):
    answer = press(site, "/b/large-five", return_to=where)
    with site.services.store.reading() as conn:
        assert presses.of(conn, execution_of(site, answer).id).return_to == ""


@pytest.mark.parametrize(
    ("how", "status", "words"),
    [
        ("expired", 410, "This basket is no longer offered. It was valid to 20 Nov 2026, 09:16 IST."),
        ("paused", 200, "This basket is paused by its author."),
        ("not yet", 200, "This basket is offered from 20 Nov 2026, 10:16 IST on."),
    ],
)
def test_what_is_not_offered_says_so_and_never_hands_off(site, how, status, words):
    query = {
        "expired": {"valid_until": site.clock()},
        "not yet": {"valid_from": site.clock() + timedelta(hours=1)},
    }.get(how, {})
    basket = publish(site.services, **query)
    client = site.app.test_client()
    fields = form(client.get("/b/large-five", base_url=HOST).text)
    if how == "paused":
        offers.pause(site.services, basket)
    page = site.visitor().get("/b/large-five", status=status).text
    assert words in page
    assert "in Kite</button>" not in page
    answer = client.post("/b/large-five/handoff", data=fields, base_url=HOST, headers={"Origin": HOST})
    assert answer.status_code == 409
    assert words in answer.text


def test_a_basket_changed_between_page_and_press_is_shown_anew_and_not_sent(site, basket):
    client = site.app.test_client()
    fields = form(client.get("/b/large-five", base_url=HOST).text)
    offers.change(site.services, basket, a_draft(title="Another five"), "asha")
    answer = client.post("/b/large-five/handoff", data=fields, base_url=HOST, headers={"Origin": HOST})
    assert answer.status_code == 409
    assert "The basket was changed while you looked at it." in answer.text
    assert "<h1>Another five</h1>" in answer.text
    assert press(site, browser=client)


@pytest.mark.parametrize("token", ["", "forged", "x" * 5000])
def test_a_form_without_its_signed_token_starts_nothing(site, basket, token):
    assert "This press sent nothing." in press(site, status=400, token=token).text


def test_a_page_of_yesterday_starts_nothing(site, basket):
    client = site.app.test_client()
    fields = form(client.get("/b/large-five", base_url=HOST).text)
    site.clock.advance(24 * 3600 + 1)
    answer = client.post("/b/large-five/handoff", data=fields, base_url=HOST, headers={"Origin": HOST})
    assert answer.status_code == 400
    assert "This page is out of date." in answer.text


def test_the_token_of_one_basket_starts_no_other(site, basket):
    publish(site.services, slug="another")
    token = form(site.app.test_client().get("/b/another", base_url=HOST).text)["token"]
    press(site, status=400, token=token)


def test_another_sites_page_cannot_press_for_somebody(site, basket):
    fields = form(site.app.test_client().get("/b/large-five", base_url=HOST).text)
    answer = site.app.test_client().post(
        "/b/large-five/handoff", data=fields, base_url=HOST, headers={"Origin": "https://evil.example"}
    )
    assert answer.status_code == 400


def test_an_item_that_cannot_be_traded_today_is_named_and_nothing_is_sent(site):
    basket = publish(site.services, items=(an_item("INFY"), an_item("SBIN")), amount=None)
    with site.services.store.reading() as conn:
        version = published.versions(conn, basket.id)[0]
    broken = version.data.replace("SBIN", "GONEBANK")
    with site.services.store.writing() as conn:
        conn.execute(publishing_tables.published_versions.update().values(data=broken))
    page = site.visitor().get("/b/large-five", status=200).text
    assert "No instrument GONEBANK on NSE." in page
    assert "This basket cannot be sent today." in page
    press(site, status=409)


@pytest.mark.parametrize(
    "path",
    [
        "/b/nothing",
        "/b/../data",
        "/b/large-five/../../data",
        "/b/LARGE-FIVE",
        "/b/" + "a" * 300,
        "/b/large%00five",
    ],
)
def test_there_is_nothing_under_any_other_address(site, basket, path):
    answer = site.app.test_client().get(path, base_url=HOST)
    assert answer.status_code == 404


def test_markup_in_the_authors_words_is_shown_and_not_run(site):
    evil = "<script>alert(1)</script>"
    publish(site.services, title=evil, rationale=evil, disclosure=evil, author=evil, registration='"><b>')
    page = site.visitor().get("/b/large-five", status=200).text
    assert evil not in page
    assert page.count("&lt;script&gt;alert(1)") >= 5


def link_to(site, basket, **fields):
    link = sharing.make_link(site.services, basket, "asha", **fields)
    return link, f"/b/large-five?l={sharing.sign_link(site.services, link)}"


def test_a_link_carries_its_reference_and_counts_its_uses(site, basket):
    link, path = link_to(site, basket, reference="client 7", campaign={"utm_source": "whatsapp"}, most_uses=2)
    for _ in range(2):
        answer = press(site, path)
    with site.services.store.reading() as conn:
        stored_press = presses.of(conn, execution_of(site, answer).id)
        assert links.get(conn, link.id).uses == 2
    assert (stored_press.link_id, stored_press.reference, json.loads(stored_press.campaign)) == (
        link.id,
        "client 7",
        {"utm_source": "whatsapp"},
    )
    page = site.visitor().get(path, status=410).text
    assert "This link was used as often as it may be." in page
    press(site, path, status=409)


def test_a_link_revoked_or_over_starts_nothing_and_leads_to_the_basket_itself(site, basket):
    link, path = link_to(site, basket)
    _, late = link_to(site, basket, ends_at=site.clock() + timedelta(hours=1))
    fields = form(site.app.test_client().get(path, base_url=HOST).text)
    sharing.revoke_link(site.services, basket, link.id)
    page = site.visitor().get(path, status=410).text
    assert "This link was taken back" in page
    assert 'href="http://127.0.0.1:8000/b/large-five"' in page
    answer = site.app.test_client().post(
        "/b/large-five/handoff", data=fields, base_url=HOST, headers={"Origin": HOST}
    )
    assert answer.status_code == 409
    site.clock.advance(3600)
    assert "This link is over." in site.visitor().get(late, status=410).text


def test_a_tampered_link_and_one_of_another_basket_start_nothing(site, basket):
    other = publish(site.services, slug="another")
    _, path = link_to(site, basket)
    foreign = sharing.sign_link(site.services, sharing.make_link(site.services, other, "asha"))
    for bad in (path[:-2], path.replace("?l=", "?l=x"), f"/b/large-five?l={foreign}"):
        assert "This link is not whole" in site.visitor().get(bad, status=404).text
        press(site, bad, status=409)


def test_two_who_press_the_last_use_at_once_get_one(site, basket):
    _, path = link_to(site, basket, most_uses=1)
    first, second = site.app.test_client(), site.app.test_client()
    pages = [form(browser.get(path, base_url=HOST).text) for browser in (first, second)]
    answers = [
        browser.post("/b/large-five/handoff", data=fields, base_url=HOST)
        for browser, fields in zip((first, second), pages, strict=True)
    ]
    assert [answer.status_code for answer in answers] == [303, 409]


def test_the_qr_code_is_a_picture_of_the_address(site, basket):
    answer = site.app.test_client().get("/b/large-five/qr.svg", base_url=HOST)
    assert answer.mimetype == "image/svg+xml"
    assert answer.data == sharing.qr_code("http://127.0.0.1:8000/b/large-five")
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    ("link_fields", "shared"),
    [
        ({"reference": "client 7"}, False),
        ({"most_uses": 3}, False),
        ({"campaign": {"utm_source": "mail"}}, True),
        ({}, True),
    ],
)
def test_a_link_that_is_somebodys_own_is_not_what_its_page_shares(site, basket, link_fields, shared):
    _, path = link_to(site, basket, ends_at=site.clock() + timedelta(hours=1), **link_fields)
    plain, page = f"{HOST}/b/large-five", site.visitor().get(path, status=200).text
    about = page.partition("<form")[0] + page.rpartition("</form>")[2]
    expected = f"{HOST}{path}" if shared else plain
    assert f'<meta property="og:url" content="{expected}">' in about
    for name, address in (
        ("wa.me/?text=", f"Large five, equal weight {expected}"),
        ("t.me/share/url?", None),
    ):
        link = unescape(re.search(f'href="https://{re.escape(name)}([^"]*)"', about)[1])
        assert (unquote(link) == address) if address else (dict(parse_qsl(link))["url"] == expected)
    assert ("?l=" in about) == shared, "the share sheet takes the same address"
    for query in (path.partition("?")[2], re.search(r'qr\.svg\??([^"]*)"', about)[1]):
        answer = site.app.test_client().get(f"/b/large-five/qr.svg?{query}", base_url=HOST)
        assert answer.data == sharing.qr_code(expected)
    assert form(page)["l"], "the press is still the link's"


def test_the_way_leads_through_kite_to_a_receipt_that_is_the_visitors(site, basket):
    browser = site.visitor()
    answer = press(site, browser=browser.client)
    execution_id = answer.location.rpartition("/")[2]
    browser.get(browser.place(execution_id), status=303)
    assert {item["outcome"] for item in browser.receipt(execution_id)["items"]} <= {"filled", "open"}


def test_a_fixed_basket_is_sent_as_it_is(site):
    publish(site.services, items=(an_item("INFY", 3), an_item("SBIN", 4)), amount=None)
    page = site.visitor().get("/b/large-five", status=200).text
    assert "Amount to invest" not in page
    assert [item.quantity for item in execution_of(site, press(site, amount="99999999")).items] == [3, 4]


def test_standing_counts_the_end_before_the_pause(site):
    basket = publish(site.services, valid_until=site.clock() + timedelta(hours=1))
    offers.pause(site.services, basket)
    assert offers.current_offer(site.services, "large-five").status is OfferStatus.PAUSED
    site.clock.advance(3600)
    assert offers.current_offer(site.services, "large-five").status is OfferStatus.EXPIRED
