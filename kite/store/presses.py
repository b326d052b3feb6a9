"""Presses: what led to an execution when it was not the composer, and where its ending is told."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from sqlalchemy import bindparam, case, func, select, update

from kite.store import offered, rows, tables
from kite.store.engine import Connection
from kite.vocabulary import State


@dataclass(frozen=True)
class Press:
    """A press of a page, a link or a button.

    `hash` is that of the published version, "" for items that nobody published. `origin` is the origin of the page
    whose script wants to hear the ending ("" for none), `handle` the SHA-256 of the random name that it made, by
    which it may ask; `return_to` is an allowed address for the way back. `campaign` is JSON, name to text.
    """

    execution_id: str
    published_id: str | None
    version: int | None
    hash: str
    link_id: str | None
    reference: str
    campaign: str
    origin: str
    handle: str | None
    return_to: str
    at: datetime


@dataclass(frozen=True)
class Tally:
    """How many presses led to an execution like this: in `state`, gone to Kite or not, with these outcomes (",filled,open,")."""

    state: State
    handed_off: bool
    outcomes: str
    count: int
    day: int = 0
    published_id: str | None = None


_c, _e = offered.presses.c, tables.executions.c
_ROW = select(*rows.columns(offered.presses, Press))
_OF = _ROW.where(_c.execution_id == bindparam("execution"))
_BY_HANDLE = _ROW.where(_c.handle == bindparam("named"))
_OF_VISIT = select(_e.id).where(_e.visit_id == bindparam("visit"))
_LET_GO = update(offered.presses).where(_c.handle == bindparam("named"), _c.execution_id.in_(_OF_VISIT)).values(handle=None)
_STARTED = _e.part == 1
"""Later parts of a basket go out from the first one's receipt: somebody pressed once."""
_COLUMNS = (_e.state, _e.handed_off_at.is_not(None), _e.outcomes, func.count())
_PRESSED = select(*_COLUMNS).join(tables.executions, _e.id == _c.execution_id).where(_STARTED).group_by(*_COLUMNS[:-1])
_SUM = func.sum(_e.traded)
_TRADED_OF_BASKET = select(_SUM).join(offered.presses, _e.id == _c.execution_id).where(_c.published_id == bindparam("basket"))
_TRADED_SINCE = select(_c.published_id, _SUM).join(tables.executions, _e.id == _c.execution_id).where(_c.at >= bindparam("since"))
_TRADED_SINCE = _TRADED_SINCE.group_by(_c.published_id)
_OF_BASKET = _PRESSED.where(_c.published_id == bindparam("basket"))


def add(conn: Connection, press: Press) -> bool:
    """Keep what led to an execution; False when its handle is another press's."""
    return rows.add(conn, offered.presses, rows.values(press), "handle")


def add_last(conn: Connection, press: Press, visit_id: str) -> None:
    """Keep a visit's press. Its handle, which names one press, is its own from now on, and no more that of an earlier one of the visit.

    A handle of another visit's press stays there, and this press has none: nobody takes the ending of a stranger's press away.
    """
    if add(conn, press):
        return
    conn.execute(_LET_GO, {"named": press.handle, "visit": visit_id})
    if not add(conn, press):
        add(conn, replace(press, handle=None))


def of(conn: Connection, execution_id: str) -> Press | None:
    """Return what led to an execution, None when it was composed here."""
    return next((Press(*row) for row in conn.execute(_OF, {"execution": execution_id})), None)


def by_handle(conn: Connection, handle: str) -> Press | None:
    """Return the press whose page made this handle (its SHA-256)."""
    return next((Press(*row) for row in conn.execute(_BY_HANDLE, {"named": handle})), None)


def tallies(conn: Connection, days: Sequence[datetime]) -> list[Tally]:
    """Count presses from the first of `days` on. Each of them, two or more, begins a day; a tally has the number of its day."""
    day = case(*[(_c.at < after, number) for number, after in enumerate(days[1:])], else_=len(days) - 1).label("day")
    counted = _PRESSED.add_columns(day, _c.published_id).where(_c.at >= days[0]).group_by(day, _c.published_id)
    return [Tally(*row) for row in conn.execute(counted)]


def of_basket(conn: Connection, published_id: str) -> list[Tally]:
    """Count all presses of one basket."""
    return [Tally(*row) for row in conn.execute(_OF_BASKET, {"basket": published_id})]


def traded(conn: Connection, since: datetime) -> dict[str | None, Decimal]:
    """Return what presses since a time led to trade, by basket and in rupees; None has the orders that pages brought along."""
    return {basket: Decimal(int(paise)) / 100 for basket, paise in conn.execute(_TRADED_SINCE, {"since": since})}


def traded_of_basket(conn: Connection, published_id: str) -> Decimal:
    """Return what all presses of one basket led to trade, in rupees."""
    return Decimal(int(conn.execute(_TRADED_OF_BASKET, {"basket": published_id}).scalar() or 0)) / 100
