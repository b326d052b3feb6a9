"""What a receipt says where Kite made no order, where an order lost its tag, and where a row of
Kite's cannot be read.
"""

import re

import pytest

from kite.store.flow import books, executions
from kite.store.people import stored_person
from tests.support.fault_journey import control
from tests.support.forms import text, tree
from tests.support.person_api import place_untagged
from tests.support.site import BUY_INFY

WAIT = 61
MADE_NONE = "Kite made no order. Why?"
LIKE_IT = "Kite’s order book holds an order like this one without a tag"


@pytest.fixture
def person(site):
    return site.visitor()


def page_of(person, execution_id):
    return person.get(f"/executions/{execution_id}", status=200).text


def refused(site, person, *items):
    """Place a basket of which Kite makes no order; return its id."""
    control(site, {"action": "set", "fault": "refused_without_order"})
    execution_id = person.buy(*items)
    control(site, {"action": "clear"})
    return execution_id


def late(site, person, execution_id):
    site.clock.advance(WAIT)
    return person.receipt(execution_id)


def causes_of(page):
    bodies = [block for block in tree(page).iter("div") if block.get("class") == "slip-body"]
    return [text(line) for body in bodies for line in body.iter("li")]


@pytest.mark.parametrize(
    ("item", "named", "not_named"),
    [
        (
            {},
            ["It was removed on Kite’s page.", "drops a symbol"],
            ["freeze", "shares", "circuit", "After-market", "MIS", "trigger", "options"],
        ),
        ({"quantity": "100001"}, ["1,00,001 is more than the 1,00,000 shares"], ["freeze", "trigger"]),
        (
            {"order_type": "LIMIT", "price": "1400"},
            ["1,400.00 is outside the circuit limits"],
            ["freeze", "After-market"],
        ),
        ({"readonly": "y"}, ["drops a symbol"], ["removed"]),
        ({"variety": "amo"}, ["After-market orders are taken at certain hours only."], ["MIS"]),
        (
            {"product": "MIS", "order_type": "SL-M", "trigger_price": "1500"},
            ["MIS and cover orders", "trigger is on the wrong side"],
            ["options"],
        ),
    ],
)
def test_reasons_for_a_missing_order_stand_behind_a_question_narrowed_by_what_it_is(
    site, person, item, named, not_named
):
    execution_id = refused(site, person, item)
    receipt = late(site, person, execution_id)
    assert (receipt["state"], receipt["items"][0]["outcome"], receipt["orders"]) == ("settled", "missing", [])
    page = page_of(person, execution_id)
    assert MADE_NONE in page
    assert "<details open" not in page, "the reasons are there for whoever asks"
    reasons = " ".join(causes_of(page))
    assert all(words in reasons for words in named) and not any(words in reasons for words in not_named), (
        reasons
    )
    assert "Send 1 again" in page


def test_a_missing_item_beside_one_that_is_there_is_the_only_one_asked_about(site, person):
    control(site, {"action": "set", "fault": "refused_without_order", "after": 1, "uses": 1})
    execution_id = person.buy({}, {"tradingsymbol": "SBIN"}, {"tradingsymbol": "ITC"})
    receipt = late(site, person, execution_id)
    assert [item["outcome"] for item in receipt["items"]] == ["filled", "missing", "filled"]
    assert page_of(person, execution_id).count(MADE_NONE) == 1


def test_an_order_without_a_tag_is_named_and_nothing_is_sent_again(site, person):
    execution_id = refused(site, person, {}, {"tradingsymbol": "SIMREJECT"})
    order_id = place_untagged(site, person)
    receipt = late(site, person, execution_id)
    assert [item["outcome"] for item in receipt["items"]] == ["missing", "missing"]
    page = page_of(person, execution_id)
    assert LIKE_IT in page and order_id in page
    assert page.count(MADE_NONE) == 1, "of the other line nothing is there"
    assert "An order without a tag may be of this basket" in page
    assert "0 of 2 filled, 1 did not go through, 1 not known" in page, (
        "the order without a tag may be the one that is missing"
    )
    assert "again=" not in page and "Send " not in page
    person.get(f"/?again={execution_id}", status=303)
    assert "it is not known any more what became of it" in send_again(person, execution_id).text
    with site.services.store.reading() as conn:
        assert executions.resends(conn, execution_id) == []


