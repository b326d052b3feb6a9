"""The texts of refused orders, by cause: a sentence for people, and the order system's or
exchange's own text.

They are worded as the broker's support pages, its forum and public programs have recorded them. A
cause can be switched on for any order (the faults `order_rejected` and `all_rejected`), and each
has a symbol that always causes it (kite.simulator.core.scripted_symbols).
"""

from dataclasses import dataclass

from kite.vocabulary import N_


@dataclass(frozen=True)
class RefusalCause:
    """Why an order is refused: `words` for the simulator's pages, `message` and `raw` for the
    order.

    `message` and `raw` may name {tradingsymbol}, {exchange} and {product}. `framed` says that `raw`
    is from the risk system, which adds account, exchange and product to it; an exchange adds
    nothing.
    """

    words: str
    message: str
    raw: str
    framed: bool = True


TEXTS: dict[str, RefusalCause] = {
    "trade_to_trade": RefusalCause(
        N_("Rejected: it is in the trade-to-trade segment."),
        "{tradingsymbol} is in the trade-to-trade (T2T) segment. Only delivery orders are taken.",
        "Blocked for nse_cm BE T2T  block type: ALL",
    ),
    "surveillance": RefusalCause(
        N_("Rejected: it is under surveillance (ASM, GSM)."),
        "Trading in this instrument is not allowed. It is under the exchange's surveillance.",
        "Rule: Check surveillance measure",
    ),
    "intraday_not_allowed": RefusalCause(
        N_("Rejected: no MIS and no cover orders."),
        "Intraday orders (MIS/CO) are not allowed for {tradingsymbol}. Try placing a CNC order.",
        "Blocked for nse_cm MIS Remarks:MIS PRODUCT TYPE BLOCKED  block type: ALL",
    ),
    "outside_circuit": RefusalCause(
        N_("Rejected: the price is outside the circuit limits."),
        "The order price is outside the circuit limits 90.00 - 110.00. Place an order within the daily"
        " range.",
        "Rule: Check circuit limit including square off order exceeds : Circuit breach, "
        "Order Price :120.00, Low Price Range:90.00 High Price Range:110.00",
    ),
    "price_too_far": RefusalCause(
        N_("Rejected: the price is too far from the last one."),
        "The order was cancelled by the exchange because the price is outside the current allowed limit price"
        " protection range. [Read more.](https://zrd.sh/lpp-range-rejection)",
        "17070 : The Price is out of the current execution range",
        framed=False,
    ),
    "not_on_tick": RefusalCause(
        N_("Rejected: the price is not on the tick."),
        "Tick size for this script is 0.05. Kindly enter price in the multiple of tick size for this script.",
        "16283 : Order price is not a multiple of tick size  ",
        framed=False,
    ),
    "not_in_lots": RefusalCause(
        N_("Rejected: not a whole number of lots."),
        "Quantity should be a multiple of the lot size 75.",
        "16411 : Order quantity is not a multiple of regular lot",
        framed=False,
    ),
    "above_freeze": RefusalCause(
        N_("Rejected: above the freeze quantity."),
        "Quantity should be less than or equal to 1800, the freeze quantity of {tradingsymbol}.",
        "Rule: Check freeze quantity for NSE CASH",
    ),
    "market_closed": RefusalCause(
        N_("Rejected: the market is closed."),
        "Markets are closed right now. Use an AMO order.",
        "16278 : The markets have not been opened for trading",
        framed=False,
    ),
    "amo_hours": RefusalCause(
        N_("Rejected: no after market orders at this hour."),
        "AMO orders are not allowed at this time. Place a regular order.",
        "Rule: AMO window is closed",
    ),
    "contract_expired": RefusalCause(
        N_("Rejected: the contract has expired."),
        "The contract {tradingsymbol} has expired.",
        "Rule: Check expiry, contract expired",
    ),
    "contract_banned": RefusalCause(
        N_("Rejected: in the ban period (MWPL)."),
        "Fresh positions in {tradingsymbol} are not allowed. It has crossed 95% of the market wide position"
        " limit (MWPL).",
        "Scrip {tradingsymbol} is in Ban Period.",
    ),
    "disclosed_quantity": RefusalCause(
        N_("Rejected: the disclosed quantity."),
        "Disclosed quantity should be at least 10% of the quantity and not more than the quantity.",
        "16400 : DQ has exceeded limit set in control",
        framed=False,
    ),
    "market_order_illiquid": RefusalCause(
        N_("Rejected: no market orders, for nobody trades it."),
        "The market order was rejected since there are no trades in this instrument. Try placing a LIMIT"
        " order.",
        "NO Last Trade Price",
    ),
    "market_protection": RefusalCause(
        N_("Rejected: a market order without protection."),
        "Market orders without market protection are not allowed via API. Please set market protection or use"
        " a Limit order.",
        "Rule: Check market protection",
    ),
    "trigger_price": RefusalCause(
        N_("Rejected: the trigger is on the wrong side."),
        "Trigger price for stoploss buy orders should be higher than the last traded price (100.00).",
        "Rule: Check trigger price",
    ),
    "product_not_allowed": RefusalCause(
        N_("Rejected: the product."),
        "Product {product} is not allowed on {exchange}.",
        "Rule: Check product",
    ),
    "order_type_not_allowed": RefusalCause(
        N_("Rejected: the order type."),
        "SL-M orders are blocked for {tradingsymbol} on {exchange}. Use an SL order.",
        "Blocked for SL-M  block type: ALL",
    ),
    "account_not_enabled": RefusalCause(
        N_("Rejected: the account is not enabled for it."),
        "This segment is not active for your account. Activate it on Console.",
        "Client not enabled on product",
    ),
    "not_tradable": RefusalCause(
        N_("Rejected: it cannot be traded in this market."),
        "Trading in this stock is suspended.",
        "16387 : Security is not allowed to trade in this market",
        framed=False,
    ),
    "blocked_by_broker": RefusalCause(
        N_("Rejected: blocked by the risk management system."),
        "The order was blocked by the risk management system.",
        "Blocked for trading",
    ),
    "exchange_unreachable": RefusalCause(
        N_("Rejected: no connection to the exchange."),
        "Adapter is Logged Off",
        "Adapter is Logged Off",
        framed=False,
    ),
    "rms": RefusalCause(
        N_("Rejected: blocked, with a reason in the order system's text alone."),
        "The order was blocked by the risk management system.",
        "Rule: Check circuit limit including square off order exceeds",
    ),
    "cover_margin": RefusalCause(
        N_("Rejected: not enough margin for a cover order."),
        "Insufficient margin for a cover order.",
        "Margin Exceeds,Required:1000.00, Available:0.00 for product CO",
    ),
    "unknown": RefusalCause(
        N_("Rejected: for a reason that nobody has heard of."),
        "The order was refused under clause 7(b).",
        "Rule: 7(b)",
    ),
}
"""The causes whose texts are fixed.

Those that name figures of the order are in exchange/refusals.py.
"""
