"""Events in a few words, for lists and files: the word of every cause, and what else an event says."""

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import gettext, ngettext

from kite.store.flow.event_causes import EventCause, EventReason
from kite.store.flow.event_data import (
    KINDS,
    BasketLink,
    EndedSessions,
    Erasure,
    EventData,
    Export,
    KiteAnswer,
    Name,
    NewTerms,
    OfferedBasket,
    Overdue,
    PartNumber,
    Permission,
    PressSource,
    ReportedOrder,
    ReturnAddress,
    ReturnReason,
    TokenFailure,
)
from kite.store.flow.events import Event
from kite.vocabulary import N_

CAUSES: Mapping[str, str] = {
    EventCause.COMPOSED: N_("composed"),
    EventCause.SENT_AGAIN: N_("sent again"),
    EventCause.OPENED: N_("opened Kite"),
    EventCause.NO_RETURN: N_("no return"),
    EventCause.SAID_CANCELLED: N_("Kite said cancelled"),
    EventCause.CAME_BACK: N_("came back from Kite"),
    EventCause.CAME_BACK_LATE: N_("came back from Kite on another day"),
    EventCause.FOUND_BY_TAG: N_("found in the order book by its tag"),
    EventCause.NOT_FOUND: N_("not found in the order book"),
    EventCause.RETURN_REFUSED: N_("return refused"),
    EventCause.RETURN_ADDRESS: N_("a return showed the registered address"),
    EventCause.TOKEN_EXCHANGED: N_("token exchanged"),
    EventCause.TOKEN_USED: N_("token used"),
    EventCause.TOKEN_REFUSED: N_("token refused"),
    EventCause.BOOK_READ: N_("order book read"),
    EventCause.ALL_ENDED: N_("every order has ended"),
    EventCause.NOTHING_PLACED: N_("nothing was placed"),
    EventCause.WORKS_AGAIN: N_("an order works again"),
    EventCause.POSTBACK: N_("Kite reported an order"),
    EventCause.ERASED: N_("erased by its person"),
    EventCause.ASKED_TO_MODIFY: N_("asked Kite to modify an order"),
    EventCause.ASKED_TO_CANCEL: N_("asked Kite to cancel an order"),
    EventCause.ASKED_TO_EXIT: N_("asked Kite to exit an order"),
    EventCause.KITE_TOOK: N_("Kite took it"),
    EventCause.KITE_REFUSED: N_("Kite refused it"),
    EventCause.KITE_SILENT: N_("Kite gave no answer to it"),
    EventCause.EXPORTED: N_("exported"),
    EventCause.LOGGED_OUT: N_("logged out of Kite"),
    EventCause.SELLS_FIRST: N_("sells go first"),
    EventCause.WENT_ON: N_("went on without the earlier part"),
    EventCause.STOPPED: N_("stopped before the next part"),
    EventCause.TAKEN_UP: N_("taken up again"),
    EventCause.PRESSED: N_("pressed a published basket"),
    EventCause.COPIED: N_("pressed on another person's hand-off page"),
    EventCause.SIGNED_IN: N_("signed in"),
    EventCause.SIGN_IN_REFUSED: N_("sign-in refused"),
    EventCause.SIGNED_OUT: N_("signed out"),
    EventCause.SESSION_ENDED: N_("ended a session"),
    EventCause.OPERATOR_ADDED: N_("added an operator"),
    EventCause.PASSWORD_CHANGED: N_("changed a password"),
    EventCause.OPERATOR_DISABLED: N_("disabled an operator"),
    EventCause.OPERATOR_ENABLED: N_("enabled an operator"),
    EventCause.PUBLISHED: N_("published a basket"),
    EventCause.CHANGED: N_("changed a published basket"),
    EventCause.PAUSED: N_("paused a published basket"),
    EventCause.OFFERED_AGAIN: N_("offered a paused basket again"),
    EventCause.LINK_MADE: N_("made a link"),
    EventCause.LINK_REVOKED: N_("revoked a link"),
    EventCause.TOKEN_MADE: N_("made a token"),
    EventCause.TOKEN_REVOKED: N_("revoked a token"),
    EventCause.ALLOWED: N_("allowed a site or an address"),
    EventCause.ALLOWED_NO_MORE: N_("allowed a site or an address no more"),
    EventCause.CODE_REDEEMED: N_("a code was redeemed"),
}

