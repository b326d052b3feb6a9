"""Recording a basket for the post of a form: what is known before it, and what happens when that is
erased meanwhile.
"""

import pytest

from kite.exceptions import Erased
from kite.offsite.journey import handoff
from kite.store.flow import executions, form_posts
from tests.support.records import ITEM


def test_a_post_is_known_by_every_text_and_by_their_order():
    keys = {
        handoff.form_key(*texts)
        for texts in (("a", "b"), ("b", "a"), ("ab",), ("a", "b", ""), ("a,b",), ('a", "b',))
    }
    assert len(keys) == 6
    assert handoff.form_key("a", "b") == handoff.form_key("a", "b")


def test_a_post_that_is_known_by_one_of_its_keys_records_nothing(site):
    first = handoff.prepare(site.services, [ITEM], "visit", form_keys=["a"])
    assert handoff.prepare(site.services, [ITEM], "visit", form_keys=["b", "a"]) == first
    assert handoff.basket_posted_with(site.services, ["b"]) == []
    assert handoff.basket_posted_with(site.services, ["b", "a"]) == first
    assert handoff.prepare(site.services, [ITEM], "visit") != handoff.prepare(site.services, [ITEM], "visit")
    with site.services.store.reading() as conn:
        assert len(executions.of_visit(conn, "visit")) == 3


def test_what_would_be_recorded_beside_it_is_undone_with_it(site):
    handoff.prepare(site.services, [ITEM], "visit", form_keys=["a"])
    also = []
    handoff.prepare(
        site.services, [ITEM], "visit", form_keys=["a"], also=lambda conn, prepared: also.append(prepared)
    )
    assert also == []


def test_a_basket_that_is_erased_while_its_form_is_posted_again_is_told_as_erased(site, monkeypatch):
    handoff.prepare(site.services, [ITEM], "visit", form_keys=["a"])
    monkeypatch.setattr(form_posts, "basket", lambda conn, key: [])
    with pytest.raises(Erased):
        handoff.prepare(site.services, [ITEM], "visit", form_keys=["a"])
