"""Sales of holdings that their holder authorises, as at a depository: what is asked for, and what was
decided.

An authorisation is of shares by their ISIN, for one session of trading: it ends when the day turns.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy import Connection, insert, select, update

from kite.simulator.core.ledger import authorisations
from kite.simulator.core.sessions import new_token
from kite.simulator.core.timestamps import DAY_TURNS, next_at

AUTHORISED, CANCELLED = "authorised", "cancelled"


@dataclass(frozen=True)
class Authorisation:
    """What a person is asked for: a quantity for each ISIN. `outcome` is None until they decide."""

    request_id: str
    user_id: str
    wanted: Mapping[str, int]
    outcome: str | None


def ask(connection: Connection, user_id: str, wanted: Mapping[str, int], at: int) -> str:
    """Keep what a person is to authorise, and return the id of their page. Needs a writing connection."""
    request_id = new_token()
    columns = {
        "request_id": request_id,
        "user_id": user_id,
        "wanted": json.dumps(dict(wanted)),
        "ends_at": next_at(at, DAY_TURNS),
    }
    connection.execute(insert(authorisations).values(columns))
    return request_id


def find(connection: Connection, request_id: str, at: int) -> Authorisation | None:
    """Return what stands under an id until the day turns, or None."""
    good = authorisations.c.request_id == request_id, authorisations.c.ends_at > at
    row = connection.execute(select(authorisations).where(*good)).one_or_none()
    return Authorisation(row.request_id, row.user_id, json.loads(row.wanted), row.outcome) if row else None


def decide(connection: Connection, asked: Authorisation, outcome: str) -> Authorisation:
    """Keep what a person decided, once: the first decision stands. Needs a writing connection."""
    if asked.outcome:
        return asked
    connection.execute(
        update(authorisations).where(authorisations.c.request_id == asked.request_id).values(outcome=outcome)
    )
    return replace(asked, outcome=outcome)


def authorised(connection: Connection, user_id: str, at: int) -> dict[str, int]:
    """Return the quantities that may be sold today, by ISIN.

    A later authorisation of a share adds to an earlier one.
    """
    good = (
        authorisations.c.user_id == user_id,
        authorisations.c.ends_at > at,
        authorisations.c.outcome == AUTHORISED,
    )
    found: dict[str, int] = {}
    for wanted in connection.scalars(select(authorisations.c.wanted).where(*good)):
        for isin, quantity in json.loads(wanted).items():
            found[isin] = found.get(isin, 0) + quantity
    return found
