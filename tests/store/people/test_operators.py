from datetime import timedelta

from kite.store.base.engine import Connection
from kite.store.people import operators
from kite.store.people.operators import Operator, OperatorSession
from tests.support.records import NINE, after

ASHA = Operator("o1", "asha", "scrypt:…", NINE)
SESSION = OperatorSession("s1", "o1", "Firefox on Linux", "127.0.0.1", NINE, NINE)
LONG_AGO = NINE - timedelta(days=30)


def test_a_name_is_given_once(conn: Connection) -> None:
    assert operators.add(conn, ASHA)
    assert not operators.add(conn, Operator("o2", "asha", "scrypt:…", NINE))
    assert operators.list_all(conn) == [ASHA]
    assert operators.by_name(conn, "Asha") is None


def test_a_session_lives_until_it_is_ended_or_old(conn: Connection) -> None:
    operators.add(conn, ASHA)
    operators.sign_in(conn, SESSION)
    operators.note_seen(conn, "s1", after(minutes=5))
    assert operators.signed_in(conn, "s1", LONG_AGO) == (ASHA, after(minutes=5))
    assert operators.signed_in(conn, "s1", NINE) is None
    assert not operators.end(conn, "o2", "s1", after(minutes=6)), "nobody ends the session of another"
    assert operators.end(conn, "o1", "s1", after(minutes=6))
    assert operators.signed_in(conn, "s1", LONG_AGO) is None
    assert operators.sessions(conn, "o1") == []


def test_a_new_password_ends_every_session_and_opens_no_closed_account(conn: Connection) -> None:
    operators.add(conn, ASHA)
    operators.sign_in(conn, SESSION)
    operators.disable(conn, "o1", after(minutes=1))
    assert operators.by_name(conn, "asha").disabled_at == after(minutes=1)
    operators.set_password(conn, "o1", "scrypt:new", after(minutes=2))
    assert operators.by_name(conn, "asha") == Operator("o1", "asha", "scrypt:new", NINE, after(minutes=1))
    assert operators.signed_in(conn, "s1", LONG_AGO) is None


def test_an_account_is_opened_again_once_and_its_old_sessions_stay_ended(conn: Connection) -> None:
    operators.add(conn, ASHA)
    operators.sign_in(conn, SESSION)
    assert not operators.enable(conn, "o1")
    operators.disable(conn, "o1", after(minutes=1))
    assert operators.enable(conn, "o1")
    assert not operators.enable(conn, "o1")
    assert operators.by_name(conn, "asha") == ASHA
    assert operators.signed_in(conn, "s1", LONG_AGO) is None


def test_old_sessions_are_erased_with_their_addresses(conn: Connection) -> None:
    operators.add(conn, ASHA)
    operators.sign_in(conn, SESSION)
    address = SESSION.address or ""
    assert operators.signed_in_from(conn, "asha", address)
    assert not operators.signed_in_from(conn, "ravi", address)
    assert not operators.signed_in_from(conn, "asha", "")
    assert operators.erase_sessions(conn, NINE) == 0
    assert operators.erase_sessions(conn, after(seconds=1)) == 1
    assert operators.sessions(conn, "o1") == []
