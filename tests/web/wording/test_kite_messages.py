"""Kite's refusals in plain words: a sentence and what to do next for each code, with Kite's own
words beside them.
"""

import re

import pytest

from kite.offsite.base.reason_codes import ReasonCode
from kite.web.receipts import item_view
from kite.web.wording.kite_messages import KITES_PAGES, WORDS, WRITTEN, explain, explain_first, kites_page
from tests.support.kite_orders import order
from tests.support.refusals import CORPUS
from tests.support.sources import ROOT


@pytest.fixture
def in_a_request(site):
    with site.app.test_request_context():
        yield


def test_every_code_has_a_sentence_and_a_next_step():
    assert set(WORDS) == set(ReasonCode)
    assert len(WORDS) > 20
    sentences = [words.sentence for words in WORDS.values()]
    assert len(set(sentences)) == len(sentences)
    assert set(KITES_PAGES) < set(WORDS)


@pytest.mark.parametrize("words", WORDS.values(), ids=WORDS)
def test_what_is_said_is_short_and_ends(words):
    for sentence in (words.sentence, words.next, *words.figured):
        assert sentence.endswith(".") and "  " not in sentence and "'" not in sentence
        assert len(sentence.split()) <= 14, sentence
    assert {name for sentence in words.figured for name in re.findall(r"%\((\w+)\)s", sentence)} <= set(
        WRITTEN
    )


@pytest.mark.parametrize("words", WORDS.values(), ids=WORDS)
def test_nothing_is_said_of_what_was_placed(words):
    """A refusal of one call proves nothing about the order behind it, nor about any other."""
    assert not re.search(
        r"nothing|not placed|no order was|safe", " ".join((words.sentence, words.next)), re.IGNORECASE
    )


@pytest.mark.parametrize(
    ("kites", "plain"),
    [
        (
            (
                "Insufficient funds. Required margin is 95417.84 but available margin is 74251.80. Check the"
                " orderbook for open orders."
            ),
            "Short of ₹21,166.04 margin.",
        ),
        ("RMS:Margin Exceeds,Required:1,00,000, Available:5 for entity", "Short of ₹99,995.00 margin."),
        (
            "Insufficient funds. Required margin is , but available margin is ,",
            "Not enough funds for this order.",
        ),
        ("Holding quantity: 10, order quantity 20.", "You hold 10, not 20."),
        ("RED:RULE:{Check Holdings Including BTST}Eligible Sell:95", "You can sell 95."),
        ("The price is outside the circuit limits 90.50 - 110.", "Today’s range is 90.50 to 110.00."),
        (
            "Your order price is lower than the current lower circuit limit of 70.65.",
            "Today’s lowest price is 70.65.",
        ),
        (
            "Your order price is higher than the current upper circuit limit of 2145.2.",
            "Today’s highest price is 2,145.20.",
        ),
        ("Price exceeds circuit limits for the instrument.", "The price is outside today’s circuit limits."),
        ("RATE NOT MULTIPLE OF TICK [0.05000000]", "Prices move in steps of 0.05."),
        ("Order quantity should be in multiples of lot size 1200", "Comes in lots of 1,200."),
        ("Order quantity greater than 1,00,000 shares is not allowed.", "At most 1,00,000 per order."),
    ],
)
def test_a_known_reason_is_told_with_the_figures_that_kite_gave(kites, plain, in_a_request):
    explained = explain(kites)
    assert explained.sentence == plain
    assert explained.own == (kites,)
    assert explained.next == WORDS[explained.code].next


def test_every_text_of_the_corpus_has_a_sentence_of_its_code(in_a_request):
    for code, text in CORPUS:
        explained, words = explain(text), WORDS[ReasonCode(code)]
        shapes = [
            re.sub(r"%\\\(\w+\\\)s", r"[₹\\d.,]+", re.escape(sentence))
            for sentence in (words.sentence, *words.figured)
        ]
        fitting = (
            [text]
            if code == "unknown"
            else [explained.sentence for shape in shapes if re.fullmatch(shape, explained.sentence)]
        )
        assert fitting[:1] == [explained.sentence], text


@pytest.mark.parametrize("kites", ["Something new.", "Tag is too long. It takes at most 20 characters."])
def test_a_reason_that_is_not_known_stays_in_kites_words(kites, in_a_request):
    explained = explain(kites)
    assert (explained.code, explained.sentence) == (ReasonCode.UNKNOWN, kites)
    assert explained.next == "We don’t know this reason. Look at the order on Kite."


