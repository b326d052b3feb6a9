"""What people did to orders on receipts, after the basket, and what Kite answered: read from the
events.

A request is one event and Kite's answer another, which names the request's.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum

from kite.store.flow.event_causes import EventCause
from kite.store.flow.event_data import KiteAnswer, NewTerms, Terms
from kite.store.flow.events import Event


class ActionKind(StrEnum):
    """What can be done to an order.

    Exit is for the second leg of a cover order: it is filled at market, and with it the position
    ends.
    """

    MODIFY = "modify"
    CANCEL = "cancel"
    EXIT = "exit"


class ActionResult(StrEnum):
    """How an action ended. `OUTDATED`: the page was too old, so Kite was not asked."""

    TAKEN = "taken"
    REFUSED = "refused"
    NO_ANSWER = "no_answer"
    SESSION_OVER = "session_over"
    REPEATED = "repeated"
    OUTDATED = "outdated"


KINDS_BY_CAUSE: Mapping[str, ActionKind] = {
    EventCause.ASKED_TO_MODIFY: ActionKind.MODIFY,
    EventCause.ASKED_TO_CANCEL: ActionKind.CANCEL,
    EventCause.ASKED_TO_EXIT: ActionKind.EXIT,
}
"""The events that record an action before Kite is asked."""

CAUSES_BY_KIND = {kind: EventCause(cause) for cause, kind in KINDS_BY_CAUSE.items()}

RESULTS_BY_CAUSE: Mapping[str, ActionResult] = {
    EventCause.KITE_TOOK: ActionResult.TAKEN,
    EventCause.KITE_REFUSED: ActionResult.REFUSED,
    EventCause.KITE_SILENT: ActionResult.NO_ANSWER,
}
"""The events that record Kite's answer."""

CAUSES = tuple(EventCause(cause) for cause in (*KINDS_BY_CAUSE, *RESULTS_BY_CAUSE))


@dataclass(frozen=True)
class RecordedAct:
    """An action that was recorded, by `event`. `terms` are those of a modification.

    `result` is None while Kite has not answered; `error` and `message` are of a refusal.
    """

    verb: ActionKind
    order_id: str
    event: Event
    terms: Terms = field(default_factory=dict)
    result: ActionResult | None = None
    error: str = ""
    message: str = ""


def read_acts(trail: Iterable[Event]) -> list[RecordedAct]:
    """Return the actions in an execution's events, which are sorted by time, each with Kite's
    answer.
    """
    acts: list[RecordedAct] = []
    for event in trail:
        if verb := KINDS_BY_CAUSE.get(event.cause):
            acts.append(RecordedAct(verb, event.order_id or "", event, event.unpack(NewTerms).terms))
        elif result := RESULTS_BY_CAUSE.get(event.cause):
            _add_answer(acts, event, result)
    return acts


def _add_answer(acts: list[RecordedAct], event: Event, result: ActionResult) -> None:
    answer = event.unpack(KiteAnswer)
    number = _number_of_request(acts, answer.act_id, event.order_id or "")
    if number is not None:
        acts[number] = replace(acts[number], result=result, error=answer.error, message=answer.message)


def _number_of_request(acts: list[RecordedAct], act_id: int | None, order_id: str) -> int | None:
    """Return the place of the request that an answer belongs to; None when there is none."""
    if act_id is not None:
        return next((number for number, act in enumerate(acts) if act.event.id == act_id), None)
    # An answer of a version that did not record it: it belongs to the last request for its order,
    # rather to one that has no answer yet.
    numbers = [number for number, act in enumerate(acts) if act.order_id == order_id]
    return max(numbers, key=lambda number: (acts[number].result is None, number), default=None)


def accepted_terms(trail: Iterable[Event]) -> dict[str, dict[str, int | Decimal]]:
    """Return the last new value of every field that orders were given, by order id.

    What Kite refused does not count. A request that Kite has not answered yet does: it may have
    taken effect.
    """
    terms: dict[str, dict[str, int | Decimal]] = {}
    for act in read_acts(trail):
        if act.verb is ActionKind.MODIFY and act.result is not ActionResult.REFUSED:
            terms.setdefault(act.order_id, {}).update(act.terms)
    return terms
