"""What is typed into the composer: texts by field, their labels and their choices.

What a text means, kite.basket.formats.row_reader says.

Texts are kept verbatim, so that a page with errors shows what was typed.
"""

import re
from collections.abc import Mapping

from flask_babel import gettext

from kite.basket.formats.choice_words import CHOICES, MAY_BE_EMPTY
from kite.basket.items import FIELDS
from kite.texts import typable
from kite.vocabulary import N_, Exchange, OrderType, Product, TransactionType, Validity, Variety
from kite.web.wording.labels import label

NEW_ROW = {
    "variety": Variety.REGULAR.value,
    "exchange": Exchange.NSE.value,
    "transaction_type": TransactionType.BUY.value,
    "order_type": OrderType.MARKET.value,
    "product": Product.CNC.value,
    "validity": Validity.DAY.value,
}
"""What a new row preselects."""

LABELS = {
    "transaction_type": N_("Side"),
    "tradingsymbol": N_("Instrument"),
    "exchange": N_("Exchange"),
    "product": N_("Product"),
    "quantity": N_("Quantity"),
    "order_type": N_("Order type"),
    "price": N_("Price"),
    "trigger_price": N_("Trigger"),
    "validity": N_("Validity"),
    "variety": N_("Variety"),
    "disclosed_quantity": N_("Disclosed qty"),
    "tag": N_("Tag"),
    "readonly": N_("Lock: at Kite this order can be reviewed, not changed"),
}
"""The words beside every field of a row."""

TYPED = ("tradingsymbol", "quantity", "price", "trigger_price", "disclosed_quantity", "tag")
"""The fields that a person types; a row in which they are all empty is blank, whatever is selected."""

_FIELD_NAME = re.compile(rf"items-([0-9]{{1,6}})-({'|'.join(FIELDS)})")


def listed_choices() -> dict[str, list[tuple[str, str]]]:
    """Return value and words of every choice there is, by field."""
    unset = ("", gettext("Not set"))
    return {
        name: [unset] * (name in MAY_BE_EMPTY) + [(each.value, label(each)) for each in kind]
        for name, kind in CHOICES.items()
    }


def posted_rows(form: Mapping[str, str]) -> list[dict[str, str]]:
    """Return the rows of a posted form as texts, in order and without gaps; names that are no field's are
    left out.
    """
    rows: dict[int, dict[str, str]] = {}
    for name, text in form.items():
        if match := _FIELD_NAME.fullmatch(name):
            rows.setdefault(int(match[1]), {})[match[2]] = typable(text)
    return [rows[index] for index in sorted(rows)]
