"""What comes of a question to Kite, and which sessions it ends."""

import pytest

from kite.exceptions import (
    DataException,
    GeneralException,
    InputException,
    KiteException,
    NetworkException,
    NoAnswer,
    TokenException,
)
from kite.offsite.base.asking import Answer, AnswerVerdict, answer_of, ask
from kite.store.people import sessions
from kite.store.people.sessions import KiteSession
from tests.support.records import a_session
from tests.support.site import Site

VERDICTS = [
    (TokenException("over", 403), AnswerVerdict.SESSION_OVER),
    (NoAnswer("nothing came"), AnswerVerdict.NO_ANSWER),
    (NetworkException("too many requests", 429), AnswerVerdict.NO_ANSWER),
    (InputException("no such order", 400), AnswerVerdict.REFUSED),
    (DataException("not readable"), AnswerVerdict.REFUSED),
    (GeneralException("odd", 500), AnswerVerdict.REFUSED),
]


@pytest.fixture(scope="module")
def site(module_site: Site) -> Site:
    return module_site


@pytest.fixture
def session(site: Site) -> KiteSession:
    """A living session."""
    fields = {"created_at": site.clock(), "expires_at": site.clock().replace(hour=23)}
    session = a_session(**fields)
    session = a_session(
        **fields, id=session.id, sealed_token=site.services.sealer.seal("a token", session.id)
    )
    with site.services.store.writing() as conn:
        sessions.add(conn, session)
    return session


def raising(error: KiteException) -> None:
    raise error


def is_alive(site: Site, session: KiteSession) -> bool:
    with site.services.store.reading() as conn:
        return session in sessions.of_visit(conn, session.visit_id, site.clock())


@pytest.mark.parametrize(("error", "verdict"), VERDICTS, ids=lambda value: type(value).__name__)
def test_each_way_in_which_a_question_fails_has_its_verdict(
    error: KiteException, verdict: AnswerVerdict
) -> None:
    answer = answer_of(lambda: raising(error))
    assert (answer.verdict, answer.value, answer.error) == (verdict, None, error)
    assert answer.message == error.message


def test_an_answer_is_an_answer_also_when_it_is_empty() -> None:
    assert answer_of(list) == Answer(AnswerVerdict.ANSWERED, [])
    assert answer_of(list).message == ""


def test_what_is_no_refusal_of_kite_is_not_held_back() -> None:
    with pytest.raises(ZeroDivisionError):
        answer_of(lambda: 1 / 0)


@pytest.mark.parametrize(("error", "verdict"), VERDICTS, ids=lambda value: type(value).__name__)
def test_only_a_session_that_kite_calls_over_ends_here_too(
    site: Site, session: KiteSession, error: KiteException, verdict: AnswerVerdict
) -> None:
    assert ask(site.services, session, lambda client: raising(error)).verdict is verdict
    assert is_alive(site, session) is not isinstance(error, TokenException)


def test_a_question_is_asked_in_the_session_and_with_its_patience(site: Site, session: KiteSession) -> None:
    answer = ask(site.services, session, lambda client: (client._access_token, client._timeout), (1.0, 2.5))
    assert answer == Answer(AnswerVerdict.ANSWERED, ("a token", (1.0, 2.5)))
    assert is_alive(site, session)


def test_a_session_whose_token_cannot_be_opened_is_over_and_nothing_is_asked(site: Site) -> None:
    times = {"created_at": site.clock(), "expires_at": site.clock().replace(hour=23)}
    session = a_session(**times, sealed_token="sealed with another key")
    with site.services.store.writing() as conn:
        sessions.add(conn, session)
    asked: list[object] = []
    assert ask(site.services, session, asked.append) == Answer(AnswerVerdict.SESSION_OVER)
    assert not asked and not is_alive(site, session)
