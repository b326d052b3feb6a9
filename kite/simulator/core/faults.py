"""Faults that can be switched on, like a payment gateway's test cards.

They are kept in the ledger, so they apply in every process.

A fault strikes for everybody, or for the orders, baskets and sessions of one tag (its last eight
characters count). It lets `after` chances pass, and strikes at most `uses` times. With a `share`
below 100 it strikes by a draw that depends only on `seed` and the number of the chance.
"""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from kite.simulator.core.ledger_tables import faults
from kite.vocabulary import N_

PAGE, API, ORDER, POSTBACK = "page", "api", "order", "postback"
TAG_LENGTH = 8
LONGEST_WAIT = 120
"""The longest time in seconds that an answer is held back."""

COMMON: dict[str, int | None] = {"after": 0, "uses": None, "share": 100, "seed": 0}
"""The parameters that every fault takes beside its own, with their defaults."""


@dataclass(frozen=True)
class Fault:
    """A kind of fault: where it strikes, what it does in words, its own parameters with their
    defaults.
    """

    side: str
    words: str
    params: Mapping[str, int | str] | None = None


FAULTS: dict[str, Fault] = {
    "window_closed": Fault(PAGE, N_("The orders are placed, then the window is closed: nobody comes back.")),
    "return_twice": Fault(PAGE, N_("The browser asks for the return address twice, with the same token.")),
    "return_late": Fault(
        PAGE, N_("The orders are placed at once, the browser comes back later."), {"seconds": 5}
    ),
    "cancel_after_part": Fault(
        PAGE, N_("The first orders are placed, then the person cancels."), {"placed": 1}
    ),
    "all_rejected": Fault(
        PAGE, N_("The basket ends with success, and every order is rejected."), {"cause": "rms"}
    ),
    "item_dropped": Fault(PAGE, N_("One item never reaches the basket page."), {"item": 1}),
    "user_not_enabled": Fault(PAGE, N_("The user is not enabled for the app: an error, and no return.")),
    "wrong_referer": Fault(
        PAGE, N_("The basket counts as sent by another site: an error page, and no return.")
    ),
    "request_token_expired": Fault(PAGE, N_("The request token is too old when it arrives.")),
    "exchange_silent": Fault(
        API, N_("The exchange of the request token uses it up and never answers."), {"seconds": 30}
    ),
    "exchange_refused": Fault(
        API, N_("The exchange of the request token is refused: the user is not enabled for the app.")
    ),
    "rate_limited": Fault(API, N_("429, too many requests."), {"path": ""}),
    "gateway_502": Fault(API, N_("502 with a page in HTML."), {"path": ""}),
    "gateway_504": Fault(
        API,
        N_("504 with a page in HTML. Behind it an order is placed, changed or cancelled all the same."),
        {"path": ""},
    ),
    "unavailable": Fault(API, N_("503: the order system is not reached."), {"path": ""}),
    "slow": Fault(API, N_("The answer comes later than a client waits."), {"seconds": 10, "path": ""}),
    "truncated": Fault(API, N_("The JSON of the answer ends in the middle."), {"path": ""}),
    "token_dead": Fault(API, N_("The access token is ended, from this call on."), {"path": ""}),
    "publisher_key": Fault(API, N_("The key is a publisher's: it exchanges tokens and reads nothing.")),
    "address_not_allowed": Fault(
        API,
        N_("Orders are placed, changed and cancelled from an address that is not registered. Reading works."),
    ),
    "status_renamed": Fault(
        API,
        N_("Every order of the book comes with another word for its status."),
        {"word": "HELD FOR REVIEW"},
    ),
    "order_spoiled": Fault(
        API, N_("An order of the book comes without one of its fields."), {"row": 1, "field": "order_id"}
    ),
    "trade_spoiled": Fault(
        API, N_("A trade of the list comes without one of its fields."), {"row": 1, "field": "trade_id"}
    ),
    "refused_without_order": Fault(
        ORDER, N_("An order is refused before the order book: it gets no number, and nothing shows it.")
    ),
    "order_rejected": Fault(ORDER, N_("An order is rejected."), {"cause": "rms"}),
    "postback_duplicated": Fault(POSTBACK, N_("A postback is sent twice.")),
    "postback_reordered": Fault(POSTBACK, N_("A postback is sent after the next ones."), {"seconds": 1}),
    "postback_delayed": Fault(POSTBACK, N_("A postback comes late."), {"seconds": 10}),
    "postback_dropped": Fault(POSTBACK, N_("A postback is not sent.")),
    "postback_forged": Fault(POSTBACK, N_("A postback carries a checksum made with another secret.")),
}
"""Every fault there is, in the order in which the control page lists them."""


