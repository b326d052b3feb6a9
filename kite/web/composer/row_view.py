"""What the closed line of a composer's row shows, and what all rows of the page share."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask_babel import gettext, ngettext

from kite.basket.items import FIELDS, Instrument, Item, takes_disclosed_quantity, takes_price, takes_trigger
from kite.vocabulary import EQUITY, N_, Exchange, OrderType, Variety
from kite.web.composer.forms import ItemForm
from kite.web.composer.row_edits import VERBS
from kite.web.composer.row_fields import LABELS, listed_choices
from kite.web.wording.fact_words import with_facts
from kite.web.wording.labels import price, quantity
from kite.web.wording.rule_messages import short

HINTS = {
    "price": N_("For %(priced_words)s orders."),
    "trigger_price": N_("For %(triggered_words)s orders."),
    "disclosed_quantity": N_("Not for %(without_disclosure)s."),
}
"""The hint below a field that not every order takes."""

APPLIES = {
    "price": " ".join(f"order_type:{kind}" for kind in OrderType if takes_price(kind)),
    "trigger_price": " ".join(
        f"order_type:{kind}" for kind in OrderType if takes_trigger(kind, Variety.REGULAR)
    )
    + f" variety:{Variety.CO}",
    "disclosed_quantity": " ".join(f"exchange:{code}" for code in Exchange if takes_disclosed_quantity(code)),
}
"""By field: the choices, as field:value, of which one must be made for the field to apply."""


@dataclass(frozen=True)
class RowSummary:
    """What the closed line of a row shows.

    `item` is the Item, or the texts of one that cannot be read yet.

    `index` counts from 0; `value` is in rupees, None when it cannot be known; `about` is what the
    catalogue says of the instrument, `tick` the step of its prices, `lots` the quantity in lots
    where a lot is more than one; `cares` are the sentences of what is pointed out; `wrong` counts
    errors; `open` says whether the fields show.
    """

    index: int
    order: ItemForm
    item: Item | dict[str, Any]
    value: Decimal | None
    about: str
    tick: str
    lots: str | None
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
        about=_about(order.instrument),
        tick=_tick(order.instrument),
        lots=_lots(order.item, order.instrument),
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
    return texts | {"readonly": order.locked}


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
