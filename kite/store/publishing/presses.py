"""Presses: the page, link or button that led to an execution, and where its ending is sent."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, case, exists, func, or_, select, update

from kite.store.base import publishing_tables, rows, tables
from kite.store.base.engine import Connection
from kite.vocabulary import Outcome, State


@dataclass(frozen=True)
class Press:
    """A press of a page, a link or a button.

    `hash` is that of the published version, "" for items that nobody published. `origin` is the
    origin of the page whose script wants to hear the ending ("" for none), `handle` the SHA-256 of
    the random name that it made, by which it may ask; `return_to` is an allowed address for the way
    back. `campaign` is JSON, name to text.
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
class PressSource:
    """Where presses came from; "" for what they did not bring. `campaign` is JSON, name to text.

    `site` is the origin of the page that pressed, or the address that the basket ends at when no
    page is known.
    """

    link_id: str = ""
    reference: str = ""
    campaign: str = ""
    site: str = ""


@dataclass(frozen=True)
class Tally:
    """The sums of presses that led to executions of one kind.

    The kind is the `state`, gone to Kite or not, with an order at Kite in any part of the basket
    (`placed`) and with something filled in any part (`some_filled`). A basket in parts counts once
    in `presses`; `orders`, `filled` ones among them and the rupees are those of every part.
    """

    state: State
    handed_off: bool
    placed: bool
    some_filled: bool
    presses: int
    orders: int = 0
    filled: int = 0
    bought: Decimal = Decimal(0)
    sold: Decimal = Decimal(0)
    day: int = 0
    published_id: str | None = None
    source: PressSource = PressSource()


_c, _e = publishing_tables.presses.c, tables.executions.c
_ROW = select(*rows.columns(publishing_tables.presses, Press))
_OF = _ROW.where(_c.execution_id == bindparam("execution"))
_BY_HANDLE = _ROW.where(_c.handle == bindparam("named"))
_OF_VISIT = select(_e.id).where(_e.visit_id == bindparam("visit"))
_LET_GO = (
    update(publishing_tables.presses)
    .where(_c.handle == bindparam("named"), _c.execution_id.in_(_OF_VISIT))
    .values(handle=None)
)
AT_KITE = tuple(outcome for outcome in Outcome if outcome.facts.ordered)
"""Outcomes of an item that has an order at Kite."""
WITH_FILLS = tuple(outcome for outcome in Outcome if outcome.facts.filled)
READ = (State.RETURNED, State.SETTLED)
"""States in which an order book may have shown orders."""


def _in_any_part(outcomes: Sequence[Outcome]) -> ColumnElement[bool]:
    """Return whether any part of an execution's basket has an item with one of these outcomes."""
    part = tables.executions.alias()
    has_outcome = or_(*(part.c.outcomes.contains(f",{outcome},", autoescape=True) for outcome in outcomes))
    return exists().where(part.c.basket_id == _e.basket_id, part.c.state.in_(READ), has_outcome)


def _pressed(*more: ColumnElement[Any]) -> Select[*tuple[Any, ...]]:
    """Return a query for one row of each execution that a press led to, with the columns `more` to
    group by.
    """
    states = (_e.state, _e.handed_off_at.is_not(None).label("handed_off"))
    flags = (_in_any_part(AT_KITE).label("placed"), _in_any_part(WITH_FILLS).label("some_filled"))
    # Later parts of a basket go out from the first one's receipt: somebody pressed once.
    summed = (case((_e.part == 1, 1), else_=0).label("presses"), _e.orders, _e.filled, _e.bought, _e.sold)
    return select(*states, *flags, *summed, *more).join(tables.executions, _e.id == _c.execution_id)


_SUMMED = ("presses", "orders", "filled", "bought", "sold")


def _summed(single_rows: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """Return a query that groups rows by all columns that are not summed."""
    row = single_rows.subquery().c
    groups = [column for column in row if column.name not in _SUMMED]
    return select(*groups, *(func.sum(row[name]).label(name) for name in _SUMMED)).group_by(*groups)


_SITE = case((_c.origin != "", _c.origin), else_=_c.return_to).label("site")
_SOURCE = (func.coalesce(_c.link_id, "").label("link_id"), _c.reference, _c.campaign, _SITE)
_OF_BASKET = _summed(_pressed().where(_c.published_id == bindparam("basket")))
_SOURCES_OF_BASKET = _summed(_pressed(*_SOURCE).where(_c.published_id == bindparam("basket")))
_SOURCES_SINCE = _summed(_pressed(*_SOURCE, _c.published_id).where(_c.at >= bindparam("since")))


def add(conn: Connection, press: Press) -> bool:
    """Store what led to an execution; False when another press has its handle."""
    return rows.insert_unless_present(conn, publishing_tables.presses, rows.values(press), "handle")


def add_taking_handle(conn: Connection, press: Press, visit_id: str) -> None:
    """Store a visit's press, and take its handle from an earlier press of the same visit.

    A handle of another visit's press stays where it is, and this press gets none: nobody may
    receive the ending of a stranger's press.
    """
    if add(conn, press):
        return
    conn.execute(_LET_GO, {"named": press.handle, "visit": visit_id})
    if not add(conn, press):
        add(conn, replace(press, handle=None))


def of(conn: Connection, execution_id: str) -> Press | None:
    """Return the press that led to an execution, None when it was composed here."""
    return next((Press(*row) for row in conn.execute(_OF, {"execution": execution_id})), None)


def by_handle(conn: Connection, handle: str) -> Press | None:
    """Return the press whose page made this handle (its SHA-256)."""
    return next((Press(*row) for row in conn.execute(_BY_HANDLE, {"named": handle})), None)


def tallies(conn: Connection, days: Sequence[datetime]) -> list[Tally]:
    """Return the sums of presses by day, from the first of `days` on.

    Each of `days`, two or more, begins a day; a tally has the number of its day.
    """
    day = case(
        *[(_c.at < after, number) for number, after in enumerate(days[1:])], else_=len(days) - 1
    ).label("day")
    return _read(conn, _summed(_pressed(day, _c.published_id).where(_c.at >= days[0])))


def of_basket(conn: Connection, published_id: str) -> list[Tally]:
    """Return the sums of all presses of one basket."""
    return _read(conn, _OF_BASKET, basket=published_id)


def sources(conn: Connection, since: datetime) -> list[Tally]:
    """Return the sums of presses since a time, by basket and by where they came from."""
    return _read(conn, _SOURCES_SINCE, since=since)


def sources_of_basket(conn: Connection, published_id: str) -> list[Tally]:
    """Return the sums of all presses of one basket, by where they came from."""
    return _read(conn, _SOURCES_OF_BASKET, basket=published_id)


def _read(conn: Connection, statement: Select[*tuple[Any, ...]], **values: object) -> list[Tally]:
    return [_tally(dict(row)) for row in conn.execute(statement, values).mappings()]


def _tally(row: dict[str, Any]) -> Tally:
    source = {field.name: row.pop(field.name) for field in fields(PressSource) if field.name in row}
    flags = {name: bool(row[name]) for name in ("handed_off", "placed", "some_filled")}
    counts = {name: int(row[name]) for name in ("presses", "orders", "filled")}
    rupees = {name: Decimal(int(row[name])) / 100 for name in ("bought", "sold")}
    return Tally(**row | flags | counts | rupees, source=PressSource(**source))
