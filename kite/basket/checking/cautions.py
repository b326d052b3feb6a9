"""What a person is told before they send a basket, and what never stops it: each has a preselected answer,
"as it is".

A caution looks at the whole basket and yields the place of an order with a Problem. CAUTIONS lists all of
them.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal

from kite.basket.checking.protection import PROTECTED, KnownPrice, limit, usual_percent
from kite.basket.items import Instrument, Item, takes_price, takes_trigger
from kite.basket.problem import Fix, Problem, RuleSource
from kite.vocabulary import EQUITY, IST, N_, Exchange, Product, TransactionType, Variety

FAR = timedelta(days=40)
"""An option that expires later is far: beyond this month's and the next, few people quote a price."""

OPTIONS = ("CE", "PE")
FUTURE = "FUT"

INDICES = frozenset(
    {"NIFTY", "BANKNIFTY", "FINNIFTY", "MIDCPNIFTY", "NIFTYNXT50", "SENSEX", "BANKEX", "SENSEX50"}
)
"""The names of options on indices on NFO and BFO.

The list of instruments does not tell them from those on stocks.
"""

MOST_SHARES = 100_000
"""Kite refuses an order in shares for more."""

PRICE_FAR_PERCENT = 20
"""How far a price may be from the last one before that is pointed out, unless the site's settings say
otherwise.
"""

SLIPS = (10, 100, 1000)
"""By how much a price is wrong when its decimal point has slipped."""

TRADE_TO_TRADE = "-BE"
"""How the symbol of a share ends that NSE has moved to its trade-to-trade series."""


@dataclass(frozen=True)
class Basket:
    """A basket as cautions see it: each order with its instrument, None for one that cannot be read yet.

    `now` is the time of day; `sellable` the shares that can be sold for delivery by exchange and symbol, None
    when nobody can tell. `authorised` is how many of the shares that are held may be sold without Kite asking
    for an authorisation, None when it asks for none or nobody can tell. `quoted` are last prices in rupees by
    exchange and symbol, as far as Kite told them. A price is far that is more than `far_percent` away from
    the last one.
    """

    orders: Sequence[tuple[Item, Instrument | None] | None]
    now: datetime
    sellable: Mapping[tuple[str, str], int] | None = None
    authorised: Mapping[tuple[str, str], int] | None = None
    quoted: Mapping[tuple[str, str], Decimal] = field(default_factory=dict)
    far_percent: int = PRICE_FAR_PERCENT

    def placed(self) -> Iterator[tuple[int, Item, Instrument | None]]:
        """Yield the orders that can be read, with their place."""
        return ((place, *order) for place, order in enumerate(self.orders) if order is not None)


@dataclass(frozen=True)
class Caution:
    """A check of a basket, the codes that it tells, itself in a sentence, and where it comes from."""

    check: Callable[[Basket], Iterator[tuple[int, Problem]]]
    codes: tuple[str, ...]
    says: str
    source: RuleSource


def cautions(basket: Basket) -> list[list[Problem]]:
    """Return what there is to tell of each order of `basket`, in the order of CAUTIONS."""
    told: list[list[Problem]] = [[] for _ in basket.orders]
    for caution in CAUTIONS:
        for place, problem in caution.check(basket):
            told[place].append(problem)
    return told


def market_where_few_trade(basket: Basket) -> Iterator[tuple[int, Problem]]:
    """An order at market takes any price, and where few trade that can be a bad one; some of these Kite
    refuses.
    """
    for place, item, instrument in basket.placed():
        if (
            item.order_type in PROTECTED
            and instrument is not None
            and (code := _thin(instrument, basket.now))
        ):
            yield (
                place,
                Problem(
                    code, "order_type", {"tradingsymbol": item.tradingsymbol}, _as_limit(item, instrument)
                ),
            )


def market_on_stock_options(basket: Basket) -> Iterator[tuple[int, Problem]]:
    """An order at market in an option on a stock is refused before it gets into the order book."""
    for place, item, instrument in basket.placed():
        if item.order_type in PROTECTED and instrument is not None and _on_stock(instrument):
            yield place, Problem("market_on_stock_option", "order_type", {}, _as_limit(item, instrument))


def _on_stock(instrument: Instrument) -> bool:
    derivative = instrument.instrument_type in OPTIONS and instrument.exchange in (Exchange.NFO, Exchange.BFO)
    return derivative and instrument.name != "" and instrument.name not in INDICES


def _thin(instrument: Instrument, now: datetime) -> str:
    if instrument.exchange == Exchange.NSE and instrument.tradingsymbol.endswith(TRADE_TO_TRADE):
        return "market_on_trade_to_trade"
    if instrument.instrument_type not in OPTIONS:
        return ""
    if instrument.exchange == Exchange.MCX:
        return "market_on_mcx_option"
    if _on_stock(instrument):
        return ""
    far = instrument.expiry is not None and instrument.expiry > now.astimezone(IST).date() + FAR
    return "market_on_far_option" if far else ""


def _as_limit(item: Item, instrument: Instrument) -> tuple[Fix, ...]:
    """Offer the limit that market protection would make at the last close; a cover order keeps to its own
    types.
    """
    found = limit(item, instrument.tick_size, usual_percent(item.exchange), KnownPrice(instrument.last_price))
    return ({"order_type": found.order_type.value, "price": f"{found.price.normalize():f}"},) if found else ()


