"""What a return asks of the database, and what is committed before Kite is asked."""

import pytest

from kite.connect.client import KiteConnect
from kite.offsite.journey.token_exchange import token_hash
from kite.store.flow import events, executions, returns
from kite.store.flow.event_causes import EventCause
from kite.vocabulary import State
from tests.support.site import HOST
from tests.support.statements import database_use


@pytest.fixture
def person(site):
    """Somebody whose browser has a visit, at a site where a return was seen before."""
    person = site.visitor()
    person.buy()
    return person


def login_return(person):
    """Log in at Kite; return the address that Kite sends the browser back to."""
    login = person.post("/session/login", status=303, next="/executions").location
    page = person.client.get(login.removeprefix(HOST), base_url=HOST)
    return person.decide(page, "approve")


def test_a_return_reads_once_and_writes_before_and_after_kite_is_asked(person, site):
    execution_id = person.compose({})
    address = person.place(execution_id)
    with database_use(site.services.store) as use:
        answer = person.get(address, status=303)
    assert answer.location == f"/executions/{execution_id}"
    use.check(statements=9, connections=3, writes=2)


def test_a_return_that_is_opened_again_takes_no_more(person, site):
    execution_id = person.compose({})
    address = person.place(execution_id)
    person.get(address, status=303)
    with database_use(site.services.store) as use:
        person.get(address, status=303)
    use.check(statements=6, connections=2, writes=1)


def test_a_login_reads_nothing_and_writes_before_and_after_kite_is_asked(person, site):
    address = login_return(person)
    with database_use(site.services.store) as use:
        assert person.get(address, status=303).location == "/executions"
    use.check(statements=5, connections=2, writes=2)


def test_a_cancel_takes_one_connection_however_many_baskets_were_placed(person, site):
    for _ in range(5):
        person.buy()
    execution_id = person.compose({})
    person.form_of(execution_id)
    with database_use(site.services.store) as use:
        answer = person.get("/redirect?status=cancelled", status=303)
    assert answer.location == f"/executions/{execution_id}"
    use.check(statements=5, connections=1, writes=1)


def test_a_question_takes_a_connection_for_reading_and_one_for_what_is_kept(person, site):
    execution_id = person.compose({})
    address = person.place(execution_id)
    stranger = site.visitor()
    stranger.get("/executions", status=200)
    with database_use(site.services.store) as use:
        question = stranger.get(address, status=303).location
    use.check(statements=3, connections=2, writes=1)
    with database_use(site.services.store) as use:
        stranger.get(question, status=200)
    use.check(statements=2, connections=1)
    token = stranger.csrf_token()
    with database_use(site.services.store) as use:
        answer = stranger.post(question, status=303, token=False, csrf_token=token)
    assert answer.location == f"/executions/{execution_id}"
    use.check(statements=12, connections=5, writes=3)


@pytest.mark.parametrize("kind", ["basket", "login"])
def test_the_claim_is_committed_and_no_connection_is_held_while_kite_is_asked(
    person, site, monkeypatch, kind
):
    execution_id = person.compose({})
    address = person.place(execution_id) if kind == "basket" else login_return(person)
    state = State.RETURNED if kind == "basket" else State.PREPARED
    generate_session, calls = KiteConnect.generate_session, []

    def look_before(connect, request_token):
        with site.services.store.reading() as conn:
            row = returns.by_hash(conn, token_hash(request_token))
            in_use = conn.engine.pool.checkedout()
            calls.append((row.claimed_at, executions.get(conn, execution_id).state, in_use))
        return generate_session(connect, request_token)

    monkeypatch.setattr(KiteConnect, "generate_session", look_before)
    person.get(address, status=303)
    assert calls == [(site.clock(), state, 1)], "the one connection is the look's own"


@pytest.mark.parametrize(
    ("moves", "state"),
    [
        ([State.RETURNED], State.RETURNED),
        ([State.RETURNED, State.SETTLED], State.SETTLED),
        ([State.CANCELLED], State.RETURNED),
        ([State.UNKNOWN], State.RETURNED),
    ],
    ids=["reported", "settled", "called cancelled", "given up"],
)
def test_a_basket_that_moves_while_its_return_is_read_is_recorded_as_come_back(
    person, site, monkeypatch, moves, state
):
    execution_id = person.compose({})
    address = person.place(execution_id)
    seal = site.services.sealer.seal

    def move_and_seal(text, bound_to):
        """Between the reading of the execution and its first change, somebody else moves it."""
        with site.services.store.writing() as conn:
            for to_state in moves:
                current = executions.get(conn, execution_id)
                executions.move(
                    conn, execution_id, current.state, to_state, site.clock(), EventCause.POSTBACK
                )
        monkeypatch.setattr(site.services.sealer, "seal", seal)
        return seal(text, bound_to)

    site.clock.advance(5)
    monkeypatch.setattr(site.services.sealer, "seal", move_and_seal)
    assert person.get(address, status=303).location == f"/executions/{execution_id}"
    with site.services.store.reading() as conn:
        execution = executions.get(conn, execution_id)
        causes = [event.cause for event in events.of(conn, execution_id)]
    assert execution.state is state
    assert (execution.read_at is not None) == (state is State.SETTLED), "a settled one is read anew"
    assert causes.count(EventCause.CAME_BACK) == causes.count(EventCause.TOKEN_EXCHANGED) == 1


def test_a_settled_basket_is_not_moved_when_its_return_is_opened_again(person, site):
    execution_id = person.compose({})
    address = person.place(execution_id)
    person.get(address, status=303)
    site.clock.advance(5)
    assert person.receipt(execution_id)["state"] == "settled"
    person.get(address, status=303)
    with site.services.store.reading() as conn:
        assert executions.get(conn, execution_id).state is State.SETTLED
        states = [event.to_state for event in events.of(conn, execution_id) if event.to_state]
    assert states == [State.PREPARED, State.HANDED_OFF, State.RETURNED, State.SETTLED]
