"""Every recorded answer and every sample of both pages "Orders", read through the client.

tests/responses/ has their shapes with values of our own: recorded/ is what the API really sent,
orders_page/ and orders_page_2018/ are the documentation's samples, odd/ is what only its tables and
its prose say.
"""

import json
from datetime import datetime
from decimal import Decimal

import pytest

from kite.connect.envelope import data_of
from kite.connect.records import order
from kite.vocabulary import IST, OrderStatus
from tests.support.wire import RESPONSES, body_of, client_for

PAGES = ["orders_page", "orders_page_2018"]
RECORDED = sorted(path.stem for path in (RESPONSES / "recorded").glob("*.json") if path.stem != "postback")


@pytest.mark.parametrize("name", RECORDED)
def test_recorded_answer_is_read_whole(name):
    body = body_of(f"recorded/{name}")
    assert data_of(200, "application/json", body) == json.loads(body)["data"]


@pytest.mark.parametrize("folder", ["recorded", *PAGES])
def test_order_book_is_read_whole(folder):
    orders = client_for(f"{folder}/orders").orders()
    sent = json.loads(body_of(f"{folder}/orders"))["data"]
    assert [book_order.raw for book_order in orders] == sent
    assert [book_order.order_id for book_order in orders] == [book_order["order_id"] for book_order in sent]
    assert all(book_order.order_timestamp and book_order.order_timestamp.tzinfo for book_order in orders)
    assert {book_order.status for book_order in orders} <= set(OrderStatus)


@pytest.mark.parametrize("name", ["recorded/orders", "orders_page/orders", "orders_page_2018/orders"])
def test_every_attribute_that_is_sent_has_a_field_of_its_name(name):
    for book_order in client_for(name).orders():
        assert all(hasattr(book_order, field) for field in book_order.raw)


@pytest.mark.parametrize(
    "name",
    [
        "recorded/order_info",
        "orders_page/order_history",
        "orders_page_2018/order_history",
        "odd/order_history_old_status",
    ],
)
def test_history_is_read_oldest_first(name):
    history = client_for(name).order_history("261120000430021")
    assert history[0].status in (OrderStatus.PUT_ORDER_REQ_RECEIVED, OrderStatus.PUT_ORDER_REQUEST_RECEIVED)
    assert [entry.raw for entry in history] == json.loads(body_of(name))["data"]


@pytest.mark.parametrize(
    "name", ["recorded/trades", "orders_page/trades", "orders_page_2018/trades", "odd/trades_filled"]
)
def test_trades_are_read_with_quantity_and_price(name):
    for trade in client_for(name).trades():
        assert trade.quantity > 0 and trade.average_price > 0 and isinstance(trade.instrument_token, str)
        assert trade.fill_timestamp and trade.exchange_timestamp
        assert trade.order_timestamp is None or trade.order_timestamp.date() == trade.fill_timestamp.date()


def test_orders_that_were_cut_rejected_or_protected_keep_what_was_said():
    book = {book_order.order_id: book_order for book_order in client_for("recorded/orders").orders()}
    cancelled, rejected = book["261120000417702"], book["261120000421115"]
    assert (cancelled.quantity, cancelled.pending_quantity, cancelled.cancelled_quantity) == (3, 3, 3)
    assert rejected.status_message.startswith(
        "Insufficient funds."
    ) and rejected.status_message_raw.startswith("RMS:")
    assert rejected.exchange_order_id is None and rejected.exchange_timestamp is None
    assert rejected.validity_ttl == 5 and rejected.meta["iceberg"]["legs"] == 4
    assert book["26112000042201717"].auction_number == "417"
    assert book["1991702417728106496"].tag_list == ("mktp", "mktp:2.00")
    assert (
        book["1991702417811992577"].terminal_id == "404040404040404"
        and book["1991702417811992577"].account_id == "RS4471"
    )
    assert book["261120000421344"].tag_list == ("after tea no 2", "k7f3q9zt")


def test_order_of_2018_lacks_what_was_added_later():
    (only,) = client_for("orders_page_2018/orders").orders()
    assert (
        only.parent_order_id == "180320000094401"
        and only.placed_by == "KM0907"
        and only.instrument_token == "31"
    )
    assert (only.cancelled_quantity, only.meta, only.guid, only.exchange_update_timestamp) == (
        0,
        {},
        None,
        None,
    )


def test_fields_and_statuses_that_are_new_survive():
    (only,) = client_for("odd/orders_new_fields").orders()
    assert only.order_id == "1991702417728106496" and only.quantity == 12 and not only.ended
    assert only.status == "HELD FOR REVIEW" and only.raw["legs"] == [{"leg": 1}]
    assert only.order_timestamp is None and only.exchange_timestamp == datetime(
        2026, 11, 20, 9, 31, 8, tzinfo=IST
    )


@pytest.mark.parametrize("folder", PAGES)
def test_samples_of_changing_and_cancelling_are_read(folder):
    changed = client_for(f"{folder}/modify_order").modify_order("regular", "151220000000000", quantity=3)
    cancelled = client_for(f"{folder}/cancel_order").cancel_order("regular", changed.order_id)
    assert changed == cancelled and changed.order_id


def test_sample_of_exiting_a_bracket_order_is_read():
    assert (
        client_for("orders_page_2018/exit_order")
        .exit_order("bo", "180320000094402", "180320000094401")
        .order_id
        == "180320000094402"
    )


def test_session_is_read():
    session = client_for("recorded/generate_session").generate_session("r" * 32)
    assert (session.user_id, session.user_name, session.user_shortname, session.broker) == (
        "RS4471",
        "Rukmini Sen",
        "Rukmini",
        "ZERODHA",
    )
    assert session.access_token and session.login_time == datetime(2026, 11, 20, 9, 2, 33, tzinfo=IST)
    assert "BCD" in session.exchanges and "SL-M" in session.order_types and "CNC" in session.products


def test_logout_is_read():
    assert client_for("recorded/session_logout").invalidate_access_token() is None


def test_profile_is_read():
    profile = client_for("recorded/profile").profile()
    assert profile.user_id == "RS4471" and "MCX" in profile.exchanges


def test_funds_are_read():
    both = client_for("recorded/margins").margins()
    assert both.keys() == {"equity", "commodity"}
    assert both["equity"].net == Decimal("81250.20000000001") and both["equity"].cash == Decimal("120400.7")


def test_postback_is_read_as_an_order():
    read = order(json.loads(body_of("recorded/postback")))
    assert read.order_id == "261120000417731" and read.raw["user_id"] == "RS4471"
