"""Tags, consents and complaints of customers in the store, and who changed them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Table, bindparam, delete, or_, select, update

from speechqc.contact.attempt import plain_number
from speechqc.contact.hours import parse_hours
from speechqc.contact.standing import Complaint, Consent, Tag
from speechqc.errors import StoreError
from speechqc.store import contact_trail
from speechqc.store.database import Database
from speechqc.store.schema import complaints, consents, customer_tags, do_not_call
from speechqc.store.writing import add_missing

RECOGNISER = "recogniser"


def of_anybody(table: Table) -> ColumnElement[bool]:
    """Rows of the customer, number or household that a statement is given; each by its own index."""
    names = [name for name in ("customer", "number", "household") if name in table.c]
    return or_(*(table.c[name] == bindparam(name) for name in names))


# Most people have none of all this: one question tells, instead of four.
_RECORDED = (do_not_call, customer_tags, consents, complaints)
_ANY_RECORD = select(*(select(table.c.id).where(of_anybody(table)).exists() for table in _RECORDED))
_TAGS = select(customer_tags).where(of_anybody(customer_tags), customer_tags.c.removed_at.is_(None))
_CONSENTS = select(consents).where(of_anybody(consents))
_COMPLAINTS = select(complaints).where(of_anybody(complaints))
_TAG = select(customer_tags).where(customer_tags.c.id == bindparam("row"))
_COMPLAINT = select(complaints).where(complaints.c.id == bindparam("row"))


class CustomerRecords:
    """What is known of customers beside their calls."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, records: Tag | Consent | Complaint | Iterable[Tag | Consent | Complaint]) -> None:
        """Enter records; one whose id is there already is left as it is.

        Raises:
            StoreError: a record names nobody, or the database failed.
            ConfigurationError: a tag's window is none.
        """
        given = [records] if isinstance(records, (Tag, Consent, Complaint)) else list(records)
        with self._database.writing() as connection:
            for record in given:
                add_record(connection, record)

    def remove_tag(self, tag_id: str, *, by: str, why: str, at: datetime) -> None:
        """Raises: StoreError: no such tag is set."""
        with self._database.writing() as connection:
            if not end_tag(connection, tag_id, by=by, why=why, at=at):
                raise StoreError(f"no tag {tag_id} is set")

    def close_complaint(
        self, complaint_id: str, *, by: str, at: datetime, withdrawn: bool = False
    ) -> Complaint:
        """The case was closed, or the customer withdrew it; the complaint as it is then.

        Raises:
            StoreError: there is no such complaint, or it is closed.
        """
        with self._database.writing() as connection:
            before = _complaint(connection, complaint_id)
            if before is None or before.closed_at is not None or before.withdrawn_at is not None:
                raise StoreError(f"no complaint {complaint_id} is open")
            return end_complaint(connection, before, by=by, at=at, withdrawn=withdrawn)

    def tags(self, *, customer: str | None = None, number: str | None = None) -> list[Tag]:
        """The tags that are set, oldest first."""
        with self._database.reading() as connection:
            return tags_of(connection, {"customer": customer, "number": plain_number(number)})

    def complaints(
        self, *, customer: str | None = None, number: str | None = None, household: str | None = None
    ) -> list[Complaint]:
        """Oldest first."""
        who = {"customer": customer, "number": plain_number(number), "household": household}
        with self._database.reading() as connection:
            return complaints_of(connection, who)

    def consents(self, *, customer: str | None = None, number: str | None = None) -> list[Consent]:
        with self._database.reading() as connection:
            return consents_of(connection, {"customer": customer, "number": plain_number(number)})


def recorded(connection: Connection, who: dict[str, str | None]) -> tuple[bool, bool, bool, bool]:
    """Whether there is a do-not-call entry, a tag, a consent, a complaint of the people in `who`."""
    row = connection.execute(_ANY_RECORD, who).one()
    return bool(row[0]), bool(row[1]), bool(row[2]), bool(row[3])


def tags_of(connection: Connection, who: dict[str, str | None]) -> list[Tag]:
    found = [Tag(**row._mapping) for row in connection.execute(_TAGS, _people(who))]
    return sorted(found, key=lambda tag: (tag.since, tag.id))


