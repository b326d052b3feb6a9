"""Margins and charges of orders that are only asked about, as POST /margins and /charges answer them."""

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
    """One order of a request."""

    item: Item
    instrument: Instrument

    @property
    def key(self) -> Key:
        """The position that it would go to."""
        return self.item.exchange, self.item.tradingsymbol, self.item.product

    @property
    def change(self) -> int:
        """What it adds to that position."""
        return (
            self.item.quantity if self.item.transaction_type == TransactionType.BUY else -self.item.quantity
        )


def order_margin(asked: MarginRequest) -> dict[str, Any]:
    """Return the margin of one order by itself."""
    item, instrument = asked.item, asked.instrument
    worth = Decimal(costs.value(item, instrument)) / 100
    intraday = item.exchange in EQUITY and (item.product == Product.MIS or item.variety == Variety.CO)
    name = {"type": _segment(item.exchange), "tradingsymbol": item.tradingsymbol, "exchange": item.exchange}
    charges = _charges(costs.charged(item, instrument, worth), _tax(item.exchange))
    return _margin(name, _heads(asked), INTRADAY_LEVERAGE if intraday else 1, charges)


def basket_margin(orders: Sequence[MarginRequest], standing: dict[Key, int]) -> dict[str, Any]:
    """Return the margins of orders together.

    `standing` are the quantities of open positions; empty to leave them aside.

    `initial` is what they need one by one. In `final` what closes a position, or an earlier order of the same
    basket, needs nothing, and what sold options bring in is taken off, as in the recorded answer.
    """
    rows, closing = [order_margin(asked) for asked in orders], _opening(orders, standing)
    final = _sum([_heads(each) for each in closing])
    final["option_premium"] -= sum((_income(each) for each in closing), Decimal(0))
    nobody = {"type": "", "tradingsymbol": "", "exchange": ""}
    none = _charges(NOTHING, "")
    return {
        "initial": _margin(nobody, _sum([_heads(each) for each in orders]), 0, none),
        "final": _margin(nobody, final, 0, none),
        "orders": rows,
        "charges": _charges(_together(orders), ""),
    }


def compact(row: dict[str, Any]) -> dict[str, Any]:
    """Return what mode=compact leaves of a margin."""
    return {name: row[name] for name in COMPACT}


def contract_note(asked: MarginRequest, price: Decimal) -> dict[str, Any]:
    """Return the charges of an order that was filled at `price`."""
    item = asked.item
    worth = price * item.quantity * asked.instrument.multiplier
    names = ("transaction_type", "tradingsymbol", "exchange", "variety", "product", "order_type", "quantity")
    charges = _charges(costs.charged(item, asked.instrument, worth), _tax(item.exchange))
    return {name: getattr(item, name) for name in names} | {"price": number(price), "charges": charges}


def _heads(asked: MarginRequest) -> dict[str, Decimal]:
    """Return an order's margin in rupees by the name of what it is for."""
    item, heads = asked.item, dict.fromkeys(HEADS, Decimal(0))
    margin, exposure = (Decimal(of(item, asked.instrument)) / 100 for of in (costs.margin, costs.exposure))
    if item.exchange in EQUITY:
        return heads | {"var": margin}
    if asked.instrument.instrument_type in OPTIONS and item.transaction_type == TransactionType.BUY:
        return heads | {"option_premium": margin}
    return heads | {"span": margin - exposure, "exposure": exposure}


def _opening(orders: Sequence[MarginRequest], standing: dict[Key, int]) -> list[MarginRequest]:
    """Return the part of each order that opens something, when they are filled one after the other."""
    held, parts = dict(standing), []
    for asked in orders:
        before = held.get(asked.key, 0)
        held[asked.key] = before + asked.change
        closed = min(abs(before), asked.item.quantity) if before * asked.change < 0 else 0
        if closed < asked.item.quantity:
            parts.append(replace(asked, item=replace(asked.item, quantity=asked.item.quantity - closed)))
    return parts


def _income(asked: MarginRequest) -> Decimal:
    sold = asked.instrument.instrument_type in OPTIONS and asked.item.transaction_type == TransactionType.SELL
    return Decimal(costs.value(asked.item, asked.instrument)) / 100 if sold else Decimal(0)


def _sum(parts: Sequence[dict[str, Decimal]]) -> dict[str, Decimal]:
    return {head: sum((part[head] for part in parts), Decimal(0)) for head in HEADS}


def _together(orders: Sequence[MarginRequest]) -> OrderCharges:
    each = [
        costs.charged(one.item, one.instrument, Decimal(costs.value(one.item, one.instrument)) / 100)
        for one in orders
    ]
    fields = ("transaction_tax", "exchange", "regulator", "brokerage", "stamp_duty")
    return OrderCharges(*(sum((getattr(one, name) for one in each), Decimal(0)) for name in fields))


def _margin(
    name: dict[str, str], heads: dict[str, Decimal], leverage: int, charges: dict[str, Any]
) -> dict[str, Any]:
    sums = {head: number(amount) for head, amount in heads.items()}
    gains = {"pnl": {"realised": 0, "unrealised": 0}}
    return (
        name
        | sums
        | gains
        | {"leverage": leverage, "charges": charges, "total": number(sum(heads.values(), Decimal(0)))}
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
