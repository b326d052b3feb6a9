"""Thirty baskets an hour for a browser, three hundred for an address; and what is never limited."""

import re

import pytest

from tests.support.redis_server import RedisServer
from tests.support.site import BUY_INFY, HOST, Site

SENT = {f"items-0-{name}": value for name, value in BUY_INFY.items()}

DEFAULTS = {"HANDOFFS_PER_VISIT": "", "HANDOFFS_PER_ADDRESS": ""}


@pytest.fixture
def site_of(tmp_path, clock):
    """Make a site: `site_of(HANDOFFS_PER_VISIT="3")`."""
    sites = []

    def make(**settings):
        sites.append(Site(tmp_path, clock, **(DEFAULTS | settings)))
        return sites[-1]

    yield make
    for site in sites:
        site.close()


def press(client, address="127.0.0.1", **fields):
    page = client.get("/", base_url=HOST).text
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)[1]
    data = SENT | {"csrf_token": token, "action": "hand_off"} | fields
    return client.post(
        "/", data=data, base_url=HOST, headers={"Origin": HOST}, environ_base={"REMOTE_ADDR": address}
    )


def test_the_thirty_first_basket_of_an_hour_is_not_sent_and_nothing_typed_is_lost(site_of, clock):
    site = site_of()
    browser = site.app.test_client()
    assert {press(browser).status_code for _ in range(30)} == {303}
    clock.advance(600)
    refused = press(browser, **{"items-0-quantity": "17", "items-0-tag": "mine"})
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "3001"
    assert "This press sent none. You can send it at 10:16:40 IST. What you typed is kept." in refused.text
    assert (
        'name="items-0-quantity" value="17"' in refused.text
        and 'name="items-0-tag" value="mine"' in refused.text
    )
    clock.advance(3001)
    assert press(browser).status_code == 303


def test_a_refused_basket_is_not_recorded(site_of):
    site = site_of(HANDOFFS_PER_VISIT="1")
    browser = site.app.test_client()
    press(browser)
    press(browser)
    receipts = browser.get("/executions", base_url=HOST).text
    assert (
        receipts.count("Continue to Kite")
        + receipts.count('href="/executions/')
        + receipts.count('href="/handoff/')
        == 1
    )


def test_mistakes_and_changes_of_rows_do_not_count(site_of):
    browser = site_of(HANDOFFS_PER_VISIT="2").app.test_client()
    for fields in (
        {"items-0-quantity": "0"},
        {"action": "add"},
        {"action": "fix-0-price="},
        {"csrf_token": "old"},
        {"order_line": "?"},
    ):
        assert press(browser, **fields).status_code in (200, 400)
    assert [press(browser).status_code for _ in range(3)] == [303, 303, 429]


def test_an_address_has_a_limit_of_its_own_and_a_v6_network_is_one_address(site_of):
    site = site_of(HANDOFFS_PER_ADDRESS="2")
    addresses = [
        "10.0.0.1",
        "10.0.0.1",
        "10.0.0.1",
        "10.0.0.2",
        "2001:db8::1",
        "2001:db8::ffff:1",
        "2001:db8::2",
        "2001:db8:0:1::2",
    ]
    statuses = [press(site.app.test_client(), address).status_code for address in addresses]
    assert statuses == [303, 303, 429, 303, 303, 303, 429, 303]


def test_an_address_stands_nowhere_in_the_file_of_counts(site_of, tmp_path):
    press(site_of().app.test_client(), "203.0.113.77")
    content = b"".join(path.read_bytes() for path in tmp_path.glob("limits.db*"))
    assert b"address" in content and b"203.0.113" not in content


def test_all_processes_of_a_machine_count_together(site_of):
    first, second = site_of(HANDOFFS_PER_ADDRESS="3"), site_of(HANDOFFS_PER_ADDRESS="3")
    assert [press(site.app.test_client()).status_code for site in (first, second, first, second)] == [
        303,
        303,
        303,
        429,
    ]


def test_nothing_else_is_limited(site_of):
    browser = site_of(HANDOFFS_PER_VISIT="1", HANDOFFS_PER_ADDRESS="1").app.test_client()
    press(browser)
    assert press(browser).status_code == 429
    for path in (
        "/",
        "/executions",
        "/rules",
        "/redirect?status=cancelled",
        "/redirect?status=success&request_token=x",
        "/healthz",
    ):
        assert {browser.get(path, base_url=HOST).status_code for _ in range(20)}.isdisjoint({429}), path


def test_counts_that_cannot_be_made_refuse_nobody(site_of, tmp_path):
    site = site_of(HANDOFFS_PER_VISIT="1")
    (tmp_path / "limits.db").mkdir()
    browser = site.app.test_client()
    assert [press(browser).status_code for _ in range(3)] == [303, 303, 303]


@pytest.fixture
def redis_server(tmp_path):
    server = RedisServer(tmp_path)
    yield server
    server.stop()


def test_with_redis_several_machines_count_together_and_a_redis_that_is_away_refuses_nobody(
    site_of, redis_server, tmp_path
):
    sites = [site_of(HANDOFFS_PER_ADDRESS="3", REDIS_URL=redis_server.url) for _ in range(2)]
    assert [press(sites[number % 2].app.test_client()).status_code for number in range(4)] == [
        303,
        303,
        303,
        429,
    ]
    assert not (tmp_path / "limits.db").exists()
    redis_server.stop()
    assert [press(site.app.test_client()).status_code for site in sites] == [303, 303]
