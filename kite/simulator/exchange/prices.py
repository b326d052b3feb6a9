"""What an instrument trades at, at any moment: the same in every process, because it is worked out and not
drawn.

A price stands still at the bundled one, until the switch `prices_move` is on. Then it moves around it by up
to 0.3 %: it changes on whole seconds, goes straight from one knot to the next every five seconds, and is back
at every whole minute. Symbols that begin with SIM stand still all the same. A price that was set by hand
stays until the next one is set, or until the day turns.
"""

import hashlib
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from itertools import pairwise

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert

from kite.simulator.core.ledger import prices
from kite.simulator.core.market import Instrument
from kite.simulator.core.switches import is_on
from kite.simulator.core.timestamps import DAY_TURNS, next_at
from kite.vocabulary import TransactionType

SWING = Decimal("0.003")
"""How far a price moves from the bundled one, as a share of it."""

SECOND, KNOT, MINUTE, DAY = 1_000, 5_000, 60_000, 86_400_000
FAR = 2**62

PRICES_MOVE = "prices_move"
"""The switch that lets prices move.

It is off by default, so that what a rehearsal comes to can be told beforehand.
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
        return mark[2] if mark else self._moving(moment)

    def first(self, begins: int, until: int, reached: Callable[[Decimal], bool]) -> int | None:
        """Return the first moment from `begins` on, before `until`, whose price is `reached`; it says yes
        from some price on.
        """
        if begins >= until:
            return None
        edges = sorted(
            {begins, until, *(edge for mark in self.marks for edge in mark[:2] if begins < edge < until)}
        )
        for start, end in pairwise(edges):
            found = self._in_piece(start, end, reached)
            if found is not None:
                return found
        return None

    def _in_piece(self, begins: int, until: int, reached: Callable[[Decimal], bool]) -> int | None:
        if reached(self.at(begins)):
            return begins
        last = self.instrument.last_price
        if (
            self._mark(begins)
            or not self.moves
            or not (reached(last * (1 + SWING)) or reached(last * (1 - SWING)))
        ):
            return None
        for knot in range(begins // KNOT * KNOT, until, KNOT):
            if reached(self._moving(knot + KNOT)):
                seconds = range(
                    max(knot, begins // SECOND * SECOND + SECOND), min(knot + KNOT + SECOND, until), SECOND
                )
                return next((second for second in seconds if reached(self._moving(second))), None)
        return None

    def _mark(self, moment: int) -> tuple[int, int, Decimal] | None:
        place = bisect_right([mark[0] for mark in self.marks], moment) - 1
        return self.marks[place] if place >= 0 and moment < self.marks[place][1] else None

    def _moving(self, moment: int) -> Decimal:
        last = self.instrument.last_price
        if not self.moves:
            return last
        second, knot = moment // SECOND * SECOND, moment // KNOT * KNOT
        here, there = _swing(self.instrument, knot), _swing(self.instrument, knot + KNOT)
        swing = here + (there - here) * Decimal(second - knot) / KNOT
        return on_tick(last * (1 + SWING * swing), self.instrument)


def path(connection: Connection, instrument: Instrument) -> Path:
    """Return the path of an instrument as the ledger has it now."""
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


def keep(connection: Connection, instrument: Instrument, price: Decimal, at: int) -> None:
    """Write a price of `at` down.

    Needs a writing connection; futures that hang on it are not touched here.
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
    """Return whether a limit can trade at a price. A limit of 0 is one without a price: it waits."""
    if not limit:
        return lambda price: False
    return (
        (lambda price: limit >= price)
        if transaction_type == TransactionType.BUY
        else (lambda price: limit <= price)
    )


def triggers(transaction_type: str, trigger_price: Decimal) -> Callable[[Decimal], bool]:
    """Return whether a price sets a stop off: from below for BUY, from above for SELL."""
    return (
        (lambda price: price >= trigger_price)
        if transaction_type == TransactionType.BUY
        else (lambda price: price <= trigger_price)
    )


def on_tick(price: Decimal, instrument: Instrument) -> Decimal:
    """Return the price of an instrument that is next to `price`, and above 0."""
    tick = instrument.tick_size
    return max((price / tick).quantize(Decimal(1), ROUND_HALF_EVEN) * tick, tick)


def _swing(instrument: Instrument, knot: int) -> Decimal:
    """Return how far the price has swung at a knot, from -1 to 1 in steps of a thousandth."""
    if not knot % MINUTE:
        return Decimal(0)
    digest = hashlib.blake2b(
        f"{instrument.exchange}:{instrument.tradingsymbol}:{knot}".encode(), digest_size=8
    ).digest()
    return Decimal(int.from_bytes(digest) % 2001 - 1000) / 1000
