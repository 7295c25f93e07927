"""What a confirmed finding writes into the ledger: a refusal, a wish, a complaint, a tag."""

from __future__ import annotations

from datetime import datetime, timedelta

from speechqc.contact.attempt import contact_of, plain_number
from speechqc.contact.do_not_call import DncScope, DoNotCall
from speechqc.contact.policy import TagEffect
from speechqc.contact.standing import RECALL, SOFT_REFUSAL, Complaint, Tag
from speechqc.events import CallStarted, Finding

OPT_OUT = "opt_out_request"
COMPLAINTS = ("complaint_intent", "regulator_escalation")
"""Signals that open a complaint."""
HEARD = "recogniser"
_FOR_LATER = {"soft": SOFT_REFUSAL, "time": RECALL}
"""Refusals that only ask for time; any other, of whatever degree, means all further marketing."""

Written = DoNotCall | Tag | Complaint


def names_somebody(started: CallStarted) -> bool:
    return started.customer is not None or plain_number(started.number) is not None


def is_refusal(finding: Finding) -> bool:
    """True for a refusal that puts the customer on the do-not-call list."""
    return finding.signal == OPT_OUT and finding.sub_code not in _FOR_LATER


def written_by(
    finding: Finding, started: CallStarted, at: datetime, effects: tuple[TagEffect, ...]
) -> list[Written]:
    """What `finding`, once confirmed, writes; the clip of the call is the proof. Ids are the same each time."""
    written: list[Written] = []
    if is_refusal(finding):
        written.append(_entry(finding, started, at))
    elif finding.signal == OPT_OUT:
        written.append(_tag(_FOR_LATER[str(finding.sub_code)], finding, started, at))
    if finding.signal in COMPLAINTS:
        written.append(complaint_of(started, at, opened_by=finding.id))
    for effect in effects:
        if not {finding.signal, f"{finding.signal}/{finding.sub_code}"}.isdisjoint(effect.set_by):
            written.append(_tag(effect.tag, finding, started, at, days=effect.expires_days))
    return written


def complaint_of(started: CallStarted, at: datetime, *, opened_by: str) -> Complaint:
    """The complaint that a call is; one a call, however often it is voiced."""
    contact = contact_of(started, at)
    return Complaint(
        id=started.call_id,
        customer=contact.customer,
        number=contact.number,
        household=contact.household,
        matter=started.metadata.get("matter", started.product),
        opened_at=at,
        adds_to=started.metadata.get("adds_to"),
        call_id=started.call_id,
        opened_by=opened_by,
    )


def tag_for_complaints(effect: TagEffect, complaint: Complaint, at: datetime) -> Tag:
    """The tag that a customer gets for complaining again, or once a complaint is closed."""
    return Tag(
        id=f"{complaint.id}/{effect.tag}",
        tag=effect.tag,
        customer=complaint.customer,
        number=complaint.number,
        since=at,
        until=_until(at, effect.expires_days),
        reason=f"{effect.title.zh} / {effect.title.en}",
        set_by=HEARD,
        proof_call=complaint.call_id,
    )


def _entry(finding: Finding, started: CallStarted, at: datetime) -> DoNotCall:
    by_channel = finding.sub_code == "channel"
    return DoNotCall(
        id=f"{started.call_id}/{finding.id}",
        customer=started.customer,
        number=plain_number(started.number),
        scope=DncScope.CHANNEL if by_channel else DncScope.ALL,
        channel="call" if by_channel else None,
        reason=finding.quote,
        since=at,
        proof_call=started.call_id,
        proof_start_s=finding.start,
        proof_end_s=finding.end,
        added_by=HEARD,
    )


def _tag(tag: str, finding: Finding, started: CallStarted, at: datetime, *, days: int | None = None) -> Tag:
    return Tag(
        id=f"{started.call_id}/{finding.id}/{tag}",
        tag=tag,
        customer=started.customer,
        number=plain_number(started.number),
        product=started.product if tag == SOFT_REFUSAL else None,
        since=at,
        until=_until(at, days),
        reason=finding.quote,
        set_by=HEARD,
        proof_call=started.call_id,
        proof_start_s=finding.start,
        proof_end_s=finding.end,
    )


def _until(at: datetime, days: int | None) -> datetime | None:
    return None if days is None else at + timedelta(days=days)
