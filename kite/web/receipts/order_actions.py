"""The pages that act on orders: change, cancel, exit.

Each action is one POST; the receipt shows Kite's answer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from flask import abort, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from kite.basket.checking.rules import rule_problems
from kite.basket.items import Item
from kite.basket.numbers import Unreadable, optional_amount, whole_number
from kite.basket.problem import Problem
from kite.connect.records import Order
from kite.offsite.account import order_actions
from kite.offsite.account.order_actions import ActionableOrders, OrderAction
from kite.offsite.base.recorded_acts import ActionKind, ActionResult
from kite.texts import typable
from kite.vocabulary import Exchange, OrderType, Product, TransactionType, Validity, Variety
from kite.web.composer.row_fields import LABELS
from kite.web.journey.kite_login import redirect_to_kite_login
from kite.web.site import security
from kite.web.site.context import services
from kite.web.site.surfaces import Surface, SurfaceBlueprint
from kite.web.site.visits import visit_id
from kite.web.wording.labels import quantity
from kite.web.wording.rule_messages import sentence

bp = SurfaceBlueprint("acting", __name__, Surface.EMBEDDED)

Answer = Response | str | tuple[str, int]


@dataclass(frozen=True)
class Field:
    """A field of the form that changes an order: its name at Kite, label, text, and errors."""

    name: str
    label: str
    text: str
    errors: list[str]


@bp.post("/executions/<execution_id>/orders/cancel")
def cancel_all(execution_id: str) -> Answer:
    """Cancel the open orders that the page showed."""
    return _carry_out(_desk(execution_id), ActionKind.CANCEL, request.form.getlist("order_id"))


@bp.post("/executions/<execution_id>/orders/<order_id>/<any(cancel, exit):verb>")
def end(execution_id: str, order_id: str, verb: str) -> Answer:
    """Cancel an order, or exit a cover order by its second leg."""
    return _carry_out(_desk(execution_id), ActionKind(verb), [order_id])


@bp.get("/executions/<execution_id>/orders/<order_id>/modify")
def modify(execution_id: str, order_id: str) -> Response | str:
    """Show the form that gives an open order new terms; an order that has ended leads to the
    receipt.
    """
    desk = _desk(execution_id)
    order = desk.orders.get(order_id)
    if desk.session is None or order is None:
        return redirect(_receipt(execution_id), 303)
    texts = {name: _text(getattr(order, name)) for name in order_actions.modifiable_fields(order)}
    return _form(desk, order, texts, {}, len(desk.acts))


@bp.post("/executions/<execution_id>/orders/<order_id>/modify")
def change(execution_id: str, order_id: str) -> Answer:
    """Give an order new terms, or show what is wrong with them. Only what differs is sent."""
    desk = _desk(execution_id)
    order = desk.orders.get(order_id)
    repeated = order_actions.is_repeated(desk.acts, ActionKind.MODIFY, [order_id], _press())
    # None of these shows the form again, so what was typed into it need not be read.
    if desk.session is None or order is None or repeated:
        return _carry_out(desk, ActionKind.MODIFY, [order_id])
    texts = {
        name: typable(request.form.get(name, "")).strip() for name in order_actions.modifiable_fields(order)
    }
    terms, errors = _read_terms(order, texts)
    if errors:
        return _form(desk, order, texts, errors, _press())
    return _carry_out(desk, ActionKind.MODIFY, [order_id], terms)


def _desk(execution_id: str) -> ActionableOrders:
    return order_actions.find_actionable_orders(services(), visit_id(), execution_id) or abort(404)


def _receipt(execution_id: str) -> str:
    return url_for("executions.show", execution_id=execution_id)


def _press() -> int:
    """Return how many actions the page had seen, -1 for a form that did not come from our page."""
    text = request.form.get("press", "")
    if text.isdecimal() and len(text) < 10:
        return int(text)
    return -1


def _carry_out(
    desk: ActionableOrders,
    verb: ActionKind,
    order_ids: Sequence[str],
    terms: Mapping[str, int | Decimal] | None = None,
) -> Answer:
    """Act, and lead to the receipt, which shows Kite's answer.

    A session that is over leads to Kite's login, and from there back.
    """
    here = _receipt(desk.execution.id)
    if order_actions.is_repeated(desk.acts, verb, order_ids, _press()):
        return redirect(here, 303)
    orders = [desk.orders[order_id] for order_id in order_ids if order_id in desk.orders]
    # An order may have ended, or become one that is exited, since the page was made.
    actions = [
        OrderAction(verb, order, terms or {})
        for order in orders
        if verb in (ActionKind.MODIFY, order_actions.ending_action(order))
    ]
    outcome = order_actions.carry_out(services(), desk, actions, _press())
    if outcome is ActionResult.SESSION_OVER:
        return redirect_to_kite_login(here)
    if outcome is ActionResult.OUTDATED:
        return render_template("receipts/order_actions_outdated.html", here=here), 409
    return redirect(here, 303)


def _form(
    desk: ActionableOrders,
    order: Order,
    texts: Mapping[str, str],
    errors: Mapping[str, list[str]],
    press: int,
) -> str:
    security.allow_form_to_kite()  # a session that is over leads to Kite's login
    fields = [Field(name, gettext(LABELS[name]), text, errors.get(name, [])) for name, text in texts.items()]
    return render_template(
        "receipts/order_actions_modify.html",
        order=order,
        fields=fields,
        here=_receipt(desk.execution.id),
        press=press,
    )


def _read_terms(
    order: Order, texts: Mapping[str, str]
) -> tuple[dict[str, int | Decimal], dict[str, list[str]]]:
    """Return the terms that differ from the order's, and what is wrong with them by field."""
    values: dict[str, int | Decimal] = {}
    errors: dict[str, list[str]] = {}
    for name, text in texts.items():
        try:
            values[name] = _read_term(name, text)
        except Unreadable as error:
            errors[name] = [sentence(Problem(error.code, name, error.params))]
    if errors:
        return {}, errors
    terms = {name: value for name, value in values.items() if value != getattr(order, name)}
    if not terms:
        return {}, {next(iter(texts)): [gettext("Nothing is changed yet.")]}
    return terms, _errors(order, values)


