"""A practice that the tests of the doctor share: a site, a proxy and a Kite that can each be made
wrong.
"""

from collections.abc import Iterator

import pytest

from tests.support.doctor import (
    Practice,
)


@pytest.fixture(scope="module")
def one_practice(tmp_path_factory) -> Iterator[Practice]:
    practice = Practice(tmp_path_factory.mktemp("practice"))
    yield practice
    practice.close()


@pytest.fixture
def practice(one_practice):
    """A site in connect mode with which everything is fine."""
    one_practice.recover()
    return one_practice
