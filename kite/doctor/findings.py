"""The result of one check."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How serious a finding is.

    `care`: it works, or this machine cannot tell; a person should know.
    """

    FINE = "fine"
    CARE = "care"
    WRONG = "wrong"


@dataclass(frozen=True)
class Finding:
    """What a check has found.

    Unless all is fine, also why it matters and what exactly to do, where no earlier finding says
    it. It holds no secret.
    """

    verdict: Severity
    summary: str
    why: str = ""
    fix: str = ""


def fine(summary: str) -> Finding:
    """Return a finding for something that is as it should be."""
    return Finding(Severity.FINE, summary)


def care(summary: str, why: str, fix: str) -> Finding:
    """Return a finding that a person should know."""
    return Finding(Severity.CARE, summary, why, fix)


def wrong(summary: str, why: str, fix: str) -> Finding:
    """Return a finding that must be put right."""
    return Finding(Severity.WRONG, summary, why, fix)