def test_both_of_kites_texts_are_kept_and_each_only_once(in_a_request):
    assert explain("Insufficient holdings", "RMS:Rule: Check holdings").own == (
        "Insufficient holdings",
        "RMS:Rule: Check holdings",
    )
    assert explain("Adapter is Logged Off", "Adapter is Logged Off").own == ("Adapter is Logged Off",)
    assert explain("Adapter is Logged Off", " ").own == ("Adapter is Logged Off",)


def test_no_reason_is_none(in_a_request):
    assert explain(None) is None
    assert explain("", "") is None


def test_an_error_without_words_is_told_by_its_kind(in_a_request):
    explained = explain("", error="NovelException")
    assert explained.sentence == "Kite refused this."
    assert explain("", error="TokenException").sentence == "The session on Kite was over."


REFUSED = {
    ("NetworkException", "Maximum allowed order modifications exceeded."): ReasonCode.TOO_MANY_MODIFICATIONS,
    ("OrderException", "Maximum allowed order modifications exceeded."): ReasonCode.TOO_MANY_MODIFICATIONS,
    (
        "PermissionException",
        "No IPs configured for this app. Add allowed IPs on the Kite developer console.",
    ): ReasonCode.ADDRESS_NOT_REGISTERED,
    ("PermissionException", "Insufficient permission for that call."): ReasonCode.KEY_NOT_PERMITTED,
    ("OrderException", "Order cannot be cancelled. It is COMPLETE."): ReasonCode.ORDER_ENDED,
    ("InputException", "Trigger price should be a multiple of tick size."): ReasonCode.NOT_ON_TICK,
    ("InputException", "The user is not enabled for the app."): ReasonCode.USER_NOT_ENABLED,
    ("TokenException", "Invalid `checksum`."): ReasonCode.KEY_NOT_VALID,
    ("TokenException", "Incorrect `api_key` or `access_token`."): ReasonCode.SESSION_OVER,
    ("NetworkException", "Too many requests"): ReasonCode.TOO_MANY_REQUESTS,
    ("NetworkException", "Gateway timed out"): ReasonCode.ORDER_SYSTEM_UNREACHABLE,
}


def test_refusals_of_calls_are_told_by_the_same_table(in_a_request):
    assert {(error, message): explain(message, error=error).code for error, message in REFUSED} == REFUSED


def test_the_document_lists_every_code_with_what_is_said():
    text = (ROOT / "docs/reasons.md").read_text(encoding="utf-8")
    rows = [
        tuple(cell.strip() for cell in line.split("|")[1:4])
        for line in text.splitlines()
        if line.startswith("| `")
    ]
    assert rows == [(f"`{code}`", words.sentence, words.next) for code, words in WORDS.items()]


def test_a_next_step_on_kite_is_linked_where_kite_has_a_page_for_it(in_a_request):
    root = "https://kite.zerodha.com"
    assert kites_page(explain("Insufficient holdings"), root) == (f"{root}/holdings", "Holdings on Kite")
    assert kites_page(explain("TPIN not authorised"), root) == (f"{root}/holdings", "Holdings on Kite")
    assert kites_page(explain("FUND LIMIT INSUFFICIENT"), root) == (f"{root}/funds", "Funds on Kite")
    assert kites_page(explain("Adapter is Logged Off"), root) is None
    assert kites_page(None, root) is None
    assert kites_page(explain("Insufficient holdings"), "") is None


def test_the_link_stands_on_the_receipt_beside_kites_own_words(site, monkeypatch):
    person = site.visitor()
    execution_id = person.buy({"tradingsymbol": "SIMFUNDS"})
    site.clock.advance(3)
    assert "Funds on Kite" not in person.get(f"/executions/{execution_id}", status=200).text, (
        "the simulator has no such page"
    )
    monkeypatch.setattr(
        item_view, "kites_page", lambda explained, _: ("https://kite.invalid/funds", str(explained.code))
    )
    page = person.get(f"/executions/{execution_id}", status=200).text
    assert '<a href="https://kite.invalid/funds" rel="noreferrer">insufficient_funds</a>' in page


def test_of_several_orders_the_first_that_says_why_is_told(in_a_request):
    orders = [
        order(),
        order(status="REJECTED", status_message="Adapter is Logged Off"),
        order(status_message="Something new."),
    ]
    assert explain_first(orders).code is ReasonCode.EXCHANGE_UNREACHABLE
    assert explain_first(orders[:1]) is None
    assert explain_first([]) is None
