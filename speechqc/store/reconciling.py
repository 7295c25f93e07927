"""The do-not-call list against the calls that were placed: every hit is a violation with a cause to find."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, Select, select, union

from speechqc.contact.attempt import Contact, Purpose
from speechqc.contact.do_not_call import DoNotCall, forbids_marketing
from speechqc.contact.policy import NationalList, Policy
from speechqc.events import Direction
from speechqc.store import contact_rows
from speechqc.store.database import Database
from speechqc.store.do_not_call import entries_of
from speechqc.store.schema import contacts, do_not_call
from speechqc.store.standing import consents_of

_MARKETING = (Purpose.MARKETING, Purpose.RENEWAL_OFFER)


class Violation(msgspec.Struct, frozen=True, kw_only=True):
    """A marketing call to somebody who was on the list when it was placed."""

    contact: Contact
    entry: DoNotCall

    @property
    def listed_for(self) -> timedelta:
        """How long the entry had been there: a day or less speaks for a list that was not synchronised."""
        return self.contact.dialled_at - self.entry.since


def reconcile(database: Database, policy: Policy, *, since: datetime, until: datetime) -> list[Violation]:
    """The violations among the calls dialled in [since, until), oldest first; one a call.

    Raises:
        StoreError: the database failed.
    """
    with database.reading() as connection:
        rows = connection.execute(_suspects(since, until))
        suspects = {row.id: contact_rows.contact(row) for row in rows}.values()
        found = [(contact, _entry(connection, contact, policy)) for contact in suspects]
    hits = [Violation(contact=contact, entry=entry) for contact, entry in found if entry is not None]
    return sorted(hits, key=lambda hit: (hit.contact.dialled_at, hit.contact.id))


def _suspects(since: datetime, until: datetime) -> Select[Any]:
    """Marketing calls of the span to anybody whom an entry names, through the index of each name."""
    marketing = contacts.c.recoded.in_(_MARKETING) | (
        contacts.c.recoded.is_(None) & contacts.c.purpose.in_(_MARKETING)
    )
    placed = (
        marketing,
        contacts.c.direction == Direction.OUTBOUND,
        contacts.c.dialled_at >= since,
        contacts.c.dialled_at < until,
    )
    named = (
        contacts.c.customer == do_not_call.c.customer,
        contacts.c.number == do_not_call.c.number,
        contacts.c.household == do_not_call.c.household,
    )
    ids = union(*(select(contacts.c.id).join(do_not_call, name).where(*placed) for name in named)).subquery()
    return select(contacts).where(contacts.c.id.in_(select(ids.c.id)))


def _entry(connection: Connection, contact: Contact, policy: Policy) -> DoNotCall | None:
    who = {"customer": contact.customer, "number": contact.number, "household": contact.household}
    consents = tuple(consents_of(connection, who))
    days = [r.grace_days for p in policy.active(contact) for r in p.lists if isinstance(r, NationalList)]
    grace = timedelta(days=max(days, default=0))
    entries = sorted(entries_of(connection, who), key=lambda entry: (entry.since, entry.id))
    return next((e for e in entries if forbids_marketing(e, contact, consents, grace=grace)), None)
