"""The operator's baskets: from the composer to a published page, in versions, with links."""

import csv
import io
import re
from datetime import timedelta
from decimal import Decimal

import pytest

from kite.basket.basket_data import to_data
from kite.publishing import sharing
from kite.store.base import publishing_tables
from kite.store.publishing import links, published
from kite.web.wording.labels import rupees
from tests.support.offered import an_item, publish
from tests.support.site import BUY_INFY

TEXTS = {
    "title": "Large two",
    "slug": "large-two",
    "author": "Asha Rao",
    "rationale": "Held long.",
    "disclosure": "Risk.",
    "registration": "INH1",
}
DATA = to_data([an_item("INFY", 2), an_item("SBIN", 3)])


@pytest.fixture
def basket(site):
    return publish(site.services)


def newest(site, slug="large-two"):
    with site.services.store.reading() as conn:
        return published.by_slug(conn, slug)


def rows(*symbols):
    return {
        f"items-{number}-{name}": text
        for number, symbol in enumerate(symbols)
        for name, text in (BUY_INFY | {"tradingsymbol": symbol}).items()
    }


def test_an_operator_publishes_what_the_composer_holds(operator, site):
    page = operator.post("/", action="publish", status=200, **rows("INFY", "SBIN")).text
    assert "<h1>Publish this basket</h1>" in page
    data = re.search(r'name="data" value="([^"]+)"', page)[1].replace("&#34;", '"')
    answer = operator.post("/operator/baskets/new", status=303, data=data, locked="0", **TEXTS)
    basket, version = newest(site)
    assert answer.location == f"/operator/baskets/{basket.id}"
    assert [(item.tradingsymbol, item.quantity, item.readonly) for item in version.items] == [
        ("INFY", 10, True),
        ("SBIN", 10, False),
    ]
    assert version.operator == "asha"
    assert "Buy 2 in Kite" in site.visitor().get("/b/large-two", status=200).text


def test_wrong_orders_stay_in_the_composer_with_what_is_wrong(operator):
    page = operator.post("/", action="publish", status=200, **rows("NOSUCH")).text
    assert "No instrument NOSUCH on NSE." in page
    assert "<h1>Compose a basket</h1>" in page


def test_nobody_else_sees_the_button_or_may_press_it(site):
    stranger = site.visitor()
    assert "Publish this basket" not in stranger.get("/").text
    stranger.post("/", action="publish", status=403, **rows("INFY"))


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"slug": "Large Two"}, "Use 1 to 64 small letters"),
        ({"slug": "../data"}, "Use 1 to 64 small letters"),
        ({"slug": ""}, "Use 1 to 64 small letters"),
        ({"title": ""}, "Write something here"),
        ({"title": "x" * 121}, "Write at most 120 characters."),
        ({"disclosure": "x" * 20001}, "Write at most 20000 characters."),
        (
            {"valid_from": "2026-11-27T15:30", "valid_until": "2026-11-27T15:30"},
            "The end lies before the beginning.",
        ),
        ({"valid_until": "tomorrow"}, "Enter a day and a time"),
        ({"amount": "-5"}, "Enter an amount in rupees"),
        ({"amount": "50000", "weight-0": "1", "weight-1": ""}, "Give every order a weight above 0"),
        ({"amount": "50000", "weight-0": "one", "weight-1": "2"}, "Give every order a weight above 0"),
        ({"data": to_data([an_item("NOSUCH")])}, "Kite would refuse some of these orders today."),
        ({"data": "[]"}, None),
        ({"data": "nonsense"}, None),
    ],
)
def test_a_wrong_draft_is_told_at_its_field_and_nothing_is_kept(operator, site, changed, words):
    fields = TEXTS | {"data": DATA} | changed
    page = operator.post("/operator/baskets/new", status=200 if words else 400, **fields).text
    if words:
        assert words in page
        assert "Asha Rao" in page, "what was typed stays"
    with site.services.store.reading() as conn:
        assert published.list_all(conn) == []


def test_an_address_is_given_once(operator, site, basket):
    page = operator.post(
        "/operator/baskets/new", status=200, data=DATA, **TEXTS | {"slug": "large-five"}
    ).text
    assert "Another basket has this address already." in page


def test_a_change_is_a_new_version_and_the_same_again_is_none(operator, site):
    operator.post("/operator/baskets/new", status=303, data=DATA, **TEXTS)
    basket, first = newest(site)
    operator.post(f"/operator/baskets/{basket.id}/edit", status=303, data=DATA, version="1", **TEXTS)
    assert newest(site)[0].version == 1
    operator.post(
        f"/operator/baskets/{basket.id}/edit",
        status=303,
        data=DATA,
        version="1",
        **TEXTS | {"title": "Large two, changed", "slug": "other"},
    )
    changed, second = newest(site)
    assert (changed.version, second.title) == (2, "Large two, changed")
    assert first.hash != second.hash
    page = operator.get(f"/operator/baskets/{basket.id}", status=200).text
    assert "Version 2" in page
    assert "Version 1" in page


