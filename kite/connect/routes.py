"""Every address of Kite Connect's API that is used, and one call to such an address."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from kite.exceptions import InputException

ROUTES = {
    "session": "/session/token",
    "profile": "/user/profile",
    "margins": "/user/margins",
    "orders": "/orders",
    "order.history": "/orders/{order_id}",
    "order.change": "/orders/{variety}/{order_id}",
    "trades": "/trades",
    "basket.margins": "/margins/basket",
    "order.charges": "/charges/orders",
    "holdings": "/portfolio/holdings",
    "positions": "/portfolio/positions",
    "quote": "/quote",
}
"""The addresses below the API's root, by the name that a Call has for them."""


@dataclass(frozen=True)
class Call:
    """One request: the name of its route, the values in its path, and its form, query or JSON.

    Orders and quotes have limits of their own.
    """

    method: str
    route: str
    path: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] | None = None
    query: Mapping[str, str | Sequence[str]] | None = None
    json: Sequence[Mapping[str, Any]] | None = None
    kind: str = "other"


def path_of(call: Call) -> str:
    """Return the path of a call. Raises InputException where a value in it is missing."""
    for name, value in call.path.items():
        if not value.strip("."):  # "" and ".." would lead to another route
            raise InputException(f"Missing `{name}`.")
    return ROUTES[call.route].format(**{name: quote(value, safe="") for name, value in call.path.items()})
