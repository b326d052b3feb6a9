"""Between rows and dataclasses, which have the same names in the same order."""

from dataclasses import fields
from importlib import import_module
from typing import Any

from sqlalchemy import Column, Table

from kite.store.engine import Connection


def columns(table: Table, kind: type) -> list[Column[Any]]:
    """Return the columns of `table` that the dataclass `kind` is made of, in its order: `kind(*row)` makes one."""
    return [table.c[field.name] for field in fields(kind)]


def values(record: Any) -> dict[str, Any]:
    """Return the columns' values of a dataclass."""
    return {field.name: getattr(record, field.name) for field in fields(record)}


def insert(conn: Connection, table: Table) -> Any:
    """Return an INSERT that can say ON CONFLICT, which SQLAlchemy offers for each database apart."""
    return import_module(f"sqlalchemy.dialects.{conn.dialect.name}").insert(table)
