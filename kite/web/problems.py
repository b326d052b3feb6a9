"""The words for what is wrong with a field: code of a Problem to the sentence that stands below the field."""

from flask_babel import gettext

from kite.basket.rules import Problem
from kite.vocabulary import N_

SENTENCES = {
    "choice_missing": N_("Choose one."),
    "choice_unknown": N_("Kite's page does not take %(typed)s. Choose one that is listed."),
    "whole_number_unreadable": N_("Enter a whole number, like 100."),
    "amount_unreadable": N_("Enter an amount in rupees, like 1412.50."),
    "too_many_decimals": N_("Enter at most %(most)s decimals."),
    "too_large": N_("Enter 100 crore or less."),
    "tradingsymbol_missing": N_("Enter an instrument, like INFY."),
    "tradingsymbol_unknown": N_("No instrument %(tradingsymbol)s on %(exchange)s."),
    "index_not_traded": N_("%(tradingsymbol)s is an index. It cannot be bought or sold."),
    "quantity_not_positive": N_("Enter 1 or more."),
    "limit_needs_price": N_("A limit order needs a price."),
    "sl_needs_price": N_("An SL order needs a price."),
    "price_not_positive": N_("Enter a price above 0."),
    "market_takes_no_price": N_("Market orders take no price. Remove it, or make it a limit."),
    "sl_m_takes_no_price": N_("SL-M orders take no price. Remove it, or make it an SL."),
    "co_needs_trigger": N_("A cover order needs a trigger."),
    "sl_needs_trigger": N_("An %(order_type)s order needs a trigger."),
    "trigger_price_not_positive": N_("Enter a trigger above 0."),
    "market_takes_no_trigger": N_("Market orders take no trigger. Remove it, or make it an SL-M."),
    "limit_takes_no_trigger": N_("Limit orders take no trigger. Remove it, or make it an SL."),
    "disclosed_not_taken": N_("%(exchange)s takes no disclosed quantity. Remove it."),
    "disclosed_not_positive": N_("Enter 1 or more, or leave it empty."),
    "tag_not_plain": N_("Use letters and digits only, %(most)s at most."),
}

LONGEST_SHOWN = 40
"""Letters of a typed text that a sentence repeats."""


def sentence(problem: Problem) -> str:
    """Return what a person reads for `problem`; what they typed is shortened, and near symbols are named."""
    params = {name: short(text) for name, text in problem.params.items()}
    nearest = problem.params.get("nearest")
    words = gettext(SENTENCES[problem.code], **params)
    return f"{words} {gettext('Nearest: %(nearest)s.', nearest=nearest)}" if nearest else str(words)


def short(text: str) -> str:
    """Return a typed text, cut where a sentence would drown in it."""
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"
