"""What an event says beside its cause: a small dataclass for each kind, stored as JSON.

Ids of orders and of Kite users are columns of their own and not in here.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from decimal import Decimal
from typing import Any, Self

from kite.store.flow.event_causes import EventCause, EventReason
from kite.texts import printable

Terms = Mapping[str, int | Decimal]
"""New values of an order's fields, by Kite's names: whole numbers for quantities, rupees for prices."""


@dataclass(frozen=True)
class EventData:
    """What all kinds have in common. Every field has a default, which stands for data that is missing."""

    def pack(self) -> str:
        """Return the JSON that is stored."""
        return json.dumps(self._plain(), ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def unpack(cls, text: str | None) -> Self:
        """Return what `pack` made `text` of. Fields that a newer version added are left out."""
        stored = json.loads(text) if text else {}
        return cls._of({spec.name: stored[spec.name] for spec in fields(cls) if spec.name in stored})

    def _plain(self) -> dict[str, Any]:
        # A database takes no halves of characters, and JSON would hide them from it.
        return {
            name: printable(value) if isinstance(value, str) else value
            for name, value in asdict(self).items()
        }

    @classmethod
    def _of(cls, plain: dict[str, Any]) -> Self:
        return cls(**plain)


@dataclass(frozen=True)
class ReturnReason(EventData):
    """Why a return or a cancel was refused, or taken for this basket's; "" for no special reason."""

    reason: EventReason | str = ""


@dataclass(frozen=True)
class TokenFailure(EventData):
    """Why a token gave no session: what Kite answered, or that it was too old to ask Kite."""

    message: str = ""
    too_old: bool = False


@dataclass(frozen=True)
class Overdue(EventData):
    """After how many minutes a return was no longer waited for."""

    minutes: int = 0


@dataclass(frozen=True)
class ReturnAddress(EventData):
    """The address at which a return arrived."""

    address: str = ""


@dataclass(frozen=True)
class ReportedOrder(EventData):
    """What a postback says of an order: its symbol, and its status as Kite writes it."""

    tradingsymbol: str = ""
    status: str = ""


@dataclass(frozen=True)
class NewTerms(EventData):
    """The terms that an order was asked to have."""

    terms: Terms = field(default_factory=dict)

    def _plain(self) -> dict[str, Any]:
        # Rupees as text: JSON's numbers would round them.
        return {
            "terms": {
                name: value if isinstance(value, int) else f"{value:f}" for name, value in self.terms.items()
            }
        }

    @classmethod
    def _of(cls, plain: dict[str, Any]) -> Self:
        terms = plain.get("terms", {})
        return cls(
            {name: value if isinstance(value, int) else Decimal(value) for name, value in terms.items()}
        )


@dataclass(frozen=True)
class KiteAnswer(EventData):
    """Kite's answer to an act: `act_id` is the id of the event that recorded the request.

    It is None for answers of a version that did not record it. `error` is the kind of a refusal or
    a failure, `message` what Kite said.
    """

    act_id: int | None = None
    error: str = ""
    message: str = ""


@dataclass(frozen=True)
class Erasure(EventData):
    """How many executions a person erased."""

    executions: int = 0


@dataclass(frozen=True)
class Export(EventData):
    """What somebody downloaded: "csv", "json" or "everything", and the query that chose from it."""

    kind: str = ""
    query: str = ""


@dataclass(frozen=True)
class PartNumber(EventData):
    """The part of a basket before which a person stopped, or with which they went on."""

    part: int = 0


@dataclass(frozen=True)
class PressSource(EventData):
    """What was pressed: a published basket with its version, or the site whose page brought items."""

    origin: str = ""
    slug: str = ""
    version: int = 0
    hash: str = ""


@dataclass(frozen=True)
class Name(EventData):
    """The name of the operator or of the token that an event is about; "" when it is not known."""

    name: str = ""


@dataclass(frozen=True)
class EndedSessions(EventData):
    """How many sessions of an operator were ended."""

    name: str = ""
    count: int = 0


@dataclass(frozen=True)
class OfferedBasket(EventData):
    """A published basket by its address, and the number of a new version."""

    slug: str = ""
    version: int | None = None


@dataclass(frozen=True)
class BasketLink(EventData):
    """A link to a published basket, and the reference that it carries."""

    slug: str = ""
    reference: str = ""


@dataclass(frozen=True)
class Permission(EventData):
    """A site or an address that is allowed, and for what."""

    kind: str = ""
    value: str = ""


KINDS: Mapping[str, type[EventData]] = {
    EventCause.SAID_CANCELLED: ReturnReason,
    EventCause.CAME_BACK: ReturnReason,
    EventCause.RETURN_REFUSED: ReturnReason,
    EventCause.TOKEN_USED: TokenFailure,
    EventCause.TOKEN_REFUSED: TokenFailure,
    EventCause.NO_RETURN: Overdue,
    EventCause.RETURN_ADDRESS: ReturnAddress,
    EventCause.POSTBACK: ReportedOrder,
    EventCause.ASKED_TO_MODIFY: NewTerms,
    EventCause.KITE_TOOK: KiteAnswer,
    EventCause.KITE_REFUSED: KiteAnswer,
    EventCause.KITE_SILENT: KiteAnswer,
    EventCause.ERASED: Erasure,
    EventCause.EXPORTED: Export,
    EventCause.STOPPED: PartNumber,
    EventCause.TAKEN_UP: PartNumber,
    EventCause.PRESSED: PressSource,
    EventCause.CODE_REDEEMED: Name,
    EventCause.SIGNED_IN: Name,
    EventCause.SIGN_IN_REFUSED: Name,
    EventCause.SIGNED_OUT: Name,
    EventCause.SESSION_ENDED: EndedSessions,
    EventCause.OPERATOR_ADDED: Name,
    EventCause.PASSWORD_CHANGED: Name,
    EventCause.OPERATOR_DISABLED: Name,
    EventCause.OPERATOR_ENABLED: Name,
    EventCause.PUBLISHED: OfferedBasket,
    EventCause.CHANGED: OfferedBasket,
    EventCause.PAUSED: OfferedBasket,
    EventCause.OFFERED_AGAIN: OfferedBasket,
    EventCause.LINK_MADE: BasketLink,
    EventCause.LINK_REVOKED: BasketLink,
    EventCause.TOKEN_MADE: Name,
    EventCause.TOKEN_REVOKED: Name,
    EventCause.ALLOWED: Permission,
    EventCause.ALLOWED_NO_MORE: Permission,
}
"""By cause: the kind of what its events say. Events of other causes say nothing more."""
