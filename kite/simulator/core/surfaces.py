"""Surfaces of the simulator: Kite's pages, Kite's API, and what is ours alone.

A blueprint names its surface where it is made, and a route that differs says so in a decorator.
`install` puts the policies together once, at start, and refuses a route without one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, TypeVar, cast
from weakref import WeakKeyDictionary

from flask import Blueprint, Flask, current_app, request
from werkzeug.routing import Rule

EXTENSION = "kite_simulator_policies"

CHANGING = {"POST", "PUT", "PATCH", "DELETE"}
"""Methods that change something."""


class KiteSurface(StrEnum):
    """Which part of Kite a route stands in for."""

    PAGES = "pages"
    """What browsers open at kite.zerodha.com."""
    API = "API"
    """What servers call at api.kite.trade."""
    CONTROL = "control"
    """Ours alone, for tests and for who tries the site."""
    FILES = "files"
    """Styles and pictures of the pages."""


@dataclass(frozen=True)
class KitePolicy:
    """How a route is treated.

    `from_elsewhere`: forms that another site's page sends are taken. `checks_origin`: a form must
    name this host as its Origin too, where it names one: old browsers send no Sec-Fetch-Site.
    `api_faults`: the faults and rate limits of the API side are around it. `cache_control`: how
    long an answer may be kept; None leaves it to Flask.
    """

    surface: KiteSurface
    from_elsewhere: bool = False
    checks_origin: bool = False
    api_faults: bool = False
    cache_control: str | None = "no-store"


POLICIES: Mapping[KiteSurface, KitePolicy] = {
    policy.surface: policy
    for policy in (
        KitePolicy(KiteSurface.PAGES),
        # A call carries a session's token in its header, which no page can send; Kite looks at no
        # Origin.
        KitePolicy(KiteSurface.API, from_elsewhere=True, api_faults=True),
        KitePolicy(KiteSurface.CONTROL, checks_origin=True),
        KitePolicy(KiteSurface.FILES, cache_control=None),
    )
}
"""What follows from a surface, unless a blueprint or a route says otherwise."""

NO_ROUTE = KitePolicy(KiteSurface.PAGES, from_elsewhere=True)
"""The policy of an address that no route answers: there is nothing to protect, and nothing to
keep.
"""


class UndeclaredKiteSurface(Exception):
    """A route says nowhere which part of Kite it stands in for."""


class KiteBlueprint(Blueprint):
    """A blueprint that names its surface; `differences` are the fields of its policy that differ
    from it.
    """

    def __init__(self, name: str, import_name: str, surface: KiteSurface, **differences: Any) -> None:
        super().__init__(name, import_name)
        self.policy = replace(POLICIES[surface], **differences)


View = TypeVar("View", bound=Callable[..., Any])

_ROUTES: WeakKeyDictionary[Callable[..., Any], tuple[KiteSurface | None, dict[str, Any]]] = (
    WeakKeyDictionary()
)
"""What a view's decorator said, until `install` reads it."""


def route_policy(surface: KiteSurface | None = None, **differences: Any) -> Callable[[View], View]:
    """Let one route differ from its blueprint, or, with `surface`, belong to another surface
    altogether.
    """

    def declare(view: View) -> View:
        _ROUTES[view] = (surface, differences)
        return view

    return declare


def install(app: Flask) -> None:
    """Put together the policy of every route of `app`. Call it when all routes are there.

    Raises UndeclaredSurface for a route without one.
    """
    app.extensions[EXTENSION] = {rule.endpoint: _policy_of(app, rule) for rule in app.url_map.iter_rules()}


def current_policy() -> KitePolicy:
    """Return the policy of this request."""
    policies = cast(Mapping[str, KitePolicy], current_app.extensions[EXTENSION])
    return policies.get(request.endpoint or "", NO_ROUTE)


def _policy_of(app: Flask, rule: Rule) -> KitePolicy:
    surface, differences = _ROUTES.get(app.view_functions[rule.endpoint], (None, {}))
    blueprint = app.blueprints.get(rule.endpoint.rpartition(".")[0])
    if surface:
        policy = replace(POLICIES[surface], **differences)
    elif isinstance(blueprint, KiteBlueprint):
        policy = replace(blueprint.policy, **differences)
    else:
        raise UndeclaredKiteSurface(f"{rule.endpoint} declares no surface: its blueprint or its view has to.")
    # Links from everywhere lead to pages; only what changes something has to come from a page of
    # ours.
    return policy if CHANGING & set(rule.methods or ()) else replace(policy, from_elsewhere=True)
