"""The facts a call is told when it begins: what the policy found, as a rule and a person can read it."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from speechqc.contact.attempt import Contact, Purpose
from speechqc.contact.check import Known, placed_anyway
from speechqc.contact.counting import Counts
from speechqc.contact.do_not_call import DoNotCall
from speechqc.contact.policy import Policy
from speechqc.contact.standing import Complaint, repeated
from speechqc.contact.verdict import EXCESSIVE, LISTED, QUIET, Breach
from speechqc.contact.zones import zone_info
from speechqc.events import ContactBreach, ContactHistory, Direction, Text


def history_of(contact: Contact, known: Known, counts: Counts, policy: Policy) -> ContactHistory:
    """What the call `contact` must know; its counts are given, the rest is judged by `policy`."""
    found = placed_anyway(contact, known, policy)
    open_now = [complaint for complaint in known.complaints if complaint.is_open(contact.dialled_at)]
    return ContactHistory(
        attempts_today=counts.attempts_today,
        connected_today=counts.connected_today,
        attempts_7_days=counts.attempts_7_days,
        connected_month=counts.connected_month,
        local_time=f"{contact.dialled_at.astimezone(zone_info(contact.zone)):%H:%M}",
        do_not_call=_listed(contact, known, policy),
        earlier_complaints=len(repeated(_as_complaint(contact), known.complaints)),
        tags=_tags(contact, known),
        policy=", ".join(preset.name for preset in policy.active(contact)),
        excessive=_said(b for b in found if b.signal == EXCESSIVE and b.forbids),
        near_limit=_said(b for b in found if b.signal == EXCESSIVE and not b.forbids),
        quiet=_said(b for b in found if b.signal == QUIET and b.forbids),
        open_complaint=_shown(open_now[0], contact.zone) if open_now else None,
        breaches=tuple(_plain(breach) for breach in found),
    )


def _said(found: Iterable[Breach]) -> str | None:
    """The strictest breach in both languages, with its rule."""
    first = next(iter(found), None)
    return None if first is None else f"{_both(first.text)} [{first.rule}]"


def _listed(contact: Contact, known: Known, policy: Policy) -> str | None:
    """The entry that forbids marketing, whatever this call is for: an offer would break it."""
    marketing = msgspec.structs.replace(
        contact, purpose=Purpose.MARKETING, recoded=None, direction=Direction.OUTBOUND, booked=False
    )
    entries = {f"do_not_call/{entry.id}": entry for entry in known.listed}
    for breach in placed_anyway(marketing, known, policy):
        if breach.signal == LISTED and breach.forbids:
            entry = entries.get(breach.rule)
            return _both(breach.text) if entry is None else _entry(entry, contact.zone)
    return None


def _entry(entry: DoNotCall, zone: str) -> str:
    return f"{entry.since.astimezone(zone_info(zone)):%Y-%m-%d} {entry.reason}"


def _tags(contact: Contact, known: Known) -> tuple[str, ...]:
    return tuple(sorted({tag.tag for tag in known.tags if tag.holds(contact.dialled_at)}))


def _as_complaint(contact: Contact) -> Complaint:
    return Complaint(id=contact.id, matter=contact.product, opened_at=contact.dialled_at)


def _shown(complaint: Complaint, zone: str) -> str:
    since = f"{complaint.opened_at.astimezone(zone_info(zone)):%Y-%m-%d}"
    return f"{since} {complaint.matter}" if complaint.matter else since


def _plain(breach: Breach) -> ContactBreach:
    return ContactBreach(
        rule=breach.rule,
        signal=breach.signal,
        action=breach.action,
        text=breach.text,
        count=breach.count,
        limit=breach.limit,
        source=None if breach.source is None else f"{breach.source.cite} ({breach.source.verified})",
    )


def _both(text: Text) -> str:
    return text.zh if text.zh == text.en else f"{text.zh} / {text.en}"
