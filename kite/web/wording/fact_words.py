"""What sentences name from the tables of facts, in a line: "BSE, BFO and BCD", "LIMIT or SL".

A sentence has a place such as %(share_exchanges)s for it, so that a new row is named where it
belongs.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from flask_babel import gettext

from kite.vocabulary import EQUITY, N_, Exchange, OrderType
from kite.vocabulary.exchanges import Traded


def named_facts(words: str) -> dict[str, str]:
    """Return what a sentence names from the tables, by the name of its place in the sentence."""
    if "%(" not in words:
        return {}
    return {name: write() for name, write in _NAMES.items() if f"%({name})" in words}


def named_fact(name: str) -> str:
    """Return what a sentence names from the tables in a place of this name."""
    return _NAMES[name]()


def with_facts(words: str) -> str:
    """Translate a sentence, with what it names from the tables."""
    return str(gettext(words, **named_facts(words)))


def every(words: Iterable[str]) -> str:
    """Write all of some words: "BSE, BFO and BCD"."""
    return _join(list(words), gettext(" and "))


def either(words: Iterable[str]) -> str:
    """Write words of which one is meant: "LIMIT or SL"."""
    return _join(list(words), gettext(" or "))


def _join(words: Sequence[str], last: str) -> str:
    *first, final = words or [""]
    return last.join(filter(None, (", ".join(first), final)))


def _exchanges(trades: Traded) -> list[Exchange]:
    return [exchange for exchange in Exchange if exchange.facts.trades is trades]


def _uncounted() -> list[Exchange]:
    """Return the exchanges on which a value in rupees is not known, those of commodities first."""
    kinds = list(Traded)
    uncounted = [exchange for exchange in Exchange if not exchange.facts.value_known]
    return sorted(uncounted, key=lambda exchange: kinds.index(exchange.facts.trades), reverse=True)


def _with_price(takes_price: bool) -> list[OrderType]:
    return [order_type for order_type in OrderType if order_type.facts.takes_price is takes_price]


def _with_trigger(takes_trigger: bool) -> list[OrderType]:
    return [order_type for order_type in OrderType if order_type.facts.takes_trigger is takes_trigger]


def _in_sentence(order_types: Iterable[OrderType]) -> list[str]:
    return [gettext(order_type.facts.in_sentence) for order_type in order_types]


def _by_figure(figures: Mapping[Exchange, int | None], usual: str, other: str) -> str:
    """Write a figure of exchanges, the usual one first: "2 decimals, 4 on CDS and BCD"."""
    groups: dict[int, list[Exchange]] = {}
    for exchange, figure in figures.items():
        if figure is not None:
            groups.setdefault(figure, []).append(exchange)
    (first, _), *others = groups.items()
    phrases = [gettext(usual, figure=first)]
    phrases += [gettext(other, figure=figure, exchanges=every(names)) for figure, names in others]
    return ", ".join(phrases)


def _decimals() -> str:
    figures = {exchange: exchange.facts.decimals for exchange in Exchange}
    return _by_figure(figures, N_("%(figure)s decimals"), N_("%(figure)s on %(exchanges)s"))


def _least_disclosed() -> str:
    figures = {exchange: exchange.facts.least_disclosed for exchange in Exchange}
    return _by_figure(figures, N_("%(figure)s %% of the quantity"), N_("%(figure)s %% on %(exchanges)s"))


_NAMES: Mapping[str, Callable[[], str]] = {
    "share_exchanges": lambda: every(exchange for exchange in Exchange if exchange in EQUITY),
    "commodity_exchanges": lambda: every(_exchanges(Traded.COMMODITY_DERIVATIVES)),
    "uncounted_exchanges": lambda: every(_uncounted()),
    "holiday_exchanges": lambda: every(exchange for exchange in Exchange if exchange.facts.hours.holidays),
    "cover_exchanges": lambda: every(exchange for exchange in Exchange if exchange.facts.takes_cover),
    "without_sl_m": lambda: every(exchange for exchange in Exchange if not exchange.facts.takes_sl_m),
    "without_disclosure": lambda: every(
        exchange for exchange in Exchange if exchange.facts.least_disclosed is None
    ),
    "least_disclosed": _least_disclosed,
    "decimals": _decimals,
    "priced": lambda: either(_with_price(takes_price=True)),
    "unpriced": lambda: either(_with_price(takes_price=False)),
    "triggered": lambda: either(_with_trigger(takes_trigger=True)),
    "untriggered": lambda: every(_with_trigger(takes_trigger=False)),
    "priced_words": lambda: every(_in_sentence(_with_price(takes_price=True))),
    "triggered_words": lambda: every([*_in_sentence(_with_trigger(takes_trigger=True)), gettext("cover")]),
}
"""By the name of a place in a sentence: what stands there."""
