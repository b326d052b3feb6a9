"""A person's data: counted, exported, and erased together with the person's sessions at Kite."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kite.offsite.base.asking import ask, end_session
from kite.offsite.base.services import Services
from kite.offsite.journey.access import Role, role_of
from kite.store.base import rows
from kite.store.flow import books, events, postbacks
from kite.store.flow.event_causes import EventCause
from kite.store.flow.event_data import Erasure
from kite.store.flow.executions import Execution
from kite.store.people import sessions, stored_person
from kite.store.publishing import presses
from kite.vocabulary import State

ENDED = (State.SETTLED, State.CANCELLED)
AT_ONCE = 500
"""Executions that are erased in one transaction: others must not wait long."""


@dataclass(frozen=True)
class PersonalData:
    """What is stored of a visit and of the Kite users it has proved, by their ids.

    `own` are executions that the person may erase, `others` were composed here and placed by
    somebody else.
    """

    own: tuple[Execution, ...]
    others: tuple[Execution, ...]
    users: tuple[str, ...]

    @property
    def unended(self) -> int:
        """How many of the person's executions are not settled or cancelled."""
        return sum(execution.state not in ENDED for execution in self.own)


def stored_data(services: Services, visit_id: str) -> PersonalData:
    """Return what is stored of a visit."""
    with services.store.reading() as conn:
        users = sessions.proved_users(conn, visit_id)
        listed = stored_person.executions(conn, visit_id, users)
    roles = [(execution, role_of(execution, visit_id, users)) for execution in listed]
    own = tuple(execution for execution, role in roles if role is Role.OWNER)
    others = tuple(execution for execution, role in roles if role is Role.COMPOSER)
    return PersonalData(own, others, tuple(sorted(users)))


def export(services: Services, visit_id: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Return everything that is stored of a visit, one record at a time: its kind (execution,
    return, session) and its fields.

    Tokens are left out. Of an execution that somebody else placed, only the items and the state are
    in it.
    """
    # Read before the first record is sent: a database that is away becomes an error page, no broken
    # file.
    person = stored_data(services, visit_id)
    return _records(services, visit_id, person)


def _records(services: Services, visit_id: str, person: PersonalData) -> Iterator[tuple[str, dict[str, Any]]]:
    for execution in person.own:
        with services.store.reading() as conn:
            more = {
                "events": events.of(conn, execution.id),
                "book": books.of(conn, execution.id),
                "postbacks": postbacks.of(conn, execution.id),
            }
            press = presses.of(conn, execution.id)
        if press:
            more["press"] = _fields(press, "execution_id", "handle")
        yield "execution", _fields(execution, "visit_id", "data") | {"items": execution.items} | more
    for execution in person.others:
        yield "execution", _fields(execution, "visit_id", "data", "user_id") | {"items": execution.items}
    with services.store.reading() as conn:
        returns = stored_person.returns(conn, visit_id, person.users)
        logins = stored_person.sessions(conn, visit_id, person.users)
    for row in returns:
        yield "return", _fields(row, "token_hash", "id", "visit_id", "sealed_token")
    for session in logins:
        yield "session", _fields(session, "id", "visit_id", "sealed_token")


def _fields(record: Any, *hidden: str) -> dict[str, Any]:
    return {name: value for name, value in rows.values(record).items() if name not in hidden}


def erase(services: Services, visit_id: str) -> int:
    """End a person's sessions at Kite, erase everything that is stored of them, and return how many
    executions that were.
    """
    person = stored_data(services, visit_id)
    with services.store.reading() as conn:
        logins = stored_person.sessions(conn, visit_id, person.users)
    # First at Kite: once a session is erased here, nobody can end it there any more.
    for session in logins:
        if session.ended_at is None and session.sealed_token and session.expires_at > services.now():
            end_at_kite(services, session)
    for first in range(0, len(person.own), AT_ONCE):
        with services.store.writing() as conn:
            batch = person.own[first : first + AT_ONCE]
            stored_person.erase(conn, [execution.id for execution in batch])
    with services.store.writing() as conn:
        stored_person.erase_logins(conn, visit_id, person.users)
        stored_person.forget_composer(conn, visit_id, person.users)
        events.note(conn, services.now(), EventCause.ERASED, data=Erasure(len(person.own)))
    return len(person.own)


def end_at_kite(services: Services, session: sessions.KiteSession) -> None:
    """End a session at Kite and here.

    One that is over at Kite already, or out of reach, ends here in any case.
    """
    try:
        ask(services, session, lambda client: client.invalidate_access_token())
    finally:
        end_session(services, session)
