"""Deleting: what is left of a person afterwards, what others keep, and what happens to answers that
are on their way.
"""

import pytest
from sqlalchemy import text

from kite.connect.client import KiteConnect
from kite.exceptions import Erased
from kite.offsite.account import personal_data
from kite.store.base.tables import metadata
from kite.store.flow import events, executions
from kite.store.flow.event_causes import EventCause
from kite.store.people import stored_person
from tests.support.site import HOST, query


def everything(site):
    """Every row of every table, as text."""
    with site.services.store.reading() as conn:
        return "\n".join(
            f"{table.name} {tuple(row)}"
            for table in metadata.sorted_tables
            for row in conn.execute(table.select())
        )


def visit_of(person):
    with person.client.session_transaction(base_url=HOST) as cookie:
        return cookie["visit"]


def state_of(form):
    return form["redirect_params"].removeprefix("state=")


def log_in(person):
    """Press log in, and approve at Kite."""
    page = person._followed(person.post("/session/login", status=303, next="/executions"))
    if 'value="approve"' in page.text:
        person._followed(person._press(page, decision="approve"))


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_afterwards_no_row_holds_the_visit_or_the_client_id(sites, request, database):
    site = sites() if database == "sqlite" else sites(DATABASE_URL=request.getfixturevalue("postgres_url"))
    person = site.visitor()
    person.buy({})
    log_in(person)
    person.get("/redirect?status=success&request_token=invented")
    person.get("/executions")
    visit = visit_of(person)
    assert "AB1234" in everything(site) and visit in everything(site)
    person.post("/data/delete", status=303, confirm="y")
    assert "AB1234" not in everything(site) and visit not in everything(site)
    person.get("/data")
    assert visit_of(person) != visit


def test_of_a_basket_that_somebody_else_placed_only_the_composer_is_forgotten(site):
    composer = site.visitor()
    execution_id = composer.compose({})
    with site.services.store.writing() as conn:
        events.note(conn, site.services.now(), EventCause.NOT_FOUND, execution_id, user_id="CC3333")
        executions.assign_owner(conn, execution_id, "XY9999")
        stored_person.forget_composer(conn, visit_of(composer), ["CC3333"])
        execution = executions.get(conn, execution_id)
        assert execution.user_id == "XY9999" and execution.visit_id == "" and execution.items
    assert "CC3333" not in everything(site)
    composer.get(f"/executions/{execution_id}", status=404)


def test_an_old_cookie_opens_nothing_after_a_deletion(site):
    person, thief = site.visitor(), site.visitor()
    execution_id = person.buy({})
    old = person.client.get_cookie("visit", domain="127.0.0.1").value
    person.post("/data/delete", status=303, confirm="y")
    thief.client.set_cookie("visit", old, domain="127.0.0.1")
    thief.get(f"/executions/{execution_id}", status=404)
    assert thief.get("/data/export.json").get_json()["records"] == []


def test_whoever_opens_my_link_with_another_token_does_not_tell_me_their_client_id(site):
    me, seller, stranger = site.visitor(), site.visitor(), site.visitor()
    execution_id = me.compose({})
    state = state_of(me.form_of(execution_id))
    token = query(seller.place(seller.compose({"tradingsymbol": "SBIN"})))["request_token"]
    question = stranger.get(f"/redirect?status=success&request_token={token}&state={state}", status=303)
    stranger.post(question.location, status=303)
    with site.services.store.reading() as conn:
        assert conn.execute(text("select user_id from kite_sessions")).scalar() == "AB1234", (
            "the token was exchanged"
        )
    for path in (
        f"/executions/{execution_id}",
        f"/executions/{execution_id}.json",
        "/data",
        "/data/export.json",
    ):
        assert "AB1234" not in me.get(path, status=200).text, path
    assert "Somebody came back" in me.get(f"/executions/{execution_id}").text


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
@pytest.mark.parametrize(("call", "then"), [("generate_session", "return"), ("trades", "receipt")])
def test_an_answer_that_comes_for_what_was_erased_is_not_kept_and_the_page_is_not_found(
    sites, request, monkeypatch, database, call, then
):
    site = sites() if database == "sqlite" else sites(DATABASE_URL=request.getfixturevalue("postgres_url"))
    person = site.visitor()
    execution_id = person.compose({})
    address = person.place(execution_id)
    if then == "receipt":
        person.get(address, status=303)
        site.clock.advance(5)
        address = f"/executions/{execution_id}"
    visit, original = visit_of(person), getattr(KiteConnect, call)

    def erased_meanwhile(client, *arguments):
        answer = original(client, *arguments)
        personal_data.erase(site.services, visit)
        return answer

    monkeypatch.setattr(KiteConnect, call, erased_meanwhile)
    monkeypatch.setattr(
        personal_data, "end_at_kite", lambda *_: None
    )  # ending it would end the reading as well
    person.get(address, status=404)
    assert "AB1234" not in everything(site)


def test_a_row_of_an_erased_execution_is_refused_as_such(site):
    with pytest.raises(Erased), site.services.store.writing() as conn:
        events.note(conn, site.services.now(), EventCause.COMPOSED, "gone")


def test_an_export_without_its_database_is_told_as_such(site, monkeypatch):
    person = site.visitor()
    person.buy({})
    path = site.settings.instance / "kite.db"
    site.services.store.close()
    path.rename(path.with_suffix(".away"))
    person.get("/data/export.json", status=503)
