"""A contact attempt, and how attempts are counted. Pure: the ledger brings the contacts, the caller the moment.

Counting follows the ledger rules of the contact policy: inbound and customer-booked calls never count,
nor does an attempt that did not ring (line failed, busy: Reg F excludes both); calls abandoned by a
dialler count; all numbers of a person and all vendors add up; a call that the line cut and that goes
on within two minutes is one call.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from speechqc.errors import ConfigurationError
from speechqc.events import CallKind, CallStarted, Direction

DEFAULT_ZONE = "Asia/Shanghai"
RESUMED_WITHIN = timedelta(minutes=2)
"""A call dialled this soon after a connected one ended goes on with it (product default)."""
DAYS = 7


class Purpose(StrEnum):
    MARKETING = "marketing"
    RENEWAL_OFFER = "renewal_offer"
    SERVICE = "service"
    COMPLAINT_FOLLOW_UP = "complaint_follow_up"
    FRAUD_ALERT = "fraud_alert"
    LEGAL_NOTICE = "legal_notice"
    COLLECTIONS = "collections"
    SURVEY = "survey"

    @property
    def counted_as(self) -> Purpose:
        """The purpose whose limits apply: an offer to renew is marketing."""
        return Purpose.MARKETING if self is Purpose.RENEWAL_OFFER else self


class Outcome(StrEnum):
    CONNECTED = "connected"
    THIRD_PARTY = "third_party"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    FAILED = "failed"
    ABANDONED = "abandoned"
    VOICEMAIL = "voicemail"


_TALKED = (Outcome.CONNECTED, Outcome.THIRD_PARTY)
_NEVER_RANG = (Outcome.BUSY, Outcome.FAILED)
_PURPOSES = {
    CallKind.SALES: Purpose.MARKETING,
    CallKind.SERVICE: Purpose.SERVICE,
    CallKind.COMPLAINT: Purpose.COMPLAINT_FOLLOW_UP,
    CallKind.COLLECTION: Purpose.COLLECTIONS,
}


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt to reach a customer, over whatever vendor. `outcome` is ``None`` while it lasts."""

    id: str
    customer: str | None = None
    number: str | None = None
    product: str | None = None
    purpose: Purpose = Purpose.MARKETING
    direction: Direction = Direction.OUTBOUND
    dialled_at: datetime
    zone: str = DEFAULT_ZONE
    """IANA name of the time zone at the customer's place."""
    outcome: Outcome | None = None
    ring_s: float | None = None
    talk_s: float | None = None
    booked: bool = False
    """The customer asked for this call at this time."""
    agent: str | None = None
    vendor: str | None = None

    @property
    def talked(self) -> bool:
        return self.outcome in _TALKED

    @property
    def rang(self) -> bool:
        return self.outcome not in _NEVER_RANG

    @property
    def ended_at(self) -> datetime:
        return self.dialled_at + timedelta(seconds=(self.ring_s or 0.0) + (self.talk_s or 0.0))


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    attempts_today: int
    connected_today: int
    attempts_7_days: int
    connected_month: int


def zone_info(zone: str) -> ZoneInfo:
    """The time zone of that name.

    Raises:
        ConfigurationError: there is none.
    """
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ConfigurationError(
            f"{zone!r} is no time zone", hint="IANA names such as Asia/Shanghai or America/New_York"
        ) from error


def plain_number(number: str | None) -> str | None:
    """The digits of a number, without the country code of mainland China, so that spellings agree."""
    digits = "".join(character for character in number or "" if character in "0123456789")
    digits = digits.removeprefix("00")
    if len(digits) == 13 and digits.startswith("861"):
        digits = digits[2:]
    return digits or None


def contact_of(started: CallStarted, at: datetime) -> Contact:
    """The attempt that a live call is.

    The call's metadata may say more: ``purpose`` (a :class:`Purpose`), ``zone``, ``booked`` (``true``)
    and ``vendor``.

    Raises:
        ConfigurationError: the metadata names an unknown purpose or time zone.
    """
    more = started.metadata
    zone = more.get("zone", DEFAULT_ZONE)
    zone_info(zone)
    return Contact(
        id=started.call_id,
        customer=started.customer,
        number=plain_number(started.number),
        product=started.product,
        purpose=_purpose(more.get("purpose"), started.kind),
        direction=started.direction,
        dialled_at=started.started_at or at,
        zone=zone,
        booked=more.get("booked") == "true",
        agent=started.agent,
        vendor=more.get("vendor"),
    )


def earliest_needed(at: datetime, zone: str) -> datetime:
    """Contacts before this moment cannot change :func:`count`: a day more than the longest window."""
    local = at.astimezone(zone_info(zone))
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return min(midnight - timedelta(days=DAYS - 1), midnight.replace(day=1)) - timedelta(days=1)


def count(contacts: Iterable[Contact], *, purpose: Purpose, at: datetime, zone: str) -> Counts:
    """How often one customer was called for `purpose`, up to and with the moment `at`.

    Days and months are those of the calendar at the customer's place; seven days are today and the
    six before.
    """
    place = zone_info(zone)
    today = at.astimezone(place).date()
    attempts_today = connected_today = attempts_7_days = connected_month = 0
    for call in _calls(contact for contact in contacts if contact.dialled_at <= at):
        if not _counts(call[0], purpose):
            continue
        day = call[0].dialled_at.astimezone(place).date()
        talked = any(part.talked for part in call)
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


def _calls(contacts: Iterable[Contact]) -> list[list[Contact]]:
    """Contacts that rang, those that go on with each other together."""
    calls: list[list[Contact]] = []
    for contact in sorted(contacts, key=lambda contact: (contact.dialled_at, contact.id)):
        if not contact.rang:
            continue
        if calls and _goes_on(calls[-1][-1], contact):
            calls[-1].append(contact)
        else:
            calls.append([contact])
    return calls


def _goes_on(before: Contact, contact: Contact) -> bool:
    if not before.talked or contact.dialled_at - before.ended_at > RESUMED_WITHIN:
        return False
    return before.direction is Direction.INBOUND or before.purpose.counted_as is contact.purpose.counted_as


def _counts(contact: Contact, purpose: Purpose) -> bool:
    outbound = contact.direction is Direction.OUTBOUND
    return outbound and not contact.booked and contact.purpose.counted_as is purpose.counted_as


def _purpose(name: str | None, kind: CallKind) -> Purpose:
    if name is None:
        return _PURPOSES[kind]
    try:
        return Purpose(name)
    except ValueError as error:
        raise ConfigurationError(
            f"{name!r} is no purpose of a call", hint=f"one of {', '.join(Purpose)}"
        ) from error
