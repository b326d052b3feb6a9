"""Fixtures of the operator's pages."""

import pytest

from kite.publishing import signing_in

PASSWORD = "a password of tests"


@pytest.fixture
def operator(site):
    """The browser of an operator who has signed in."""
    signing_in.add_operator(site.services, "asha", PASSWORD)
    browser = site.visitor()
    browser.post("/operator/sign-in", name="asha", password=PASSWORD, status=303)
    return browser
