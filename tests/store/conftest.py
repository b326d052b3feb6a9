"""A store with its tables, on both databases."""

from collections.abc import Iterator

import pytest

from kite.store.base.engine import Connection, Store
from tests.support.tables import put_tables


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    put_tables(database_url)
    store = Store(database_url)
    yield store
    store.close()


@pytest.fixture
def conn(store: Store) -> Iterator[Connection]:
    """A connection in a transaction of its own, for tests of one query after another."""
    with store.writing() as conn:
        yield conn
