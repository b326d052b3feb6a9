"""Bad input at the simulator: a page or an envelope that says so, never a fault of its own, and no
byte of markup on a page.
"""

import json
from urllib.parse import quote

import pytest
from werkzeug.test import TestResponse

from tests.support.hostile import LONG, TEXTS, kept
from tests.support.html import check_page, parsed
from tests.support.simulator_rig import Rig, item

EVERY_TEXT = [pytest.param(text, id=name) for name, text in TEXTS.items()]


def sound(answer: TestResponse) -> TestResponse:
    """Fail unless an answer is none of the simulator's own faults and, when it is a page, valid."""
    assert answer.status_code < 500, answer.text[:2000]
    assert answer.headers["X-Kite-Simulator"] == "1"
    if answer.mimetype == "text/html" and not 300 <= answer.status_code < 400:
        assert "alert(1)</script>" not in answer.text and "<img src=x" not in answer.text
        check_page(answer.text)
    return answer


@pytest.mark.parametrize("hostile", EVERY_TEXT)
def test_a_hostile_basket_is_shown_or_refused(rig: Rig, hostile: str) -> None:
    for field in item() | {"price": 0, "tag": "", "readonly": False}:
        sound(rig.send([item(**{field: hostile})]))
    sound(rig.send(hostile))
    sound(rig.send([item()], redirect_params=hostile))
    sound(rig.send([item()], redirect_url=hostile))
    sound(rig.send([item()], api_key=hostile))
    answer = sound(rig.send([item(tag=hostile)]))
    assert answer.status_code == (
        303
        if len(hostile) <= 100 and "\ufffd" not in kept(hostile.replace("\n", "").replace("\r", ""))
        else 400
    )


@pytest.mark.parametrize("hostile", EVERY_TEXT)
def test_a_hostile_edit_is_told_at_its_field_and_stays(rig: Rig, hostile: str) -> None:
    address = rig.open([item(order_type="LIMIT", price=1400)])
    page = sound(
        rig.web.post(
            address, data={"decision": "place", "items-0-quantity": hostile, "items-0-price": hostile}
        )
    )
    assert page.status_code == 200
    values = {field.get("name"): field.get("value") for field in parsed(page.text)[0].iter("input")}
    assert values["items-0-quantity"] == kept(hostile).strip()
    assert rig.web.post(address, data={"decision": hostile}).status_code == 303


@pytest.mark.parametrize("hostile", EVERY_TEXT)
def test_a_hostile_address_is_refused(rig: Rig, hostile: str) -> None:
    word = quote(hostile, safe="")
    for path in (
        "/connect/basket/{}",
        "/orders/{}",
        "/orders/{}/trades",
        "/instruments/{}",
        "/user/margins/{}",
        "/{}",
        "/connect/{}",
    ):
        assert 300 < sound(rig.web.get(path.format(word))).status_code < 500
    for query in (
        f"api_key={word}",
        f"api_key=simulator_key&redirect_params={word}",
        f"api_key=simulator_key&v={word}",
    ):
        sound(rig.web.get(f"/connect/login?{query}"))
    sound(rig.web.post("/connect/login", data={"decision": "approve", "redirect_params": hostile}))
    assert (
        sound(
            rig.web.delete("/session/token", query_string={"api_key": hostile, "access_token": hostile})
        ).status_code
        == 400
    )


@pytest.mark.parametrize("cookie", ["a" * 8000, '"', "=;=", "é", "'; drop table sessions; --"])
def test_a_hostile_cookie_is_nobody(rig: Rig, cookie: str) -> None:
    answer = rig.app.test_client().get(
        "/orders",
        headers={"Cookie": f"kite_simulator={cookie}".encode().decode("latin-1"), "Accept": "text/html"},
    )
    assert "Nobody is logged in here." in sound(answer).text


@pytest.mark.parametrize(
    "data",
    [
        pytest.param("[" * 100_000, id="deep lists"),
        pytest.param('{"a":' * 50_000, id="deep objects"),
        pytest.param(json.dumps([item()] * 500), id="five hundred items"),
        pytest.param(json.dumps([item(tag=LONG)]), id="a long tag"),
        pytest.param('[{"quantity":1e400}]', id="1e400"),
        pytest.param('[{"quantity":NaN}]', id="NaN"),
        pytest.param("9" * 5000, id="digits"),
        pytest.param("x" * 900_000, id="nearly a megabyte"),
    ],
)
def test_data_that_cannot_be_read_is_told_on_a_page(rig: Rig, data: str) -> None:
    assert sound(rig.send(data)).status_code == 400


@pytest.mark.parametrize("path", ["/connect/basket", "/connect/login", "/session/token", "/connect/basket/x"])
@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\na\r\n--x--\r\n"),
        (
            "multipart/form-data; boundary=x",
            b"".join(b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n' for _ in range(5000)),
        ),
        ("multipart/form-data", b"--x"),
        ("application/json", b"[" * 100_000),
        ("application/x-www-form-urlencoded", b"\xff\xfe=%ff&data=%00&api_key=%ff"),
        ("application/x-www-form-urlencoded", b"a=&" * 100_000),
        ("application/x-www-form-urlencoded", b"a" * 1_100_000),
        (";;;", b"a"),
    ],
)
def test_a_hostile_body_is_refused(rig: Rig, path: str, kind: str, body: bytes) -> None:
    assert sound(rig.web.post(path, data=body, content_type=kind)).status_code in (302, 400, 404, 413)
