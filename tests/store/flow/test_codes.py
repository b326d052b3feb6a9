from datetime import timedelta

from kite.store.base.engine import Connection
from kite.store.flow import codes, executions
from kite.store.flow.codes import ApiToken
from kite.store.flow.event_causes import EventCause
from kite.store.people import allowed_sites
from kite.store.people.allowed_sites import INLINE, RETURN_TO, Allowed
from tests.support.records import NINE, after, an_execution

TOKEN = ApiToken("t1", "the app", "hash", NINE, "asha")


def test_a_code_is_redeemed_once_and_not_late(conn: Connection) -> None:
    execution = an_execution()
    executions.add(conn, execution, EventCause.COMPOSED)
    codes.add_token(conn, TOKEN)
    codes.add(conn, "code", execution.id, NINE)
    codes.add(conn, "late", execution.id, NINE)
    at = after(minutes=9)
    assert codes.redeem(conn, "code", "t1", at, at - timedelta(minutes=10)) == execution.id
    assert codes.redeem(conn, "code", "t1", at, at - timedelta(minutes=10)) is None
    assert codes.redeem(conn, "late", "t1", after(minutes=10), NINE) is None
    assert codes.redeem(conn, "never made", "t1", at, NINE) is None


def test_a_revoked_token_is_nobodys(conn: Connection) -> None:
    codes.add_token(conn, TOKEN)
    assert codes.token(conn, "hash", after(minutes=1)) == TOKEN
    assert codes.tokens(conn)[0].used_at == after(minutes=1)
    assert codes.revoke_token(conn, "t1", after(minutes=2))
    assert codes.token(conn, "hash", after(minutes=3)) is None
    assert codes.token(conn, "another", after(minutes=3)) is None


def test_only_exactly_what_stands_in_the_list_is_allowed(conn: Connection) -> None:
    assert allowed_sites.add(conn, Allowed(INLINE, "https://blog.example", NINE, "asha"))
    assert not allowed_sites.add(conn, Allowed(INLINE, "https://blog.example", after(minutes=1), "asha"))
    assert allowed_sites.has(conn, INLINE, "https://blog.example")
    assert not allowed_sites.has(conn, RETURN_TO, "https://blog.example")
    assert not allowed_sites.has(conn, INLINE, "https://blog.example.evil.example")
    assert allowed_sites.remove(conn, INLINE, "https://blog.example")
    assert allowed_sites.list_all(conn) == []
