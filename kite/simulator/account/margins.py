"""Margins and charges of orders before they are placed, as POST /margins and /charges answer
them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from kite.simulator.account import costs
from kite.simulator.account.costs import OPTIONS, OrderCharges
from kite.simulator.account.positions import Key
from kite.simulator.core.items import Item
from kite.simulator.core.market import Instrument
from kite.simulator.exchange.order_json import number
from kite.vocabulary import EQUITY, Exchange, Product, TransactionType, Variety

COMPACT = ("type", "tradingsymbol", "exchange", "total")
HEADS = ("span", "exposure", "option_premium", "additional", "bo", "cash", "var")
NOTHING = OrderCharges(*[Decimal(0)] * 5)
INTRADAY_LEVERAGE = 5


@dataclass(frozen=True)
class MarginRequest:
    """An order whose margin a client asks for."""

    item: Item
    instrument: Instrument

    @property
    def key(self) -> Key:
        """The position that it would change."""
        return self.item.exchange, self.item.tradingsymbol, self.item.product

    @property
    def change(self) -> int:
        """The quantity that it adds to that position, below 0 for a sale."""
        if self.item.transaction_type == TransactionType.BUY:
            return self.item.quantity
        return -self.item.quantity

    @property
    def charges(self) -> OrderCharges:
        """The charges at its own price or the last one."""
        worth = Decimal(costs.value(self.item, self.instrument)) / 100
        return costs.charges_of(self.item, self.instrument, worth)


def order_margin(order: MarginRequest) -> dict[str, Any]:
    """Return the margin of one order by itself."""
    item = order.item
    intraday = item.exchange in EQUITY and (item.product == Product.MIS or item.variety == Variety.CO)
    name = {"type": _segment(item.exchange), "tradingsymbol": item.tradingsymbol, "exchange": item.exchange}
    charges = _charges(order.charges, _tax(item.exchange))
    return _margin(name, _heads(order), INTRADAY_LEVERAGE if intraday else 1, charges)


def basket_margin(orders: Sequence[MarginRequest], open_quantities: dict[Key, int]) -> dict[str, Any]:
    """Return the margins of orders together.

    `open_quantities` are those of open positions; without any, the positions are not considered.

    `initial` is what the orders need one by one. In `final`, what closes a position or an earlier
    order of the same basket needs nothing, and the premium of sold options is subtracted, as in the
    recorded answer.
    """
    rows, opening = [order_margin(order) for order in orders], _opening_parts(orders, open_quantities)
    final = _sum([_heads(order) for order in opening])
    final["option_premium"] -= sum((_income(order) for order in opening), Decimal(0))
    # as recorded: the sums name no instrument and no charges, which have their own place in the
    # answer
    no_name = {"type": "", "tradingsymbol": "", "exchange": ""}
    no_charges = _charges(NOTHING, "")
    return {
        "initial": _margin(no_name, _sum([_heads(order) for order in orders]), 0, no_charges),
        "final": _margin(no_name, final, 0, no_charges),
        "orders": rows,
        "charges": _charges(_sum_of_charges(orders), ""),
    }


def compact(row: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a margin that mode=compact answers."""
    return {name: row[name] for name in COMPACT}


def contract_note(order: MarginRequest, price: Decimal) -> dict[str, Any]:
    """Return the charges of an order that was filled at `price`."""
    item = order.item
    worth = price * item.quantity * order.instrument.multiplier
    names = ("transaction_type", "tradingsymbol", "exchange", "variety", "product", "order_type", "quantity")
    charges = _charges(costs.charges_of(item, order.instrument, worth), _tax(item.exchange))
    return {name: getattr(item, name) for name in names} | {"price": number(price), "charges": charges}


def _heads(order: MarginRequest) -> dict[str, Decimal]:
    """Return an order's margin in rupees by purpose."""
    item, heads = order.item, dict.fromkeys(HEADS, Decimal(0))
    margin = Decimal(costs.margin(item, order.instrument)) / 100
    exposure = Decimal(costs.exposure(item, order.instrument)) / 100
    if item.exchange in EQUITY:
        return heads | {"var": margin}
    if order.instrument.instrument_type in OPTIONS and item.transaction_type == TransactionType.BUY:
        return heads | {"option_premium": margin}
    return heads | {"span": margin - exposure, "exposure": exposure}


def _opening_parts(orders: Sequence[MarginRequest], open_quantities: dict[Key, int]) -> list[MarginRequest]:
    """Return the part of each order that opens a position, if they fill one after the other."""
    quantities, parts = dict(open_quantities), []
    for order in orders:
        before, opens = quantities.get(order.key, 0), order.item.quantity
        quantities[order.key] = before + order.change
        if before * order.change < 0:
            opens -= min(abs(before), opens)
        if opens:
            parts.append(replace(order, item=replace(order.item, quantity=opens)))
    return parts


def _income(order: MarginRequest) -> Decimal:
    """Return the premium in rupees that an order brings in, if it sells an option."""
    if order.instrument.instrument_type not in OPTIONS or order.item.transaction_type == TransactionType.BUY:
        return Decimal(0)
    return Decimal(costs.value(order.item, order.instrument)) / 100


def _sum(parts: Sequence[dict[str, Decimal]]) -> dict[str, Decimal]:
    return {head: sum((part[head] for part in parts), Decimal(0)) for head in HEADS}


def _sum_of_charges(orders: Sequence[MarginRequest]) -> OrderCharges:
    charges = [order.charges for order in orders]
    names = ("transaction_tax", "exchange", "regulator", "brokerage", "stamp_duty")
    return OrderCharges(*(sum((getattr(row, name) for row in charges), Decimal(0)) for name in names))


def _margin(
    name: dict[str, str], heads: dict[str, Decimal], leverage: int, charges: dict[str, Any]
) -> dict[str, Any]:
    amounts = {head: number(amount) for head, amount in heads.items()}
    return (
        name
        | amounts
        | {
            "pnl": {"realised": 0, "unrealised": 0},
            "leverage": leverage,
            "charges": charges,
            "total": number(sum(heads.values(), Decimal(0))),
        }
    )


def _charges(charges: OrderCharges, tax: str) -> dict[str, Any]:
    return {
        "transaction_tax": number(charges.transaction_tax),
        "transaction_tax_type": tax,
        "exchange_turnover_charge": number(charges.exchange),
        "sebi_turnover_charge": number(charges.regulator),
        "brokerage": number(charges.brokerage),
        "stamp_duty": number(charges.stamp_duty),
        "gst": {"igst": number(charges.gst), "cgst": 0, "sgst": 0, "total": number(charges.gst)},
        "total": number(charges.total),
    }


def _segment(exchange: str) -> str:
    return "commodity" if exchange == Exchange.MCX else "equity"


def _tax(exchange: str) -> str:
    return "ctt" if exchange == Exchange.MCX else "stt"
