"""Refresh tokens, which a session has only when the switch is on."""

import hashlib
from typing import Any

import pytest

from tests.simulator.api.test_session import envelope
from tests.support.simulator_rig import Rig

EXPIRED = (403, "TokenException", "Token is invalid or has expired.")


def renew(rig: Rig, token: str, **changes: str) -> Any:
    key, secret = rig.settings.api_key, rig.settings.api_secret
    form = {
        "api_key": key,
        "refresh_token": token,
        "checksum": hashlib.sha256(f"{key}{token}{secret}".encode()).hexdigest(),
    }
    return rig.web.post("/session/refresh_token", data=form | changes)


def refresh_token(rig: Rig) -> str:
    rig.switch("refresh_tokens")
    token = rig.log_in()["refresh_token"]
    assert len(token) == 32
    return token


@pytest.mark.kite("2.3.8")
def test_refresh_token_gives_new_sessions_day_after_day(rig: Rig) -> None:
    token = refresh_token(rig)
    rig.clock.forward(days=2)
    assert rig.call("GET", "/user/profile").status_code == 403
    data = renew(rig, token).get_json()["data"]
    assert (data["user_id"], data["refresh_token"]) == ("AB1234", token)
    rig.authorization = {"Authorization": f"token simulator_key:{data['access_token']}"}
    assert rig.read("/user/profile")["user_id"] == "AB1234"


@pytest.mark.kite("2.3.9")
def test_refresh_token_ends_by_itself_or_when_it_is_invalidated(rig: Rig) -> None:
    first, second = refresh_token(rig), refresh_token(rig)
    query = {"api_key": "simulator_key", "refresh_token": first}
    assert rig.web.delete("/session/token", query_string=query).get_json() == {
        "status": "success",
        "data": True,
    }
    assert envelope(renew(rig, first)) == EXPIRED
    assert envelope(rig.web.delete("/session/token", query_string=query))[:2] == (403, "TokenException")
    rig.clock.forward(days=31)
    assert envelope(renew(rig, second)) == EXPIRED


def test_refresh_token_is_refused_as_a_request_token_is(rig: Rig) -> None:
    token = refresh_token(rig)
    assert envelope(renew(rig, token, api_key="other")) == (400, "InputException", "Invalid `api_key`.")
    assert envelope(renew(rig, token, checksum="0" * 64)) == (403, "TokenException", "Invalid `checksum`.")
    assert envelope(renew(rig, token, refresh_token=""))[:2] == (400, "InputException")
    assert envelope(renew(rig, "x" * 32)) == EXPIRED


@pytest.mark.kite("2.3.7")
def test_session_has_no_refresh_token_by_default(rig: Rig) -> None:
    assert rig.log_in()["refresh_token"] == ""
    rig.switch("refresh_tokens")
    rig.switch("refresh_tokens", on=False)
    assert rig.log_in()["refresh_token"] == ""
