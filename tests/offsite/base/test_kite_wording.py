"""Kite's own words about a refusal, read into one code, and the figures that they give for
certain.
"""

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kite.offsite.base.kite_wording import (
    COMPILED,
    GENERAL,
    LONGEST_READ,
    WORDING,
    plain_text,
    read_reason,
    reason_code_of,
)
from kite.offsite.base.reason_codes import ReasonCode
from tests.support.refusals import CORPUS

TEXTS = [text for _, text in CORPUS]


def matching(text):
    """Every code of which a row fits a text, the first of them its code."""
    return [code for code, pattern in COMPILED if pattern.search(plain_text(text))]


@pytest.mark.parametrize(("code", "text"), CORPUS)
def test_a_text_has_the_code_that_it_means(code, text):
    assert read_reason(text).code == code


def test_the_corpus_is_large_and_holds_every_code_more_than_once():
    assert len(CORPUS) > 150
    counts = {code: sum(code == of for of, _ in CORPUS) for code in ReasonCode}
    assert {code for code, count in counts.items() if count < 2} == {
        ReasonCode.MARKET_PROTECTION,
        ReasonCode.TOO_MANY_MODIFICATIONS,
        ReasonCode.USER_NOT_ENABLED,
    }


OVERLAPS = {
    # a text about money names the order that it was for
    ("insufficient_funds", "not_in_lots"),
    ("insufficient_funds", "not_on_tick"),
    ("insufficient_funds", "outside_circuit"),
    # holdings that are checked "except t2t"
    ("insufficient_holdings", "trade_to_trade"),
    # the cause, before what follows from it
    ("trade_to_trade", "intraday_not_allowed"),
    ("trade_to_trade", "blocked_by_broker"),
    ("surveillance", "not_tradable"),
    ("surveillance", "blocked_by_broker"),
    ("contract_banned", "blocked_by_broker"),
    ("intraday_not_allowed", "product_not_allowed"),
    ("intraday_not_allowed", "blocked_by_broker"),
    ("market_order_illiquid", "blocked_by_broker"),
    ("market_order_illiquid", "amo_hours"),
    ("market_protection", "market_order_illiquid"),
    ("order_type_not_allowed", "blocked_by_broker"),
    # advice within a text: "AMO orders can only be placed outside market hours"
    ("amo_hours", "market_closed"),
    # what a price or quantity is measured against
    ("outside_circuit", "trigger_price"),
    ("outside_circuit", "price_too_far"),
    ("insufficient_holdings", "above_freeze"),
    ("not_on_tick", "trigger_price"),
    ("disclosed_quantity", "not_in_lots"),
    ("disclosed_quantity", "above_freeze"),
    # the account, before an order of it
    ("account_not_enabled", "not_tradable"),
    ("account_not_enabled", "blocked_by_broker"),
    ("user_not_enabled", "account_not_enabled"),
}
"""Pairs of codes that one text of the corpus fits, the first of which is meant.

The order of the rows decides these.
"""


def test_where_a_text_fits_two_codes_it_is_known_which_one_is_meant():
    codes = [matching(text) for text in TEXTS]
    assert {
        (fitting[0], other) for fitting in codes for other in fitting[1:] if other != fitting[0]
    } == OVERLAPS


@pytest.mark.parametrize("code", sorted({code for code, _ in WORDING}))
def test_every_row_is_the_reason_for_some_text(code):
    deciding = [
        next((row for row in WORDING if re.search(row[1], plain_text(text), re.IGNORECASE)), None)
        for text in TEXTS
    ]
    assert [row for row in WORDING if row[0] is code and row not in deciding] == []


FIGURES = [
    (
        "Insufficient funds. Required margin is 95417.84 but available margin is 74251.80.",
        {"short": "21166.04"},
    ),
    ("RMS:Margin Exceeds,Required:1,00,000, Available:5 for entity", {"short": "99995"}),
    ("RMS:Margin Exceeds,Required:1000.00, Available:-250.50 for product CO", {"short": "1250.50"}),
    ("You need to add Rs. 138385.27 in your account to place this trade.", {"short": "138385.27"}),
    ("RED:Margin Shortfall:INR 22.18 Available:INR 114280.07", {"short": "22.18"}),
    ("Holding quantity is 0 but 5 are to be sold.", {"held": "0", "wanted": "5"}),
    ("Holding quantity: 10, order quantity 20.", {"held": "10", "wanted": "20"}),
    ("RED:RULE:{Check Holdings Including BTST}Eligible Sell:95", {"held": "95"}),
    (
        "Order rejected by RMS. Limit price should be within circuit limit(358.7 - 538)",
        {"low": "358.7", "high": "538"},
    ),
    ("Rate Not Within Ckt Limit 23.73 To 35.59", {"low": "23.73", "high": "35.59"}),
    ("The price is outside the circuit limits 90.50 - 110.", {"low": "90.50", "high": "110"}),
    (
        "Circuit breach, Order Price :34.65, Low Price Range:30.32 High Price Range:33.51",
        {"low": "30.32", "high": "33.51"},
    ),
    (
        (
            "lower than the current [lower circuit limit](https://zrd.sh/c) of 70.65. Place an order within"
            " the daily range."
        ),
        {"low": "70.65"},
    ),
    ("Your order price is higher than the current upper circuit limit of 2,145.20.", {"high": "2145.20"}),
    (
        "Tick size for this script is 0.05. Kindly enter price in the multiple of tick size for this script.",
        {"tick": "0.05"},
    ),
    ("Order quantity should be in multiples of lot size 65", {"lot": "65"}),
    (
        "Quantity should be less than or equal to 1800, the freeze quantity of NIFTY26DECFUT.",
        {"most": "1800"},
    ),
    ("Order quantity greater than 1,00,000 shares is not allowed.", {"most": "100000"}),
    ("Maximum allowed quantity is 1800 for this contract.", {"most": "1800"}),
    ("Quantity should be in multiples of 75", {"lot": "75"}),
]


