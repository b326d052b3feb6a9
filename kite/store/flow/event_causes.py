"""The codes that events are stored with: their causes, and the reasons that some of them have.

The words for them are in `kite/web/wording/event_words.py`.
"""

from enum import StrEnum


class EventCause(StrEnum):
    """Why there is an event: what happened, or what was refused."""

    COMPOSED = "composed"
    SENT_AGAIN = "sent_again"
    OPENED = "opened"
    NO_RETURN = "no_return"
    SAID_CANCELLED = "said_cancelled"
    CAME_BACK = "came_back"
    CAME_BACK_LATE = "came_back_late"
    FOUND_BY_TAG = "found_by_tag"
    NOT_FOUND = "not_found"
    RETURN_REFUSED = "return_refused"
    RETURN_ADDRESS = "return_address"
    TOKEN_EXCHANGED = "token_exchanged"
    TOKEN_USED = "token_used"
    TOKEN_REFUSED = "token_refused"
    BOOK_READ = "book_read"
    ALL_ENDED = "all_ended"
    NOTHING_PLACED = "nothing_placed"
    WORKS_AGAIN = "works_again"
    POSTBACK = "postback"
    ERASED = "erased"
    ASKED_TO_MODIFY = "asked_to_modify"
    ASKED_TO_CANCEL = "asked_to_cancel"
    ASKED_TO_EXIT = "asked_to_exit"
    KITE_TOOK = "kite_took"
    KITE_REFUSED = "kite_refused"
    KITE_SILENT = "kite_silent"
    EXPORTED = "exported"
    LOGGED_OUT = "logged_out"
    SELLS_FIRST = "sells_first"
    WENT_ON = "went_on"
    STOPPED = "stopped"
    TAKEN_UP = "taken_up"
    PRESSED = "pressed"
    COPIED = "copied"
    SIGNED_IN = "signed_in"
    SIGN_IN_REFUSED = "sign_in_refused"
    SIGNED_OUT = "signed_out"
    SESSION_ENDED = "session_ended"
    OPERATOR_ADDED = "operator_added"
    PASSWORD_CHANGED = "password_changed"
    OPERATOR_DISABLED = "operator_disabled"
    OPERATOR_ENABLED = "operator_enabled"
    PUBLISHED = "published"
    CHANGED = "changed"
    PAUSED = "paused"
    OFFERED_AGAIN = "offered_again"
    LINK_MADE = "link_made"
    LINK_REVOKED = "link_revoked"
    TOKEN_MADE = "token_made"
    TOKEN_REVOKED = "token_revoked"
    ALLOWED = "allowed"
    ALLOWED_NO_MORE = "allowed_no_more"
    CODE_REDEEMED = "code_redeemed"


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


class EventReason(StrEnum):
    """Why this site took a return, or a cancel, as it did."""

    NAMED_BY_PERSON = "named_by_person"
    """A cancel names no basket, so the person was asked for which it is."""
    IN_ANOTHER_BROWSER = "in_another_browser"
    ANOTHER_SITE = "another_site"
    """A page of another site caused the cancel."""
    UNDOCUMENTED_STATUS = "undocumented_status"
    """Kite documents no such status, or the token is missing."""
    CONTRADICTS_STATE = "contradicts_state"
    """The query calls itself a login and the state is of a basket, or the other way round."""
    ANOTHER_VISITS_LOGIN = "another_visits_login"
    FORGED_STATE = "forged_state"
    BASKETS_DIFFER = "baskets_differ"
    """The state names another basket than the visit's."""
