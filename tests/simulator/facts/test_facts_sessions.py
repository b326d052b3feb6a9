"""What docs/kite.md says of logins, sessions and funds (section 2), where no other test shows
it.
"""

import hashlib
from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import insert

from kite.config import SimulatorSettings
from kite.simulator import create_simulator
from kite.simulator.core.context import EXTENSION
from kite.simulator.core.ledger_tables import request_tokens
from kite.simulator.core.sessions import hash_of
from kite.simulator.core.timestamps import milliseconds
from tests.simulator.api.test_session import envelope
from tests.support.simulator_rig import Clock, Rig, close, item, query

AVAILABLE = {"adhoc_margin", "cash", "opening_balance", "live_balance", "collateral", "intraday_payin"}
UTILISED = {
    *(
        "debits",
        "exposure",
        "m2m_realised",
        "m2m_unrealised",
        "option_premium",
        "payout",
        "span",
        "holding_sales",
        "turnover",
    ),
    *("liquid_collateral", "stock_collateral", "delivery"),
}


@pytest.mark.kite("2.1.3")
def test_state_comes_back_in_the_redirect_params_alone(rig: Rig) -> None:
    page = rig.web.get("/connect/login?v=3&api_key=simulator_key&state=mine")
    assert "mine" not in page.text
    answer = rig.web.post("/connect/login?v=3&api_key=simulator_key&state=mine", data={"decision": "approve"})
    assert set(query(answer)) == {"action", "type", "status", "request_token"}
    page = rig.web.get("/connect/login?v=3&api_key=simulator_key&redirect_params=state%3Dmine")
    assert 'value="state=mine"' in page.text
    assert (
        query(rig.web.post("/connect/login", data={"decision": "approve", "redirect_params": "state=mine"}))[
            "state"
        ]
        == "mine"
    )


@pytest.mark.kite("2.1.4")
def test_registered_address_has_any_path_and_port(settings: SimulatorSettings) -> None:
    registered = "https://baskets.example:8443/far/down/back"
    app = create_simulator(replace(settings, redirect_url=registered), Clock())
    answer = app.test_client().post("/connect/login", data={"decision": "approve"})
    close(app)
    assert answer.location.startswith(f"{registered}?action=login&")


@pytest.mark.kite("2.2.1")
@pytest.mark.kite("2.2.2")
def test_token_is_exchanged_by_key_token_and_secret_in_this_order(rig: Rig) -> None:
    token = query(rig.web.post("/connect/login", data={"decision": "approve"}))["request_token"]
    sums = [
        hashlib.sha256("".join(parts).encode()).hexdigest()
        for parts in (("simulator_key", "simulator_secret", token), ("simulator_key", token))
    ]
    for wrong in sums:
        assert envelope(rig.exchange(token, checksum=wrong)) == (403, "TokenException", "Invalid `checksum`.")
    right = hashlib.sha256(f"simulator_key{token}simulator_secret".encode()).hexdigest()
    answer = rig.web.post(
        "/session/token", data={"api_key": "simulator_key", "request_token": token, "checksum": right}
    )
    assert (answer.status_code, answer.get_json()["data"]["api_key"]) == (200, "simulator_key")


@pytest.mark.kite("2.2.2")
def test_known_checksum_exchanges_its_token(settings: SimulatorSettings) -> None:
    app = create_simulator(replace(settings, api_key="k" * 16, api_secret="s" * 32), clock := Clock())
    ends_at = milliseconds(clock()) + 1000
    with app.extensions[EXTENSION].ledger.write() as connection:
        connection.execute(
            insert(request_tokens).values(token_hash=hash_of("r" * 32), user_id="AB1234", ends_at=ends_at)
        )
    form = {
        "api_key": "k" * 16,
        "request_token": "r" * 32,
        "checksum": "4698ab4c42794d3782ca401c976edc2502c48d5f2a0c352d575ef44ae8f3ed4b",
    }
    answer = app.test_client().post("/session/token", data=form)
    close(app)
    assert answer.status_code == 200, answer.text


@pytest.mark.kite("2.2.4")
def test_times_are_of_india_and_without_a_zone(rig: Rig) -> None:
    assert rig.log_in()["login_time"] == "2026-11-23 10:00:00"
    rig.place([item()])
    rig.clock.forward(seconds=1)
    order = rig.orders()[0]
    for name in ("order_timestamp", "exchange_timestamp", "exchange_update_timestamp"):
        assert datetime.strptime(order[name], "%Y-%m-%d %H:%M:%S").hour == 10  # noqa: DTZ007  there is no zone


@pytest.mark.kite("2.3.1")
def test_call_with_both_headers_is_answered(rig: Rig) -> None:
    token = rig.log_in()["access_token"]
    headers = {"Authorization": f"token simulator_key:{token}", "X-Kite-Version": "3"}
    assert rig.web.get("/user/profile", headers=headers).status_code == 200
    assert envelope(rig.web.get("/user/profile", headers={"X-Kite-Version": "3"}))[:2] == (
        403,
        "TokenException",
    )


@pytest.mark.kite("2.3.2")
@pytest.mark.kite("2.3.5")
def test_token_of_yesterday_is_a_token_exception(rig: Rig) -> None:
    rig.log_in()
    rig.clock.forward(hours=20)
    assert envelope(rig.call("GET", "/orders"))[:2] == (403, "TokenException")


@pytest.mark.kite("2.3.6")
def test_new_secret_leaves_the_access_token_good(rig: Rig) -> None:
    rig.log_in()
    rig.settings = replace(rig.settings, api_secret="another_secret")
    rig.restart()
    assert rig.read("/user/profile")["user_id"] == "AB1234"


@pytest.mark.kite("2.4.1")
def test_profile_is_the_person_of_the_session(rig: Rig) -> None:
    session = rig.log_in()
    profile = rig.read("/user/profile")
    assert profile == {name: session[name] for name in profile}


@pytest.mark.kite("2.4.2")
@pytest.mark.kite("2.4.3")
@pytest.mark.kite("2.4.4")
@pytest.mark.kite("2.4.5")
def test_margins_hold_their_keys_and_net_is_cash_less_debits(rig: Rig) -> None:
    rig.place([item(quantity=100)])
    rig.clock.forward(seconds=1)
    rig.log_in()
    for segment, block in rig.read("/user/margins").items():
        assert set(block) == {"enabled", "net", "available", "utilised"}
        assert (set(block["available"]), set(block["utilised"])) == (AVAILABLE, UTILISED)
        assert block["net"] == pytest.approx(block["available"]["cash"] - block["utilised"]["debits"])
        assert (block["utilised"]["debits"] > 0) == (segment == "equity")


@pytest.mark.kite("2.4.6")
def test_holdings_are_a_list_and_positions_two(rig: Rig) -> None:
    rig.log_in()
    assert isinstance(rig.read("/portfolio/holdings"), list)
    positions = rig.read("/portfolio/positions")
    assert set(positions) == {"net", "day"}
    assert all(isinstance(rows, list) for rows in positions.values())