def test_two_operators_who_change_at_once_are_told(operator, site):
    operator.post("/operator/baskets/new", status=303, data=DATA, **TEXTS)
    basket, _ = newest(site)
    path = f"/operator/baskets/{basket.id}/edit"
    operator.post(path, status=303, data=DATA, version="1", **TEXTS | {"title": "Mine"})
    page = operator.post(path, status=200, data=DATA, version="1", **TEXTS | {"title": "Theirs"}).text
    assert "Somebody else changed this basket meanwhile." in page
    assert newest(site)[1].title == "Mine"
    version = re.search(r'name="version" value="(\d)"', page)[1]
    operator.post(path, status=303, data=DATA, version=version, **TEXTS | {"title": "Theirs"})
    assert newest(site)[1].title == "Theirs"


def test_orders_are_changed_through_the_composer(operator, site, basket):
    page = operator.get(f"/operator/baskets/{basket.id}", status=200).text
    path = re.search(r'href="(/\?data=[^"]+)"', page)[1].replace("&amp;", "&")
    composer = operator.get(path, status=200).text
    assert f'name="publish" value="{basket.id}"' in composer
    page = operator.post("/", action="publish", publish=basket.id, status=200, **rows("INFY", "SBIN")).text
    assert "<h1>Change Large five, equal weight</h1>" in page
    assert f'action="/operator/baskets/{basket.id}/edit"' in page


def test_a_basket_is_paused_offered_again_and_duplicated(operator, site, basket):
    operator.post(f"/operator/baskets/{basket.id}/pause", status=303)
    assert "This basket is paused" in site.visitor().get("/b/large-five").text
    assert "Paused" in operator.get("/operator/").text
    operator.post(f"/operator/baskets/{basket.id}/go_on", status=303)
    assert "This basket is paused" not in site.visitor().get("/b/large-five").text
    page = operator.get(f"/operator/baskets/{basket.id}/duplicate", status=200).text
    assert 'value="large-five-copy"' in page
    assert 'action="/operator/baskets/new"' in page


def test_the_list_counts_what_came_of_each_and_names_what_cannot_be_sent(operator, site, basket):
    visitor = site.visitor()
    token = re.search(r'name="token" value="([^"]+)"', visitor.get("/b/large-five").text)[1]
    answer = visitor.client.post(
        "/b/large-five/handoff", data={"token": token}, base_url="http://127.0.0.1:8000"
    )
    execution_id = answer.location.rpartition("/")[2]
    visitor.get(visitor.place(execution_id), status=303)
    visitor.receipt(execution_id)
    page = operator.get("/operator/", status=200).text
    assert page.count("<b>1</b>") == 4, "pressed, handed off, came back and placed, and not filled yet"
    assert 'aria-label="In 30 days: baskets handed off 1, something filled of 0. Most on 20 Nov: 1."' in page
    assert '<tr><th scope="row">20 Nov</th><td class="number">1</td><td class="number">0</td></tr>' in page
    file = operator.get("/operator/baskets.csv", status=200)
    assert file.text.splitlines()[1:] == [
        'large-five,"Large five, equal weight",live,,,1,1,1,0,0,0,1,0,5,0,0.00,0.00'
    ]
    assert 'filename="baskets-2026-11-20.csv"' in file.headers["Content-Disposition"]
    with site.services.store.writing() as conn:
        conn.execute(
            publishing_tables.published_versions.update().values(
                data=newest(site, "large-five")[1].data.replace("TCS", "GONE")
            )
        )
    assert "1 order cannot be sent today" in operator.get("/operator/").text
    assert "No instrument GONE on NSE." in operator.get(f"/operator/baskets/{basket.id}").text


def pressed(site, link="", **carried):
    """Press the basket's page as a visitor and place everything; return the visitor and the
    execution's id.
    """
    visitor = site.visitor()
    token = re.search(r'name="token" value="([^"]+)"', visitor.get(link or "/b/large-five").text)[1]
    signed = re.search(r"[?&]l=([^&]+)", link)
    data = {"token": token} | carried | ({"l": signed[1]} if signed else {})
    answer = visitor.client.post("/b/large-five/handoff", data=data, base_url="http://127.0.0.1:8000")
    execution_id = answer.location.rpartition("/")[2]
    visitor.get(visitor.place(execution_id), status=303)
    site.clock.advance(90)
    visitor.receipt(execution_id)
    return visitor, execution_id


def table(operator):
    text = operator.get("/operator/baskets.csv", status=200).text.removeprefix("\ufeff")
    return list(csv.DictReader(io.StringIO(text)))


