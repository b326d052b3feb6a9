"""Posts of forms: the execution that a form led to, so that posting the same form again leads to
the same one, also at the same moment.
"""

from sqlalchemy import bindparam, select

from kite.store.base import rows, tables
from kite.store.base.engine import Connection
from kite.store.flow import executions
from kite.store.flow.executions import Execution

_c = tables.form_posts.c
_OF_KEY = select(_c.execution_id).where(_c.key == bindparam("named"))


def add(conn: Connection, key: str, basket_id: str) -> bool:
    """Record which basket a post led to; False when a post with this key led to one already.

    On PostgreSQL this waits for another transaction that is adding the same key.
    """
    return rows.insert_unless_present(conn, tables.form_posts, {"key": key, "execution_id": basket_id}, "key")


def basket(conn: Connection, key: str) -> list[Execution]:
    """Return every part of the basket that a post with this key led to, the first part first; none
    when there was no such post.
    """
    basket_id = conn.execute(_OF_KEY, {"named": key}).scalar()
    return executions.parts(conn, basket_id) if basket_id else []
