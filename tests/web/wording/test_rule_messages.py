"""The sentences for what the rules and cautions say of an order."""

import pytest

from kite.basket.checking.cautions import CAUTIONS
from kite.basket.checking.rules import RULES
from kite.basket.problem import Problem
from kite.web.wording.rule_messages import SENTENCES, sentence


@pytest.fixture(autouse=True)
def _request(site):
    with site.app.test_request_context():
        yield


def test_every_sentence_can_be_said_and_every_code_of_a_rule_has_one():
    params = dict.fromkeys(
        ("typed", "most", "tradingsymbol", "exchange", "order_type", "share", "around", "number", "other"),
        "x",
    )
    params |= dict.fromkeys(("lot", "held", "left", "least", "percent", "last", "shares"), "75") | {
        "expiry": "2026-11-24"
    }
    for code in SENTENCES:
        assert "%(" not in sentence(Problem(code, "tag", params))
    assert {code for rule in (*RULES, *CAUTIONS) for code in rule.codes} <= SENTENCES.keys()


def test_a_long_text_is_cut_in_a_sentence():
    words = sentence(
        Problem("tradingsymbol_unknown", "tradingsymbol", {"tradingsymbol": "x" * 10_000, "exchange": "NSE"})
    )
    assert words == f"No instrument {'x' * 40}… on NSE."
