"""The button builder: choose a published basket or write one order, see its button live, and copy
the lines for a page.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from html import escape
from urllib.parse import urlencode

from flask import render_template, request
from flask_babel import gettext, ngettext

from kite.instruments.lookup import Lookup
from kite.publishing import offers
from kite.publishing.drafts import SLUG
from kite.publishing.offers import Offer
from kite.store.publishing import published
from kite.texts import typable
from kite.vocabulary import EQUITY, N_, TransactionType
from kite.web.composer.forms import ItemForm
from kite.web.composer.row_fields import LABELS, NEW_ROW, listed_choices
from kite.web.operator import accounts
from kite.web.site.context import services
from kite.web.site.surfaces import Surface, SurfaceBlueprint
from kite.web.wording.labels import summary

bp = SurfaceBlueprint("buttons", __name__, Surface.PERSONAL, indexed=True)

FIELDS = (
    "transaction_type",
    "exchange",
    "tradingsymbol",
    "quantity",
    "order_type",
    "price",
    "trigger_price",
    "product",
)
"""The fields that the page asks for, in its order.

Any other field of an order is added to the snippet by hand.
"""

EXAMPLE = {"exchange": "NSE", "tradingsymbol": "SBIN", "quantity": "1", "product": ""}
LONGEST = 120

UNKNOWN = N_("No basket is published under this address.")
STYLE = (
    "kite-button:not(:defined){display:inline-block;box-sizing:border-box;min-height:48px;padding:12px"
    " 14px;vertical-align:middle}"
)
"""Reserves the space of a button until its script is loaded, so that nothing on the page moves
then.
"""
HEAD = (
    '<script src="{site}/embed.js" async></script>\n<style>'
    + STYLE.replace("{", "{{").replace("}", "}}")
    + "</style>"
)


@dataclass(frozen=True)
class BuiltButton:
    """A button: its attributes, its label, and the address of the plain link inside it, "" for
    none.
    """

    attributes: dict[str, str]
    words: str
    href: str

    @property
    def snippet(self) -> str:
        """The HTML to copy into a page. Everything that was typed is escaped."""
        attributes = "".join(f' {name}="{escape(text)}"' for name, text in self.attributes.items())
        inside = escape(self.words)
        if self.href:  # what a visitor without scripts gets
            inside = f'<a href="{escape(self.href)}">{inside}</a>'
        return f"<kite-button{attributes}>{inside}</kite-button>"


@bp.get("/buttons")
def show() -> str:
    """Show both forms, and the button that the address describes."""
    typed = {name: typable(text)[:LONGEST] for name, text in request.args.items()}
    slug, order = typed.get("basket", "").strip(), _order_form(typed)
    for_basket = "basket" in typed
    if for_basket:
        button, errors = _try_basket(slug, typed)
    else:
        button, errors = _try_order(order, typed)
    return render_template(
        "integrations/button_builder.html",
        order=order,
        names=FIELDS,
        labels=LABELS,
        choices=listed_choices(),
        slug=slug,
        words=typed.get("words", ""),
        of_basket=for_basket,
        baskets=_published_baskets(),
        faults=errors,
        button=button,
        head=HEAD.format(site=services().settings.public_url),
    )


def _try_basket(slug: str, typed: Mapping[str, str]) -> tuple[BuiltButton | None, list[str]]:
    """Return the button of a published basket, or why there is none."""
    offer = None
    if SLUG.fullmatch(slug):
        offer = offers.current_offer(services(), slug)
    if offer is None:
        return None, [gettext(UNKNOWN)]
    return _basket_button(offer, typed), []


def _try_order(order: ItemForm, typed: Mapping[str, str]) -> tuple[BuiltButton | None, list[str]]:
    """Return the button of one order, or what is wrong with it, each error with the label of its
    field.
    """
    order.validate()
    errors = [f"{gettext(LABELS[field.short_name])}: {error}" for field in order for error in field.errors]
    if errors:
        return None, errors
    return _order_button(order, typed), []


def _order_form(typed: Mapping[str, str]) -> ItemForm:
    """Return the form of one order, with what the address says, or an example."""
    row = {name: typed[name] for name in FIELDS if name in typed}
    return ItemForm(NEW_ROW | (row or EXAMPLE), Lookup(services().catalogue), services().now())


def _basket_button(offer: Offer, typed: Mapping[str, str]) -> BuiltButton:
    attributes = {"data-basket": offer.basket.slug}
    if offer.amount is not None and typed.get("amount"):
        attributes["data-amount"] = typed["amount"]
    buys = sum(item.transaction_type == TransactionType.BUY for item in offer.version.items)
    attributes["data-note"] = gettext(
        "%(orders)s. You approve in Kite", orders=summary(buys, len(offer.version.items) - buys)
    )
    return BuiltButton(
        attributes,
        typed.get("words") or offer.version.title,
        f"{services().settings.public_url}/b/{offer.basket.slug}",
    )


def _order_button(order: ItemForm, typed: Mapping[str, str]) -> BuiltButton:
    item, settings = order.reading.item, services().settings
    fields = {name: text for name in FIELDS if (text := order.reading.texts.get(name))}
    fields |= {
        name: f"{getattr(item, name):f}" for name in FIELDS if isinstance(getattr(item, name), Decimal)
    }
    fields["quantity"] = str(item.quantity)
    words = f"{item.tradingsymbol}, {item.quantity}"
    if item.exchange in EQUITY:
        words = ngettext(
            "%(symbol)s, %(num)s share",
            "%(symbol)s, %(num)s shares",
            item.quantity,
            symbol=item.tradingsymbol,
        )
    link = ""
    # Otherwise the link would lead visitors to the operators' sign-in.
    if not settings.composer_closed:
        link = f"{settings.public_url}/?{urlencode({'data': json.dumps([fields], separators=(',', ':'))})}"
    return BuiltButton(
        {f"data-{name}": text for name, text in fields.items()}, typed.get("words") or words, link
    )


def _published_baskets() -> list[tuple[str, str]]:
    """Return address and title of every published basket for an operator, none for anybody else.

    A basket may be meant for a few people only, who were given its address.
    """
    if not accounts.operator_name():
        return []
    with services().store.reading() as conn:
        return [(basket.slug, version.title) for basket, version in published.list_all(conn)]
