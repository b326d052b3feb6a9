"""What an order book leaves in doubt: orders without a tag that look like an item, and rows that
cannot be read.
"""

from datetime import timedelta

import pytest

from kite.connect.fields import RecordList, read_rows
from kite.connect.records import order as parse_order
from kite.connect.records import trade as parse_trade
from kite.offsite.base import doubts
from tests.support.baskets import SENT_AT, execution, item
from tests.support.kite_orders import TAG, order, raw_order, raw_trade

AFTER = (SENT_AT + timedelta(seconds=20)).strftime("%Y-%m-%d %H:%M:%S")
BEFORE = (SENT_AT - timedelta(seconds=1)).strftime("%Y-%m-%d %H:%M:%S")
SAME_SECOND = SENT_AT.strftime("%Y-%m-%d %H:%M:%S")


def doubts_of(*rows, before=(), **changes):
    return doubts.find_doubts(
        execution(item("INFY"), item("SBIN", side="SELL"), **changes), read_rows(rows, parse_order), before
    )


def untagged(**changes):
    return raw_order(tag=None, tags=[], order_timestamp=AFTER) | changes


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({}, True),
        ({"status": "REJECTED"}, True),
        ({"tags": None}, True),
        ({"tags": ["mktp", "mktp:2.00"]}, True),
        ({"order_timestamp": SAME_SECOND}, True),
        ({"order_timestamp": "soon"}, True),
        ({"order_timestamp": None}, True),
        ({"tradingsymbol": "SBIN", "transaction_type": "SELL"}, True),
        ({"order_timestamp": BEFORE}, False),
        ({"quantity": 11}, False),
        ({"transaction_type": "SELL"}, False),
        ({"tradingsymbol": "TCS"}, False),
        ({"exchange": "BSE"}, False),
        ({"tag": "otherapp", "tags": ["otherapp"]}, False),
        ({"parent_order_id": "1"}, False),
    ],
)
def test_an_order_without_a_tag_is_named_when_it_looks_like_an_item_and_came_after_the_hand_off(
    changes, named
):
    assert bool(doubts_of(untagged(**changes)).untagged) is named


def test_an_order_that_stood_in_the_book_before_is_none_of_the_basket():
    assert doubts_of(untagged(), before=["1914227164488687616"]) == doubts.CERTAIN


def test_a_hand_off_within_the_second_of_kites_time_counts():
    assert doubts_of(
        untagged(order_timestamp=SAME_SECOND), handed_off_at=SENT_AT + timedelta(milliseconds=900)
    ).untagged


@pytest.mark.parametrize(
    ("row", "counts"),
    [
        ({"status": "OPEN"}, True),
        (None, True),
        (["order"], True),
        (untagged(order_id=None), True),
        (raw_order(order_id="", tag=TAG), True),
        (raw_order(order_id="", tag=f"mine{TAG}", tags=None, tradingsymbol="TCS"), True),
        (untagged(order_id=None, tradingsymbol=None), True),
        (untagged(order_id=None, quantity="ten"), True),
        (untagged(order_id=None, tradingsymbol="TCS"), False),
        (untagged(order_id=None, transaction_type="SELL"), False),
        (raw_order(order_id="", tag="otherapp", tags=None), False),
    ],
)
def test_a_row_that_cannot_be_read_counts_unless_it_says_that_it_is_another(row, counts):
    assert doubts_of(row) == doubts.Doubts(unreadable_orders=int(counts))


@pytest.mark.parametrize(
    ("row", "counts"),
    [
        ({}, True),
        (None, True),
        (raw_trade(trade_id=None), True),
        (raw_trade(order_id=None), True),
        (raw_trade(trade_id=None, order_id="2"), False),
        (raw_trade(order_id=None, tradingsymbol="TCS"), False),
    ],
)
def test_a_trade_that_cannot_be_read_counts_unless_it_says_that_it_is_another_orders(row, counts):
    assert doubts.count_unreadable_trades(read_rows([row], parse_trade), [order()]) == int(counts)
    assert doubts.count_unreadable_trades(RecordList(), [order()]) == 0
