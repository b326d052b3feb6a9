"""What was changed at Kite: an order's terms beside the terms of the item that was handed over."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from kite.basket.fields import takes_price, takes_trigger
from kite.basket.items import Item
from kite.connect.records import Order
from kite.offsite.base.matching import exceeds_item, is_market_protected
from kite.store.flow.event_data import Terms
from kite.vocabulary import OrderType, Product, Validity, Variety

Word = TypeVar("Word", bound=StrEnum)
Default = TypeVar("Default")
Value = str | int | Decimal

COMPARED = ("quantity", "order_type", "price", "trigger_price", "product", "validity")
"""Fields of an item that can be changed at Kite."""


@dataclass(frozen=True)
class Change:
    """A field that was changed at Kite: its value as handed over, and as Kite's book shows it."""

    field: str
    before: Value
    after: Value


def has_senseless(orders: Sequence[Order], name: str) -> bool:
    """Whether Kite sent a value in this field of one of the orders that makes no sense."""
    return any(name in order.unreadable_fields for order in orders)


def as_ordered(item: Item, order: Order, quantity: int) -> Item:
    """Return an item with an order's terms.

    One at market under Kite's protection stays at market.
    """
    if is_market_protected(item, order):
        return replace(item, quantity=quantity)
    order_type = _known_word(OrderType, order.order_type, item.order_type)
    price, trigger_price, product = None, None, item.product
    if takes_price(order_type):
        price = order.price or None
    if takes_trigger(order_type, item.variety):
        trigger_price = order.trigger_price or item.trigger_price
    # A cover order comes back with the product CO, whatever was sent.
    if item.variety != Variety.CO:
        product = _known_word(Product, order.product, item.product)
    return replace(
        item,
        quantity=quantity,
        order_type=order_type,
        price=price,
        trigger_price=trigger_price,
        product=product,
        validity=_known_word(Validity, order.validity, item.validity),
    )


def _known_word(kind: type[Word], text: str, default: Default) -> Word | Default:
    """Return the word of ours that a text of Kite's is; `default` when it is none."""
    return next((word for word in kind if word == text), default)


def find_changes(
    item: Item, orders: Sequence[Order], accepted_terms: Mapping[str, Terms]
) -> tuple[Change, ...]:
    """Return where Kite's book differs from what was handed to Kite.

    Handed over were the item, and since then the `accepted_terms`, by order id, which its person
    entered on the receipt.
    """
    if not orders:
        return ()
    first = orders[0]
    handed_over: dict[str, Value | None] = {name: getattr(item, name) for name in COMPARED}
    handed_over |= accepted_terms.get(first.order_id, {})
    in_book = _comparable_terms(item, first)
    if not _has_comparable_quantity(orders, accepted_terms):
        del in_book["quantity"]
    elif not exceeds_item(item, orders):
        in_book["quantity"] = sum(order.quantity for order in orders)
    return tuple(
        Change(name, handed_over[name] or 0, after)
        for name, after in in_book.items()
        if _differs(item, name, handed_over[name], after)
    )


def _has_comparable_quantity(orders: Sequence[Order], accepted_terms: Mapping[str, Terms]) -> bool:
    """Whether the quantity of an item's orders can be compared with the item's."""
    if has_senseless(orders, "quantity"):
        return False
    # Of several orders, nobody can say which part of the sum was changed where.
    return len(orders) == 1 or not any(
        "quantity" in accepted_terms.get(order.order_id, {}) for order in orders
    )


def _comparable_terms(item: Item, order: Order) -> dict[str, Value]:
    """Return the terms of an order that can be compared with its item's."""
    terms: dict[str, Value] = {"quantity": order.quantity}
    if not is_market_protected(item, order):
        terms["order_type"] = order.order_type
    if takes_price(item.order_type) and takes_price(order.order_type):
        terms["price"] = order.price
    if takes_trigger(item.order_type, item.variety):
        terms["trigger_price"] = order.trigger_price
    # A cover order comes back with the product CO, whatever was sent.
    if item.variety != Variety.CO:
        terms["product"] = order.product
    return terms | {"validity": order.validity}


def _differs(item: Item, name: str, handed_over: Value | None, in_book: Value) -> bool:
    """Whether Kite's book shows a value that was never handed over."""
    # New terms take effect at Kite a moment later; until then the book shows those of the item.
    return handed_over is not None and bool(in_book) and in_book not in (handed_over, getattr(item, name))
