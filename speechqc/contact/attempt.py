"""A contact attempt: one try to reach a customer, over whatever channel, vendor or legal entity."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from speechqc.contact.zones import DEFAULT_ZONE, zone_info, zones_of_number
from speechqc.errors import ConfigurationError
from speechqc.events import CallKind, CallStarted, Direction

ON_TIME = timedelta(minutes=30)
"""A call-back this far from the hour the customer asked for is still that call-back (product default)."""


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


class Party(StrEnum):
    """Who is to be reached."""

    CUSTOMER = "customer"
    RELATIVE = "relative"
    """Relatives, colleagues and other contacts of a debtor."""
    ATTORNEY = "attorney"


_TALKED = (Outcome.CONNECTED, Outcome.THIRD_PARTY)
_NEVER_RANG = (Outcome.BUSY, Outcome.FAILED)
_PURPOSES = {
    CallKind.SALES: Purpose.MARKETING,
    CallKind.SERVICE: Purpose.SERVICE,
    CallKind.COMPLAINT: Purpose.COMPLAINT_FOLLOW_UP,
    CallKind.COLLECTION: Purpose.COLLECTIONS,
}


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt. `outcome` is ``None`` while it lasts, or before it is placed."""

    id: str
    customer: str | None = None
    number: str | None = None
    household: str | None = None
    debt: str | None = None
    """Contract or debt; limits of some regions count by it."""
    product: str | None = None
    campaign: str | None = None
    entity: str | None = None
    """Legal entity of the group on whose behalf is called."""
    purpose: Purpose = Purpose.MARKETING
    recoded: Purpose | None = None
    """What the call turned out to be: an offer makes any call marketing."""
    direction: Direction = Direction.OUTBOUND
    channel: str = "call"
    party: Party = Party.CUSTOMER
    dialled_at: datetime
    zone: str = DEFAULT_ZONE
    """IANA name of the time zone at the customer's place."""
    also_zones: tuple[str, ...] = ()
    """Further zones the customer may be in, when number, address and last location disagree. Not stored."""
    region: str | None = None
    """ISO 3166-2 code such as ``US-FL``, where rules differ inside a country. Not stored."""
    outcome: Outcome | None = None
    ring_s: float | None = None
    talk_s: float | None = None
    booked: bool = False
    """The customer asked for this call at this time."""
    booked_for: datetime | None = None
    """When the customer asked to be called; later or earlier than that the call is not the one asked for."""
    consent: str | None = None
    """Reference of the consent this call stands on: a clip, a document."""
    agent: str | None = None
    vendor: str | None = None
    caller_id: str | None = None

    @property
    def counted_as(self) -> Purpose:
        return (self.recoded or self.purpose).counted_as

    @property
    def talked(self) -> bool:
        return self.outcome in _TALKED

    @property
    def rang(self) -> bool:
        return self.outcome not in _NEVER_RANG

    @property
    def ended_at(self) -> datetime:
        return self.dialled_at + timedelta(seconds=(self.ring_s or 0.0) + (self.talk_s or 0.0))

    @property
    def zones(self) -> tuple[str, ...]:
        """Every zone the customer may be in."""
        return tuple(dict.fromkeys((self.zone, *self.also_zones)))

    @property
    def as_booked(self) -> bool:
        """True when this is the call-back the customer asked for, at about that time."""
        on_time = self.booked_for is None or abs(self.dialled_at - self.booked_for) <= ON_TIME
        return self.booked and on_time


def plain_number(number: str | None) -> str | None:
    """The digits of a number, without the country code of mainland China, so that spellings agree."""
    digits = "".join(character for character in number or "" if character in "0123456789")
    digits = digits.removeprefix("00")
    if len(digits) == 13 and digits.startswith("861"):
        digits = digits[2:]
    return digits or None


def contact_of(started: CallStarted, at: datetime) -> Contact:
    """The attempt that a live call is.

    The call's metadata may say more: ``purpose`` (a :class:`Purpose`), ``zone`` (one or several, with commas),
    ``region``, ``booked`` (``true``), ``booked_for`` (ISO 8601 with zone), ``consent``, ``debt``, ``household``, ``campaign``,
    ``entity``, ``party``, ``caller_id`` and ``vendor``.

    Raises:
        ConfigurationError: the metadata names an unknown purpose, party, time or time zone.
    """
    more = started.metadata
    zones = zones_wanted(more.get("zone"), started.number)
    return Contact(
        id=started.call_id,
        customer=started.customer,
        number=plain_number(started.number),
        household=more.get("household"),
        debt=more.get("debt"),
        product=started.product,
        campaign=more.get("campaign"),
        entity=more.get("entity"),
        purpose=_PURPOSES[started.kind] if "purpose" not in more else purpose_named(more["purpose"]),
        direction=started.direction,
        party=party_named(more.get("party", Party.CUSTOMER)),
        dialled_at=started.started_at or at,
        zone=zones[0],
        also_zones=zones[1:],
        region=more.get("region"),
        booked=more.get("booked") == "true",
        booked_for=moment_named(more["booked_for"]) if "booked_for" in more else None,
        consent=more.get("consent"),
        agent=started.agent,
        vendor=more.get("vendor"),
        caller_id=more.get("caller_id"),
    )


def zones_wanted(named: str | None, number: str | None) -> tuple[str, ...]:
    """The zones a customer may be in: those `named` (with commas) and those of an international number.

    Raises:
        ConfigurationError: a named zone does not exist.
    """
    given = [zone.strip() for zone in (named or "").split(",") if zone.strip()]
    for zone in given:
        zone_info(zone)
    return tuple(dict.fromkeys((*given, *zones_of_number(number)))) or (DEFAULT_ZONE,)


def purpose_named(name: str) -> Purpose:
    """Raises: ConfigurationError: there is no such purpose."""
    try:
        return Purpose(name)
    except ValueError as error:
        raise ConfigurationError(
            f"{name!r} is no purpose of a call", hint=f"one of {', '.join(Purpose)}"
        ) from error


def party_named(name: str) -> Party:
    """Raises: ConfigurationError: there is no such party."""
    try:
        return Party(name)
    except ValueError as error:
        raise ConfigurationError(f"{name!r} is nobody to call", hint=f"one of {', '.join(Party)}") from error


def moment_named(text: str) -> datetime:
    """Raises: ConfigurationError: `text` is no moment with its zone."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigurationError(f"{text!r} is no time", hint="for example 2026-03-18T21:30+08:00") from error
    if moment.tzinfo is None:
        raise ConfigurationError(f"{text!r} has no time zone", hint="for example 2026-03-18T21:30+08:00")
    return moment
