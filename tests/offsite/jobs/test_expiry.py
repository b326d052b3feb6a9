"""Tokens are erased in time, whether or not anybody comes back."""

import threading
from datetime import timedelta

from sqlalchemy import text

from kite.exceptions import StoreUnavailable
from kite.offsite.jobs.expiry import call_unknown, forget_tokens, start_forgetting
from tests.support.person import until
from tests.support.site import query


def sealed(site, table):
    with site.services.store.reading() as conn:
        return conn.execute(text(f"select count(*) from {table} where sealed_token is not null")).scalar()


def leave_return(site):
    """A return that somebody was asked about and never answered."""
    person = site.visitor()
    token = query(person.place(person.compose({})))["request_token"]
    person.get(f"/redirect?status=success&request_token={token}", status=303)


def test_a_request_token_that_nobody_exchanged_is_gone_after_five_minutes(site):
    leave_return(site)
    site.clock.advance(4 * 60)
    forget_tokens(site.services)
    assert sealed(site, "returns") == 1, "it can still be used"
    site.clock.advance(59)
    forget_tokens(site.services)
    assert sealed(site, "returns") == 0


def test_an_access_token_is_gone_after_six_in_the_morning(site):
    site.visitor().buy()
    forget_tokens(site.services)
    assert sealed(site, "kite_sessions") == 1
    site.clock.advance(24 * 3600)
    forget_tokens(site.services)
    assert sealed(site, "kite_sessions") == 0


def test_nobody_back_for_half_an_hour_is_called_unknown_at_that_time(site):
    person = site.visitor()
    execution_id = person.compose({})
    person.form_of(execution_id)
    site.clock.advance(30 * 60 + 1)
    call_unknown(site.services)
    site.clock.advance(3600)
    assert person.receipt(execution_id)["state"] == "unknown"
    assert "09:46:40" in person.get(f"/executions/{execution_id}", status=200).get_data(as_text=True)


def test_it_goes_on_by_itself_and_outlasts_a_database_that_is_away(site, monkeypatch):
    leave_return(site)
    site.clock.advance(10 * 60)
    store, away = site.services.store, threading.Event()
    writing = store.writing

    def once_away():
        if away.is_set():
            return writing()
        away.set()
        raise StoreUnavailable("away")

    monkeypatch.setattr(store, "writing", once_away)
    thread = start_forgetting(site.services, timedelta(milliseconds=10))
    until(lambda: not sealed(site, "returns"), "the token is forgotten", 5)
    thread.close()
    assert "forget" not in {running.name for running in threading.enumerate()}
