"""Why something stands in the events: the causes, and which of them are acts of operators."""

from enum import StrEnum


class EventCause(StrEnum):
    """Why something stands in an execution's events."""

    COMPOSED = "composed"
    SENT_AGAIN = "sent again"
    OPENED = "opened Kite"
    NO_RETURN = "no return"
    SAID_CANCELLED = "Kite said cancelled"
    CAME_BACK = "came back from Kite"
    CAME_BACK_LATE = "came back from Kite on another day"
    FOUND_BY_TAG = "found in the order book by its tag"
    NOT_FOUND = "not found in the order book"
    RETURN_REFUSED = "return refused"
    RETURN_ADDRESS = "a return showed the registered address"
    TOKEN_EXCHANGED = "token exchanged"
    TOKEN_USED = "token used"
    TOKEN_REFUSED = "token refused"
    BOOK_READ = "order book read"
    ALL_ENDED = "every order has ended"
    NOTHING_PLACED = "nothing was placed"
    WORKS_AGAIN = "an order works again"
    POSTBACK = "Kite reported an order"
    ERASED = "erased by its person"
    ASKED_TO_MODIFY = "asked Kite to modify an order"
    ASKED_TO_CANCEL = "asked Kite to cancel an order"
    ASKED_TO_EXIT = "asked Kite to exit an order"
    KITE_TOOK = "Kite took it"
    KITE_REFUSED = "Kite refused it"
    KITE_SILENT = "Kite gave no answer to it"
    EXPORTED = "exported"
    LOGGED_OUT = "logged out of Kite"
    SELLS_FIRST = "sells go first"
    WENT_ON = "went on without the earlier part"
    STOPPED = "stopped before the next part"
    TAKEN_UP = "taken up again"
    PRESSED = "pressed a published basket"
    COPIED = "pressed on another person's hand-off page"
    SIGNED_IN = "signed in"
    SIGN_IN_REFUSED = "sign-in refused"
    SIGNED_OUT = "signed out"
    SESSION_ENDED = "ended a session"
    OPERATOR_ADDED = "added an operator"
    PASSWORD_CHANGED = "changed a password"
    OPERATOR_DISABLED = "disabled an operator"
    OPERATOR_ENABLED = "enabled an operator"
    PUBLISHED = "published a basket"
    CHANGED = "changed a published basket"
    PAUSED = "paused a published basket"
    OFFERED_AGAIN = "offered a paused basket again"
    LINK_MADE = "made a link"
    LINK_REVOKED = "revoked a link"
    TOKEN_MADE = "made a token"
    TOKEN_REVOKED = "revoked a token"
    ALLOWED = "allowed a site or an address"
    ALLOWED_NO_MORE = "allowed a site or an address no more"
    CODE_REDEEMED = "a code was redeemed"


OPERATORS_ACTS = (
    *(
        EventCause.SIGNED_IN,
        EventCause.SIGNED_OUT,
        EventCause.SESSION_ENDED,
        EventCause.OPERATOR_ADDED,
        EventCause.PASSWORD_CHANGED,
    ),
    *(EventCause.OPERATOR_DISABLED, EventCause.OPERATOR_ENABLED),
    *(
        EventCause.PUBLISHED,
        EventCause.CHANGED,
        EventCause.PAUSED,
        EventCause.OFFERED_AGAIN,
        EventCause.LINK_MADE,
        EventCause.LINK_REVOKED,
    ),
    *(EventCause.TOKEN_MADE, EventCause.TOKEN_REVOKED, EventCause.ALLOWED, EventCause.ALLOWED_NO_MORE),
)
"""What operators did. It is kept as long as baskets are; nobody else can add to it."""
