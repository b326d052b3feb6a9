"""The note above the lines of a receipt: the one thing that a person has to know first."""

from flask_babel import gettext

from kite.offsite.base.asking import AnswerVerdict
from kite.offsite.base.receipt import Receipt
from kite.offsite.journey.access import Role, View
from kite.store.flow.event_causes import EventCause
from kite.vocabulary import N_, Mode, State
from kite.web.receipts import no_order_messages
from kite.web.receipts.view_models import ReceiptNote

COMPOSED_ONLY = ReceiptNote(
    "tells",
    N_("Its orders are not shown here"),
    N_("They are open only to the Kite user who placed them, in the browser that came back from Kite."),
)
PUBLISHER_KEY = ReceiptNote(
    "care",
    N_("This site cannot know what was placed"),
    N_(
        "It runs with a publisher key: Kite tells it that you came back, and nothing about orders."
        " Kite’s order book has them."
    ),
)
PLACED_TWICE = ReceiptNote(
    "trouble",
    N_("Placed twice"),
    N_(
        "Kite’s order book holds more orders for this basket than it has lines. All of them stand"
        " below, each with what became of it."
    ),
)
KITE_REFUSES = ReceiptNote(
    "care",
    N_("Kite refuses to show its order book. We keep trying."),
    N_("What stands below is what was last seen."),
)
KITE_SILENT = ReceiptNote(
    "care", N_("Kite does not answer. We keep trying."), N_("What stands below is what was last seen.")
)
LOG_IN = ReceiptNote(
    "care",
    N_("Log in to Kite to see what became of this basket"),
    N_("The session at Kite is over. Logging in reads your order book. It places nothing."),
)
LOG_IN_TO_CONFIRM = ReceiptNote(
    "care",
    N_("Log in to Kite to see what became of this basket"),
    N_("Logging in reads your order book, which confirms what Kite reported. It places nothing."),
)
"""In place of LOG_IN, when postbacks have reported orders."""
BACK_ANOTHER_DAY = ReceiptNote(
    "care",
    N_("You came back on another day than you left"),
    N_(
        "Kite empties its order book at 06:00. An order placed before that does not show here; Kite’s"
        " reports have it."
    ),
)


def top_note(view: View) -> ReceiptNote | None:
    """Return the note above the lines, None when they say everything."""
    note = _choose(view)
    if note is None:
        return None
    return ReceiptNote(note.kind, gettext(note.title), gettext(note.text))


def doubts(receipt: Receipt) -> list[ReceiptNote]:
    """Return the notes on what Kite's order book leaves in doubt."""
    notes = (no_order_messages.untagged_note(receipt), no_order_messages.unreadable_note(receipt))
    return [note for note in notes if note]


def _choose(view: View) -> ReceiptNote | None:
    """Return the note that matters most.

    Only one is shown, so the order of the questions is their weight.
    """
    execution = view.receipt.execution
    came_back = execution.state is State.RETURNED
    if view.role is Role.COMPOSER:
        return COMPOSED_ONLY
    if came_back and execution.mode is Mode.PUBLISHER:
        return PUBLISHER_KEY
    if any(result.twice for result in view.receipt.items):
        return PLACED_TWICE
    if view.reading is AnswerVerdict.REFUSED:
        return KITE_REFUSES
    if view.reading is AnswerVerdict.NO_ANSWER:
        return KITE_SILENT
    if came_back and not view.logged_in:
        return _log_in(view)
    return _back_another_day(view)


def _log_in(view: View) -> ReceiptNote:
    if any(result.reports for result in view.receipt.items):
        return LOG_IN_TO_CONFIRM
    return LOG_IN


def _back_another_day(view: View) -> ReceiptNote | None:
    if any(event.cause == EventCause.CAME_BACK_LATE for event in view.events):
        return BACK_ANOTHER_DAY
    return None
