"""The composer's form: rows of texts, checked by the rules of kite.basket.checking.rules.

Rows are numbered from 0 without gaps; their fields are named `items-<n>-<field of the item>`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

import wtforms
from flask_babel import gettext
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict

from kite.basket.checking.row_checker import instrument_of, row_problems
from kite.basket.checking.rules import rule_problems as rule_problems
from kite.basket.formats.choice_words import CHOICES, MAY_BE_EMPTY
from kite.basket.formats.row_reader import WEIGHT, RowReading, read_row
from kite.basket.items import FIELDS, MAX_ITEMS, Instrument, Item
from kite.basket.problem import Problem
from kite.basket.worth import order_value
from kite.instruments.catalogue import Catalogue
from kite.instruments.lookup import Lookup
from kite.vocabulary import Variety
from kite.web.composer.row_fields import LABELS, TYPED
from kite.web.wording.rule_messages import button, sentence, short


class ItemForm(wtforms.Form):  # type: ignore[misc]  # WTForms carries no types
    """One row: its texts, for kite.basket.formats.row_reader to read and
    kite.basket.checking.row_checker to check.
    """

    transaction_type = wtforms.StringField()
    tradingsymbol = wtforms.StringField()
    exchange = wtforms.StringField()
    product = wtforms.StringField()
    quantity = wtforms.StringField()
    order_type = wtforms.StringField()
    price = wtforms.StringField()
    trigger_price = wtforms.StringField()
    validity = wtforms.StringField()
    variety = wtforms.StringField()
    disclosed_quantity = wtforms.StringField()
    tag = wtforms.StringField()
    readonly = wtforms.StringField()

    index: int
    lookup: Lookup
    now: datetime
    weight = ""
    """The row's weight as it was typed, beside its order: how an amount is spread over the
    basket.
    """
    left_out = False
    """Set by the basket for a blank row beside filled ones: it is neither checked nor sent."""

    def text(self, name: str) -> str:
        """Return what was typed into a field, without the spaces around it."""
        return (self[name].data or "").strip()

    @property
    def blank(self) -> bool:
        """Whether nothing was typed into this row."""
        return not any(self.text(name) for name in TYPED)

    @cached_property
    def reading(self) -> RowReading:
        """What the texts mean."""
        return read_row({name: self.text(name) for name in FIELDS})

    @property
    def read(self) -> tuple[Item, list[Problem]]:
        """The item that the texts mean, and a problem for each text that means nothing."""
        return self.reading.item, list(self.reading.unreadable)

    @property
    def item(self) -> Item | None:
        """The item, or None while a text cannot be read. It may still break rules."""
        return None if self.reading.unreadable else self.reading.item

    @cached_property
    def instrument(self) -> Instrument | None:
        """The instrument that is named, as far as there is one."""
        return instrument_of(self.reading, self.lookup)

    @property
    def lock(self) -> str:
        """The value of the checked box for the lock.

        A text that cannot be read stays as it is, so that its error does not vanish with the next
        press.
        """
        if "readonly" in self.reading.unreadable_fields:
            return self.text("readonly")
        return "y"

    @property
    def locked(self) -> bool:
        """Whether the box for the lock is checked."""
        return self.reading.item.readonly

    def stray(self, name: str) -> str | None:
        """Return the text in a choice that is none of its values, which the page then offers as
        well.

        Without that the browser would choose the first value, and nobody would see that the order
        changed.
        """
        choice = self.chosen(name)
        if choice in CHOICES[name].__members__.values() or (not choice and name in MAY_BE_EMPTY):
            return None
        return choice

    def chosen(self, name: str) -> str:
        """Return the choice in a field; no variety means a regular order."""
        choice = self.reading.texts.get(name, "")
        if not choice and name == "variety":
            return Variety.REGULAR.value
        return choice

    @property
    def ready(self) -> bool:
        """Whether nothing is missing or wrong in this row; unlike `validate` it adds no error to a
        field.
        """
        return self.item is not None and not rule_problems(self.item, self.instrument, self.now)

    @property
    def value(self) -> Decimal | None:
        """What the order is worth in rupees, None when that cannot be known."""
        if self.item is None:
            return None
        return order_value(self.item, self.instrument)

    def validate(self, extra_validators: Mapping[str, Sequence[Any]] | None = None) -> bool:
        """Check every field and rule, and put sentences at the fields.

        A row that is left out passes.
        """
        if self.left_out:
            return True
        passed: bool = super().validate(extra_validators)
        problems = row_problems(self.reading, self.lookup, self.now)
        for problem in problems:
            field = self[problem.field]
            field.errors = [*field.errors, sentence(problem)]
            field.fixes = [*getattr(field, "fixes", ()), *(button(self.index, fix) for fix in problem.fixes)]
        return passed and not problems


class BasketForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF carries no types
    """The form of a basket.

    `rows` are texts by field name; more than MAX_ITEMS of them are refused.
    """

    class Meta(FlaskForm.Meta):  # type: ignore[misc]  # Flask-WTF carries no types
        """Switches off the translations of WTForms: none of its sentences is shown, and it would
        read its catalogue for every request.
        """

        def get_translations(self, form: wtforms.Form) -> None:
            """Return no translations."""

    # A plain Form per row: a FlaskForm would put a token of its own into every row.
    rows = wtforms.FieldList(wtforms.FormField(ItemForm), name="items", min_entries=1)

    def __init__(
        self,
        rows: Sequence[Mapping[str, str]],
        catalogue: Catalogue | None,
        now: datetime,
        csrf_token: str = "",
    ) -> None:
        super().__init__(formdata=MultiDict([("csrf_token", csrf_token), *_fields(rows[:MAX_ITEMS])]))
        self.sent = len(rows)
        self.orders: list[ItemForm] = [entry.form for entry in self.rows]
        lookup = Lookup(catalogue)
        for index, order in enumerate(self.orders):
            order.index, order.lookup, order.now = index, lookup, now
        for order, row in zip(self.orders, rows, strict=False):
            order.weight = row.get(WEIGHT, "")

    def validate(self, extra_validators: Mapping[str, Sequence[Any]] | None = None) -> bool:
        """Check every row that is not blank, or the first when all are."""
        blank = [order for order in self.orders if order.blank]
        # A basket of blank rows is no basket: the first is checked, so that its errors say what to
        # type.
        if len(blank) == len(self.orders):
            blank = blank[1:]
        for order in blank:
            order.left_out = True
        passed: bool = super().validate(extra_validators)
        if self.sent > MAX_ITEMS:
            self.form_errors = [too_many(self.sent)]
        return passed and not self.form_errors

    def items(self) -> list[Item]:
        """Return the basket of a form that passed."""
        return [order.reading.item for order in self.orders if not order.left_out]

    def faults(self) -> list["FormError"]:
        """Return every error, in the order of the page."""
        errors = [FormError("basket", error) for error in self.form_errors]
        for number, order in enumerate(self.orders, 1):
            name = gettext("Order %(number)s", number=number)
            if symbol := short(order.text("tradingsymbol")):
                name = f"{name}, {symbol}"
            errors += [
                FormError(field.id, f"{name}, {gettext(LABELS[field.short_name])}: {error}")
                for field in order
                for error in field.errors
            ]
        return errors

    @property
    def stale(self) -> bool:
        """Whether the token of the posted page does not fit: it is too old, or of another visit."""
        return "csrf_token" in self and bool(self.csrf_token.errors)


@dataclass(frozen=True)
class FormError:
    """A line of the summary of errors: the id of the field that it leads to, and the words."""

    id: str
    text: str


def too_many(count: int) -> str:
    """Return the sentence for a basket that is too long."""
    return str(
        gettext(
            "A basket holds at most %(most)s orders. There are %(count)s; the first %(most)s are kept here.",
            most=MAX_ITEMS,
            count=count,
        )
    )


def _fields(rows: Iterable[Mapping[str, str]]) -> list[tuple[str, str]]:
    return [
        (f"items-{number}-{name}", row.get(name, "")) for number, row in enumerate(rows) for name in FIELDS
    ]
