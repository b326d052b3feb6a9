"""What can be wrong with an order and what is pointed out, as a person meets it: an order, the
sentence, and what mends it.
"""

from datetime import datetime
from pathlib import Path
from typing import Any

from kite import bundled
from kite.bundled import monthly_expiry
from kite.instruments.catalogue_file import BUNDLED
from kite.instruments.catalogue_writer import load
from kite.instruments.csv_rows import table
from kite.vocabulary import IST

TODAY = datetime.now(IST).date()


def monthly(symbol: str, ahead: int) -> str:
    """Return the symbol of the contract that is `ahead` monthly expiries after the next one; -1 is
    past.
    """
    return symbol.replace("{month}", f"{monthly_expiry(TODAY, ahead):%y%b}".upper())


MARKET = {
    "tradingsymbol": "INFY",
    "exchange": "NSE",
    "transaction_type": "BUY",
    "order_type": "MARKET",
    "quantity": 100,
}
LIMIT = MARKET | {"order_type": "LIMIT", "price": 1448.2}
SL = LIMIT | {"order_type": "SL", "trigger_price": 1440}
SL_M = MARKET | {"order_type": "SL-M", "trigger_price": 1440}
COVER = LIMIT | {"variety": "co", "product": "MIS", "trigger_price": 1440}
FUTURE = MARKET | {"tradingsymbol": monthly("NIFTY{month}FUT", 1), "exchange": "NFO", "quantity": 75}
OPTION = FUTURE | {
    "tradingsymbol": monthly("NIFTY{month}26000CE", 0),
    "order_type": "SL-M",
    "trigger_price": 200,
}
SELL = MARKET | {"tradingsymbol": "ASIANPAINT", "transaction_type": "SELL", "product": "CNC"}
EXPIRED, FAR = monthly("FINNIFTY{month}FUT", -1), monthly("FINNIFTY{month}25000CE", 3)
STOCK_OPTION = monthly("RELIANCE{month}1400CE", 0)
BAND = (
    "the last price known. Outside the day’s band Kite refuses it, often without a line in your order book."
)

Met = tuple[dict[str, Any], str, str, dict[str, str]]

