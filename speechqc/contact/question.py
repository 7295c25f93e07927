"""One call to be judged, with what is known."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property

import msgspec

from speechqc.contact.attempt import Contact, Party
from speechqc.contact.do_not_call import DoNotCall
from speechqc.contact.earlier import Earlier
from speechqc.contact.policy import (
    Exemption,
    Rule,
)
from speechqc.contact.standing import Complaint, Consent, Tag


class Question(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """A call to be judged and what is known of the person, the number and the household."""

    contact: Contact
    earlier: Earlier
    listed: tuple[DoNotCall, ...]
    tags: tuple[Tag, ...]
    consents: tuple[Consent, ...]
    complaints: tuple[Complaint, ...]

    @property
    def at(self) -> datetime:
        return self.contact.dialled_at

    @cached_property
    def standing(self) -> tuple[Tag, ...]:
        return tuple(tag for tag in self.tags if tag.holds(self.at))

    @cached_property
    def tag_names(self) -> frozenset[str]:
        return frozenset(tag.tag for tag in self.standing)

    def exempt(self, rule: Rule, *, hours: bool = False) -> bool:
        """True when the customer asked for this call, or agreed to it, or a lawyer is called."""
        contact = self.contact
        booked = contact.as_booked if hours else contact.booked
        if Exemption.BOOKED in rule.exempt and booked:
            return True
        if Exemption.ATTORNEY in rule.exempt and contact.party is Party.ATTORNEY:
            return True
        return Exemption.CONSENT in rule.exempt and any(
            (consent.hours if hours else consent.frequency) and consent.valid(contact, days=rule.consent_days)
            for consent in self.consents
        )
