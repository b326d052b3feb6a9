from dataclasses import replace

import pytest

from kite.store.base.engine import Connection
from kite.store.flow import executions, returns
from kite.store.flow.event_causes import EventCause
from kite.store.flow.returns import Return
from kite.vocabulary import ReturnKind, ReturnVerdict, TokenAnswer
from tests.support.records import NINE, a_return, after, an_execution


@pytest.fixture
def row(conn: Connection) -> Return:
    return returns.receive(conn, a_return())


def test_a_return_comes_back_as_it_was_given_by_its_id_and_by_its_token(conn: Connection) -> None:
    execution = an_execution()
    executions.add(conn, execution, EventCause.COMPOSED)
    full = a_return(
        execution_id=execution.id,
        kind=ReturnKind.LOGIN,
        verdict=ReturnVerdict.ASK,
        next="/executions",
        claimed_at=after(seconds=1),
        answered_at=after(seconds=2),
        answer=TokenAnswer.REFUSED,
        message="Invalid `checksum`.",
        user_id="AB1234",
        sealed_token=None,
    )
    assert returns.receive(conn, full) == full
    assert returns.get(conn, full.id) == full
    assert returns.by_hash(conn, full.token_hash) == full


@pytest.mark.parametrize("made_up", ["", "nobody", "a\0b"])
def test_what_nobody_has_finds_nothing(conn: Connection, made_up: str) -> None:
    assert returns.get(conn, made_up) is None
    assert returns.by_hash(conn, made_up) is None


def test_the_first_return_of_a_token_stands(conn: Connection, row: Return) -> None:
    assert (
        returns.receive(
            conn, a_return(token_hash=row.token_hash, visit_id="another", verdict=ReturnVerdict.ASK)
        )
        == row
    )
    assert returns.by_hash(conn, row.token_hash) == row


def test_a_claim_is_won_once_and_can_be_taken_over_when_it_is_old(conn: Connection, row: Return) -> None:
    claimed = replace(row, claimed_at=after(seconds=1))
    assert returns.claim(conn, row.token_hash, after(seconds=1), after(seconds=-14)) == claimed
    assert not returns.claim(conn, row.token_hash, after(seconds=16), after(seconds=1))
    assert returns.claim(conn, row.token_hash, after(seconds=17), after(seconds=2))
    assert returns.by_hash(conn, row.token_hash).claimed_at == after(seconds=17)
    assert not returns.claim(conn, "unknown", after(seconds=1), NINE)


def test_a_return_is_claimed_as_it_arrives_and_once(conn: Connection) -> None:
    row = a_return()
    claimed = replace(row, claimed_at=row.received_at)
    assert returns.receive_and_claim(conn, row, after(seconds=-15)) == (claimed, True)
    assert returns.by_hash(conn, row.token_hash) == claimed
    again = replace(row, id="another", visit_id="another", received_at=after(seconds=1))
    assert returns.receive_and_claim(conn, again, after(seconds=-14)) == (claimed, False)
    late = replace(again, received_at=after(seconds=16))
    taken_over = replace(row, claimed_at=after(seconds=16))
    assert returns.receive_and_claim(conn, late, after(seconds=1)) == (taken_over, True)


def test_a_return_that_was_kept_for_a_question_is_claimed_when_it_comes_with_its_state(
    conn: Connection,
) -> None:
    row = returns.receive(conn, a_return(verdict=ReturnVerdict.ASK))
    own = replace(row, id="another", verdict=ReturnVerdict.OWN)
    assert returns.receive_and_claim(conn, own, NINE) == (replace(row, claimed_at=NINE), True)


@pytest.mark.parametrize("answer", [TokenAnswer.EXCHANGED, TokenAnswer.USED, TokenAnswer.REFUSED])
def test_an_answered_return_that_arrives_again_is_not_claimed(
    conn: Connection, row: Return, answer: TokenAnswer
) -> None:
    returns.answer(conn, row.token_hash, after(seconds=1), answer)
    stored = returns.by_hash(conn, row.token_hash)
    assert returns.receive_and_claim(conn, row, after(hours=1)) == (stored, False)


def test_a_token_that_comes_again_with_another_basket_or_as_a_login_is_not_claimed(conn: Connection) -> None:
    first, second = an_execution(), an_execution()
    for execution in (first, second):
        executions.add(conn, execution, EventCause.COMPOSED)
    row = returns.receive(conn, a_return(execution_id=first.id))
    for other in (
        replace(row, execution_id=second.id),
        replace(row, execution_id=None),
        replace(row, kind=ReturnKind.LOGIN),
        replace(row, kind=ReturnKind.LOGIN, execution_id=None),
    ):
        assert returns.receive_and_claim(conn, other, NINE) == (row, False)
    assert returns.receive_and_claim(conn, row, NINE) == (replace(row, claimed_at=row.received_at), True)