def send_again(person, execution_id):
    fields = {f"items-0-{name}": value for name, value in BUY_INFY.items()}
    return person.post("/", action="hand_off", parent=execution_id, **fields)


def test_an_order_placed_by_hand_after_the_receipt_has_settled_is_seen_before_anything_is_sent_again(
    site, person
):
    execution_id = refused(site, person, {})
    assert late(site, person, execution_id)["state"] == "settled"
    assert "Send 1 again" in page_of(person, execution_id)
    order_id = place_untagged(site, person)
    assert send_again(person, execution_id).status_code == 200
    person.get(f"/?again={execution_id}", status=303)
    page = page_of(person, execution_id)
    assert order_id in page and "Send 1 again" not in page


def test_nothing_missing_is_sent_again_while_kite_gives_no_answer(site, person):
    execution_id = refused(site, person, {})
    late(site, person, execution_id)
    control(site, {"action": "set", "fault": "unavailable", "path": "/orders"})
    assert send_again(person, execution_id).status_code == 200
    control(site, {"action": "clear"})
    assert send_again(person, execution_id).status_code == 303


@pytest.mark.parametrize(
    "other", [{"quantity": 11}, {"transaction_type": "SELL"}, {"tradingsymbol": "SBIN"}, {"tag": "otherapp"}]
)
def test_another_order_of_the_same_person_stops_nothing(site, person, other):
    execution_id = refused(site, person, {})
    place_untagged(site, person, **other)
    late(site, person, execution_id)
    page = page_of(person, execution_id)
    assert MADE_NONE in page and LIKE_IT not in page and "Send 1 again" in page


def test_an_order_placed_before_the_hand_off_stops_nothing(site, person):
    person.buy({"tradingsymbol": "TCS"})  # so that there is a session
    place_untagged(site, person)
    site.clock.advance(5)
    execution_id = refused(site, person, {})
    late(site, person, execution_id)
    page = page_of(person, execution_id)
    assert MADE_NONE in page and LIKE_IT not in page


def test_an_order_without_a_tag_is_remembered_when_kite_has_emptied_its_book(site, person):
    execution_id = refused(site, person, {})
    order_id = place_untagged(site, person)
    late(site, person, execution_id)
    with site.services.store.writing() as conn:
        before = books.of(conn, execution_id)
    assert [order["order_id"] for order in before.untagged] == [order_id]
    site.clock.advance(24 * 3600)
    person.post(f"/executions/{execution_id}/check")
    assert order_id in page_of(person, execution_id)
    person.get(f"/?again={execution_id}", status=303)
    with site.services.store.writing() as conn:
        stored_person.erase(conn, [execution_id])
        assert books.of(conn, execution_id).untagged == []


def test_an_order_without_a_tag_keeps_a_cancelled_basket_from_being_called_unplaced(site, person):
    person.buy({"tradingsymbol": "TCS"})
    execution_id = person.compose({})
    back = person.decide(person.to_kite(execution_id), "cancel")
    place_untagged(site, person)
    person.get(back, status=303)
    site.clock.advance(3)
    person.post(f"/executions/{execution_id}/check", status=303)
    page = page_of(person, execution_id)
    assert "No order was placed" not in page
    assert "An order without a tag may be of this basket" in page
    assert f"/executions/{execution_id}/again" not in page
    assert person.post(f"/executions/{execution_id}/again", status=303).location.endswith(
        f"/executions/{execution_id}"
    )
    with site.services.store.reading() as conn:
        assert executions.resends(conn, execution_id) == []


