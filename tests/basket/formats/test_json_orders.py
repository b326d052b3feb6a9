"""Orders in JSON: lists, one object alone, and the envelopes in which Kite and others send
lists.
"""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kite.basket.formats.json_orders import json_pieces, parse_json
from kite.basket.formats.order_lists import read_json, read_text
from kite.basket.formats.row_reader import Writer, read_row
from kite.basket.items import FIELDS, MAX_ITEMS
from kite.exceptions import BasketError
from tests.support.wire import RESPONSES

INFY = {
    "tradingsymbol": "INFY",
    "exchange": "NSE",
    "transaction_type": "BUY",
    "order_type": "MARKET",
    "quantity": 10,
}
TCS = INFY | {"tradingsymbol": "TCS", "quantity": 5}
ROWS = [{name: str(value) for name, value in order.items()} for order in (INFY, TCS)]
KITES = json.loads((RESPONSES / "recorded" / "orders.json").read_text())


def rows(text):
    return [read.row for read in read_text(text)]


def refusals(text):
    return [
        (read.line, read.number, read.reason % read.params) for read in read_text(text) if read.row is None
    ]


@pytest.mark.parametrize(
    "value",
    [
        [INFY, TCS],
        {"orders": [INFY, TCS]},
        {"status": "success", "data": [INFY, TCS]},
        {"data": {"orders": [INFY, TCS]}},
        {"name": "mine", "items": [INFY, TCS], "notes": []},
        {"status": "success", "data": {"net": [INFY, TCS], "day": []}},
    ],
    ids=str,
)
@pytest.mark.parametrize("indent", [None, 2])
def test_a_list_is_read_in_whatever_envelope_it_comes(value, indent):
    assert rows(json.dumps(value, indent=indent)) == ROWS


@pytest.mark.parametrize(
    "text", [json.dumps(INFY), json.dumps(INFY, indent=2), f"\n\n {json.dumps(INFY, indent=4)} \n"]
)
def test_one_object_alone_is_one_order(text):
    assert rows(text) == ROWS[:1]


@pytest.mark.parametrize("between", ["\n", ",\n", "\n\n", ", "])
@pytest.mark.parametrize("indent", [None, 2])
def test_objects_one_after_the_other_are_orders(between, indent):
    assert rows(between.join(json.dumps(order, indent=indent) for order in (INFY, TCS))) == ROWS


def test_what_stands_below_objects_is_read_as_lines():
    text = f"{json.dumps(INFY, indent=2)}\n{json.dumps(TCS)}\nbuy 5 itc\nnonsense here\n"
    assert [row and row["tradingsymbol"] for row in rows(text)] == ["INFY", "TCS", "ITC", None]
    assert refusals(text) == [
        ("nonsense here", 10, "Both “NONSENSE” and “here” could be the instrument. Keep one.")
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"a": 1}', "No order was found in it."),
        ('{"orders": []}', "No order was found in it."),
        ('{"status": "error", "message": "Invalid session", "data": null}', "No order was found in it."),
        (
            '{"data": {"net": [{"tradingsymbol": "A"}], "day": [{"tradingsymbol": "A"}]}}',
            "It holds more than one list: “net” and “day”. Keep one.",
        ),
        (
            '{"buys": [{"tradingsymbol": "A"}],\n "sells": [{"tradingsymbol": "B"}]}',
            "It holds more than one list: “buys” and “sells”. Keep one.",
        ),
        ('{"a": {"b": {"c": {"d": {"e": [{"tradingsymbol": "INFY"}]}}}}}', "No order was found in it."),
        ("[1]", "A basket is a JSON list of objects."),
        ('{"orders": [1, 2]}', "No order was found in it."),
        ('{"orders": "INFY"}', "No order was found in it."),
    ],
)  # fmt: skip
def test_what_holds_no_order_is_refused_in_one_piece_with_the_reason(text, reason):
    assert refusals(text) == [(text, 1, reason)]


def test_of_a_list_what_is_no_order_is_refused_beside_those_that_are():
    text = json.dumps([INFY, {"isin": "INE009A01021"}, TCS])
    assert [row and row["tradingsymbol"] for row in rows(text)] == ["INFY", None, "TCS"]
    assert refusals(text) == [('{"isin": "INE009A01021"}', 2, "No order was found in it.")]
    assert refusals('{"isin": "INE009A01021"}')[0][2] == "No order was found in it.", (
        "and it is no order when it is read again"
    )


def test_the_order_book_of_kite_is_read_as_it_was_sent():
    reads = read_text(json.dumps(KITES))
    assert len(reads) == len(KITES["data"])
    assert all(read.row is not None and not read.unused for read in reads)
    for read, order in zip(reads, KITES["data"], strict=True):
        reading = read_row(read.row)
        assert reading.unreadable_fields <= {
            "variety",
            "validity",
            "product",
        }, "it has an iceberg order, and one with the product MTF"
        item = reading.item
        assert (item.tradingsymbol, item.quantity, item.tag) == (
            order["tradingsymbol"],
            order["quantity"],
            order["tag"],
        )
        assert [float(item.price or 0), float(item.trigger_price or 0), item.disclosed_quantity or 0] == [
            order[name] for name in ("price", "trigger_price", "disclosed_quantity")
        ]


