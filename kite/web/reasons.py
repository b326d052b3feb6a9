"""Why an order failed, as people read it. Kite's own words always stand beside it."""

import re
from collections.abc import Callable
from decimal import Decimal

from flask_babel import gettext

from kite.vocabulary import N_
from kite.web.words import price, quantity, rupees

_AMOUNT = r"([0-9](?:[0-9,]{0,18}[0-9])?(?:\.[0-9]{1,6})?)(?!\.?[0-9])"
"""Bounded: what is longer is no sum of Kite's, and its own words are shown."""


def _funds(match: re.Match[str]) -> str:
    needed, free = (rupees(_amount(text)) for text in match.groups())
    return gettext("Not enough funds. It needs %(needed)s of margin; %(free)s was free.", needed=needed, free=free)


def _holdings(match: re.Match[str]) -> str:
    held, sells = (quantity(int(_amount(text))) for text in match.groups())
    return gettext("You hold %(held)s, the order sells %(sells)s.", held=held, sells=sells)


def _circuit(match: re.Match[str]) -> str:
    low, high = (price(_amount(text)) for text in match.groups())
    return gettext("Price is outside today’s limits, %(low)s to %(high)s.", low=low, high=high)


def _amount(text: str) -> Decimal:
    return Decimal(text.replace(",", ""))


RECIPES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (re.compile(rf"Insufficient funds\. Required margin is {_AMOUNT} but available margin is {_AMOUNT}"), _funds),
    (re.compile(rf"RMS:Margin Exceeds, ?Required: ?{_AMOUNT}, ?Available: ?{_AMOUNT}"), _funds),
    (re.compile(rf"[Hh]olding quantity:? ?{_AMOUNT}[^\d]+{_AMOUNT}"), _holdings),
    (re.compile(rf"circuit limits?[^\d]+{_AMOUNT}[^\d]+{_AMOUNT}"), _circuit),
)
"""Kite's sentences that have a plainer one, from its documentation and recorded answers."""


def reason(status_message: str | None) -> str | None:
    """Return Kite's sentence about a failed order in plain words, or as it is when it is not among the recipes."""
    if not status_message:
        return None
    for pattern, say in RECIPES:
        if match := pattern.search(status_message):
            return say(match)
    return status_message


REFUSALS: tuple[tuple[str, re.Pattern[str], str], ...] = (
    (
        "",
        re.compile(r"\bIPs?\b.*(not allowed|configured)", re.IGNORECASE),
        N_("Kite takes changes only from an internet address that is registered for this site’s key, and this one is not. Use Kite’s own pages."),
    ),
    ("PermissionException", re.compile(""), N_("The key of this site may read orders and not change them. Use Kite’s own pages.")),
    ("TokenException", re.compile(""), N_("The session at Kite was over. Log in to Kite and try again.")),
    ("", re.compile(r"maximum allowed order modifications", re.IGNORECASE), N_("Kite takes 25 changes of one order, and this one has had them.")),
    (
        "OrderException",
        re.compile(r"cannot be|can't be|already|not open|being processed", re.IGNORECASE),
        N_("The order had ended, or was just ending, when Kite was asked. Nothing was changed."),
    ),
    ("NetworkException", re.compile("too many", re.IGNORECASE), N_("Too many calls reached Kite within a second. Nothing was changed. Try again.")),
    ("NetworkException", re.compile(""), N_("Kite did not reach its order system. Look at the order below, then try again.")),
)
"""By kind and words of a refusal to change an order: the plainer sentence. The first that fits counts."""


def refusal(error: str, message: str) -> str:
    """Return in plain words why Kite did not change an order, or Kite's sentence as it is. `error` is Kite's kind of error."""
    for kind, pattern, words in REFUSALS:
        if kind in ("", error) and pattern.search(message):
            return gettext(words)
    return message
