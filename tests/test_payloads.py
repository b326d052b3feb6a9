"""What is signed: packed and unpacked without loss, readable after an upgrade, and refused as anything
else.
"""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kite.offsite.journey.handoff import BasketState
from kite.offsite.journey.returning import LoginState
from kite.offsite.journey.token_exchange import Landing
from kite.payloads import Payload
from kite.publishing.sharing import SignedLink
from kite.sealing import Sealer
from kite.vocabulary import IST
from kite.web.integrations.press_tokens import EmbeddedPress, PressToken
from kite.web.journey.handoff import HandoffToken
from kite.web.journey.returns import ReturnHandle
from tests.support.clock import START
from tests.support.signed import JSON, ROWS, sign_json

SEALER = Sealer("a key of the version before, long enough for it")
EXECUTION, NONCE = "x7Fq2LkPz0aVb9TnYc3RdW", "0123456789abcdef"
NAME = "n7Fq2LkPz0aVb9TnYc3RdW"

SIGNED_BEFORE: list[tuple[Payload, str]] = [
    (
        BasketState(EXECUTION, NONCE, START),
        "WyJ4N0ZxMkxrUHowYVZiOVRuWWMzUmRXIiwiMDEyMzQ1Njc4OWFiY2RlZiIsMTc5NTE0NjM5OV0"
        ".6yN5ZJKYZUbDM1aenkhszNshqzvpSVSOSpiApQCwY6A",
    ),
    (
        LoginState(f"/executions/{EXECUTION}", NONCE, START),
        "WyIvZXhlY3V0aW9ucy94N0ZxMkxrUHowYVZiOVRuWWMzUmRXIiwiMDEyMzQ1Njc4OWFiY2RlZiIsMTc5NTE0NjM5OV0"
        ".yW2bfpAiUAFM-4tubeASQV_wc5Hk4_kzSMatxj2iVxA",
    ),
    (
        ReturnHandle(NONCE, Landing.NO_ANSWER, "r7Fq2LkPz0aVb9TnYc3RdW", EXECUTION),
        ".eJyLVjIwNDI2MTUzt7BMTEpOSU1T0lHKy49PzCsuTy0CsovM3QqNfLIDqgwSw5IsQ_Iik42DUsKBEhXYJWIB8vQZJw"
        ".RMjSUVF8QRstjkCy-p2-RL_KNNMhGY8QkdeRwcA56vg",
    ),
    (
        SignedLink("l7Fq2LkPz0aVb9TnYc3RdW"),
        "WyJsN0ZxMkxrUHowYVZiOVRuWWMzUmRXIl0.N4RKEwQnflk8vu3tcAcG-idjomA1N3MUrERAV8jelII",
    ),
    (
        PressToken("large-five", 3, START, NAME, NONCE * 2),
        ".eJyLVspJLEpP1U3LLEtV0jHWMTS3NDU0MTO2tNRRyjN3KzTyyQ6oMkgMS7IMyYtMNg5KCVfSUTIwNDI2MTUzt7BMTEpOSU1D5yvF"
        "AgA6zxhz.SyNp34GjGpV76gmE2Pxg8h3v0wUKc6FghTbfhhHTaUU",
    ),
    (
        EmbeddedPress(
            *("large-five", "", "https://blog.example", "h" * 22, "20000"),
            *("https://blog.example/post", NAME, START),
        ),
        ".eJyLVspJLEpP1U3LLEtV0lECooySkoJiK339pJz8dL3UisTcghyQTAZWAJQwMgACHPr0C_KLS4ByeeZuhUY-2QFVBolhSZYheZHJ"
        "xkEp4Uo6huaWpoYmZsaWlrEAPPgr-Q.CyXk9hw9kIZylv4vBY2zHVsbr3xBDm041sR3nag0M80",
    ),
    (
        HandoffToken(EXECUTION, START),
        "WyJ4N0ZxMkxrUHowYVZiOVRuWWMzUmRXIiwxNzk1MTQ2Mzk5XQ.o8Eo5dkjLLyVBxxhjcIaUEn2_kDIsB5nlGajeCeIJFQ",
    ),
]
"""Every payload, with its text as it was signed when payloads were lists without a class."""

KINDS = [type(payload) for payload, _ in SIGNED_BEFORE]


@pytest.mark.parametrize(("payload", "text"), SIGNED_BEFORE, ids=lambda value: type(value).__name__)
def test_what_was_signed_before_an_upgrade_is_still_accepted(payload: Payload, text: str) -> None:
    assert SEALER.verify(type(payload), text) == payload
    assert SEALER.sign(payload) == text, "and the version before reads what is signed now"


