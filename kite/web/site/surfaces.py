"""Surfaces: for whom a page is there, and the policy that follows from it.

A blueprint names its surface where it is made, and a route that differs says so in a decorator.
Nothing is looked up by name elsewhere: headers, cookies, CSRF and the checks of a request all read
the policy of the route at hand. `install` puts the policies together once, at start, and refuses a
route without one.

    bp = SurfaceBlueprint("prefill", __name__, Surface.PUBLIC, csrf=Csrf.NONE)

    @bp.post("/prefill")
    @route_policy(limit=Limit.PREFILLS)
    def keep(): ...
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, TypeVar, cast
from weakref import WeakKeyDictionary

from flask import Blueprint, Flask, current_app, request

EXTENSION = "surfaces"


class Surface(StrEnum):
    """For whom a page is there."""

    PUBLIC = "public"
    """Everybody: answered alike to every browser, so that an answer may be shared."""
    PERSONAL = "personal"
    """One browser: what it shows or does depends on the visit."""
    EMBEDDED = "embedded"
    """One browser, on the way of a basket: perhaps in a window that another site's button
    opened.
    """
    OPERATOR = "operator"
    """Who runs this site, signed in."""
    SERVER_TO_SERVER = "server-to-server"
    """Programs: Kite's postback, integrators' servers, whoever watches the machine."""
    FILES = "files"
    """Scripts, styles and pictures of the pages."""


class Csrf(StrEnum):
    """What shows that a post was meant by the person whose browser sends it."""

    VISIT_TOKEN = "visit's token"  # noqa: S105  a word, not a token
    """The token of the visit's cookie, checked before the view runs."""
    PAGE_TOKEN = "page's own token"  # noqa: S105
    """A token of the page's own, checked by the view: it knows better what to answer when it is
    wrong.
    """
    NONE = "none"
    """Nothing: the post does nothing in a person's name, or carries a secret that no page has."""


class RouteLimit(StrEnum):
    """What is counted, and refused when it is too often; kite.web.site.rate_limits has the
    figures.
    """

    HAND_OFFS = "hand-offs"
    SIGN_INS = "sign-ins"
    API_CALLS = "API calls"
    PREFILLS = "prefills"


@dataclass(frozen=True)
class Policy:
    """How a route is protected. Each default is the careful choice.

    `csrf`: what a post has to bring. `reads_visit`: what the request records carries the visit of
    its cookie. Who looks at a cookie makes an answer one for each browser, so what is alike for
    everybody does not. `from_elsewhere`: posts that carry the Origin of another site are taken.
    Such a route looks at no cookie. `keeps_opener`: the window stays together with the page that
    opened it and waits for the ending: a Cross-Origin-Opener-Policy would cut the two apart.
    `frame_ancestors`: who may show the page in a frame; None sends no Content-Security-Policy.
    `cache_control`: how long an answer may be kept, unless the view says otherwise; a refusal never
    may. None leaves it to kite.web.site.static_files. `indexed`: search engines may show it.
    `under_any_name`: it answers under whatever name the machine is asked by. `takes_returns`: a
    browser that opens it with a token of Kite's is received as a return. A return must not be lost,
    so only what no browser opens as a page is left out. `operators_only`: everybody else is
    redirected to the sign-in. `limit`: what the route counts.
    """

    surface: Surface
    csrf: Csrf = Csrf.VISIT_TOKEN
    reads_visit: bool = True
    from_elsewhere: bool = False
    keeps_opener: bool = False
    frame_ancestors: str | None = "'none'"
    cache_control: str | None = "no-store"
    indexed: bool = False
    under_any_name: bool = False
    takes_returns: bool = True
    operators_only: bool = False
    limit: RouteLimit | None = None


POLICIES: Mapping[Surface, Policy] = {
    policy.surface: policy
    for policy in (
        Policy(Surface.PUBLIC, reads_visit=False, indexed=True),
        Policy(Surface.PERSONAL),
        Policy(Surface.EMBEDDED, keeps_opener=True),
        Policy(Surface.OPERATOR, operators_only=True),
        # No page has the secret that such a call carries, and what it records names the address it
        # came from.
        Policy(Surface.SERVER_TO_SERVER, csrf=Csrf.NONE, indexed=True),
        # A file executes nothing by itself, and kite.web.site.static_files says how long it is
        # kept.
        Policy(
            Surface.FILES,
            reads_visit=False,
            frame_ancestors=None,
            cache_control=None,
            indexed=True,
            under_any_name=True,
            takes_returns=False,
        ),
    )
}
"""What follows from a surface, unless a blueprint or a route says otherwise."""


class UndeclaredSurface(Exception):
    """A route declares no surface, so nothing says how to protect it."""


