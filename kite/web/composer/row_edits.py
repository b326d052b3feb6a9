"""The composer's buttons that change rows: add, duplicate, remove, move, fix.

They do not check what was typed.
"""

import re
from collections.abc import Sequence
from urllib.parse import parse_qsl

from kite.basket.items import FIELDS, MAX_ITEMS
from kite.texts import typable
from kite.vocabulary import N_
from kite.web.composer.row_fields import NEW_ROW

Row = dict[str, str]

VERBS = {"duplicate": N_("Duplicate"), "up": N_("Move up"), "down": N_("Move down"), "remove": N_("Remove")}
"""The buttons of a row, in their order."""

STEPS = {"up": -1, "down": 1}
"""How far the buttons that move a row move it."""

FIX = "fix-"
"""What the action of a fix begins with; after it come the row's number and the new texts of its
fields.
"""

_FIX = re.compile(rf"{FIX}([0-9]{{1,6}})-(.*)", re.DOTALL)
_ONE_ROW = re.compile(rf"({'|'.join(VERBS)})-([0-9]{{1,6}})")


def edit(rows: Sequence[Row], action: str) -> tuple[list[Row], str]:
    """Carry out `action` on `rows`; return the new rows and the id of the element that should have
    the focus.

    There is always a row left. What cannot be done (a row that is not there, more than MAX_ITEMS,
    moving the first one up) and what is no button of a row changes nothing and moves no focus.
    """
    changed = list(rows) or [dict(NEW_ROW)]
    if action == "add" and len(changed) < MAX_ITEMS:
        return [*changed, dict(NEW_ROW)], f"items-{len(changed)}-tradingsymbol"
    match = _ONE_ROW.fullmatch(action)
    index = int(match[2]) if match else len(changed)
    if match is None or index >= len(changed):
        return changed, ""
    return _edit_row(changed, match[1], index)


def fix(rows: Sequence[Row], action: str) -> tuple[list[Row], str]:
    """Put the texts that `action` (`fix-<n>-<field>=<text>&…`) names into row n, as if they had
    been typed there.

    Returns the rows and the id of the row's line. A row that is not there or a field that is none
    changes nothing.
    """
    changed = [dict(row) for row in rows] or [dict(NEW_ROW)]
    match = _FIX.fullmatch(action)
    index = int(match[1]) if match else len(changed)
    if match is None or index >= len(changed):
        return changed, ""
    typed = parse_qsl(match[2], keep_blank_values=True, max_num_fields=None, errors="replace")
    changed[index] |= {name: typable(text) for name, text in typed if name in FIELDS}
    return changed, f"item-{index}"


def _edit_row(rows: list[Row], verb: str, index: int) -> tuple[list[Row], str]:
    if verb == "duplicate" and len(rows) < MAX_ITEMS:
        rows.insert(index + 1, dict(rows[index]))
        return rows, f"items-{index + 1}-tradingsymbol"
    if verb == "remove":
        return _remove(rows, index)
    # Full baskets cannot grow, so here "duplicate" moves nothing either.
    other = index + STEPS.get(verb, len(rows))
    if not 0 <= other < len(rows):
        return rows, ""
    rows[index], rows[other] = rows[other], rows[index]
    return rows, f"item-{other}"


def _remove(rows: list[Row], index: int) -> tuple[list[Row], str]:
    del rows[index]
    if not rows:
        return [dict(NEW_ROW)], "items-0-tradingsymbol"
    # The row below takes its place and gets the focus, so that a keyboard goes on from there.
    return rows, f"item-{min(index, len(rows) - 1)}"
