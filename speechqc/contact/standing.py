"""What is known of a customer beside the attempts: tags, consents and complaints."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from speechqc.contact.attempt import Contact

SOFT_REFUSAL = "soft_refusal"
RECALL = "recall_3d"
SAME_MATTER_WITHIN = timedelta(days=90)
"""A complaint about the same matter this soon is a repeated one (product default)."""
ANY_MATTER_WITHIN = timedelta(days=30)
"""… and so is one about any matter this soon (product default)."""


class Tag(msgspec.Struct, frozen=True, kw_only=True):
    """A tag of a customer. ``soft_refusal`` and ``recall_3d`` are kept as tags too: what the customer said, and when."""

    id: str
    tag: str
    customer: str | None = None
    number: str | None = None
    product: str | None = None
    window: str | None = None
    """The customer's own hours, such as ``sat,sun 10:00-18:00``: calls are welcome in them only."""
    since: datetime
    until: datetime | None = None
    reason: str = ""
    set_by: str | None = None
    proof_call: str | None = None
    proof_start_s: float | None = None
    proof_end_s: float | None = None
    removed_at: datetime | None = None
    removed_by: str | None = None
    removed_why: str | None = None

    def holds(self, at: datetime) -> bool:
        return (
            self.since <= at
            and (self.until is None or self.until > at)
            and (self.removed_at is None or self.removed_at > at)
        )


class Consent(msgspec.Struct, frozen=True, kw_only=True):
    """The customer agreed, by a clip or a document, to be called (`frequency`, `list`) or called at any hour (`hours`)."""

    id: str
    customer: str | None = None
    number: str | None = None
    purpose: str | None = None
    """Only for this purpose; ``None``: for any."""
    frequency: bool = True
    list: bool = True
    hours: bool = False
    given_at: datetime
    until: datetime | None = None
    proof: str

    def valid(self, contact: Contact, *, days: int | None = None) -> bool:
        """True when it holds for `contact`, and is no older than `days`."""
        at = contact.dialled_at
        fresh = days is None or at - self.given_at <= timedelta(days=days)
        ended = self.until is not None and self.until <= at
        return (
            self.given_at <= at and fresh and not ended and self.purpose in (None, contact.counted_as.value)
        )

    def lifts(self, since: datetime, contact: Contact) -> bool:
        """True when it was given after the customer was listed at `since`, and for being called."""
        return self.list and self.given_at > since and self.valid(contact)


class Complaint(msgspec.Struct, frozen=True, kw_only=True):
    """A complaint of the customer, as far as contacts are concerned."""

    id: str
    customer: str | None = None
    number: str | None = None
    household: str | None = None
    matter: str | None = None
    channel: str = "call"
    """``call``, ``branch``, ``regulator`` …"""
    opened_at: datetime
    closed_at: datetime | None = None
    withdrawn_at: datetime | None = None
    adds_to: str | None = None
    """The case this only brings documents or news to: no complaint of its own."""
    call_id: str | None = None
    opened_by: str | None = None
    """The finding that opened it, or a person."""
    tracked: bool = True
    """False for a call that was a complaint while nobody kept a case: it is neither open nor closed."""

    def is_open(self, at: datetime) -> bool:
        return (
            self.tracked
            and self.adds_to is None
            and self.opened_at <= at
            and not any(end is not None and end <= at for end in (self.closed_at, self.withdrawn_at))
        )


def repeated(complaint: Complaint, earlier: Sequence[Complaint]) -> list[Complaint]:
    """The complaints that `complaint` repeats: the same matter within 90 days or still open, any within 30 days.

    A matter that is not known may be the same. Withdrawn complaints and additions to a case are no complaints.
    """
    if complaint.adds_to is not None:
        return []
    at = complaint.opened_at
    return [other for other in earlier if other.id != complaint.id and _repeats(complaint, other, at)]


def _repeats(complaint: Complaint, other: Complaint, at: datetime) -> bool:
    if other.adds_to is not None or other.opened_at > at:
        return False
    if other.withdrawn_at is not None and other.withdrawn_at <= at:
        return False
    same = other.matter is None or complaint.matter is None or other.matter == complaint.matter
    last = other.closed_at if other.closed_at is not None and other.closed_at <= at else other.opened_at
    if same and (other.is_open(at) or at - last <= SAME_MATTER_WITHIN):
        return True
    return at - other.opened_at <= ANY_MATTER_WITHIN
