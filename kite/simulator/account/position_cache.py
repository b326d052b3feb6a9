"""How far the day's fills are summed up already, so that an order need not read all that went before it.

A fold is a copy of what the fills say, never the only one: it is thrown away as soon as anything before its
moment changes, and the fills are summed up again from the first one.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.sqlite import insert

from kite.simulator.core.ledger import folds


@dataclass(frozen=True)
class Fold:
    """The positions that the fills up to `through` come to, as JSON: all of orders that had ended by `seen`.

    It counts for moments from `seen` on, until the first of those orders leaves the book at `gone_at`.
    """

    user_id: str
    through: int
    seen: int
    gone_at: int
    positions: str


def find(connection: Connection, user_id: str, at: int) -> Fold | None:
    """Return the fold that counts at `at`, or None."""
    row = connection.execute(
        select(folds).where(folds.c.user_id == user_id, folds.c.seen <= at, folds.c.gone_at > at)
    ).one_or_none()
    return Fold(**row._mapping) if row else None


def keep(connection: Connection, fold: Fold) -> None:
    """Keep a fold in the place of the one before. Needs a writing connection."""
    row = vars(fold)
    connection.execute(insert(folds).values(row).on_conflict_do_update(index_elements=["user_id"], set_=row))


def forget(connection: Connection, user_id: str, since: int) -> None:
    """Throw away a fold that saw moments from `since` on: something is written there.

    Needs a writing connection.
    """
    connection.execute(delete(folds).where(folds.c.user_id == user_id, folds.c.seen >= since))
