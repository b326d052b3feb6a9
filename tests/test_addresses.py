"""The public addresses, against the reviewed list in addresses.txt: whoever adds one writes it there, and
somebody reads it.
"""

from pathlib import Path

from flask import Flask

from kite.simulator import create_simulator
from tests.support.simulator_rig import close

LIST = Path(__file__).with_name("addresses.txt")


def addresses(app: Flask, prefix: str = "") -> list[str]:
    """Every method and rule of an application, HEAD and OPTIONS aside, which Flask adds by itself."""
    rules = app.url_map.iter_rules()
    return sorted(
        f"{method} {prefix}{rule.rule}" for rule in rules for method in rule.methods - {"HEAD", "OPTIONS"}
    )


def reviewed() -> list[str]:
    lines = LIST.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def test_every_public_address_is_a_reviewed_one(site):
    simulator = create_simulator(site.settings.simulator, site.clock)
    close(simulator)
    found = [*addresses(site.app), *addresses(simulator, "/simulator")]
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
