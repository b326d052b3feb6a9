"""The description of the API, beside the JSON that receipts really have."""

from collections.abc import Iterator
from typing import Any

import pytest

from kite.basket.items import FIELD_TABLE
from kite.vocabulary import Outcome
from tests.support.site import HOST, Site

TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "boolean": (bool,),
    "null": (type(None),),
    "array": (list,),
    "object": (dict,),
}


def faults(value: Any, schema: dict[str, Any], path: str = "") -> Iterator[str]:
    """Where a value is not what its schema says; a name that the schema lacks is a fault too."""
    if "enum" in schema and value not in schema["enum"]:
        yield f"{path}: {value!r} is none of {schema['enum']}"
    names = schema.get("type", [])
    kinds = [kind for name in ([names] if isinstance(names, str) else names) for kind in TYPES[name]]
    if kinds and type(value) not in kinds:
        yield f"{path}: {value!r} is no {names}"
    if isinstance(value, list):
        for number, part in enumerate(value):
            yield from faults(part, schema.get("items", {}), f"{path}[{number}]")
    if isinstance(value, dict) and "properties" in schema:
        yield from (f"{path}.{name}: missing" for name in schema["required"] if name not in value)
        yield from (f"{path}.{name}: not described" for name in value if name not in schema["properties"])
        for name, part in value.items():
            yield from faults(part, schema["properties"].get(name, {}), f"{path}.{name}")


@pytest.fixture
def schema(site: Site) -> dict[str, Any]:
    """The schema of an execution."""
    document = site.app.test_client().get("/api/v1/openapi.json", base_url=HOST).get_json()
    execution: dict[str, Any] = document["components"]["schemas"]["Execution"]
    return execution


STOP = {"order_type": "SL", "price": "1500", "trigger_price": "1490.5", "product": "MIS", "validity": "IOC"}
ORDERS = (
    {},
    STOP,
    {"order_type": "LIMIT", "price": "1000", "disclosed_quantity": "5", "tag": "mine", "product": ""},
    {"tradingsymbol": "SIMREJECT"},
    {"tradingsymbol": "SIMPARTIAL", "quantity": "10"},
)


def test_every_receipt_is_as_described(site: Site, schema: dict[str, Any]):
    browser = site.visitor()
    prepared = browser.compose(*ORDERS)
    assert list(faults(browser.receipt(prepared), schema)) == []
    address = browser.place(prepared, **{"items-0-quantity": "3"})
    browser.get(address, status=303)
    site.clock.advance(65)
    receipt = browser.receipt(prepared)
    outcomes = {item["outcome"] for item in receipt["items"]}
    assert {Outcome.FILLED, Outcome.OPEN, Outcome.REJECTED} <= outcomes
    assert [change["field"] for change in receipt["items"][0]["changes"]] == ["quantity"]
    assert list(faults(receipt, schema)) == []


def test_an_item_is_described_as_its_table_has_it(schema: dict[str, Any]):
    item = schema["properties"]["items"]["items"]
    for name, field in FIELD_TABLE.items():
        assert (name in item["properties"]) is field.facts.on_receipt
    assert item["required"] == sorted(item["properties"])
    assert item["properties"]["variety"] == {"enum": ["regular", "amo", "co"]}
    assert item["properties"]["product"] == {"enum": ["CNC", "NRML", "MIS", None]}
    assert item["properties"]["trigger_price"]["type"] == ["string", "null"]
    assert item["properties"]["outcome"]["enum"] == [*Outcome, None]


@pytest.mark.parametrize(
    ("value", "words"),
    [({"a": 1}, "no string"), ({}, "missing"), ({"a": "x", "b": 1}, "not described")],
)
def test_the_check_notices_what_is_not_as_described(value: dict[str, Any], words: str):
    described = {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}}
    assert words in "".join(faults(value, described))
