"""How attempts are counted. Pure: the ledger brings the attempts, the caller the moment.

Inbound and customer-booked calls never count, nor does an attempt that did not ring (line failed, busy: Reg F
excludes both); calls abandoned by a dialler count; all numbers of a person and all vendors add up; a call that
the line cut and that goes on within two minutes is one call.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta

import msgspec

from speechqc.contact.attempt import Contact, Outcome, Purpose
from speechqc.contact.zones import zone_info
from speechqc.events import Direction

RESUMED_WITHIN = timedelta(minutes=2)
"""A call dialled this soon after a connected one ended goes on with it (product default)."""
DAYS = 7


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    attempts_today: int
    connected_today: int
    attempts_7_days: int
    connected_month: int


class Call(tuple[Contact, ...]):
    """The attempts that are one call, in order."""

    __slots__ = ()

    @property
    def head(self) -> Contact:
        return self[0]

    @property
    def connected(self) -> bool:
        return any(part.talked for part in self)

    @property
    def conversation(self) -> bool:
        """The right person was spoken to."""
        return any(part.outcome is Outcome.CONNECTED for part in self)

    @property
    def counts(self) -> bool:
        """A call the institution placed of its own accord."""
        return self.head.direction is Direction.OUTBOUND and not self.head.booked

    def day(self, zone: str) -> date:
        """The calendar day it began on, at the customer's place."""
        return self.head.dialled_at.astimezone(zone_info(zone)).date()


def earliest_needed(at: datetime, zone: str) -> datetime:
    """Attempts before this moment cannot change :func:`count`: a day more than the longest window."""
    local = at.astimezone(zone_info(zone))
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return min(midnight - timedelta(days=DAYS - 1), midnight.replace(day=1)) - timedelta(days=1)


def count(contacts: Iterable[Contact], *, purpose: Purpose, at: datetime, zone: str) -> Counts:
    """How often one customer was called for `purpose`, up to and with the moment `at`.

    Days and months are those of the calendar at the customer's place; seven days are today and the
    six before.
    """
    today = at.astimezone(zone_info(zone)).date()
    attempts_today = connected_today = attempts_7_days = connected_month = 0
    for call in calls_of(contact for contact in contacts if contact.dialled_at <= at):
        if not call.counts or call.head.counted_as is not purpose.counted_as:
            continue
        day = call.day(zone)
        talked = call.connected
        attempts_today += day == today
        connected_today += talked and day == today
        attempts_7_days += today - day < timedelta(days=DAYS)
        connected_month += talked and (day.year, day.month) == (today.year, today.month)
    return Counts(
        attempts_today=attempts_today,
        connected_today=connected_today,
        attempts_7_days=attempts_7_days,
        connected_month=connected_month,
    )


def calls_of(contacts: Iterable[Contact]) -> Iterator[Call]:
    """Attempts that rang, those that go on with each other together; in order of time."""
    parts: list[Contact] = []
    for contact in sorted(contacts, key=lambda contact: (contact.dialled_at, contact.id)):
        if not contact.rang:
            continue
        if parts and not goes_on(parts[-1], contact):
            yield Call(parts)
            parts = []
        parts.append(contact)
    if parts:
        yield Call(parts)


def goes_on(before: Contact, contact: Contact) -> bool:
    """True when `contact` resumes the call `before` that the line cut."""
    if not before.talked or contact.dialled_at - before.ended_at > RESUMED_WITHIN:
        return False
    if not _same_person(before, contact):
        return False
    return before.direction is Direction.INBOUND or before.counted_as is contact.counted_as


def _same_person(one: Contact, other: Contact) -> bool:
    if one.customer is not None and other.customer is not None:
        return one.customer == other.customer
    return one.number == other.number or one.number is None or other.number is None
