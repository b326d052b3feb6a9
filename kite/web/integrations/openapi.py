"""The description of the API, in OpenAPI 3.1."""

from decimal import Decimal
from typing import Any

from kite.basket.fields import ItemField
from kite.basket.items import FIELD_TABLE
from kite.vocabulary import Mode, Outcome, State

TEXT: dict[str, Any] = {"type": "string"}
MONEY: dict[str, Any] = {
    "type": "string",
    "description": "Rupees as a decimal string.",
    "examples": ["1450.05"],
}
INTEGER: dict[str, Any] = {"type": "integer"}
TEXT_OR_NULL = {"type": ["string", "null"]}
SCHEMAS: dict[type, dict[str, Any]] = {str: TEXT, int: INTEGER, bool: {"type": "boolean"}, Decimal: MONEY}
TIME = {"type": ["string", "null"], "format": "date-time", "description": "With the IST offset."}
ORDER = {
    "type": "object",
    "description": "Every field as Kite sent it, money and times converted, and `raw` as Kite sent it.",
}


def document(site: str) -> dict[str, Any]:
    """Return the description for a site at this address."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Basket",
            "version": "1",
            "description": "Results of baskets that people approved at Kite.",
        },
        "servers": [{"url": f"{site}/api/v1"}],
        "security": [{"token": []}],
        "paths": {"/redeem": {"post": _redeem()}, "/openapi.json": {"get": _self()}},
        "components": {
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "Made by an operator at /operator/tokens.",
                }
            },
            "schemas": {"Execution": _execution(), "Result": _result(), "Problem": _problem()},
        },
    }


def _redeem() -> dict[str, Any]:
    refusals = {
        400: "There is no code in the body.",
        401: "The token is missing, unknown or revoked.",
        404: "This site never made this code.",
    }
    refusals |= {
        410: "The code was redeemed before, or is older than 10 minutes.",
        429: "Too many calls; Retry-After says when to go on.",
    }
    code = {"type": "object", "required": ["code"], "properties": {"code": TEXT}}
    return {
        "summary": "Redeem the one-time code of a finished basket",
        "operationId": "redeem",
        "requestBody": {"required": True, "content": {"application/json": {"schema": code}}},
        "responses": {
            "200": {
                "description": "The result, as far as it is known.",
                "content": _content("application/json", "Result"),
            },
            **{
                str(status): {
                    "description": words,
                    "content": _content("application/problem+json", "Problem"),
                }
                for status, words in refusals.items()
            },
        },
    }


def _self() -> dict[str, Any]:
    return {
        "summary": "This description",
        "operationId": "openapi",
        "security": [],
        "responses": {"200": {"description": "OpenAPI 3.1."}},
    }


def _content(kind: str, name: str) -> dict[str, Any]:
    return {kind: {"schema": {"$ref": f"#/components/schemas/{name}"}}}


def _result() -> dict[str, Any]:
    execution = {"$ref": "#/components/schemas/Execution"}
    others = {
        "type": "array",
        "items": execution,
        "description": "The other parts of a basket that went to Kite in several.",
    }
    return {"allOf": [execution, {"type": "object", "properties": {"others": others}}]}


def _problem() -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["title", "detail", "status"],
        "properties": {"title": TEXT, "detail": TEXT, "status": {"type": "integer"}},
    }


def _execution() -> dict[str, Any]:
    properties = {
        "id": TEXT,
        "state": {"enum": [state.value for state in State]},
        "mode": {"enum": [mode.value for mode in Mode]},
        "tag": TEXT,
        "part": INTEGER,
        "parts": INTEGER,
        "parent_id": TEXT_OR_NULL,
        **dict.fromkeys(("created_at", "handed_off_at", "returned_at", "settled_at"), TIME),
        "items": {"type": "array", "items": _object(_item())},
        **{name: {"type": "array", "items": ORDER} for name in ("orders", "trades", "extra")},
    }
    return _object(properties)


def _item() -> dict[str, Any]:
    """Return the schema of everything that a receipt says of an item: its fields, and what became of
    it.
    """
    amount = {"type": ["string", "integer"]}
    change = {"field": TEXT, "before": amount, "after": amount}
    return {
        **{field.name: _value_of(field) for field in FIELD_TABLE.values() if field.facts.on_receipt},
        "outcome": {"enum": [*(outcome.value for outcome in Outcome), None]},
        "changes": {"type": "array", "items": _object(change)},
        "order_ids": {"type": "array", "items": TEXT},
        "filled_quantity": INTEGER,
        "average_price": MONEY | {"type": ["string", "null"]},
        "status_message": TEXT_OR_NULL,
    }


def _value_of(field: ItemField) -> dict[str, Any]:
    """Return the schema of a field's values, as a receipt has them."""
    if choices := field.choices:
        values: list[str | None] = [choice.value for choice in choices]
        return {"enum": [*values, None] if field.optional else values}
    schema = SCHEMAS[field.kind]
    return schema | {"type": [schema["type"], "null"]} if field.optional else schema


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of an object that always has these properties."""
    return {"type": "object", "required": sorted(properties), "properties": properties}
