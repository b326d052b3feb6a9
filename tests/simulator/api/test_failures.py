"""The seven failures that the guide to placing orders names, and faults that tell the same story
twice.
"""

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from kite.config import SimulatorSettings
from kite.simulator import create_simulator
from kite.simulator.core.context import EXTENSION
from kite.simulator.core.faults import API, FAULTS
from kite.simulator.orders.postbacks import Sender
from kite.vocabulary import IST
from tests.support.simulator_rig import REDIRECT, Clock, Rig, close, item, query

TAG = "ab12cd34"


def control(rig: Rig, *changes: dict[str, Any]) -> None:
    answer = rig.app.test_client().post("/control", json=[*changes])
    assert answer.status_code == 200, answer.text


def fault(name: str, **params: Any) -> dict[str, Any]:
    return {"action": "set", "fault": name, **params}


def place(rig: Rig, variety: str = "regular", **fields: Any) -> Any:
    """Place an order by the API; return the answer."""
    order = {key: value for key, value in item(**fields).items() if key != "variety"}
    return rig.call("POST", f"/orders/{variety}", data=order)


def end_of(rig: Rig, answer: Any) -> tuple[str, str]:
    """Return how an order that was taken ended: its status and the sentence about it."""
    assert answer.status_code == 200, answer.text
    rig.clock.forward(seconds=1)
    last = rig.read(f"/orders/{answer.get_json()['data']['order_id']}")[-1]
    return last["status"], last["status_message"] or ""


def refused(answer: Any) -> tuple[int, str, str]:
    body = answer.get_json()
    return answer.status_code, body["error_type"], body["message"]


def test_failure_1_no_such_instrument(rig: Rig) -> None:
    assert refused(place(rig, tradingsymbol="NOSUCH")) == (400, "InputException", "No such instrument.")


def test_failure_2_insufficient_funds_by_arithmetic_and_by_fault(rig: Rig) -> None:
    status, message = end_of(rig, place(rig, quantity=1_000_000))
    assert status == "REJECTED" and message.startswith("Insufficient funds.")
    control(rig, fault("order_rejected", cause="funds"))
    status, message = end_of(rig, place(rig))
    assert status == "REJECTED" and message.startswith("Insufficient funds.")


def test_failure_3_risk_management(rig: Rig) -> None:
    control(rig, fault("order_rejected", cause="rms", uses=1))
    status, message = end_of(rig, place(rig))
    assert status == "REJECTED" and "risk management" in message
    assert end_of(rig, place(rig))[0] == "COMPLETE"


def test_failure_4_token_after_six_in_the_morning_and_by_fault(rig: Rig) -> None:
    refusal = (403, "TokenException", "Incorrect `api_key` or `access_token`.")
    rig.log_in()
    control(rig, fault("token_dead", uses=1))
    assert refused(place(rig)) == refusal
    rig.log_in()
    rig.clock.moment = datetime(2026, 11, 24, 6, 0, tzinfo=IST)
    assert refused(place(rig)) == refusal


def test_failure_5_rate_limit_by_count_and_by_fault(rig: Rig) -> None:
    rig.log_in()
    control(rig, {"action": "switch", "name": "rate_limits", "value": "on"})
    rig.clock.forward(seconds=1)
    codes = [place(rig, "regular", tradingsymbol="SIMOPEN").status_code for _ in range(11)]
    assert codes == [200] * 10 + [429]
    rig.clock.forward(seconds=1)
    control(rig, fault("rate_limited"))
    assert refused(place(rig)) == (429, "NetworkException", "Too many requests")
    control(rig, {"action": "reset"})
    assert len(rig.orders()) == 10, "what was refused was not placed"


