"""The receipt as a page and as data: what is shown, to whom, and when Kite is asked."""

import re
from decimal import Decimal

import pytest

from kite.connect.fields import RecordList
from kite.exceptions import NoAnswer, OrderException, TokenException
from kite.store.flow import executions
from kite.web.wording.labels import rupees


@pytest.fixture
def person(site):
    return site.visitor()


def settle(site, person, execution_id, seconds=70):
    for _ in range(seconds // 5):
        site.clock.advance(5)
        receipt = person.receipt(execution_id)
    return receipt


def page_of(person, execution_id):
    return person.get(f"/executions/{execution_id}", status=200).get_data(as_text=True)


@pytest.mark.parametrize(
    ("symbol", "outcome", "words"),
    [
        ("INFY", "filled", "Filled"),
        ("SIMREJECT", "rejected", "Rejected"),
        ("SIMPARTIAL", "partly_filled", "Partly filled"),
        ("SIMCANCEL", "cancelled", "Cancelled"),
        ("SIMOPEN", "open", "Open"),
        ("SIMDROP", "missing", "Not at Kite"),
    ],
)
def test_every_outcome_is_shown_as_it_is(person, site, symbol, outcome, words):
    execution_id = person.buy({}, {"tradingsymbol": symbol})
    receipt = settle(site, person, execution_id)
    assert [item["outcome"] for item in receipt["items"]] == ["filled", outcome]
    assert receipt["state"] == ("returned" if outcome == "open" else "settled")
    assert words in page_of(person, execution_id)


def test_contracts_of_unknown_size_have_no_value_and_are_not_summed_up(person, site):
    execution_id = person.buy(
        {}, {"tradingsymbol": "USDINR26DECFUT", "exchange": "CDS", "product": "NRML", "quantity": "2"}
    )
    receipt = settle(site, person, execution_id)
    assert [item["outcome"] for item in receipt["items"]] == ["filled", "filled"]
    page = page_of(person, execution_id)
    shares = Decimal(receipt["items"][0]["average_price"]) * receipt["items"][0]["filled_quantity"]
    assert f"{rupees(shares)}, without MCX, CDS and BCD" in page
    assert '<td role="cell" class="number roomy">–</td>' in page


def test_not_enough_funds_is_told_in_plain_words_with_kites_own_beside(person, site):
    execution_id = person.buy({"tradingsymbol": "SIMFUNDS"})
    settle(site, person, execution_id)
    page = page_of(person, execution_id)
    assert re.search(
        r'<span class="why">Short of ₹[\d,]+\.\d\d margin\.</span><span class="next">Add funds on Kite, or'
        r" lower the quantity.</span>",
        page,
    )
    assert "Insufficient funds. Required margin is" in page
    assert "RMS:Margin Exceeds" in page


def test_an_item_is_not_called_missing_before_its_time(person, site):
    execution_id = person.buy({}, {"tradingsymbol": "SIMDROP"})
    site.clock.advance(58)
    receipt = person.receipt(execution_id)
    assert receipt["items"][1]["outcome"] == "unknown"
    assert receipt["state"] == "returned"
    site.clock.advance(3)
    receipt = person.receipt(execution_id)
    assert receipt["items"][1]["outcome"] == "missing"
    assert receipt["state"] == "settled"


def test_a_book_that_was_asked_for_too_early_concludes_nothing_however_long_kite_takes(
    person, site, monkeypatch
):
    execution_id = person.buy({}, {"tradingsymbol": "SIMDROP"})
    kind = type(site.services.connect)
    original = kind.orders

    def slow(self):
        book = original(self)
        site.clock.advance(5)
        return book

    monkeypatch.setattr(kind, "orders", slow)
    site.clock.advance(57)
    assert person.receipt(execution_id)["items"][1]["outcome"] == "unknown"
    site.clock.advance(2)
    assert person.receipt(execution_id)["items"][1]["outcome"] == "missing"


def test_an_item_is_never_called_missing_from_the_book_of_another_day(person, site):
    execution_id = person.compose({})
    address = person.place(execution_id)
    site.services.connect.generate_session(
        dict(part.split("=") for part in address.split("?")[1].split("&"))["request_token"]
    )
    person.get(address)
    site.clock.advance(24 * 3600)
    login = person.post("/session/login", status=303, next=f"/executions/{execution_id}")
    page = person.client.get(
        login.location.removeprefix("http://127.0.0.1:8000"), base_url="http://127.0.0.1:8000"
    )
    person.get(person.decide(page, "approve"), status=303)
    site.clock.advance(120)
    receipt = person.receipt(execution_id)
    assert receipt["items"][0]["outcome"] == "unknown"
    assert receipt["state"] == "returned"


def test_edits_at_kite_are_named(person, site):
    execution_id = person.buy_edited = person.compose(
        {"order_type": "LIMIT", "price": "1500", "quantity": "25"}
    )
    person.get(person.place(execution_id, **{"items-0-quantity": "20", "items-0-price": "1490"}), status=303)
    site.clock.advance(3)
    receipt = person.receipt(execution_id)
    assert {
        (change["field"], str(change["before"]), str(change["after"]))
        for change in receipt["items"][0]["changes"]
    } == {
        ("quantity", "25", "20"),
        ("price", "1500.00", "1490.00"),
    }
    page = page_of(person, execution_id)
    assert "25" in page
    assert "20" in page


def test_every_attribute_of_an_order_and_a_trade_can_be_reached(person, site):
    execution_id = person.buy()
    receipt = settle(site, person, execution_id, 10)
    page = page_of(person, execution_id)
    for record in (receipt["orders"][0]["raw"], receipt["trades"][0]["raw"]):
        for name in record:
            assert name in page, name


def test_data_has_the_shapes_that_are_promised(person, site):
    execution_id = person.buy()
    receipt = settle(site, person, execution_id, 10)
    assert list(receipt) == [
        "id", "state", "mode", "tag", "part", "parts", "parent_id", "created_at", "handed_off_at", "returned_at", "settled_at",
        "items", "orders", "trades", "extra",
    ]  # fmt: skip
    assert receipt["created_at"] == "2026-11-20T09:16:39+05:30"
    item = receipt["items"][0]
    assert item["average_price"].count(".") == 1
    assert isinstance(item["filled_quantity"], int)
    order, trade = receipt["orders"][0], receipt["trades"][0]
    assert isinstance(order["order_id"], str)
    assert order["order_timestamp"].endswith("+05:30")
    assert isinstance(order["average_price"], str)
    assert isinstance(order["raw"]["average_price"], float | int)
    assert isinstance(trade["average_price"], str)
    assert receipt["trades"][0]["order_id"] == item["order_ids"][0]


def test_kite_is_read_at_most_once_a_second(person, site, monkeypatch):
    execution_id = person.buy({"tradingsymbol": "SIMOPEN"})
    readings = []
    kind = type(site.services.connect)
    original = kind.orders
    monkeypatch.setattr(kind, "orders", lambda self: readings.append(1) or original(self))
    site.clock.advance(2)
    for _ in range(5):
        person.receipt(execution_id)
    assert len(readings) == 1
    site.clock.advance(1.1)
    person.receipt(execution_id)
    assert len(readings) == 2


def test_an_unchanged_receipt_answers_304_and_a_changed_one_anew(person, site):
    execution_id = person.buy({"tradingsymbol": "SIMOPEN"})
    for _ in range(3):
        site.clock.advance(2)
        first = person.get(f"/executions/{execution_id}", status=200)
    assert 'data-live="on"' in first.get_data(as_text=True)
    site.clock.advance(2)
    same = person.get(
        f"/executions/{execution_id}", status=304, headers={"If-None-Match": first.headers["ETag"]}
    )
    assert same.get_data() == b""
    assert same.headers["X-Checked-At"] == "09:16:47"


def test_a_first_reading_that_finds_no_order_is_news(person, site, monkeypatch):
    execution_id = person.buy()
    monkeypatch.setattr(type(site.services.connect), "orders", lambda self: RecordList())
    with site.services.store.writing() as conn:
        executions.claim_read(
            conn, execution_id, site.clock(), site.clock()
        )  # somebody else is about to read
    first = person.get(f"/executions/{execution_id}", status=200)
    assert "Its order book is not read yet" in first.get_data(as_text=True)
    site.clock.advance(2)
    second = person.get(
        f"/executions/{execution_id}", status=200, headers={"If-None-Match": first.headers["ETag"]}
    )
    assert "No order seen yet" in second.get_data(as_text=True)


def test_a_settled_receipt_stops_refreshing(person, site):
    execution_id = person.buy()
    settle(site, person, execution_id, 10)
    assert 'data-live="on"' not in page_of(person, execution_id)


def test_an_id_that_is_not_yours_is_not_found_in_every_form(person, site):
    execution_id = person.buy()
    stranger = site.visitor()
    stranger.get(f"/executions/{execution_id}", status=404)
    stranger.get(f"/executions/{execution_id}.json", status=404)
    stranger.post(f"/executions/{execution_id}/check", status=404)
    stranger.post(f"/executions/{execution_id}/again", status=404)
    stranger.get(f"/?from={execution_id}", status=404)
    assert execution_id not in stranger.get("/executions", status=200).get_data(as_text=True)


def test_a_kite_user_finds_all_baskets_of_theirs_in_every_browser(person, site):
    first = person.buy()
    other = site.visitor()
    second = other.buy({"tradingsymbol": "SBIN"})
    listed = person.get("/executions", status=200).get_data(as_text=True)
    assert f"/executions/{first}" in listed
    assert f"/executions/{second}" in listed, "both visits proved the same Kite user"


def test_a_dead_session_leaves_open_orders_not_known_and_asks_for_a_login(person, site):
    execution_id = person.buy({"tradingsymbol": "SIMOPEN"})
    site.clock.advance(2)
    assert person.receipt(execution_id)["items"][0]["outcome"] == "open"
    person.post("/session/logout", status=303, next=f"/executions/{execution_id}")
    receipt = person.receipt(execution_id)
    assert receipt["items"][0]["outcome"] == "unknown"
    assert receipt["state"] == "returned"
    page = page_of(person, execution_id)
    assert "Log in to Kite" in page
    assert "Last seen: OPEN" in page


def test_an_open_order_that_left_the_book_overnight_is_not_known(person, site):
    execution_id = person.buy({"tradingsymbol": "SIMOPEN"}, {})
    site.clock.advance(2)
    assert [item["outcome"] for item in person.receipt(execution_id)["items"]] == ["open", "filled"]
    site.clock.advance(24 * 3600)
    login = person.post("/session/login", status=303, next=f"/executions/{execution_id}")
    page = person.client.get(
        login.location.removeprefix("http://127.0.0.1:8000"), base_url="http://127.0.0.1:8000"
    )
    person.get(person.decide(page, "approve"), status=303)
    receipt = person.receipt(execution_id)
    assert [item["outcome"] for item in receipt["items"]] == ["unknown", "filled"]
    assert receipt["state"] == "returned"
    assert "Last seen: OPEN" in page_of(person, execution_id)


def test_kite_not_answering_keeps_what_was_seen_and_says_so(person, site, monkeypatch):
    execution_id = person.buy({"tradingsymbol": "SIMOPEN"})
    site.clock.advance(2)
    person.receipt(execution_id)

    def silent(self):
        raise NoAnswer("no answer")

    monkeypatch.setattr(type(site.services.connect), "orders", silent)
    site.clock.advance(2)
    assert person.receipt(execution_id)["items"][0]["outcome"] == "open"
    site.clock.advance(2)
    assert "Kite does not answer. We keep trying." in page_of(person, execution_id)
    site.clock.advance(90)
    assert person.receipt(execution_id)["items"][0]["outcome"] == "unknown"


@pytest.mark.parametrize(
    "failure", [OrderException("Couldn't find that `order_id`.", 400), NoAnswer("no answer")]
)
def test_a_history_that_kite_does_not_tell_hides_no_outcome(person, site, monkeypatch, failure):
    execution_id = person.buy({}, {"tradingsymbol": "SBIN"})

    def untold(self, order_id):
        raise failure

    with monkeypatch.context() as broken:
        broken.setattr(type(site.services.connect), "order_history", untold)
        site.clock.advance(2)
        assert [item["outcome"] for item in person.receipt(execution_id)["items"]] == ["filled", "filled"]
        assert person.get(f"/executions/{execution_id}", status=200)
    site.clock.advance(2)
    assert person.receipt(execution_id)["state"] == "settled"


def test_a_session_that_kite_ended_is_forgotten(person, site, monkeypatch):
    execution_id = person.buy({"tradingsymbol": "SIMOPEN"})

    def over(self):
        raise TokenException("Incorrect `api_key` or `access_token`.", 403)

    with monkeypatch.context() as broken:
        broken.setattr(type(site.services.connect), "orders", over)
        site.clock.advance(2)
        assert "Log in to Kite" in page_of(person, execution_id)
    site.clock.advance(2)
    assert person.receipt(execution_id)["items"][0]["outcome"] == "unknown"


def test_nobody_back_for_half_an_hour_is_not_known_and_a_check_finds_the_orders(person, site):
    execution_id = person.compose({})
    person.place(execution_id)
    site.clock.advance(29 * 60)
    assert person.receipt(execution_id)["state"] == "handed_off"
    site.clock.advance(61)
    receipt = person.receipt(execution_id)
    assert receipt["state"] == "unknown"
    page = page_of(person, execution_id)
    assert "We do not know yet what Kite did" in page
    assert "I have finished at Kite: check now" in page
    assert "again" not in page.split("<main")[1].lower().replace("send this basket again", "")
    login = person.post(f"/executions/{execution_id}/check", status=303)
    start = person.client.get(
        login.location.removeprefix("http://127.0.0.1:8000"), base_url="http://127.0.0.1:8000"
    )
    assert person.get(person.decide(start, "approve"), status=303).location == f"/executions/{execution_id}"
    receipt = person.receipt(execution_id)
    assert receipt["items"][0]["outcome"] == "filled"
    site.clock.advance(2)
    assert person.receipt(execution_id)["state"] == "settled"


def test_a_check_that_finds_no_order_says_so(person, site):
    person.buy()
    execution_id = person.compose({})
    person.form_of(execution_id)
    site.clock.advance(31 * 60)
    for _ in range(3):
        site.clock.advance(5)
        page = page_of(person, execution_id)
    assert page.count("Order book of AB1234 read: no order of this basket") == 1, (
        "once for a session that only watches"
    )
    site.clock.advance(5)
    person.post(f"/executions/{execution_id}/check", status=303)
    assert page_of(person, execution_id).count("Order book of AB1234 read: no order of this basket") == 2
    assert person.receipt(execution_id)["state"] == "unknown"


def test_the_list_shows_how_each_basket_stands(person):
    person.compose({})
    assert "Not sent to Kite yet" in person.get("/executions", status=200).get_data(as_text=True)
