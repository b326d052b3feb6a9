"""Cautions for figures that look like slips: a price far from the last one, more shares than Kite
takes, the same order twice.
"""

from collections.abc import Iterator
from decimal import ROUND_DOWN, Decimal

from kite.basket.checking.caution import ComposedBasket
from kite.basket.fields import takes_price, takes_trigger
from kite.basket.items import Instrument, Item
from kite.basket.problem import Problem
from kite.vocabulary import EQUITY

FUTURE = "FUT"


MOST_SHARES = 100_000
"""Kite refuses an order in shares for more."""


SLIPS = (10, 100, 1000)
"""The factors by which a price is wrong when its decimal point has slipped."""


def prices_far_off(basket: ComposedBasket) -> Iterator[tuple[int, Problem]]:
    """A price far from the last one is often a slip, and Kite takes none outside the day's band.

    Only for shares and futures: the price of an option moves by more than any percent in a day, and
    to say so would be noise. Where no last price is known nothing is said.
    """
    for place, item, instrument in basket.readable_orders():
        if instrument is None or not has_usual_price(item, instrument):
            continue
        last = basket.quoted.get((instrument.exchange, instrument.tradingsymbol)) or instrument.last_price
        for name, price in typed_prices(item).items():
            # A price of 0 in the list means that none is known.
            if last > 0 and abs(price - last) * 100 > last * basket.far_percent:
                yield place, _far_price(name, price, last, basket.far_percent, instrument.tick_size)


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


def _far_price(name: str, price: Decimal, last: Decimal, percent: int, tick: Decimal) -> Problem:
    """Return the problem, with the likely price as its fix where only the decimal point has
    slipped.
    """
    shifted = (candidate for slip in SLIPS for candidate in (price / slip, price * slip))
    near = (candidate for candidate in shifted if abs(candidate - last) * 100 <= last * percent)
    # A shifted price off the tick would only replace one mistake with another.
    likely_price = next((candidate for candidate in near if tick > 0 and candidate % tick == 0), None)
    away = abs(price - last) * 100 / last
    side = "above" if price > last else "below"
    params = {"percent": f"{away.to_integral_value(ROUND_DOWN):f}", "last": f"{last:f}"}
    fixes = ({name: f"{likely_price.normalize():f}"},) if likely_price else ()
    return Problem(f"{name}_far_{side}", name, params, fixes)


def more_shares_than_kite_takes(basket: ComposedBasket) -> Iterator[tuple[int, Problem]]:
    """An order for more than 1,00,000 shares is refused before it gets into the order book."""
    for place, item, instrument in basket.readable_orders():
        if item.exchange in EQUITY and item.quantity > MOST_SHARES:
            # The fix must be in whole lots too: some shares of small companies trade in lots.
            lot = max(instrument.lot_size, 1) if instrument else 1
            most = MOST_SHARES - MOST_SHARES % lot
            fixes = ({"quantity": str(most)},) if most else ()
            yield place, Problem("too_many_shares", "quantity", {"shares": str(MOST_SHARES)}, fixes)


def the_same_twice(basket: ComposedBasket) -> Iterator[tuple[int, Problem]]:
    """Two orders that differ in nothing, or only in quantity, can be one that was entered twice."""
    first: dict[tuple[object, ...], int] = {}
    for place, item, _ in basket.readable_orders():
        # Without the quantity: who enters an order twice may have corrected it the second time.
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