@pytest.mark.parametrize(
    ("field", "outcome"),
    [("order_id", "unknown"), ("status", "open"), ("tradingsymbol", "unknown"), ("quantity", "unknown")],
)
def test_a_row_that_is_spoiled_spoils_neither_the_book_nor_the_truth(site, person, field, outcome):
    control(site, {"action": "set", "fault": "order_spoiled", "row": 1, "field": field})
    execution_id = person.buy({}, {"tradingsymbol": "SBIN"})
    receipt = late(site, person, execution_id)
    assert [item["outcome"] for item in receipt["items"]] == [outcome, "filled"]
    assert receipt["state"] == "returned"
    page = page_of(person, execution_id)
    assert "1 row that Kite sent could not be read" in page
    assert "shows no order for this line" not in page, "the row may be it"
    assert "Send 1 again" not in page and MADE_NONE not in page
    control(site, {"action": "clear"})
    assert [item["outcome"] for item in late(site, person, execution_id)["items"]] == ["filled", "filled"]
    assert "could not be read" not in page_of(person, execution_id)


def test_a_trade_without_a_number_is_pointed_out_and_the_others_stand(site, person):
    control(site, {"action": "set", "fault": "trade_spoiled", "row": 1, "field": "trade_id"})
    execution_id = person.buy({}, {"tradingsymbol": "SBIN"})
    receipt = late(site, person, execution_id)
    assert [item["outcome"] for item in receipt["items"]] == ["filled", "filled"]
    assert [trade["tradingsymbol"] for trade in receipt["trades"]] == ["SBIN"]
    assert "1 row that Kite sent could not be read" in page_of(person, execution_id)


@pytest.mark.parametrize("word", ["HELD FOR REVIEW", "Freeze", "OPEN PARTLY"])
def test_a_status_never_seen_is_shown_by_kites_word_alone(site, person, word):
    control(site, {"action": "set", "fault": "status_renamed", "word": word})
    execution_id = person.buy({"order_type": "LIMIT", "price": "1300"})
    site.clock.advance(5)
    assert person.receipt(execution_id)["items"][0]["outcome"] == "open"
    page = page_of(person, execution_id)
    assert f"0 filled. Kite’s word for it: {word}" in page
    assert "waiting at" not in page and "wait at" not in page and "1,300.00 or lower" not in page


@pytest.mark.parametrize("word", ["CANCELLED AMO", "cancelled", "Rejected by exchange"])
def test_an_order_has_ended_whatever_kite_writes_behind_its_word(site, person, word):
    control(site, {"action": "set", "fault": "status_renamed", "word": word})
    execution_id = person.buy({"order_type": "LIMIT", "price": "1300", "variety": "amo"})
    site.clock.advance(5)
    receipt = person.receipt(execution_id)
    assert receipt["items"][0]["outcome"] == ("rejected" if word.startswith("R") else "cancelled")
    assert receipt["orders"][0]["status"] == word
    page = page_of(person, execution_id)
    assert "waiting at" not in page and "Cancel the order" not in page
    assert ("Cancelled, 0 filled" in page) is not word.startswith("R")


def test_no_sign_of_a_program_stands_among_what_kite_sent(site, person):
    execution_id = person.buy({})
    site.clock.advance(5)
    page = page_of(person, execution_id)
    facts = [text(value) for value in tree(page).iter("dd")]
    assert facts.count(person.receipt(execution_id)["tag"]) >= 3, "the tag, the tags, and the basket's own"
    assert not [fact for fact in facts if re.search(r"^[\[{]|'|\b(True|False|None)\b", fact)]


def test_orders_whose_numbers_come_as_numbers_are_read_again_and_again(site, person, monkeypatch):
    execution_id = refused(site, person, {})
    place_untagged(site, person)
    kind, original = type(site.services.connect), type(site.services.connect).orders

    def numbered(self):
        book = original(self)
        for order in book:
            order.raw["order_id"] = int(order.order_id)
        return book

    monkeypatch.setattr(kind, "orders", numbered)
    other = person.buy({"tradingsymbol": "SIMOPEN"})
    for _ in range(3):
        late(site, person, execution_id)
        assert person.receipt(other)["items"][0]["outcome"] == "open"
    with site.services.store.reading() as conn:
        assert len(books.of(conn, execution_id).untagged) == 1
