"""Reads figures from Kite's words about a refusal: sums, prices and quantities that have only one
reading.
"""

import re
from collections.abc import Mapping
from decimal import Decimal

from kite.offsite.base.reason_codes import ReasonCode

NUMBER = (
    r"(?<![\d.,])(?P<{0}>-?"
    r"(?:[0-9]{{1,15}}|[0-9]{{1,2}}(?:,[0-9]{{2}})*,[0-9]{{3}}|[0-9]{{1,3}}(?:,[0-9]{{3}})+)(?:\.[0-9]{{1,6}}0*)?)"
    r"(?![0-9]|[.,][0-9])"
)
"""A figure that has only one reading: plain or grouped as India or the west group, and no longer
than a price or a sum.
"""

RUPEES = r"(?:INR |Rs\.? ?|₹ ?)?"


def _figures(pattern: str) -> re.Pattern[str]:
    """Compile a pattern in which <name> means a figure, and ~ a sign of rupees that may be
    there.
    """
    return re.compile(
        re.sub(r"<(\w+)>", lambda name: NUMBER.format(name[1]), pattern).replace("~", RUPEES), re.IGNORECASE
    )


FIGURES: Mapping[ReasonCode, tuple[re.Pattern[str], ...]] = {
    ReasonCode.INSUFFICIENT_FUNDS: (
        _figures(r"required margin is ~<needed> but available margin is ~<free>"),
        _figures(r"required ?: ?~<needed>, ?available ?: ?~<free>"),
        _figures(r"need to add ~<short>"),
        _figures(r"additional required fund ?= ?~<short>"),
        _figures(r"margin shortfall ?: ?~<short>"),
    ),
    ReasonCode.INSUFFICIENT_HOLDINGS: (
        _figures(
            r"holding quantity(?:: ?| is | )<held>(?: but |, ?order(?:ed)? quantity(?:: ?| is | ))<wanted>"
        ),
        _figures(r"eligible sell ?: ?<held>"),
    ),
    ReasonCode.OUTSIDE_CIRCUIT: (
        _figures(r"(?:circuit|ckt) limits?(?: \(|\(|: ?| )~<low> ?(?:-|–|to|and) ?~<high>"),
        _figures(r"low price range ?: ?~<low>,? ?high price range ?: ?~<high>"),
        _figures(r"lower ?circuit ?: ?~<low>,? upper ?circuit ?: ?~<high>"),
        _figures(r"lower circuit limit (?:of|is) ~<low>"),
        _figures(r"upper circuit limit (?:of|is) ~<high>"),
    ),
    ReasonCode.NOT_ON_TICK: (
        _figures(r"tick size(?: for this scri(?:p|pt))? is ~<tick>"),
        _figures(r"multiple of tick \[<tick>\]"),
    ),
    ReasonCode.NOT_IN_LOTS: (_figures(r"lot size(?: of| is|:)? <lot>"), _figures(r"multiples? of <lot>")),
    ReasonCode.ABOVE_FREEZE: (
        _figures(r"less than or equal to <most>"),
        _figures(r"(?:more|greater|higher) than <most>"),
        _figures(r"maximum allowed (?:order )?quantity (?:is|of) <most>"),
    ),
}
"""Where Kite's words have figures. A code whose figures cannot be read is shown without them."""

WHOLE = frozenset({"held", "wanted", "lot", "most"})
"""Figures that count shares or contracts."""

MAY_BE_ZERO = frozenset({"held", "low"})
"""Figures that may be 0: nothing is held, or a range begins there."""


def read_figures(code: ReasonCode, text: str) -> dict[str, Decimal]:
    """Return the figures that a text gives for its code; empty when there are none, or when they
    contradict each other.
    """
    match = next((match for pattern in FIGURES.get(code, ()) if (match := pattern.search(text))), None)
    if match is None:
        return {}
    figures = {name: Decimal(value.replace(",", "")) for name, value in match.groupdict().items()}
    if "needed" in figures:
        figures["short"] = figures.pop("needed") - figures.pop("free")
    # A misread sum would send a person to pay in the wrong amount: figures in doubt are not shown
    # at all.
    return figures if all(is_plausible(figures) for is_plausible in CHECKS) else {}


def _counts_are_whole(figures: Mapping[str, Decimal]) -> bool:
    return all(value == value.to_integral_value() for name, value in figures.items() if name in WHOLE)


def _signs_are_plausible(figures: Mapping[str, Decimal]) -> bool:
    """Whether every figure is above 0, or 0 where that is possible."""
    return all(value > 0 or (name in MAY_BE_ZERO and value == 0) for name, value in figures.items())


def _pairs_are_ordered(figures: Mapping[str, Decimal]) -> bool:
    """Whether less is held than was wanted, and a range has its low end first."""
    pairs = (("held", "wanted"), ("low", "high"))
    return all(figures[less] < figures[more] for less, more in pairs if less in figures and more in figures)


CHECKS = (_counts_are_whole, _signs_are_plausible, _pairs_are_ordered)