def test_failure_6_amo_outside_its_window_by_the_clock_and_by_fault(rig: Rig) -> None:
    control(rig, {"action": "switch", "name": "amo_windows", "value": "on"})
    status, message = end_of(rig, place(rig, "amo"))
    assert status == "REJECTED" and "AMO" in message
    control(rig, {"action": "reset"}, fault("order_rejected", cause="amo_window"))
    status, message = end_of(rig, place(rig, "amo"))
    assert status == "REJECTED" and "AMO" in message


def test_failure_7_margin_of_a_cover_order(rig: Rig) -> None:
    control(rig, fault("order_rejected", cause="cover_margin"))
    status, message = end_of(rig, place(rig, "co", product="MIS", trigger_price="1400"))
    assert status == "REJECTED" and "cover order" in message


@pytest.mark.parametrize(
    "name", [name for name, fault in FAULTS.items() if fault.side == API and "path" in (fault.params or {})]
)
def test_an_order_is_placed_behind_an_answer_only_where_the_list_says_so(rig: Rig, name: str) -> None:
    rig.log_in()
    seconds = {"seconds": 0} if name == "slow" else {}
    control(rig, fault(name, uses=1, path="/orders/regular", **seconds))
    place(rig)
    rig.log_in()
    behind = name in ("slow", "truncated") or "all the same" in FAULTS[name].words
    assert len(rig.orders()) == behind


def test_a_fault_that_is_used_once_strikes_once_among_many_at_the_same_moment(rig: Rig) -> None:
    rig.log_in()
    control(rig, fault("rate_limited", after=3, uses=2))
    codes: list[int] = []
    threads = [
        threading.Thread(target=lambda: codes.append(rig.call("GET", "/user/profile").status_code))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [200] * 6 + [429] * 2


def test_the_same_seed_tells_the_same_story(tmp_path: Path) -> None:
    first, second, other = (
        story(tmp_path / name, seed) for name, seed in (("one", 11), ("two", 11), ("three", 12))
    )
    assert first == second
    assert first != other
    for part in ("returns", "calls", "statuses", "postbacks"):
        assert len({str(answer) for answer in first[part]}) > 1, f"the story has no change in its {part}"


def story(folder: Path, seed: int) -> dict[str, list[Any]]:
    """Play the same morning on a ledger of its own, with faults of every side drawn under a seed;
    return what a host met.
    """
    folder.mkdir()
    settings = SimulatorSettings(
        api_key="simulator_key",
        redirect_url=REDIRECT,
        database=folder / "simulator.db",
        api_secret="simulator_secret",
    )
    rig = Rig(create_simulator(settings, clock := Clock()), clock, settings)
    drawn = {"share": 40, "seed": seed}
    names = (
        "cancel_after_part",
        "item_dropped",
        "order_rejected",
        "rate_limited",
        "truncated",
        "postback_duplicated",
        "postback_dropped",
    )
    rig.log_in()
    control(rig, *(fault(name, **drawn) for name in (*names, "postback_reordered")))
    returns = [
        query(rig.web.post(rig.open([item(tag=TAG), item("SBIN")]), data={"decision": "place"}))["status"]
        for _ in range(10)
    ]
    calls = [
        (answer.status_code, len(answer.data) > 200)
        for answer in (rig.call("GET", "/user/profile") for _ in range(16))
    ]
    got = posted(rig, lambda: clock.forward(seconds=5))
    control(rig, {"action": "clear"})
    statuses = [(order["tradingsymbol"], order["status"]) for order in rig.orders()]
    close(rig.app)
    return {"returns": returns, "calls": calls, "statuses": statuses, "postbacks": got}


def posted(rig: Rig, wait: Callable[[], None]) -> list[Any]:
    """Let time pass and return what the registered address was sent, in its order."""
    got: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            got.append((body["tradingsymbol"], body["status"], body["tag"]))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    services = rig.app.extensions[EXTENSION]
    settings = replace(rig.settings, postback_url=f"http://127.0.0.1:{server.server_port}/")
    try:
        for _ in range(3):
            wait()
            Sender(settings, services.ledger, services.now).send_due()
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    return got
