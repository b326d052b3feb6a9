"""Splitting a basket that is longer than Kite takes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kite.basket.batches import has_both_sides, sells, split_basket
from kite.basket.items import MAX_ITEMS, Item
from kite.exceptions import BasketError
from kite.vocabulary import Exchange, OrderType, TransactionType


def basket(count):
    return [
        Item("INFY", Exchange.NSE, TransactionType.BUY, OrderType.MARKET, number + 1)
        for number in range(count)
    ]


@given(st.integers(0, MAX_ITEMS), st.integers(1, 120))
def test_parts_put_together_are_the_basket(count, size):
    items = basket(count)
    parts = split_basket(items, size)
    assert [item for part in parts for item in part] == items
    assert all(1 <= len(part) <= size for part in parts)
    assert all(len(part) == size for part in parts[:-1])


def test_twenty_three_items_are_three_parts_of_ten():
    assert [len(part) for part in split_basket(basket(23), 10)] == [10, 10, 3]


def test_more_than_a_hundred_items_are_refused_and_never_cut():
    assert len(split_basket(basket(100), 10)) == 10
    with pytest.raises(BasketError, match="101"):
        split_basket(basket(101), 10)


@given(st.lists(st.sampled_from(TransactionType), max_size=30), st.integers(1, 12))
def test_sells_stand_in_parts_of_their_own_before_the_buys(sides, size):
    items = [
        Item("INFY", Exchange.NSE, side, OrderType.MARKET, number + 1) for number, side in enumerate(sides)
    ]
    parts = split_basket(items, size, sells_first=True)
    assert [item for part in parts for item in part] == sorted(items, key=lambda item: not sells(item))
    assert all(1 <= len(part) <= size and not has_both_sides(part) for part in parts)
    assert has_both_sides(items) == (len(set(sides)) == 2)
