"""The words for a Problem: the sentence below its field, and the buttons that fix it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from urllib.parse import urlencode

from flask_babel import gettext

from kite.basket.checking.item_rules import price_code, trigger_code
from kite.basket.items import FIELD_TABLE
from kite.basket.problem import Fix, Problem
from kite.vocabulary import N_, OrderType, Validity, Variety
from kite.web.wording.fact_words import named_facts
from kite.web.wording.labels import label, price, quantity

SENTENCES = {
    "choice_missing": N_("Choose one."),
    "choice_unknown": N_("Kite's page does not take %(typed)s. Choose one that is listed."),
    "choice_not_taken": N_("Kite's page does not take %(typed)s."),
    "whole_number_unreadable": N_("Enter a whole number, like 100."),
    "quantity_signed": N_("A quantity has no sign. Do you mean %(around)s?"),
    "quantity_in_part": N_("Enter one quantity: %(around)s."),
    "readonly_unreadable": N_("“%(typed)s” is neither yes nor no. Lock this order, or do not."),
    "amount_unreadable": N_("Enter an amount in rupees, like 1412.50."),
    "too_many_decimals": N_("Enter at most %(most)s decimals."),
    "too_large": N_("Enter 100 crore or less."),
    "tradingsymbol_missing": N_("Enter an instrument, like INFY."),
    "tradingsymbol_unknown": N_("No instrument %(tradingsymbol)s on %(exchange)s."),
    "index_not_traded": N_("%(tradingsymbol)s is an index. It cannot be bought or sold."),
    "contract_expired": N_("%(tradingsymbol)s expired on %(day)s."),
    "quantity_not_in_lots": N_("Lot is %(lot)s: use %(around)s."),
    "not_on_tick": N_("Not on the tick. Use: %(around)s."),
    "quantity_not_positive": N_("Enter 1 or more."),
    **{price_code(order_type): order_type.facts.price_problem for order_type in OrderType},
    "price_not_positive": N_("Enter a price above 0."),
    "co_needs_trigger": N_("A cover order needs a trigger."),
    **{trigger_code(order_type): order_type.facts.trigger_problem for order_type in OrderType},
    "trigger_price_not_positive": N_("Enter a trigger above 0."),
    "cnc_needs_equity": N_("CNC is for %(share_exchanges)s only. Use NRML or MIS."),
    "nrml_needs_derivative": N_("NRML is for derivatives only. Use CNC or MIS."),
    "sl_m_not_on_exchange": N_("%(exchange)s takes no SL-M orders. Make it an SL, with a price."),
    "sl_m_not_on_options": N_("Options take no SL-M orders. Make it an SL, with a price."),
    "sl_buy_trigger": N_("Buy SL: trigger at or below the price."),
    "sl_sell_trigger": N_("Sell SL: trigger at or above the price."),
    "co_only_nse": N_("Cover orders are for shares on %(cover_exchanges)s."),
    "co_order_type": N_("A cover order is a market or a limit order."),
    "co_product": N_("A cover order is MIS."),
    "co_buy_trigger": N_("Buy cover order: trigger below the price."),
    "co_sell_trigger": N_("Sell cover order: trigger above the price."),
    "disclosed_not_taken": N_("%(exchange)s takes no disclosed quantity. Remove it."),
    "disclosed_too_small": N_("Disclose at least %(share)s %% of the quantity: %(least)s or more."),
    "disclosed_too_large": N_("Disclose the quantity at most."),
    "disclosed_not_positive": N_("Enter 1 or more, or leave it empty."),
    "tag_not_plain": N_("Use letters and digits only, %(most)s at most."),
    "market_on_trade_to_trade": N_(
        "%(tradingsymbol)s is in the trade-to-trade series. Kite often refuses market orders there."
    ),
    "market_on_far_option": N_(
        "This option expires in a later month. Few quote a price: at market it can be a bad one."
    ),
    "market_on_mcx_option": N_(
        "Options on %(commodity_exchanges)s have few quotes. At market the price can be a bad one."
    ),
    "market_on_stock_option": N_(
        "Kite refuses market orders in options on stocks, often without a line in your order book. Give it a"
        " limit."
    ),
    "price_far_above": N_(
        "%(percent)s %% above %(last)s, the last price known. Outside the day’s band Kite refuses it, often"
        " without a line in your order book."
    ),
    "price_far_below": N_(
        "%(percent)s %% below %(last)s, the last price known. Outside the day’s band Kite refuses it, often"
        " without a line in your order book."
    ),
    "trigger_price_far_above": N_(
        "The trigger is %(percent)s %% above %(last)s, the last price known. Outside the day’s band Kite"
        " refuses it, often without a line in your order book."
    ),
    "trigger_price_far_below": N_(
        "The trigger is %(percent)s %% below %(last)s, the last price known. Outside the day’s band Kite"
        " refuses it, often without a line in your order book."
    ),
    "too_many_shares": N_(
        "Kite refuses an order for more than %(shares)s shares, often without a line in your order book."
        " Split it."
    ),
    "the_same_twice": N_("Order %(number)s is for the same, on the same terms. Both go to Kite."),
    "held_elsewhere": N_("You hold none on %(exchange)s, and %(held)s on %(other)s."),
    "more_than_held": N_("You can sell %(left)s on %(exchange)s."),
    "sale_needs_authorisation": N_(
        "Kite may ask you to authorise the sale of %(tradingsymbol)s (CDSL TPIN)."
    ),
}

LONGEST_SHOWN = 40
"""How many letters of a typed text a sentence repeats."""

BETWEEN = {
    "quantity_not_in_lots": N_(" or "),
    "not_on_tick": " / ",
    "quantity_signed": N_(" or "),
    "quantity_in_part": N_(" or "),
}
"""By code: what separates the values in its sentence, which are those of its fixes."""

COUNTED = frozenset({"held", "least", "left", "lot", "percent", "shares"})
"""Params of a problem that are whole numbers, mostly of shares or contracts."""

PRICED = frozenset({"last"})
"""Params of a problem that are prices in rupees."""

NAMED = {"tradingsymbol_unknown": N_("Nearest: %(named)s."), "contract_expired": N_("Next: %(named)s.")}
"""By code: a second sentence, which names the instruments of its fixes."""


def sentence(problem: Problem) -> str:
    """Return the sentence for `problem`.

    It names the values that its fixes would put into the field.
    """
    params = {name: _param(name, text) for name, text in problem.params.items()}
    offered = [_words(fix) for fix in problem.fixes]
    if problem.code in BETWEEN and offered:
        params["around"] = gettext(BETWEEN[problem.code]).join(offered)
    if "expiry" in params:
        params["day"] = f"{date.fromisoformat(params['expiry']):%-d %b %Y}"
    words = SENTENCES[problem.code]
    words = gettext(words, **named_facts(words), **params)
    if problem.code not in NAMED or not offered:
        return str(words)
    return f"{words} {gettext(NAMED[problem.code], named=', '.join(offered))}"


def _param(name: str, text: str) -> str:
    if name in COUNTED:
        return quantity(int(text))
    if name in PRICED:
        return price(Decimal(text))
    return short(text)


def short(text: str) -> str:
    """Return a typed text, cut to a length that fits into a sentence."""
    if len(text) <= LONGEST_SHOWN:
        return text
    return f"{text[:LONGEST_SHOWN]}…"


MADE_INTO: dict[str, str] = {
    **{order_type: order_type.facts.made_into for order_type in OrderType},
    Variety.REGULAR: N_("Make it a regular order"),
    Variety.AMO: N_("Make it an after market order"),
    Variety.CO: N_("Make it a cover order"),
    Validity.DAY: N_("Make it a day order"),
    Validity.IOC: N_("Make it immediate or cancel"),
}
"""What a button says that changes the kind of an order."""


@dataclass(frozen=True)
class FixButton:
    """A button that fixes a field: its words, often just the new value, and the action that a press
    sends.
    """

    words: str
    action: str


def button(index: int, fix: Fix) -> FixButton:
    """Return the button that makes the change `fix` in row `index`."""
    return FixButton(_words(fix), f"fix-{index}-{urlencode(fix)}")


def _words(fix: Fix) -> str:
    if "tradingsymbol" in fix:
        return _instrument_words(fix)
    # An order type that needs a price comes with one, a quantity of the other sign with the other
    # side.
    if "order_type" in fix and "price" in fix:
        kind = gettext(MADE_INTO[fix["order_type"]])
        return str(gettext("%(made)s at %(price)s", made=kind, price=_price(fix["price"])))
    if "transaction_type" in fix and "quantity" in fix:
        return f"{label(fix['transaction_type'])} {_quantity(fix['quantity'])}"
    name, value = next(iter(fix.items()))
    if name == "readonly":
        return _lock(value)
    if not value:
        return str(gettext("Remove it"))
    if value in MADE_INTO:
        return str(gettext(MADE_INTO[value]))
    return _VALUE_WORDS.get(name, short)(value)


def _instrument_words(fix: Fix) -> str:
    if "exchange" in fix:
        return str(gettext("%(tradingsymbol)s on %(exchange)s", **fix))
    return fix["tradingsymbol"]


def _lock(value: str) -> str:
    if value:
        return str(gettext("Lock it"))
    return str(gettext("Do not lock it"))


def _use(value: str) -> str:
    return str(gettext("Use %(value)s", value=value))


def _price(value: str) -> str:
    return price(Decimal(value))


def _quantity(value: str) -> str:
    return quantity(int(value))


_VALUE_WORDS: Mapping[str, Callable[[str], str]] = {
    "exchange": _use,
    "product": _use,
    "transaction_type": label,
    **{field.name: _price for field in FIELD_TABLE.values() if field.kind is Decimal},
    **{field.name: _quantity for field in FIELD_TABLE.values() if field.kind is int},
}
"""By field: how a button writes its new value."""
