"""Every fault, as a browser or a program meets it at the simulator's border."""

from typing import Any

import pytest
import requests

from kite.connect.inprocess import WsgiAdapter
from kite.simulator.core.context import EXTENSION
from kite.simulator.core.faults import FAULTS
from tests.support.simulator_rig import REDIRECT, Rig, heading, item, query

TAG = "ab12cd34"


def fault(rig: Rig, name: str, **params: Any) -> None:
    """Switch a fault on, as a test of a host does."""
    answer = rig.app.test_client().post("/control", json={"action": "set", "fault": name, **params})
    assert answer.status_code == 200, answer.text


def press(rig: Rig, decision: str = "place", *items: dict[str, Any]) -> Any:
    return rig.web.post(rig.open([*items] or [item(tag=TAG)]), data={"decision": decision})


@pytest.mark.kite("1.3.5")
def test_window_closed_places_and_leads_nowhere(rig: Rig) -> None:
    fault(rig, "window_closed")
    answer = press(rig)
    assert (answer.status_code, heading(answer)) == (200, "The window is closed here")
    assert REDIRECT not in answer.text
    assert len(rig.orders()) == 1


def test_return_twice_asks_for_the_return_address_twice(rig: Rig) -> None:
    fault(rig, "return_twice")
    answer = press(rig)
    location = answer.headers["Refresh"].partition("url=")[2]
    assert location.startswith(f"{REDIRECT}?request_token=")
    assert f'<img src="{location.replace("&", "&amp;")}"' in answer.text
    assert "img-src 'self' data: http://127.0.0.1:8000" in answer.headers["Content-Security-Policy"]


def test_return_late_waits_before_it_leads_back(rig: Rig) -> None:
    fault(rig, "return_late", seconds=7)
    assert press(rig).headers["Refresh"].startswith(f"7; url={REDIRECT}?request_token=")
    assert len(rig.orders()) == 1


@pytest.mark.kite("1.1.9")
def test_cancel_after_a_part_was_placed(rig: Rig) -> None:
    fault(rig, "cancel_after_part", placed=2)
    answer = press(rig, "place", item(), item("SBIN"), item("ITC"))
    assert answer.location == f"{REDIRECT}?status=cancelled"
    assert [order["tradingsymbol"] for order in rig.orders()] == ["INFY", "SBIN"]


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        ("rms", "risk management"),
        ("funds", "Insufficient funds"),
        ("amo_window", "AMO"),
        ("cover_margin", "cover order"),
    ],
)
@pytest.mark.kite("1.3.4")
def test_success_with_everything_rejected(rig: Rig, cause: str, words: str) -> None:
    fault(rig, "all_rejected", cause=cause)
    assert query(press(rig, "place", item(), item("SBIN")))["status"] == "success"
    rig.clock.forward(seconds=1)
    orders = rig.orders()
    assert [order["status"] for order in orders] == ["REJECTED", "REJECTED"]
    assert all(words in order["status_message"] and order["status_message_raw"] for order in orders)


def test_one_order_rejected_by_its_tag(rig: Rig) -> None:
    fault(rig, "order_rejected", tag=TAG)
    rig.place([item(tag=TAG), item("SBIN")])
    rig.clock.forward(seconds=1)
    assert [order["status"] for order in rig.orders()] == ["REJECTED", "COMPLETE"]


def test_item_dropped(rig: Rig) -> None:
    fault(rig, "item_dropped", item=2)
    rig.place([item(), item("SBIN"), item("ITC")])
    assert [order["tradingsymbol"] for order in rig.orders()] == ["INFY", "ITC"]


@pytest.mark.kite("5.1.17")
@pytest.mark.kite("1.3.6")
@pytest.mark.kite("1.6.2")
def test_user_not_enabled_gets_an_envelope_and_no_return(rig: Rig) -> None:
    address = rig.open([item()])
    fault(rig, "user_not_enabled")
    for answer in (rig.web.get(address), rig.web.post("/connect/login", data={"decision": "approve"})):
        assert (answer.status_code, answer.get_json()["message"]) == (
            400,
            "The user is not enabled for the app.",
        )
        assert "Location" not in answer.headers


def test_wrong_referer_is_an_error_page(rig: Rig) -> None:
    fault(rig, "wrong_referer")
    answer = rig.send([item()])
    assert (answer.status_code, heading(answer)) == (400, "Invalid `api_key`.")


