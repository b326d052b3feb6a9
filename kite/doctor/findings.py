"""What the doctor says of one thing."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How it stands. `care`: it works, or cannot be told from here; a person should know."""

    FINE = "fine"
    CARE = "care"
    WRONG = "wrong"


@dataclass(frozen=True)
class Finding:
    """What was seen; and unless it is fine, why that matters and what exactly to do, where no earlier line
    says it. No secret stands in it.
    """

    verdict: Severity
    told: str
    why: str = ""
    fix: str = ""


def fine(told: str) -> Finding:
    """Return a line on what is as it should be."""
    return Finding(Severity.FINE, told)


def care(told: str, why: str, fix: str) -> Finding:
    """Return a line on what a person should know."""
    return Finding(Severity.CARE, told, why, fix)


def wrong(told: str, why: str, fix: str) -> Finding:
    """Return a line on what must be put right."""
    return Finding(Severity.WRONG, told, why, fix)
