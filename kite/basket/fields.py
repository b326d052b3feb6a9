"""What a row of the table of fields says. The rows themselves are the attributes of
kite.basket.items.Item.

A row is an attribute's type, its default, and its FieldFacts. Forms, importers, exports, the JSON
for Kite, the API's description and the embed script are made from these rows.
"""

import types
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass, fields
from enum import StrEnum
from typing import Any, get_args, get_origin, get_type_hints

from kite.vocabulary import Exchange, OrderType, Variety

PRICED = tuple(order_type for order_type in OrderType if order_type.facts.takes_price)
"""The order types that carry a price."""

TRIGGERED = (*(order_type for order_type in OrderType if order_type.facts.takes_trigger), Variety.CO)
"""The order types and the variety that carry a trigger price."""

DISCLOSING = tuple(exchange for exchange in Exchange if exchange.facts.least_disclosed is not None)
"""The exchanges on which an order may disclose only a part of its quantity."""


@dataclass(frozen=True, kw_only=True)
class FieldFacts:
    """What is known of a field beside its type and its default.

    `data_place` is its place in `data`, `form_place` the one in a form, both from 1. `label` is
    its label in a form, `in_sentence` is its name inside a sentence, "" for Kite's own. `hint` is
    said below it, with places for what it names from the tables of facts.

    `taken_with` are the choices of which an order must have one to take the field; none means that
    every order takes it. `preselected` is what a new row has, `usual` what is offered in place of a
    choice that nobody knows, `not_taken` what Kite knows and its basket page does not take.

    `headings` are names of its column in tables beside its own, in small letters and digits alone;
    `leads` the words after which its text comes in a written order, in capitals; `twice` the
    refusal of a written order that says it a second time; `shortcode` its shorter name in
    shortcodes. `on_receipt`: a receipt's JSON has it. `wide`: it takes a whole line of a form.
    """

    data_place: int
    form_place: int
    label: str
    in_sentence: str = ""
    hint: str = ""
    taken_with: tuple[StrEnum, ...] = ()
    preselected: StrEnum | None = None
    usual: StrEnum | None = None
    not_taken: tuple[str, ...] = ()
    headings: tuple[str, ...] = ()
    leads: tuple[str, ...] = ()
    twice: str = ""
    shortcode: str = ""
    on_receipt: bool = True
    wide: bool = False


@dataclass(frozen=True)
class ItemField:
    """A row of the table.

    `kind` is the type of its values: str, int, Decimal, bool, or a StrEnum whose members are its
    choices. `optional`: it need not be given; then it is not sent. `default` is None where there is
    none. `conditions` are the facts' `taken_with` by the names of the fields that are chosen there.
    """

    name: str
    kind: type
    optional: bool
    default: Any
    facts: FieldFacts
    conditions: Mapping[str, frozenset[str]]

    @property
    def choices(self) -> type[StrEnum] | None:
        """The list that its values come from, None when they come from none."""
        return self.kind if issubclass(self.kind, StrEnum) else None

    def is_taken(self, values: Mapping[str, Any]) -> bool:
        """Whether an order with these values by field takes it."""
        if not self.conditions:
            return True
        return any(values[name] in allowed for name, allowed in self.conditions.items())


def table_of(item: type) -> dict[str, ItemField]:
    """Return the rows of a dataclass by their names, in the order in which `data` has them."""
    hints = get_type_hints(item, include_extras=True)
    defaults = {field.name: None if field.default is MISSING else field.default for field in fields(item)}
    parts = {name: get_args(hints[name]) for name in defaults}
    kinds = {name: _kind_of(annotation) for name, (annotation, _) in parts.items()}
    rows = [
        ItemField(
            name,
            kinds[name],
            get_origin(annotation) is types.UnionType,
            defaults[name],
            facts,
            _conditions(facts.taken_with, kinds),
        )
        for name, (annotation, facts) in parts.items()
    ]
    return {row.name: row for row in sorted(rows, key=lambda row: row.facts.data_place)}


def _kind_of(annotation: Any) -> type:
    """Return the type of a field's values, which may be None as well."""
    kinds = [kind for kind in get_args(annotation) or (annotation,) if kind is not types.NoneType]
    (kind,) = kinds
    return kind  # type: ignore[no-any-return]  # a field has one type


def _conditions(choices: Iterable[StrEnum], kinds: Mapping[str, type]) -> dict[str, frozenset[str]]:
    """Return choices by the names of the fields in which they are made."""
    names = {kind: name for name, kind in kinds.items()}
    conditions: dict[str, frozenset[str]] = {}
    for choice in choices:
        name = names[type(choice)]
        conditions[name] = conditions.get(name, frozenset()) | {choice}
    return conditions


def takes_price(order_type: str) -> bool:
    """Whether an order of this type carries a price."""
    return order_type in PRICED


def takes_trigger(order_type: str, variety: str) -> bool:
    """Whether an order of this type and variety carries a trigger price."""
    return order_type in TRIGGERED or variety in TRIGGERED


def takes_disclosed_quantity(exchange: str) -> bool:
    """Whether an order may disclose only a part of its quantity."""
    return exchange in DISCLOSING
