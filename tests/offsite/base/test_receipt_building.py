"""What became of every item: the table of outcomes, row by row."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from kite.connect.records import order as parse_order
from kite.offsite.base.doubts import Doubts
from kite.offsite.base.kite_day import next_session_end, proves_absence
from kite.offsite.base.receipt import Report
from kite.offsite.base.receipt_building import average_price, build_receipt
from kite.vocabulary import IST, OrderType, Outcome, Product, State, Variety
from tests.support.baskets import RETURNED_AT, execution, item
from tests.support.kite_orders import order, raw_order, trade


def outcome(orders, *, state=State.RETURNED, concluded=False, readable=True, basket=None):
    receipt = build_receipt(
        execution(*(basket or [item()]), state=state), orders, [], concluded=concluded, readable=readable
    )
    return receipt.items[0].outcome


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"status": "COMPLETE"}, Outcome.FILLED),
        ({"status": "CANCELLED", "filled_quantity": 4}, Outcome.PARTLY_FILLED),
        ({"status": "REJECTED"}, Outcome.REJECTED),
        ({"status": "CANCELLED"}, Outcome.CANCELLED),
        ({"status": "OPEN"}, Outcome.OPEN),
        ({"status": "OPEN", "filled_quantity": 9}, Outcome.OPEN),
        ({"status": "TRIGGER PENDING"}, Outcome.OPEN),
        ({"status": "AMO REQ RECEIVED"}, Outcome.OPEN),
        ({"status": "VALIDATION PENDING"}, Outcome.OPEN),
        ({"status": "SOMETHING NEW"}, Outcome.OPEN),
        ({"status": "COMPLETE", "quantity": 7}, Outcome.FILLED),
        ({"status": "COMPLETE", "filled_quantity": 0}, Outcome.UNKNOWN),
    ],
)
def test_outcome_of_one_order(changes, expected):
    assert outcome([order(**changes)]) is expected


@pytest.mark.parametrize("state", [State.PREPARED, State.HANDED_OFF, State.CANCELLED])
def test_before_a_return_there_is_no_outcome(state):
    assert outcome([], state=state) is None


def test_without_a_return_for_too_long_the_outcome_is_not_known():
    assert outcome([], state=State.UNKNOWN) is Outcome.UNKNOWN


def test_an_item_without_an_order_is_missing_only_after_a_reading_late_enough():
    assert outcome([]) is Outcome.UNKNOWN
    assert outcome([], concluded=True) is Outcome.MISSING


def test_orders_that_cannot_be_told_apart_leave_both_items_unknown_even_late():
    receipt = build_receipt(
        execution(item("INFY", 10), item("INFY", 20)), [order(quantity=5)], [], concluded=True
    )
    assert [result.outcome for result in receipt.items] == [Outcome.UNKNOWN, Outcome.UNKNOWN]
    assert len(receipt.extra) == 1
    assert not receipt.complete


def test_what_was_open_is_not_known_once_no_book_can_be_read():
    assert outcome([order(status="OPEN", filled_quantity=3)], readable=False) is Outcome.UNKNOWN
    assert outcome([order(status="COMPLETE")], readable=False) is Outcome.FILLED


def test_several_orders_of_one_item_are_added_up():
    receipt = build_receipt(
        execution(item("INFY", 10)),
        [order(order_id="1", quantity=10), order(order_id="2", quantity=10, status="REJECTED")],
        [],
    )
    result = receipt.items[0]
    assert (result.outcome, result.filled_quantity, result.quantity) == (Outcome.PARTLY_FILLED, 10, 20)


def test_a_cover_order_is_open_while_its_second_leg_works():
    basket = [
        item(
            "RELIANCE",
            5,
            variety=Variety.CO,
            product=Product.MIS,
            order_type=OrderType.MARKET,
            trigger_price=Decimal(1390),
        )
    ]
    first = order(
        order_id="1", tradingsymbol="RELIANCE", quantity=5, product="CO", variety="co", trigger_price=1390
    )
    second = order(
        order_id="2",
        tradingsymbol="RELIANCE",
        quantity=5,
        transaction_type="SELL",
        parent_order_id="1",
        status="TRIGGER PENDING",
    )
    receipt = build_receipt(execution(*basket), [first, second], [])
    result = receipt.items[0]
    assert (result.outcome, result.filled_quantity, result.quantity, result.changes) == (
        Outcome.OPEN,
        5,
        5,
        (),
    )
    receipt = build_receipt(
        execution(*basket), [first, replace(second, status="COMPLETE", filled_quantity=5)], []
    )
    assert receipt.items[0].outcome is Outcome.FILLED


def test_average_price_is_taken_over_the_trades():
    trades = [trade(quantity=4, average_price=1450.05), trade(trade_id="2", quantity=6, average_price=1451)]
    result = build_receipt(execution(), [order(average_price=9999)], trades).items[0]
    assert result.average_price == (4 * Decimal("1450.05") + 6 * Decimal(1451)) / 10
    assert average_price([]) is None


def test_what_was_traded_leaves_out_contracts_whose_size_nobody_tells():
    trades = [
        trade(quantity=4, average_price=1450.05),
        trade(trade_id="2", quantity=1, average_price=1451, transaction_type="SELL"),
        trade(
            trade_id="3", quantity=1, average_price=88.4175, exchange="CDS", tradingsymbol="USDINR26DECFUT"
        ),
    ]
    receipt = build_receipt(execution(), [order()], trades)
    assert (receipt.traded("BUY"), receipt.traded("SELL")) == (Decimal("5800.20"), 1451)


def test_average_price_falls_back_to_the_orders_own():
    assert build_receipt(execution(), [order()], []).items[0].average_price == Decimal("1450.05")


def test_changes_name_what_was_edited_at_kite():
    basket = [item("INFY", 25, price="1400", product=Product.CNC)]
    changed = order(quantity=20, order_type="LIMIT", price=1401.5, product="MIS", validity="IOC")
    result = build_receipt(execution(*basket), [changed], []).items[0]
    assert [(change.field, change.before, change.after) for change in result.changes] == [
        ("quantity", 25, 20),
        ("price", Decimal(1400), Decimal("1401.5")),
        ("product", "CNC", "MIS"),
    ]


def test_market_protection_is_no_edit():
    protected = order(order_type="LIMIT", price=1475, tags=["mktp", "mktp:2.00"])
    assert build_receipt(execution(), [protected], []).items[0].changes == ()


def test_an_execution_is_complete_when_every_order_has_ended_or_nothing_was_placed():
    assert build_receipt(execution(), [order()], []).complete
    assert build_receipt(execution(), [], [], concluded=True).complete
    assert not build_receipt(execution(), [], []).complete
    assert not build_receipt(execution(), [order(status="OPEN")], []).complete
    extra_open = order(order_id="2", tradingsymbol="TCS", status="OPEN")
    assert not build_receipt(execution(), [order(), extra_open], []).complete


@pytest.mark.parametrize(
    ("moment", "six"),
    [
        ("2026-11-20T09:16:39", "2026-11-21T06:00:00"),
        ("2026-11-20T05:59:59", "2026-11-20T06:00:00"),
        ("2026-11-20T06:00:00", "2026-11-21T06:00:00"),
        ("2026-12-31T23:59:59", "2027-01-01T06:00:00"),
    ],
)
def test_sessions_end_at_six_in_the_morning(moment, six):
    assert next_session_end(datetime.fromisoformat(moment).replace(tzinfo=IST)) == datetime.fromisoformat(
        six
    ).replace(tzinfo=IST)


def test_a_reading_concludes_when_late_enough_and_of_the_same_day():
    wait = timedelta(seconds=60)
    assert not proves_absence(execution(), RETURNED_AT + timedelta(seconds=59), wait)
    assert proves_absence(execution(), RETURNED_AT + wait, wait)
    assert not proves_absence(execution(), next_session_end(RETURNED_AT), wait), (
        "the book of the day is gone by then"
    )
    before_six = execution(
        handed_off_at=next_session_end(RETURNED_AT) - timedelta(minutes=2),
        returned_at=next_session_end(RETURNED_AT) + timedelta(minutes=1),
    )
    assert not proves_absence(before_six, next_session_end(RETURNED_AT) + timedelta(minutes=5), wait), (
        "orders of before six are not in this book"
    )
    assert not proves_absence(execution(returned_at=None), RETURNED_AT + wait, wait)


@pytest.mark.parametrize(
    ("quantities", "changes", "twice"),
    [
        ((10,), {}, False),
        ((25,), {}, False),
        ((6, 4), {}, False),
        ((10, 10), {}, True),
        ((10, 1), {"status": "REJECTED"}, True),
        ((10, 10), {"tags": ["autoslice"]}, False),
    ],
)
def test_line_was_placed_twice_when_several_orders_exceed_it(quantities, changes, twice):
    orders = [
        order(order_id=str(number), quantity=quantity, **changes)
        for number, quantity in enumerate(quantities)
    ]
    receipt = build_receipt(execution(item()), orders, [])
    assert receipt.items[0].twice is twice
    assert receipt.items[0].orders == tuple(orders)


def test_reported_order_is_neither_known_nor_missing():
    report = Report(order(order_id="1", status="COMPLETE"), RETURNED_AT)
    receipt = build_receipt(execution(item()), [], [], concluded=True, reports=[report])
    assert (receipt.items[0].outcome, receipt.items[0].reports) == (Outcome.UNKNOWN, (report,))
    assert not receipt.complete


@pytest.mark.parametrize("turned", [False, True])
def test_of_reports_the_one_that_went_furthest_counts_and_none_of_an_order_that_ended(turned):
    steps = [("UPDATE", 2), ("UPDATE", 4), ("COMPLETE", 10)]
    reports = [
        Report(order(order_id="1", status=status, filled_quantity=filled), RETURNED_AT)
        for status, filled in steps
    ]
    receipt = build_receipt(execution(item()), [], [], reports=reports[::-1] if turned else reports)
    assert receipt.items[0].reports == (reports[2],)
    known = build_receipt(execution(item()), [order(order_id="1", status="COMPLETE")], [], reports=reports)
    assert known.items[0].reports == ()


@pytest.mark.parametrize(
    ("status", "filled", "expected"),
    [
        ("CANCELLED AMO", 0, Outcome.CANCELLED),
        ("cancelled amo", 4, Outcome.PARTLY_FILLED),
        ("Rejected by RMS", 0, Outcome.REJECTED),
        ("complete", 10, Outcome.FILLED),
        ("HELD FOR REVIEW", 0, Outcome.OPEN),
        ("", 4, Outcome.OPEN),
    ],
)
def test_a_status_counts_in_any_case_and_one_never_seen_has_not_ended(status, filled, expected):
    assert outcome([order(status=status, filled_quantity=filled)], concluded=True) is expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"status": "COMPLETE", "quantity": "ten", "filled_quantity": 10}, Outcome.UNKNOWN),
        ({"status": "CANCELLED", "filled_quantity": [4]}, Outcome.UNKNOWN),
        ({"status": "COMPLETE", "filled_quantity": "all", "quantity": 10}, Outcome.UNKNOWN),
        (
            {"status": "REJECTED", "quantity": None, "filled_quantity": 0, "pending_quantity": 0},
            Outcome.REJECTED,
        ),
        ({"status": "OPEN", "filled_quantity": "some", "pending_quantity": 0}, Outcome.OPEN),
        ({"status": "COMPLETE", "order_timestamp": "soon"}, Outcome.FILLED),
    ],
)
def test_figures_of_which_nothing_can_be_made_are_not_guessed(changes, expected):
    spoiled = parse_order(raw_order() | changes)
    result = build_receipt(execution(), [spoiled], [], concluded=True).items[0]
    assert (result.outcome, result.quantity, result.changes) == (expected, 10, ())


@pytest.mark.parametrize("lost", ["tradingsymbol", "exchange", "transaction_type"])
def test_an_order_that_says_not_what_it_is_leaves_every_item_that_it_may_be_unknown(lost):
    basket = [item("INFY"), item("INFY", side="SELL"), item("SBIN"), item("TCS")]
    orders = [order(order_id="1", **{lost: ""}), order(order_id="2", tradingsymbol="TCS")]
    receipt = build_receipt(execution(*basket), orders, [], concluded=True)
    unknown = {"tradingsymbol": {0, 2}, "exchange": {0}, "transaction_type": {0, 1}}[lost]
    assert {result.number for result in receipt.items if result.outcome is Outcome.UNKNOWN} == unknown
    assert receipt.items[3].outcome is Outcome.FILLED
    assert receipt.extra == (orders[0],)


def test_an_order_without_a_tag_that_looks_like_a_missing_item_is_named_beside_it():
    alike, other = (
        order(order_id="7", tag=None, tags=[]),
        order(order_id="8", tag=None, tags=[], tradingsymbol="SBIN"),
    )
    receipt = build_receipt(
        execution(item("INFY"), item("TCS")), [], [], concluded=True, doubts=Doubts((alike, other))
    )
    assert [(result.outcome, result.untagged) for result in receipt.items] == [
        (Outcome.MISSING, (alike,)),
        (Outcome.MISSING, ()),
    ]
    assert receipt.untagged == (alike,)
    known = build_receipt(execution(item("INFY")), [order()], [], doubts=Doubts((alike,)))
    assert known.items[0].untagged == (), "an item that has its order is not looked for"


def test_no_item_is_missing_while_a_row_of_the_book_cannot_be_read():
    receipt = build_receipt(
        execution(item("INFY"), item("SBIN")),
        [order()],
        [],
        concluded=True,
        doubts=Doubts(unreadable_orders=1),
    )
    assert [result.outcome for result in receipt.items] == [Outcome.FILLED, Outcome.UNKNOWN]
    assert receipt.unreadable == 1 and not receipt.complete
    trades = build_receipt(
        execution(item("INFY"), item("SBIN")),
        [order()],
        [],
        concluded=True,
        doubts=Doubts(unreadable_trades=1),
    )
    assert [result.outcome for result in trades.items] == [Outcome.FILLED, Outcome.MISSING]
    assert trades.unreadable == 1


def test_a_lost_trade_does_not_shift_the_average():
    result = build_receipt(
        execution(), [order(average_price=1450.05)], [trade(quantity=4, average_price=1500)]
    ).items[0]
    assert result.average_price == Decimal("1450.05")


NEW_TERMS = {"1914227164488687616": {"quantity": 5, "price": Decimal("1390.00")}}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"quantity": 5, "price": 1390}, []),
        ({"quantity": 10, "price": 1400}, []),
        ({"quantity": 5, "price": 1395}, [("price", Decimal("1390.00"), Decimal(1395))]),
        ({"quantity": 7, "price": 1390}, [("quantity", 5, 7)]),
        ({"quantity": 5, "price": 1390, "product": "MIS"}, [("product", "CNC", "MIS")]),
    ],
)
def test_new_terms_given_here_are_not_changed_at_kite(changes, expected):
    in_book = order(status="OPEN", order_type="LIMIT", **changes)
    result = build_receipt(execution(item(price="1400")), [in_book], [], accepted_terms=NEW_TERMS).items[0]
    assert [(change.field, change.before, change.after) for change in result.changes] == expected


def test_a_changed_order_has_all_of_its_new_terms():
    stop = item(price="1400", order_type=OrderType.SL, trigger_price=Decimal("1395"))
    in_book = order(status="OPEN", quantity=7, order_type="LIMIT", price=1390.5, product="MIS")
    ordered = build_receipt(execution(stop), [in_book], []).items[0].ordered
    assert (ordered.quantity, ordered.order_type, ordered.price, ordered.trigger_price, ordered.product) == (
        7,
        OrderType.LIMIT,
        Decimal("1390.5"),
        None,
        Product.MIS,
    )


def test_terms_of_kites_that_are_not_ours_leave_an_item_as_it_was():
    protected = order(order_type="LIMIT", price=1475, tags=["mktp", "mktp:2.00"])
    assert build_receipt(execution(), [protected], []).items[0].ordered == item()
    odd = order(order_type="LIMIT PLUS", product="BTST", validity="GTC", price=1400)
    assert build_receipt(execution(item(price="1400")), [odd], []).items[0].ordered == item(price="1400")
    assert build_receipt(execution(), [], []).items[0].ordered == item()


@pytest.mark.parametrize(
    ("spoiled", "counts"),
    [
        ({}, 0),
        ({"status": None}, 1),
        ({"tradingsymbol": ""}, 1),
        ({"quantity": "ten"}, 1),
        ({"order_timestamp": "soon"}, 1),
        ({"order_timestamp": None}, 0),
        ({"exchange_timestamp": "09:17:20"}, 0),
        ({"guid": None}, 0),
    ],
)
def test_an_order_that_cannot_be_read_in_full_is_counted(spoiled, counts):
    assert build_receipt(execution(), [parse_order(raw_order() | spoiled)], []).unreadable == counts
