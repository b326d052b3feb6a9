"""Which executions become a Kite user's because the user's order book holds orders of them."""

import pytest

from kite.offsite.base import states
from kite.offsite.order_book.adoption import Adoption, adopt
from kite.store.flow import baselines, events, executions
from kite.store.flow.event_causes import EventCause
from kite.store.flow.executions import Execution
from kite.store.people.sessions import KiteSession
from kite.vocabulary import State
from tests.support.fault_journey import placed
from tests.support.kite_orders import order
from tests.support.records import a_session, an_execution
from tests.support.site import Site, Visitor

USER, STRANGER = "AB1234", "CD5678"


@pytest.fixture
def session() -> KiteSession:
    """A session of the Kite user whose book is read."""
    return a_session(user_id=USER)


def stored(site: Site, execution_id: str) -> Execution:
    with site.services.store.reading() as conn:
        execution = executions.get(conn, execution_id)
    assert execution
    return execution


def handed_off(site: Site, user_id: str | None = None, state: State = State.HANDED_OFF) -> Execution:
    """Store an execution; return it."""
    execution = an_execution(user_id=user_id, state=state, created_at=site.clock())
    with site.services.store.writing() as conn:
        executions.add(conn, execution, EventCause.COMPOSED)
    return execution


def adopt_tagged(site: Site, session: KiteSession, *listed: Execution) -> Adoption:
    """Adopt by a book that holds one order of each of these executions."""
    book = [order(order_id=execution.id, tag=execution.tag, tags=None) for execution in listed]
    return adopt(site.services, session, book)


def ids(*listed: Execution) -> set[str]:
    return {execution.id for execution in listed}


def test_what_is_nobodys_becomes_the_users_and_is_returned(module_site: Site, session: KiteSession) -> None:
    execution = handed_off(module_site)
    adoption = adopt_tagged(module_site, session, execution)
    assert [(adopted.id, adopted.user_id) for adopted in adoption.adopted] == [(execution.id, USER)]
    assert not adoption.earlier and not adoption.others
    current = stored(module_site, execution.id)
    assert (current.user_id, current.state) == (USER, State.RETURNED)
    with module_site.services.store.reading() as conn:
        assert [event.cause for event in events.of(conn, execution.id)][1:] == [EventCause.FOUND_BY_TAG]


def test_what_was_the_users_is_returned_too_and_what_has_settled_stays_so(
    module_site: Site, session: KiteSession
) -> None:
    waiting, settled = (
        handed_off(module_site, USER, State.UNKNOWN),
        handed_off(module_site, USER, State.SETTLED),
    )
    adoption = adopt_tagged(module_site, session, waiting, settled)
    assert ids(*adoption.earlier) == ids(*adoption.own) == ids(waiting, settled)
    assert stored(module_site, waiting.id).state is State.RETURNED
    assert stored(module_site, settled.id).state is State.SETTLED


def test_what_is_another_users_stays_so(module_site: Site, session: KiteSession) -> None:
    execution = handed_off(module_site, STRANGER)
    adoption = adopt_tagged(module_site, session, execution)
    assert ids(*adoption.others) == ids(execution) and not adoption.own
    current = stored(module_site, execution.id)
    assert (current.user_id, current.state) == (STRANGER, State.HANDED_OFF)


def test_what_another_user_got_meanwhile_is_theirs(
    module_site: Site, session: KiteSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    execution = handed_off(module_site)
    of_all = baselines.of_all

    def overtaken(conn: object, ids: list[str]) -> dict[str, frozenset[str]]:
        with module_site.services.store.writing() as other:
            executions.assign_owner(other, execution.id, STRANGER)
        return of_all(conn, ids)  # type: ignore[arg-type]

    monkeypatch.setattr(baselines, "of_all", overtaken)
    adoption = adopt_tagged(module_site, session, execution)
    assert ids(*adoption.others) == ids(execution) and not adoption.own
    assert stored(module_site, execution.id).user_id == STRANGER


@pytest.mark.parametrize("owner", [None, USER])
@pytest.mark.parametrize("moved_to", [State.CANCELLED, State.UNKNOWN])
def test_what_was_moved_while_its_orders_were_looked_up_is_returned_all_the_same(
    module_site: Site,
    session: KiteSession,
    monkeypatch: pytest.MonkeyPatch,
    owner: str | None,
    moved_to: State,
) -> None:
    execution = handed_off(module_site, owner)
    of_all = baselines.of_all

    def overtaken(conn: object, ids: list[str]) -> dict[str, frozenset[str]]:
        with module_site.services.store.writing() as other:
            states.move(other, execution, moved_to, module_site.clock(), EventCause.SAID_CANCELLED)
        return of_all(conn, ids)  # type: ignore[arg-type]

    monkeypatch.setattr(baselines, "of_all", overtaken)
    adopt_tagged(module_site, session, execution)
    current = stored(module_site, execution.id)
    assert (current.user_id, current.state) == (USER, State.RETURNED)


def test_orders_that_were_there_before_the_hand_off_make_nobody_the_owner(
    module_site: Site, session: KiteSession
) -> None:
    own, strangers = handed_off(module_site), handed_off(module_site, STRANGER)
    with module_site.services.store.writing() as conn:
        for execution in (own, strangers):
            baselines.keep(conn, execution.id, [execution.id], module_site.clock())
    assert adopt_tagged(module_site, session, own, strangers) == Adoption()
    current = stored(module_site, own.id)
    assert (current.user_id, current.state) == (None, State.HANDED_OFF)


def confirm_in_another_browser(site: Site, execution_id: str, back: str) -> Visitor:
    """Open a return in a browser that did not compose the basket, and say that one placed it."""
    visitor = site.visitor()
    page = visitor.get(visitor.get(back, status=303).location, status=200)
    answer = visitor.post(page.request.path, status=303)
    assert answer.location != f"/executions/{execution_id}"
    return visitor


def test_return_in_another_browser_gives_no_basket_to_whom_only_an_earlier_order_belongs(site: Site) -> None:
    person = site.visitor()
    execution_id = person.compose({})
    back = person.place(execution_id)
    (earlier,) = placed(site, stored(site, execution_id).tag)
    with site.services.store.writing() as conn:
        baselines.keep(conn, execution_id, [earlier["order_id"]], site.clock())
    other = confirm_in_another_browser(site, execution_id, back)
    execution = stored(site, execution_id)
    assert (execution.user_id, execution.state) == (None, State.HANDED_OFF)
    other.receipt(execution_id, status=404)
