"""Fixtures of the composer's tests: a browser without scripts at the real site, which all tests of
a module share.
"""

import json

import pytest

from kite.store.flow import executions
from tests.support.html import check_page
from tests.support.site import HOST


class Composer:
    """A browser with cookies of its own; every page that it opens is checked as HTML."""

    def __init__(self, site):
        self.client = site.app.test_client()

    def get(self, path, **options):
        return checked(self.client.get(path, base_url=HOST, **options))

    def post(self, path, **options):
        return checked(self.client.post(path, base_url=HOST, headers={"Origin": HOST}, **options))


def checked(answer):
    # A page of a hundred rows has nothing that one of ten has not, and takes a second to check.
    if answer.status_code != 303 and len(answer.data) < 100_000:
        check_page(answer.text)
    return answer


@pytest.fixture
def composer(module_site):
    return Composer(module_site)


@pytest.fixture
def handed_off(module_site):
    """Return the items of the execution that an answer leads to."""

    def items(answer):
        with module_site.services.store.reading() as conn:
            return json.loads(executions.get(conn, answer.location.rpartition("/")[2]).data)

    return items
