"""Costs: what a basket needs at Kite, and what the account has for it, as a session of the visit
shows it.

No page depends on an answer: without one there are no figures, and the page shows the order value
from the catalogue.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TypeVar

from kite.basket.fields import takes_price, takes_trigger
from kite.basket.items import Instrument, Item
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
    ask_once,
    session_of,
)
from kite.offsite.base.asking import Answer, ask
from kite.offsite.base.services import Services
from kite.store.people.sessions import KiteSession
from kite.vocabulary import EQUITY, Product, Variety

KEEPS_QUOTES = timedelta(seconds=15)
"""How long a price is good for."""

MOST_QUOTES = 500
"""Names in one question (documentation of market quotes)."""

T = TypeVar("T")


@dataclass(frozen=True)
class OrderCost:
    """What one order of a basket needs by itself, and what is charged for it."""

    item: Item
    margin: Decimal
    charges: Charges


@dataclass(frozen=True)
class BasketCosts:
    """A basket's money in rupees, as Kite answered at `at`.

    `initial` is needed while its orders are placed one by one, `final` once all of them are placed;
    `free` is what the account has for them.
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
        # Added up here: the charges that Kite sends for the whole basket do not add up.
        return sum((order.charges for order in self.orders), Charges())

    @property
    def remaining(self) -> Decimal:
        """What remains of the funds after margin and charges; below 0 it is missing."""
        return self.free - self.final - self.charges.total


def basket_costs(
    services: Services, visit: str, items: Sequence[Item], user_id: str | None = None
) -> Answer[BasketCosts] | None:
    """Return what `items` need together; None without items or a session (of `user_id`)."""
    if not items:
        return None
    params = [_margin_params(item) for item in items]
    key = ("basket", *(tuple(fields.values()) for fields in params))
    session = session_of(services, visit, user_id)
    return ask_once(services, session, key, lambda client: _costs(services, client, items, params), PATIENCE)


def funds(services: Services, visit: str, user_id: str | None = None) -> Mapping[str, Margins] | None:
    """Return the funds by segment, or None when no session (of `user_id`) gives an answer."""
    session = session_of(services, visit, user_id)
    return _ask_for_page(services, session, "funds", lambda client: client.margins())


def holdings(services: Services, visit: str) -> tuple[Holding, ...] | None:
    """Return the shares in the account, or None when no session of the visit gives an answer."""
    session = session_of(services, visit)
    return _ask_for_page(services, session, "holdings", lambda client: tuple(client.holdings()))


def sellable_quantities(services: Services, visit: str) -> Mapping[tuple[str, str], int] | None:
    """Return how many shares can be sold for delivery, by exchange and symbol: what is held, and
    what was bought today.

    None when no session of the visit gives an answer. Working orders that sell are not taken off.
    """
    shares = holdings(services, visit)
    if shares is None:
        return None
    session = session_of(services, visit)
    positions = _ask_for_page(services, session, "positions", lambda client: tuple(client.positions()))
    if positions is None:
        return None
    sellable = {(holding.exchange, holding.tradingsymbol): holding.sellable for holding in shares}
    # What was bought for delivery today is no holding until the day after, and can be sold all the
    # same.
    for position in positions:
        if position.product == Product.CNC and position.quantity > 0:
            name = position.exchange, position.tradingsymbol
            sellable[name] = sellable.get(name, 0) + position.quantity
    return sellable


def authorised_quantities(services: Services, visit: str) -> Mapping[tuple[str, str], int] | None:
    """Return how many shares the person has authorised to be sold today, by exchange and symbol of
    what is held.

    None where they have consented to every sale once and for all (a DDPI, or a power of attorney),
    so that Kite does not ask, and when no session of the visit gives an answer.
    """
    session = session_of(services, visit)
    profile = _ask_for_page(services, session, "profile", lambda client: client.profile())
    if profile is None or profile.demat_consent != "":
        return None
    shares = holdings(services, visit)
    if shares is None:
        return None
    return {(holding.exchange, holding.tradingsymbol): holding.authorised_quantity for holding in shares}


def _ask_for_page(
    services: Services, session: KiteSession | None, key: str, question: Callable[[KiteConnect], T]
) -> T | None:
    """Return an answer for which a page waits, and None without one: the page does without."""
    answer = ask_once(services, session, (key,), question, PATIENCE_IN_PAGE)
    return answer.value if answer else None


