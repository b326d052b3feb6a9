"""The composer's form: rows of texts, checked by the rules of kite.basket.checking.rules.

Rows are numbered from 0 without gaps; their fields are named `items-<n>-<field of the item>`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cached_property

from flask_babel import gettext

from kite.basket.checking.row_checker import instrument_of, row_problems
from kite.basket.checking.rules import rule_problems as rule_problems
from kite.basket.formats.choice_words import CHOICES, MAY_BE_EMPTY
from kite.basket.formats.row_reader import WEIGHT, RowReading, read_row
from kite.basket.items import FIELD_TABLE, FIELDS, MAX_ITEMS, Instrument, Item
from kite.basket.problem import Problem
from kite.basket.worth import order_value
from kite.instruments.catalogue import Catalogue
from kite.instruments.lookup import Lookup
from kite.web.composer.row_fields import LABELS, TYPED
from kite.web.site.text_fields import TextField
from kite.web.wording.rule_messages import FixButton, button, sentence, short


@dataclass(frozen=True)
class CautionMessage:
    """A sentence below a field, and the buttons that change the order."""

    text: str
    buttons: Sequence[FixButton]


@dataclass
class RowField(TextField):
    """A field of a row, with what the page says below it; `short_name` is the field of the item."""

    short_name: str
    fixes: list[FixButton] = field(default_factory=list)
    cares: list[CautionMessage] = field(default_factory=list)


class ItemForm:
    """One row: its texts, for kite.basket.formats.row_reader to read and
    kite.basket.checking.row_checker to check.

    `weight` is the row's weight as it was typed, beside its order: how an amount is spread over the
    basket. `left_out` is set by the basket for a blank row beside filled ones: it is neither
    checked nor sent. `prefix` comes before the names of its controls.
    """

    def __init__(
        self, row: Mapping[str, str], lookup: Lookup, now: datetime, index: int = 0, prefix: str = ""
    ) -> None:
        self.index, self.lookup, self.now = index, lookup, now
        self.weight = row.get(WEIGHT, "")
        self.left_out = False
        self._fields = {name: RowField(f"{prefix}{name}", row.get(name, ""), name) for name in LABELS}

    def __getitem__(self, name: str) -> RowField:
        """Return a field by its name."""
        return self._fields[name]

    def __iter__(self) -> Iterator[RowField]:
        """Yield the fields, in the order of the page."""
        return iter(self._fields.values())

    def text(self, name: str) -> str:
        """Return what was typed into a field, without the spaces around it."""
        return self[name].data.strip()

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

    def box_value(self, name: str) -> str:
        """Return the value of a field's box when it is checked.

        A text that cannot be read stays as it is, so that its error does not vanish with the next
        press.
        """
        if name in self.reading.unreadable_fields:
            return self.text(name)
        return "y"

    def is_checked(self, name: str) -> bool:
        """Whether the box of a field is checked."""
        return bool(getattr(self.reading.item, name))

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
        """Return the choice in a field; what an order does not name is its default, as no variety
        means a regular order.
        """
        return self.reading.texts.get(name) or str(FIELD_TABLE[name].default or "")

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

    def validate(self) -> bool:
        """Check every field and rule, and put sentences at the fields.

        A row that is left out passes.
        """
        if self.left_out:
            return True
        for row_field in self:
            row_field.errors, row_field.fixes = [], []
        problems = row_problems(self.reading, self.lookup, self.now)
        for problem in problems:
            self[problem.field].errors.append(sentence(problem))
            self[problem.field].fixes += [button(self.index, fix) for fix in problem.fixes]
        return not problems


class BasketForm:
    """The form of a basket.

    `rows` are texts by field name; more than MAX_ITEMS of them are refused. There is always one
    row. `form_errors` are what is wrong with the basket as a whole.
    """

    def __init__(self, rows: Sequence[Mapping[str, str]], catalogue: Catalogue | None, now: datetime) -> None:
        self.sent, self.form_errors = len(rows), list[str]()
        lookup = Lookup(catalogue)
        self.orders = [
            ItemForm(row, lookup, now, index, f"items-{index}-")
            for index, row in enumerate(rows[:MAX_ITEMS] or [{}])
        ]

    def validate(self) -> bool:
        """Check every row that is not blank, or the first when all are."""
        blank = [order for order in self.orders if order.blank]
        # A basket of blank rows is no basket: the first is checked, so that its errors say what to
        # type.
        if len(blank) == len(self.orders):
            blank = blank[1:]
        for order in blank:
            order.left_out = True
        passed = [order.validate() for order in self.orders]
        self.form_errors = [too_many(self.sent)] if self.sent > MAX_ITEMS else []
        return all(passed) and not self.form_errors

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
                FormError(row_field.id, f"{name}, {gettext(LABELS[row_field.short_name])}: {error}")
                for row_field in order
                for error in row_field.errors
            ]
        return errors


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
