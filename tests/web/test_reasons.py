"""Kite's reasons in plain words, and Kite's own where there are none."""

import pytest

from kite.web.reasons import reason, refusal


@pytest.fixture(autouse=True)
def in_a_request(site):
    with site.app.test_request_context():
        yield


@pytest.mark.parametrize(
    ("kites", "plain"),
    [
        (
            "Insufficient funds. Required margin is 95417.84 but available margin is 74251.80. Check the orderbook for open orders.",
            "Not enough funds. It needs ₹95,417.84 of margin; ₹74,251.80 was free.",
        ),
        ("RMS:Margin Exceeds,Required:1,00,000, Available:5 for entity", "Not enough funds. It needs ₹1,00,000.00 of margin; ₹5.00 was free."),
        ("Holding quantity: 10, order quantity 20.", "You hold 10, the order sells 20."),
        ("The price is outside the circuit limits 90.50 - 110.", "Price is outside today’s limits, 90.50 to 110.00."),
    ],
)
def test_a_known_reason_has_plain_words(kites, plain):
    assert reason(kites) == plain


@pytest.mark.parametrize(
    "kites",
    [
        "Something new.",
        "Insufficient funds. Required margin is , but available margin is ,",
        f"Insufficient funds. Required margin is {'9' * 40} but available margin is 5",
        "RMS:Margin Exceeds,Required:1.2.3, Available:4",
        "Price outside the circuit limits 1.23456789 to 2",
    ],
)
def test_what_only_looks_like_a_known_reason_stays_in_kites_words(kites):
    assert reason(kites) == kites


def test_no_reason_is_none():
    assert reason(None) is None
    assert reason("") is None


REFUSED = {
    ("OrderException", "Maximum allowed order modifications exceeded."): "Kite takes 25 changes of one order, and this one has had them.",
    ("PermissionException", "No IPs configured for this app. Add allowed IPs on the Kite developer console."): (
        "Kite takes changes only from an internet address that is registered for this site’s key, and this one is not. Use Kite’s own pages."
    ),
    (
        "PermissionException",
        "Insufficient permission for that call.",
    ): "The key of this site may read orders and not change them. Use Kite’s own pages.",
    ("OrderException", "Order cannot be cancelled. It is COMPLETE."): (
        "The order had ended, or was just ending, when Kite was asked. Nothing was changed."
    ),
    ("InputException", "Trigger price should be a multiple of tick size."): "Trigger price should be a multiple of tick size.",
}


def test_refusals_to_change_an_order_have_plain_words_and_others_stand_as_kite_words_them():
    assert {said: refusal(*said) for said in REFUSED} == REFUSED