class SurfaceBlueprint(Blueprint):
    """A blueprint that names its surface; `differences` are the fields of its policy that differ
    from it.
    """

    def __init__(
        self,
        name: str,
        import_name: str,
        surface: Surface,
        *,
        url_prefix: str | None = None,
        **differences: Any,
    ) -> None:
        super().__init__(name, import_name, url_prefix=url_prefix)
        self.policy = replace(POLICIES[surface], **differences)


View = TypeVar("View", bound=Callable[..., Any])

_ROUTES: WeakKeyDictionary[Callable[..., Any], tuple[Surface | None, dict[str, Any]]] = WeakKeyDictionary()
"""What a view's decorator said, until `install` reads it."""


def route_policy(surface: Surface | None = None, **differences: Any) -> Callable[[View], View]:
    """Let one route differ from its blueprint, or, with `surface`, belong to another surface
    altogether.
    """

    def declare(view: View) -> View:
        _ROUTES[view] = (surface, differences)
        return view

    return declare


@dataclass(frozen=True)
class RoutePolicies:
    """The policy of every endpoint, and of the addresses beside them.

    No route answers a wrong address or a method that is not allowed, but an answer goes out all the
    same. It gets the policy of the routes around it: what is private under /operator/ is private
    there too.
    """

    by_endpoint: Mapping[str, Policy]
    not_indexed: tuple[str, ...]
    keeping_opener: tuple[str, ...]
    under_any_name: tuple[str, ...]
    not_taking_returns: tuple[str, ...]

    def of(self, endpoint: str | None, path: str) -> Policy:
        """Return the policy of an endpoint, or of a path that no route answers."""
        if endpoint and endpoint in self.by_endpoint:
            return self.by_endpoint[endpoint]
        return replace(
            POLICIES[Surface.PERSONAL],
            indexed=not path.startswith(self.not_indexed),
            keeps_opener=path.startswith(self.keeping_opener),
            under_any_name=path.startswith(self.under_any_name),
            takes_returns=not path.startswith(self.not_taking_returns),
        )


def current_policy() -> Policy:
    """Return the policy of this request."""
    return _installed().of(request.endpoint, request.path)


def not_indexed() -> tuple[str, ...]:
    """Return the beginnings of the addresses that no search engine has any business with."""
    return _installed().not_indexed


def install(app: Flask) -> None:
    """Put together the policy of every route of `app`. Call it when all routes are there.

    Raises UndeclaredSurface for a route without one.
    """
    policies = {rule.endpoint: _policy_of(app, rule.endpoint) for rule in app.url_map.iter_rules()}

    def places(wanted: Callable[[Policy], bool]) -> tuple[str, ...]:
        return _path_prefixes(
            rule.rule for rule in app.url_map.iter_rules() if wanted(policies[rule.endpoint])
        )

    app.extensions[EXTENSION] = RoutePolicies(
        by_endpoint=policies,
        not_indexed=places(lambda policy: not policy.indexed),
        keeping_opener=places(lambda policy: policy.keeps_opener),
        under_any_name=places(lambda policy: policy.under_any_name),
        not_taking_returns=places(lambda policy: not policy.takes_returns),
    )
    for endpoint, policy in policies.items():
        if policy.csrf is not Csrf.VISIT_TOKEN:
            app.extensions["csrf"].exempt(app.view_functions[endpoint])


def _installed() -> RoutePolicies:
    return cast(RoutePolicies, current_app.extensions[EXTENSION])


def _policy_of(app: Flask, endpoint: str) -> Policy:
    surface, differences = _ROUTES.get(app.view_functions[endpoint], (None, {}))
    if surface:
        return replace(POLICIES[surface], **differences)
    blueprint = app.blueprints.get(endpoint.rpartition(".")[0])
    if isinstance(blueprint, SurfaceBlueprint):
        return replace(blueprint.policy, **differences)
    raise UndeclaredSurface(
        f"{endpoint} declares no surface: make its blueprint a SurfaceBlueprint, or decorate its view with"
        " @route_policy(Surface.…)."
    )


def _path_prefixes(rules: Iterable[str]) -> tuple[str, ...]:
    """Return the beginnings of the paths of these rules; none of them begins with another."""
    prefixes = {_path_prefix(rule) for rule in rules}
    return tuple(sorted(prefix for prefix in prefixes if not prefix.startswith(tuple(prefixes - {prefix}))))


def _path_prefix(rule: str) -> str:
    """Return the folder of a rule, or the rule itself when it is at the top."""
    fixed = rule.partition("<")[0]
    folder = fixed[: fixed.rindex("/") + 1]
    if folder == "/":
        return fixed
    return folder
