"""What the receipt's templates lay out: plain objects, in words already."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from kite.basket.items import Item
from kite.connect.records import Order
from kite.offsite.base.changes import Change
from kite.store.flow.executions import Execution
from kite.web.wording.history import TimelineStep

Facts = list[tuple[str, str]]
"""Labels, each with the text beside it."""


@dataclass(frozen=True)
class OrderView:
    """An order opened: its timeline, the facts that matter, and every attribute as Kite sent it."""

    order: Order
    steps: list[TimelineStep]
    facts: Facts
    extra_facts: Facts


@dataclass(frozen=True)
class ItemView:
    """One line of the receipt.

    `share` is the filled part, 0 to 1; `changes` have their terms as text.

    `item` has the terms that Kite's order book shows. `causes` say why Kite may have made no order.
    `reason` and `next_step` say why it was refused and what to do, `own_words` is Kite's own text,
    `kites_page` is address and words of a link to the page of Kite's where the next step is taken.
    """

    number: int
    item: Item
    outcome: str | None
    share: float
    filled_quantity: int
    quantity: int
    average_price: Decimal | None
    changes: list[Change]
    reason: str | None
    causes: list[str]
    next_step: str | None
    own_words: tuple[str, ...]
    kites_page: tuple[str, str] | None
    progress: str | None
    reported: list[str]
    twice: str | None
    orders: list[OrderView]
    open_by_default: bool


@dataclass(frozen=True)
class TradeView:
    """A line of the trades table.

    `value` is in rupees, None where a contract's multiplier is not known.
    """

    time: str
    tradingsymbol: str
    quantity: int
    price: Decimal
    value: Decimal | None
    facts: Facts


@dataclass(frozen=True)
class ReceiptNote:
    """A note above the lines: kind is trouble, care or tells."""

    kind: str
    title: str
    text: str


@dataclass(frozen=True)
class ReceiptView:
    """Everything the receipt's templates need.

    What has a default is the owner's alone: the Kite user who placed the orders.
    """

    execution: Execution
    state: str
    headline: str
    items: list[ItemView]
    about: Facts
    live: bool
    note: ReceiptNote | None
    viewer: str
    looked: str
    next_part: tuple[str, str] | None
    kite_orders_url: str
    tally: list[tuple[str, int]] = field(default_factory=list)
    trades: list[TradeView] = field(default_factory=list)
    extra: list[OrderView] = field(default_factory=list)
    checked_at: datetime | None = None
    doubts: list[ReceiptNote] = field(default_factory=list)
    events: list[TimelineStep] = field(default_factory=list)
    can_login: bool = False
    can_check: bool = False
    can_again: bool = False
    can_edit: bool = False
