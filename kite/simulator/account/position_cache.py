"""A cache of positions: the sum of the day's fills so far, so that an order need not read all
earlier ones.

A fold (the sum, and how far it goes) is only a copy: it is thrown away as soon as anything before
its moment changes, and the fills are summed up again from the first one.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.sqlite import insert

from kite.simulator.core.ledger_tables import folds


@dataclass(frozen=True)
class Fold:
    """The positions from the fills up to `through`, as JSON.

    All their orders had ended by `valid_from`.

    It is valid from `valid_from` on, until the first of those orders leaves the book at `gone_at`.
    """

    user_id: str
    through: int
    valid_from: int
    gone_at: int
    positions: str


def find(connection: Connection, user_id: str, at: int) -> Fold | None:
    """Return the fold that is valid at `at`, or None."""
    row = connection.execute(
        select(folds).where(folds.c.user_id == user_id, folds.c.seen <= at, folds.c.gone_at > at)
    ).one_or_none()
    return Fold(row.user_id, row.through, row.seen, row.gone_at, row.positions) if row else None


def save(connection: Connection, fold: Fold) -> None:
    """Save a fold in the place of the one before. Needs a writing connection."""
    row = {
        "user_id": fold.user_id,
        "through": fold.through,
        "seen": fold.valid_from,
        "gone_at": fold.gone_at,
        "positions": fold.positions,
    }
    connection.execute(insert(folds).values(row).on_conflict_do_update(index_elements=["user_id"], set_=row))


def forget(connection: Connection, user_id: str, since: int) -> None:
    """Throw away a user's fold when something changes at `since` that it may include.

    Needs a writing connection.
    """
    connection.execute(delete(folds).where(folds.c.user_id == user_id, folds.c.seen >= since))
