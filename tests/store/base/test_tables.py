from typing import Any

from sqlalchemy import event

from kite.store.base import migrate
from kite.store.base.engine import Connection, Store
from kite.store.flow import books, events, executions, returns
from kite.store.flow.event_causes import EventCause
from kite.store.people import sessions, stored_person
from kite.vocabulary import State, TokenAnswer
from tests.support.records import NINE, a_return, a_session, an_execution


def _everything(conn: Connection) -> None:
    """Call every function of the store once."""
    execution, row, session = an_execution(), a_return(), a_session()
    executions.add(conn, execution, EventCause.COMPOSED)
    executions.get(conn, execution.id)
    executions.move(conn, execution.id, State.PREPARED, State.HANDED_OFF, NINE, EventCause.OPENED)
    executions.assign_owner(conn, execution.id, "AB1234")
    executions.claim_read(conn, execution.id, NINE, NINE)
    executions.note_read(conn, execution.id, NINE)
    executions.awaiting_return(conn, "visit")
    executions.of_visit(conn, "visit")
    executions.parts(conn, execution.basket_id)
    executions.resends(conn, execution.id)
    executions.get_with_resends(conn, execution.id)
    executions.basket_with_resends(conn, execution.basket_id)
    executions.by_tags(conn, [execution.tag])
    executions.overdue(conn, NINE)
    events.of(conn, execution.id)
    events.of_all(conn, [execution.id])
    events.of_all(conn, [execution.id], [EventCause.BOOK_READ])
    returns.receive(conn, row)
    returns.receive_and_claim(conn, row, NINE)
    returns.get(conn, row.id)
    returns.claim(conn, row.token_hash, NINE, NINE)
    returns.release(conn, row.token_hash)
    returns.forget_tokens(conn, NINE)
    returns.answer(conn, row.token_hash, NINE, TokenAnswer.EXCHANGED)
    sessions.add(conn, session)
    sessions.active_session(conn, "visit", "AB1234", NINE)
    sessions.of_visit(conn, "visit", NINE)
    sessions.proved_users(conn, "visit")
    sessions.known_of_visit(conn, "visit", NINE)
    sessions.end(conn, session.id, NINE)
    sessions.forget_expired(conn, NINE)
    books.keep(conn, execution.id, [{"order_id": "1"}], [{"order_id": "1", "trade_id": "1"}], NINE)
    books.keep_histories(conn, execution.id, {"1": []}, NINE)
    books.of(conn, execution.id)
    books.of_all(conn, [execution.id], orders_only=True)
    stored_person.executions(conn, "visit", ["AB1234"])
    stored_person.returns(conn, "visit", ["AB1234"])
    stored_person.sessions(conn, "visit", ["AB1234"])
    stored_person.older(conn, NINE, 500)
    stored_person.erase_older_returns(conn, NINE, 500)
    stored_person.erase_older_sessions(conn, NINE, 500)
    stored_person.erase_logins(conn, "visit", ["AB1234"])
    stored_person.forget_composer(conn, "visit", ["AB1234"])
    stored_person.erase(conn, [execution.id])


def test_every_query_finds_its_rows_by_an_index(tmp_path: Any) -> None:
    url = f"sqlite:///{tmp_path}/kite.db"
    migrate.upgrade(url)
    store = Store(url)
    ran: list[tuple[str, Any]] = []
    with store.writing() as conn:
        event.listen(
            conn,
            "before_cursor_execute",
            lambda _c, _cursor, statement, values, *_: ran.append((statement, values)),
        )
        _everything(conn)
    plans = {}
    with store.reading() as conn:
        for statement, values in ran:
            if statement.startswith(("SELECT", "WITH", "UPDATE", "DELETE")):
                plans[statement] = [
                    row[-1] for row in conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
                ]
    store.close()
    assert len(plans) >= 25
    assert {
        statement: plan for statement, plan in plans.items() if not any("SEARCH" in step for step in plan)
    } == {}
