"""The archive: what the filter finds, page by page, as files to keep; and the trail of one
execution.
"""

import csv
import io
from decimal import Decimal
from itertools import pairwise

import pytest
from sqlalchemy.event import listen

from kite.store.flow import events, executions
from kite.store.flow.event_data import Export
from kite.vocabulary import Outcome, State
from tests.support.postbacks import left_at_kite, message, post
from tests.support.site import HOST


@pytest.fixture
def person(site):
    return site.visitor()


def page(person, query="", status=200):
    return person.get(f"/executions{query}", status=status).get_data(as_text=True)


def ids(person, query=""):
    return [
        receipt["id"] for receipt in person.get(f"/executions.json{query}", status=200).get_json(force=True)
    ]


def settled(site, person, *items):
    execution_id = person.buy(*items)
    for _ in range(14):
        site.clock.advance(5)
        person.receipt(execution_id)
    return execution_id


def test_the_filter_finds_by_day_state_outcome_and_symbol_and_keeps_what_was_typed(person, site):
    filled = settled(site, person, {})
    rejected = settled(site, person, {"tradingsymbol": "SIMREJECT"})
    site.clock.advance(24 * 3600)
    unsent = person.compose({"tradingsymbol": "SBIN"}, {"tradingsymbol": "TCS"})
    assert ids(person) == [unsent, rejected, filled]
    assert ids(person, "?from=2026-11-21") == [unsent]
    assert ids(person, "?to=2026-11-20") == [rejected, filled]
    assert ids(person, "?state=settled") == [rejected, filled]
    assert ids(person, "?outcome=rejected") == [rejected]
    assert ids(person, "?symbol=sbin") == [unsent]
    assert ids(person, "?symbol=SB") == []
    assert ids(person, "?symbol=%25") == []
    html = page(person, "?state=settled&from=2026-11-20&symbol=infy")
    assert 'value="2026-11-20"' in html
    assert '<option value="settled" selected>' in html
    assert f"/executions/{filled}" in html
    assert f"/executions/{rejected}" not in html


def moved(site, execution_id, *steps):
    with site.services.store.writing() as conn:
        for before, after in pairwise([State.PREPARED, *steps]):
            assert executions.move(conn, execution_id, before, after, site.clock(), "a test")


def test_the_outcome_filter_finds_what_the_receipts_say_in_every_state(person, site):
    settled(site, person, {}, {"tradingsymbol": "SIMREJECT"})
    settled(site, person, {"tradingsymbol": "SIMOPEN"})
    settled(site, person, {"tradingsymbol": "SIMCANCEL"})
    settled(site, person, {}, {"tradingsymbol": "SIMDROP"})
    settled(site, person, {"tradingsymbol": "SIMPARTIAL"})
    execution_ids = [person.compose({}) for _ in range(6)]
    moved(site, execution_ids[1], State.HANDED_OFF)
    moved(site, execution_ids[2], State.HANDED_OFF, State.UNKNOWN)
    moved(site, execution_ids[3], State.HANDED_OFF, State.CANCELLED)
    # And nobody has read an order book.
    moved(site, execution_ids[4], State.HANDED_OFF, State.RETURNED)
    moved(site, execution_ids[5], State.HANDED_OFF, State.UNKNOWN, State.RETURNED)
    _, reported = left_at_kite(person)
    assert post(site, message(reported[0])).status_code == 200
    outcomes_by_id = {
        receipt["id"]: {item["outcome"] for item in receipt["items"]}
        for receipt in person.get("/executions.json", status=200).get_json(force=True)
    }
    assert {outcome_of_item for outcomes in outcomes_by_id.values() for outcome_of_item in outcomes} == {
        None,
        *(Outcome(outcome).value for outcome in Outcome),
    }
    for outcome in Outcome:
        assert ids(person, f"?outcome={outcome}") == [
            outcome_of_item for outcome_of_item, outcomes in outcomes_by_id.items() if outcome in outcomes
        ], outcome


@pytest.mark.parametrize(
    "query",
    ["?from=yesterday", "?state=lost", "?outcome=won", "?to=9999-12-31", "?from=0001-01-01", "?after=x~y"],
)
def test_what_the_filter_cannot_read_is_no_error_of_the_site(person, query):
    execution_id = person.compose({})
    html = page(person, query)
    if "from=y" in query or "lost" in query or "won" in query:
        assert 'aria-invalid="true"' in html
    if "0001" not in query:
        assert execution_id in html


def test_older_receipts_stand_on_further_pages_and_none_is_left_out_or_shown_twice(person, site, monkeypatch):
    monkeypatch.setattr("kite.web.receipts.archive.PAGE", 3)
    # In one second: only the id tells them apart.
    execution_ids = [person.compose({}) for _ in range(7)]
    listed, query = [], ""
    for _ in range(4):
        html = page(person, query)
        listed += [
            execution_id for execution_id in execution_ids if f'href="/executions/{execution_id}"' in html
        ]
        if 'rel="next"' not in html:
            break
        query = html.split('rel="next" href="/executions')[1].split('"')[0].replace("&amp;", "&")
    assert sorted(listed) == sorted(execution_ids)
    assert sorted(ids(person)) == sorted(execution_ids)


