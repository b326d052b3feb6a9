"""How often a page asks the database: its statements are counted, and the connections that it takes."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.support.offered import publish
from tests.support.site import HOST, inputs
from tests.support.statements import DatabaseUse, database_use

DAY = 24 * 60 * 60


@pytest.fixture
def person(site):
    return site.visitor()


@contextmanager
def counted(site, *, statements: int, connections: int, writes: int = 0) -> Iterator[DatabaseUse]:
    """Fail after the block when it asked for more than this."""
    with database_use(site.services.store) as use:
        yield use
    use.check(statements=statements, connections=connections, writes=writes)


def settled(site, person) -> str:
    execution_id = person.buy({}, {"tradingsymbol": "SBIN"})
    for _ in range(14):
        site.clock.advance(5)
        receipt = person.receipt(execution_id)
    assert receipt["state"] == "settled"
    return execution_id


def placed(person) -> str:
    """Return an execution whose person is back, and whose order book is not read yet."""
    execution_id = person.compose({}, {"tradingsymbol": "SBIN"})
    person.get(person.place(execution_id), status=303)
    return execution_id


@pytest.mark.parametrize("kind", ["", ".json"])
def test_a_settled_receipt_is_read_on_one_connection(site, person, kind):
    path = f"/executions/{settled(site, person)}{kind}"
    with counted(site, statements=7, connections=1):
        person.client.get(path, base_url=HOST)


def test_a_settled_receipt_that_has_not_changed_costs_no_more(site, person):
    path = f"/executions/{settled(site, person)}"
    mark = person.get(path, status=200).headers["ETag"]
    with counted(site, statements=7, connections=1):
        person.get(path, status=304, headers={"If-None-Match": mark})


def test_a_settled_receipt_whose_session_is_over_costs_no_more(site, person):
    execution_id = settled(site, person)
    site.clock.advance(DAY)
    with counted(site, statements=7, connections=1):
        person.client.get(f"/executions/{execution_id}", base_url=HOST)


def test_a_first_receipt_reads_kite_between_two_snapshots(site, person):
    execution_id = placed(person)
    with counted(site, statements=23, connections=5, writes=3):
        person.client.get(f"/executions/{execution_id}", base_url=HOST)


def test_a_first_receipt_as_data_costs_no_more(site, person):
    execution_id = placed(person)
    with counted(site, statements=23, connections=5, writes=3):
        person.receipt(execution_id)


def test_a_refresh_in_the_second_of_a_reading_only_looks(site, person):
    path = f"/executions/{placed(person)}"
    mark = person.get(path, status=200).headers["ETag"]
    with counted(site, statements=7, connections=1):
        person.get(path, status=304, headers={"If-None-Match": mark})


def test_a_hand_off_page_reads_once_and_writes_once(site, person):
    execution_id = person.compose({}, {"tradingsymbol": "SBIN"})
    with counted(site, statements=4, connections=2, writes=1):
        person.client.get(f"/handoff/{execution_id}", base_url=HOST)


def test_a_hand_off_page_that_is_opened_again_writes_nothing(site, person):
    execution_id = person.compose({}, {"tradingsymbol": "SBIN"})
    person.get(f"/handoff/{execution_id}", status=200)
    with counted(site, statements=2, connections=1):
        person.client.get(f"/handoff/{execution_id}", base_url=HOST)


def test_a_page_of_the_archive_is_read_on_one_connection(site, person):
    for _ in range(2):
        settled(site, person)
    person.compose({})
    with counted(site, statements=7, connections=1):
        person.client.get("/executions", base_url=HOST)


def test_a_press_of_a_published_basket_reads_once_and_writes_once(site, person):
    publish(site.services)
    page = person.get("/b/large-five", status=200).text
    fields = inputs(page.partition('<form id="start"')[2].partition("</form>")[0])
    with counted(site, statements=8, connections=2, writes=1):
        answer = person.client.post(
            "/b/large-five/handoff", data=fields, base_url=HOST, headers={"Origin": HOST}
        )
    assert answer.status_code == 303
    with counted(site, statements=5, connections=2, writes=1):
        person.client.get(answer.location, base_url=HOST)


def test_the_receipt_of_a_part_shows_the_others_on_the_same_connection(site, person):
    sell = {"transaction_type": "SELL", "product": "MIS"}
    first = person.compose(sell, {"tradingsymbol": "SBIN"}, sequence="sells_first")
    person.get(person.place(first), status=303)
    for _ in range(14):
        site.clock.advance(5)
        receipt = person.receipt(first)
    assert receipt["state"] == "settled"
    with counted(site, statements=13, connections=1):
        person.client.get(f"/executions/{first}", base_url=HOST)


def test_no_connection_is_held_while_kite_is_asked(site, person, monkeypatch):
    execution_id = placed(person)
    with site.services.store.reading() as conn:
        pool = conn.engine.pool
    held = []
    ask = type(site.services.connect)._request

    def watched(client, *args, **options):
        held.append(pool.checkedout())
        return ask(client, *args, **options)

    monkeypatch.setattr(type(site.services.connect), "_request", watched)
    person.get(f"/executions/{execution_id}", status=200)
    assert held
    assert set(held) == {0}
