"""Checksums: the vectors were made from the documentation's formulas, apart from this code."""

import pytest

from kite.connect.signing import postback_checksum, session_checksum, verify_postback

SECRET = "s" * 32
ORDER = ("220303000308932", "2022-03-03 09:24:25")
GOOD = "85e85c0bb8714cee65226b1e73da7ada4092eee2e39bd8c68ed9cfc36c5ed452"


def test_session_checksum_is_that_of_key_token_and_secret_in_this_order():
    assert (
        session_checksum("k" * 16, "r" * 32, SECRET)
        == "4698ab4c42794d3782ca401c976edc2502c48d5f2a0c352d575ef44ae8f3ed4b"
    )


def test_postback_checksum_is_that_of_order_time_and_secret_in_this_order():
    assert postback_checksum(*ORDER, SECRET) == GOOD


def test_postback_with_the_right_checksum_is_taken():
    assert verify_postback(*ORDER, GOOD, SECRET)


@pytest.mark.parametrize("checksum", ["", GOOD[:-1], GOOD.upper(), "0" * 64, "₹", "\ud800"])
def test_postback_with_another_checksum_is_refused(checksum):
    assert not verify_postback(*ORDER, checksum, SECRET)


def test_postback_of_another_second_is_refused():
    assert not verify_postback(ORDER[0], "2022-03-03 09:24:26", GOOD, SECRET)


def test_site_without_a_secret_takes_no_postback_at_all():
    assert not verify_postback(*ORDER, postback_checksum(*ORDER, ""), "")


def test_half_a_character_in_a_postback_is_refused_and_no_error():
    assert not verify_postback("\ud800", "\udfff", GOOD, SECRET)
