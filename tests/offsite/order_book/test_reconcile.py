"""What a reading of the order book does to an execution: whose orders count, and what is news."""

import pytest
from sqlalchemy import text

from kite.connect.client import KiteConnect
from kite.connect.records import Order
from kite.exceptions import PermissionException
from kite.offsite.base.asking import AnswerVerdict
from kite.offsite.order_book import reconcile
from kite.store.flow import baselines, executions
from kite.store.flow.executions import Execution
from kite.store.people import sessions
from kite.vocabulary import Outcome
from tests.support.fault_journey import placed
from tests.support.site import HOST, Site, Sites, Visitor


@pytest.fixture(scope="module")
def site(module_site: Site) -> Site:
    return module_site


def stored(site: Site, execution_id: str) -> Execution:
    with site.services.store.reading() as conn:
        execution = executions.get(conn, execution_id)
    assert execution
    return execution


def place_twice(visitor: Visitor, *items: dict[str, str]) -> str:
    """Send one form to Kite from two tabs, place both, and come back from the second."""
    execution_id = visitor.compose(*items)
    form = visitor.form_of(execution_id)
    for _ in range(2):
        answer = visitor.client.post(
            "/simulator/connect/basket", data=form, base_url=HOST, headers={"Referer": f"{HOST}/"}
        )
        page = visitor._followed(answer)
        if 'value="approve"' in page.text:
            page = visitor._followed(visitor._press(page, decision="approve"))
        back = visitor.decide(page)
    visitor.get(back, status=303)
    visitor.site.clock.advance(2)
    return execution_id


def test_basket_placed_twice_is_named_so_and_hides_no_order(site: Site) -> None:
    visitor = site.visitor()
    execution_id = place_twice(visitor, {"tradingsymbol": "INFY"}, {"tradingsymbol": "SBIN"})
    receipt = visitor.receipt(execution_id)
    assert [len(item["order_ids"]) for item in receipt["items"]] == [2, 2]
    assert [(item["outcome"], item["filled_quantity"]) for item in receipt["items"]] == [
        ("filled", 20),
        ("filled", 20),
    ]
    assert receipt["extra"] == []
    assert [item["changes"] for item in receipt["items"]] == [[], []]
    page = visitor.get(f"/executions/{execution_id}").text
    assert "2 of 2 filled, placed twice" in page
    assert "Placed twice: Kite has orders for 20, this line says 10" in page
    assert all(number in page for item in receipt["items"] for number in item["order_ids"])


def test_of_lines_alike_each_is_named_when_the_basket_was_placed_twice(site: Site) -> None:
    visitor = site.visitor()
    receipt = visitor.receipt(place_twice(visitor, {}, {}))
    assert [len(item["order_ids"]) for item in receipt["items"]] == [2, 2]


def test_one_order_of_an_edited_quantity_was_not_placed_twice(site: Site) -> None:
    visitor = site.visitor()
    execution_id = visitor.compose({})
    visitor.get(visitor.place(execution_id, items__0__quantity="25"), status=303)
    site.clock.advance(2)
    page = visitor.get(f"/executions/{execution_id}").text
    assert "You changed quantity at Kite" in page.replace("Quantity", "quantity")
    assert "laced twice" not in page


def test_order_that_stood_in_the_book_before_is_never_of_the_basket(site: Site) -> None:
    visitor = site.visitor()
    execution_id = visitor.compose({})
    back = visitor.place(execution_id)
    (order,) = placed(site, visitor.receipt(execution_id)["tag"])
    with site.services.store.writing() as conn:
        baselines.keep(conn, execution_id, [order["order_id"]], site.clock())
    visitor.get(back, status=303)
    site.clock.advance(61)
    receipt = visitor.receipt(execution_id)
    assert (receipt["orders"], receipt["items"][0]["outcome"]) == ([], "missing")


def test_book_that_is_read_for_one_part_is_the_baseline_of_the_next(sites: Sites) -> None:
    site = sites(KITE_BASKET_MAX_ITEMS="1")
    visitor = site.visitor()
    first = visitor.buy({"tradingsymbol": "INFY"}, {"tradingsymbol": "SBIN"})
    with site.services.store.reading() as conn:
        _, second = executions.parts(conn, stored(site, first).basket_id)
    site.clock.advance(2)
    (order,) = visitor.receipt(first)["orders"]
    with site.services.store.reading() as conn:
        assert baselines.of(conn, second.id) == {order["order_id"]}
    visitor.get(visitor.place(second.id), status=303)
    site.clock.advance(2)
    assert visitor.receipt(second.id)["items"][0]["outcome"] == "filled"


