"""Words and figures as pages write them: rupees, prices, times in IST, outcomes."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal, localcontext
from functools import lru_cache
from gettext import NullTranslations

from babel.numbers import format_currency, format_decimal
from flask import Flask, g
from flask_babel import get_translations, gettext, ngettext
from markupsafe import Markup

from kite.basket.items import FIELD_TABLE
from kite.vocabulary import IST, LABELS, N_, Outcome, State
from kite.web.wording.fact_words import named_fact

FIGURES = "en_IN"
"""Figures are grouped as India groups them (1,00,000) in every language."""

cache_of_figures = lru_cache(maxsize=8192)
"""Babel takes a hundredth of a millisecond for a figure, and a page shows the same ones many
times.
"""

DASH = "–"
"""What a page shows where there is no value."""

OUTCOMES: dict[str, str] = {outcome: outcome.facts.word for outcome in Outcome}

STATES: dict[str, str] = {
    State.PREPARED: N_("Not sent yet"),
    State.HANDED_OFF: N_("At Kite"),
    State.RETURNED: N_("Back from Kite"),
    State.UNKNOWN: N_("Not known"),
    State.CANCELLED: N_("Cancelled"),
    State.SETTLED: N_("Settled"),
}

FIELD_NAMES: dict[str, str] = {
    field.name: words for field in FIELD_TABLE.values() if (words := field.facts.in_sentence)
}


@cache_of_figures
def rupees(amount: Decimal | None) -> str:
    """Write a sum: ₹1,23,456.70."""
    return DASH if amount is None else _format(format_currency, amount, "INR")


@cache_of_figures
def price(amount: Decimal | None) -> str:
    """Write a price in a line: 1,412.00, with up to four decimals where they are there."""
    return DASH if amount is None else _format(format_decimal, amount, "#,##,##0.00##")


def typed_price(amount: Decimal) -> str:
    """Write a price as a person types it into a field: at least two decimals, and no more than it
    has.
    """
    if amount == round(amount, 2):
        return f"{amount:.2f}"
    return f"{amount.normalize():f}"


@cache_of_figures
def average(amount: Decimal | None) -> str:
    """Write an average price: two decimals, as brokers round it."""
    return DASH if amount is None else _format(format_decimal, amount, "#,##,##0.00")


@cache_of_figures
def quantity(number: int | None) -> str:
    """Write a quantity: 1,00,000."""
    return DASH if number is None else _format(format_decimal, number, "#,##,##0")


def _format(formatter: Callable[..., str], figure: Decimal | int, pattern: str) -> str:
    # Babel rounds within Decimal's context, and a figure that somebody sent may have more than its
    # 28 digits.
    with localcontext(prec=100):
        return str(formatter(figure, pattern, locale=FIGURES))


def clock(moment: datetime | None) -> str:
    """Write a time of the day in IST: 09:17:42."""
    return _in_ist(moment, "%H:%M:%S")


def day(moment: datetime | None) -> str:
    """Write a day and time in IST: 20 Nov 2026, 09:16:39."""
    return _in_ist(moment, "%-d %b %Y, %H:%M:%S")


def _in_ist(moment: datetime | None, pattern: str) -> str:
    if moment is None:
        return DASH
    return moment.astimezone(IST).strftime(pattern)


def _translations() -> NullTranslations:
    """Return the translations of this request, kept in `g`: Flask-Babel looks them up for every
    word.
    """
    if "translations" not in g:
        g.translations = get_translations()
    translations: NullTranslations = g.translations
    return translations


def translated(words: str) -> str:
    """Translate as gettext does, but faster: for words that a page needs a hundred times."""
    return _translations().gettext(words)


def translated_number(one: str, many: str, number: int) -> str:
    """Translate words that depend on a number."""
    return _translations().ngettext(one, many, number)


def in_single_quotes(text: str) -> Markup:
    """Escape JSON for an attribute in single quotes.

    In double quotes each of the many double quotes of JSON would take six bytes.
    """
    escaped = text.replace("&", "&amp;").replace("'", "&#39;").replace("<", "&lt;").replace(">", "&gt;")
    return Markup(escaped)  # noqa: S704  everything that could end the attribute or the tag is escaped


def in_page(words: str, **variables: object) -> str:
    """Translate in a template, as Jinja's own `_` does and in a third of its time."""
    text = Markup(translated(words))  # noqa: S704  the words are ours; what is put into them is escaped
    if variables or "%" in words:
        return text % variables
    return text


def plain(value: object) -> str:
    """Write whatever JSON can hold for people: without brackets and quotes, True as yes."""
    # 0 is a value, so a plain truth test would not do.
    if value is None or value == "" or value == [] or value == {}:
        return DASH
    if value is True:
        return gettext("yes")
    if value is False:
        return gettext("no")
    if isinstance(value, dict):
        return ", ".join(f"{name}: {plain(part)}" for name, part in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(plain, value))
    return str(value)


def label(value: str | None) -> str:
    """Write a value of Kite's vocabulary as people read it; one without a label is written as it
    is.
    """
    if value in LABELS:
        return gettext(LABELS[value])
    return str(value or "")


def outcome_word(outcome: str) -> str:
    """Write an outcome."""
    return gettext(OUTCOMES[outcome])


def field_name(name: str) -> str:
    """Write the name of an item's field inside a sentence."""
    if name in FIELD_NAMES:
        return gettext(FIELD_NAMES[name])
    return name


def order_name(index: int, tradingsymbol: str) -> str:
    """Write which order of a basket is meant, by its row from 0: "Order 3, INFY"."""
    return str(gettext("Order %(number)s, %(tradingsymbol)s", number=index + 1, tradingsymbol=tradingsymbol))


def install(app: Flask) -> None:
    """Make these the filters of every template, and replace gettext there by a faster one."""
    app.jinja_env.globals["_"] = in_page
    app.jinja_env.install_gettext_callables(gettext=translated, ngettext=translated_number, newstyle=True)  # type: ignore[attr-defined]
    for writer in (rupees, price, average, quantity, clock, day, label, outcome_word, in_single_quotes):
        app.jinja_env.filters[writer.__name__] = writer
    app.jinja_env.globals["outcome_word"] = outcome_word
    app.jinja_env.globals["named_fact"] = named_fact
    app.jinja_env.globals["outcome_facts"] = {str(outcome): outcome.facts for outcome in Outcome}


def summary(buys: int, sells: int) -> str:
    """Write how many orders of each side there are: "3 buy, 1 sell"."""
    sides = []
    if buys:
        sides.append(ngettext("%(num)s buy", "%(num)s buy", buys))
    if sells:
        sides.append(ngettext("%(num)s sell", "%(num)s sell", sells))
    return ", ".join(sides)