@dataclass(frozen=True)
class ActiveFault:
    """A fault that strikes now, with its parameters."""

    name: str
    params: dict[str, Any]


def set_fault(
    connection: Connection, name: str, tag: str | None = None, params: Mapping[str, Any] | None = None
) -> None:
    """Switch a fault on, for a tag or for all, in the place of the same fault set before.

    `params` hold good values: the caller has checked them.
    """
    clear(connection, name, tag)
    all_params = {**COMMON, **(FAULTS[name].params or {}), **(params or {})}
    connection.execute(
        insert(faults).values(
            name=name, tag=_tag_end(tag), params=json.dumps(all_params), chances=0, strikes=0
        )
    )


def clear(connection: Connection, name: str | None = None, tag: str | None = None) -> None:
    """Switch one fault off for a tag or for all, or every fault without a name."""
    if name is None:
        connection.execute(delete(faults))
    else:  # a comparison with None becomes IS NULL
        connection.execute(delete(faults).where(faults.c.name == name, faults.c.tag == _tag_end(tag)))


def active_faults(connection: Connection) -> list[dict[str, Any]]:
    """Return the faults that are set: name, tag, parameters, chances and strikes so far."""
    rows = connection.execute(select(faults).order_by(faults.c.number))
    return [
        {
            "fault": row.name,
            "tag": row.tag,
            **json.loads(row.params),
            "chances": row.chances,
            "strikes": row.strikes,
        }
        for row in rows
    ]


def any_set(connection: Connection, side: str) -> bool:
    """Whether a fault of that side is set at all. This only reads, while `strike` writes."""
    names = connection.scalars(select(faults.c.name))
    return any(FAULTS[name].side == side for name in names if name in FAULTS)


def strike(
    connection: Connection, name: str, tags: Collection[str | None] = (), path: str = ""
) -> ActiveFault | None:
    """Count one chance of a fault, and return it when it strikes.

    `tags` are those of the order, basket or session at hand. Needs a writing connection.
    """
    ends = {_tag_end(tag) for tag in tags if tag}
    rows = connection.execute(select(faults).where(faults.c.name == name).order_by(faults.c.number)).all()
    for row in rows:
        params = json.loads(row.params)
        if (row.tag is not None and row.tag not in ends) or not path.startswith(params.get("path", "")):
            continue
        hits = _hits(params, row.chances, row.strikes)
        connection.execute(
            update(faults)
            .where(faults.c.number == row.number)
            .values(chances=row.chances + 1, strikes=row.strikes + hits)
        )
        if hits:
            return ActiveFault(name, params)
    return None


def _hits(params: Mapping[str, Any], chance: int, strikes: int) -> bool:
    """Whether a fault strikes at its chance of that number, when it did so `strikes` times
    before.
    """
    used_up = params["uses"] is not None and strikes >= params["uses"]
    return chance >= params["after"] and not used_up and _drawn(params, chance)


def _drawn(params: Mapping[str, Any], chance: int) -> bool:
    # a hash instead of a random number, so that the same seed strikes at the same chances in every
    # process
    digest = hashlib.sha256(f"{params['seed']}:{chance}".encode()).digest()
    return int.from_bytes(digest[:4]) % 100 < int(params["share"])


def _tag_end(tag: str | None) -> str | None:
    # the person's own tag may come first; the last eight characters are those of the site that sent
    # the order
    return tag[-TAG_LENGTH:] if tag else None
