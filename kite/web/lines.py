"""A row of the composer as one line, before anybody knows whether it is right."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask_babel import gettext

from kite.basket.items import FIELDS, Instrument, Item, takes_disclosed_quantity, takes_price, takes_trigger
from kite.vocabulary import N_, Exchange, OrderType, Variety
from kite.web.forms import ItemForm
from kite.web.problems import short
from kite.web.words import price

HINTS = {
    "price": N_("For limit and SL orders."),
    "trigger_price": N_("For SL, SL-M and cover orders."),
    "disclosed_quantity": N_("Not for NFO and BFO."),
}
"""What stands below a field that not every order takes."""

APPLIES = {
    "price": " ".join(f"order_type:{each}" for each in OrderType if takes_price(each)),
    "trigger_price": " ".join(f"order_type:{each}" for each in OrderType if takes_trigger(each, Variety.REGULAR)) + f" variety:{Variety.CO}",
    "disclosed_quantity": " ".join(f"exchange:{each}" for each in Exchange if takes_disclosed_quantity(each)),
}
"""By field: the choices, as field:value, of which one must be made for the field to apply."""


@dataclass(frozen=True)
class Line:
    """What the closed line of a row shows. `item` is the Item, or the texts of one that cannot be read yet.

    `index` counts from 0; `value` is in rupees, None when it cannot be known; `about` is what the catalogue says of
    the instrument; `wrong` counts errors; `open` says whether the fields show.
    """

    index: int
    order: ItemForm
    item: Item | dict[str, Any]
    value: Decimal | None
    about: str
    wrong: int
    open: bool


def lines(orders: Sequence[ItemForm], focus: str) -> list[Line]:
    """Return the line of every row. Open are those with errors, those not ready, and the one that has the focus."""
    return [_line(index, order, focus.startswith(f"items-{index}-")) for index, order in enumerate(orders)]


def _line(index: int, order: ItemForm, focused: bool) -> Line:
    wrong = sum(len(field.errors) for field in order)
    return Line(
        index=index,
        order=order,
        item=order.item if order.item and not order.blank else _texts(order),
        value=order.value,
        about=" · ".join(_about(order.instrument)) if order.instrument else "",
        wrong=wrong,
        open=bool(wrong) or focused or not order.ready,
    )


def _texts(order: ItemForm) -> dict[str, Any]:
    texts: dict[str, Any] = {name: short(order.text(name)) for name in FIELDS if name != "readonly"}
    if order.blank:
        texts |= {"tradingsymbol": gettext("New order"), "exchange": ""}
    return texts | {"readonly": order.readonly.data}


def _about(instrument: Instrument) -> list[str]:
    told = [instrument.name] if instrument.name else []
    if instrument.last_price:
        told.append(gettext("close ₹%(price)s", price=price(instrument.last_price)))
    if instrument.tick_size:
        told.append(gettext("tick %(tick)s", tick=f"{instrument.tick_size.normalize():f}"))
    if instrument.lot_size > 1:
        told.append(gettext("lot %(lot)s", lot=instrument.lot_size))
    return told
