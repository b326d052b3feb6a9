"""The public addresses and how each is protected, against the reviewed list in addresses.txt:
whoever adds one or changes its policy writes it there, and somebody reads it.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask

from kite.simulator import create_simulator
from kite.simulator.core import surfaces as simulator_surfaces
from kite.web.site import surfaces
from kite.web.site.surfaces import Policy
from tests.support.simulator_rig import close

LIST = Path(__file__).with_name("addresses.txt")


def site_policy(app: Flask, endpoint: str, method: str) -> str:
    """The policy of a route in words."""
    policy: Policy = app.extensions[surfaces.EXTENSION].by_endpoint[endpoint]
    words = [
        f"csrf: {policy.csrf}" if method != "GET" else "",
        "reads visit" if policy.reads_visit else "no visit",
        "keeps opener" if policy.keeps_opener else "cuts opener",
        f"frames: {policy.frame_ancestors}",
        f"cache: {policy.cache_control}",
        "indexed" if policy.indexed else "noindex",
        "from elsewhere" if policy.from_elsewhere and method != "GET" else "",
        "under any name" if policy.under_any_name else "",
        "" if policy.takes_returns else "no returns",
        "operators only" if policy.operators_only else "",
        f"limit: {policy.limit}" if policy.limit else "",
    ]
    return f"{policy.surface} ({', '.join(filter(None, words))})"


def simulator_policy(app: Flask, endpoint: str, method: str) -> str:
    """The policy of a route of the simulator in words."""
    policy = app.extensions[simulator_surfaces.EXTENSION][endpoint]
    words = [
        "from elsewhere" if policy.from_elsewhere and method != "GET" else "",
        "checks Origin" if policy.checks_origin else "",
        "faults of the API" if policy.api_faults else "",
        f"cache: {policy.cache_control}",
    ]
    return f"{policy.surface} ({', '.join(filter(None, words))})"


def addresses(app: Flask, words: Callable[[Flask, str, str], Any], prefix: str = "") -> list[str]:
    """Every method and rule of an application with its policy, HEAD and OPTIONS aside, which Flask
    adds by itself.
    """
    rules = app.url_map.iter_rules()
    return sorted(
        f"{method} {prefix}{rule.rule} · {words(app, rule.endpoint, method)}"
        for rule in rules
        for method in rule.methods - {"HEAD", "OPTIONS"}
    )


def reviewed() -> list[str]:
    lines = LIST.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def test_every_public_address_and_its_policy_is_a_reviewed_one(site):
    simulator = create_simulator(site.settings.simulator, site.clock)
    close(simulator)
    found = [
        *addresses(site.app, site_policy),
        *addresses(simulator, simulator_policy, "/simulator"),
    ]
    assert sorted(found) == sorted(reviewed()), "tests/addresses.txt lists every public address"


def test_with_a_key_there_is_no_simulator(sites):
    keyed = sites(KITE_API_KEY="abcd1234", SECRET_KEY="a key of the tests, long enough for it")
    visitor = keyed.visitor()
    for path in (
        "/simulator",
        "/simulator/",
        "/simulator/connect/login?api_key=simulator_key",
        "/simulator/orders",
    ):
        visitor.get(path, status=404)
