"""News of a receipt as server-sent events: who hears them, what they say, and when there are
none.
"""

import json

import pytest

from kite.exceptions import NoAnswer, StoreUnavailable
from kite.offsite.jobs import watchers as live
from kite.offsite.jobs.watchers import TooManyWatchers, Watchers, WatchingEnded
from kite.store.flow import executions
from kite.store.flow.event_causes import EventCause
from kite.vocabulary import State
from tests.support.person import until
from tests.support.site import HOST

PATIENCE = 10.0


@pytest.fixture
def person(site):
    return site.visitor()


@pytest.fixture
def watchers(site):
    watchers: Watchers = site.app.extensions["live"]
    yield watchers
    watchers.stopping = lambda: True


def stream(person, execution_id):
    return person.client.get(f"/executions/{execution_id}/events", base_url=HOST, buffered=False)


def next_message(answer):
    """The next message of a stream; lines without meaning are passed over."""
    for chunk in answer.response:
        text = chunk if isinstance(chunk, str) else chunk.decode()
        if text.startswith("data: "):
            return json.loads(text.removeprefix("data: "))
    raise AssertionError("the stream ended")


def test_a_watcher_hears_where_things_stand_and_then_every_change(person, site, watchers):
    execution_id = person.compose({})
    answer = stream(person, execution_id)
    assert answer.content_type.startswith("text/event-stream")
    assert answer.headers["Cache-Control"] == "no-store"
    first = next_message(answer)
    assert first == {"version": 0, "checked": None, "silent": False}
    with site.services.store.writing() as conn:
        executions.move(conn, execution_id, State.PREPARED, State.HANDED_OFF, site.clock(), EventCause.OPENED)
    assert next_message(answer)["version"] == 1
    answer.close()
    assert len(watchers) == 0


def test_what_is_not_yours_has_no_news(person, site, watchers):
    execution_id = person.compose({})
    assert stream(site.visitor(), execution_id).status_code == 404
    assert stream(person, "nobody").status_code == 404
    assert len(watchers) == 0


def test_more_than_a_process_takes_are_told_to_ask_later(person, site, watchers, monkeypatch):
    execution_id = person.compose({})
    monkeypatch.setattr(live, "MOST", 1)
    first = stream(person, execution_id)
    second = stream(person, execution_id)
    assert second.status_code == 503
    assert int(second.headers["Retry-After"]) > 0
    first.close()
    assert stream(person, execution_id).status_code == 200


def test_an_order_is_read_while_somebody_watches_and_once_for_all_who_do(person, site, monkeypatch):
    execution_id = person.buy({"tradingsymbol": "SIMOPEN"})
    readings = []
    kind = type(site.services.connect)
    original = kind.orders
    monkeypatch.setattr(kind, "orders", lambda self: readings.append(1) or original(self))
    site.clock.advance(2)
    crowd = [stream(person, execution_id) for _ in range(5)]
    for watcher in crowd:
        while (
            next_message(watcher)["checked"] != "09:16:41"
        ):  # the clock stands still, so the second reading is never due
            pass
    assert len(readings) == 1
    for watcher in crowd:
        watcher.close()


def test_watchers_hear_that_kite_is_silent_and_that_it_answers_again(person, site, opened, monkeypatch):
    execution_id = person.buy({"tradingsymbol": "SIMOPEN"})
    site.clock.advance(2)
    with person.client.session_transaction(base_url=HOST) as cookie:
        visit_id = cookie["visit"]

    def silent(_connect):
        raise NoAnswer("no answer")

    def hears(is_silent):
        news = watcher.wait(0.5)
        return news is not None and news.silent is is_silent

    with monkeypatch.context() as patch:
        patch.setattr(type(site.services.connect), "orders", silent)
        watcher = opened(Watchers(site.services)).join(execution_id, visit_id)
        until(lambda: hears(is_silent=True), "the watcher hears that Kite is silent", PATIENCE)
    site.clock.advance(2)
    until(lambda: hears(is_silent=False), "the watcher hears that Kite answers", PATIENCE)


def test_a_process_that_stops_lets_its_watchers_go(site, opened):
    watchers = opened(Watchers(site.services))
    watcher = watchers.join("nobody", "visit")
    watchers.stopping = lambda: True
    with pytest.raises(WatchingEnded):
        watcher.wait(PATIENCE)


def test_the_limit_counts_every_watcher_of_every_execution(site, opened, monkeypatch):
    monkeypatch.setattr(live, "MOST", 3)
    watchers = opened(Watchers(site.services, stopping=lambda: False))
    joined = [watchers.join(name, "visit") for name in ("a", "b", "b")]
    with pytest.raises(TooManyWatchers):
        watchers.join("c", "visit")
    watchers.leave(joined[0])
    watchers.join("c", "visit")
    assert len(watchers) == 3
    watchers.stopping = lambda: True


def test_a_database_that_is_away_costs_no_watcher_its_place(person, site, watchers, monkeypatch):
    execution_id = person.compose({})
    answer = stream(person, execution_id)
    next_message(answer)
    original = executions.versions
    failed = []

    def away(conn, ids):
        if len(failed) < 2:
            failed.append(1)
            raise StoreUnavailable("away")
        return original(conn, ids)

    monkeypatch.setattr(executions, "versions", away)
    with site.services.store.writing() as conn:
        executions.touch(conn, execution_id)
    assert next_message(answer)["version"] == 1
    answer.close()
