"""The parts of a basket in words: the rail of parts, and what a part waits for."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from flask import url_for
from flask_babel import gettext, ngettext

from kite.offsite.base.receipt import Receipt
from kite.offsite.base.states import PROVED
from kite.offsite.journey.basket_parts import PartsState
from kite.offsite.journey.part_waits import PartWait, Sell, WaitReason
from kite.store.flow.executions import Execution
from kite.vocabulary import Outcome, State
from kite.web.wording.labels import clock, quantity

RESOLVED_BY_READING = (WaitReason.AT_KITE, WaitReason.NOT_KNOWN, WaitReason.SELLS)
"""Reasons to wait that may be over once Kite's order book is read."""

MOST_STEPS = 4
"""How many parts fit side by side on a phone. Of more, those around the current one are shown."""


@dataclass(frozen=True)
class RailPart:
    """A part on the rail; `kind` is done, current or ahead.

    `url` is the address of its receipt, None for a visit that may not see it.
    """

    label: str
    words: str
    kind: str
    current: bool
    url: str | None


@dataclass(frozen=True)
class PartWaitView:
    """What the part `execution` waits for.

    `check` is the id of the part for which reading Kite's order book may help, `main` the link that
    helps otherwise.
    """

    execution: Execution
    title: str
    text: str
    sells: list[str]
    stopped: bool
    check: str | None
    main: tuple[str, str] | None


@dataclass(frozen=True)
class PartsView:
    """Everything that a page says about a basket in parts.

    `next` is address and words of the part that may be sent now, `stop` where not to.
    """

    title: str
    steps: list[RailPart]
    waits: PartWaitView | None = None
    next: tuple[str, str] | None = None
    stop: str | None = None


def parts_view(parts_state: PartsState | None, execution: Execution, *, owner: bool) -> PartsView | None:
    """Return what a page says of the parts of a basket, None for a basket in one part.

    Only its `owner` gets the link that goes on: to the first part that was not sent, this one or a
    later one.
    """
    if parts_state is None:
        return None
    current = _current(parts_state, execution)
    view = PartsView(
        title=gettext("Basket in parts, sells first")
        if parts_state.sells_first
        else gettext("Basket in parts"),
        steps=[
            _rail_part(parts_state, part, part.id == current.id, owner)
            for part in _parts_around(parts_state.basket, current)
        ],
    )
    next_part = _next_to_send(parts_state, execution)
    if not owner or next_part is None:
        return view
    if waits := parts_state.waits.get(next_part.id):
        return replace(view, waits=wait_view(next_part, waits))
    if next_part.id != execution.id:  # the page of the part itself has the button that sends it
        view = replace(view, next=_send_link(next_part))
    if next_part.part > 1:  # before the first part went out there is nothing to stop between
        view = replace(view, stop=url_for("handoff.answer", execution_id=next_part.id))
    return view


def _is_sent(execution: Execution) -> bool:
    return execution.state in (*PROVED, State.CANCELLED)


def _current(parts_state: PartsState, execution: Execution) -> Execution:
    """Return the part that the rail marks: the one on its way, or the next after one that came
    back.
    """
    if not _is_sent(execution):
        return parts_state.part
    return next(
        (part for part in _later_parts(parts_state) if part.id not in parts_state.returned), parts_state.part
    )


def _next_to_send(parts_state: PartsState, execution: Execution) -> Execution | None:
    """Return the part that may go to Kite next; None while this one is at Kite and has not come
    back.
    """
    is_here = parts_state.part.id == execution.id and execution.state is State.PREPARED
    if not is_here and not _is_sent(execution):
        return None
    return next((part for part in _later_parts(parts_state) if part.state is State.PREPARED), None)


def _later_parts(parts_state: PartsState) -> list[Execution]:
    return [part for part in parts_state.basket if part.part >= parts_state.part.part]


def wait_view(part: Execution, waits: PartWait) -> PartWaitView:
    """Return what a page says of a part that waits, and the one step that helps best."""
    earlier = waits.part
    stopped = waits.why is WaitReason.STOPPED
    title = gettext("Part %(part)s waits for part %(earlier)s", part=part.part, earlier=earlier.part)
    if stopped:
        title = gettext("You stopped before part %(part)s", part=part.part)
    return PartWaitView(
        execution=part,
        title=title,
        text=_wait_text(waits),
        sells=[_sell_progress(sell) for sell in waits.sells],
        stopped=stopped,
        check=earlier.id if waits.why in RESOLVED_BY_READING else None,
        main=_wait_link(waits),
    )


