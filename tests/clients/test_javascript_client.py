"""The official JavaScript client against the simulator, unpatched.

Its tests are in javascript/, and each of them is one here.
"""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from kiteconnect import KiteConnect

from tests.support.person import until
from tests.support.standing import KEY, SECRET, Standing

pytestmark = pytest.mark.node

FOLDER = Path(__file__).with_name("javascript")
NAMES = [
    name
    for path in sorted(FOLDER.glob("*.js"))
    for name in re.findall(r'^test\("(.+?)", ', path.read_text(), re.MULTILINE)
]
RESULT = re.compile(r"^(ok|not ok) \d+ - (.+)$", re.MULTILINE)

Postbacks = tuple[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def sent(simulator: Standing, postbacks: Postbacks) -> list[dict[str, Any]]:
    """A postback as it came, and one with a forged checksum."""
    connect = KiteConnect(KEY, root=simulator.url)
    connect.reqsession.trust_env = False
    connect.generate_session(
        simulator.approve(f"{simulator.url}/connect/login?api_key={KEY}&v=3")["request_token"], SECRET
    )
    simulator.control({"action": "set", "fault": "postback_forged", "tag": "forged"})
    for tag in ("true", "forged"):
        connect.place_order("regular", "NSE", "INFY", "BUY", 1, "CNC", "MARKET", tag=tag)
    connect.reqsession.close()
    simulator.wait()
    by_tag = until(
        lambda: (
            by_tag_so_far if len(by_tag_so_far := {body["tag"]: body for body in postbacks[1]}) == 2 else None
        ),
        "both postbacks have come",
    )
    simulator.control({"action": "clear"})
    return [by_tag["true"], by_tag["forged"]]


@pytest.fixture(scope="module")
def results(simulator: Standing, sent: list[dict[str, Any]]) -> dict[str, tuple[bool, str]]:
    """Run all of javascript/ in one process: for each test whether it passed, and what was told
    about it.
    """
    node = shutil.which("node")
    assert node and (FOLDER / "node_modules").exists(), (
        "Node.js or the client is missing: make test installs them"
    )
    # The client reads moments without their zone as local ones. Nothing else of the environment: a
    # proxy there would be asked.
    environ = {
        "PATH": os.environ["PATH"],
        "TZ": "Asia/Kolkata",
        "SIMULATOR": simulator.url,
        "MORNING": simulator.morning.isoformat(),
    }
    environ |= {"POSTBACK": json.dumps(sent[0]), "FORGED": json.dumps(sent[1])}
    command = [node, "--test-reporter=tap", "suite.js"]
    run = subprocess.run(
        command, cwd=FOLDER, env=environ, capture_output=True, text=True, timeout=60, check=False
    )
    assert "TAP version" in run.stdout, f"the tests do not start:\n{run.stdout}{run.stderr}"
    _, *fields = RESULT.split(run.stdout)
    return {
        name: (status == "ok", words)
        for status, name, words in zip(fields[::3], fields[1::3], fields[2::3], strict=True)
    }


@pytest.mark.parametrize("name", NAMES)
def test_javascript(results: dict[str, tuple[bool, str]], name: str) -> None:
    passed, words = results.get(name, (False, "it did not run"))
    assert passed, words


def test_no_other_javascript_test_ran(results: dict[str, tuple[bool, str]]) -> None:
    assert set(results) == set(NAMES)
