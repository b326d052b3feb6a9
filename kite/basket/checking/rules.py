"""RULES: everything that an item must keep to before it is sent to Kite, one small function for
each rule.

A rule yields a Problem for each thing that is wrong and nothing otherwise. The functions are in
`item_rules` (one field by itself), `listing_rules` (beside the day's instruments file) and
`combination_rules` (what fits together in one order). The words for a problem belong to the pages.
"""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime

from kite.basket.checking import combination_rules, item_rules, listing_rules
from kite.basket.checking.item_rules import price_code, trigger_code
from kite.basket.items import Instrument, Item
from kite.basket.problem import Check, Problem, Rule, RuleSource
from kite.vocabulary import N_, OrderType


def rule_problems(
    item: Item, instrument: Instrument | None, now: datetime, unreadable: Collection[str] = ()
) -> list[Problem]:
    """Return everything that is wrong with `item`, in the order of RULES.

    `unreadable` names fields whose value in `item` only stands in for a text that could not be
    read: no rule that reads one of them is applied.
    """
    applicable = (rule for rule in RULES if rule.reads.isdisjoint(unreadable))
    return [problem for rule in applicable for problem in rule.check(item, instrument, now)]


def _rule(check: Check, reads: str, codes: str, sentence: str, source: RuleSource) -> Rule:
    return Rule(check, frozenset(reads.split()), tuple(codes.split()), sentence, source)


def _codes(code: Callable[[OrderType], str], order_types: Iterable[OrderType]) -> str:
    return " ".join(map(code, order_types))


PRICED = [order_type for order_type in OrderType if order_type.facts.takes_price]
UNPRICED = [order_type for order_type in OrderType if not order_type.facts.takes_price]
TRIGGERED = [order_type for order_type in OrderType if order_type.facts.takes_trigger]
UNTRIGGERED = [order_type for order_type in OrderType if not order_type.facts.takes_trigger]

BASKET = RuleSource(
    N_("Kite Connect documentation, Offsite order execution"), "https://kite.trade/docs/connect/v3/basket/"
)
ORDERS = RuleSource(N_("Kite Connect documentation, Orders"), "https://kite.trade/docs/connect/v3/orders/")
INSTRUMENTS = RuleSource(
    N_("Kite Connect documentation, Market quotes and instruments"),
    "https://kite.trade/docs/connect/v3/market-quotes/",
)
GUIDE = RuleSource(N_("How to place an order via the Kite Connect REST API, a guide by others"), "")
SUPPORT = RuleSource(N_("Zerodha support, order types and exchanges"), "https://support.zerodha.com/")
HERE = RuleSource(N_("This site: it keeps 8 letters of Kite's 20 to recognise your orders"), "")

