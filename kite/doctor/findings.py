"""What the doctor says of one thing."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How it stands. `care`: it works, or cannot be told from here; a person should know."""

    FINE = "fine"
    CARE = "care"
    WRONG = "wrong"


@dataclass(frozen=True)
class Line:
    """What was seen; and unless it is fine, why that matters and what exactly to do, where no earlier line
    says it. No secret stands in it.
    """

    verdict: Verdict
    told: str
    why: str = ""
    fix: str = ""


def fine(told: str) -> Line:
    """Return a line on what is as it should be."""
    return Line(Verdict.FINE, told)


def care(told: str, why: str, fix: str) -> Line:
    """Return a line on what a person should know."""
    return Line(Verdict.CARE, told, why, fix)


def wrong(told: str, why: str, fix: str) -> Line:
    """Return a line on what must be put right."""
    return Line(Verdict.WRONG, told, why, fix)
