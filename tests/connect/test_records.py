"""Records: whatever Kite sends becomes a typed record, or a DataException."""

import json
from contextlib import suppress
from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kite.connect import records
from kite.connect.records import order, session, trade
from kite.exceptions import DataException
from kite.vocabulary import ENDED, IST, OrderStatus
from tests.support.kite_orders import raw_order, raw_trade
from tests.support.wire import body_of

READERS = [
    records.order,
    records.trade,
    records.session,
    records.profile,
    records.margins,
    records.changed_order,
]
SECRETS = ["enctoken", "public_token", "refresh_token"]

anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["2026-11-20 09:17:20", "09:17:20", "1E+99999"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=6,
)


def spoiled(raw: dict) -> st.SearchStrategy[dict]:
    """That record with any of its fields replaced by anything, some left out."""
    replaced = st.dictionaries(st.sampled_from(sorted(raw)), anything, max_size=12)
    return st.tuples(replaced, st.sets(st.sampled_from(sorted(raw)))).map(
        lambda drawn: {name: value for name, value in (raw | drawn[0]).items() if name not in drawn[1]}
    )


@pytest.mark.parametrize("reader", READERS)
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(raw=anything)
def test_any_json_is_read_or_is_a_data_exception(reader, raw):
    with suppress(DataException):
        assert reader(raw)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(raw=spoiled(raw_order()))
def test_order_with_any_fields_is_read_or_is_a_data_exception(raw):
    try:
        read = order(raw)
    except DataException:
        assert (
            raw.get("order_id") in (None, "")
            or not isinstance(raw["order_id"], str | int | float)
            or isinstance(raw["order_id"], bool)
        )
        return
    assert read.raw is raw
    assert isinstance(read.quantity, int) and read.price.is_finite() and read.ended in (True, False)
    assert f"{read.price:f} {read.tag_list} {read.order_timestamp} {read!r}"


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(raw=spoiled(raw_trade()))
def test_trade_with_any_fields_is_read_or_is_a_data_exception(raw):
    try:
        read = trade(raw)
    except DataException:
        return
    assert isinstance(read.quantity, int) and read.average_price.is_finite()
    assert read.order_timestamp is None or read.order_timestamp.tzinfo


def test_order_is_typed():
    read = order(
        raw_order(
            average_price=1450.05, filled_quantity=10.0, instrument_token="408065", market_protection=-1
        )
    )
    assert read.order_id == "1914227164488687616"
    assert read.average_price == Decimal("1450.05") and read.filled_quantity == 10
    assert read.order_timestamp == datetime(2026, 11, 20, 9, 17, 20, tzinfo=IST)
    assert read.instrument_token == "408065" and read.market_protection == -1
    assert read.ended and not read.modified


def test_order_of_two_fields_has_the_others_empty():
    read = order({"order_id": "261120000417731", "status": "OPEN"})
    assert (read.quantity, read.price, read.tag, read.tags, read.meta) == (0, 0, None, (), {})
    assert read.order_timestamp is None and read.exchange_order_id is None and not read.ended


@pytest.mark.parametrize(
    "status", ["OPEN", "open", "TRIGGER PENDING", "HELD FOR REVIEW", "UNCANCELLED", "COMPLETED IN PART", ""]
)
def test_status_that_is_not_an_end_keeps_an_order_working(status):
    read = order(raw_order(status=status))
    assert read.status == status and not read.ended


@pytest.mark.parametrize(
    ("status", "means"),
    [
        ("COMPLETE", OrderStatus.COMPLETE),
        ("Complete", OrderStatus.COMPLETE),
        (" complete ", OrderStatus.COMPLETE),
        ("CANCELLED", OrderStatus.CANCELLED),
        ("CANCELLED AMO", OrderStatus.CANCELLED),
        ("cancelled amo", OrderStatus.CANCELLED),
        ("Cancelled by exchange", OrderStatus.CANCELLED),
        ("REJECTED", OrderStatus.REJECTED),
        ("Rejected by RMS", OrderStatus.REJECTED),
        ("rejected", OrderStatus.REJECTED),
    ],
)
def test_order_ends_in_any_case_of_letters_and_whatever_stands_behind(status, means):
    read = order(raw_order(status=status))
    assert read.ended and read.known_status is means and read.status == status