def consents_of(connection: Connection, who: dict[str, str | None]) -> list[Consent]:
    return [Consent(**row._mapping) for row in connection.execute(_CONSENTS, _people(who))]


def complaints_of(connection: Connection, who: dict[str, str | None]) -> list[Complaint]:
    found = [Complaint(**row._mapping) for row in connection.execute(_COMPLAINTS, who)]
    return sorted(found, key=lambda complaint: (complaint.opened_at, complaint.id))


def add_record(connection: Connection, record: Tag | Consent | Complaint) -> bool:
    """Inside a transaction; false when its id is there already."""
    household = record.household if isinstance(record, Complaint) else None
    if record.customer is None and record.number is None and household is None:
        raise StoreError(f"record {record.id} names neither customer nor number")
    if isinstance(record, Tag) and record.window is not None:
        parse_hours(record.window)
    table, what, by, at = _kind(record)
    if connection.execute(select(table.c.id).where(table.c.id == record.id)).first() is not None:
        return False
    row = msgspec.structs.asdict(record) | {"number": plain_number(record.number)}
    row.pop("tracked", None)
    add_missing(connection, table, [row])
    contact_trail.note(
        connection,
        what,
        by=by,
        at=at,
        subject=record.id,
        customer=record.customer,
        number=plain_number(record.number),
        after=record,
    )
    return True


def end_tag(connection: Connection, tag_id: str, *, by: str, why: str, at: datetime) -> bool:
    """Inside a transaction; false when no such tag is set."""
    row = connection.execute(_TAG, {"row": tag_id}).first()
    before = None if row is None else Tag(**row._mapping)
    if before is None or before.removed_at is not None:
        return False
    after = msgspec.structs.replace(before, removed_at=at, removed_by=by, removed_why=why)
    values = {"removed_at": at, "removed_by": by, "removed_why": why}
    connection.execute(update(customer_tags).where(customer_tags.c.id == tag_id).values(**values))
    _note_change(connection, "tag.removed", before, after, by=by, at=at)
    return True


def take_back_complaint(connection: Connection, complaint_id: str, finding: str, at: datetime) -> None:
    """Delete a complaint whose words the recogniser took back: there never was one. The trail keeps it."""
    before = _complaint(connection, complaint_id)
    if before is not None and before.opened_by == finding:
        connection.execute(delete(complaints).where(complaints.c.id == complaint_id))
        _note_change(connection, "complaint.taken_back", before, None, by=RECOGNISER, at=at)


def end_complaint(
    connection: Connection, before: Complaint, *, by: str, at: datetime, withdrawn: bool
) -> Complaint:
    """Inside a transaction."""
    field = "withdrawn_at" if withdrawn else "closed_at"
    connection.execute(update(complaints).where(complaints.c.id == before.id).values({field: at}))
    after = msgspec.structs.replace(before, **{field: at})
    what = "complaint.withdrawn" if withdrawn else "complaint.closed"
    _note_change(connection, what, before, after, by=by, at=at)
    return after


def _note_change(
    connection: Connection,
    what: str,
    before: Tag | Complaint,
    after: Tag | Complaint | None,
    *,
    by: str,
    at: datetime,
) -> None:
    contact_trail.note(
        connection,
        what,
        by=by,
        at=at,
        subject=before.id,
        customer=before.customer,
        number=before.number,
        before=before,
        after=after,
    )


def _kind(record: Tag | Consent | Complaint) -> tuple[Table, str, str, datetime]:
    match record:
        case Tag():
            return customer_tags, "tag.set", record.set_by or RECOGNISER, record.since
        case Consent():
            return consents, "consent.given", "import", record.given_at
        case Complaint():
            return complaints, "complaint.opened", record.opened_by or RECOGNISER, record.opened_at


def _complaint(connection: Connection, complaint_id: str) -> Complaint | None:
    row = connection.execute(_COMPLAINT, {"row": complaint_id}).first()
    return None if row is None else Complaint(**row._mapping)


def _people(who: dict[str, str | None]) -> dict[str, Any]:
    return {"customer": who["customer"], "number": who["number"]}