def test_every_payload_has_a_text_of_the_version_before_and_a_purpose_of_its_own() -> None:
    assert set(KINDS) == set(Payload.__subclasses__())
    assert len({kind.PURPOSE for kind in KINDS}) == len(KINDS)


@pytest.mark.parametrize(("payload", "text"), SIGNED_BEFORE, ids=lambda value: type(value).__name__)
def test_a_text_for_one_purpose_is_refused_for_every_other(payload: Payload, text: str) -> None:
    assert {kind for kind in KINDS if SEALER.verify(kind, text)} == {type(payload)}


@pytest.mark.parametrize(
    "payload", [payload for payload, _ in SIGNED_BEFORE], ids=lambda payload: payload.PURPOSE
)
def test_a_list_with_a_value_too_few_or_too_many_or_of_another_type_is_refused(payload: Payload) -> None:
    packed = payload.pack()
    assert type(payload).unpack(packed) == payload
    wrong: list[object] = [packed[:-1], [*packed, ""], dict(enumerate(packed)), tuple(packed)]
    for number in range(len(packed)):
        for value in (None, True, 1.5, ["a"], {}):
            wrong.append([*packed[:number], value, *packed[number + 1 :]])
    assert [row for row in wrong if type(payload).unpack(row)] == []


@given(value=JSON | ROWS)
@pytest.mark.parametrize("kind", KINDS)
def test_any_json_in_place_of_a_payload_is_refused_or_is_that_payload(
    kind: type[Payload], value: object
) -> None:
    payload = SEALER.verify(kind, sign_json(SEALER, kind.PURPOSE, value))
    assert payload is None or payload.pack() == value


@given(text=st.text() | st.text(st.characters(codec="ascii")))
@pytest.mark.parametrize("kind", KINDS)
def test_a_text_that_was_not_signed_here_is_refused(kind: type[Payload], text: str) -> None:
    assert SEALER.verify(kind, text) is None


@pytest.mark.parametrize(
    "text", ["", ".", "..", "a.b", "\ud800", "é", "\0", "WyJhIl0.AAAA", ".eJyLVkpUitUBAAjdAi8.AAAA"]
)
def test_a_text_that_looks_signed_is_refused(text: str) -> None:
    assert SEALER.verify(SignedLink, text) is None


@pytest.mark.parametrize("landing", ["nowhere", "", "RECEIPT", 1])
def test_a_word_that_an_enum_does_not_have_is_refused(landing: object) -> None:
    assert ReturnHandle.unpack([NONCE, landing, "", ""]) is None


@pytest.mark.parametrize("seconds", [-1, 2**32 + 1, 10**30, True, "1795146399", 1795146399.0])
def test_a_time_that_no_page_signs_is_refused(seconds: object) -> None:
    assert HandoffToken.unpack([EXECUTION, seconds]) is None


def test_the_latest_time_that_is_read_leaves_room_for_what_is_added_to_it() -> None:
    token = HandoffToken.unpack([EXECUTION, 2**32])
    assert token is not None and token.made_at + timedelta(days=10_000) > token.made_at


def test_a_time_is_packed_in_whole_seconds_and_read_in_ist() -> None:
    token = HandoffToken.unpack(HandoffToken(EXECUTION, START.replace(microsecond=999_999)).pack())
    assert token == HandoffToken(EXECUTION, START) and token.made_at.tzinfo is IST


@pytest.mark.parametrize("data", ["orders", "[]", "{}", "[1]", '[{"tradingsymbol": "INFY"}]', "[" * 100_000])
def test_a_press_whose_orders_cannot_be_read_is_refused(data: str) -> None:
    press = SIGNED_BEFORE[KINDS.index(EmbeddedPress)][0]
    assert isinstance(press, EmbeddedPress) and press.items == ()
    assert EmbeddedPress.unpack(replace(press, slug="", data=data).pack()) is None


def test_a_page_is_pressed_until_its_time_is_over() -> None:
    page = PressToken("large-five", 3, START, NAME, NONCE * 2)
    press = EmbeddedPress("large-five", *[""] * 5, NAME, START)
    for token, lifetime in ((page, timedelta(hours=24)), (press, timedelta(minutes=10))):
        assert not token.is_old(START + lifetime)
        assert token.is_old(START + lifetime + timedelta(seconds=1))
