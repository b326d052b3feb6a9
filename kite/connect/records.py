"""What Kite answers, typed: ids as text, money as Decimal rupees, times in IST.

`raw` holds everything as it was sent.

Attributes are those of both versions of the documentation's page "Orders" and of recorded answers.
Kite leaves out what does not apply and adds fields and statuses over time: a missing field is None
or 0, and a new one is still in `raw`.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from kite.connect.fields import RecordReader
from kite.vocabulary import OrderStatus, has_ended, known_status

Raw = dict[str, Any]

NEEDED = frozenset({"quantity", "filled_quantity", "order_timestamp"})
"""Figures and times of an order that its outcome depends on."""


@dataclass(frozen=True)
class Order:
    """An order, or one entry of its history.

    Quantities in shares, units or contracts as Kite counts them.
    """

    order_id: str
    status: str
    exchange: str
    tradingsymbol: str
    transaction_type: str
    order_type: str
    product: str
    variety: str
    validity: str
    quantity: int
    filled_quantity: int
    pending_quantity: int
    """What was not filled.

    A cancelled order keeps it, so filled, pending and cancelled do not add up to `quantity`.
    """
    cancelled_quantity: int
    disclosed_quantity: int
    price: Decimal
    trigger_price: Decimal
    average_price: Decimal
    market_protection: Decimal
    """Percent; -1 is automatic."""
    validity_ttl: int
    """Minutes."""
    instrument_token: str | None
    account_id: str | None
    placed_by: str | None
    terminal_id: str | None
    exchange_order_id: str | None
    parent_order_id: str | None
    auction_number: str | None
    guid: str | None
    status_message: str | None
    status_message_raw: str | None
    order_timestamp: datetime | None
    exchange_timestamp: datetime | None
    exchange_update_timestamp: datetime | None
    modified: bool
    tag: str | None
    tags: tuple[str, ...]
    meta: Raw
    raw: Raw = field(repr=False)
    unreadable_fields: tuple[str, ...] = ()
    """The names of fields that could not be read; their values here are only placeholders."""

    @property
    def ended(self) -> bool:
        """Whether it can no longer change; a status that is not known counts as working."""
        return has_ended(self.status)

    @property
    def is_readable(self) -> bool:
        """Whether its status, instrument, side, quantities and time could be read."""
        named = self.status and self.exchange and self.tradingsymbol and self.transaction_type
        return bool(named) and not NEEDED & set(self.unreadable_fields)

    @property
    def known_status(self) -> OrderStatus | None:
        """The status of Kite's word; None for a word that is not known, and where Kite sent
        none.
        """
        return known_status(self.status)

    @property
    def tag_list(self) -> tuple[str, ...]:
        """Its tag and its tags without repetition.

        `tags` may hold entries of Kite's own, such as mktp:2.00.
        """
        own_tag = [self.tag] if self.tag else []
        return tuple(dict.fromkeys([*own_tag, *self.tags]))


@dataclass(frozen=True)
class Trade:
    """One fill of an order: quantity at average_price."""

    trade_id: str
    order_id: str
    exchange: str
    tradingsymbol: str
    transaction_type: str
    product: str
    quantity: int
    average_price: Decimal
    instrument_token: str | None
    exchange_order_id: str | None
    fill_timestamp: datetime | None
    order_timestamp: datetime | None
    exchange_timestamp: datetime | None
    raw: Raw = field(repr=False)
    unreadable_fields: tuple[str, ...] = ()


@dataclass(frozen=True)
class Session:
    """A session of a Kite user, until the next 06:00 IST.

    Of its secrets only the access token is kept, and not shown.
    """

    user_id: str
    user_name: str
    user_shortname: str
    broker: str
    exchanges: tuple[str, ...]
    products: tuple[str, ...]
    order_types: tuple[str, ...]
    login_time: datetime | None
    access_token: str = field(repr=False)


@dataclass(frozen=True)
class Profile:
    """Who is logged in.

    `demat_consent` says how they allow Zerodha to debit what they sell: "consent", "physical", ""
    for not at all; None when Kite does not say.
    """

    user_id: str
    user_name: str
    user_shortname: str
    broker: str
    exchanges: tuple[str, ...]
    products: tuple[str, ...]
    order_types: tuple[str, ...]
    demat_consent: str | None


@dataclass(frozen=True)
class Margins:
    """Funds of one segment in rupees: `net` is free, `cash` what was there; the rest is in
    `raw`.
    """

    enabled: bool
    net: Decimal
    cash: Decimal
    raw: Raw = field(repr=False)


@dataclass(frozen=True)
class ChangedOrder:
    """The id of an order of which Kite took a change."""

    order_id: str


def order(raw: object) -> Order:
    """Read an order. Raises DataException when it is no object or has no order_id."""
    row = RecordReader(raw, "order_id")
    record = Order(
        order_id=row.text("order_id"),
        status=row.text("status"),
        exchange=row.text("exchange"),
        tradingsymbol=row.text("tradingsymbol"),
        transaction_type=row.text("transaction_type"),
        order_type=row.text("order_type"),
        product=row.text("product"),
        variety=row.text("variety"),
        validity=row.text("validity"),
        quantity=row.integer("quantity"),
        filled_quantity=row.integer("filled_quantity"),
        pending_quantity=row.integer("pending_quantity"),
        cancelled_quantity=row.integer("cancelled_quantity"),
        disclosed_quantity=row.integer("disclosed_quantity"),
        price=row.money("price"),
        trigger_price=row.money("trigger_price"),
        average_price=row.money("average_price"),
        market_protection=row.money("market_protection"),
        validity_ttl=row.integer("validity_ttl"),
        **_names(row),
        order_timestamp=row.moment("order_timestamp"),
        exchange_timestamp=row.moment("exchange_timestamp"),
        exchange_update_timestamp=row.moment("exchange_update_timestamp"),
        modified=row.flag("modified"),
        tags=row.texts("tags"),
        meta=row.child("meta"),
        raw=row.raw,
    )
    # No order is for 0 or less, so such a figure says as little as one that cannot be read.
    no_quantity = {"quantity"} if record.quantity <= 0 else set()
    return replace(record, unreadable_fields=tuple(sorted(row.unreadable_fields | no_quantity)))


def _names(row: RecordReader) -> dict[str, Any]:
    """Read the texts that many orders do not have."""
    names = (
        "instrument_token",
        "account_id",
        "placed_by",
        "terminal_id",
        "exchange_order_id",
        "parent_order_id",
    )
    return {
        name: row.optional_text(name)
        for name in (*names, "auction_number", "guid", "status_message", "status_message_raw", "tag")
    }


def trade(raw: object) -> Trade:
    """Read a trade. Raises DataException when it is no object, or without trade_id and order_id.

    The documentation's table calls the quantity `filled`, its samples `quantity`. `order_timestamp`
    may be a time of the day only; its day is that of the fill.
    """
    row = RecordReader(raw, "trade_id", "order_id")
    filled_at = row.moment("fill_timestamp")
    record = Trade(
        trade_id=row.text("trade_id"),
        order_id=row.text("order_id"),
        exchange=row.text("exchange"),
        tradingsymbol=row.text("tradingsymbol"),
        transaction_type=row.text("transaction_type"),
        product=row.text("product"),
        quantity=row.integer("quantity") or row.integer("filled"),
        average_price=row.money("average_price"),
        instrument_token=row.optional_text("instrument_token"),
        exchange_order_id=row.optional_text("exchange_order_id"),
        fill_timestamp=filled_at,
        order_timestamp=row.moment("order_timestamp", filled_at),
        exchange_timestamp=row.moment("exchange_timestamp"),
        raw=row.raw,
    )
    return replace(record, unreadable_fields=tuple(sorted(row.unreadable_fields)))


def session(raw: object) -> Session:
    """Read the answer of a token exchange. Raises DataException without user_id or access_token."""
    row = RecordReader(raw, "user_id", "access_token")
    return Session(**_person(row), login_time=row.moment("login_time"), access_token=row.text("access_token"))


def profile(raw: object) -> Profile:
    """Read a profile. Raises DataException without user_id."""
    row = RecordReader(raw, "user_id")
    consent = row.child("meta").get("demat_consent")
    return Profile(**_person(row), demat_consent=consent if isinstance(consent, str) else None)


def _person(row: RecordReader) -> dict[str, Any]:
    names = {name: row.text(name) for name in ("user_id", "user_name", "user_shortname", "broker")}
    return names | {name: row.texts(name) for name in ("exchanges", "products", "order_types")}


def margins(raw: object) -> Margins:
    """Read the funds of a segment. Raises DataException when it is no object."""
    row = RecordReader(raw)
    return Margins(
        enabled=row.flag("enabled"),
        net=row.money("net"),
        cash=RecordReader(row.child("available")).money("cash"),
        raw=row.raw,
    )


def changed_order(raw: object) -> ChangedOrder:
    """Read the answer of a call that changes an order. Raises DataException without order_id."""
    return ChangedOrder(RecordReader(raw, "order_id").text("order_id"))