def test_expired_request_token(rig: Rig) -> None:
    fault(rig, "request_token_expired")
    answer = rig.exchange(query(press(rig))["request_token"])
    assert (answer.status_code, answer.get_json()["message"]) == (403, "Token is invalid or has expired.")


def test_exchange_that_never_answers_has_used_the_token_up(rig: Rig) -> None:
    fault(rig, "exchange_silent", uses=1)
    token = query(press(rig))["request_token"]
    with pytest.raises(requests.ReadTimeout):
        in_process(rig).post(
            "http://simulator/session/token",
            data={"api_key": "simulator_key", "request_token": token, "checksum": checksum(token)},
            timeout=7,
        )
    assert rig.exchange(token).status_code == 403


def test_an_exchange_that_is_refused_leaves_the_token_as_it_was(rig: Rig) -> None:
    fault(rig, "exchange_refused", uses=1)
    token = query(press(rig))["request_token"]
    answer = rig.exchange(token)
    assert (answer.status_code, answer.get_json()["error_type"]) == (400, "InputException")
    assert answer.get_json()["message"] == "The user is not enabled for the app."
    assert rig.exchange(token).status_code == 200


@pytest.mark.parametrize(
    ("name", "code", "kind"),
    [("rate_limited", 429, "NetworkException"), ("unavailable", 503, "NetworkException")],
)
@pytest.mark.kite("5.1.9")
@pytest.mark.kite("5.1.16")
def test_refusals_of_the_gate(rig: Rig, name: str, code: int, kind: str) -> None:
    rig.log_in()
    fault(rig, name)
    answer = rig.call("GET", "/orders")
    assert (answer.status_code, answer.get_json()["error_type"]) == (code, kind)


@pytest.mark.parametrize("code", [502, 504])
@pytest.mark.kite("5.1.11")
def test_gateway_answers_in_html(rig: Rig, code: int) -> None:
    rig.log_in()
    fault(rig, f"gateway_{code}")
    answer = rig.call("GET", "/orders")
    assert (answer.status_code, answer.mimetype) == (code, "text/html")


def test_slow_answer_is_a_read_timeout_in_process_and_at_once(rig: Rig) -> None:
    rig.log_in()
    fault(rig, "slow", seconds=10)
    client = in_process(rig)
    with pytest.raises(requests.ReadTimeout):
        client.get("http://simulator/orders", headers=rig.authorization, timeout=(3, 7))
    assert client.get("http://simulator/orders", headers=rig.authorization, timeout=11).status_code == 200


def test_slow_answer_keeps_another_process_waiting(rig: Rig) -> None:
    import time

    rig.log_in()
    fault(rig, "slow", seconds=1)
    begun = time.monotonic()
    assert rig.call("GET", "/orders").status_code == 200
    assert time.monotonic() - begun >= 1


def test_truncated_json_cannot_be_read(rig: Rig) -> None:
    rig.log_in()
    fault(rig, "truncated")
    answer = rig.call("GET", "/user/profile")
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    with pytest.raises(ValueError, match=r"Unterminated|Expecting|delimiter"):
        requests.models.complexjson.loads(answer.text)


@pytest.mark.kite("2.3.5")
def test_token_dies_midway(rig: Rig) -> None:
    rig.log_in()
    fault(rig, "token_dead", after=2, uses=1)
    answers = [rig.call("GET", "/orders") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 403, 403]
    assert answers[3].get_json()["error_type"] == "TokenException"


@pytest.mark.kite("5.1.5")
@pytest.mark.kite("5.1.18")
@pytest.mark.kite("1.6.1")
def test_publisher_key_exchanges_and_reads_nothing(rig: Rig) -> None:
    fault(rig, "publisher_key")
    rig.log_in()
    for path in ("/orders", "/user/profile", "/trades"):
        answer = rig.call("GET", path)
        assert (answer.status_code, answer.get_json()["error_type"]) == (403, "PermissionException")
        assert answer.get_json()["message"] == "Insufficient permission for that call."


