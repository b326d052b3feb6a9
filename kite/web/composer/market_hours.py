"""What the composer says of market hours: below the orders, where it helps, and never as an
error.
"""

from collections.abc import Sequence
from datetime import time

from flask_babel import gettext

from kite.basket.hours import TRADING_HOURS, Calendar, HoursHint, opening_hints, trading_calendar
from kite.vocabulary import N_, Mode
from kite.web.composer.forms import ItemForm
from kite.web.site.context import services

SENTENCES = {
    "closed": N_(
        "%(exchanges)s: closed now, usually open again on %(opens)s IST. Kite takes an order until then as an"
        " after market order."
    ),
    "amo": N_(
        "%(exchanges)s: open now. After market orders are usually taken from %(begins)s to %(ends)s IST."
    ),
    "unknown": N_(
        "%(exchanges)s: we don’t know the holidays after %(known_until)s. It may be closed that day."
    ),
}


def hours_sentences(orders: Sequence[ItemForm]) -> list[str]:
    """Return the sentences on the hours of these orders' exchanges."""
    # The simulator fills orders at every hour.
    if services().settings.mode is Mode.SIMULATOR:
        return []
    items = [order.item for order in orders if order.item and not order.blank]
    return [_sentence(hint) for hint in opening_hints(items, services().now(), known_holidays())]


def known_holidays() -> Calendar:
    """Return the holidays that this site knows."""
    return trading_calendar(services().settings.market_holidays)


def hours_table() -> list[tuple[str, str, str]]:
    """Return the exchanges, their session and when after market orders are taken, for the page of
    the rules.
    """
    return [
        (", ".join(hours.exchanges), _span(hours.opens, hours.closes), _span(hours.amo_from, hours.amo_until))
        for hours in TRADING_HOURS
    ]


def holidays_known() -> str:
    """Return the day up to which the hints know holidays."""
    return f"{known_holidays().known_until:%-d %b %Y}"


def _sentence(hint: HoursHint) -> str:
    params = {"exchanges": ", ".join(hint.exchanges), "opens": f"{hint.opens:%-d %b, %H:%M}"}
    params |= {
        "begins": f"{hint.hours.amo_from:%H:%M}",
        "ends": f"{hint.hours.amo_until:%H:%M}",
        "known_until": holidays_known(),
    }
    return str(gettext(SENTENCES[hint.code], **params))


def _span(begins: time, ends: time) -> str:
    return f"{begins:%H:%M}–{ends:%H:%M}"
