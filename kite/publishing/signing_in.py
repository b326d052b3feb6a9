"""Operators' accounts and their sign-ins: who runs the site, and until when a browser may act for
them.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from werkzeug.security import check_password_hash, generate_password_hash

from kite.exceptions import KiteError
from kite.offsite.base.services import Services, new_id
from kite.store.base.engine import Connection
from kite.store.flow import events
from kite.store.flow.event_causes import EventCause
from kite.store.flow.event_data import EndedSessions, Name
from kite.store.people import operators
from kite.store.people.operators import Operator, OperatorSession
from kite.vocabulary import N_

NAME = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")
SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 1000
"""Characters. Length is what makes a password strong; a very long one would only cost time."""

HASHING = "scrypt:32768:8:1"
"""How a password is hashed: 32 MB of memory and a tenth of a second.

It is Werkzeug's default, named here so that no update of Werkzeug changes it.
"""

LASTS = timedelta(days=7)
IDLE = timedelta(hours=12)
"""How long a sign-in lasts at most, and how long without being used."""

SEEN_EVERY = timedelta(minutes=1)
"""How often the last use is recorded."""

LONGEST_BROWSER = 200


class OperatorRefused(KiteError):
    """An account cannot be made or found. The sentence says why."""


@dataclass(frozen=True)
class SignedIn:
    """An operator in one browser. `session_id` is the stored hash of what the cookie holds."""

    operator: Operator
    session_id: str


def add_operator(services: Services, name: str, password: str) -> None:
    """Make an account. Raises OperatorRefused for a name or a password that cannot be used."""
    if not NAME.fullmatch(name):
        raise OperatorRefused(
            N_("A name has 1 to 64 small letters, digits, and . _ @ -, and begins with a letter or digit.")
        )
    operator = Operator(new_id(), name, _hashed(password), services.now())
    with services.store.writing() as conn:
        if not operators.add(conn, operator):
            raise OperatorRefused(N_("There is an operator of this name already."))
        events.note(conn, services.now(), EventCause.OPERATOR_ADDED, data=Name(name))


def set_password(services: Services, name: str, password: str) -> bool:
    """Change a password; every session of that operator ends.

    Return whether the account is open: a disabled one stays disabled.

    Raises OperatorRefused.
    """
    # Hashed before the transaction: it takes a tenth of a second, in which nobody else could write.
    hashed = _hashed(password)
    with services.store.writing() as conn:
        operator = _named(conn, name)
        operators.set_password(conn, operator.id, hashed, services.now())
        events.note(conn, services.now(), EventCause.PASSWORD_CHANGED, data=Name(name))
    return operator.disabled_at is None


def disable(services: Services, name: str) -> None:
    """Close an account and end its sessions. Raises OperatorRefused when there is none."""
    with services.store.writing() as conn:
        operators.disable(conn, _named(conn, name).id, services.now())
        events.note(conn, services.now(), EventCause.OPERATOR_DISABLED, data=Name(name))


def enable(services: Services, name: str) -> bool:
    """Open a disabled account again, with the password that it has.

    False when it was open. Raises OperatorRefused when there is none.
    """
    with services.store.writing() as conn:
        enabled = operators.enable(conn, _named(conn, name).id)
        if enabled:
            events.note(conn, services.now(), EventCause.OPERATOR_ENABLED, data=Name(name))
    return enabled


def _named(conn: Connection, name: str) -> Operator:
    operator = operators.by_name(conn, name)
    if operator is None:
        raise OperatorRefused(N_("There is no operator of this name."))
    return operator


def sign_in(services: Services, name: str, password: str, browser: str, address: str | None) -> str | None:
    """Return what the cookie of a new session holds, or None when name and password do not fit."""
    with services.store.reading() as conn:
        operator = operators.by_name(conn, name)
    # An unknown name costs as much time as a wrong password, and so does not show that it is
    # unknown.
    password_hash = operator.password_hash if operator else _nobodys_hash()
    fits = check_password_hash(password_hash, password[:LONGEST_PASSWORD])
    if not fits or operator is None or operator.disabled_at:
        # What was typed as a name may be a password: only a real one is recorded.
        with services.store.writing() as conn:
            known_name = operator.name if operator else ""
            events.note(conn, services.now(), EventCause.SIGN_IN_REFUSED, data=Name(known_name))
        return None
    token = secrets.token_urlsafe(32)
    now = services.now()
    session = OperatorSession(session_id_of(token), operator.id, browser[:LONGEST_BROWSER], address, now, now)
    with services.store.writing() as conn:
        operators.sign_in(conn, session)
        events.note(conn, services.now(), EventCause.SIGNED_IN, data=Name(operator.name))
    return token


def has_signed_in_from(services: Services, name: str, address: str) -> bool:
    """Whether an operator of this name signed in from this network address within the last
    month.
    """
    with services.store.reading() as conn:
        return operators.signed_in_from(conn, name, address)


def find_sign_in(services: Services, token: str) -> SignedIn | None:
    """Return the operator whose session a cookie's token is; None when it is over or no session."""
    session_id, now = session_id_of(token), services.now()
    with services.store.reading() as conn:
        row = operators.signed_in(conn, session_id, now - LASTS)
    if row is None:
        return None
    operator, seen_at = row
    if now - seen_at > IDLE:
        return None
    # Not at every request: it would be a write for each page.
    if now - seen_at > SEEN_EVERY:
        with services.store.writing() as conn:
            operators.note_seen(conn, session_id, now)
    return SignedIn(operator, session_id)


def sign_out(services: Services, who: SignedIn) -> None:
    """End the session of an operator in this browser."""
    with services.store.writing() as conn:
        operators.end(conn, who.operator.id, who.session_id, services.now())
        events.note(conn, services.now(), EventCause.SIGNED_OUT, data=Name(who.operator.name))


def living_sessions(services: Services, who: SignedIn) -> list[OperatorSession]:
    """Return the operator's sessions that are not over, the one used last first."""
    now = services.now()
    with services.store.reading() as conn:
        sessions = operators.sessions(conn, who.operator.id)
    return [
        session for session in sessions if now - session.seen_at <= IDLE and now - session.created_at < LASTS
    ]


def end_sessions(services: Services, who: SignedIn, session_ids: list[str]) -> int:
    """End sessions of the operator; return how many were theirs and not over."""
    with services.store.writing() as conn:
        count = sum(operators.end(conn, who.operator.id, id_, services.now()) for id_ in session_ids)
        if count:
            ended = EndedSessions(who.operator.name, count)
            events.note(conn, services.now(), EventCause.SESSION_ENDED, data=ended)
    return count


def session_id_of(token: str) -> str:
    """Return what is stored of a cookie's token."""
    return hashlib.sha256(token.encode()).hexdigest()


def _hashed(password: str) -> str:
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise OperatorRefused(N_("A password has at least 12 characters."))
    return generate_password_hash(password, HASHING)


@cache
def _nobodys_hash() -> str:
    return generate_password_hash(secrets.token_urlsafe(), HASHING)
