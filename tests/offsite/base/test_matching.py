"""Which of Kite's orders belong to which item."""

from kite.offsite.base.matching import assign_orders, orders_with_tag, tags_of, tags_of_book
from kite.vocabulary import OrderType, Product, Variety
from tests.support.baskets import item
from tests.support.kite_orders import TAG, order


def ids(orders):
    return [order.order_id for order in orders]


def test_orders_are_found_by_the_last_eight_characters_of_their_tag():
    book = [
        order(order_id="1", tag=TAG, tags=[TAG]),
        order(order_id="2", tag=f"swing{TAG}", tags=[f"swing{TAG}"]),
        order(order_id="3", tag="k7f3q9zz", tags=["k7f3q9zz"]),
        order(order_id="4", tag=None, tags=["mktp", TAG]),
        order(order_id="5", tag=None, tags=None),
        order(order_id="6", tag=f"{TAG}more", tags=[f"{TAG}more"]),
    ]
    assert ids(orders_with_tag(book, TAG)) == ["1", "2", "4"]


def test_what_may_be_the_tag_of_an_execution_is_read_once_from_tag_and_tags():
    swing = order(order_id="1", tag=f"swing{TAG}", tags=[f"swing{TAG}", "mktp:2.00"])
    assert tags_of(swing) == (TAG, "ktp:2.00")
    assert tags_of(order(order_id="2", tag=None, tags=None)) == ()
    assert tags_of_book([swing, order(order_id="3", tag="own", tags=["own"])]) == {TAG, "ktp:2.00", "own"}


def test_what_was_in_the_book_before_is_left_out_and_a_new_leg_of_it_is_not():
    book = [order(order_id="1"), order(order_id="2", tag=None, tags=None, parent_order_id="1")]
    assert ids(orders_with_tag(book, TAG, {"1"})) == ["2"]
    assert ids(orders_with_tag(book, TAG, {"1", "2"})) == []


def test_a_second_leg_without_a_tag_comes_with_its_parent():
    book = [
        order(order_id="1"),
        order(order_id="2", tag=None, tags=None, parent_order_id="1"),
        order(order_id="3", tag=None, tags=None, parent_order_id="9"),
    ]
    assert ids(orders_with_tag(book, TAG)) == ["1", "2"]


def test_symbol_exchange_and_side_find_the_item():
    items = [item("INFY"), item("INFY", side="SELL"), item("SBIN")]
    orders = [
        order(order_id="1", tradingsymbol="SBIN"),
        order(order_id="2", transaction_type="SELL"),
        order(order_id="3"),
        order(order_id="4", exchange="BSE"),
    ]
    result = assign_orders(items, orders)
    assert [ids(orders) for orders in result.orders] == [["3"], ["2"], ["1"]]
    assert ids(result.extra) == ["4"]


def test_variety_is_not_compared_for_kite_turns_regular_orders_into_amo():
    result = assign_orders(
        [item("INFY", variety=Variety.REGULAR)], [order(variety="amo", status="AMO REQ RECEIVED")]
    )
    assert len(result.orders[0]) == 1


def test_an_edited_order_still_belongs_to_its_item():
    result = assign_orders([item("INFY", 10)], [order(quantity=7)])
    assert len(result.orders[0]) == 1
    assert result.extra == []


def test_items_of_one_symbol_are_told_apart_by_quantity_and_terms():
    items = [item("INFY", 10), item("INFY", 20), item("INFY", 10, price="1400")]
    orders = [
        order(order_id="1", quantity=10, order_type="LIMIT", price=1400),
        order(order_id="2", quantity=20),
        order(order_id="3", quantity=10),
    ]
    result = assign_orders(items, orders)
    assert [ids(orders) for orders in result.orders] == [["3"], ["2"], ["1"]]


def test_the_last_order_left_over_belongs_to_the_last_item_left_over():
    result = assign_orders(
        [item("INFY", 10), item("INFY", 20)],
        [order(order_id="1", quantity=20), order(order_id="2", quantity=5)],
    )
    assert [ids(orders) for orders in result.orders] == [["2"], ["1"]]


def test_what_cannot_be_told_apart_is_not_guessed():
    result = assign_orders([item("INFY", 10), item("INFY", 20)], [order(order_id="1", quantity=5)])
    assert [ids(orders) for orders in result.orders] == [[], []]
    assert ids(result.extra) == ["1"]
    assert result.unclear == {0, 1}


def test_the_same_basket_placed_twice_adds_up_under_its_items():
    items = [item("INFY", 10), item("INFY", 20)]
    orders = [
        order(order_id=str(number), quantity=quantity) for number, quantity in enumerate((10, 20, 10, 20))
    ]
    result = assign_orders(items, orders)
    assert [ids(orders) for orders in result.orders] == [["0", "2"], ["1", "3"]]
    assert result.unclear == set()


def test_a_second_leg_stands_under_its_parents_item():
    items = [item("RELIANCE", 5, variety=Variety.CO, product=Product.MIS, order_type=OrderType.MARKET)]
    first = order(order_id="1", tradingsymbol="RELIANCE", quantity=5, product="CO", variety="co")
    second = order(
        order_id="2",
        tradingsymbol="RELIANCE",
        quantity=5,
        transaction_type="SELL",
        parent_order_id="1",
        status="TRIGGER PENDING",
    )
    result = assign_orders(items, [second, first])
    assert ids(result.orders[0]) == ["1", "2"]
    assert result.extra == []


def test_alike_items_at_market_are_told_apart_under_market_protection():
    items = [item("INFY", quantity=10), item("INFY", quantity=20)]
    limits = {"order_type": "LIMIT", "price": 1475, "tags": ["mktp", "mktp:2.00", TAG]}
    orders = [order(order_id="1", quantity=20, **limits), order(order_id="2", quantity=10, **limits)]
    assigned = assign_orders(items, orders)
    assert [ids(orders) for orders in assigned.orders] == [["2"], ["1"]]
    assert not assigned.unclear
