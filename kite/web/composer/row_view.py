"""What the closed line of a composer's row shows, and what all rows of the page share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from flask_babel import gettext, ngettext

from kite.basket.fields import ItemField
from kite.basket.items import FIELDS, FORM_FIELDS, Instrument, Item
from kite.vocabulary import EQUITY, TransactionType
from kite.web.composer.forms import ItemForm
from kite.web.composer.row_edits import VERBS
from kite.web.composer.row_fields import LABELS, listed_choices
from kite.web.wording.fact_words import with_facts
from kite.web.wording.labels import price, quantity
from kite.web.wording.rule_messages import short

HINTS = {field.name: field.facts.hint for field in FORM_FIELDS if field.facts.hint}
"""The hint below a field that not every order takes."""

APPLIES = {
    field.name: " ".join(
        f"{name}:{choice}"
        for name, choices in field.conditions.items()
        for choice in field.facts.taken_with
        if choice in choices
    )
    for field in FORM_FIELDS
    if field.conditions
}
"""By field: the choices, as field:value, of which one must be made for the field to apply."""


class Control(StrEnum):
    """How a form asks for a field."""

    RADIO = "radio"
    SELECT = "select"
    CHECKBOX = "checkbox"
    TEXT = "text"


@dataclass(frozen=True)
class FormControl:
    """A field as the form asks for it; `inputmode` is the keyboard that a phone shows, "" for its
    usual one.
    """

    name: str
    control: Control
    inputmode: str
    wide: bool


def _control(field: ItemField) -> Control:
    if field.kind is TransactionType:
        return Control.RADIO
    if field.choices:
        return Control.SELECT
    return Control.CHECKBOX if field.kind is bool else Control.TEXT


INPUT_MODES = {int: "numeric", Decimal: "decimal"}

FORM_CONTROLS = [
    FormControl(field.name, _control(field), INPUT_MODES.get(field.kind, ""), field.facts.wide)
    for field in FORM_FIELDS
]
"""Every field in the order of the form."""


@dataclass(frozen=True)
class RowSummary:
    """What the closed line of a row shows.

    `item` is the Item, or the texts of one that cannot be read yet.

    `index` counts from 0; `value` is in rupees, None when it cannot be known; `hints` are what the
    catalogue says at a field, by its name: of the instrument, and of a quantity in lots where a lot
    is more than one; `ticks` is the step of its prices, by field; `cares` are the sentences of what
    is pointed out; `wrong` counts errors; `open` says whether the fields show.
    """

    index: int
    order: ItemForm
    item: Item | dict[str, Any]
    value: Decimal | None
    hints: Mapping[str, str | None]
    ticks: Mapping[str, str]
    cares: Sequence[str]
    wrong: int
    open: bool


def summarize_rows(orders: Sequence[ItemForm], focus: str) -> list[RowSummary]:
    """Return the line of every row; open are rows with errors, unfinished rows, and the one with
    the focus.
    """
    return [_line(index, order, focus.startswith(f"items-{index}-")) for index, order in enumerate(orders)]


def shared_context(focus: str) -> dict[str, Any]:
    """Return what all rows of a page share, worked out once: words, choices, and which element has
    the focus.
    """
    return {
        "focus": focus,
        "applies": APPLIES,
        "choices": listed_choices(),
        "fields": FORM_CONTROLS,
        "hints": {name: with_facts(words) for name, words in HINTS.items()},
        "verbs": [(verb, gettext(words)) for verb, words in VERBS.items()],
        "shares": " ".join(sorted(EQUITY)),
        "labels": {name: gettext(words) for name, words in LABELS.items()},
    }


def _line(index: int, order: ItemForm, focused: bool) -> RowSummary:
    wrong = sum(len(field.errors) for field in order)
    return RowSummary(
        index=index,
        order=order,
        item=_item_or_texts(order),
        value=order.value,
        hints={"tradingsymbol": _about(order.instrument), "quantity": _lots(order.item, order.instrument)},
        ticks={"price": _tick(order.instrument)},
        cares=[care.text for field in order for care in getattr(field, "cares", ())],
        wrong=wrong,
        open=bool(wrong) or focused or not order.ready,
    )


def _item_or_texts(order: ItemForm) -> Item | dict[str, Any]:
    """Return the item, or the texts of a row that is blank or cannot be read."""
    if order.item and not order.blank:
        return order.item
    texts: dict[str, Any] = {name: short(order.text(name)) for name in FIELDS if name != "readonly"}
    if order.blank:
        texts |= {"tradingsymbol": gettext("New order"), "exchange": ""}
    return texts | {"readonly": order.is_checked("readonly")}


def _about(instrument: Instrument | None) -> str:
    """Return what the list of instruments says: "INFOSYS · close ₹1,448.20"."""
    if instrument is None:
        return ""
    facts = [instrument.name]
    if instrument.last_price:
        facts.append(gettext("close ₹%(price)s", price=price(instrument.last_price)))
    if instrument.lot_size > 1:
        facts.append(gettext("lot %(lot)s", lot=instrument.lot_size))
    return " · ".join(filter(None, facts))


def _tick(instrument: Instrument | None) -> str:
    # The lists give no tick for a few instruments, indices among them.
    if instrument is None or not instrument.tick_size:
        return ""
    return f"{instrument.tick_size.normalize():f}"


def _lots(item: Item | None, instrument: Instrument | None) -> str | None:
    """Return a quantity in lots: 150 = 2 lots.

    None where a lot is one, and for what is no whole number of lots.
    """
    if item is None or instrument is None or instrument.lot_size <= 1:
        return None
    lots, rest = divmod(item.quantity, instrument.lot_size)
    if lots < 1 or rest:
        return None
    return str(
        ngettext(
            "%(quantity)s = %(num)s lot",
            "%(quantity)s = %(num)s lots",
            lots,
            quantity=quantity(item.quantity),
        )
    )
