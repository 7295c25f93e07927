"""The do-not-call list in the store: how people get on it and off it, and what was called in spite of it.

An entry ends only by its term or by removal, which needs the customer's own consent and a second person. Every
change leaves a step in the audit trail.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, select, update

from speechqc.contact.attempt import plain_number
from speechqc.contact.do_not_call import DncList, DncScope, DoNotCall, in_force
from speechqc.errors import StoreError
from speechqc.store import contact_trail
from speechqc.store.database import Database
from speechqc.store.schema import do_not_call
from speechqc.store.standing import of_anybody
from speechqc.store.writing import add_missing

RECOGNISER = "recogniser"
TAKEN_BACK = "final words do not contain it"


class DoNotCallList:
    """The list in the store.

    Args:
        least_days: an entry that ends must hold at least this long (life insurance: six months).
    """

    def __init__(self, database: Database, *, least_days: int = 0) -> None:
        self._database = database
        self._least = timedelta(days=least_days)

    def add(self, entries: DoNotCall | Iterable[DoNotCall]) -> None:
        """Put people on the list; an entry whose id is there already changes nothing.

        Raises:
            StoreError: an entry names nobody or ends too soon, or the database failed.
            ConfigurationError: an entry lacks what its scope is about.
        """
        entries = [entries] if isinstance(entries, DoNotCall) else list(entries)
        for entry in entries:
            self._check(entry)
        with self._database.writing() as connection:
            add_entries(connection, entries)

    def remove(
        self, entry_id: str, *, by: str, approved_by: str, why: str, consent: str, at: datetime
    ) -> None:
        """Take an entry off the list; it stays in the table with who, when and why.

        Args:
            consent: the proof that the customer agreed anew: a clip, a document.

        Raises:
            StoreError: nobody else approved, there is no proof, or no such entry is in force.
        """
        self._check_removal(entry_id, by, approved_by, consent)
        with self._database.writing() as connection:
            end_entry(connection, entry_id, by=f"{by}, {approved_by}", why=f"{why} [{consent}]", at=at)

    def release_number(self, entry_id: str, *, by: str, approved_by: str, why: str, at: datetime) -> None:
        """The number has a new owner, as was verified: the entry goes on for the person alone.

        Raises:
            StoreError: nobody else approved, or no such entry is in force, or it knows only the number.
        """
        self._check_removal(entry_id, by, approved_by, why)
        with self._database.writing() as connection:
            entry = _entry(connection, entry_id)
            if entry is None or entry.removed_at is not None or entry.number is None:
                raise StoreError(f"no do-not-call entry {entry_id} with a number is in force")
            if entry.customer is None and entry.household is None:
                raise StoreError(
                    f"do-not-call entry {entry_id} knows only the number", hint="remove the entry instead"
                )
            connection.execute(update(do_not_call).where(do_not_call.c.id == entry_id).values(number=None))
            contact_trail.note(
                connection,
                "do_not_call.number_released",
                by=f"{by}, {approved_by}",
                at=at,
                subject=entry_id,
                customer=entry.customer,
                number=entry.number,
                before=entry,
                after=msgspec.structs.replace(entry, number=None),
            )

    def entries(
        self, *, customer: str | None = None, number: str | None = None, household: str | None = None
    ) -> list[DoNotCall]:
        """All entries of a person, a number or a household, removed ones too, oldest first."""
        who = {"customer": customer, "number": plain_number(number), "household": household}
        with self._database.reading() as connection:
            return sorted(entries_of(connection, who), key=lambda entry: (entry.since, entry.id))

    def all_in_force(self, at: datetime, *, since: datetime | None = None) -> list[DoNotCall]:
        """Every entry in force, oldest first; only those entered from `since` on. For vendors and comparisons."""
        query = select(do_not_call).where(do_not_call.c.removed_at.is_(None))
        if since is not None:
            query = query.where(do_not_call.c.since >= since)
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(do_not_call.c.since, do_not_call.c.id))
            return [entry for entry in (_read(row) for row in rows) if in_force(entry, at)]

    def exported(self, entries: Sequence[DoNotCall], *, vendor: str, by: str, at: datetime) -> None:
        """Note that a vendor was given these entries."""
        with self._database.writing() as connection:
            contact_trail.note(
                connection,
                "do_not_call.exported",
                by=by,
                at=at,
                subject=f"vendor/{vendor}",
                after={"vendor": vendor, "entries": len(entries)},
            )

    def _check(self, entry: DoNotCall) -> None:
        if entry.customer is None and entry.number is None and entry.household is None:
            raise StoreError(f"do-not-call entry {entry.id} names neither customer nor number")
        entry.check()
        ours = entry.list is DncList.INSTITUTION and entry.scope is DncScope.ALL
        if ours and entry.until is not None and entry.until - entry.since < self._least:
            raise StoreError(
                f"do-not-call entry {entry.id} ends after {(entry.until - entry.since).days} days",
                hint=f"a refusal holds at least {self._least.days} days; leave the end out to make it permanent",
            )

    @staticmethod
    def _check_removal(entry_id: str, by: str, approved_by: str, proof: str) -> None:
        if by == approved_by:
            raise StoreError(
                f"{by} cannot approve the own removal of do-not-call entry {entry_id}",
                hint="a second person must approve it",
            )
        if not proof.strip():
            raise StoreError(
                f"do-not-call entry {entry_id} is removed only with proof",
                hint="name the clip or document in which the customer agreed",
            )


def add_entries(connection: Connection, entries: Sequence[DoNotCall]) -> None:
    """Inside a transaction; see :meth:`DoNotCallList.add`."""
    fresh = [entry for entry in entries if _entry(connection, entry.id) is None]
    rows = [msgspec.structs.asdict(entry) | {"number": plain_number(entry.number)} for entry in fresh]
    add_missing(connection, do_not_call, rows)
    for entry in fresh:
        contact_trail.note(
            connection,
            "do_not_call.added",
            by=entry.added_by or RECOGNISER,
            at=entry.since,
            subject=entry.id,
            customer=entry.customer,
            number=plain_number(entry.number),
            after=entry,
        )


def end_entry(connection: Connection, entry_id: str, *, by: str, why: str, at: datetime) -> None:
    """Inside a transaction: raises StoreError when no such entry is in force."""
    entry = _entry(connection, entry_id)
    if entry is None or entry.removed_at is not None:
        raise StoreError(f"no do-not-call entry {entry_id} is in force")
    ended = {"removed_at": at, "removed_by": by, "removed_why": why}
    connection.execute(update(do_not_call).where(do_not_call.c.id == entry_id).values(**ended))
    contact_trail.note(
        connection,
        "do_not_call.removed",
        by=by,
        at=at,
        subject=entry_id,
        customer=entry.customer,
        number=entry.number,
        before=entry,
        after=msgspec.structs.replace(entry, removed_at=at, removed_by=by, removed_why=why),
    )


def take_back(connection: Connection, entry_id: str, at: datetime) -> None:
    """Undo an entry whose words the recogniser withdrew; nothing when there is none in force."""
    entry = _entry(connection, entry_id)
    if entry is not None and entry.removed_at is None:
        end_entry(connection, entry_id, by=RECOGNISER, why=TAKEN_BACK, at=at)


def entries_of(connection: Connection, who: dict[str, str | None]) -> list[DoNotCall]:
    """Every entry about the customer, number or household named in `who`."""
    return [_read(row) for row in connection.execute(_OF, who)]


def _entry(connection: Connection, entry_id: str) -> DoNotCall | None:
    row = connection.execute(_BY_ID, {"entry": entry_id}).first()
    return None if row is None else _read(row)


def _read(row: Any) -> DoNotCall:
    values = dict(row._mapping)
    return DoNotCall(**values | {"scope": DncScope(values["scope"]), "list": DncList(values["list"])})


_OF = select(do_not_call).where(of_anybody(do_not_call))
_BY_ID = select(do_not_call).where(do_not_call.c.id == bindparam("entry"))
