"""The description of the API, in OpenAPI 3.1."""

from typing import Any

TEXT: dict[str, Any] = {"type": "string"}
MONEY = {"type": "string", "description": "Rupees as a decimal string.", "examples": ["1450.05"]}
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
    integer = {"type": "integer"}
    text_or_null = {"type": ["string", "null"]}
    outcomes = ["filled", "partly_filled", "open", "rejected", "cancelled", "missing", "unknown", None]
    item = {
        "tradingsymbol": TEXT,
        "exchange": TEXT,
        "transaction_type": {"enum": ["BUY", "SELL"]},
        "order_type": {"enum": ["MARKET", "LIMIT", "SL", "SL-M"]},
        "product": text_or_null,
        "quantity": integer,
        "price": MONEY | {"type": ["string", "null"]},
        "outcome": {"enum": outcomes},
        "changes": {"type": "array", "items": {"type": "object"}},
        "order_ids": {"type": "array", "items": TEXT},
        "filled_quantity": integer,
        "average_price": MONEY | {"type": ["string", "null"]},
        "status_message": text_or_null,
    }
    properties = {
        "id": TEXT,
        "state": {"enum": ["prepared", "handed_off", "returned", "cancelled", "unknown", "settled"]},
        "mode": {"enum": ["simulator", "publisher", "connect"]},
        "tag": TEXT,
        "part": integer,
        "parts": integer,
        "parent_id": text_or_null,
        **dict.fromkeys(("created_at", "handed_off_at", "returned_at", "settled_at"), TIME),
        "items": {"type": "array", "items": {"type": "object", "properties": item}},
        **{name: {"type": "array", "items": ORDER} for name in ("orders", "trades", "extra")},
    }
    return {"type": "object", "required": sorted(properties), "properties": properties}
