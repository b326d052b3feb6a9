"""Why Kite refused something, as people read it: a sentence, and what to do next.

Pages always show Kite's own words beside it.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from flask_babel import gettext

from kite.connect.records import Order
from kite.offsite.base import kite_wording
from kite.offsite.base.reason_codes import Reason, ReasonCode
from kite.vocabulary import N_
from kite.web.wording.labels import price, quantity, rupees


@dataclass(frozen=True)
class RefusalMessage:
    """The words for a reason: a sentence without figures, and what to do next.

    `figured` are sentences with figures; the one is used that names just those which Kite's words
    give.
    """

    sentence: str
    next: str
    figured: tuple[str, ...] = ()


WORDS: Mapping[ReasonCode, RefusalMessage] = {
    ReasonCode.INSUFFICIENT_FUNDS: RefusalMessage(
        N_("Not enough funds for this order."),
        N_("Add funds on Kite, or lower the quantity."),
        (N_("Short of %(short)s margin."),),
    ),
    ReasonCode.INSUFFICIENT_HOLDINGS: RefusalMessage(
        N_("You don’t hold enough to sell this much."),
        N_("Sell what you hold, on the exchange where you hold it."),
        (N_("You hold %(held)s, not %(wanted)s."), N_("You can sell %(held)s.")),
    ),
    ReasonCode.SALE_NOT_AUTHORISED: RefusalMessage(
        N_("This sale isn’t authorised (CDSL TPIN)."),
        N_("Authorise it under Holdings on Kite. With DDPI you’re not asked again."),
    ),
    ReasonCode.TRADE_TO_TRADE: RefusalMessage(
        N_("This share trades for delivery only (trade-to-trade)."),
        N_("Use CNC. What you buy can’t be sold the same day."),
    ),
    ReasonCode.SURVEILLANCE: RefusalMessage(
        N_("The exchange keeps this share under surveillance (ASM, GSM)."),
        N_("Kite limits orders in it. CNC at a limit price may work."),
    ),
    ReasonCode.INTRADAY_NOT_ALLOWED: RefusalMessage(
        N_("Kite took no intraday order (MIS or cover) in this."),
        N_("Use CNC for shares, NRML for contracts."),
    ),
    ReasonCode.OUTSIDE_CIRCUIT: RefusalMessage(
        N_("The price is outside today’s circuit limits."),
        N_("Choose a price inside today’s range."),
        (
            N_("Today’s range is %(low)s to %(high)s."),
            N_("Today’s lowest price is %(low)s."),
            N_("Today’s highest price is %(high)s."),
        ),
    ),
    ReasonCode.PRICE_TOO_FAR: RefusalMessage(
        N_("The price is too far from the last traded price."),
        N_("Choose a price nearer to the market."),
    ),
    ReasonCode.NOT_ON_TICK: RefusalMessage(
        N_("The price isn’t on this instrument’s tick."),
        N_("Round the price to a whole step."),
        (N_("Prices move in steps of %(tick)s."),),
    ),
    ReasonCode.NOT_IN_LOTS: RefusalMessage(
        N_("The quantity isn’t a whole number of lots."),
        N_("Choose whole lots."),
        (N_("Comes in lots of %(lot)s."),),
    ),
    ReasonCode.ABOVE_FREEZE: RefusalMessage(
        N_("The quantity is above what one order may have (freeze)."),
        N_("Split it into smaller orders."),
        (N_("At most %(most)s per order."),),
    ),
    ReasonCode.MARKET_CLOSED: RefusalMessage(
        N_("The market was closed."),
        N_("Order in market hours, or as an after market order (AMO)."),
    ),
    ReasonCode.AMO_HOURS: RefusalMessage(
        N_("Kite took no after market orders (AMO) at that time."),
        N_("Order in market hours as a regular order, or later as AMO."),
    ),
    ReasonCode.CONTRACT_EXPIRED: RefusalMessage(
        N_("This contract has expired."), N_("Choose one that expires later.")
    ),
    ReasonCode.CONTRACT_BANNED: RefusalMessage(
        N_("The exchange takes no new positions in this (F&O ban, MWPL)."),
        N_("You can only close positions until the ban ends."),
    ),
    ReasonCode.DISCLOSED_QUANTITY: RefusalMessage(
        N_("Kite didn’t take this disclosed quantity."),
        N_("Leave it empty, or disclose more of the quantity."),
    ),
    ReasonCode.MARKET_ORDER_ILLIQUID: RefusalMessage(
        N_("Kite took no market order here."),
        N_("Make it a limit order."),
    ),
    ReasonCode.MARKET_PROTECTION: RefusalMessage(
        N_("Kite takes market orders from programs only with protection."),
        N_("Make it a limit order."),
    ),
    ReasonCode.TRIGGER_PRICE: RefusalMessage(
        N_("Kite didn’t take this trigger price."),
        N_("Buy stops trigger above the last price, sell stops below it."),
    ),
    ReasonCode.PRODUCT_NOT_ALLOWED: RefusalMessage(
        N_("Kite didn’t take this product here."),
        N_("Use CNC or MIS for shares, NRML or MIS for contracts."),
    ),
    ReasonCode.ORDER_TYPE_NOT_ALLOWED: RefusalMessage(
        N_("Kite didn’t take this order type here."),
        N_("Use a limit order, or SL in place of SL-M."),
    ),
    ReasonCode.ACCOUNT_NOT_ENABLED: RefusalMessage(
        N_("Your account isn’t enabled for this."),
        N_("Look at your segments in Zerodha’s Console, or ask Zerodha."),
    ),
    ReasonCode.NOT_TRADABLE: RefusalMessage(
        N_("The exchange took no order in this."),
        N_("It may be closed, suspended or renamed. Look at it on Kite."),
    ),
    ReasonCode.BLOCKED_BY_BROKER: RefusalMessage(
        N_("Kite’s risk checks blocked this order."),
        N_("Kite’s own words may say why. If not, ask Zerodha."),
    ),
    ReasonCode.EXCHANGE_UNREACHABLE: RefusalMessage(
        N_("Kite had no line to the exchange."),
        N_("Outside market hours that’s usual. Order in market hours."),
    ),
    ReasonCode.NOT_FILLED_IN_TIME: RefusalMessage(
        N_("It wasn’t filled in time, and the exchange cancelled it."),
        N_("Choose a price nearer to the market, or another day."),
    ),
    ReasonCode.ORDER_ENDED: RefusalMessage(
        N_("The order had ended, or was just ending, when Kite was asked."),
        N_("Look at the order below."),
    ),
    ReasonCode.TOO_MANY_MODIFICATIONS: RefusalMessage(
        N_("Kite takes 25 changes of one order, and this one has had them."),
        N_("Cancel it, and place a new one."),
    ),
    ReasonCode.TOO_MANY_REQUESTS: RefusalMessage(
        N_("Too many requests reached Kite at once."), N_("Wait a minute, then try again.")
    ),
    ReasonCode.ADDRESS_NOT_REGISTERED: RefusalMessage(
        N_("Kite takes this only from a registered internet address, and this site’s isn’t."),
        N_("Use Kite’s own pages, and tell whoever runs this site."),
    ),
    ReasonCode.USER_NOT_ENABLED: RefusalMessage(
        N_("Your Kite account isn’t enabled for this site’s app."),
        N_("Ask whoever runs this site."),
    ),
    ReasonCode.KEY_NOT_PERMITTED: RefusalMessage(
        N_("This site’s key may not do this on Kite."), N_("Use Kite’s own pages.")
    ),
    ReasonCode.KEY_NOT_VALID: RefusalMessage(
        N_("Kite didn’t take this site’s key or secret."),
        N_("Tell whoever runs this site."),
    ),
    ReasonCode.SESSION_OVER: RefusalMessage(
        N_("The session on Kite was over."), N_("Log in to Kite, then try again.")
    ),
    ReasonCode.ORDER_SYSTEM_UNREACHABLE: RefusalMessage(
        N_("Kite did not reach its order system."),
        N_("Look at your orders before you try again."),
    ),
    ReasonCode.UNKNOWN: RefusalMessage(
        N_("Kite refused this."),
        N_("We don’t know this reason. Look at the order on Kite."),
    ),
}
"""The words for every reason.

