"""Authorisations to sell holdings, as a depository asks for: what was requested, and what was
decided.

An authorisation is for shares by their ISIN, and for one trading day.
"""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy import Connection, insert, select, update

from kite.simulator.core.ledger_tables import authorisations
from kite.simulator.core.sessions import new_token
from kite.simulator.core.timestamps import DAY_TURNS, next_at

AUTHORISED, CANCELLED = "authorised", "cancelled"


@dataclass(frozen=True)
class Authorisation:
    """A request to authorise a quantity for each ISIN.

    `outcome` is None until the person decides.
    """

    request_id: str
    user_id: str
    wanted: Mapping[str, int]
    outcome: str | None


def ask(connection: Connection, user_id: str, wanted: Mapping[str, int], at: int) -> str:
    """Save a new request, and return its id, which is that of its page.

    Needs a writing connection.
    """
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
    """Return the request with an id, or None when it is unknown or its day has ended."""
    good = authorisations.c.request_id == request_id, authorisations.c.ends_at > at
    row = connection.execute(select(authorisations).where(*good)).one_or_none()
    if not row:
        return None
    return Authorisation(row.request_id, row.user_id, json.loads(row.wanted), row.outcome)


def decide(connection: Connection, authorisation: Authorisation, outcome: str) -> Authorisation:
    """Save a person's decision and return it; a later one changes nothing.

    Needs a writing connection.
    """
    if authorisation.outcome:
        return authorisation
    this = authorisations.c.request_id == authorisation.request_id
    connection.execute(update(authorisations).where(this).values(outcome=outcome))
    return replace(authorisation, outcome=outcome)


def authorised_quantities(connection: Connection, user_id: str, at: int) -> dict[str, int]:
    """Return the quantities that may be sold today, by ISIN.

    A later authorisation of a share adds to an earlier one.
    """
    good = (
        authorisations.c.user_id == user_id,
        authorisations.c.ends_at > at,
        authorisations.c.outcome == AUTHORISED,
    )
    quantities: Counter[str] = Counter()
    for wanted in connection.scalars(select(authorisations.c.wanted).where(*good)):
        quantities.update(json.loads(wanted))
    return dict(quantities)
