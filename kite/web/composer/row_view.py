"""A row of the composer as one line, before anybody knows whether it is right."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask_babel import gettext, ngettext

from kite.basket.items import FIELDS, Instrument, Item, takes_disclosed_quantity, takes_price, takes_trigger
from kite.vocabulary import N_, Exchange, OrderType, Variety
from kite.web.composer.forms import ItemForm
from kite.web.composer.row_edits import VERBS
from kite.web.composer.row_fields import LABELS, listed_choices
from kite.web.composer.search_words import KNOWN
from kite.web.wording.labels import price, quantity
from kite.web.wording.rule_messages import short

HINTS = {
    "price": N_("For limit and SL orders."),
    "trigger_price": N_("For SL, SL-M and cover orders."),
    "disclosed_quantity": N_("Not for NFO and BFO."),
}
"""What stands below a field that not every order takes."""

APPLIES = {
    "price": " ".join(f"order_type:{each}" for each in OrderType if takes_price(each)),
    "trigger_price": " ".join(
        f"order_type:{each}" for each in OrderType if takes_trigger(each, Variety.REGULAR)
    )
    + f" variety:{Variety.CO}",
    "disclosed_quantity": " ".join(f"exchange:{each}" for each in Exchange if takes_disclosed_quantity(each)),
}
"""By field: the choices, as field:value, of which one must be made for the field to apply."""


@dataclass(frozen=True)
class RowSummary:
    """What the closed line of a row shows. `item` is the Item, or the texts of one that cannot be read yet.

    `index` counts from 0; `value` is in rupees, None when it cannot be known; `about` is what the catalogue
    says of the instrument, `tick` the step of its prices, `lots` the quantity in lots where a lot is more
    than one; `cares` are the sentences of what is pointed out; `wrong` counts errors; `open` says whether the
    fields show.
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


def lines(orders: Sequence[ItemForm], focus: str) -> list[RowSummary]:
    """Return the line of every row.

    Open are those with errors, those not ready, and the one that has the focus.
    """
    return [_line(index, order, focus.startswith(f"items-{index}-")) for index, order in enumerate(orders)]


def shared(focus: str) -> dict[str, Any]:
    """Return what all rows of a page share, worked out once: words, choices, and which element has the
    focus.
    """
    return {
        "focus": focus,
        "applies": APPLIES,
        "choices": listed_choices(),
        "hints": {name: gettext(words) for name, words in HINTS.items()},
        "verbs": [(verb, gettext(words)) for verb, words in VERBS.items()],
        "known": KNOWN,
        "labels": {name: gettext(words) for name, words in LABELS.items()},
    }


def _line(index: int, order: ItemForm, focused: bool) -> RowSummary:
    wrong = sum(len(field.errors) for field in order)
    return RowSummary(
        index=index,
        order=order,
        item=order.item if order.item and not order.blank else _texts(order),
        value=order.value,
        about=" · ".join(_about(order.instrument)) if order.instrument else "",
        tick=_tick(order.instrument) if order.instrument else "",
        lots=_lots(order.item, order.instrument) if order.item and order.instrument else None,
        cares=[care.text for field in order for care in getattr(field, "cares", ())],
        wrong=wrong,
        open=bool(wrong) or focused or not order.ready,
    )


def _texts(order: ItemForm) -> dict[str, Any]:
    texts: dict[str, Any] = {name: short(order.text(name)) for name in FIELDS if name != "readonly"}
    if order.blank:
        texts |= {"tradingsymbol": gettext("New order"), "exchange": ""}
    return texts | {"readonly": order.locked}


def _about(instrument: Instrument) -> list[str]:
    told = [instrument.name] if instrument.name else []
    if instrument.last_price:
        told.append(gettext("close ₹%(price)s", price=price(instrument.last_price)))
    if instrument.lot_size > 1:
        told.append(gettext("lot %(lot)s", lot=instrument.lot_size))
    return told


def _tick(instrument: Instrument) -> str:
    return f"{instrument.tick_size.normalize():f}" if instrument.tick_size else ""


def _lots(item: Item, instrument: Instrument) -> str | None:
    """Return a quantity in lots: 150 = 2 lots.

    None where a lot is one, and for what is no whole number of lots.
    """
    lots, rest = divmod(item.quantity, instrument.lot_size) if instrument.lot_size > 1 else (0, 0)
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
