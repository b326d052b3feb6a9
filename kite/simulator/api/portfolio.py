"""Funds, positions and holdings of api.kite.trade."""

from typing import Any

from flask import Response, request

from kite.simulator.account import authorisations, funds, holdings, portfolio
from kite.simulator.account.costs import FUNDS
from kite.simulator.account.funds import Funds
from kite.simulator.account.portfolio import Conversion
from kite.simulator.core import credentials
from kite.simulator.core.context import services
from kite.simulator.core.items import MOST
from kite.simulator.core.responses import Refused, success
from kite.simulator.core.surfaces import KiteBlueprint, KiteSurface
from kite.vocabulary import TransactionType

bp = KiteBlueprint("portfolio_api", __name__, KiteSurface.API)

CONVERSION = (
    "exchange",
    "tradingsymbol",
    "transaction_type",
    "position_type",
    "quantity",
    "old_product",
    "new_product",
)

UTILISED = (
    "debits",
    "exposure",
    "m2m_realised",
    "m2m_unrealised",
    "option_premium",
    "payout",
    "span",
    "holding_sales",
    "turnover",
    "liquid_collateral",
    "stock_collateral",
    "delivery",
)


@bp.get("/user/margins", defaults={"segment": None})
@bp.get("/user/margins/<segment>")
def margins(segment: str | None) -> Response:
    """Answer the funds of both segments or of one. All orders use those of the equity segment."""
    user_id, at = credentials.user_id(), services().at()
    with services().ledger.read() as connection:
        now = funds.funds(connection, user_id, at)
    segments = {"equity": _segment(FUNDS, now), "commodity": _segment(0, Funds({}, 0, 0))}
    if segment is not None and segment not in segments:
        raise Refused(400, "InputException", "Invalid `segment`.")
    if segment is None:
        return success(segments)
    return success(segments[segment])


@bp.get("/portfolio/positions")
def positions() -> Response:
    """Answer the positions of the day.

    None is carried over night, so `net` and `day` are the same.
    """
    user_id, at = credentials.user_id(), services().at()
    with services().ledger.read() as connection:
        rows = portfolio.position_rows(connection, services().market, user_id, at)
    return success({"net": rows, "day": rows})


@bp.put("/portfolio/positions")
def convert_position() -> Response:
    """Move a quantity of a position to another product."""
    user_id, conversion, at = credentials.user_id(), _conversion(), services().at()
    with services().ledger.write() as connection:
        portfolio.convert(connection, conversion, user_id, at)
    return success(True)


@bp.get("/portfolio/holdings")
def shares() -> Response:
    """Answer the holdings: those of the morning without what was sold today."""
    user_id, at = credentials.user_id(), services().at()
    with services().ledger.read() as connection:
        return success(holdings.holdings(connection, services().market, user_id, at))


@bp.get("/portfolio/holdings/auctions")
def auctions() -> Response:
    """Answer the holdings that can be offered in today's auctions."""
    credentials.user_id()
    with services().ledger.read() as connection:
        return success(holdings.auctions(connection, services().market, services().at()))


@bp.post("/portfolio/holdings/authorise")
def authorise() -> Response:
    """Answer the id of the page on which a person authorises sales.

    `isin` and `quantity` come once for each share; without any, all holdings are meant.
    """
    user_id, at = credentials.user_id(), services().at()
    with services().ledger.write() as connection:
        shares = holdings.morning_holdings(connection, services().market)
        held = {holdings.isin(share.tradingsymbol): share.quantity for share in shares}
        return success({"request_id": authorisations.ask(connection, user_id, _wanted(held), at)})


def _wanted(held: dict[str, int]) -> dict[str, int]:
    """Return the quantities to authorise by ISIN, of those that are `held`. Raises Refused."""
    isins, quantities = request.values.getlist("isin"), request.values.getlist("quantity")
    if not isins and not quantities:
        return held
    if len(isins) != len(quantities):
        raise Refused(400, "InputException", "Each `isin` takes one `quantity`.")
    if len(set(isins)) < len(isins) or not set(isins) <= set(held):
        raise Refused(400, "InputException", "Invalid `isin`.")
    wanted = {isin: _quantity(text) for isin, text in zip(isins, quantities, strict=True)}
    if any(quantity > held[isin] for isin, quantity in wanted.items()):
        raise Refused(400, "InputException", "Invalid `quantity`.")
    return wanted


def _conversion() -> Conversion:
    """Return the conversion that a client asks for.

    Raises Refused with the first field that does not fit.
    """
    fields = {name: credentials.required_field(name) for name in CONVERSION}
    instrument = services().market.find(fields["exchange"], fields["tradingsymbol"])
    if not instrument:
        raise Refused(400, "InputException", "Invalid `tradingsymbol`.")
    old, new = fields["old_product"], fields["new_product"]
    fits = {
        "transaction_type": fields["transaction_type"] in tuple(TransactionType),
        "position_type": fields["position_type"] in ("day", "overnight"),
        "old_product": portfolio.product_fits(instrument.exchange, old),
        "new_product": portfolio.product_fits(instrument.exchange, new) and new != old,
    }
    wrong = next((name for name, good in fits.items() if not good), None)
    if wrong:
        raise Refused(400, "InputException", f"Invalid `{wrong}`.")
    if fields["position_type"] == "overnight":
        raise Refused(400, "InputException", "There are no overnight positions.")
    return Conversion(instrument, fields["transaction_type"], _quantity(fields["quantity"]), old, new)


def _quantity(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or not 1 <= len(text) <= 10 or not 1 <= int(text) <= MOST:
        raise Refused(400, "InputException", "Invalid `quantity`.")
    return int(text)


def _segment(cash: int, now: Funds) -> dict[str, Any]:
    """Return the part of an answer for one segment. `cash` and the funds are in paise."""
    opening, net = cash / 100, (cash - now.debits) / 100
    available = {
        "adhoc_margin": 0,
        "cash": opening,
        "opening_balance": opening,
        "live_balance": net,
        "collateral": 0,
        "intraday_payin": 0,
    }
    blocked = {head: amount / 100 for head, amount in now.blocked.items()}
    utilised = (
        dict.fromkeys(UTILISED, 0)
        | blocked
        | {"debits": now.debits / 100, "m2m_realised": now.loss / 100, "holding_sales": now.sales / 100}
    )
    return {"enabled": True, "net": net, "available": available, "utilised": utilised}