RULES = (
    _rule(
        item_rules.tradingsymbol_is_given,
        "tradingsymbol",
        "tradingsymbol_missing",
        N_("An order names its instrument."),
        BASKET,
    ),
    _rule(
        item_rules.tradingsymbol_is_known,
        "tradingsymbol exchange",
        "tradingsymbol_unknown",
        N_(
            "The symbol stands in today's list of instruments, spelled exactly so. Kite drops every other one"
            " without a word."
        ),
        INSTRUMENTS,
    ),
    _rule(
        item_rules.index_is_not_ordered,
        "tradingsymbol exchange",
        "index_not_traded",
        N_("An index cannot be bought or sold, only its futures and options."),
        INSTRUMENTS,
    ),
    _rule(
        listing_rules.contract_lives,
        "tradingsymbol exchange",
        "contract_expired",
        N_("A future or an option is ordered up to the day on which it expires."),
        INSTRUMENTS,
    ),
    _rule(
        item_rules.quantity_is_positive,
        "quantity",
        "quantity_not_positive too_large",
        N_("The quantity is a whole number, 1 or more."),
        BASKET,
    ),
    _rule(
        listing_rules.quantity_is_in_whole_lots,
        "quantity tradingsymbol exchange",
        "quantity_not_in_lots",
        N_("The quantity is a multiple of the instrument's lot: 75, 150, 225 for a lot of 75."),
        INSTRUMENTS,
    ),
    _rule(
        combination_rules.product_fits_exchange,
        "product exchange variety",
        "cnc_needs_equity nrml_needs_derivative",
        N_("CNC is for %(share_exchanges)s, NRML for derivatives. MIS is for both."),
        ORDERS,
    ),
    _rule(
        combination_rules.sl_m_is_taken,
        "order_type exchange tradingsymbol variety",
        "sl_m_not_on_exchange sl_m_not_on_options",
        N_("SL-M orders are not taken on %(without_sl_m)s, and not on options."),
        SUPPORT,
    ),
    _rule(
        item_rules.price_is_given,
        "price order_type",
        f"{_codes(price_code, PRICED)} price_not_positive too_large",
        N_("A %(priced)s order has a price above 0."),
        BASKET,
    ),
    _rule(
        item_rules.price_is_taken,
        "price order_type",
        _codes(price_code, UNPRICED),
        N_("A %(unpriced)s order has no price. One that was typed is never dropped."),
        ORDERS,
    ),
    _rule(
        listing_rules.price_is_on_the_tick,
        "price order_type tradingsymbol exchange",
        "not_on_tick",
        N_("A price is a whole number of the instrument's ticks."),
        INSTRUMENTS,
    ),
    _rule(
        item_rules.price_has_few_decimals,
        "price order_type exchange",
        "too_many_decimals",
        N_("A price has at most %(decimals)s. Checked where the tick is not known."),
        INSTRUMENTS,
    ),
    _rule(
        item_rules.trigger_price_is_given,
        "trigger_price order_type variety",
        f"co_needs_trigger {_codes(trigger_code, TRIGGERED)} trigger_price_not_positive too_large",
        N_("An %(triggered)s order and every cover order has a trigger above 0."),
        BASKET,
    ),
    _rule(
        item_rules.trigger_price_is_taken,
        "trigger_price order_type variety",
        _codes(trigger_code, UNTRIGGERED),
        N_("Other %(untriggered)s orders have no trigger. One that was typed is never dropped."),
        ORDERS,
    ),
    _rule(
        listing_rules.trigger_price_is_on_the_tick,
        "trigger_price order_type variety tradingsymbol exchange",
        "not_on_tick",
        N_("A trigger is a whole number of the instrument's ticks."),
        INSTRUMENTS,
    ),
    _rule(
        item_rules.trigger_price_has_few_decimals,
        "trigger_price order_type variety exchange",
        "too_many_decimals",
        N_("A trigger has at most %(decimals)s. Checked where the tick is not known."),
        INSTRUMENTS,
    ),
    _rule(
        combination_rules.sl_trigger_is_on_its_side,
        "order_type variety transaction_type price trigger_price",
        "sl_buy_trigger sl_sell_trigger",
        N_("An SL order to buy has its trigger at or below the price, one to sell at or above it."),
        GUIDE,
    ),
    _rule(
        combination_rules.cover_order_is_for_nse_shares,
        "variety exchange",
        "co_only_nse",
        N_("Cover orders are for shares on %(cover_exchanges)s."),
        SUPPORT,
    ),
    _rule(
        combination_rules.cover_order_is_market_or_limit,
        "variety order_type",
        "co_order_type",
        N_("A cover order is MARKET or LIMIT."),
        SUPPORT,
    ),
    _rule(
        combination_rules.cover_order_is_mis,
        "variety product",
        "co_product",
        N_("A cover order is MIS."),
        SUPPORT,
    ),
    _rule(
        combination_rules.cover_trigger_is_on_its_side,
        "variety order_type transaction_type price trigger_price",
        "co_buy_trigger co_sell_trigger",
        N_("A cover order to buy has its trigger below the price, one to sell above it."),
        SUPPORT,
    ),
    _rule(
        combination_rules.disclosed_quantity_is_taken,
        "disclosed_quantity exchange",
        "disclosed_not_taken disclosed_not_positive too_large",
        N_("Orders on %(without_disclosure)s have no disclosed quantity."),
        SUPPORT,
    ),
    _rule(
        combination_rules.disclosed_quantity_is_a_fair_part,
        "disclosed_quantity exchange quantity",
        "disclosed_too_small disclosed_too_large",
        N_("A disclosed quantity is at least %(least_disclosed)s, and not more than all of it."),
        SUPPORT,
    ),
    _rule(
        item_rules.tag_is_short,
        "tag",
        "tag_not_plain",
        N_("Your own tag has at most 12 letters and digits."),
        HERE,
    ),
)
"""Every rule, in the order in which its problems are shown."""
