"""The popup and its message, in place of a return."""

import json
import re
from typing import Any

import pytest

from tests.support.html import check_page
from tests.support.simulator_rig import Rig, item


def message(answer: Any) -> dict[str, Any]:
    """Return what the page tells its opener."""
    match = re.search(r"postMessage\((\".*?\"), \"http://127\.0\.0\.1:8000\"\)", answer.text)
    assert match, answer.text
    fields: dict[str, Any] = json.loads(json.loads(match.group(1)))
    return fields


@pytest.mark.parametrize(
    "fields", [{"redirect_url": "#"}, {"view": "popup"}, {"redirect_url": "#", "view": "popup"}]
)
@pytest.mark.kite("1.1.6")
@pytest.mark.kite("1.1.7")
@pytest.mark.kite("1.5.1")
@pytest.mark.kite("1.5.3")
def test_basket_ends_with_a_message(rig: Rig, fields: dict[str, str]) -> None:
    answer = rig.web.post(rig.open([item()], **fields), data={"decision": "place"})
    outcome = message(answer)
    assert (answer.status_code, outcome["type"], outcome["status"]) == (200, "basket", "success")
    assert rig.exchange(outcome["request_token"]).status_code == 200
    check_page(answer.text)


@pytest.mark.kite("1.5.5")
@pytest.mark.kite("1.5.6")
def test_cancelled_basket_tells_that_there_is_no_token(rig: Rig) -> None:
    address = rig.open([item()], redirect_url="#")
    assert message(rig.web.post(address, data={"decision": "cancel"})) == {
        "type": "basket",
        "status": "cancelled",
        "request_token": None,
    }


def test_second_press_tells_the_same(rig: Rig) -> None:
    address = rig.open([item()], view="popup")
    messages = [message(rig.web.post(address, data={"decision": "place"})) for _ in range(2)]
    assert messages[0] == messages[1]
    assert len(rig.orders()) == 1


@pytest.mark.parametrize(("decision", "status"), [("approve", "success"), ("cancel", "cancelled")])
@pytest.mark.kite("1.5.2")
@pytest.mark.kite("1.5.4")
@pytest.mark.kite("1.5.5")
def test_login_in_a_popup_ends_with_a_message(rig: Rig, decision: str, status: str) -> None:
    page = rig.web.get("/connect/login?api_key=simulator_key&view=popup")
    assert 'name="view" value="popup"' in page.text
    outcome = message(rig.web.post("/connect/login", data={"decision": decision, "view": "popup"}))
    assert (outcome["type"], outcome["status"], bool(outcome["request_token"])) == (
        "login",
        status,
        status == "success",
    )


def test_popup_may_stand_in_a_frame_of_the_registered_site_alone(rig: Rig) -> None:
    address = rig.open([item()], view="popup")
    for answer in (rig.web.get(address), rig.web.post(address, data={"decision": "place"})):
        assert "frame-ancestors http://127.0.0.1:8000;" in answer.headers["Content-Security-Policy"] + ";"


def test_redirect_params_cannot_forge_the_message(rig: Rig) -> None:
    address = rig.open([item()], view="popup", redirect_params="status=cancelled&request_token=</script>")
    answer = rig.web.post(address, data={"decision": "place"})
    assert message(answer)["status"] == "success"
    assert "</script>'" not in answer.text
