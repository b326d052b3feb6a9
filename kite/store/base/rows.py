"""Converts between rows and dataclasses, which have the same names in the same order."""

from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from importlib import import_module
from typing import Any

from sqlalchemy import Column, Table

from kite.store.base.engine import Connection


def columns(table: Table, kind: type) -> list[Column[Any]]:
    """Return the columns of `table` for the fields of the dataclass `kind`, in its order:
    `kind(*row)` makes one.
    """
    return [table.c[field.name] for field in fields(kind)]


def values(record: Any) -> dict[str, Any]:
    """Return the fields of a dataclass as the values of a row."""
    return {field.name: getattr(record, field.name) for field in fields(record)}


def insert_unless_present(conn: Connection, table: Table, row: Mapping[str, Any], *unique: str) -> bool:
    """Insert a row; False, and nothing changed, when there is one with the same values in the
    columns `unique`.
    """
    return conn.execute(_add(conn.dialect.name, table, unique), row).first() is not None


def insert(dialect: str, table: Table) -> Any:
    """Return an INSERT that takes ON CONFLICT, which SQLAlchemy has in a module for each database
    ("sqlite", "postgresql").
    """
    return import_module(f"sqlalchemy.dialects.{dialect}").insert(table)


# Building a statement costs more than running it.
@cache
def _add(dialect: str, table: Table, unique: tuple[str, ...]) -> Any:
    return insert(dialect, table).on_conflict_do_nothing(index_elements=unique).returning(table.c[unique[0]])