def test_a_claim_that_was_given_up_is_free_again(conn: Connection, row: Return) -> None:
    assert returns.claim(conn, row.token_hash, after(seconds=1), NINE)
    returns.release(conn, row.token_hash)
    assert returns.by_hash(conn, row.token_hash) == row
    assert returns.claim(conn, row.token_hash, after(seconds=2), NINE)


@pytest.mark.parametrize("answer", [TokenAnswer.EXCHANGED, TokenAnswer.USED, TokenAnswer.REFUSED])
def test_an_answer_is_kept_forgets_the_token_and_ends_all_claims(
    conn: Connection, row: Return, answer: TokenAnswer
) -> None:
    returns.claim(conn, row.token_hash, after(seconds=1), NINE)
    returns.answer(conn, row.token_hash, after(seconds=2), answer, "words", "AB1234")
    answered = replace(
        row, claimed_at=after(seconds=1), answered_at=after(seconds=2), answer=answer, message="words"
    )
    assert returns.by_hash(conn, row.token_hash) == replace(answered, user_id="AB1234", sealed_token=None)
    assert not returns.claim(conn, row.token_hash, after(hours=1), after(hours=1))


def test_a_later_answer_adds_the_execution_and_loses_nothing(conn: Connection, row: Return) -> None:
    execution = an_execution()
    executions.add(conn, execution, EventCause.COMPOSED)
    returns.answer(conn, row.token_hash, after(seconds=2), TokenAnswer.EXCHANGED, user_id="AB1234")
    returns.answer(conn, row.token_hash, after(seconds=3), TokenAnswer.EXCHANGED, execution_id=execution.id)
    stored = returns.by_hash(conn, row.token_hash)
    assert (stored.answer, stored.user_id, stored.execution_id) == (
        TokenAnswer.EXCHANGED,
        "AB1234",
        execution.id,
    )


@pytest.mark.parametrize("answer", [TokenAnswer.USED, TokenAnswer.REFUSED])
def test_an_exchange_is_not_undone_by_whoever_took_the_claim_over(
    conn: Connection, row: Return, answer: TokenAnswer
) -> None:
    returns.answer(conn, row.token_hash, after(seconds=16), TokenAnswer.EXCHANGED, user_id="AB1234")
    returns.answer(conn, row.token_hash, after(seconds=17), answer, "Token is invalid or has expired.")
    stored = returns.by_hash(conn, row.token_hash)
    assert (stored.answer, stored.message, stored.user_id) == (TokenAnswer.EXCHANGED, "", "AB1234")


def test_an_exchange_that_is_heard_late_counts_over_used(conn: Connection, row: Return) -> None:
    returns.answer(
        conn, row.token_hash, after(seconds=16), TokenAnswer.USED, "Token is invalid or has expired."
    )
    returns.answer(conn, row.token_hash, after(seconds=17), TokenAnswer.EXCHANGED, user_id="AB1234")
    assert returns.by_hash(conn, row.token_hash).answer == TokenAnswer.EXCHANGED


def test_tokens_of_old_returns_are_forgotten(conn: Connection) -> None:
    old, young = (returns.receive(conn, a_return(received_at=after(minutes=minute))) for minute in (1, 5))
    assert returns.forget_tokens(conn, after(minutes=5)) == 1
    assert returns.forget_tokens(conn, after(minutes=5)) == 0
    assert returns.by_hash(conn, old.token_hash) == replace(old, sealed_token=None)
    assert returns.by_hash(conn, young.token_hash) == young


@pytest.mark.parametrize("answer", list(TokenAnswer))
@pytest.mark.parametrize("kind", list(ReturnKind))
@pytest.mark.parametrize("verdict", list(ReturnVerdict))
def test_the_words_of_a_return_are_the_same_text_in_the_database_as_ever(
    conn: Connection, answer: TokenAnswer, kind: ReturnKind, verdict: ReturnVerdict
) -> None:
    row = returns.receive(conn, a_return(kind=kind, verdict=verdict, answer=answer))
    assert (row.kind, row.verdict, row.answer) == (kind, verdict, answer)
    assert isinstance(row.answer, TokenAnswer)
    stored = conn.exec_driver_sql("select kind, verdict, answer from returns").one()
    assert tuple(stored) == (kind.value, verdict.value, answer.value)


def test_the_words_of_a_return_stay_as_every_version_stored_them() -> None:
    """A word that is renamed here makes the rows of the version before unreadable."""
    assert [word.value for word in ReturnKind] == ["basket", "login"]
    assert [word.value for word in ReturnVerdict] == ["own", "ask"]
    assert [word.value for word in TokenAnswer] == ["", "exchanged", "used", "refused"]
