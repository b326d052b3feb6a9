"""Reads Kite's own words about a refusal into a code, with the figures that they contain.

The words are `status_message` (for people) and `status_message_raw` (the order system's text) of an
order, or the message and kind of an API error. The wording is from Kite Connect's documentation and
forum, the broker's support pages, the exchanges' lists of error codes, and messages that public
programs have recorded.
"""

import re
from collections.abc import Mapping

from kite.offsite.base.kite_figures import read_figures
from kite.offsite.base.reason_codes import Reason, ReasonCode

GENERAL = frozenset({ReasonCode.UNKNOWN, ReasonCode.BLOCKED_BY_BROKER, ReasonCode.NOT_TRADABLE})
"""Codes that say little.

Where one of Kite's two texts says no more than this, the other one decides.
"""

LONGEST_READ = 1000
"""Characters of a text that are read.

Kite's sentences are far shorter, and a stranger's text may be far longer.
"""

NO = (
    r"(?:not (?:be )?(?:\w+ )?(?:allowed|permitted|accepted|enabled|supported|placed|available)|"
    r"cannot|can't|disallowed|blocked|disabled|stopped|rejected)"
)
PRODUCTS = r"(?-i:\b(?:MIS|CO|BO)\b)"
"""In capitals only, or a company's "Co." were a cover order."""

WITHIN = r"[^.]{0,60}"
"""What may come between two words of one sentence."""

