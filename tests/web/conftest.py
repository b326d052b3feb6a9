"""Fixtures of the composer's tests: a browser without scripts at the real site, which all tests of a module share."""

import json
from functools import partial

import pytest

from kite.store import executions
from tests.support.site import HOST, Clock, Site


@pytest.fixture(scope="module")
def composer_site(tmp_path_factory):
    made = Site(tmp_path_factory.mktemp("composer"), Clock())
    yield made
    made.parts.store.close()
    made.parts.catalogue.close()


class Composer:
    """A browser with cookies of its own."""

    def __init__(self, site):
        client = site.app.test_client()
        self.get = partial(client.get, base_url=HOST)
        self.post = partial(client.post, base_url=HOST, headers={"Origin": HOST})


@pytest.fixture
def composer(composer_site):
    return Composer(composer_site)


@pytest.fixture
def handed_off(composer_site):
    """Return the items of the execution that an answer leads to."""

    def items(answer):
        with composer_site.parts.store.reading() as conn:
            return json.loads(executions.get(conn, answer.location.rpartition("/")[2]).data)

    return items