REASONS: Mapping[str, str] = {
    EventReason.NAMED_BY_PERSON: N_("the person named this basket"),
    EventReason.IN_ANOTHER_BROWSER: N_("in another browser"),
    EventReason.ANOTHER_SITE: N_("a cancel that another site caused"),
    EventReason.UNDOCUMENTED_STATUS: N_("a status Kite does not document, or no token"),
    EventReason.CONTRADICTS_STATE: N_("type or action say something else than the state"),
    EventReason.ANOTHER_VISITS_LOGIN: N_("a login that another visit began"),
    EventReason.FORGED_STATE: N_("a state that was not signed here"),
    EventReason.BASKETS_DIFFER: N_("state and visit name different baskets"),
}

OF_AN_ORDER = frozenset(
    {
        EventCause.ASKED_TO_MODIFY,
        EventCause.ASKED_TO_CANCEL,
        EventCause.ASKED_TO_EXIT,
        EventCause.KITE_TOOK,
        EventCause.KITE_REFUSED,
        EventCause.KITE_SILENT,
    }
)
"""Causes of events whose detail begins with the order's id."""


def cause_words(event: Event) -> str:
    """Return what happened; a cause that this version does not know is named by its code."""
    if event.cause in CAUSES:
        return gettext(CAUSES[event.cause])
    return event.cause


def detail_words(event: Event) -> str:
    """Return what an event says beside its cause, "" for nothing: a name, a basket, Kite's answer."""
    kind = KINDS.get(event.cause)
    details = data_words(event.unpack(kind)) if kind else ""
    order_id = event.order_id if event.cause in OF_AN_ORDER else None
    return " ".join(filter(None, (event.user_id, order_id, details)))


def data_words(data: EventData) -> str:
    """Return the data of an event in words, "" for none."""
    return _WORDS[type(data)](data)


def _reason(data: ReturnReason) -> str:
    return gettext(REASONS[data.reason]) if data.reason in REASONS else data.reason


def _failure(data: TokenFailure) -> str:
    return gettext("The token is too old.") if data.too_old else data.message


def _new_terms(data: NewTerms) -> str:
    return ", ".join(
        f"{name} {value}" if isinstance(value, int) else f"{name} {value:f}"
        for name, value in data.terms.items()
    )


def _executions(data: Erasure) -> str:
    return ngettext("%(num)s execution", "%(num)s executions", data.executions)


def _press(data: PressSource) -> str:
    if not data.slug:
        return data.origin
    return gettext(
        "%(basket)s, version %(version)s, %(hash)s",
        basket=data.slug,
        version=data.version,
        hash=data.hash,
    )


def _joined(*names: str) -> Callable[[EventData], str]:
    """Return a function that joins these fields of some data, leaving out what is empty."""
    return lambda data: " ".join(str(value) for name in names if (value := getattr(data, name)))


_WORDS: Mapping[type[EventData], Callable[[Any], str]] = {
    ReturnReason: _reason,
    TokenFailure: _failure,
    Overdue: _joined("minutes"),
    ReturnAddress: _joined("address"),
    ReportedOrder: _joined("tradingsymbol", "status"),
    NewTerms: _new_terms,
    KiteAnswer: lambda answer: ": ".join(filter(None, (answer.error, answer.message))),
    Erasure: _executions,
    Export: lambda export: export.kind + export.query,
    PartNumber: _joined("part"),
    PressSource: _press,
    Name: _joined("name"),
    EndedSessions: _joined("name", "count"),
    OfferedBasket: _joined("slug", "version"),
    BasketLink: _joined("slug", "reference"),
    Permission: _joined("kind", "value"),
}