def _read_term(name: str, text: str) -> int | Decimal:
    # Kite writes 0 for a price or trigger that an order does not have, and an empty field means the
    # same.
    if name == "quantity":
        return whole_number(text or "0")
    return optional_amount(text) or Decimal(0)


def _errors(order: Order, values: Mapping[str, int | Decimal]) -> dict[str, list[str]]:
    """Return what is wrong with an order that has these terms, in sentences by field."""
    errors: dict[str, list[str]] = {}
    if int(values.get("quantity", order.quantity)) <= order.filled_quantity:
        filled = quantity(order.filled_quantity)
        errors["quantity"] = [gettext("Enter more than %(filled)s: that many are filled.", filled=filled)]
    item = _item(order, values)
    # The composer's rules know items only; of any other order Kite alone can say more than this.
    if item is None:
        return errors | {
            name: [sentence(Problem(f"{name}_not_positive", name))]
            for name, value in values.items()
            if not value
        }
    instrument = services().catalogue.find(item.exchange, item.tradingsymbol)
    for problem in rule_problems(item, instrument, services().now()):
        if problem.field in values:
            errors.setdefault(problem.field, []).append(sentence(problem))
    return errors


def _item(order: Order, values: Mapping[str, int | Decimal]) -> Item | None:
    """Return an order as an item of a basket, or None for one that a basket could not hold."""
    if order.parent_order_id:
        return None
    # Kite reports a cover order with the product CO, which no item has: its product is MIS.
    product = Product.MIS.value if order.variety == Variety.CO else order.product
    try:
        return Item(
            tradingsymbol=order.tradingsymbol,
            exchange=Exchange(order.exchange),
            transaction_type=TransactionType(order.transaction_type),
            order_type=OrderType(order.order_type),
            quantity=int(values.get("quantity", order.quantity)),
            variety=Variety(order.variety),
            product=Product(product),
            price=Decimal(values.get("price", 0)) or None,
            trigger_price=Decimal(values.get("trigger_price", 0)) or None,
            validity=Validity(order.validity),
        )
    except ValueError:
        return None


def _text(value: int | Decimal) -> str:
    """Write a term as a person would type it."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    return str(value)
