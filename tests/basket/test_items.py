"""The table of fields: each row is complete, and no two of them claim the same word or place."""

from collections import Counter
from decimal import Decimal

import pytest

from kite.basket.fields import ItemField, takes_disclosed_quantity, takes_price, takes_trigger
from kite.basket.formats.choice_words import CHOICES, MAY_BE_EMPTY, WORDS
from kite.basket.formats.table_shape import EITHER
from kite.basket.formats.written_order import ALSO_NAMES, IDLE
from kite.basket.items import FIELD_TABLE, FIELDS, FORM_FIELDS, Item
from kite.vocabulary import Exchange, OrderType, Product, Validity, Variety
from tests.support.sources import ROOT

ROWS = list(FIELD_TABLE.values())


def repeated(words: list[str]) -> list[str]:
    return [word for word, count in Counter(words).items() if count > 1]


def test_every_field_has_a_place_of_its_own_in_data_and_in_a_form():
    places = list(range(1, len(ROWS) + 1))
    assert [field.facts.data_place for field in ROWS] == places
    assert [field.facts.form_place for field in FORM_FIELDS] == places
    assert set(FIELDS) == set(Item.__dataclass_fields__)


@pytest.mark.parametrize("field", ROWS, ids=lambda field: field.name)
def test_every_field_has_a_label_and_is_refused_when_a_written_order_says_it_twice(field: ItemField):
    assert field.facts.label
    can_be_said = field.choices or field.facts.leads or field.name == "quantity"
    assert bool(field.facts.twice) is bool(can_be_said)


@pytest.mark.parametrize("field", ROWS, ids=lambda field: field.name)
def test_what_is_preselected_or_offered_is_one_of_the_choices(field: ItemField):
    preselected, usual = field.facts.preselected, field.facts.usual
    assert field.choices or not (preselected or usual or field.facts.not_taken)
    assert all(choice in field.choices for choice in (preselected, usual) if choice)
    assert not field.choices or preselected


def test_no_two_fields_claim_a_heading_a_lead_word_or_a_shortcode():
    headings = [heading for field in ROWS for heading in field.facts.headings]
    assert not repeated([*headings, *(name.replace("_", "") for name in FIELDS), EITHER])
    assert all(heading.isalnum() and heading == heading.lower() for heading in headings)
    leads = [word for field in ROWS for word in field.facts.leads]
    assert not repeated([*leads, *WORDS, *IDLE])
    assert not ALSO_NAMES.intersection(leads)
    assert not repeated([*(field.facts.shortcode for field in ROWS if field.facts.shortcode), *FIELDS])


def test_the_type_of_a_field_says_what_it_is():
    assert FIELD_TABLE["product"].choices is Product
    assert FIELD_TABLE["price"].choices is None and FIELD_TABLE["price"].kind is Decimal
    assert [name for name in FIELDS if FIELD_TABLE[name].optional] == [
        *("product", "price", "trigger_price", "disclosed_quantity", "validity", "tag")
    ]
    assert {"product", "validity"} == MAY_BE_EMPTY
    assert {name for name, field in FIELD_TABLE.items() if field.default is not None} == {
        "variety",
        "readonly",
    }


@pytest.mark.parametrize("order_type", OrderType)
@pytest.mark.parametrize("variety", Variety)
@pytest.mark.parametrize("exchange", Exchange)
def test_a_row_says_which_orders_take_it(order_type: OrderType, variety: Variety, exchange: Exchange):
    values = {"order_type": order_type, "variety": variety, "exchange": exchange, "validity": Validity.DAY}
    names = {name for name, field in FIELD_TABLE.items() if field.is_taken(values)}
    conditional = {
        "price": takes_price(order_type),
        "trigger_price": takes_trigger(order_type, variety),
        "disclosed_quantity": takes_disclosed_quantity(exchange),
    }
    assert names == {name for name in FIELDS if conditional.get(name, True)}


def test_documents_name_every_field_and_every_heading():
    embedding = (ROOT / "docs" / "embedding.md").read_text(encoding="utf-8")
    lists = (ROOT / "docs" / "lists.md").read_text(encoding="utf-8")
    assert not [name for name in FIELDS if f"`{name}`" not in embedding]
    for name, kind in CHOICES.items():
        assert name == "transaction_type" or f"`{name}` ({', '.join(kind)})" in embedding
    plain = "".join(letter for letter in lists.lower() if letter.isalnum())
    assert not [heading for field in ROWS for heading in field.facts.headings if heading not in plain]