@pytest.mark.parametrize(
    ("json_value", "field", "typed"),
    [
        ("1500", "price", "1500"),
        ("1e3", "price", "1000"),
        ("0.0025", "price", "0.0025"),
        ("1e400", "price", "1E+400"),
        ("92.000000", "quantity", "92"),
        ("1e1", "quantity", "10"),
        ("-0.0", "quantity", "0"),
        ("true", "readonly", "y"),
        ('"True"', "readonly", "y"),
        ("1", "readonly", "y"),
        ("false", "readonly", None),
        ('"False"', "readonly", None),
        ("0", "readonly", None),
        ('"maybe"', "readonly", "maybe"),
        ("[true]", "readonly", "[true]"),
        ("true", "tradingsymbol", "TRUE"),
        ('"\\ud800"', "tradingsymbol", "\ufffd"),
        ("null", "price", None),
        ("[1]", "price", "[1]"),
        ('{"at": 1.5}', "price", '{"at": "1.5"}'),
        ('"<b>"', "tradingsymbol", "<b>"),
        ('"buy"', "transaction_type", "BUY"),
        ('"sl_m"', "order_type", "SL-M"),
        ('"₹1,448.20"', "price", "1,448.20"),
    ],
)
def test_values_of_json_are_shown_as_a_person_would_type_them(json_value, field, typed):
    (read,) = read_json(f'[{{"tag": "a", "{field}": {json_value}}}]')
    assert read.row.get(field) == typed


def test_names_that_are_no_fields_are_named_and_left_out():
    (read,) = read_json(
        '[{"tradingsymbol": "INFY", "squareoff": 5, "meta": {}, "stoploss": 0, "guid": null, "status":'
        ' "OPEN", "weight": 40}]'
    )
    assert read.row == {"tradingsymbol": "INFY", "weight": "40"}
    assert read.left_out == ["squareoff", "status"], "zero, null and nothing are not given"


def test_what_was_read_once_loses_nothing_when_it_is_read_again_for_its_person():
    row = {"tradingsymbol": "INFY", "order_type": "MARKET", "price": "1412"}
    (machines,) = read_json(json.dumps(row))
    (persons,) = read_json(json.dumps(row), writer=Writer.PERSON)
    assert (machines.row, [(unused.field, unused.text) for unused in machines.unused]) == (
        {"tradingsymbol": "INFY", "order_type": "MARKET"}, [("price", "1412")]
    )  # fmt: skip
    assert (persons.row, persons.unused) == (row, ())


def test_more_objects_than_are_read_wait_in_one_piece():
    lines = [json.dumps(INFY | {"quantity": number}) for number in range(1, MAX_ITEMS + 4)]
    *orders, rest = read_text("\n".join(lines))
    assert len(orders) == MAX_ITEMS
    assert (rest.row, rest.number, rest.line) == (None, MAX_ITEMS + 1, "\n".join(lines[MAX_ITEMS:]))


PIECES = st.sampled_from(
    [
        json.dumps(INFY),
        json.dumps({"orders": [INFY]}, indent=1),
        "{",
        "}",
        "[",
        "]",
        ",",
        "\n",
        "\r",
        "\r\n",
        " ",
        "buy 5 itc",
        '{"a": 1}',
        "{}",
        "\u2028",
    ]
)


@given(st.lists(PIECES, max_size=12).map("".join))
def test_of_objects_and_lines_in_any_order_nothing_is_lost(text):
    reads = read_text(text)
    orders = sum(read.row is not None for read in reads)
    refused = "".join(read.line for read in reads if read.row is None)
    for order in ('"INFY"', "itc"):
        assert text.count(order) <= orders + refused.count(order)
    for read in reads:
        assert (read.row is None) == bool(read.reason % read.params)
        assert set(read.row or ()) <= set(FIELDS)


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}"), ('[{"a":', "}]")])
def test_values_deeper_than_anybody_writes_are_no_json(opening, closing):
    lists_and_objects = opening.count("[") + opening.count("{")

    def orders(deep):
        times = deep // lists_and_objects
        return '[{"tradingsymbol":' + opening * times + "1" + closing * times + "}]"

    assert parse_json(orders(48))
    with pytest.raises(BasketError, match="This is not JSON"):
        parse_json(orders(50))


def test_order_with_a_value_deeper_than_anybody_writes_is_no_piece():
    shallow, deep = ('{"tradingsymbol":' + "[" * times + "]" * times + "}" for times in (10, 100))
    assert [piece.value for piece in json_pieces(f"{shallow} {deep} {shallow}")] == [json.loads(shallow)]
    assert not list(json_pieces(deep))
