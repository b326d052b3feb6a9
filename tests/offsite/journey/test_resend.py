"""What of a basket may be sent again: only what is known not to have gone through, and only what is
left of it.
"""

from decimal import Decimal

import pytest

from kite.offsite.base.receipt import Report
from kite.offsite.base.receipt_building import build_receipt
from kite.offsite.journey.resend import resend_of
from kite.vocabulary import State
from tests.support.baskets import RETURNED_AT, execution, item
from tests.support.kite_orders import order


def quantities(orders, *, basket=None, later=(), state=State.SETTLED, **more):
    receipt = build_receipt(execution(*(basket or [item()]), state=state), orders, [], concluded=True, **more)
    return [item.quantity for item in resend_of(receipt, later).items]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"status": "COMPLETE"}, []),
        ({"status": "REJECTED", "filled_quantity": 0}, [10]),
        ({"status": "CANCELLED", "filled_quantity": 0}, [10]),
        ({"status": "CANCELLED", "filled_quantity": 4}, [6]),
        ({"status": "CANCELLED", "filled_quantity": 0, "quantity": 8}, [8]),
        ({"status": "OPEN", "filled_quantity": 4}, []),
        ({"status": "SOMETHING NEW", "filled_quantity": 0}, []),
    ],
)
def test_what_is_left_of_one_order(changes, expected):
    assert quantities([order(**changes)]) == expected


def test_an_item_that_is_not_at_kite_is_sent_again_whole():
    assert quantities([]) == [10]


def test_of_an_item_that_was_placed_twice_no_more_is_sent_than_it_was():
    twice = [
        order(order_id="1", status="COMPLETE"),
        order(order_id="2", status="CANCELLED", filled_quantity=0),
    ]
    assert quantities(twice) == []


def test_nothing_is_sent_again_while_one_item_is_unknown_or_only_reported():
    basket = [item(), item(tradingsymbol="SBIN")]
    rejected = order(status="REJECTED", filled_quantity=0)
    working = order(order_id="2", tradingsymbol="SBIN", status="OPEN", filled_quantity=0)
    assert quantities([rejected, working], basket=basket) == [10]
    assert quantities([rejected, working], basket=basket, readable=False) == []
    assert quantities([rejected], basket=basket, reports=[Report(working, RETURNED_AT)]) == []


def test_nothing_is_sent_again_of_what_never_came_back():
    assert quantities([], state=State.UNKNOWN) == []
    assert quantities([], state=State.CANCELLED) == []


def test_a_disclosed_quantity_larger_than_the_rest_is_left_out():
    basket = [item(disclosed_quantity=8, price=Decimal(100))]
    receipt = build_receipt(
        execution(*basket, state=State.SETTLED),
        [order(status="CANCELLED", filled_quantity=4)],
        [],
        concluded=True,
    )
    assert [(item.quantity, item.disclosed_quantity) for item in resend_of(receipt, ()).items] == [(6, None)]


def test_what_was_sent_again_is_not_offered_again_unless_nothing_came_of_it():
    for state, expected in (
        (State.PREPARED, [10]),
        (State.CANCELLED, [10]),
        (State.HANDED_OFF, []),
        (State.UNKNOWN, []),
        (State.SETTLED, []),
    ):
        assert quantities([], later=[execution(item(), state=state)]) == expected
