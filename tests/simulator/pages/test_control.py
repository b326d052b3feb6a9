"""The control page, the clock, the market's hours and rate limits."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from kite.config import SimulatorSettings
from kite.simulator import create_simulator
from kite.simulator.core.faults import FAULTS
from kite.simulator.core.switches import SWITCHES
from kite.vocabulary import IST
from tests.support.html import check_page
from tests.support.simulator_rig import Clock, Rig, close, heading, item


def control(rig: Rig, *changes: dict[str, Any]) -> dict[str, Any]:
    answer = rig.app.test_client().post("/control", json=[*changes])
    assert answer.status_code == 200, answer.text
    state: dict[str, Any] = answer.get_json()["data"]
    return state


def placed(rig: Rig, **fields: Any) -> dict[str, Any]:
    rig.place([item(**fields)])
    rig.clock.forward(seconds=1)
    return rig.orders()[-1]


def test_page_names_every_fault_and_switch(rig: Rig) -> None:
    control(rig, {"action": "set", "fault": "slow", "tag": "ab12cd34"})
    page = rig.web.get("/control")
    assert heading(page) == "Control"
    assert all(name in page.text for name in [*FAULTS, *SWITCHES, "ab12cd34"])
    check_page(page.text)


def test_form_switches_a_fault_on_and_off(rig: Rig) -> None:
    form = {"fault": "slow", "tag": "", "after": "", "uses": "2", "seconds": "3"}
    assert rig.web.post("/control", data=form | {"action": "set"}).status_code == 303
    assert [(row["fault"], row["uses"], row["seconds"]) for row in control(rig)["faults"]] == [("slow", 2, 3)]
    rig.web.post("/control", data={"action": "clear", "fault": "slow", "tag": ""})
    assert control(rig)["faults"] == []


def test_reset_switches_everything_back(rig: Rig) -> None:
    control(
        rig,
        {"action": "set", "fault": "slow"},
        {"action": "switch", "name": "market_hours", "value": True},
        {"action": "clock", "seconds": 60},
    )
    state = control(rig, {"action": "reset"})
    assert state["faults"] == []
    assert not any(state["switches"].values())
    assert state["clock"]["seconds"] == 0


@pytest.mark.parametrize(
    "wish",
    [
        None,
        3,
        "set",
        {},
        {"action": "none"},
        {"action": ["set"]},
        {"action": "set"},
        {"action": "set", "fault": "none"},
    ]
    + [
        {"action": "set", "fault": "slow", **wrong}
        for wrong in ({"seconds": "x"}, {"seconds": -1}, {"seconds": 9999}, {"tag": 5}, {"share": 101})
    ]
    + [
        {"action": "set", "fault": "all_rejected", "cause": "none"},
        {"action": "switch", "name": "none", "value": "on"},
    ]
    + [
        {"action": "switch", "name": "market_hours", "value": "maybe"},
        {"action": "price", "tradingsymbol": "NONE", "price": 1},
    ]
    + [
        {"action": "price", "tradingsymbol": "INFY", "price": wrong}
        for wrong in (None, "x", -1, "NaN", "1e99999")
    ]
    + [
        {"action": "clock", **wrong}
        for wrong in ({}, {"seconds": 10**12}, {"to": "noon"}, {"to": "9999-12-31"})
    ],
)
def test_unreadable_change_is_an_envelope_and_changes_nothing(rig: Rig, wish: object) -> None:
    before = control(rig)
    answer = rig.web.post("/control", json=[{"action": "set", "fault": "slow"}, wish])
    assert (answer.status_code, answer.get_json()["error_type"]) == (400, "InputException")
    assert control(rig) == before


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}, {"Origin": "null"}]
)
def test_another_site_changes_nothing(rig: Rig, headers: dict[str, str]) -> None:
    answer = rig.web.post("/control", data={"action": "set", "fault": "slow"}, headers=headers)
    assert answer.status_code == 403
    assert control(rig)["faults"] == []


def test_public_simulator_has_no_control(settings: SimulatorSettings) -> None:
    app = create_simulator(replace(settings, public=True), Clock())
    assert app.test_client().get("/control").status_code == 404
    assert app.test_client().post("/control", json={"action": "reset"}).status_code == 404
    close(app)


def test_price_that_is_set_fills_an_open_order(rig: Rig) -> None:
    rig.place([item(order_type="LIMIT", price=1000)])
    rig.clock.forward(seconds=1)
    assert rig.orders()[-1]["status"] == "OPEN"
    control(rig, {"action": "price", "tradingsymbol": "INFY", "price": 990})
    rig.clock.forward(seconds=2)
    assert rig.orders()[-1]["status"] == "COMPLETE"


def test_clock_moves_for_tokens_and_book(rig: Rig) -> None:
    rig.place([item()])
    assert len(rig.orders()) == 1
    control(rig, {"action": "clock", "to": "2026-11-24T06:00:00"})
    assert rig.call("GET", "/orders").status_code == 403
    rig.log_in()
    assert rig.orders() == []
    control(rig, {"action": "clock", "seconds": 0})
    assert control(rig)["clock"] == {"seconds": 0, "now": "2026-11-23T10:00:00+05:30"}


def test_clock_survives_a_restart(rig: Rig) -> None:
    control(rig, {"action": "clock", "seconds": -3600})
    rig.restart()
    assert control(rig)["clock"]["now"] == "2026-11-23T09:00:00+05:30"


@pytest.mark.parametrize(
    ("moment", "fields", "status"),
    [
        (datetime(2026, 11, 23, 9, 14, tzinfo=IST), {}, "REJECTED"),
        (datetime(2026, 11, 23, 9, 15, tzinfo=IST), {}, "COMPLETE"),
        (datetime(2026, 11, 23, 15, 29, tzinfo=IST), {}, "COMPLETE"),
        (datetime(2026, 11, 23, 15, 30, tzinfo=IST), {}, "REJECTED"),
        (datetime(2026, 11, 22, 12, 0, tzinfo=IST), {}, "REJECTED"),
    ],
)
def test_market_hours(rig: Rig, moment: datetime, fields: dict[str, Any], status: str) -> None:
    control(rig, {"action": "switch", "name": "market_hours", "value": "on"})
    rig.clock.moment = moment
    assert placed(rig, **fields)["status"] == status


@pytest.mark.parametrize(
    ("hour", "minute", "status"),
    [(15, 59, "REJECTED"), (16, 0, "AMO REQ RECEIVED"), (8, 57, "AMO REQ RECEIVED"), (9, 0, "REJECTED")],
)
def test_amo_windows(rig: Rig, hour: int, minute: int, status: str) -> None:
    control(rig, {"action": "switch", "name": "amo_windows", "value": True})
    rig.clock.moment = datetime(2026, 11, 23, hour, minute, tzinfo=IST)
    assert placed(rig, variety="amo")["status"] == status


def test_without_the_switches_every_hour_is_good(rig: Rig) -> None:
    rig.clock.moment = datetime(2026, 11, 22, 3, 0, tzinfo=IST)
    assert placed(rig)["status"] == "COMPLETE"


def test_calls_are_counted_and_limited_when_switched_on(rig: Rig) -> None:
    rig.log_in()
    rig.clock.forward(seconds=90)
    assert [rig.call("GET", "/orders").status_code for _ in range(12)] == [200] * 12
    assert control(rig)["busiest_second"]["others"] == 12
    control(rig, {"action": "switch", "name": "rate_limits", "value": True})
    rig.clock.forward(seconds=1)
    assert [rig.call("GET", "/orders").status_code for _ in range(12)] == [200] * 10 + [429] * 2
    assert [rig.call("GET", "/quote/ltp?i=NSE:INFY").status_code for _ in range(2)] == [200, 429]
    rig.clock.forward(seconds=1)
    assert rig.call("GET", "/orders").status_code == 200


def test_strict_referer_refuses_a_missing_one(rig: Rig) -> None:
    control(rig, {"action": "switch", "name": "strict_referer", "value": True})
    answer = rig.web.post("/connect/basket", data={"api_key": "simulator_key", "data": "[]"})
    assert answer.status_code == 400
    assert rig.send([item()]).status_code == 303
