"""What is typed into the composer: texts by field, their labels and their choices.

Texts stay as they were typed, so that a page with errors shows them again. What they mean is read
by kite.basket.formats.row_reader.
"""

import re
from collections.abc import Mapping, Sequence

from flask_babel import gettext

from kite.basket.formats.choice_words import CHOICES, MAY_BE_EMPTY
from kite.basket.formats.row_reader import WEIGHT
from kite.basket.items import FIELD_TABLE, FIELDS, FORM_FIELDS
from kite.texts import typable
from kite.web.wording.labels import label

NEW_ROW = {field.name: choice.value for field in FIELD_TABLE.values() if (choice := field.facts.preselected)}
"""What a new row preselects."""

LABELS = {field.name: field.facts.label for field in FORM_FIELDS}
"""The words beside every field of a row."""

TYPED = tuple(field.name for field in FORM_FIELDS if not field.choices and field.kind is not bool)
"""The fields that a person types; a row in which they are all empty is blank, whatever is
selected.
"""

_FIELD_NAME = re.compile(rf"items-([0-9]{{1,6}})-({'|'.join(FIELDS)})")


def listed_choices() -> dict[str, list[tuple[str, str]]]:
    """Return value and words of every choice there is, by field."""
    unset = ("", gettext("Not set"))
    return {
        name: [unset] * (name in MAY_BE_EMPTY) + [(choice.value, label(choice)) for choice in kind]
        for name, kind in CHOICES.items()
    }


def posted_rows(form: Mapping[str, str]) -> list[dict[str, str]]:
    """Return the rows of a posted form as texts, in order and without gaps; names that are no
    field's are left out.
    """
    rows: dict[int, dict[str, str]] = {}
    for name, text in form.items():
        if match := _FIELD_NAME.fullmatch(name):
            rows.setdefault(int(match[1]), {})[match[2]] = typable(text)
    return [rows[index] for index in sorted(rows)]


def add_weights(rows: Sequence[dict[str, str]], form: Mapping[str, str]) -> list[dict[str, str]]:
    """Return the rows of a posted form with the weights that were typed for them.

    As part of its row a weight is moved, copied and removed together with its order.
    """
    weights = [typable(form.get(f"{WEIGHT}-{index}", "").strip()) for index in range(len(rows))]
    # A row without a weight gets no such key, so that an untouched row still equals a new one.
    return [row | ({WEIGHT: weight} if weight else {}) for row, weight in zip(rows, weights, strict=True)]