Figures come from Kite's own text, and only when it can be read in one way.
"""


def _whole(figure: Decimal) -> str:
    return quantity(int(figure))


WRITTEN: Mapping[str, Callable[[Decimal], str]] = {
    "short": rupees,
    "held": _whole,
    "wanted": _whole,
    "lot": _whole,
    "most": _whole,
    "low": price,
    "high": price,
    "tick": price,
}
"""By figure: how it is written."""

NAMED = re.compile(r"%\((\w+)\)s")
"""The figures that a sentence names."""

KITES_PAGES: Mapping[ReasonCode, tuple[str, str]] = {
    ReasonCode.INSUFFICIENT_FUNDS: ("/funds", N_("Funds on Kite")),
    ReasonCode.INSUFFICIENT_HOLDINGS: ("/holdings", N_("Holdings on Kite")),
    ReasonCode.SALE_NOT_AUTHORISED: ("/holdings", N_("Holdings on Kite")),
}
"""By code: the page of Kite's where the next step is taken, and the words of the link."""


@dataclass(frozen=True)
class ExplainedRefusal:
    """A refusal in plain words, and as Kite wrote it.

    `own` is Kite's sentence, and the text of its order system where that differs.
    """

    code: ReasonCode
    sentence: str
    next: str
    own: tuple[str, ...]


def explain(message: str | None, raw: str | None = None, error: str = "") -> ExplainedRefusal | None:
    """Return why Kite refused something, or None when it gave no reason.

    `error` is Kite's `error_type` when it refused a request.
    """
    reason = kite_wording.read_reason(message, raw, error)
    if reason is None:
        return None
    own = tuple(dict.fromkeys(text for text in (message, raw) if text and text.strip()))
    return ExplainedRefusal(reason.code, _sentence(reason, own), gettext(WORDS[reason.code].next), own)


def explain_first(orders: Sequence[Order]) -> ExplainedRefusal | None:
    """Return why an item's order was refused: the first of its orders for which Kite gives a
    reason.
    """
    refused = next((order for order in orders if order.status_message), None)
    if refused is None:
        return None
    return explain(refused.status_message, refused.status_message_raw)


def kites_page(explained: ExplainedRefusal | None, web_root: str) -> tuple[str, str] | None:
    """Return address and words of the page of Kite's where the cause can be removed, None without
    one.

    `web_root` is "" for the simulator, which has no such pages.
    """
    if explained is None or not web_root or explained.code not in KITES_PAGES:
        return None
    path, words = KITES_PAGES[explained.code]
    return f"{web_root}{path}", str(gettext(words))


def _sentence(reason: Reason, own: tuple[str, ...]) -> str:
    """Return the sentence that says most about a reason."""
    # Nobody has put this reason into words yet, so Kite's own say more than ours.
    if reason.code is ReasonCode.UNKNOWN and own:
        return own[0]
    figures = {name: WRITTEN[name](figure) for name, figure in reason.figures.items()}
    for sentence in WORDS[reason.code].figured:
        if set(NAMED.findall(sentence)) == figures.keys():
            return str(gettext(sentence, **figures))
    return str(gettext(WORDS[reason.code].sentence))