def _wait_link(waits: PartWait) -> tuple[str, str] | None:
    earlier = waits.part
    if waits.why is WaitReason.NOT_SENT:
        return _send_link(earlier)
    if waits.why in (WaitReason.CANCELLED, WaitReason.HIDDEN):
        return url_for("executions.show", execution_id=earlier.id), gettext(
            "Open the receipt of part %(part)s", part=earlier.part
        )
    return None


def _send_link(part: Execution) -> tuple[str, str]:
    return url_for("handoff.show", execution_id=part.id), gettext(
        "Send part %(part)s of %(parts)s", part=part.part, parts=part.parts
    )


def _wait_text(waits: PartWait) -> str:
    part = waits.part.part
    at = ""
    if waits.part.handed_off_at:
        at = clock(waits.part.handed_off_at)
    texts: dict[WaitReason, str] = {
        WaitReason.STOPPED: gettext(
            "The parts that had not gone to Kite then stay here. You can take them up again."
        ),
        WaitReason.NOT_SENT: gettext("Part %(part)s was not sent to Kite yet.", part=part),
        WaitReason.AT_KITE: gettext(
            "Part %(part)s went to Kite at %(at)s IST and is not back yet.", part=part, at=at
        ),
        WaitReason.NOT_KNOWN: gettext(
            "Part %(part)s went to Kite at %(at)s IST and nobody came back. Its orders may have been placed.",
            part=part,
            at=at,
        ),
        WaitReason.CANCELLED: gettext(
            "Kite says that you cancelled part %(part)s. We’ve seen no order of it.", part=part
        ),
        WaitReason.SELLS: gettext(
            "The sells go first. Not every one of part %(part)s is known to be filled. Seen so far:",
            part=part,
        ),
        WaitReason.HIDDEN: gettext(
            "The sells go first. Part %(part)s was finished in another browser, which alone sees what is"
            " filled.",
            part=part,
        ),
        WaitReason.UNSEEN: gettext(
            "The sells go first. This site cannot see if those of part %(part)s are filled. Kite’s order book"
            " says.",
            part=part,
        ),
    }
    return texts[waits.why]


def _sell_progress(sell: Sell) -> str:
    name, filled, wanted = (
        f"{sell.tradingsymbol} {sell.exchange}",
        quantity(sell.filled),
        quantity(sell.wanted),
    )
    return gettext("%(name)s: %(filled)s of %(all)s sold", name=name, filled=filled, all=wanted)


def _parts_around(basket: Sequence[Execution], current: Execution) -> Sequence[Execution]:
    first = max(0, min(current.part - 2, len(basket) - MOST_STEPS))
    return basket[first : first + MOST_STEPS]


def _rail_part(parts_state: PartsState, part: Execution, current: bool, owner: bool) -> RailPart:
    kind = "current" if current else "ahead"
    if part.id in parts_state.returned:
        kind = "done"
    url = None
    if owner:  # nobody else's visit may open the receipt
        url = url_for("executions.show", execution_id=part.id)
    return RailPart(
        gettext("Part %(part)s of %(parts)s", part=part.part, parts=part.parts),
        _part_status(parts_state, part),
        kind,
        current,
        url,
    )


def _part_status(parts_state: PartsState, part: Execution) -> str:
    # What was sent in its place came back.
    if part.id in parts_state.returned and part.state not in PROVED:
        return gettext("sent again")
    if part.state is State.PREPARED:
        waits = parts_state.waits.get(part.id)
        if waits is None:
            return gettext("ready")
        if waits.why is WaitReason.STOPPED:
            return gettext("stopped")
        return gettext("waits for part %(part)s", part=waits.part.part)
    receipt = parts_state.receipts.get(part.id)
    if receipt and (words_of_fills := _filled_summary(receipt)):
        return words_of_fills
    words: dict[State, str] = {
        State.HANDED_OFF: gettext("at Kite"),
        State.UNKNOWN: gettext("not known"),
        State.CANCELLED: gettext("cancelled"),
    }
    return words.get(part.state) or gettext("came back")


def _filled_summary(receipt: Receipt) -> str:
    filled = sum(result.outcome is Outcome.FILLED for result in receipt.items)
    if filled == len(receipt.items):
        return ngettext("%(num)s filled", "%(num)s filled", filled)
    if receipt.orders:
        return gettext("%(filled)s of %(all)s filled", filled=filled, all=len(receipt.items))
    return ""