@pytest.mark.parametrize("status", list(OrderStatus))
def test_every_documented_status_is_known(status):
    assert order(raw_order(status=status.lower())).known_status is status
    assert order(raw_order(status=status)).ended == (status in ENDED)


@pytest.mark.parametrize(
    ("field", "value", "unreadable_fields"),
    [
        ("quantity", "ten", ("quantity",)),
        ("quantity", None, ("quantity",)),
        ("quantity", 0, ("quantity",)),
        ("quantity", [10], ("quantity",)),
        ("filled_quantity", {}, ("filled_quantity",)),
        ("filled_quantity", None, ()),
        ("price", "1,400", ("price",)),
        ("price", True, ("price",)),
        ("price", "", ()),
        ("order_timestamp", "soon", ("order_timestamp",)),
        ("order_timestamp", 1763610440, ("order_timestamp",)),
        ("order_timestamp", None, ()),
        ("average_price", "NaN", ("average_price",)),
    ],
)
def test_what_makes_no_sense_is_told_from_what_is_not_there(field, value, unreadable_fields):
    assert order(raw_order() | {field: value}).unreadable_fields == unreadable_fields


def test_tags_stand_once_each_with_the_tag_first():
    assert order(raw_order(tag="k7f3q9zt", tags=["mktp", "k7f3q9zt", "", None, "mktp:2.00"])).tag_list == (
        "k7f3q9zt",
        "mktp",
        "mktp:2.00",
    )


def test_order_without_a_tag_has_no_tags():
    assert order(raw_order(tag=None, tags=None)).tag_list == ()


@pytest.mark.parametrize(
    ("stamp", "expected"),
    [
        ("2026-11-20 09:17:20", datetime(2026, 11, 20, 9, 17, 20, tzinfo=IST)),
        ("2026-11-20T09:17:20", datetime(2026, 11, 20, 9, 17, 20, tzinfo=IST)),
        ("2026-11-20T03:47:20Z", datetime(2026, 11, 20, 9, 17, 20, tzinfo=IST)),
        ("2026-11-20T09:17:20.5+05:30", datetime(2026, 11, 20, 9, 17, 20, 500_000, tzinfo=IST)),
        ("0001-01-01T00:00:00+14:00", None),
        ("2026-13-20 09:17:20", None),
        ("soon", None),
        ("", None),
        (None, None),
        (1763610440, None),
    ],
)
def test_time_is_in_ist_or_none(stamp, expected):
    read = order(raw_order(order_timestamp=stamp))
    assert read.order_timestamp == expected
    assert expected is None or str(read.order_timestamp.tzinfo) == "Asia/Kolkata"
    assert read.raw["order_timestamp"] == stamp


def test_time_of_the_day_alone_is_on_the_day_of_the_fill():
    assert trade(raw_trade(order_timestamp="09:16:39")).order_timestamp == datetime(
        2026, 11, 20, 9, 16, 39, tzinfo=IST
    )


def test_time_of_the_day_without_a_fill_is_unknown():
    assert trade(raw_trade(order_timestamp="09:16:39", fill_timestamp=None)).order_timestamp is None


@pytest.mark.parametrize(
    "quantity",
    [{"quantity": 7}, {"filled": 7}, {"quantity": None, "filled": 7.0}, {"quantity": "7", "filled": 3}],
)
def test_quantity_of_a_trade_is_called_quantity_or_filled(quantity):
    raw = {name: value for name, value in raw_trade().items() if name != "quantity"}
    assert trade(raw | quantity).quantity == 7


@pytest.mark.parametrize("missing", ["trade_id", "order_id"])
def test_trade_without_its_ids_says_which_one_is_missing(missing):
    with pytest.raises(DataException, match=f"without {missing}"):
        trade(raw_trade(**{missing: None}))


def test_id_that_came_as_a_number_keeps_every_digit():
    assert order(json.loads('{"order_id": 1914227164488687617}')).order_id == "1914227164488687617"


def test_session_keeps_none_of_the_other_secrets_and_hides_its_token():
    raw = json.loads(body_of("recorded/generate_session"))["data"] | dict.fromkeys(SECRETS, "never keep me")
    read = session(raw)
    assert read.access_token not in repr(read) and "never keep me" not in repr(vars(read))
    assert not any(hasattr(read, name) for name in [*SECRETS, "raw", "email"])


def test_session_without_a_token_is_a_data_exception():
    with pytest.raises(DataException, match="without access_token"):
        session({"user_id": "RS4471", "access_token": ""})
