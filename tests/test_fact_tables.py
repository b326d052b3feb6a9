"""What is known of an exchange, an order type or an outcome has one home: its row."""

import ast

import pytest

from kite.basket.checking.protection import PROTECTED
from kite.basket.items import FIELD_TABLE, FIELDS
from kite.connect.params import MarginParams
from kite.offsite.base.changes import COMPARED
from kite.vocabulary import Exchange, OrderType, Outcome
from kite.vocabulary.outcomes import Icon
from tests.support.sources import ROOT, Source, sources

SIMULATOR = [source for source in sources() if source.name.startswith("kite.simulator")]


def test_every_outcome_has_a_place_of_its_own_and_words():
    assert sorted(outcome.facts.place for outcome in Outcome) == list(range(1, len(Outcome) + 1))
    for outcome in Outcome:
        assert outcome.facts.word and outcome.facts.short
        assert bool(outcome.facts.counted) is (outcome is not Outcome.FILLED), "it begins the headline"


def test_what_has_fills_is_ordered_at_kite():
    for outcome in Outcome:
        assert outcome.facts.ordered or not outcome.facts.filled, outcome


def test_every_icon_is_drawn_and_used():
    drawn = (ROOT / "templates" / "components" / "bead.html").read_text(encoding="utf-8")
    assert not [icon for icon in Icon if f'facts.icon == "{icon}"' not in drawn]
    assert {outcome.facts.icon for outcome in Outcome} == set(Icon)


def test_every_order_type_that_takes_any_price_is_offered_a_limit_in_words():
    assert set(PROTECTED) == {order_type for order_type in OrderType if not order_type.facts.takes_price}
    for limited in PROTECTED.values():
        assert "%(where)s" in limited.facts.offer and "%(price)s" in limited.facts.offer


def test_documents_for_integrators_name_every_row():
    words = (ROOT / "docs" / "embedding.md").read_text(encoding="utf-8")
    assert f"`exchange` ({', '.join(Exchange)})" in words
    assert f"`order_type` ({', '.join(OrderType)})" in words
    assert not [outcome for outcome in Outcome if f"`{outcome}`" not in words]


@pytest.mark.parametrize("source", SIMULATOR, ids=lambda source: source.name)
def test_the_simulator_judges_by_facts_of_its_own(source: Source):
    used = {node.attr for node in ast.walk(source.tree) if isinstance(node, ast.Attribute)}
    assert "facts" not in used


def test_kites_api_spells_an_items_fields_as_the_basket_does():
    assert set(MarginParams.__annotations__) <= {*FIELDS}


def test_what_can_be_changed_at_kite_has_a_name_in_a_sentence():
    assert not [name for name in COMPARED if not FIELD_TABLE[name].facts.in_sentence]
