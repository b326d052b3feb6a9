"""Stricter or rarer behaviour that can be switched on, in the ledger and so for every process."""

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.sqlite import insert

from kite.simulator.core.ledger_tables import switches
from kite.vocabulary import N_

STRICT_HOLDINGS = "strict_holdings"
"""The demo client holds few shares, and cannot sell for delivery what it does not hold."""

AUTHORISED_SALES = "authorised_sales"
"""Shares that are held are sold for delivery only when their holder has authorised it today."""

REFRESH_TOKENS = "refresh_tokens"
"""A session comes with a refresh token, as for platforms that Kite has approved for it."""

MARKET_HOURS = "market_hours"
"""Orders are taken only within the market's hours, and cancelled when it closes."""

AMO_AFTER_HOURS = "amo_after_hours"
"""With market_hours, a regular order outside the hours becomes an AMO order instead of being
refused.

Kite's own pages do the same.
"""

AMO_WINDOWS = "amo_windows"
"""AMO orders are taken only within their windows."""

RATE_LIMITS = "rate_limits"
"""A call beyond the limit of its second, minute or day is answered 429."""

STRICT_REFERER = "strict_referer"
"""A basket without a Referer is refused, too."""

SWITCHES = {
    MARKET_HOURS: N_(
        "Orders are taken within the market's hours alone, Monday to Friday. What is open at the close is"
        " cancelled."
    ),
    AMO_AFTER_HOURS: N_("With market_hours: a regular order after hours becomes an AMO order."),
    AMO_WINDOWS: N_("AMO orders are taken within their windows alone."),
    "prices_move": N_("Prices move, and open orders fill when they cross."),
    STRICT_HOLDINGS: N_("The demo client holds few shares and sells no others."),
    AUTHORISED_SALES: N_("Shares are sold for delivery once their holder has authorised it."),
    RATE_LIMITS: N_("A call beyond the limit of its second, minute or day is answered 429."),
    "market_protection_required": N_("The API refuses MARKET and SL-M without market_protection."),
    STRICT_REFERER: N_("A basket without a Referer is refused."),
    REFRESH_TOKENS: N_("A session comes with a refresh token."),
}
"""Every switch with what it does. All are off until somebody turns them on."""

ON, OFF = "on", "off"


def is_on(connection: Connection, name: str, default: bool = False) -> bool:
    """Whether a switch is on; `default` if nobody has turned it."""
    value = connection.scalar(select(switches.c.value).where(switches.c.name == name))
    if value is None:
        return default
    return bool(value == ON)


def turn(connection: Connection, name: str, on: bool) -> None:
    """Turn a switch. Needs a writing connection."""
    value = ON if on else OFF
    statement = insert(switches).values(name=name, value=value)
    connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"value": value}))


def forget(connection: Connection) -> None:
    """Turn every switch back to its default, the clock too. Needs a writing connection."""
    connection.execute(delete(switches))
