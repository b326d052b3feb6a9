"""Asking Kite: one way to ask, and one type of what comes of it.

Every caller acts differently on an answer, a session that is over, silence and a refusal, so this is
the one place that distinguishes them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from kite.connect.client import KiteConnect
from kite.exceptions import KiteException, NetworkException, NoAnswer, TokenException
from kite.offsite.base.services import Services
from kite.store.people import sessions
from kite.store.people.sessions import KiteSession

T = TypeVar("T")


class AnswerVerdict(StrEnum):
    """How a question to Kite ended."""

    ANSWERED = "answered"
    SESSION_OVER = "session_over"
    """The session, or the token that was asked about, is over or was never good."""
    NO_ANSWER = "no_answer"
    """Kite is out of reach: the next question would wait as long."""
    REFUSED = "refused"
    """Kite answered with a refusal of another kind, or with something that cannot be read."""


@dataclass(frozen=True)
class Answer(Generic[T]):
    """What came of a question.

    `value` is what Kite answered, and None under every other verdict; `error` is what was raised
    instead, None also where nothing could be asked.
    """

    verdict: AnswerVerdict
    value: T | None = None
    error: KiteException | None = None

    @property
    def message(self) -> str:
        """Kite's own sentence when it refused; "" when there is none."""
        return self.error.message if self.error else ""


def answer_of(call: Callable[[], T]) -> Answer[T]:
    """Return what comes of one call of Kite's API. It ends no session."""
    try:
        return Answer(AnswerVerdict.ANSWERED, call())
    except TokenException as error:
        return Answer(AnswerVerdict.SESSION_OVER, error=error)
    except (NoAnswer, NetworkException) as error:
        return Answer(AnswerVerdict.NO_ANSWER, error=error)
    except KiteException as error:
        return Answer(AnswerVerdict.REFUSED, error=error)


def ask(
    services: Services,
    session: KiteSession,
    question: Callable[[KiteConnect], T],
    patience: tuple[float, float] | None = None,
) -> Answer[T]:
    """Ask Kite in a session, and return what comes of it. A session that Kite calls over is ended
    here too.

    `patience` is seconds to connect and to wait, where they are not the usual ones. No connection to
    the database may be open meanwhile: Kite can take long.
    """
    client = client_for(services, session)
    if client is None:
        return Answer(AnswerVerdict.SESSION_OVER)
    patient = client.with_timeout(*patience) if patience else client
    answer = answer_of(lambda: question(patient))
    if answer.verdict is AnswerVerdict.SESSION_OVER:
        end_session(services, session)
    return answer


def client_for(services: Services, session: KiteSession) -> KiteConnect | None:
    """Return a client that acts in `session`; None, with the session ended, when its token cannot
    be opened any more.
    """
    token = services.sealer.open(session.sealed_token or "", session.id)
    if token is None:
        end_session(services, session)
        return None
    return services.connect.with_token(token)


def end_session(services: Services, session: KiteSession) -> None:
    """Record that a session is over and erase its token."""
    with services.store.writing() as conn:
        sessions.end(conn, session.id, services.now())
