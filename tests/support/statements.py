"""What a request asks of the database: its statements, and how many connections it takes."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, event

from kite.store.base.engine import Store


@dataclass
class DatabaseUse:
    """The statements of a block in their order, without the BEGIN of each transaction.

    `connections` counts how often one was taken from the pool; `writes` are those of them that began a
    writing transaction on SQLite.
    """

    statements: list[str] = field(default_factory=list)
    connections: int = 0
    writes: int = 0

    def check(self, *, statements: int, connections: int, writes: int = 0) -> None:
        """Fail, with the list of statements, when there were more than this; `writes` are the connections
        that may write.
        """
        counted = (len(self.statements), self.connections, self.writes)
        limits = (statements, connections, writes)
        too_many = any(count > limit for count, limit in zip(counted, limits, strict=True))
        assert not too_many, f"{self}\nat most {statements}, {connections} and {writes} are allowed"

    def __str__(self) -> str:
        numbered = (f"{number:3} {' '.join(text.split())}" for number, text in enumerate(self.statements, 1))
        summary = f"{len(self.statements)} statements, {self.connections} connections, {self.writes} writing:"
        return "\n".join([summary, *numbered])


@contextmanager
def database_use(store: Store) -> Iterator[DatabaseUse]:
    """Yield what this thread asks of the database of `store` inside the block."""
    use, thread = DatabaseUse(), threading.get_ident()
    with store.reading() as conn:
        pool = conn.engine.pool

    def note_statement(conn: Any, _cursor: object, statement: str, *_: object) -> None:
        # The simulator has a database of its own, and its threads are not the page's.
        if conn.engine.pool is not pool or threading.get_ident() != thread:
            return
        if statement.startswith("BEGIN"):
            use.writes += "IMMEDIATE" in statement
        else:
            use.statements.append(statement)

    def note_connection(*_: object) -> None:
        if threading.get_ident() == thread:
            use.connections += 1

    # At the class: the engines for reading and for writing are two, of one pool.
    event.listen(Engine, "before_cursor_execute", note_statement)
    event.listen(pool, "checkout", note_connection)
    try:
        yield use
    finally:
        event.remove(Engine, "before_cursor_execute", note_statement)
        event.remove(pool, "checkout", note_connection)
