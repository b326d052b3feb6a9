"""What is stored of a person: told, handed over, erased; and what others may not."""

import json

import pytest

from kite.exceptions import TokenException
from kite.offsite.jobs.expiry import erase_old
from kite.store.flow import executions
from kite.store.people import stored_person
from tests.support.site import HOST


def exported(person):
    answer = person.client.get("/data/export.json", base_url=HOST)
    assert answer.mimetype == "application/json"
    assert answer.headers["Content-Disposition"] == "attachment; filename=basket-data.json"
    return json.loads(answer.text)["records"]


def kinds(records):
    return [record["record"] for record in records]


def test_everything_that_is_stored_is_handed_over_and_no_token(site):
    person = site.visitor()
    execution_id = person.buy({"tradingsymbol": "INFY"})
    site.clock.advance(2)
    person.receipt(execution_id)
    records = exported(person)
    assert kinds(records) == ["execution", "return", "session"]
    basket, came_back, session = records
    assert basket["items"][0]["tradingsymbol"] == "INFY" and basket["user_id"] == "AB1234"
    assert [order["tradingsymbol"] for order in basket["book"]["orders"]] == ["INFY"]
    assert "came back from Kite" in {event["cause"] for event in basket["events"]}
    assert came_back["answer"] == "exchanged" and session["user_id"] == "AB1234"
    text = json.dumps(records)
    assert "token" not in text.replace("token exchanged", "").replace("instrument_token", "")
    assert "visit_id" not in text


def test_nobody_gets_what_is_somebody_elses(site):
    site.visitor().buy({"tradingsymbol": "INFY"})
    assert exported(site.visitor()) == []


def test_of_a_basket_that_somebody_else_placed_the_composer_gets_items_and_state_only(site):
    composer, buyer = site.visitor(), site.visitor()
    execution_id = composer.compose({"tradingsymbol": "INFY"})
    with site.services.store.writing() as conn:
        executions.assign_owner(conn, execution_id, "XY9999")
    records = exported(composer)
    assert kinds(records) == ["execution"]
    assert records[0]["items"] and not {"book", "events", "user_id"} & records[0].keys()
    assert exported(buyer) == []
    page = composer.post("/data/delete", status=303, confirm="y")
    assert page.location.endswith("/data")
    with site.services.store.reading() as conn:
        assert executions.get(conn, execution_id), "it belongs to whoever placed it"


def test_deleting_asks_first_and_then_nothing_is_left(site):
    person = site.visitor()
    execution_id = person.buy({"tradingsymbol": "INFY"})
    page = person.post("/data/delete", status=200)
    assert "Tick this first. Nothing was deleted." in page.text
    assert person.get(f"/executions/{execution_id}").status_code == 200
    person.post("/data/delete", status=303, confirm="y")
    page = person.get("/data").text
    assert "1 basket was deleted here, with everything that hung on it." in page
    assert exported(person) == []
    person.get(f"/executions/{execution_id}", status=404)
    assert "1 basket was deleted" not in person.get("/data").text


def test_deleting_ends_the_session_at_kite(site):
    person = site.visitor()
    person.buy({"tradingsymbol": "INFY"})
    with site.services.store.reading() as conn:
        (session,) = stored_person.sessions(conn, "", ["AB1234"])
    client = site.services.connect.with_token(site.services.sealer.open(session.sealed_token, session.id))
    assert client.profile().user_id == "AB1234"
    person.post("/data/delete", status=303, confirm="y")
    with pytest.raises(TokenException):
        client.profile()


def test_what_has_not_ended_is_named_before_it_is_deleted(site):
    person = site.visitor()
    person.compose({"tradingsymbol": "INFY"})
    assert (
        "1 basket has not ended. Afterwards nobody can say here what became of it."
        in person.get("/data").text
    )


@pytest.mark.parametrize("headers", [{}, {"Origin": "https://evil.example"}])
def test_nobody_else_can_make_a_browser_delete(site, headers):
    person = site.visitor()
    execution_id = person.compose({"tradingsymbol": "INFY"})
    answer = person.client.post("/data/delete", base_url=HOST, data={"confirm": "y"}, headers=headers)
    assert answer.status_code == 400
    with site.services.store.reading() as conn:
        assert executions.get(conn, execution_id)


def test_what_is_old_is_erased_by_itself(site):
    person = site.visitor()
    old = person.buy({"tradingsymbol": "INFY"})
    site.clock.advance(399 * 24 * 3600)
    new = site.visitor().compose({"tradingsymbol": "SBIN"})
    erase_old(site.services)
    with site.services.store.reading() as conn:
        assert executions.get(conn, old)
    site.clock.advance(2 * 24 * 3600)
    erase_old(site.services)
    with site.services.store.reading() as conn:
        assert executions.get(conn, old) is None
        assert executions.get(conn, new)
    assert exported(person) == []
