from dataclasses import replace

from sqlalchemy import select

from kite.store.base.engine import Connection
from kite.store.base.tables import kite_sessions
from kite.store.people import sessions
from kite.store.people.sessions import KiteSession, VisitSessions
from tests.support.records import NINE, a_session, after


def _added(conn: Connection, **fields: object) -> KiteSession:
    session = a_session(**fields)
    sessions.add(conn, session)
    return session


def test_the_newest_living_session_of_a_visit_and_user_is_found(conn: Connection) -> None:
    _added(conn)
    newest = _added(conn, created_at=after(minutes=1))
    _added(conn, created_at=after(minutes=2), user_id="XY9999")
    _added(conn, created_at=after(minutes=2), visit_id="another")
    assert sessions.active_session(conn, "visit", "AB1234", after(minutes=3)) == newest
    assert sessions.active_session(conn, "nobody", "AB1234", after(minutes=3)) is None


def test_a_session_that_ended_expired_or_lost_its_token_does_not_live(conn: Connection) -> None:
    _added(conn, ended_at=NINE)
    _added(conn, sealed_token=None)
    _added(conn, expires_at=after(minutes=1))
    assert sessions.active_session(conn, "visit", "AB1234", after(minutes=1)) is None
    assert sessions.of_visit(conn, "visit", after(minutes=1)) == []


def test_living_sessions_of_a_visit_come_newest_first(conn: Connection) -> None:
    sessions_by_age = [
        _added(conn, created_at=after(minutes=minute), user_id=f"U{minute}") for minute in range(3)
    ]
    _added(conn, visit_id="another")
    assert sessions.of_visit(conn, "visit", after(minutes=3)) == sessions_by_age[::-1]


def test_every_user_a_visit_ever_proved_is_known(conn: Connection) -> None:
    _added(conn, user_id="AA1111")
    _added(conn, user_id="AA1111")
    _added(conn, user_id="BB2222", ended_at=NINE, sealed_token=None)
    _added(conn, user_id="CC3333", expires_at=NINE)
    _added(conn, user_id="DD4444", visit_id="another")
    assert sessions.proved_users(conn, "visit") == {"AA1111", "BB2222", "CC3333"}
    assert sessions.proved_users(conn, "nobody") == frozenset()


def test_one_query_says_what_a_visit_proved_and_which_sessions_are_active(conn: Connection) -> None:
    older = _added(conn, user_id="AA1111")
    newest = _added(conn, user_id="BB2222", created_at=after(minutes=1))
    again = _added(conn, user_id="AA1111", created_at=after(minutes=2))
    _added(conn, user_id="CC3333", ended_at=NINE, sealed_token=None)
    _added(conn, user_id="DD4444", visit_id="another")
    known = sessions.known_of_visit(conn, "visit", after(minutes=3))
    assert known.proved == sessions.proved_users(conn, "visit") == {"AA1111", "BB2222", "CC3333"}
    assert list(known.active) == sessions.of_visit(conn, "visit", after(minutes=3)) == [again, newest, older]
    assert (known.active_of("AA1111"), known.active_of("BB2222")) == (again, newest)
    assert known.active_of(None) == again
    assert known.active_of("CC3333") is known.active_of("DD4444") is None
    assert sessions.known_of_visit(conn, "nobody", NINE) == VisitSessions(frozenset(), ())


def test_ending_a_session_forgets_its_token_and_keeps_the_first_time(conn: Connection) -> None:
    session = _added(conn)
    sessions.end(conn, session.id, after(minutes=1))
    sessions.end(conn, session.id, after(minutes=2))
    assert _stored(conn, session) == replace(session, ended_at=after(minutes=1), sealed_token=None)


def test_tokens_of_expired_sessions_are_forgotten(conn: Connection) -> None:
    old, young = _added(conn, expires_at=after(hours=1)), _added(conn, expires_at=after(hours=2))
    assert sessions.forget_expired(conn, after(hours=1)) == 1
    assert sessions.forget_expired(conn, after(hours=1)) == 0
    assert _stored(conn, old) == replace(old, sealed_token=None)
    assert _stored(conn, young) == young


def _stored(conn: Connection, session: KiteSession) -> KiteSession:
    return KiteSession(*conn.execute(select(kite_sessions).where(kite_sessions.c.id == session.id)).one())
