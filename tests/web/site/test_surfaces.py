"""Every route says for whom it is there, and what it does agrees with what it says.
tests/addresses.txt lists the policy of each.
"""

import ast
import inspect

import pytest
from flask import Blueprint, Flask
from flask_wtf import CSRFProtect

from app import close_app, create_app
from kite.web import blueprints
from kite.web.integrations import api
from kite.web.site import surfaces
from kite.web.site.surfaces import (
    POLICIES,
    Csrf,
    RouteLimit,
    RoutePolicies,
    Surface,
    SurfaceBlueprint,
    UndeclaredSurface,
    route_policy,
)

HOST = "http://127.0.0.1:8000"

COUNTS = {
    "count_hand_off": RouteLimit.HAND_OFFS,
    "count_sign_in": RouteLimit.SIGN_INS,
    "count_api_call": RouteLimit.API_CALLS,
    "count_prefill": RouteLimit.PREFILLS,
}


def page() -> str:
    return "a page"


@pytest.fixture
def bare():
    """An application with nothing but the check of CSRF tokens."""
    app = Flask(__name__, static_folder=None)
    CSRFProtect(app)
    return app


@pytest.fixture
def policies(site) -> RoutePolicies:
    return site.app.extensions[surfaces.EXTENSION]


def test_a_site_with_a_route_without_a_surface_does_not_start(site, monkeypatch):
    apps = []

    def install(app: Flask) -> None:
        apps.append(app)
        app.add_url_rule("/forgotten", "forgotten", page)

    monkeypatch.setattr(blueprints, "install", install)
    try:
        with pytest.raises(UndeclaredSurface, match="forgotten"):
            create_app(site.settings, site.clock)
    finally:
        close_app(apps[0])


def test_a_blueprint_without_a_surface_is_refused(bare):
    plain = Blueprint("plain", __name__)
    plain.add_url_rule("/plain", "show", page)
    bare.register_blueprint(plain)
    with pytest.raises(UndeclaredSurface, match=r"plain\.show"):
        surfaces.install(bare)


def test_a_blueprint_is_listed_under_the_surface_that_it_names(bare, monkeypatch):
    monkeypatch.setattr(blueprints, "PAGES", {Surface.PERSONAL: (api,)})
    with pytest.raises(UndeclaredSurface, match="api is listed as personal, and says server-to-server"):
        blueprints.install(bare)


def test_a_policy_has_no_field_that_nobody_knows():
    with pytest.raises(TypeError):
        SurfaceBlueprint("typing_error", __name__, Surface.PUBLIC, keep_opener=True)


def test_a_route_differs_from_its_blueprint_or_belongs_to_another_surface(bare):
    @route_policy(csrf=Csrf.NONE)
    def differs() -> str:
        return ""

    @route_policy(Surface.OPERATOR)
    def elsewhere() -> str:
        return ""

    bp = SurfaceBlueprint("some", __name__, Surface.EMBEDDED)
    for view in (page, differs, elsewhere):
        bp.add_url_rule(f"/{view.__name__}", view.__name__, view, methods=["POST"])
    bare.register_blueprint(bp)
    surfaces.install(bare)
    policies = bare.extensions[surfaces.EXTENSION].by_endpoint
    assert policies["some.page"] == POLICIES[Surface.EMBEDDED]
    assert (policies["some.differs"].surface, policies["some.differs"].csrf) == (Surface.EMBEDDED, Csrf.NONE)
    assert policies["some.elsewhere"] == POLICIES[Surface.OPERATOR]
    client = bare.test_client()
    bare.secret_key = "a key of the tests"
    assert [client.post(f"/{name}").status_code for name in ("page", "differs", "elsewhere")] == [
        400,
        200,
        400,
    ]


def test_what_no_route_answers_is_protected_like_the_routes_around_it(site, policies):
    for rule in site.app.url_map.iter_rules():
        route, around = policies.by_endpoint[rule.endpoint], policies.of(None, rule.rule.partition("<")[0])
        for field in ("indexed", "keeps_opener", "under_any_name", "takes_returns"):
            assert getattr(around, field) == getattr(route, field), f"{rule.rule}: {field}"


def test_the_addresses_beside_the_routes(policies):
    assert policies.not_indexed == (
        *("/data", "/embed/", "/executions", "/handoff/"),
        *("/operator/", "/redirect", "/returns/", "/session/"),
    )
    assert policies.keeping_opener == (
        *("/b/", "/embed/", "/executions/", "/handoff/"),
        *("/redirect", "/returns/", "/session/"),
    )
    assert policies.under_any_name == ("/healthz", "/readyz", "/static/")
    assert policies.not_taking_returns == ("/api/v1/", "/embed.js", "/healthz", "/readyz", "/static/")


def test_an_address_that_nobody_knows_is_a_page_of_the_visit(policies):
    policy = policies.of(None, "/nothing")
    assert policy.csrf is Csrf.VISIT_TOKEN
    assert not policy.from_elsewhere
    assert not policy.keeps_opener
    assert policy.takes_returns


def test_what_other_sites_post_to_looks_at_no_visits_token(policies):
    taking = {name: policy for name, policy in policies.by_endpoint.items() if policy.from_elsewhere}
    assert {policy.csrf for policy in taking.values()} == {Csrf.NONE}


def test_only_operators_reach_the_routes_that_are_theirs(site, policies):
    client, token = site.app.test_client(), None
    for rule in site.app.url_map.iter_rules():
        if not policies.by_endpoint[rule.endpoint].operators_only:
            continue
        path = rule.rule.replace("<any(pause, go_on):act>", "pause").replace("<published_id>", "some")
        if "POST" in rule.methods:
            token = token or site.visitor()
            answer = token.post(path)
        else:
            answer = client.get(path, base_url=HOST)
        assert answer.status_code == 303, path
        assert answer.location.startswith("/operator/sign-in"), path


def test_a_route_that_counts_says_so_and_one_that_says_so_counts(site, policies):
    for endpoint, policy in policies.by_endpoint.items():
        view = site.app.view_functions[endpoint]
        if not view.__module__.startswith("kite."):
            continue
        counted = {COUNTS[name] for name in calls_from(view) if name in COUNTS}
        assert counted == ({policy.limit} if policy.limit else set()), endpoint


def calls_from(view) -> set[str]:
    """The names that a view uses, itself or by way of functions of its own module."""
    functions = {
        node.name: {name.id for name in ast.walk(node) if isinstance(name, ast.Name)}
        for node in ast.parse(inspect.getsource(inspect.getmodule(view))).body
        if isinstance(node, ast.FunctionDef)
    }
    used, waiting = set(), {view.__name__}
    while waiting:
        name = waiting.pop()
        used.add(name)
        waiting |= functions.get(name, set()) - used
    return used


@pytest.mark.parametrize(
    ("path", "cache_control"),
    [("/instruments.json?q=INFY", "private, max-age=30"), ("/embed.js", "public, max-age=3600")],
)
def test_what_may_be_kept_is_the_answer_and_no_refusal_in_its_place(site, path, cache_control):
    client = site.app.test_client()
    assert client.get(path, base_url=HOST).headers["Cache-Control"] == cache_control
    for answer in (
        client.post(path, base_url=HOST),
        client.options(path, base_url=HOST),
        client.get(path, base_url="http://localhost:8000"),
    ):
        assert answer.headers["Cache-Control"] == "no-store", answer.status
