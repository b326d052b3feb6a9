"""From an amount of money to whole quantities."""

from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kite.basket.amounts import PricedOrder, allocate_amount, amount_for_every_order, smallest_amount


def orders(*rows):
    return [PricedOrder(Decimal(price), lot, Decimal(weight)) for price, lot, weight in rows]


@pytest.mark.parametrize(
    ("amount", "priced", "quantities", "remainder"),
    [
        (
            "50000",
            [("1448.20", 1, 1), ("1409.30", 1, 1), ("3012.40", 1, 1)],
            [12, 12, 5],
            "648.00",
        ),  # M&M is cut more than INFY, but the rest does not pay for it
        ("50000", [("1448.20", 1, 50), ("1409.30", 1, 30), ("3012.40", 1, 20)], [17, 11, 3], "841.10"),
        # Of equal remainders the first comes first.
        ("300", [("100", 1, 1), ("100", 1, 1)], [2, 1], "0"),
        ("1000", [("100", 1, 1), ("100", 1, 0)], [10, 0], "0"),
        ("0", [("100", 1, 1)], [0], "0"),
        ("99.99", [("100", 1, 1)], [0], "99.99"),
        ("20000", [("100", 75, 1), ("100", 1, 1)], [75, 100], "2500"),
        ("4000000", [("26148", 75, 1), ("1448.20", 1, 1)], [75, 1382], "37487.60"),
        ("0.3", [("0.1", 1, 1)], [3], "0"),
    ],
)
def test_an_amount_becomes_whole_lots_and_what_is_left(amount, priced, quantities, remainder):
    spread = allocate_amount(Decimal(amount), orders(*priced))
    assert [portion.quantity for portion in spread.portions] == quantities
    assert spread.remainder == Decimal(remainder)


def test_a_portion_says_how_it_was_rounded():
    whole, up, down = allocate_amount(
        Decimal(300), orders(("50", 1, 1), ("60", 1, 1), ("1000", 1, 1))
    ).portions
    assert (whole.share, whole.exact_lots, whole.lots, whole.cost, whole.rounded) == (100, 2, 2, 100, 0)
    assert (up.share, up.exact_lots, up.lots, up.rounded) == (100, Fraction(5, 3), 2, 1)
    assert (down.exact_lots, down.lots, down.rounded) == (Fraction(1, 10), 0, -1)


@pytest.mark.parametrize(
    ("amount", "priced"),
    [
        ("-1", [("1", 1, 1)]),
        ("1", []),
        ("1", [("1", 1, 0)]),
        ("1", [("0", 1, 1)]),
        ("1", [("1", 0, 1)]),
        ("1", [("1", 1, 2), ("1", 1, -1)]),
    ],
)
def test_what_cannot_be_is_refused(amount, priced):
    with pytest.raises(ValueError, match="Amounts and weights"):
        allocate_amount(Decimal(amount), orders(*priced))


PRICES = st.decimals("0.01", "100000", places=2) | st.decimals("0.0025", "200", places=4)
ORDERS = st.lists(
    st.builds(PricedOrder, PRICES, st.sampled_from([1, 1, 1, 15, 75, 1200]), st.decimals(0, 1000, places=2)),
    min_size=1,
    max_size=12,
)
AMOUNTS = st.decimals(0, 10**9, places=2)


@settings(max_examples=80)
@given(amount=AMOUNTS, priced=ORDERS.filter(lambda orders: any(order.weight for order in orders)))
def test_no_more_is_spent_than_there_is_and_no_lot_that_the_rest_pays_for_is_missing(amount, priced):
    spread = allocate_amount(amount, priced)
    assert spread == allocate_amount(amount, priced)
    with localcontext(prec=100):
        spent = sum(
            order.price * portion.quantity for order, portion in zip(priced, spread.portions, strict=True)
        )
        assert spread.remainder == amount - spent >= 0
    for order, portion in zip(priced, spread.portions, strict=True):
        assert portion.quantity == portion.lots * order.lot
        assert abs(portion.lots - portion.exact_lots) < 1
        assert portion.cost == order.price * portion.quantity
        if portion.rounded < 0:
            assert spread.remainder < order.price * order.lot


@settings(max_examples=40)
@given(
    amount=AMOUNTS,
    priced=ORDERS.filter(lambda orders: any(order.weight for order in orders)),
    factor=st.integers(1, 1000),
)
def test_only_the_ratio_of_weights_counts(amount, priced, factor):
    larger = [PricedOrder(order.price, order.lot, order.weight * factor) for order in priced]
    assert allocate_amount(amount, larger) == allocate_amount(amount, priced)


PAISA = Decimal("0.01")


@settings(max_examples=80)
@given(priced=ORDERS.filter(lambda orders: any(order.weight for order in orders)))
def test_the_smallest_amount_buys_something_less_buys_nothing_and_enough_buys_some_of_every_order(priced):
    def bought(amount):
        return [portion.quantity > 0 for portion in allocate_amount(amount, priced).portions]

    assert any(bought(smallest_amount(priced)))
    assert not any(bought(smallest_amount(priced) - PAISA))
    assert bought(amount_for_every_order(priced)) == [order.weight > 0 for order in priced]
