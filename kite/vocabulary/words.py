"""The words that have no facts but their labels: varieties, sides, products, statuses, states.

A label is written with `N_`, which marks it for translation and changes nothing; pages pass it
through gettext.
"""

from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

from kite.vocabulary.marks import N_
from kite.vocabulary.order_types import OrderType

IST = ZoneInfo("Asia/Kolkata")
"""Indian Standard Time: every time that Kite sends without a zone is in it."""


class Variety(StrEnum):
    """Order varieties that the basket page takes."""

    REGULAR = "regular"
    AMO = "amo"
    CO = "co"


class TransactionType(StrEnum):
    """The side of an order."""

    BUY = "BUY"
    SELL = "SELL"


class Product(StrEnum):
    """Margin products that the basket page takes."""

    CNC = "CNC"
    NRML = "NRML"
    MIS = "MIS"


class Validity(StrEnum):
    """How long an order stands."""

    DAY = "DAY"
    IOC = "IOC"


class OrderStatus(StrEnum):
    """Statuses that the documentation and recorded answers name.

    Kite may send others: they count as not ended.
    """

    COMPLETE = "COMPLETE"
    CANCELLED = "CANCELLED"
    REJECTED = "REJECTED"
    OPEN = "OPEN"
    TRIGGER_PENDING = "TRIGGER PENDING"
    AMO_REQ_RECEIVED = "AMO REQ RECEIVED"
    PUT_ORDER_REQ_RECEIVED = "PUT ORDER REQ RECEIVED"
    PUT_ORDER_REQUEST_RECEIVED = "PUT ORDER REQUEST RECEIVED"
    VALIDATION_PENDING = "VALIDATION PENDING"
    OPEN_PENDING = "OPEN PENDING"
    MODIFY_VALIDATION_PENDING = "MODIFY VALIDATION PENDING"
    MODIFY_PENDING = "MODIFY PENDING"
    MODIFIED = "MODIFIED"
    CANCEL_PENDING = "CANCEL PENDING"


_BEGINNINGS = (OrderStatus.CANCELLED, OrderStatus.REJECTED)
ENDED = frozenset({OrderStatus.COMPLETE, *_BEGINNINGS})
"""After one of these an order does not change any more.

What Kite writes is compared by `has_ended`, never with these.
"""


@lru_cache(maxsize=256)
def known_status(text: str) -> OrderStatus | None:
    """Return the status that Kite's word means, or None for a word never seen before.

    Capitals and blanks make no difference. A word that begins with CANCELLED or REJECTED means that
    status, for Kite writes more behind it: `CANCELLED AMO` was seen.
    """
    word = " ".join(text.upper().split())
    begins = next((status for status in _BEGINNINGS if word.startswith(status)), None)
    return begins or next((status for status in OrderStatus if status == word), None)


def has_ended(status: str) -> bool:
    """Whether an order of this status does not change any more.

    A status that nobody knows may still change.
    """
    return known_status(status) in ENDED


LABELS: dict[str, str] = {
    Variety.REGULAR: N_("Regular"),
    Variety.AMO: N_("After market"),
    Variety.CO: N_("Cover"),
    TransactionType.BUY: N_("Buy"),
    TransactionType.SELL: N_("Sell"),
    **{order_type: order_type.facts.label for order_type in OrderType},
    Validity.DAY: N_("Day"),
    Validity.IOC: N_("Immediate or cancel"),
}
"""What people read for a value that is not plain by itself; exchanges and products are shown as
they are.
"""


class State(StrEnum):
    """What is known of an execution, one hand-off and what became of it."""

    PREPARED = "prepared"
    HANDED_OFF = "handed_off"
    RETURNED = "returned"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"
    SETTLED = "settled"


class ReturnKind(StrEnum):
    """What the browser went to Kite for before it came back with a token."""

    BASKET = "basket"
    LOGIN = "login"


class ReturnVerdict(StrEnum):
    """What a return with a token proves when it arrives."""

    OWN = "own"
    """State and visit agree: it belongs to this visit."""
    ASK = "ask"
    """Not whose it is: the person is asked before the token is exchanged."""


class TokenAnswer(StrEnum):
    """Kite's answer to a request_token."""

    NONE_YET = ""
    EXCHANGED = "exchanged"
    USED = "used"
    """It was used before, or is too old."""
    REFUSED = "refused"


class Mode(StrEnum):
    """What the site runs against: nothing but its own simulator, Kite by a public key, or Kite with
    its API.
    """

    SIMULATOR = "simulator"
    PUBLISHER = "publisher"
    CONNECT = "connect"