def test_fault_for_a_tag_strikes_its_session_alone(rig: Rig) -> None:
    fault(rig, "rate_limited", tag=f"other-{TAG}")
    tokens = [rig.place([item(tag=tag)])["request_token"] for tag in (TAG, "ef56ab78")]
    codes = []
    for token in tokens:
        access = rig.exchange(token)
        codes.append(access.status_code)
    assert codes == [429, 200]


def test_fault_for_a_path_strikes_there_alone(rig: Rig) -> None:
    rig.log_in()
    fault(rig, "rate_limited", path="/orders")
    assert [rig.call("GET", path).status_code for path in ("/orders", "/trades")] == [429, 200]


def test_draws_are_the_same_under_the_same_seed(rig: Rig) -> None:
    rig.log_in()
    drawn = []
    for seed in (7, 7, 8):
        fault(rig, "rate_limited", share=50, seed=seed, path="/orders")
        drawn.append([rig.call("GET", "/orders").status_code for _ in range(20)])
    assert drawn[0] == drawn[1] != drawn[2]
    assert set(drawn[0]) == {200, 429}


def test_faults_outlive_a_restart(rig: Rig) -> None:
    rig.log_in()
    fault(rig, "rate_limited")
    rig.restart()
    assert rig.call("GET", "/orders").status_code == 429


def test_every_fault_has_a_test_of_its_own() -> None:
    from pathlib import Path

    texts = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parents[1].rglob("test_*.py"))
    texts = texts.replace('f"gateway_{code}"', '"gateway_502" "gateway_504"')
    assert [name for name in FAULTS if f'"{name}"' not in texts] == []


def in_process(rig: Rig) -> requests.Session:
    """Return a client in the simulator's own process."""
    session = requests.Session()
    session.mount("http://simulator", WsgiAdapter(rig.app))
    assert rig.app.extensions[EXTENSION]
    return session


def checksum(token: str) -> str:
    import hashlib

    return hashlib.sha256(f"simulator_key{token}simulator_secret".encode()).hexdigest()


@pytest.mark.kite("1.3.10")
def test_an_order_refused_without_one_leaves_no_trace(rig: Rig) -> None:
    fault(rig, "refused_without_order", after=1, uses=1)
    assert query(press(rig, "place", item(), item("SBIN"), item("ITC")))["status"] == "success"
    rig.clock.forward(seconds=1)
    assert [order["tradingsymbol"] for order in rig.orders()] == ["INFY", "ITC"]


def test_an_order_of_the_api_that_is_refused_without_one_has_no_number(rig: Rig) -> None:
    fault(rig, "refused_without_order", tag=TAG)
    fields = {
        "exchange": "NSE",
        "tradingsymbol": "INFY",
        "transaction_type": "BUY",
        "quantity": 1,
        "product": "CNC",
        "order_type": "MARKET",
    }
    answer = rig.call("POST", "/orders/regular", data=fields | {"tag": TAG})
    assert (answer.status_code, answer.get_json()["error_type"]) == (400, "OrderException")
    assert rig.call("POST", "/orders/regular", data=fields).status_code == 200
    assert len(rig.orders()) == 1


@pytest.mark.kite("4.5.10")
def test_a_status_comes_under_another_word(rig: Rig) -> None:
    rig.place([item()])
    fault(rig, "status_renamed", word="CANCELLED AMO", uses=1)
    assert [order["status"] for order in rig.orders()] == ["CANCELLED AMO"]
    rig.clock.forward(seconds=1)
    assert [order["status"] for order in rig.orders()] == ["COMPLETE"]


@pytest.mark.parametrize(
    ("name", "path", "field"),
    [
        ("order_spoiled", "/orders", "order_id"),
        ("trade_spoiled", "/trades", "trade_id"),
        ("order_spoiled", "/orders", "status"),
    ],
)
def test_a_row_comes_without_one_of_its_fields(rig: Rig, name: str, path: str, field: str) -> None:
    rig.place([item(), item("SBIN")])
    rig.clock.forward(seconds=1)
    fault(rig, name, row=2, field=field, uses=1)
    rows = rig.call("GET", path).get_json()["data"]
    assert [field in row for row in rows] == [True, False]
    assert all(field in row for row in rig.call("GET", path).get_json()["data"])


def test_a_row_that_is_not_there_cannot_be_spoiled(rig: Rig) -> None:
    rig.place([item()])
    fault(rig, "order_spoiled", row=9)
    assert "order_id" in rig.orders()[0]