def test_a_list_of_what_is_at_kite_leaves_out_what_nobody_came_back_from(person, site):
    execution_id = person.compose({})
    person.form_of(execution_id)
    assert ids(person, "?state=handed_off") == [execution_id]
    site.clock.advance(31 * 60)
    assert ids(person, "?state=handed_off") == []
    assert ids(person, "?state=unknown") == [execution_id]


def test_a_page_of_many_receipts_asks_the_database_no_more_often_than_a_page_of_one(person, site):
    statements = []
    settled(site, person, {})
    with site.services.store.reading() as conn:
        listen(conn.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    page(person)
    once = len(statements)
    settled(site, person, {}, {"tradingsymbol": "SIMREJECT"})
    settled(site, person, {"tradingsymbol": "SIMOPEN"})
    person.compose({})
    statements.clear()
    assert "1 of 2 filled, 1 did not go through" in page(person)
    assert len(statements) == once


def test_a_table_has_a_line_for_every_item_and_no_cell_that_a_spreadsheet_would_run(person, site):
    execution_id = settled(site, person, {}, {"tradingsymbol": "SIMREJECT", "quantity": "5"})
    answer = person.get("/executions.csv", status=200)
    assert answer.headers["Content-Disposition"] == "attachment; filename=receipts.csv"
    text = answer.get_data(as_text=True)
    assert text.startswith("\ufeffexecution_id,")
    assert "\r\n" in text
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert [(row["tradingsymbol"], row["outcome"], row["filled_quantity"]) for row in rows] == [
        ("INFY", "filled", "10"),
        ("SIMREJECT", "rejected", "0"),
    ]
    assert {row["execution_id"] for row in rows} == {execution_id} or rows[0][
        "execution_id"
    ] == f"'{execution_id}"
    assert len(rows[0]["order_ids"]) == 19
    assert not [cell for row in rows for cell in row.values() if cell[:1] in ("=", "+", "-", "@")]


def test_strangers_find_nothing_and_composers_learn_nothing_of_what_others_placed(site):
    composer, stranger = site.visitor(), site.visitor()
    execution_id = composer.compose({})
    assert ids(stranger) == []
    with site.services.store.writing() as conn:
        executions.assign_owner(conn, execution_id, "ZZ9999")
        executions.move(conn, execution_id, State.PREPARED, State.RETURNED, site.clock(), "came back")
        executions.note_outcomes(conn, execution_id, ["filled"], Decimal(0), Decimal(0))
    assert ids(composer) == [execution_id]
    assert ids(composer, "?outcome=filled") == []
    receipt = composer.get("/executions.json", status=200).get_json(force=True)[0]
    assert receipt["items"][0]["outcome"] is None
    assert receipt["orders"] == []


def test_an_export_is_recorded_with_who_and_from_where(person, site):
    person.compose({})
    person.get("/executions.csv?symbol=INFY", status=200)
    with site.services.store.reading() as conn:
        row = conn.exec_driver_sql("SELECT data, actor, address FROM events WHERE code = 'exported'").one()
    assert Export.unpack(row.data) == Export("csv", "?symbol=INFY")
    assert row.actor.startswith("visit ")
    assert row.address == "127.0.0.1"


def test_the_trail_tells_what_happened_who_did_it_and_from_where(person, site):
    execution_id = settled(site, person, {})
    html = person.get(f"/executions/{execution_id}/trail", status=200).get_data(as_text=True)
    for words in (
        "recorded, 1 order",
        "page opened",
        "sent the browser back",
        "came back",
        "Every order has ended",
        "State: Settled",
    ):
        assert words in html, words
    assert "You, in this browser" in html
    assert "127.0.0.1" in html
    assert f"/executions/{execution_id}/trail" in person.get(f"/executions/{execution_id}").get_data(
        as_text=True
    )
    assert site.visitor().get(f"/executions/{execution_id}/trail").status_code == 404


def test_a_composer_sees_only_what_they_did_of_a_basket_that_somebody_else_placed(site):
    composer = site.visitor()
    execution_id = composer.compose({})
    with site.services.store.writing() as conn, events.acting("visit 00000000", "203.0.113.9"):
        executions.assign_owner(conn, execution_id, "ZZ9999")
        executions.move(conn, execution_id, State.PREPARED, State.RETURNED, site.clock(), "came back")
    html = composer.client.get(f"/executions/{execution_id}/trail", base_url=HOST).get_data(as_text=True)
    assert "recorded, 1 order" in html
    assert "Came back" not in html
    assert "203.0.113.9" not in html