MENDED: dict[str, Met] = {
    "near symbol": (
        MARKET | {"tradingsymbol": "INFI"},
        "No instrument INFI on NSE.",
        "INFY",
        {"tradingsymbol": "INFY"},
    ),
    "series": (
        MARKET | {"tradingsymbol": "INFY-EQ"},
        "No instrument INFY-EQ on NSE.",
        "INFY",
        {"tradingsymbol": "INFY"},
    ),
    "exchange": (
        MARKET | {"exchange": "NFO"},
        "No instrument INFY on NFO.",
        "INFY on NSE",
        {"exchange": "NSE"},
    ),
    "choice": (
        MARKET | {"validity": "GTC"},
        "Kite's page does not take GTC.",
        "Make it a day order",
        {"validity": "DAY"},
    ),
    "sign": (
        MARKET | {"quantity": -10},
        "A quantity has no sign. Do you mean Sell 10?",
        "Sell 10",
        {"quantity": "10"},
    ),
    "part": (MARKET | {"quantity": "5/10"}, "Enter one quantity: 10 or 5.", "10", {"quantity": "10"}),
    "lock": (
        MARKET | {"readonly": "maybe"},
        "“maybe” is neither yes nor no. Lock this order, or do not.",
        "Lock it",
        {"readonly": "y"},
    ),
    "iceberg": (
        MARKET | {"variety": "iceberg"},
        "Kite's page does not take iceberg.",
        "Make it a regular order",
        {"variety": "regular"},
    ),
    "TTL": (
        MARKET | {"validity": "TTL"},
        "Kite's page does not take TTL.",
        "Make it a day order",
        {"validity": "DAY"},
    ),
    "CNC": (
        FUTURE | {"product": "CNC"},
        "CNC is for NSE and BSE only. Use NRML or MIS.",
        "Use NRML",
        {"product": "NRML"},
    ),
    "NRML": (
        MARKET | {"product": "NRML"},
        "NRML is for derivatives only. Use CNC or MIS.",
        "Use MIS",
        {"product": "MIS"},
    ),
    "SL-M": (
        SL | {"exchange": "BSE", "order_type": "SL-M", "price": 1448.2},
        "BSE takes no SL-M orders. Make it an SL, with a price.",
        "Make it an SL",
        {"order_type": "SL"},
    ),
    "SL-M on options": (
        OPTION,
        "Options take no SL-M orders. Make it an SL, with a price.",
        "Make it an SL",
        {"order_type": "SL"},
    ),
    "SL-M without its price": (
        SL_M | {"price": 1448.2},
        "SL-M orders take no price. Remove it, or make it an SL.",
        "Remove it",
        {"order_type": "SL-M", "price": ""},
    ),
    "SL-M with its price": (
        SL_M | {"price": 1448.2},
        "SL-M orders take no price. Remove it, or make it an SL.",
        "Make it an SL",
        {"order_type": "SL", "price": "1448.2"},
    ),
    "price removed": (
        MARKET | {"price": 1448.2},
        "Market orders take no price. Remove it, or make it a limit.",
        "Remove it",
        {"price": ""},
    ),
    "price kept": (
        MARKET | {"price": 1448.2},
        "Market orders take no price. Remove it, or make it a limit.",
        "Make it a limit",
        {"order_type": "LIMIT", "price": "1448.2"},
    ),
    "trigger removed": (
        LIMIT | {"trigger_price": 1440},
        "Limit orders take no trigger. Remove it, or make it an SL.",
        "Remove it",
        {"trigger_price": ""},
    ),
    "trigger kept": (
        LIMIT | {"trigger_price": 1440},
        "Limit orders take no trigger. Remove it, or make it an SL.",
        "Make it an SL",
        {"order_type": "SL"},
    ),
    "trigger at market removed": (
        MARKET | {"trigger_price": 1440},
        "Market orders take no trigger. Remove it, or make it an SL-M.",
        "Remove it",
        {"trigger_price": ""},
    ),
    "trigger at market kept": (
        MARKET | {"trigger_price": 1440},
        "Market orders take no trigger. Remove it, or make it an SL-M.",
        "Make it an SL-M",
        {"order_type": "SL-M"},
    ),
    "no longer listed": (
        FUTURE | {"tradingsymbol": monthly("NIFTY{month}FUT", -1)},
        f"No instrument {monthly('NIFTY{month}FUT', -1)} on NFO. Nearest: {monthly('NIFTY{month}FUT', 0)}",
        monthly("NIFTY{month}FUT", 0),
        {"tradingsymbol": monthly("NIFTY{month}FUT", 0)},
    ),
    "expired": (
        FUTURE | {"tradingsymbol": EXPIRED},
        (
            f"{EXPIRED} expired on {monthly_expiry(TODAY, -1):%-d %b %Y}. Next:"
            f" {monthly('FINNIFTY{month}FUT', 0)}."
        ),
        monthly("FINNIFTY{month}FUT", 0),
        {"tradingsymbol": monthly("FINNIFTY{month}FUT", 0)},
    ),
    "lot": (FUTURE | {"quantity": 100}, "Lot is 75: use 75 or 150.", "150", {"quantity": "150"}),
    "tick": (
        LIMIT | {"price": 1448.123},
        "Not on the tick. Use: 1,448.10 / 1,448.20.",
        "1,448.20",
        {"price": "1448.2"},
    ),
    "tick of the trigger": (
        SL | {"trigger_price": 1440.05},
        "Not on the tick. Use: 1,440.00 / 1,440.10.",
        "1,440.10",
        {"trigger_price": "1440.1"},
    ),
    "decimals": (
        LIMIT | {"tradingsymbol": "INFI", "price": 1448.123},
        "Enter at most 2 decimals.",
        "1,448.13",
        {"price": "1448.13"},
    ),
    "decimals of the trigger": (
        SL | {"tradingsymbol": "INFI", "trigger_price": 1440.123},
        "Enter at most 2 decimals.",
        "1,440.12",
        {"trigger_price": "1440.12"},
    ),
    "trigger side to sell": (
        SL | {"transaction_type": "SELL"},
        "Sell SL: trigger at or above the price.",
        "1,448.20",
        {"trigger_price": "1448.2"},
    ),
    "trigger side": (
        SL | {"trigger_price": 1450},
        "Buy SL: trigger at or below the price.",
        "1,448.20",
        {"trigger_price": "1448.2"},
    ),
    "cover on BSE": (
        COVER | {"exchange": "BSE"},
        "Cover orders are for shares on NSE.",
        "Use NSE",
        {"exchange": "NSE"},
    ),
    "cover type": (
        COVER | {"order_type": "SL"},
        "A cover order is a market or a limit order.",
        "Make it a limit",
        {"order_type": "LIMIT"},
    ),
    "cover product": (COVER | {"product": "CNC"}, "A cover order is MIS.", "Use MIS", {"product": "MIS"}),
    "disclosed on NFO": (
        FUTURE | {"disclosed_quantity": 75},
        "NFO takes no disclosed quantity. Remove it.",
        "Remove it",
        {"disclosed_quantity": ""},
    ),
    "disclosed too little": (
        MARKET | {"disclosed_quantity": 9},
        "Disclose at least 10 % of the quantity: 10 or more.",
        "10",
        {"disclosed_quantity": "10"},
    ),
    "disclosed too much": (
        MARKET | {"disclosed_quantity": 101},
        "Disclose the quantity at most.",
        "100",
        {"disclosed_quantity": "100"},
    ),
    "tag": (
        MARKET | {"tag": "my-tag"},
        "Use letters and digits only, 12 at most.",
        "mytag",
        {"tag": "mytag"},
    ),
}
"""By what is met: the order, the sentence at its field, the button that mends it, and what stands
in the row then.
"""