def test_what_a_basket_led_to_trade_is_two_sums_and_filled_counts_orders(operator, site, basket):
    visitor, execution_id = pressed(site)
    receipt = visitor.receipt(execution_id)
    orders = len(receipt["items"])
    came_to = sum(item["filled_quantity"] * Decimal(item["average_price"]) for item in receipt["items"])
    assert came_to > 10_000 and orders > 1
    for address in ("/operator/", f"/operator/baskets/{basket.id}"):
        page = operator.get(address, status=200).text
        assert f">{rupees(came_to)}<" in page and f">{rupees(Decimal(0))}<" in page
        assert f"{orders} of {orders}" in page
        assert "Value traded" not in page
    (row,) = table(operator)
    counts = {name: row[name] for name in ("placed", "some_filled", "orders", "filled", "bought", "sold")}
    assert counts == {
        "placed": "1",
        "some_filled": "1",
        "orders": str(orders),
        "filled": str(orders),
        "bought": f"{came_to:.2f}",
        "sold": "0.00",
    }


def test_what_came_by_a_link_a_reference_a_campaign_and_a_site_is_told(operator, site, basket):
    path = f"/operator/baskets/{basket.id}"
    operator.post(f"{path}/links", status=303, reference="client 7", campaign="utm_source=whatsapp")
    with site.services.store.reading() as conn:
        (link,) = links.of(conn, basket.id)
    address = sharing.address(site.services, basket.slug, sharing.sign_link(site.services, link))
    pressed(site, address.removeprefix("http://127.0.0.1:8000"))
    pressed(site, origin="https://blog.example")
    pressed(site)
    rows = {(row["by"], row["name"]): row["pressed"] for row in table(operator)}
    assert rows == {
        ("", ""): "3",
        ("link", link.id): "1",
        ("link", ""): "2",
        ("reference", "client 7"): "1",
        ("reference", ""): "2",
        ("campaign", "utm_source=whatsapp"): "1",
        ("campaign", ""): "2",
        ("site", "https://blog.example"): "1",
        ("site", ""): "2",
    }
    sums = {row["by"]: 0 for row in table(operator)}
    for row in table(operator):
        sums[row["by"]] += int(row["filled"])
    assert len(set(sums.values())) == 1, "each way to tell adds up to the whole"
    for page in (operator.get("/operator/", status=200).text, operator.get(path, status=200).text):
        assert "Where presses came from" in page
        assert all(
            words in page
            for words in (
                "client 7",
                "utm_source=whatsapp",
                "https://blog.example",
                "Without a link",
                "No site told",
            )
        )
        assert (
            "{&#39;" not in page
            and "{&#34;" not in page.split("Where presses came from")[1].split("</section>")[0]
        )


def test_figures_without_a_source_name_none(operator, site, basket):
    pressed(site)
    assert [row["by"] for row in table(operator)] == [""]
    assert "Where presses came from" not in operator.get("/operator/", status=200).text


def test_links_are_made_listed_and_revoked(operator, site, basket):
    path = f"/operator/baskets/{basket.id}"
    ends = (site.clock() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    fields = {
        "reference": "client 7",
        "most_uses": "5",
        "ends_at": ends,
        "campaign": "utm_source=whatsapp&utm_medium=chat",
    }
    operator.post(f"{path}/links", status=303, **fields)
    page = operator.get(path, status=200).text
    for words in ("client 7", "0 uses", "of 5", "utm_source=whatsapp", "/b/large-five?l="):
        assert words in page
    with site.services.store.reading() as conn:
        link = links.of(conn, basket.id)[0]
    operator.post(f"{path}/links/revoke", status=303, link=link.id)
    assert "revoked" in operator.get(path).text


@pytest.mark.parametrize(
    "changed",
    [
        {"most_uses": "0"},
        {"most_uses": "many"},
        {"ends_at": "2020-01-01T00:00"},
        {"ends_at": "soon"},
        {"reference": "x" * 81},
        {"campaign": "a=" + "x" * 81},
    ],
)
def test_a_link_that_cannot_be_is_told_and_keeps_what_was_typed(operator, site, basket, changed):
    page = operator.post(
        f"/operator/baskets/{basket.id}/links", status=200, **{"reference": "client 7"} | changed
    ).text
    assert 'role="alert"' in page
    with site.services.store.reading() as conn:
        assert links.of(conn, basket.id) == []


def test_nothing_of_another_id_is_there(operator):
    for path in ("", "/edit", "/duplicate"):
        operator.get(f"/operator/baskets/nothing{path}", status=404)
    for path in ("edit", "pause", "links", "links/revoke"):
        operator.post(f"/operator/baskets/nothing/{path}", status=404)


def test_every_operators_form_wants_its_token(operator, basket):
    for path in (
        "new",
        f"{basket.id}/edit",
        f"{basket.id}/pause",
        f"{basket.id}/links",
        f"{basket.id}/links/revoke",
    ):
        operator.post(f"/operator/baskets/{path}", status=400, token=False, data=DATA)
