"""An entry of the do-not-call list, and whether it forbids a call."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from speechqc.contact.attempt import Contact
from speechqc.contact.hours import parse_hours
from speechqc.contact.standing import Consent
from speechqc.errors import ConfigurationError


class DncScope(StrEnum):
    """What an entry forbids; always marketing, never service or notices the law asks for."""

    ALL = "all"
    PRODUCT = "product"
    CHANNEL = "channel"
    NUMBER = "number"
    TIME = "time"
    """Calls of any kind in the entry's hours, except fraud alerts and legal notices."""


class DncList(StrEnum):
    """Whose list it is."""

    INSTITUTION = "institution"
    CAMPAIGN = "campaign"
    NATIONAL = "national"


class DoNotCall(msgspec.Struct, frozen=True, kw_only=True):
    """One entry. `until` limits it to a term; the proof is a clip of a call or a document.

    An entry holds for a person, a number and a household alike, so that a second number of the same person is
    covered; one of scope ``number`` holds for that number alone. `entity` narrows it to one legal entity.
    """

    id: str
    customer: str | None = None
    number: str | None = None
    household: str | None = None
    scope: DncScope = DncScope.ALL
    product: str | None = None
    """Product family (scope ``product``): it covers every product whose name holds it."""
    channel: str | None = None
    hours: str | None = None
    """When not to call (scope ``time``), at the customer's place: ``mon-fri 09:00-18:00``."""
    list: DncList = DncList.INSTITUTION
    campaign: str | None = None
    entity: str | None = None
    reason: str
    since: datetime
    until: datetime | None = None
    proof_call: str | None = None
    proof_start_s: float | None = None
    proof_end_s: float | None = None
    proof: str | None = None
    """Reference of a document, when the proof is no call."""
    added_by: str | None = None
    removed_at: datetime | None = None
    removed_by: str | None = None
    removed_why: str | None = None

    def check(self) -> None:
        """Raises: ConfigurationError: the entry's scope lacks what it is about."""
        needed = {
            DncScope.PRODUCT: self.product,
            DncScope.CHANNEL: self.channel,
            DncScope.NUMBER: self.number,
            DncScope.TIME: self.hours,
        }
        field = "hours" if self.scope is DncScope.TIME else self.scope.value
        if self.scope in needed and not needed[self.scope]:
            raise ConfigurationError(f"a do-not-call entry of scope {self.scope} needs {field}")
        if self.hours is not None:
            parse_hours(self.hours)


def in_force(entry: DoNotCall, at: datetime) -> bool:
    """True when the entry holds at that moment."""
    return (
        entry.since <= at
        and (entry.until is None or entry.until > at)
        and (entry.removed_at is None or entry.removed_at > at)
    )


def concerns(entry: DoNotCall, contact: Contact) -> bool:
    """True when the entry is about the person, number or household that `contact` is to reach."""
    number = entry.number is not None and entry.number == contact.number
    if entry.scope is DncScope.NUMBER:
        return number
    customer = entry.customer is not None and entry.customer == contact.customer
    household = entry.household is not None and entry.household == contact.household
    return number or customer or household


def forbids_marketing(
    entry: DoNotCall, contact: Contact, consents: tuple[Consent, ...], *, grace: timedelta = timedelta(0)
) -> bool:
    """True when the entry forbids `contact` if it is marketing. Its hours, scope ``time``, are another matter.

    Args:
        consents: those of the customer; one given after the entry lifts it for marketing.
        grace: how long the institution may take to learn of an entry in the national list.
    """
    at = contact.dialled_at
    if entry.scope is DncScope.TIME or not in_force(entry, at) or not concerns(entry, contact):
        return False
    if entry.list is DncList.NATIONAL and at - entry.since < grace:
        return False
    return _covers(entry, contact) and not any(consent.lifts(entry.since, contact) for consent in consents)


def _covers(entry: DoNotCall, contact: Contact) -> bool:
    """True when the campaign, entity, product and channel of `contact` are among those the entry forbids."""
    campaign = entry.list is not DncList.CAMPAIGN or entry.campaign in (None, contact.campaign)
    entity = None in (entry.entity, contact.entity) or entry.entity == contact.entity
    product = entry.scope is not DncScope.PRODUCT or same_family(entry.product, contact.product)
    channel = entry.scope is not DncScope.CHANNEL or entry.channel == contact.channel
    return campaign and entity and product and channel


def same_family(family: str | None, product: str | None) -> bool:
    """True when `product` belongs to the family: one name holds the other."""
    if family is None or product is None:
        return False
    return family in product or product in family