UNMET = {"disclosed_not_positive", "sale_needs_authorisation"}
"""What no text can be read as, and only a form of ours that was tampered with can send; and what
hangs on a switch of the simulator that would change every journey, so that
tests/web/composer/test_authorising.py meets it alone.
"""


def brought(item: dict[str, Any]) -> dict[str, Any]:
    """Return the order as a link can bring it: of one for which Kite has no use for a field, the
    link would lose that field.
    """
    order_type, exchange = item["order_type"], item["exchange"]
    if order_type == "MARKET" and item.get("price"):
        order_type = "LIMIT"
    elif order_type == "MARKET" and item.get("trigger_price"):
        order_type = "SL-M"
    elif (order_type == "LIMIT" and item.get("trigger_price") and item.get("variety") != "co") or (
        order_type == "SL-M" and item.get("price")
    ):
        order_type = "SL"
    if item.get("disclosed_quantity") and exchange == "NFO":
        exchange = "NSE"
    return item | {"order_type": order_type, "exchange": exchange}


TYPED: list[tuple[dict[str, Any], str, str, str]] = [
    (MARKET | {"tradingsymbol": ""}, "tradingsymbol", "Enter an instrument, like INFY.", "INFY"),
    (
        MARKET | {"tradingsymbol": "NIFTY 50"},
        "tradingsymbol",
        "NIFTY 50 is an index. It cannot be bought or sold.",
        "INFY",
    ),
    (MARKET | {"quantity": 0}, "quantity", "Enter 1 or more.", "1"),
    (MARKET | {"quantity": 1_000_000_001}, "quantity", "Enter 100 crore or less.", "1"),
    (LIMIT | {"price": 0}, "price", "Enter a price above 0.", "1448.20"),
    (MARKET | {"order_type": "LIMIT"}, "price", "A limit order needs a price.", "1448.20"),
    (MARKET | {"order_type": "SL", "trigger_price": 1440}, "price", "An SL order needs a price.", "1448.20"),
    (LIMIT | {"order_type": "SL"}, "trigger_price", "An SL order needs a trigger.", "1440"),
    (MARKET | {"order_type": "SL-M"}, "trigger_price", "An SL-M order needs a trigger.", "1440"),
    (SL | {"trigger_price": 0}, "trigger_price", "Enter a trigger above 0.", "1440"),
    (
        {name: text for name, text in COVER.items() if name != "trigger_price"},
        "trigger_price",
        "A cover order needs a trigger.",
        "1440",
    ),
    (MARKET | {"transaction_type": ""}, "transaction_type", "Choose one.", "BUY"),
    (
        MARKET | {"order_type": "STOP"},
        "order_type",
        "Kite's page does not take STOP. Choose one that is listed.",
        "MARKET",
    ),
    (MARKET | {"quantity": "many"}, "quantity", "Enter a whole number, like 100.", "1"),
    (LIMIT | {"price": "x"}, "price", "Enter an amount in rupees, like 1412.50.", "1448.20"),
    (COVER | {"trigger_price": 1450}, "trigger_price", "Buy cover order: trigger below the price.", "1440"),
    (
        COVER | {"transaction_type": "SELL"},
        "trigger_price",
        "Sell cover order: trigger above the price.",
        "1450",
    ),
]
"""What has no button: the order, the field, the sentence there, and the text that mends it."""

