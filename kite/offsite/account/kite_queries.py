"""Asking Kite beside the flow: figures that a page is better with, and does without when they do not come.

Every answer is kept for a moment, so that whoever asks the same asks once; so is the lack of one. A session
has one question under way at a time.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TypeVar

from kite.connect.client import KiteConnect
from kite.exceptions import KiteException, NetworkException, NoAnswer, TokenException
from kite.offsite.base.services import Services
from kite.offsite.order_book import reconcile
from kite.store.people import sessions
from kite.store.people.sessions import KiteSession
from kite.vocabulary import Mode

KEEPS = timedelta(seconds=30)
KEEPS_TROUBLE = timedelta(seconds=10)
"""How long an answer, or the lack of one, is good for."""

PATIENCE = 2.0, 5.0
PATIENCE_IN_PAGE = 1.0, 1.5
"""Seconds to connect and to read: where figures are fetched for themselves, and where a page waits for
them.
"""

T = TypeVar("T")


class MissingReason(StrEnum):
    """Why Kite's figures are missing."""

    SESSION_OVER = "session_over"
    NO_ANSWER = "no_answer"
    REFUSED = "refused"


@dataclass(frozen=True)
class MissingFigures:
    """What stands in place of figures; `message` is Kite's own sentence when it refused."""

    why: MissingReason
    message: str = ""


def session_of(services: Services, visit: str, user_id: str | None = None) -> KiteSession | None:
    """Return the newest living session of a visit, of one Kite user if that is named; None with a publisher
    key, which has none.
    """
    if services.settings.mode is Mode.PUBLISHER:
        return None
    with services.store.reading() as conn:
        living = sessions.of_visit(conn, visit, services.now())
    return next((each for each in living if user_id in (None, each.user_id)), None)


def ask_once(
    services: Services,
    session: KiteSession | None,
    what: tuple[object, ...],
    question: Callable[[KiteConnect], T],
    patience: tuple[float, float],
) -> T | MissingFigures | None:
    """Return what Kite answered in a session lately, or ask: one question of a session at a time.

    None without a session.
    """
    if session is None:
        return None
    key, silence = (session.id, *what), (session.id, "silence")
    with services.answers.take_turn(session.id, sum(patience)) as taken:
        answer: T | MissingFigures | None = services.answers.get(key, services.now()) or services.answers.get(
            silence, services.now()
        )
        if answer is None and not taken:
            return MissingFigures(MissingReason.NO_ANSWER)
        if answer is None:
            answer = ask(services, session, question, patience)
            trouble = isinstance(answer, MissingFigures)
            # Where Kite is silent to one question, nobody waits to hear the same of the next.
            kept_as = silence if answer == MissingFigures(MissingReason.NO_ANSWER) else key
            services.answers.put(kept_as, answer, services.now() + (KEEPS_TROUBLE if trouble else KEEPS))
    return answer


def ask(
    services: Services,
    session: KiteSession,
    question: Callable[[KiteConnect], T],
    patience: tuple[float, float],
) -> T | MissingFigures:
    """Ask Kite in a session. One that Kite calls over is ended here too."""
    client = reconcile.client_for(services, session)
    if client is None:
        return MissingFigures(MissingReason.SESSION_OVER)
    try:
        return question(client.with_timeout(*patience))
    except TokenException:
        reconcile.end_session(services, session)
        return MissingFigures(MissingReason.SESSION_OVER)
    except (NoAnswer, NetworkException):
        return MissingFigures(MissingReason.NO_ANSWER)
    except KiteException as error:
        return MissingFigures(MissingReason.REFUSED, error.message)


def answer_or_none(answer: T | MissingFigures | None) -> T | None:
    """Return an answer, None in place of trouble."""
    return None if isinstance(answer, MissingFigures) else answer
