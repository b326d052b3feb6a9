"""Asking Kite beside the flow: figures that improve a page, which does without them when they do
not come.

Every answer is cached for a moment, and so is the lack of one: the same question is asked once. A
session has one question under way at a time.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from kite.connect.client import KiteConnect
from kite.offsite.base.asking import Answer, AnswerVerdict, ask
from kite.offsite.base.services import Services
from kite.store.people import sessions
from kite.store.people.sessions import KiteSession
from kite.vocabulary import Mode

KEEPS = timedelta(seconds=30)
KEEPS_TROUBLE = timedelta(seconds=10)
"""How long an answer, or the lack of one, is good for."""

PATIENCE = 2.0, 5.0
PATIENCE_IN_PAGE = 1.0, 1.5
"""Seconds to connect and to read: where figures are fetched for themselves, and where a page waits
for them.
"""

SILENCE = "silence"
"""The key under which it is cached that Kite does not answer a session."""

T = TypeVar("T")


def session_of(services: Services, visit: str, user_id: str | None = None) -> KiteSession | None:
    """Return the newest living session of a visit, of one Kite user if that is named; None with a
    publisher key, which has none.
    """
    if services.settings.mode is Mode.PUBLISHER:
        return None
    with services.store.reading() as conn:
        living = sessions.of_visit(conn, visit, services.now())
    return next((session for session in living if user_id in (None, session.user_id)), None)


def ask_once(
    services: Services,
    session: KiteSession | None,
    key: tuple[object, ...],
    question: Callable[[KiteConnect], T],
    patience: tuple[float, float],
) -> Answer[T] | None:
    """Return Kite's recent answer to a question, or ask; None without a session."""
    if session is None:
        return None
    # One session asks one question at a time: pages that wait for the same are served by the first.
    with services.answers.take_turn(session.id, sum(patience)) as has_turn:
        answer: Answer[T] | None = _cached(services, session, key)
        if answer is None and not has_turn:
            return Answer(AnswerVerdict.NO_ANSWER)
        if answer is None:
            answer = ask(services, session, question, patience)
            _cache(services, session, key, answer)
    return answer


def _cached(services: Services, session: KiteSession, key: tuple[object, ...]) -> Any:
    """Return the cached answer to a question, or that Kite was silent to any of the session."""
    return services.answers.get((session.id, *key)) or services.answers.get((session.id, SILENCE))


def _cache(services: Services, session: KiteSession, key: tuple[object, ...], answer: Answer[T]) -> None:
    lasts = KEEPS if answer.verdict is AnswerVerdict.ANSWERED else KEEPS_TROUBLE
    # Where Kite is silent to one question, nobody waits to find the same of the next.
    if answer.verdict is AnswerVerdict.NO_ANSWER:
        key = (SILENCE,)
    services.answers.put((session.id, *key), answer, services.now() + lasts)
