"""The table of outcomes: one row for each, with its words, its icon, and what it proves."""

from dataclasses import dataclass
from enum import StrEnum

from kite.vocabulary.marks import N_, WordWithFacts


class Icon(StrEnum):
    """The drawings of templates/components/bead.html."""

    CHECKED_DISC = "checked-disc"
    PIE = "pie"
    RING = "ring"
    CROSSED_SQUARE = "crossed-square"
    STRUCK_RING = "struck-ring"
    DASHED_SQUARE = "dashed-square"
    QUESTION = "question"


@dataclass(frozen=True, kw_only=True)
class OutcomeFacts:
    """What is known of an item with an outcome.

    `word` is its own on a page, `short` the one behind a number, and `counted` the phrase that
    counts it in a headline, "" where the headline begins with it. `place` is its place among the
    counts, from 1. `trouble`: its icon has the colour of what went wrong.

    `ordered`: Kite has an order for it. `filled`: something of it was bought or sold. `ended`:
    nothing about it can change any more. `opens`: its line of the receipt is open at first.
    `shows_share`: how much is filled is drawn below it.
    """

    word: str
    short: str
    icon: Icon
    place: int
    counted: str = ""
    trouble: bool = False
    ordered: bool = False
    filled: bool = False
    ended: bool = False
    opens: bool = False
    shows_share: bool = False


class Outcome(WordWithFacts):
    """What became of one item of a basket."""

    facts: OutcomeFacts

    FILLED = (
        "filled",
        OutcomeFacts(
            word=N_("Filled"),
            short=N_("filled"),
            icon=Icon.CHECKED_DISC,
            place=1,
            ordered=True,
            filled=True,
            ended=True,
        ),
    )
    PARTLY_FILLED = (
        "partly_filled",
        OutcomeFacts(
            word=N_("Partly filled"),
            short=N_("partly"),
            counted=N_("%(number)s partly"),
            icon=Icon.PIE,
            place=2,
            ordered=True,
            filled=True,
            ended=True,
            shows_share=True,
        ),
    )
    OPEN = (
        "open",
        OutcomeFacts(
            word=N_("Open"),
            short=N_("open"),
            counted=N_("%(number)s still working"),
            icon=Icon.RING,
            place=3,
            ordered=True,
            opens=True,
            shows_share=True,
        ),
    )
    REJECTED = (
        "rejected",
        OutcomeFacts(
            word=N_("Rejected"),
            short=N_("rejected"),
            counted=N_("%(number)s did not go through"),
            icon=Icon.CROSSED_SQUARE,
            place=4,
            trouble=True,
            ordered=True,
            ended=True,
            opens=True,
        ),
    )
    CANCELLED = (
        "cancelled",
        OutcomeFacts(
            word=N_("Cancelled"),
            short=N_("cancelled"),
            counted=N_("%(number)s cancelled"),
            icon=Icon.STRUCK_RING,
            place=6,
            ordered=True,
            ended=True,
        ),
    )
    MISSING = (
        "missing",
        OutcomeFacts(
            word=N_("Not at Kite"),
            short=N_("not at Kite"),
            counted=N_("%(number)s did not go through"),
            icon=Icon.DASHED_SQUARE,
            place=5,
            trouble=True,
            ended=True,
        ),
    )
    UNKNOWN = (
        "unknown",
        OutcomeFacts(
            word=N_("Not known"),
            short=N_("not known"),
            counted=N_("%(number)s not known"),
            icon=Icon.QUESTION,
            place=7,
        ),
    )


def outcomes_in_place() -> list[Outcome]:
    """Return all outcomes in the order in which a receipt counts them."""
    return sorted(Outcome, key=lambda outcome: outcome.facts.place)
