from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from kite.basket.items import to_data
from kite.store import executions, links, presses, published
from kite.store.engine import Connection
from kite.store.links import Link
from kite.store.presses import Press, Tally
from kite.store.published import Published, Version
from kite.vocabulary import Cause, State
from tests.support.records import NINE, after, an_execution

FIVE = Published("p1", "large-five", 1, None, NINE)
DATA = to_data(an_execution().items)
FIRST = Version("p1", 1, "a91f", "Large five", "Held long.", "A. Author", "INH000000000", "Risk.", None, None, DATA, "", "", NINE, "asha")
LINK = Link("l1", "p1", "client 7", "{}", after(hours=1), 2, 0, NINE, "asha")
PRESS = Press("e1", "p1", 1, "a91f", "l1", "client 7", "{}", "https://blog.example", "h1", "", NINE)


def test_a_slug_is_given_once_and_leads_to_the_newest_version(conn: Connection) -> None:
    assert published.add(conn, FIVE, FIRST)
    assert not published.add(conn, replace(FIVE, id="p2"), replace(FIRST, published_id="p2"))
    second = replace(FIRST, number=2, title="Large five, changed", created_at=after(minutes=1))
    assert published.change(conn, second)
    assert not published.change(conn, replace(second, title="Somebody else's")), "two who change at once do not overwrite each other"
    assert published.by_slug(conn, "large-five") == (replace(FIVE, version=2), second)
    assert published.by_slug(conn, "../large-five") is None
    assert [each.number for each in published.versions(conn, "p1")] == [2, 1]
    assert published.version(conn, "p1", 1).items == an_execution().items


def test_a_basket_is_paused_and_offered_again_by_one_caller(conn: Connection) -> None:
    published.add(conn, FIVE, FIRST)
    assert published.pause(conn, "p1", after(minutes=1))
    assert not published.pause(conn, "p1", after(minutes=2))
    assert published.get(conn, "p1")[0].paused_at == after(minutes=1)
    assert published.go_on(conn, "p1")
    assert not published.go_on(conn, "p1")
    assert published.every(conn) == [(FIVE, FIRST)]


def test_a_link_is_used_so_often_and_not_after_its_end(conn: Connection) -> None:
    published.add(conn, FIVE, FIRST)
    links.add(conn, LINK)
    assert not links.use(conn, "l1", after(hours=1))
    assert [links.use(conn, "l1", NINE) for _ in range(3)] == [True, True, False]
    assert links.get(conn, "l1").uses == 2


def test_a_revoked_link_is_worth_nothing(conn: Connection) -> None:
    published.add(conn, FIVE, FIRST)
    links.add(conn, LINK)
    assert links.revoke(conn, "l1", NINE)
    assert not links.revoke(conn, "l1", after(seconds=1))
    assert not links.use(conn, "l1", NINE)
    assert links.of(conn, "p1") == [replace(LINK, revoked_at=NINE)]


def test_a_press_is_found_by_its_execution_and_by_its_handle(conn: Connection) -> None:
    published.add(conn, FIVE, FIRST)
    links.add(conn, LINK)
    execution = an_execution()
    executions.add(conn, execution, Cause.COMPOSED)
    press = replace(PRESS, execution_id=execution.id)
    presses.add(conn, press)
    assert presses.of(conn, execution.id) == presses.by_handle(conn, "h1") == press
    assert presses.by_handle(conn, "h2") is None
    assert presses.of_basket(conn, "p1") == [Tally(State.PREPARED, False, "", 1)]
    days = [NINE - timedelta(days=1), NINE - timedelta(hours=1), NINE + timedelta(hours=1)]
    assert presses.tallies(conn, days) == [Tally(State.PREPARED, False, "", 1, 1, "p1")]
    assert presses.tallies(conn, [days[2], after(days=1)]) == []
    executions.move(conn, execution.id, State.PREPARED, State.HANDED_OFF, NINE, Cause.OPENED)
    executions.note_outcomes(conn, execution.id, ["open"], Decimal("1448.35"))
    later = an_execution(basket_id=execution.basket_id, part=2)
    executions.add(conn, later, Cause.COMPOSED)
    presses.add(conn, replace(press, execution_id=later.id, handle=None))
    assert presses.of_basket(conn, "p1") == [Tally(State.HANDED_OFF, True, ",open,", 1)]
    executions.note_outcomes(conn, later.id, ["open"], Decimal("0.05"))
    assert presses.traded_of_basket(conn, "p1") == Decimal("1448.40"), "of every part"
    assert presses.traded(conn, days[0]) == {"p1": Decimal("1448.40")}
    assert presses.traded(conn, after(days=1)) == {}
    assert presses.traded_of_basket(conn, "p2") == 0
