"""Takes figures out of Kite's words about a refusal: sums, prices and quantities that can be read in one way
only.
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
"""A figure that can be read in one way only: plain or grouped as India or the west group, and no longer than
a price or a sum.
"""

RUPEES = r"(?:INR |Rs\.? ?|₹ ?)?"


def _figures(pattern: str) -> re.Pattern[str]:
    """Compile a pattern in which <name> stands for a figure, and ~ for a sign of rupees that may be there."""
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
"""Where figures stand in Kite's words. A code whose figures cannot be read is told without them."""

WHOLE = frozenset({"held", "wanted", "lot", "most"})
"""Figures that count shares or contracts."""

MAY_BE_NOTHING = frozenset({"held", "low"})


def read_figures(code: ReasonCode, text: str) -> dict[str, Decimal]:
    """Return the figures that a text gives for its code; empty when they are not there, or make no sense
    together.
    """
    match = next((match for pattern in FIGURES.get(code, ()) if (match := pattern.search(text))), None)
    if match is None:
        return {}
    found = {name: Decimal(value.replace(",", "")) for name, value in match.groupdict().items()}
    if "needed" in found:
        found["short"] = found.pop("needed") - found.pop("free")
    return found if all(sensible(found) for sensible in SENSIBLE) else {}


def _counts_are_whole(found: Mapping[str, Decimal]) -> bool:
    return all(value == value.to_integral_value() for name, value in found.items() if name in WHOLE)


def _above_nothing(found: Mapping[str, Decimal]) -> bool:
    """Nothing may be held, and a range may begin at nothing; everything else is more."""
    return all(value > 0 or (name in MAY_BE_NOTHING and value == 0) for name, value in found.items())


def _in_order(found: Mapping[str, Decimal]) -> bool:
    """Less is held than was wanted, and a range has its low end first."""
    pairs = (("held", "wanted"), ("low", "high"))
    return all(found[less] < found[more] for less, more in pairs if less in found and more in found)


SENSIBLE = (_counts_are_whole, _above_nothing, _in_order)
