"""What is pointed out to a person before they send a basket.

Nothing here stops it: "as it is" is the answer that is selected beforehand.

A caution looks at the whole basket and yields the place of an order with a Problem. CAUTIONS lists
all of them.
"""

from kite.basket.checking.caution import Caution, ComposedBasket
from kite.basket.checking.figure_cautions import more_shares_than_kite_takes, prices_far_off, the_same_twice
from kite.basket.checking.holding_cautions import sells_what_is_authorised, sells_what_is_held
from kite.basket.checking.market_cautions import market_on_stock_options, market_where_few_trade
from kite.basket.problem import Problem, RuleSource
from kite.vocabulary import N_


def cautions(basket: ComposedBasket) -> list[list[Problem]]:
    """Return the cautions for each order of `basket`, in the order of CAUTIONS."""
    problems_by_order: list[list[Problem]] = [[] for _ in basket.orders]
    for caution in CAUTIONS:
        for place, problem in caution.check(basket):
            problems_by_order[place].append(problem)
    return problems_by_order


GUIDE = RuleSource(N_("How others send baskets to Kite, and what was refused to them"), "")
REFUSED = RuleSource(N_("Zerodha’s support pages, orders that are refused before the order book"), "")
HERE = RuleSource(N_("This site"), "")
HOLDINGS = RuleSource(
    N_("Kite Connect documentation, Portfolio"), "https://kite.trade/docs/connect/v3/portfolio/"
)


CAUTIONS = (
    Caution(
        market_where_few_trade,
        ("market_on_trade_to_trade", "market_on_far_option", "market_on_mcx_option"),
        N_(
            "An order at market in a trade-to-trade share, an option of a later month or an option on"
            " %(commodity_exchanges)s is often refused or filled badly."
        ),
        GUIDE,
    ),
    Caution(
        market_on_stock_options,
        ("market_on_stock_option",),
        N_("Kite refuses an order at market in an option on a stock."),
        REFUSED,
    ),
    Caution(
        prices_far_off,
        ("price_far_above", "price_far_below", "trigger_price_far_above", "trigger_price_far_below"),
        N_(
            "A price or trigger of a share or a future that is far from the last price known may be a slip:"
            " 20 % away, unless this site sets another distance. Options move by more in a day and are left"
            " out. Where no last price is known, nothing is said."
        ),
        REFUSED,
    ),
    Caution(
        more_shares_than_kite_takes,
        ("too_many_shares",),
        N_("Kite refuses an order for more than 1,00,000 shares."),
        REFUSED,
    ),
    Caution(
        the_same_twice,
        ("the_same_twice",),
        N_("Two orders that are the same but for their quantity may be one that was entered twice."),
        HERE,
    ),
    Caution(
        sells_what_is_held,
        ("held_elsewhere", "more_than_held"),
        N_(
            "Shares are sold for delivery on the exchange where they are held, and not more than are held."
            " Shown while you are logged in to Kite."
        ),
        HOLDINGS,
    ),
    Caution(
        sells_what_is_authorised,
        ("sale_needs_authorisation",),
        N_(
            "Kite asks for an authorisation (CDSL TPIN) before held shares are sold, unless there is a DDPI."
            " Shown while you are logged in to Kite."
        ),
        HOLDINGS,
    ),
)
"""Every caution, in the order in which they are shown."""
