"""Why Kite refused something: a fixed set of codes.

Kite has none of its own; `kite_wording` reads them from its words.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum


class ReasonCode(StrEnum):
    """Every kind of refusal.

    The values are stable: programs outside of this site may compare them.
    """

    INSUFFICIENT_FUNDS = "insufficient_funds"
    INSUFFICIENT_HOLDINGS = "insufficient_holdings"
    SALE_NOT_AUTHORISED = "sale_not_authorised"
    TRADE_TO_TRADE = "trade_to_trade"
    SURVEILLANCE = "surveillance"
    INTRADAY_NOT_ALLOWED = "intraday_not_allowed"
    OUTSIDE_CIRCUIT = "outside_circuit"
    PRICE_TOO_FAR = "price_too_far"
    NOT_ON_TICK = "not_on_tick"
    NOT_IN_LOTS = "not_in_lots"
    ABOVE_FREEZE = "above_freeze"
    MARKET_CLOSED = "market_closed"
    AMO_HOURS = "amo_hours"
    CONTRACT_EXPIRED = "contract_expired"
    CONTRACT_BANNED = "contract_banned"
    DISCLOSED_QUANTITY = "disclosed_quantity"
    MARKET_ORDER_ILLIQUID = "market_order_illiquid"
    MARKET_PROTECTION = "market_protection"
    TRIGGER_PRICE = "trigger_price"
    PRODUCT_NOT_ALLOWED = "product_not_allowed"
    ORDER_TYPE_NOT_ALLOWED = "order_type_not_allowed"
    ACCOUNT_NOT_ENABLED = "account_not_enabled"
    NOT_TRADABLE = "not_tradable"
    BLOCKED_BY_BROKER = "blocked_by_broker"
    EXCHANGE_UNREACHABLE = "exchange_unreachable"
    NOT_FILLED_IN_TIME = "not_filled_in_time"
    ORDER_ENDED = "order_ended"
    TOO_MANY_MODIFICATIONS = "too_many_modifications"
    TOO_MANY_REQUESTS = "too_many_requests"
    ADDRESS_NOT_REGISTERED = "address_not_registered"
    USER_NOT_ENABLED = "user_not_enabled"
    KEY_NOT_PERMITTED = "key_not_permitted"
    KEY_NOT_VALID = "key_not_valid"
    SESSION_OVER = "session_over"
    ORDER_SYSTEM_UNREACHABLE = "order_system_unreachable"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Reason:
    """A code, and the figures that Kite's words gave for certain.

    `short` is rupees of margin; `low`, `high` and `tick` are prices; `held`, `wanted`, `lot` and
    `most` are quantities.
    """

    code: ReasonCode
    figures: Mapping[str, Decimal] = field(default_factory=dict)