def test_book_that_was_read_before_a_basket_is_composed_is_its_baseline_and_holds_nothing_of_it(
    site: Site,
) -> None:
    visitor, stranger = site.visitor(), site.visitor()
    bought = visitor.buy()
    (order,) = visitor.receipt(bought)["orders"]
    after = visitor.compose({}, {"tradingsymbol": "SBIN"})
    back = visitor.place(after)
    with site.services.store.reading() as conn:
        assert order["order_id"] in baselines.of(conn, after)
        assert baselines.of(conn, stranger.compose({})) == frozenset()
    visitor.get(back, status=303)
    site.clock.advance(2)
    receipt = visitor.receipt(after)
    assert [item["outcome"] for item in receipt["items"]] == ["filled", "filled"]
    with site.services.store.reading() as conn:
        assert not baselines.of(conn, after) & {order["order_id"] for order in receipt["orders"]}


def test_version_counts_what_a_reading_brings_and_nothing_when_it_brings_no_news(site: Site) -> None:
    visitor = site.visitor()
    execution_id = visitor.buy({"tradingsymbol": "SIMOPEN", "quantity": "10"})
    site.clock.advance(2)
    visitor.receipt(execution_id)
    before = stored(site, execution_id)
    site.clock.advance(2)
    visitor.receipt(execution_id)
    after = stored(site, execution_id)
    assert after.read_at and before.read_at and after.read_at > before.read_at
    assert after.version == before.version
    site.clock.advance(60)  # late enough to say what is missing: that is news once
    visitor.receipt(execution_id)
    concluded = stored(site, execution_id).version
    assert concluded > after.version
    site.clock.advance(2)
    visitor.receipt(execution_id)
    assert stored(site, execution_id).version == concluded


def test_outcomes_are_kept_for_lists_while_an_order_is_open_and_when_it_has_ended(site: Site) -> None:
    visitor = site.visitor()
    execution_id = visitor.buy({"tradingsymbol": "SIMCANCEL"})
    visitor.receipt(execution_id)
    history = [outcomes(site, execution_id)]
    site.clock.advance(2)
    visitor.receipt(execution_id)
    assert [*history, outcomes(site, execution_id)] == [f",{Outcome.OPEN},", f",{Outcome.CANCELLED},"]


def outcomes(site: Site, execution_id: str) -> str:
    with site.services.store.reading() as conn:
        return str(
            conn.execute(
                text("SELECT outcomes FROM executions WHERE id = :id"), {"id": execution_id}
            ).scalar()
        )


def test_sessions_of_the_owner_alone_read_what_is_owned(site: Site) -> None:
    execution_id = site.visitor().buy({"tradingsymbol": "SIMOPEN"})
    with site.services.store.writing() as conn:
        for session in sessions.of_user(conn, "AB1234", site.clock()):
            sessions.end(conn, session.id, site.clock())
    site.clock.advance(2)
    assert reconcile.read_for_postback(site.services, execution_id) is None
    assert reconcile.read_for_postback(site.services, "no such execution") is None


def test_session_that_is_over_at_kite_gives_way_to_the_next_one(site: Site) -> None:
    visitor = site.visitor()
    execution_id = visitor.buy({"tradingsymbol": "SIMOPEN"})
    site.clock.advance(2)
    with site.services.store.writing() as conn:
        (good,) = [
            session
            for session in sessions.of_user(conn, "AB1234", site.clock())
            if session.visit_id == stored(site, execution_id).visit_id
        ]
        bad = "of another browser"
        sealed = site.services.sealer.seal("no token of Kite's", bad)
        sessions.add(
            conn,
            sessions.KiteSession(
                bad, "v", "AB1234", "", good.login_time, sealed, site.clock(), good.expires_at, None
            ),
        )
    assert reconcile.read_for_postback(site.services, execution_id) is AnswerVerdict.ANSWERED
    with site.services.store.reading() as conn:
        assert bad not in {session.id for session in sessions.of_user(conn, "AB1234", site.clock())}


def test_refusal_of_kite_is_named_as_one_also_while_the_basket_is_nobodys(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = site.visitor()
    visitor.buy()
    execution_id = visitor.compose({})
    visitor.place(execution_id)

    def refuse(client: KiteConnect) -> list[Order]:
        raise PermissionException("Insufficient permission for that call.", 403)

    monkeypatch.setattr(KiteConnect, "orders", refuse)
    assert "Kite refuses to show its order book" in visitor.get(f"/executions/{execution_id}").text
    monkeypatch.undo()
    site.clock.advance(2)
    assert visitor.receipt(execution_id)["items"][0]["outcome"] == "filled"