WORDING: tuple[tuple[ReasonCode, str], ...] = (
    # About the caller and the session, not about an order
    (ReasonCode.KEY_NOT_VALID, r"invalid `?(?:checksum|api_key)`?\.?$"),
    (ReasonCode.USER_NOT_ENABLED, r"user is not enabled for the app"),
    (
        ReasonCode.SESSION_OVER,
        r"\b(?:access|request)[_ ]token\b|(?<!instrument )token is invalid|"
        r"session (?:has |is |was )?(?:expired|invalid)|invalid session",
    ),
    (
        ReasonCode.ADDRESS_NOT_REGISTERED,
        r"(?-i:\bIPs?\b).{0,80}(?:not allowed|configured|registered|whitelist)|whitelisted IP|static IP",
    ),
    (
        ReasonCode.TOO_MANY_MODIFICATIONS,
        r"maximum (?:allowed |number of )?(?:order )?modifications|modification limit",
    ),
    (
        ReasonCode.TOO_MANY_REQUESTS,
        r"too many requests|rate limit|(?:orders|requests) per (?:second|minute|day)",
    ),
    (ReasonCode.KEY_NOT_PERMITTED, r"insufficient permission|not allowed for the authenticated user"),
    (
        ReasonCode.ORDER_ENDED,
        r"order (?:cannot|can't|could not) be (?:modified|cancelled|changed|exited)|"
        r"order is (?:not open|being processed|complete)|"
        r"order (?:is|was|has) already (?:been )?(?:complete|cancel|reject|execut|fill|trad)",
    ),
    # Money first: a text about funds may name anything else of the order
    (
        ReasonCode.INSUFFICIENT_FUNDS,
        r"insufficient (?:available )?(?:funds?|margins?|balance|cash)|(?:margin|MtoM) exceeds|"
        r"(?:not|n't)(?: have)? (?:enough|sufficient) (?:funds?|margin|balance)|(?:margins?|funds?|balance)"
        r" (?:is |are )?insufficient|low on funds|"
        r"fund limit insufficient|(?:margin|funds?) short(?:fall|age)|"
        r"peak margin|need to add (?:Rs\.?|INR|₹)",
    ),
    (
        ReasonCode.MARKET_PROTECTION,
        r"without market[ _]protection|market[ _]protection (?:is )?(?:required|missing|mandatory)",
    ),
    # What is owned
    (
        ReasonCode.SALE_NOT_AUTHORISED,
        r"\bTPIN\b|\be-?DIS\b|\bDDPI\b|\bPOA\b|\bDP not authori[sz]ed|"
        rf"\b(?:holdings?|sales?|debit|demat)\b{WITHIN}\bauthori[sz]|"
        r"\b(?:un)?authori[sz]\w*\b[^.]{0,40}\b(?:holdings?|sales?|debit|demat|CDSL|NSDL)\b|"
        r"\b(?:CDSL|NSDL)\b[^.]{0,40}\bauthori[sz]",
    ),
    (
        ReasonCode.INSUFFICIENT_HOLDINGS,
        r"check (?:t1 )?holdings?|(?:insufficient|no|not enough)\b[^.]{0,30}\bholdings?\b|"
        r"holdings? (?:quantity|not|present|available)|\bin (?:your )?holdings\b|short[ -]?sell|eligible"
        r" sell|"
        r"T1 bucket|shares pledged|do(?: not|n't) (?:hold|have)\b[^.]{0,40}\b(?:shares|stock|quantity|qty)|"
        r"insufficient (?:quantity|qty)|(?:exceeds?|more than) (?:your |the )?holdings?",
    ),
    # What may be traded, and how; the cause before what follows from it
    (
        ReasonCode.TRADE_TO_TRADE,
        (
            r"trade[ -](?:to|for|2)[ -]trade|\bT2T\b|(?-i:\b(?:BE|BZ|ST|TS|TT|T|Z)\b)["
            r" -](?:series|segment|group|category)"
        ),
    ),
    (
        ReasonCode.SURVEILLANCE,
        r"surveillance|(?-i:\b(?:ASM|GSM|ESM|LTASM|STASM)\b)|unsolicited|cautionary list",
    ),
    (
        ReasonCode.CONTRACT_BANNED,
        r"\bban period|\b(?:in|under) (?:the )?(?:F&O )?ban\b|F&O ban|\bMWPL\b|market[ -]wide position limit|"
        r"banned (?:list|scrip|security|securities|stock|contract)",
    ),
    (
        ReasonCode.CONTRACT_EXPIRED,
        r"\b(?:contract|instrument|scrip|script|option|future|series|security|strike|symbol)s?\b[^.]{0,40}\bexpired|"
        r"expired (?:contract|instrument|option|future|scrip|symbol)|past (?:its )?expiry",
    ),
    (
        ReasonCode.INTRADAY_NOT_ALLOWED,
        rf"{PRODUCTS}{WITHIN}\b{NO}|blocked for[^.]{{0,80}}{PRODUCTS}|cover orders? {WITHIN}\b{NO}|"
        rf"\bintraday\b{WITHIN}\b{NO}|not allowed{WITHIN}\bintraday\b|"
        r"auto square[ -]?off block|after system square[ -]?off",
    ),
    # When
    (
        ReasonCode.MARKET_CLOSED,
        r"(?:markets?|exchange) (?:is|are|was|were) (?:currently )?(?:closed|not open)|"
        r"markets? (?:has|have) not (?:been )?open|^16278\b|not allowed in current instrument state|"
        r"trading session (?:is|has) (?:over|closed|ended)|(?<!when the )\bmarkets? closed\b",
    ),
    (ReasonCode.MARKET_ORDER_ILLIQUID, rf"(?<!after )(?<!after-)\bmarket orders?\b[^.]{{0,80}}\b{NO}"),
    (
        ReasonCode.AMO_HOURS,
        r"(?:\bAMOs?\b|after[ -]market)(?: orders?| order requests?| facility)?(?: \(AMOs?\))?[^.]{0,20}"
        rf"\b(?:{NO}|only|closed)|\bAMOs?\b[^.]{{0,30}}\b(?:between|hours)\b|stopped AMO|AMO window|AMO"
        r" timings?",
    ),
    (
        ReasonCode.MARKET_CLOSED,
        (
            r"(?:outside|beyond|after) (?:of )?(?:the )?(?:market|trading) hours|non[ -]?(?:market|trading)"
            r" hours"
        ),
    ),
    (
        ReasonCode.MARKET_ORDER_ILLIQUID,
        r"no last trade price|no trades in this (?:instrument|contract)|"
        r"(?:LTP\)?|last traded price) (?:is )?not (?:available|found)|illiquid.{0,80}\blimit order",
    ),
    # Prices
    (
        ReasonCode.PRICE_TOO_FAR,
        r"current execution range|^(?:EXCH: ?)?170(?:70|80)\b|limit price protection|\bLPP\b|price freeze|"
        r"price reasonab|\bLTP range\b|far (?:away )?from (?:the )?(?:LTP|last|market|current)|away from"
        r" (?:the )?(?:LTP|last|market)|"
        r"outside the (?:current )?(?:allowed|permitted) (?:price )?range",
    ),
    (
        ReasonCode.OUTSIDE_CIRCUIT,
        (
            r"circuit|\bckt limit|\bDPR\b|price bands?\b|(?:daily|day's) (?:price )?range|max(?:imum)? price"
            r" breached"
        ),
    ),
    (ReasonCode.PRICE_TOO_FAR, r"\bprice\b[^.]{0,30}\b(?:out of|outside|beyond)\b[^.]{0,20}\brange"),
    (
        ReasonCode.NOT_ON_TICK,
        r"tick size|multiples? of (?:the )?ticks?\b|\bprice\b[^.]{0,30}\bmultiples? of\b",
    ),
    (ReasonCode.TRIGGER_PRICE, r"trigger price"),
    # Quantities
    (ReasonCode.DISCLOSED_QUANTITY, r"disclosed? (?:quantity|qty)|^16400\b"),
    (
        ReasonCode.NOT_IN_LOTS,
        r"multiples? of (?:the )?(?:market |board |regular |minimum )?lots?\b|"
        r"(?:board|regular|market) lot\b|lot size|(?:quantity|qty)\b[^.]{0,30}\bmultiples? of\b",
    ),
    (
        ReasonCode.ABOVE_FREEZE,
        r"(?:quantity|qty)\b[^.]{0,30}\bfreeze|freeze (?:quantity|qty|limit)|"
        r"(?:maximum|max\.?) (?:allowed )?(?:order )?(?:quantity|qty)|(?:quantity|qty)\b[^.]{0,20}\bexceeds|"
        r"(?:quantity|qty)\b(?! should)[^.]{0,30}\b(?:more|greater|higher) than(?! or equal)",
    ),
    # The rest of an order's terms
    (
        ReasonCode.ORDER_TYPE_NOT_ALLOWED,
        rf"\bSL-?M\b{WITHIN}\b{NO}|order types?\b{WITHIN}(?:\b{NO}|invalid)|takes the order types",
    ),
    (
        ReasonCode.ACCOUNT_NOT_ENABLED,
        r"(?:user|client|account)\b[^.]{0,30}\bnot (?:enabled|authori[sz]ed|allowed)|"
        r"(?:segment|exchange|product)\b[^.]{0,30}\bnot (?:enabled|active|activated)|"
        r"account is (?:deactivated|suspended|dormant|blocked|inactive)|kill switch|non-compliant",
    ),
    (
        ReasonCode.PRODUCT_NOT_ALLOWED,
        rf"\bproduct\b{WITHIN}(?:\b{NO}|invalid)|takes the product|invalid product",
    ),
    # What says little
    (
        ReasonCode.NOT_TRADABLE,
        r"^(?:EXCH: ?)?16387\b|not allowed to trade|\bsuspended\b|delisted|not tradeable|no such instrument|"
        r"trading in th(?:is|e) \w+ (?:is|has been) (?:not allowed|suspended|blocked)",
    ),
    (
        ReasonCode.EXCHANGE_UNREACHABLE,
        r"adapter is (?:logged off|down)|exchange (?:is )?(?:disconnected|not connected|down)",
    ),
    (
        ReasonCode.NOT_FILLED_IN_TIME,
        r"cancelled by the exchange when|cancelled at the end of the day|\bIOC\b[^.]{0,40}cancel|^16388\b|"
        r"unmatched orders?",
    ),
    (
        ReasonCode.BLOCKED_BY_BROKER,
        r"risk management|\bRMS: ?blocked|blocked (?:for|by)\b|position limit|illiquid|far month",
    ),
    (ReasonCode.ORDER_SYSTEM_UNREACHABLE, r"order (?:management )?system|\bOMS\b|gateway"),
)
"""Kite's words by code.

The first row that fits a text is its code, so more certain rows come first.
"""

