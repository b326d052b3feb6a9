"""What people did to orders, and what Kite answered: each answer belongs to its own request."""

from decimal import Decimal

from kite.offsite.base.recorded_acts import ActionKind, ActionResult, accepted_terms, read_acts
from kite.store.flow.event_causes import EventCause
from kite.store.flow.event_data import KiteAnswer, NewTerms
from tests.support.records import an_event


def change(order_id, **terms):
    return an_event(EventCause.ASKED_TO_MODIFY, order_id=order_id, data=NewTerms(terms))


def answer(cause, order_id, request=None, error="", message=""):
    """Kite's answer to a request; without one, as a version recorded it that did not say which."""
    act_id = request.id if request else None
    return an_event(cause, order_id=order_id, data=KiteAnswer(act_id, error, message))


def test_acts_are_read_from_the_events_each_with_its_own_answer():
    requests = [
        change("1", quantity=5, price=Decimal("10.50")),
        an_event(EventCause.ASKED_TO_CANCEL, order_id="2"),
        change("1", quantity=6),
    ]
    trail = [
        *requests,
        answer(EventCause.KITE_REFUSED, "1", requests[0], "OrderException", "No: not now"),
        an_event(EventCause.BOOK_READ),
        answer(EventCause.KITE_SILENT, "2", requests[1], "NoAnswer", "nothing came"),
        answer(EventCause.KITE_TOOK, "3"),
        answer(EventCause.KITE_TOOK, "1", requests[2]),
        an_event(EventCause.ASKED_TO_EXIT, order_id="1"),
    ]
    assert [
        (act.verb, act.order_id, dict(act.terms), act.result, act.error, act.message)
        for act in read_acts(trail)
    ] == [
        (
            *(ActionKind.MODIFY, "1", {"quantity": 5, "price": Decimal("10.50")}),
            *(ActionResult.REFUSED, "OrderException", "No: not now"),
        ),
        (ActionKind.CANCEL, "2", {}, ActionResult.NO_ANSWER, "NoAnswer", "nothing came"),
        (ActionKind.MODIFY, "1", {"quantity": 6}, ActionResult.TAKEN, "", ""),
        (ActionKind.EXIT, "1", {}, None, "", ""),
    ]


def test_the_last_of_each_field_counts_and_nothing_that_kite_refused():
    requests = [change("1", quantity=5, price=Decimal("1390.50")), change("1", quantity=6)]
    requests += [change("1", quantity=9), change("2", quantity=1)]
    trail = [
        requests[0],
        answer(EventCause.KITE_TOOK, "1", requests[0]),
        requests[1],
        answer(EventCause.KITE_SILENT, "1", requests[1], "NoAnswer", "lost"),
        requests[2],
        answer(EventCause.KITE_REFUSED, "1", requests[2], "OrderException", "no"),
        requests[3],
    ]
    assert accepted_terms(trail) == {
        "1": {"quantity": 6, "price": Decimal("1390.50")},
        "2": {"quantity": 1},
    }
    assert accepted_terms([]) == {}


def test_a_refusal_that_comes_after_the_next_request_takes_its_own_terms_back():
    first, second = change("1", quantity=5), change("1", quantity=9)
    refusal = answer(EventCause.KITE_REFUSED, "1", first, "OrderException", "no")
    assert accepted_terms([first, second, refusal]) == {"1": {"quantity": 9}}
    acceptance = answer(EventCause.KITE_TOOK, "1", first)
    refusal = answer(EventCause.KITE_REFUSED, "1", second, "OrderException", "no")
    assert accepted_terms([first, second, refusal, acceptance]) == {"1": {"quantity": 5}}


def test_a_refused_cancellation_leaves_the_terms_that_kite_took():
    request, cancel = change("1", quantity=5), an_event(EventCause.ASKED_TO_CANCEL, order_id="1")
    trail = [request, answer(EventCause.KITE_TOOK, "1", request), cancel]
    trail.append(answer(EventCause.KITE_REFUSED, "1", cancel, "OrderException", "no"))
    assert accepted_terms(trail) == {"1": {"quantity": 5}}


def test_an_answer_that_names_no_request_belongs_to_the_last_open_one_for_its_order():
    trail = [change("1", quantity=5), change("2", quantity=7)]
    trail.append(answer(EventCause.KITE_REFUSED, "1"))
    assert accepted_terms(trail) == {"2": {"quantity": 7}}
    trail += [change("1", quantity=6), answer(EventCause.KITE_REFUSED, "1")]
    trail.append(answer(EventCause.KITE_TOOK, "2"))
    assert [act.result for act in read_acts(trail)] == [
        ActionResult.REFUSED,
        ActionResult.TAKEN,
        ActionResult.REFUSED,
    ]
