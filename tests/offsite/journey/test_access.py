"""What a visit may see of an execution, judged anew after Kite was asked."""

import pytest

from kite.offsite.journey import access
from kite.offsite.journey.access import Role
from kite.store.flow import executions
from kite.store.people import stored_person


@pytest.fixture
def person(site):
    return site.visitor()


@pytest.fixture
def handed_off(site, person):
    """An execution that nobody owns yet, of a visit that is logged in."""
    execution_id = person.compose({})
    person.form_of(execution_id)
    person.log_in()
    with site.services.store.reading() as conn:
        return executions.get(conn, execution_id)


def while_kite_is_asked(monkeypatch, change):
    """Change what is stored in place of reading Kite."""

    def read(services, before, *, at_once):
        with services.store.writing() as conn:
            change(conn)

    monkeypatch.setattr(access, "_bring_up_to_date", read)


def view_of(site, execution):
    return access.view_execution(site.services, execution.visit_id, execution.id, at_once=True)


def test_whoever_composed_sees_only_the_items_once_another_kite_user_owns_them(site, handed_off, monkeypatch):
    while_kite_is_asked(monkeypatch, lambda conn: executions.assign_owner(conn, handed_off.id, "ZZ0000"))
    view = view_of(site, handed_off)
    assert view.role is Role.COMPOSER
    assert not view.logged_in
    assert view.receipt.orders == ()
    assert [result.outcome for result in view.receipt.items] == [None]


def test_nothing_is_shown_of_an_execution_that_was_erased_meanwhile(site, handed_off, monkeypatch):
    while_kite_is_asked(monkeypatch, lambda conn: stored_person.erase(conn, [handed_off.id]))
    assert view_of(site, handed_off) is None


def test_what_belongs_to_nobody_is_its_composers(site, handed_off, monkeypatch):
    while_kite_is_asked(monkeypatch, lambda conn: None)
    view = view_of(site, handed_off)
    assert view.role is Role.OWNER
    assert view.logged_in


def test_the_connection_of_a_view_is_open_for_whatever_else_a_page_says(site, handed_off):
    with access.open_view(site.services, handed_off.visit_id, handed_off.id) as opened:
        snapshot, view = opened
        assert executions.get(snapshot.conn, handed_off.id) == view.receipt.execution == snapshot.execution
    assert snapshot.conn.closed


def test_nobody_else_gets_a_view(site, handed_off):
    assert access.view_execution(site.services, "another visit", handed_off.id) is None
    assert access.view_execution(site.services, handed_off.visit_id, "no such execution") is None