POINTED_OUT: dict[str, Met] = {
    "trade to trade": (
        MARKET | {"tradingsymbol": "CENTRALBK-BE", "quantity": 10},
        "CENTRALBK-BE is in the trade-to-trade series. Kite often refuses market orders there.",
        "Make it a limit at 37.80",
        {"order_type": "LIMIT", "price": "37.8"},
    ),
    "far option": (
        OPTION | {"tradingsymbol": FAR, "order_type": "MARKET", "trigger_price": ""},
        "This option expires in a later month. Few quote a price: at market it can be a bad one.",
        "Make it a limit at 101.50",
        {"order_type": "LIMIT", "price": "101.5"},
    ),
    "MCX option": (
        MARKET | {"tradingsymbol": monthly("CRUDEOIL{month}5300CE", 0), "exchange": "MCX", "quantity": 1},
        "Options on MCX have few quotes. At market the price can be a bad one.",
        "Make it a limit at 170.90",
        {"order_type": "LIMIT", "price": "170.9"},
    ),
    "option on a stock": (
        OPTION | {"tradingsymbol": STOCK_OPTION, "order_type": "MARKET", "trigger_price": ""},
        (
            "Kite refuses market orders in options on stocks, often without a line in your order book. Give"
            " it a limit."
        ),
        "Make it a limit at 101.50",
        {"order_type": "LIMIT", "price": "101.5"},
    ),
    "price ten times as high": (
        LIMIT | {"price": 14482},
        f"900 % above 1,448.20, {BAND}",
        "1,448.20",
        {"price": "1448.2"},
    ),
    "price ten times as low": (
        LIMIT | {"price": 144.8},
        f"90 % below 1,448.20, {BAND}",
        "1,448.00",
        {"price": "1448"},
    ),
    "trigger ten times as high": (
        SL_M | {"trigger_price": 14480},
        f"The trigger is 899 % above 1,448.20, {BAND}",
        "1,448.00",
        {"trigger_price": "1448"},
    ),
    "trigger ten times as low": (
        SL_M | {"trigger_price": 144.8, "transaction_type": "SELL", "product": "MIS"},
        f"The trigger is 90 % below 1,448.20, {BAND}",
        "1,448.00",
        {"trigger_price": "1448"},
    ),
    "more than 1,00,000 shares": (
        MARKET | {"quantity": 1_50_000},
        (
            "Kite refuses an order for more than 1,00,000 shares, often without a line in your order book."
            " Split it."
        ),
        "1,00,000",
        {"quantity": "100000"},
    ),
    "held elsewhere": (
        SELL | {"tradingsymbol": "SUNPHARMA", "exchange": "BSE"},
        "You hold none on BSE, and 1,00,000 on NSE.",
        "Use NSE",
        {"exchange": "NSE"},
    ),
    "more than held": (
        SELL | {"quantity": 1_00_001},
        "You can sell 1,00,000 on NSE.",
        "1,00,000",
        {"quantity": "100000"},
    ),
}
"""What a person who came back from Kite is told and may leave as it is; the simulator holds a lakh
of each share, on NSE where it is listed.
"""

TWICE = "Order 1 is for the same, on the same terms. Both go to Kite."


def list_past_and_far(path: Path) -> None:
    """Give the site at `path` the bundled list with EXPIRED, its successor, FAR and STOCK_OPTION,
    as a list of some days ago would hold them.
    """
    rows = list(bundled.rows(TODAY))
    future = next(row for row in rows if row["instrument_type"] == "FUT" and row["name"] == "NIFTY")
    option = next(row for row in rows if row["instrument_type"] == "CE" and row["name"] == "NIFTY")
    named = {"name": "FINNIFTY", "last_price": "100"}
    for like, symbol, ahead in (
        (future, EXPIRED, -1),
        (future, monthly("FINNIFTY{month}FUT", 0), 0),
        (option, FAR, 3),
    ):
        rows.append(
            like | named | {"tradingsymbol": symbol, "expiry": monthly_expiry(TODAY, ahead).isoformat()}
        )
    rows.append(
        option
        | {
            "name": "RELIANCE",
            "last_price": "100",
            "tradingsymbol": STOCK_OPTION,
            "expiry": monthly_expiry(TODAY, 0).isoformat(),
        }
    )
    load(path, table(rows), datetime.now(IST), BUNDLED)