def prices_far_off(basket: Basket) -> Iterator[tuple[int, Problem]]:
    """A price far from the last one is often a slip, and Kite takes none outside the day's band.

    Only for shares and futures: the price of an option moves by more than any percent in a day, and to say so
    would be noise. Where no last price is known nothing is said.
    """
    for place, item, instrument in basket.placed():
        if instrument is None or not has_usual_price(item, instrument):
            continue
        last = basket.quoted.get((instrument.exchange, instrument.tradingsymbol)) or instrument.last_price
        for name, price in typed_prices(item).items():
            if last > 0 and abs(price - last) * 100 > last * basket.far_percent:
                yield place, _far(name, price, last, basket.far_percent, instrument.tick_size)


def has_usual_price(item: Item, instrument: Instrument) -> bool:
    """Whether a price can be said to be far off: shares, whatever their series, and futures."""
    return item.exchange in EQUITY or instrument.instrument_type == FUTURE


def typed_prices(item: Item) -> dict[str, Decimal]:
    """Return the prices that an order takes and has, by the name of their field."""
    prices = {
        "price": takes_price(item.order_type) and item.price,
        "trigger_price": takes_trigger(item.order_type, item.variety) and item.trigger_price,
    }
    return {name: price for name, price in prices.items() if price and price > 0}


def _far(name: str, price: Decimal, last: Decimal, percent: int, tick: Decimal) -> Problem:
    """Return the problem, with the price that was meant where only the decimal point has slipped."""
    shifted = (candidate for slip in SLIPS for candidate in (price / slip, price * slip))
    near = (candidate for candidate in shifted if abs(candidate - last) * 100 <= last * percent)
    meant = next((candidate for candidate in near if tick > 0 and candidate % tick == 0), None)
    away = abs(price - last) * 100 / last
    code = f"{name}_far_{'above' if price > last else 'below'}"
    fixes = ({name: f"{meant.normalize():f}"},) if meant else ()
    return Problem(
        code, name, {"percent": f"{away.to_integral_value(ROUND_DOWN):f}", "last": f"{last:f}"}, fixes
    )


def more_shares_than_kite_takes(basket: Basket) -> Iterator[tuple[int, Problem]]:
    """An order for more than 1,00,000 shares is refused before it gets into the order book."""
    for place, item, instrument in basket.placed():
        if item.exchange in EQUITY and item.quantity > MOST_SHARES:
            lot = max(instrument.lot_size, 1) if instrument else 1
            most = MOST_SHARES - MOST_SHARES % lot
            fixes = ({"quantity": str(most)},) if most else ()
            yield place, Problem("too_many_shares", "quantity", {"shares": str(MOST_SHARES)}, fixes)


def the_same_twice(basket: Basket) -> Iterator[tuple[int, Problem]]:
    """Two orders that differ in nothing, or only in quantity, can be one that was entered twice."""
    first: dict[tuple[object, ...], int] = {}
    for place, item, _ in basket.placed():
        terms = (
            item.exchange,
            item.tradingsymbol,
            item.transaction_type,
            item.variety,
            item.product,
            item.order_type,
        )
        if not item.tradingsymbol:
            continue
        earlier = first.setdefault((*terms, item.price, item.trigger_price), place)
        if earlier != place:
            yield place, Problem("the_same_twice", "tradingsymbol", {"number": str(earlier + 1)})


def sells_what_is_held(basket: Basket) -> Iterator[tuple[int, Problem]]:
    """Shares are sold for delivery where they lie, and not more than there are; what the basket buys does not
    count yet.
    """
    if basket.sellable is None:
        return
    sold: dict[tuple[str, str], int] = defaultdict(int)
    for place, item, _ in basket.placed():
        if not delivers(item):
            continue
        name = item.exchange, item.tradingsymbol
        left = max(basket.sellable.get(name, 0) - sold[name], 0)
        sold[name] += item.quantity
        if item.quantity > left:
            yield place, _not_held(item, left, basket.sellable)


def sells_what_is_authorised(basket: Basket) -> Iterator[tuple[int, Problem]]:
    """Shares leave an account only with its holder's word: given once and for all, or for the day with a
    TPIN.
    """
    sold: dict[tuple[str, str], int] = defaultdict(int)
    for place, item, _ in basket.placed():
        name = item.exchange, item.tradingsymbol
        if basket.authorised is None or name not in basket.authorised or not delivers(item):
            continue
        sold[name] += item.quantity
        if sold[name] > basket.authorised[name]:
            yield (
                place,
                Problem("sale_needs_authorisation", "quantity", {"tradingsymbol": item.tradingsymbol}),
            )


def delivers(item: Item) -> bool:
    """Whether an order sells for delivery; without a product Kite's page takes CNC for shares."""
    sells = item.transaction_type is TransactionType.SELL and item.quantity > 0
    return (
        sells
        and item.exchange in EQUITY
        and item.product in (Product.CNC, None)
        and item.variety is not Variety.CO
    )


def _not_held(item: Item, left: int, sellable: Mapping[tuple[str, str], int]) -> Problem:
    params = {"tradingsymbol": item.tradingsymbol, "exchange": item.exchange.value, "left": str(left)}
    for other in sorted(EQUITY - {item.exchange}):
        if not left and (there := sellable.get((other, item.tradingsymbol), 0)) > 0:
            return Problem(
                "held_elsewhere",
                "exchange",
                params | {"held": str(there), "other": other.value},
                ({"exchange": other.value},),
            )
    return Problem("more_than_held", "quantity", params, ({"quantity": str(left)},) if left else ())


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
            "An order at market in a trade-to-trade share, an option of a later month or an option on MCX is"
            " often refused or filled badly."
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
"""Every caution, in the order in which they are told."""
