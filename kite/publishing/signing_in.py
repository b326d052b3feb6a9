"""Operators' accounts and their sign-ins: who runs the site, and until when a browser may act for them."""

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
from kite.store.flow.events import Event
from kite.store.people import operators
from kite.store.people.operators import Operator, OperatorSession
from kite.vocabulary import N_, EventCause

NAME = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")
SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 1000
"""Characters. Length is what makes a password strong; a very long one would only cost time."""

HASHING = "scrypt:32768:8:1"
"""How a password is hashed: 32 MB of memory and a tenth of a second, Werkzeug's own measure, written here so
that it is chosen.
"""

LASTS = timedelta(days=7)
IDLE = timedelta(hours=12)
"""How long a sign-in lasts at most, and how long without being used."""

SEEN_EVERY = timedelta(minutes=1)
"""How often the last use is written down."""

LONGEST_BROWSER = 200


class OperatorRefused(KiteError):
    """An account cannot be made or found so. The sentence says why."""


@dataclass(frozen=True)
class SignedIn:
    """An operator in one browser. `session_id` is the stored hash of what the cookie holds."""

    operator: Operator
    session_id: str


def add_operator(services: Services, name: str, password: str) -> None:
    """Make an account. Raises OperatorRefused for a name or a password that is no good."""
    if not NAME.fullmatch(name):
        raise OperatorRefused(
            N_("A name has 1 to 64 small letters, digits, and . _ @ -, and begins with a letter or digit.")
        )
    made = Operator(new_id(), name, _hashed(password), services.now())
    with services.store.writing() as conn:
        if not operators.add(conn, made):
            raise OperatorRefused(N_("There is an operator of this name already."))
        events.add(conn, Event(services.now(), None, None, None, EventCause.OPERATOR_ADDED, name))


def set_password(services: Services, name: str, password: str) -> bool:
    """Change a password; every session of that operator ends.

    Return whether the account is open: a disabled one stays disabled.

    Raises OperatorRefused.
    """
    hashed = _hashed(password)
    with services.store.writing() as conn:
        operator = _named(conn, name)
        operators.set_password(conn, operator.id, hashed, services.now())
        events.add(conn, Event(services.now(), None, None, None, EventCause.PASSWORD_CHANGED, name))
    return operator.disabled_at is None


def disable(services: Services, name: str) -> None:
    """Close an account and end its sessions. Raises OperatorRefused when there is none."""
    with services.store.writing() as conn:
        operators.disable(conn, _named(conn, name).id, services.now())
        events.add(conn, Event(services.now(), None, None, None, EventCause.OPERATOR_DISABLED, name))


def enable(services: Services, name: str) -> bool:
    """Open a disabled account again, with the password that it has.

    False when it was open. Raises OperatorRefused when there is none.
    """
    with services.store.writing() as conn:
        enabled = operators.enable(conn, _named(conn, name).id)
        if enabled:
            events.add(conn, Event(services.now(), None, None, None, EventCause.OPERATOR_ENABLED, name))
    return enabled


def _named(conn: Connection, name: str) -> Operator:
    operator = operators.named(conn, name)
    if operator is None:
        raise OperatorRefused(N_("There is no operator of this name."))
    return operator


def sign_in(services: Services, name: str, password: str, browser: str, address: str | None) -> str | None:
    """Return what the cookie of a new session holds, or None when name and password do not fit."""
    with services.store.reading() as conn:
        found = operators.named(conn, name)
    # An unknown name costs as much time as a wrong password, and so does not tell that it is unknown.
    fits = check_password_hash(found.password_hash if found else _nobodys_hash(), password[:LONGEST_PASSWORD])
    if not fits or found is None or found.disabled_at:
        with services.store.writing() as conn:
            # What was typed as a name may be a password: only a real one is written down.
            events.add(
                conn,
                Event(
                    services.now(), None, None, None, EventCause.SIGN_IN_REFUSED, found.name if found else ""
                ),
            )
        return None
    token = secrets.token_urlsafe(32)
    session = OperatorSession(
        session_id_of(token), found.id, browser[:LONGEST_BROWSER], address, services.now(), services.now()
    )
    with services.store.writing() as conn:
        operators.sign_in(conn, session)
        events.add(conn, Event(services.now(), None, None, None, EventCause.SIGNED_IN, found.name))
    return token


def has_signed_in_from(services: Services, name: str, address: str) -> bool:
    """Whether an operator of this name signed in from this network address within the last month."""
    with services.store.reading() as conn:
        return operators.signed_in_from(conn, name, address)


def find_sign_in(services: Services, token: str) -> SignedIn | None:
    """Return whose session a cookie's token is; None when it is over or nobody's."""
    session_id, now = session_id_of(token), services.now()
    with services.store.reading() as conn:
        found = operators.signed_in(conn, session_id, now - LASTS)
    if found is None:
        return None
    operator, seen_at = found
    if now - seen_at > IDLE:
        return None
    if now - seen_at > SEEN_EVERY:
        with services.store.writing() as conn:
            operators.seen(conn, session_id, now)
    return SignedIn(operator, session_id)


def sign_out(services: Services, who: SignedIn) -> None:
    """End the session at hand."""
    with services.store.writing() as conn:
        operators.end(conn, who.operator.id, who.session_id, services.now())
        events.add(conn, Event(services.now(), None, None, None, EventCause.SIGNED_OUT, who.operator.name))


def living_sessions(services: Services, who: SignedIn) -> list[OperatorSession]:
    """Return the operator's sessions that still count, the one used last first."""
    now = services.now()
    with services.store.reading() as conn:
        found = operators.sessions(conn, who.operator.id)
    return [each for each in found if now - each.seen_at <= IDLE and now - each.created_at < LASTS]


def end_sessions(services: Services, who: SignedIn, session_ids: list[str]) -> int:
    """End sessions of the operator; return how many were theirs and lived."""
    with services.store.writing() as conn:
        ended = sum(operators.end(conn, who.operator.id, each, services.now()) for each in session_ids)
        if ended:
            events.add(
                conn,
                Event(
                    services.now(), None, None, None, EventCause.SESSION_ENDED, f"{who.operator.name} {ended}"
                ),
            )
    return ended


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