COMPILED = tuple((code, re.compile(pattern, re.IGNORECASE)) for code, pattern in WORDING)

BY_ERROR: Mapping[str, ReasonCode] = {
    "TokenException": ReasonCode.SESSION_OVER,
    "PermissionException": ReasonCode.KEY_NOT_PERMITTED,
    "MarginException": ReasonCode.INSUFFICIENT_FUNDS,
    "HoldingException": ReasonCode.INSUFFICIENT_HOLDINGS,
    "NetworkException": ReasonCode.ORDER_SYSTEM_UNREACHABLE,
}
"""Kite's kind of an API error to the code that it has when its words say nothing more."""


def read_reason(message: str | None, raw: str | None = None, error: str = "") -> Reason | None:
    """Return why Kite refused, or None when it gave no reason.

    `error` is Kite's kind of an API error, like TokenException.
    """
    texts = [text for text in map(plain_text, (message or "", raw or "")) if text]
    if not texts and not error:
        return None
    code = min(map(reason_code_of, texts), key=_says_little, default=ReasonCode.UNKNOWN)
    if code is ReasonCode.UNKNOWN:
        code = BY_ERROR.get(error, ReasonCode.UNKNOWN)
    return Reason(code, next(filter(None, (read_figures(code, text) for text in texts)), {}))


def _says_little(code: ReasonCode) -> int:
    """Return how little a code says, as a sort key: 0 is the most telling."""
    # The search takes the first of two equal ones, which is that of the text for people.
    return 2 if code is ReasonCode.UNKNOWN else int(code in GENERAL)


def reason_code_of(text: str) -> ReasonCode:
    """Return the code of a text that `plain_text` returned."""
    return next((code for code, pattern in COMPILED if pattern.search(text)), ReasonCode.UNKNOWN)


def plain_text(text: str) -> str:
    """Return a text on one line, its links as words, and without what an order system appends."""
    line = " ".join(text[:LONGEST_READ].split())
    line = re.sub(r"\[([^\[\]]{1,80})\]\([^()\s]{1,200}\)", r"\1", line)
    # Appended are account, exchange and product: their names match patterns, and the text is about
    # none.
    return re.sub(r" for entity account-.*$", "", line).replace("’", "'")
