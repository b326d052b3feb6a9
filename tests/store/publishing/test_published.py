from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from kite.basket.basket_data import to_data
from kite.store.base.engine import Connection
from kite.store.flow import executions
from kite.store.flow.event_causes import EventCause
from kite.store.publishing import links, presses, published
from kite.store.publishing.links import Link
from kite.store.publishing.presses import Press, Tally
from kite.store.publishing.published import Published, Version
from kite.vocabulary import State
from tests.support.records import NINE, after, an_execution

FIVE = Published("p1", "large-five", 1, None, NINE)
DATA = to_data(an_execution().items)
FIRST = Version(
    "p1",
    1,
    "a91f",
    "Large five",
    "Held long.",
    "A. Author",
    "INH000000000",
    "Risk.",
    None,
    None,
    DATA,
    "",
    "",
    NINE,
    "asha",
)
LINK = Link("l1", "p1", "client 7", "{}", after(hours=1), 2, 0, NINE, "asha")
PRESS = Press("e1", "p1", 1, "a91f", "l1", "client 7", "{}", "https://blog.example", "h1", "", NINE)


def test_a_slug_is_given_once_and_leads_to_the_newest_version(conn: Connection) -> None:
    assert published.add(conn, FIVE, FIRST)
    assert not published.add(conn, replace(FIVE, id="p2"), replace(FIRST, published_id="p2"))
    second = replace(FIRST, number=2, title="Large five, changed", created_at=after(minutes=1))
    assert published.change(conn, second)
    assert not published.change(conn, replace(second, title="Somebody else's")), (
        "two who change at once do not overwrite version other"
    )
    assert published.by_slug(conn, "large-five") == (replace(FIVE, version=2), second)
    assert published.by_slug(conn, "../large-five") is None
    assert [version.number for version in published.versions(conn, "p1")] == [2, 1]
    assert published.version(conn, "p1", 1).items == an_execution().items


def test_a_basket_is_paused_and_offered_again_by_one_caller(conn: Connection) -> None:
    published.add(conn, FIVE, FIRST)
    assert published.pause(conn, "p1", after(minutes=1))
    assert not published.pause(conn, "p1", after(minutes=2))
    assert published.get(conn, "p1")[0].paused_at == after(minutes=1)
    assert published.resume(conn, "p1")
    assert not published.resume(conn, "p1")
    assert published.list_all(conn) == [(FIVE, FIRST)]


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
    executions.add(conn, execution, EventCause.COMPOSED)
    press = replace(PRESS, execution_id=execution.id)
    presses.add(conn, press)
    assert presses.of(conn, execution.id) == presses.by_handle(conn, "h1") == press
    assert presses.by_handle(conn, "h2") is None
    assert presses.of_basket(conn, "p1") == [Tally(State.PREPARED, False, False, False, 1, orders=1)]
    days = [NINE - timedelta(days=1), NINE - timedelta(hours=1), NINE + timedelta(hours=1)]
    assert presses.tallies(conn, days) == [
        Tally(State.PREPARED, False, False, False, 1, orders=1, day=1, published_id="p1")
    ]
    assert presses.tallies(conn, [days[2], after(days=1)]) == []
    executions.move(conn, execution.id, State.PREPARED, State.HANDED_OFF, NINE, EventCause.OPENED)
    executions.note_outcomes(conn, execution.id, ["filled"], Decimal("1448.35"), Decimal(0))
    handed_off = Tally(State.HANDED_OFF, True, False, False, 1, orders=1, filled=1, bought=Decimal("1448.35"))
    assert presses.of_basket(conn, "p1") == [handed_off], (
        "an order book shows nothing of what did not come back"
    )


def test_every_part_of_a_pressed_basket_adds_its_orders_and_one_press(conn: Connection) -> None:
    published.add(conn, FIVE, FIRST)
    links.add(conn, LINK)
    first = an_execution(state=State.CANCELLED, handed_off_at=NINE, parts=2)
    second = an_execution(basket_id=first.id, part=2, parts=2, state=State.RETURNED, handed_off_at=NINE)
    for execution in (first, second):
        executions.add(conn, execution, EventCause.COMPOSED)
        presses.add(conn, replace(PRESS, execution_id=execution.id, link_id=None, handle=None))
    executions.note_outcomes(conn, second.id, ["partly_filled"], Decimal("1448.35"), Decimal("0.05"))
    first_part, second_part = sorted(presses.of_basket(conn, "p1"), key=lambda tally: tally.state)
    assert first_part == Tally(State.CANCELLED, True, True, True, 1, orders=1), (
        "something was filled in its other part"
    )
    assert second_part == Tally(
        State.RETURNED, True, True, True, 0, 1, 0, Decimal("1448.35"), Decimal("0.05")
    )
    assert presses.of_basket(conn, "p2") == []


def test_presses_are_added_up_by_where_they_came_from(conn: Connection) -> None:
    published.add(conn, FIVE, FIRST)
    links.add(conn, LINK)
    origins = ["https://blog.example", "", ""]
    returns = ["https://blog.example/page", "app://done", "app://done"]
    for origin, return_to in zip(origins, returns, strict=True):
        execution = an_execution()
        executions.add(conn, execution, EventCause.COMPOSED)
        presses.add(
            conn, replace(PRESS, execution_id=execution.id, origin=origin, return_to=return_to, handle=None)
        )
    by_site = {tally.source.site: tally for tally in presses.sources(conn, NINE - timedelta(days=1))}
    assert {site: tally.presses for site, tally in by_site.items()} == {
        "https://blog.example": 1,
        "app://done": 2,
    }
    source = by_site["app://done"].source
    assert (source.link_id, source.reference, source.campaign) == (
        PRESS.link_id or "",
        PRESS.reference,
        PRESS.campaign,
    )
    assert len(presses.sources_of_basket(conn, "p1")) == 2
    assert presses.sources(conn, after(days=1)) == presses.sources_of_basket(conn, "p2") == []
    assert links.references(conn) == {"l1": LINK.reference}
