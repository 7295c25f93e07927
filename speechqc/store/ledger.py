"""The contact ledger: who was called when, and what a call must know of that when it begins."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, distinct, func, or_, select, union_all, update

from speechqc.errors import StoreError
from speechqc.events import CallEnded, CallKind, CallStarted, ContactHistory, Finding, FindingState
from speechqc.store import do_not_call
from speechqc.store.contacts import (
    Contact,
    Outcome,
    contact_of,
    count,
    earliest_needed,
    plain_number,
    zone_info,
)
from speechqc.store.do_not_call import DoNotCall, DoNotCallList
from speechqc.store.schema import calls, contacts, findings
from speechqc.store.store import Store
from speechqc.store.writing import add_missing

COMPLAINTS_WITHIN = timedelta(days=90)
"""Look-back of repeated complaints (product default)."""
COMPLAINT_SIGNALS = ("complaint_intent", "regulator_escalation")


class ContactLedger:
    """Every attempt to reach a customer, once and for good, beside the do-not-call list.

    Raises:
        StoreError: from every method, when the database failed.
    """

    def __init__(self, store: Store) -> None:
        self._database = store.database
        self.do_not_call = DoNotCallList(store.database)

    # -- attempts ------------------------------------------------------------------------------

    def add(self, attempts: Contact | Iterable[Contact]) -> None:
        """Enter attempts; one whose id is there already is left as it is."""
        if isinstance(attempts, Contact):
            attempts = [attempts]
        with self._database.writing() as connection:
            add_missing(connection, contacts, [_row(contact) for contact in attempts])

    def complete(
        self, contact_id: str, outcome: Outcome, *, ring_s: float | None = None, talk_s: float | None = None
    ) -> None:
        """Say, once, how an attempt in progress ended.

        Raises:
            StoreError: there is no such attempt, or its outcome is known.
        """
        open_one = (contacts.c.id == contact_id) & contacts.c.outcome.is_(None)
        ended = update(contacts).where(open_one).values(outcome=outcome, ring_s=ring_s, talk_s=talk_s)
        with self._database.writing() as connection:
            if connection.execute(ended).rowcount != 1:
                raise StoreError(
                    f"contact {contact_id} is unknown or has an outcome", hint="an outcome is entered once"
                )

    def begin(self, started: CallStarted, at: datetime) -> None:
        """Enter a live call as an attempt in progress, so that the next call already counts it."""
        self.add(contact_of(started, at))

    def end(self, ended: CallEnded) -> None:
        """Complete the attempt of a live call: it was connected, for as long as it was heard.

        A call that was never entered, or is complete, is left alone: the end may be told twice.
        """
        open_one = (contacts.c.id == ended.call_id) & contacts.c.outcome.is_(None)
        change = update(contacts).where(open_one).values(outcome=Outcome.CONNECTED, talk_s=ended.at)
        with self._database.writing() as connection:
            connection.execute(change)

    # -- what a call must know -----------------------------------------------------------------

    def history(self, contact: Contact) -> ContactHistory:
        """The facts for a call that begins; its counts include `contact` itself, as a connected call.

        The ledger may have `contact` already or not. With a customer, all numbers of that person add
        up; with a number alone, those of the person who was last called there.
        """
        number, at = plain_number(contact.number), contact.dialled_at
        with self._database.reading() as connection:
            customer = contact.customer or _last_customer(connection, number, at)
            earlier = _earlier(connection, customer, number, contact)
            listed = do_not_call.in_force(
                connection, customer=customer, number=number, product=contact.product, at=at
            )
            complaints = _complaints(connection, customer, number, contact)
        present = msgspec.structs.replace(contact, outcome=Outcome.CONNECTED)
        counts = count([*earlier, present], purpose=contact.purpose, at=at, zone=contact.zone)
        local = at.astimezone(zone_info(contact.zone))
        return ContactHistory(
            attempts_today=counts.attempts_today,
            connected_today=counts.connected_today,
            attempts_7_days=counts.attempts_7_days,
            connected_month=counts.connected_month,
            local_time=f"{local:%H:%M}",
            do_not_call=None if listed is None else _shown(listed, contact.zone),
            earlier_complaints=complaints,
        )

    def history_of(self, started: CallStarted, at: datetime) -> ContactHistory:
        """As :meth:`history`, for a live call."""
        return self.history(contact_of(started, at))

    def opt_out(self, finding: Finding, started: CallStarted, at: datetime) -> DoNotCall | None:
        """Enlist the customer when `finding` is a confirmed hard refusal; see :class:`DoNotCallList`."""
        return self.do_not_call.heard(finding, started, at)


def _row(contact: Contact) -> dict[str, object]:
    zone_info(contact.zone)
    return msgspec.structs.asdict(contact) | {"number": plain_number(contact.number)}


def _last_customer(connection: Connection, number: str | None, at: datetime) -> str | None:
    if number is None:
        return None
    at_number = (contacts.c.number == number) & (contacts.c.dialled_at <= at)
    query = select(contacts.c.customer).where(at_number, contacts.c.customer.is_not(None))
    return connection.scalar(query.order_by(contacts.c.dialled_at.desc()).limit(1))


def _earlier(
    connection: Connection, customer: str | None, number: str | None, contact: Contact
) -> list[Contact]:
    since = earliest_needed(contact.dialled_at, contact.zone)

    def of(*whose: ColumnElement[bool]) -> Select[tuple[object, ...]]:
        span = contacts.c.dialled_at.between(since, contact.dialled_at)
        return select(contacts).where(*whose, span, contacts.c.id != contact.id)

    # Two questions, each answered by its own index; no contact answers both.
    parts = []
    if customer is not None:
        parts.append(of(contacts.c.customer == customer))
    if number is not None:
        parts.append(of(contacts.c.number == number, contacts.c.customer.is_(None)))
    if not parts:
        return []
    rows = connection.execute(union_all(*parts)).mappings()
    # Column names of a union are of a subclass of str, which msgspec refuses as a key.
    return [msgspec.convert({str(name): value for name, value in row.items()}, Contact) for row in rows]


def _complaints(connection: Connection, customer: str | None, number: str | None, contact: Contact) -> int:
    whose = [calls.c.customer == customer] if customer is not None else []
    whose += [calls.c.number == number] if number is not None else []
    if not whose:
        return 0
    said = (
        select(findings.c.call_id)
        .where(
            findings.c.call_id == calls.c.id,
            findings.c.signal.in_(COMPLAINT_SIGNALS),
            findings.c.state == FindingState.CONFIRMED,
        )
        .exists()
    )
    since = contact.dialled_at - COMPLAINTS_WITHIN
    query = select(func.count(distinct(calls.c.id))).where(
        or_(*whose),
        calls.c.id != contact.id,
        calls.c.started_at >= since,
        calls.c.started_at < contact.dialled_at,
        (calls.c.kind == CallKind.COMPLAINT) | said,
    )
    return connection.scalar(query) or 0


def _shown(entry: DoNotCall, zone: str) -> str:
    return f"{entry.since.astimezone(zone_info(zone)):%Y-%m-%d} {entry.reason}"
