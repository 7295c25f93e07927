"""The audit trail of the contact policy: who changed what when, with the row before and after."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec
from sqlalchemy import Connection, insert, select

from speechqc.store.database import Database
from speechqc.store.schema import contact_trail


class TrailStep(msgspec.Struct, frozen=True, kw_only=True):
    """One change. `before` and `after` are the row as JSON, ``None`` when there was or is none."""

    at: datetime
    by: str
    what: str
    """``do_not_call.added``, ``do_not_call.removed``, ``tag.set`` …"""
    subject: str
    """Id of the row that changed."""
    customer: str | None
    number: str | None
    before: str | None
    after: str | None


def note(
    connection: Connection,
    what: str,
    *,
    by: str,
    at: datetime,
    subject: str,
    customer: str | None = None,
    number: str | None = None,
    before: msgspec.Struct | Mapping[str, object] | None = None,
    after: msgspec.Struct | Mapping[str, object] | None = None,
) -> None:
    """Write one step, inside the transaction of the change itself."""
    row = {
        "at": at,
        "by": by,
        "what": what,
        "subject": subject,
        "customer": customer,
        "number": number,
        "before": None if before is None else msgspec.json.encode(before).decode(),
        "after": None if after is None else msgspec.json.encode(after).decode(),
    }
    connection.execute(insert(contact_trail), [row])


def steps(database: Database, subject: str) -> list[TrailStep]:
    """Everything that happened to one row, oldest first."""
    query = select(contact_trail).where(contact_trail.c.subject == subject).order_by(contact_trail.c.id)
    with database.reading() as connection:
        rows = [dict(row._mapping) for row in connection.execute(query)]
    return [TrailStep(**{name: value for name, value in row.items() if name != "id"}) for row in rows]
