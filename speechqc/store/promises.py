"""Promises across calls: which are due, which were kept, which are overdue.

A call back, an answer or news of progress is kept by the next connected call to the customer; money and work
must be marked as kept by whoever did it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import ColumnElement, Row, and_, exists, or_, select, update

from speechqc.contact.attempt import Outcome, plain_number
from speechqc.errors import StoreError
from speechqc.events import Direction, Promise
from speechqc.store.database import Database
from speechqc.store.schema import contacts, promises

KEPT_BY_CALL = ("call_back", "answer", "progress")
DEFAULT_LIMIT = 200

_promise = msgspec.json.Decoder(Promise)


class PromiseRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A promise with what became of it. `customer` and `number` are personal data."""

    promise: Promise
    team: str | None
    agent: str | None
    customer: str | None
    number: str | None
    promised_at: datetime
    due_at: datetime | None
    kept_at: datetime | None
    kept_by: str | None

    def overdue(self, now: datetime) -> bool:
        return self.kept_at is None and self.due_at is not None and self.due_at <= now


class Promises:
    """The promises in the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open(
        self, *, customer: str | None = None, number: str | None = None, limit: int = DEFAULT_LIMIT
    ) -> list[PromiseRecord]:
        """Promises nobody has kept yet, the next due first."""
        wanted = [promises.c.kept_at.is_(None), ~_called_since()]
        if customer is not None:
            wanted.append(promises.c.customer == customer)
        if number is not None:
            wanted.append(promises.c.number == plain_number(number))
        return self._records(wanted, limit)

    def overdue(self, now: datetime, *, limit: int = DEFAULT_LIMIT) -> list[PromiseRecord]:
        """Promises whose time has passed and that nobody kept, the longest overdue first."""
        return self._records([*_overdue(now), ~_called_since()], limit)

    def newly_overdue(self, now: datetime, *, limit: int = DEFAULT_LIMIT) -> list[PromiseRecord]:
        """Those of :meth:`overdue` that were not announced yet."""
        return self._records([*_overdue(now), promises.c.announced_at.is_(None), ~_called_since()], limit)

    def overdue_to(self, *, customer: str | None, number: str | None, at: datetime) -> str | None:
        """The longest overdue promise to a person as a rule quotes it; ``None`` when there is none."""
        whose = []
        if customer is not None:
            whose.append(promises.c.customer == customer)
        if number is not None:
            whose.append(promises.c.number == plain_number(number))
        if not whose:
            return None
        found = self._records([*_overdue(at), or_(*whose), ~_called_since()], 1)
        return next(
            (f"{one.due_at:%Y-%m-%d %H:%M} UTC {one.promise.owner}: {one.promise.quote}" for one in found),
            None,
        )

    def announced(self, promise_ids: Sequence[str], at: datetime) -> None:
        """Remember that somebody was told that these are overdue."""
        with self._database.writing() as connection:
            connection.execute(update(promises).where(promises.c.id.in_(promise_ids)).values(announced_at=at))

    def keep(self, promise_id: str, *, by: str, at: datetime) -> None:
        """Mark a promise as kept.

        Raises:
            StoreError: there is no such promise, or it was kept already.
        """
        with self._database.writing() as connection:
            row = connection.execute(
                select(promises.c.kept_at, promises.c.kept_by).where(promises.c.id == promise_id)
            ).first()
            if row is None:
                raise StoreError(
                    f"there is no promise {promise_id}", hint="speechqc promises list shows them all"
                )
            if row.kept_at is not None:
                raise StoreError(f"promise {promise_id} was kept already, says {row.kept_by}")
            connection.execute(
                update(promises).where(promises.c.id == promise_id).values(kept_at=at, kept_by=by)
            )

    def _records(self, wanted: Sequence[ColumnElement[bool]], limit: int) -> list[PromiseRecord]:
        query = select(promises).where(*wanted).order_by(promises.c.due_at, promises.c.id).limit(limit)
        with self._database.reading() as connection:
            return [_record(row) for row in connection.execute(query)]


def _overdue(now: datetime) -> list[ColumnElement[bool]]:
    return [promises.c.kept_at.is_(None), promises.c.due_at <= now]


def _called_since() -> ColumnElement[bool]:
    """True of a promise to call whose customer was reached in time after it was made."""
    same = or_(
        and_(promises.c.customer.is_not(None), contacts.c.customer == promises.c.customer),
        and_(promises.c.number.is_not(None), contacts.c.number == promises.c.number),
    )
    reached = exists().where(
        same,
        contacts.c.direction == Direction.OUTBOUND,
        contacts.c.outcome == Outcome.CONNECTED,
        contacts.c.dialled_at > promises.c.promised_at,
        or_(promises.c.due_at.is_(None), contacts.c.dialled_at <= promises.c.due_at),
    )
    return and_(promises.c.action.in_(KEPT_BY_CALL), reached)


def _record(row: Row[tuple[object, ...]]) -> PromiseRecord:
    return PromiseRecord(
        promise=_promise.decode(row.event),
        team=row.team,
        agent=row.agent,
        customer=row.customer,
        number=row.number,
        promised_at=row.promised_at,
        due_at=row.due_at,
        kept_at=row.kept_at,
        kept_by=row.kept_by,
    )
