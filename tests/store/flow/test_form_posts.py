"""The same form posted twice leads to one basket, in any number of threads and processes, and goes
with the basket.
"""

from sqlalchemy import func, select

from kite.store.base import tables
from kite.store.base.engine import Connection, Store
from kite.store.flow import executions, form_posts
from kite.store.flow.event_causes import EventCause
from kite.store.people import stored_person
from tests.store.flow.test_races import CALLERS, at_once
from tests.support.processes import outputs_of_a_race
from tests.support.records import an_execution


def post(conn: Connection, key: str) -> bool:
    """Record a basket for the post of a form, as a hand-off does."""
    execution = an_execution()
    executions.add(conn, execution, EventCause.COMPOSED)
    return form_posts.add(conn, key, execution.id)


def test_a_post_is_known_by_its_key_and_leads_to_every_part_of_its_basket(store: Store) -> None:
    first = an_execution(parts=2)
    second = an_execution(basket_id=first.id, part=2, parts=2)
    with store.writing() as conn:
        for part in (second, first):
            executions.add(conn, part, EventCause.COMPOSED)
        assert form_posts.add(conn, "one", first.id)
        assert not form_posts.add(conn, "one", second.id)
        assert form_posts.add(conn, "another", first.id)
    with store.reading() as conn:
        assert form_posts.basket(conn, "one") == form_posts.basket(conn, "another") == [first, second]
        assert form_posts.basket(conn, "never posted") == []


def test_of_fifty_posts_at_once_one_has_the_key(store: Store) -> None:
    assert at_once(store, lambda conn, _: post(conn, "the same")).count(True) == 1
    assert at_once(store, lambda conn, number: post(conn, f"form {number}")).count(True) == CALLERS


def test_a_post_is_erased_with_its_basket_and_can_be_made_again(store: Store) -> None:
    execution = an_execution()
    with store.writing() as conn:
        executions.add(conn, execution, EventCause.COMPOSED)
        form_posts.add(conn, "one", execution.id)
        stored_person.erase(conn, [execution.id])
        assert conn.execute(select(func.count()).select_from(tables.form_posts)).scalar() == 0
        assert post(conn, "one")


POST = """
import sys, threading
from dataclasses import replace
from datetime import datetime
from kite.config import Settings
from kite.offsite.journey import handoff
from kite.offsite.base.services import Services
from kite.store.base.engine import Store
from kite.vocabulary import IST
from tests.support.records import ITEM

settings = Settings.from_env({"INSTANCE_PATH": sys.argv[2], "DATABASE_URL": sys.argv[1]})
services = Services(settings, Store(sys.argv[1]), None, None, None, lambda: datetime.now(IST))

def press():
    basket = handoff.prepare(services, [ITEM] * 12, "visit", form_keys=["a", "b"])
    print(" ".join(part.id for part in basket) + "\\n", end="", flush=True)

threads = [threading.Thread(target=press) for _ in range(8)]
print("ready", flush=True)
input()
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""


def test_of_forty_presses_in_five_processes_one_is_recorded_and_all_lead_to_its_parts(
    store: Store, database_url: str, tmp_path
) -> None:
    outputs = outputs_of_a_race(5, POST, database_url, str(tmp_path))
    destinations = [line.split() for words in outputs for line in words.splitlines()]
    with store.reading() as conn:
        ids = conn.execute(select(tables.executions.c.id).order_by(tables.executions.c.part)).scalars().all()
    assert destinations == [ids] * 40
    assert len(ids) == 2
