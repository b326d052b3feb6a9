"""Money: what a basket needs at Kite and what is there for it, as a living session of the visit can tell.

No page depends on an answer: without one there is a `MissingFigures` or nothing, and the order value from the
catalogue stays.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from kite.basket.items import Item, takes_price, takes_trigger
from kite.connect.client import KiteConnect
from kite.connect.costs import COMMODITY, BasketMargin, Charges
from kite.connect.market import Holding, Quote
from kite.connect.params import ChargedParams, MarginParams
from kite.connect.records import Margins
from kite.exceptions import DataException
from kite.offsite.account.kite_queries import (
    KEEPS_TROUBLE,
    PATIENCE,
    PATIENCE_IN_PAGE,
    MissingFigures,
    answer_or_none,
    ask,
    ask_once,
    session_of,
)
from kite.offsite.base.services import Services
from kite.store.people.sessions import KiteSession
from kite.vocabulary import EQUITY, Product, Variety

KEEPS_QUOTES = timedelta(seconds=15)
"""How long a price is good for."""

MOST_QUOTES = 500
"""Names in one question (documentation of market quotes)."""


@dataclass(frozen=True)
class OrderCost:
    """What one order of a basket needs by itself, and what is charged for it."""

    item: Item
    margin: Decimal
    charges: Charges


@dataclass(frozen=True)
class BasketCosts:
    """A basket's money in rupees, as Kite told it at `at`.

    `initial` is needed while its orders are placed one by one, `final` once all of them are there; `free` is
    what the account has for them.
    """

    at: datetime
    initial: Decimal
    final: Decimal
    free: Decimal
    orders: tuple[OrderCost, ...]

    @property
    def benefit(self) -> Decimal:
        """What the orders need less together than one by one."""
        return self.initial - self.final

    @property
    def charges(self) -> Charges:
        """The charges of all orders."""
        return sum((each.charges for each in self.orders), Charges())

    @property
    def left(self) -> Decimal:
        """What is left of the funds after margin and charges; below 0 it is missing."""
        return self.free - self.final - self.charges.total


def basket_costs(
    services: Services, visit: str, items: Sequence[Item], user_id: str | None = None
) -> BasketCosts | MissingFigures | None:
    """Return what `items` need together; None without a living session (of `user_id`) or without items."""
    if not items:
        return None
    params = [_margin_params(item) for item in items]
    what = ("basket", *(tuple(each.values()) for each in params))
    session = session_of(services, visit, user_id)
    return ask_once(services, session, what, lambda client: _costs(services, client, items, params), PATIENCE)


def funds(services: Services, visit: str, user_id: str | None = None) -> Mapping[str, Margins] | None:
    """Return the funds by segment, or None when no session of the visit (of `user_id`) can tell."""
    return answer_or_none(
        ask_once(
            services,
            session_of(services, visit, user_id),
            ("funds",),
            lambda client: client.margins(),
            PATIENCE_IN_PAGE,
        )
    )


def holdings(services: Services, visit: str) -> tuple[Holding, ...] | None:
    """Return the shares in the account, or None when no session of the visit can tell."""
    return answer_or_none(
        ask_once(
            services,
            session_of(services, visit),
            ("holdings",),
            lambda client: tuple(client.holdings()),
            PATIENCE_IN_PAGE,
        )
    )


def sellable_quantities(services: Services, visit: str) -> Mapping[tuple[str, str], int] | None:
    """Return how many shares can be sold for delivery, by exchange and symbol: what is held, and what was
    bought today.

    None when no session of the visit can tell. Working orders that sell are not taken off.
    """
    held = holdings(services, visit)
    if held is None:
        return None
    bought = answer_or_none(
        ask_once(
            services,
            session_of(services, visit),
            ("positions",),
            lambda client: tuple(client.positions()),
            PATIENCE_IN_PAGE,
        )
    )
    if bought is None:
        return None
    shares = {(each.exchange, each.tradingsymbol): each.sellable for each in held}
    for each in bought:
        if each.product == Product.CNC and each.quantity > 0:
            name = each.exchange, each.tradingsymbol
            shares[name] = shares.get(name, 0) + each.quantity
    return shares


def authorised_quantities(services: Services, visit: str) -> Mapping[tuple[str, str], int] | None:
    """Return how many shares the person has let be sold today, by exchange and symbol of what is held.

    None where they have consented to every sale once and for all (a DDPI, or a power of attorney), so that
    Kite does not ask, and when no session of the visit can tell.
    """
    profile = answer_or_none(
        ask_once(
            services,
            session_of(services, visit),
            ("profile",),
            lambda client: client.profile(),
            PATIENCE_IN_PAGE,
        )
    )
    if profile is None or profile.demat_consent != "":
        return None
    held = holdings(services, visit)
    return (
        None
        if held is None
        else {(each.exchange, each.tradingsymbol): each.authorised_quantity for each in held}
    )


def quotes(services: Services, visit: str, names: Iterable[str]) -> dict[str, Quote]:
    """Return the quotes of names such as NSE:INFY, as far as a session of the visit can tell; they are the
    same for everybody.

    Kite takes one question a second for the whole site: whoever finds no turn within a second or two does
    without.
    """
    wanted = list(dict.fromkeys(names))[:MOST_QUOTES]
    session = session_of(services, visit) if wanted else None
    if session is None:
        return {}
    known = _known(services, wanted)
    if len(known) < len(wanted):
        with services.answers.take_turn("quote", sum(PATIENCE_IN_PAGE)) as taken:
            known = _known(services, wanted)
            if taken and (missing := [name for name in wanted if name not in known]):
                known |= _ask_quotes(services, session, missing)
    return {name: quote for name, quote in known.items() if quote}


def _known(services: Services, names: Iterable[str]) -> dict[str, Quote | None]:
    """Return what is kept of quotes; None is what Kite did not tell."""
    kept = ((name, services.answers.get(("quote", name), services.now())) for name in names)
    return {name: told[0] for name, told in kept if told}


def _ask_quotes(services: Services, session: KiteSession, names: Sequence[str]) -> dict[str, Quote | None]:
    told = ask(services, session, lambda client: client.quote(*names), PATIENCE_IN_PAGE)
    until = services.now() + (KEEPS_TROUBLE if isinstance(told, MissingFigures) else KEEPS_QUOTES)
    quoted = {name: None if isinstance(told, MissingFigures) else told.get(name) for name in names}
    for name, quote in quoted.items():
        services.answers.put(("quote", name), (quote,), until)
    return quoted


def _costs(
    services: Services, client: KiteConnect, items: Sequence[Item], params: Sequence[MarginParams]
) -> BasketCosts:
    margin = client.basket_order_margins(params)
    if len(margin.orders) != len(items):
        raise DataException("Kite answered for another number of orders.")
    charges = _charges(services, client, items, margin)
    orders = tuple(
        OrderCost(item, each.total, charge)
        for item, each, charge in zip(items, margin.orders, charges, strict=True)
    )
    return BasketCosts(services.now(), margin.initial, margin.final, _free(client.margins(), margin), orders)


def _charges(
    services: Services, client: KiteConnect, items: Sequence[Item], margin: BasketMargin
) -> list[Charges]:
    """Return each order's charges at its own price or the last close; one without either has what the
    margin's answer says.
    """
    known = services.catalogue.find_all((item.exchange, item.tradingsymbol) for item in items)
    charges, filled = {}, {}
    for number, item in enumerate(items):
        charges[number] = margin.orders[number].charges
        instrument = known.get((item.exchange, item.tradingsymbol))
        price = item.price if takes_price(item.order_type) else instrument.last_price if instrument else None
        if price:
            filled[number] = _charged_params(number, item, price)
    if filled:
        noted = client.get_virtual_contract_note(list(filled.values()))
        if len(noted) != len(filled):
            raise DataException("Kite answered for another number of orders.")
        charges |= dict(zip(filled, noted, strict=True))
    return list(charges.values())


def _free(funds: Mapping[str, Margins], margin: BasketMargin) -> Decimal:
    """Return what is free for a basket.

    Those of the commodity segment count only where an order draws on it.
    """
    commodity = any(each.segment == COMMODITY for each in margin.orders)
    return sum((each.net for name, each in funds.items() if commodity or name != COMMODITY), Decimal(0))


def _margin_params(item: Item) -> MarginParams:
    return {
        "exchange": item.exchange.value,
        "tradingsymbol": item.tradingsymbol,
        "transaction_type": item.transaction_type.value,
        "variety": item.variety.value,
        "product": _product(item),
        "order_type": item.order_type.value,
        "quantity": item.quantity,
        "price": item.price or Decimal(0) if takes_price(item.order_type) else Decimal(0),
        "trigger_price": item.trigger_price or Decimal(0)
        if takes_trigger(item.order_type, item.variety)
        else Decimal(0),
    }


def _charged_params(number: int, item: Item, price: Decimal) -> ChargedParams:
    asked = _margin_params(item)
    return {
        "order_id": str(number + 1),
        "exchange": asked["exchange"],
        "tradingsymbol": asked["tradingsymbol"],
        "transaction_type": asked["transaction_type"],
        "variety": asked["variety"],
        "product": asked["product"],
        "order_type": asked["order_type"],
        "quantity": asked["quantity"],
        "average_price": price,
    }


def _product(item: Item) -> str:
    """Return the product; for one that is left to Kite, the usual one."""
    usual = (
        Product.MIS
        if item.variety is Variety.CO
        else Product.CNC
        if item.exchange in EQUITY
        else Product.NRML
    )
    return (item.product or usual).value
