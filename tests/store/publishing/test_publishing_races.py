"""Of any number of callers at the same moment one redeems a code, and a link is used no more often
than it may be. Erasing takes all of it.
"""

from dataclasses import replace

from kite.store.base.engine import Connection, Store
from kite.store.flow import codes, executions
from kite.store.flow.codes import ApiToken
from kite.store.flow.event_causes import EventCause
from kite.store.people import stored_person
from kite.store.publishing import links, presses, published
from tests.store.flow.test_races import CALLERS, LATER, at_once
from tests.store.publishing.test_published import FIRST, FIVE, LINK, PRESS
from tests.support.records import NINE, an_execution

TOKEN = ApiToken("t1", "the app", "hash", NINE, "asha")


def begin(store: Store) -> str:
    """Keep a basket, a link, and an execution with its code; return the execution's id."""
    execution = an_execution()
    with store.writing() as conn:
        published.add(conn, FIVE, FIRST)
        links.add(conn, replace(LINK, most_uses=7))
        executions.add(conn, execution, EventCause.COMPOSED)
        codes.add_token(conn, TOKEN)
        codes.add(conn, "code", execution.id, NINE)
    return execution.id


def press(conn: Connection, number: int) -> bool:
    """Press with the handle that all share; whoever is not the first leaves nothing."""
    execution = an_execution()
    executions.add(conn, execution, EventCause.COMPOSED)
    return presses.add(conn, replace(PRESS, execution_id=execution.id, handle="shared"))


def test_of_fifty_who_act_at_once_one_redeems_one_has_the_handle_and_seven_use_the_link(store: Store) -> None:
    execution_id = begin(store)
    redeemed = at_once(store, lambda conn, _: codes.redeem(conn, "code", "t1", NINE + LATER, NINE - LATER))
    assert sorted(redeemed, key=str) == sorted([execution_id] + [None] * (CALLERS - 1), key=str)
    assert at_once(store, lambda conn, _: links.use(conn, "l1", NINE)).count(True) == 7
    assert at_once(store, press).count(True) == 1


def test_a_press_and_a_redeemed_code_are_erased_with_their_execution_and_the_link_stays(store: Store) -> None:
    execution_id = begin(store)
    with store.writing() as conn:
        presses.add(conn, replace(PRESS, execution_id=execution_id))
        codes.redeem(conn, "code", "t1", NINE + LATER, NINE - LATER)
        stored_person.erase(conn, [execution_id])
    with store.reading() as conn:
        assert executions.get(conn, execution_id) is presses.of(conn, execution_id) is None
        assert not codes.was_issued(conn, "code")
        assert links.get(conn, "l1") == replace(LINK, most_uses=7)