@pytest.mark.parametrize(("text", "figures"), FIGURES)
def test_figures_are_read_where_they_stand_in_the_text(text, figures):
    assert read_reason(text).figures == {name: Decimal(value) for name, value in figures.items()}


UNCERTAIN = [
    "Insufficient funds. Required margin is , but available margin is ,",
    f"Insufficient funds. Required margin is {'9' * 40} but available margin is 5",
    "Insufficient funds. Required margin is 5 but available margin is 9",
    "RMS:Margin Exceeds,Required:1.2.3, Available:4",
    "RMS:Margin Exceeds,Required:1,2, Available:0",
    "RMS:Margin Exceeds,Required:1.000,50, Available:0",
    "Holding quantity 10 as of 20 Nov, T1 quantity 5.",
    "Holding quantity is 20 but 5 are to be sold.",
    "Holding quantity is 1.5 but 5 are to be sold.",
    "Price outside the circuit limits 1.23456789 to 2",
    "Price outside the circuit limits 110 to 90.50",
    "Quantity exceeds the freeze limit 1801",
    "Tick size for this script is ०.०५.",
    "Lot size is 7.5: order quantity should be a multiple of lot size",
]
"""Figures that are not there, make no sense, or can be read in two ways: 1801 may be allowed or
not.
"""


@pytest.mark.parametrize("text", UNCERTAIN)
def test_a_figure_that_is_not_certain_is_not_told(text):
    reason = read_reason(text)
    assert reason.code is not ReasonCode.UNKNOWN
    assert reason.figures == {}


def test_the_order_systems_text_is_asked_where_the_sentence_says_little():
    circuit = (
        "RMS:Rule: Check circuit limit including square off order exceeds  for entity account-AB1234 across"
        " exchange"
    )
    assert (
        read_reason("The order was blocked by the risk management system.", circuit).code
        is ReasonCode.OUTSIDE_CIRCUIT
    )
    assert read_reason("Order rejected.", "RMS:Blocked for trading").code is ReasonCode.BLOCKED_BY_BROKER
    assert read_reason("Trading in this stock is suspended", "Something new.").code is ReasonCode.NOT_TRADABLE
    assert (
        read_reason(None, "17070 : The Price is out of the current execution range").code
        is ReasonCode.PRICE_TOO_FAR
    )
    assert read_reason("Markets are closed right now.", circuit).code is ReasonCode.MARKET_CLOSED


def test_figures_come_from_whichever_of_the_two_texts_has_them():
    reason = read_reason(
        "The price is outside the circuit limits.",
        "Check circuit limit: Low Price Range:30.32 High Price Range:33.51",
    )
    assert reason.figures == {"low": Decimal("30.32"), "high": Decimal("33.51")}


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ("TokenException", ReasonCode.SESSION_OVER),
        ("PermissionException", ReasonCode.KEY_NOT_PERMITTED),
        ("MarginException", ReasonCode.INSUFFICIENT_FUNDS),
        ("HoldingException", ReasonCode.INSUFFICIENT_HOLDINGS),
        ("NetworkException", ReasonCode.ORDER_SYSTEM_UNREACHABLE),
        ("NovelException", ReasonCode.UNKNOWN),
    ],
)
def test_the_kind_of_an_api_error_decides_where_its_words_do_not(error, code):
    assert read_reason("Something new.", error=error).code is code
    assert read_reason("", error=error).code is code
    assert (
        read_reason("Maximum allowed order modifications exceeded.", error=error).code
        is ReasonCode.TOO_MANY_MODIFICATIONS
    )


@pytest.mark.parametrize("nothing", [None, "", "  \n"])
def test_without_a_word_there_is_no_reason(nothing):
    assert read_reason(nothing) is None
    assert read_reason(nothing, nothing) is None


@given(
    st.sampled_from(CORPUS),
    st.sampled_from(["", " ", "\n\t"]),
    st.sampled_from(["", "  for entity account-AB1234 across exchange NSE across product MIS"]),
)
def test_blanks_and_the_appended_account_change_nothing(line, blanks, account):
    code, text = line
    anchored = text.endswith(("`.", "`"))
    assert read_reason(f"{blanks}{text}{account if not anchored else ''}{blanks}").code == code


@given(st.text(max_size=300), st.sampled_from(TEXTS))
def test_any_text_has_one_code(noise, text):
    assert reason_code_of(plain_text(noise)) in ReasonCode
    assert (
        reason_code_of(plain_text(f"{noise} {text} {noise}"))
        is (matching(f"{noise} {text} {noise}") or [ReasonCode.UNKNOWN])[0]
    )


@pytest.mark.parametrize(
    "text",
    ["Required" * 200_000, "holding " * 100_000, "1," * 500_000, "[a](" * 200_000, "market order " * 90_000],
)
def test_a_huge_text_is_read_only_at_its_beginning(text):
    assert len(plain_text(text)) <= LONGEST_READ
    assert read_reason(text).figures == {}


def test_what_says_little_is_few():
    assert {str(code) for code in GENERAL} == {"unknown", "blocked_by_broker", "not_tradable"}