def quotes(services: Services, visit: str, names: Iterable[str]) -> dict[str, Quote]:
    """Return the quotes of names such as NSE:INFY, as far as a session of the visit gives them;
    they are the same for everybody.
    """
    wanted = list(dict.fromkeys(names))[:MOST_QUOTES]
    session = session_of(services, visit) if wanted else None
    if session is None:
        return {}
    known = _cached_quotes(services, wanted)
    if len(known) < len(wanted):
        # Kite takes one such question a second for the whole site: whoever gets no turn does
        # without.
        with services.answers.take_turn("quote", sum(PATIENCE_IN_PAGE)) as has_turn:
            known = _cached_quotes(services, wanted)  # the one before may have asked for the same
            if has_turn and (missing := [name for name in wanted if name not in known]):
                known |= _ask_quotes(services, session, missing)
    return {name: quote for name, quote in known.items() if quote}


def _cached_quotes(services: Services, names: Iterable[str]) -> dict[str, Quote | None]:
    """Return the quotes that are still good; None for a name of which Kite sent none."""
    # Each is stored in a tuple, so that "Kite sent none" differs from "nobody asked".
    entries = ((name, services.answers.get(("quote", name))) for name in names)
    return {name: entry[0] for name, entry in entries if entry}


def _ask_quotes(services: Services, session: KiteSession, names: Sequence[str]) -> dict[str, Quote | None]:
    answer = ask(services, session, lambda client: client.quote(*names), PATIENCE_IN_PAGE)
    if answer.value is None:
        quoted, until = dict.fromkeys(names), services.now() + KEEPS_TROUBLE
    else:
        quoted, until = {name: answer.value.get(name) for name in names}, services.now() + KEEPS_QUOTES
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
        OrderCost(item, order_margin.total, charge)
        for item, order_margin, charge in zip(items, margin.orders, charges, strict=True)
    )
    return BasketCosts(services.now(), margin.initial, margin.final, _free(client.margins(), margin), orders)


def _charges(
    services: Services, client: KiteConnect, items: Sequence[Item], margin: BasketMargin
) -> list[Charges]:
    """Return each order's charges at its own price or the last close; one without either has what
    the margin's answer says.
    """
    instruments = services.catalogue.find_all((item.exchange, item.tradingsymbol) for item in items)
    charges, params = {}, {}
    for number, item in enumerate(items):
        charges[number] = margin.orders[number].charges
        price = _price(item, instruments.get((item.exchange, item.tradingsymbol)))
        if price:
            params[number] = _charged_params(number, item, price)
    if params:
        contract_notes = client.get_virtual_contract_note(list(params.values()))
        if len(contract_notes) != len(params):
            raise DataException("Kite answered for another number of orders.")
        charges |= dict(zip(params, contract_notes, strict=True))
    return list(charges.values())


def _price(item: Item, instrument: Instrument | None) -> Decimal | None:
    """Return the price at which an item is charged: its own, or the last close."""
    if takes_price(item.order_type):
        return item.price
    return instrument.last_price if instrument else None


def _free(funds: Mapping[str, Margins], margin: BasketMargin) -> Decimal:
    """Return what is free for a basket.

    The funds of the commodity segment count only where an order draws on them.
    """
    commodity = any(order.segment == COMMODITY for order in margin.orders)
    counted = (segment.net for name, segment in funds.items() if commodity or name != COMMODITY)
    return sum(counted, Decimal(0))


def _margin_params(item: Item) -> MarginParams:
    price = trigger_price = None
    if takes_price(item.order_type):
        price = item.price
    if takes_trigger(item.order_type, item.variety):
        trigger_price = item.trigger_price
    return {
        "exchange": item.exchange.value,
        "tradingsymbol": item.tradingsymbol,
        "transaction_type": item.transaction_type.value,
        "variety": item.variety.value,
        "product": _product(item),
        "order_type": item.order_type.value,
        "quantity": item.quantity,
        "price": price or Decimal(0),
        "trigger_price": trigger_price or Decimal(0),
    }


def _charged_params(number: int, item: Item, price: Decimal) -> ChargedParams:
    params = _margin_params(item)
    return {
        "order_id": str(number + 1),
        "exchange": params["exchange"],
        "tradingsymbol": params["tradingsymbol"],
        "transaction_type": params["transaction_type"],
        "variety": params["variety"],
        "product": params["product"],
        "order_type": params["order_type"],
        "quantity": params["quantity"],
        "average_price": price,
    }


def _product(item: Item) -> str:
    """Return the product; for one that is left to Kite, the usual one."""
    if item.product:
        return item.product.value
    if item.variety is Variety.CO:
        return Product.MIS.value
    return (Product.CNC if item.exchange in EQUITY else Product.NRML).value
