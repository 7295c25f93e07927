"""Statements shared by everything that writes: insert unless present, insert or replace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Insert, Table
from sqlalchemy.dialects import postgresql, sqlite

Row = Mapping[str, Any]


def add_missing(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert the rows whose primary key is not there yet."""
    if rows:
        connection.execute(_insert_missing(table, connection.dialect.name), list(rows))


def put(connection: Connection, table: Table, rows: Sequence[Row], *, keep: tuple[str, ...] = ()) -> None:
    """Insert rows, or replace all but the primary key and the columns `keep` of those that are there."""
    if rows:
        connection.execute(
            _insert_or_replace(table, connection.dialect.name, tuple(rows[0]), keep), list(rows)
        )


# Building a statement costs several times as much as running it, so each is built once.


@cache
def _insert_missing(table: Table, dialect: str) -> Insert:
    return _insert(table, dialect).on_conflict_do_nothing()


@cache
def _insert_or_replace(table: Table, dialect: str, columns: tuple[str, ...], keep: tuple[str, ...]) -> Insert:
    insert = _insert(table, dialect)
    key = [column.name for column in table.primary_key]
    changed = {name: insert.excluded[name] for name in columns if name not in {*key, *keep}}
    return insert.on_conflict_do_update(index_elements=key, set_=changed)


def _insert(table: Table, dialect: str) -> sqlite.Insert | postgresql.Insert:
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
