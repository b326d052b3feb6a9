"""The price of an instrument at any moment.

It is calculated, not random, so it is the same in every process.

A price stays at the bundled one until the switch `prices_move` is on. Then it moves around it by up
to 0.3 %: it changes on whole seconds, moves in a straight line from one knot to the next every five
seconds, and is back at every whole minute. Symbols that begin with SIM never move. A price that was
set by hand stays until the next one is set, or until the trading day ends.
"""

import hashlib
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from itertools import pairwise

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert

from kite.simulator.core.ledger_tables import prices
from kite.simulator.core.market import Instrument
from kite.simulator.core.switches import is_on
from kite.simulator.core.timestamps import DAY_TURNS, next_at
from kite.vocabulary import TransactionType

SWING = Decimal("0.003")
"""How far a price moves from the bundled one, as a share of it."""

SECOND, KNOT, MINUTE, DAY = 1_000, 5_000, 60_000, 86_400_000
FAR = 2**62  # later than any time, and still a whole number that SQLite can hold

PRICES_MOVE = "prices_move"
"""The switch that lets prices move.

It is off by default, so that a person can predict what a rehearsal will show.
"""

SCRIPTED = "SIM"


@dataclass(frozen=True)
class Path:
    """The price of one instrument over a day.

    `marks` are prices set by hand: (from, until, price), in their order.
    """

    instrument: Instrument
    moves: bool = False
    marks: tuple[tuple[int, int, Decimal], ...] = ()

    def at(self, moment: int) -> Decimal:
        """Return the price at `moment`, in rupees on the tick."""
        mark = self._mark(moment)
        if mark:
            return mark[2]
        return self._moving_price(moment)

    def first(self, begins: int, until: int, reached: Callable[[Decimal], bool]) -> int | None:
        """Return the first moment from `begins` on, before `until`, at which `reached` accepts the
        price.

        `reached` must accept either all prices from some price up, or all from some price down.
        """
        if begins >= until:
            return None
        edges = {edge for mark in self.marks for edge in mark[:2] if begins < edge < until}
        for start, end in pairwise(sorted({begins, until, *edges})):
            moment = self._first_between(start, end, reached)
            if moment is not None:
                return moment
        return None

    def _first_between(self, begins: int, until: int, reached: Callable[[Decimal], bool]) -> int | None:
        """Return the same where no price is set by hand or taken back on the way."""
        if reached(self.at(begins)):
            return begins
        if self._mark(begins) or not self.moves:
            return None
        last = self.instrument.last_price
        if not reached(last * (1 + SWING)) and not reached(last * (1 - SWING)):
            return None  # spares a walk over the whole day when the price never swings that far
        for knot in range(begins // KNOT * KNOT, until, KNOT):
            # straight from knot to knot: what is reached between two of them is still reached at
            # the second
            if reached(self._moving_price(knot + KNOT)):
                seconds = range(
                    max(knot, begins // SECOND * SECOND + SECOND), min(knot + KNOT + SECOND, until), SECOND
                )
                return next((second for second in seconds if reached(self._moving_price(second))), None)
        return None

    def _mark(self, moment: int) -> tuple[int, int, Decimal] | None:
        place = bisect_right([mark[0] for mark in self.marks], moment) - 1
        if place < 0 or moment >= self.marks[place][1]:
            return None
        return self.marks[place]

    def _moving_price(self, moment: int) -> Decimal:
        last = self.instrument.last_price
        if not self.moves:
            return last
        second, knot = moment // SECOND * SECOND, moment // KNOT * KNOT
        here, there = _swing(self.instrument, knot), _swing(self.instrument, knot + KNOT)
        swing = here + (there - here) * Decimal(second - knot) / KNOT
        return on_tick(last * (1 + SWING * swing), self.instrument)


def path(connection: Connection, instrument: Instrument) -> Path:
    """Return an instrument's prices as the ledger has them now."""
    moves = not instrument.tradingsymbol.startswith(SCRIPTED) and is_on(connection, PRICES_MOVE)
    own = prices.c.exchange == instrument.exchange, prices.c.tradingsymbol == instrument.tradingsymbol
    rows = connection.execute(select(prices.c.at, prices.c.price).where(*own).order_by(prices.c.at)).all()
    starts = [row.at for row in rows]
    ends = [
        min(next_at(start, DAY_TURNS), after) for start, after in zip(starts, [*starts, FAR][1:], strict=True)
    ]
    return Path(
        instrument,
        moves,
        tuple((row.at, end, Decimal(row.price)) for row, end in zip(rows, ends, strict=True)),
    )


def save_price(connection: Connection, instrument: Instrument, price: Decimal, at: int) -> None:
    """Set the price of an instrument from `at` on.

    Needs a writing connection. The futures of orders that depend on it are not changed here.
    """
    row = {
        "exchange": instrument.exchange,
        "tradingsymbol": instrument.tradingsymbol,
        "at": at,
        "price": str(price),
    }
    statement = insert(prices).values(row)
    columns = ["exchange", "tradingsymbol", "at"]
    connection.execute(statement.on_conflict_do_update(index_elements=columns, set_={"price": str(price)}))
    connection.execute(prices.delete().where(prices.c.at < at - DAY))


def crosses(transaction_type: str, limit: Decimal) -> Callable[[Decimal], bool]:
    """Return a test whether a limit order can trade at a price."""
    if not limit:  # a limit order without a price never trades
        return lambda price: False
    if transaction_type == TransactionType.BUY:
        return lambda price: limit >= price
    return lambda price: limit <= price


def triggers(transaction_type: str, trigger_price: Decimal) -> Callable[[Decimal], bool]:
    """Return a test whether a price triggers a stop: from below for BUY, from above for SELL."""
    if transaction_type == TransactionType.BUY:
        return lambda price: price >= trigger_price
    return lambda price: price <= trigger_price


def on_tick(price: Decimal, instrument: Instrument) -> Decimal:
    """Return the price on the instrument's tick that is nearest to `price`, and above 0."""
    tick = instrument.tick_size
    return max((price / tick).quantize(Decimal(1), ROUND_HALF_EVEN) * tick, tick)


def _swing(instrument: Instrument, knot: int) -> Decimal:
    """Return how far the price has moved at a knot, from -1 to 1 in steps of a thousandth."""
    # Back to the bundled price every minute, so that a rehearsal does not drift away.
    if not knot % MINUTE:
        return Decimal(0)
    digest = hashlib.blake2b(
        f"{instrument.exchange}:{instrument.tradingsymbol}:{knot}".encode(), digest_size=8
    ).digest()
    return Decimal(int.from_bytes(digest) % 2001 - 1000) / 1000
