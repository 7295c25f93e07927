"""Limits and waiting times against one call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from speechqc.contact import wording
from speechqc.contact.attempt import Contact, Outcome, Purpose
from speechqc.contact.counting import goes_on
from speechqc.contact.earlier import Placed
from speechqc.contact.policy import (
    Action,
    After,
    Count,
    Limit,
    Scope,
    Wait,
)
from speechqc.contact.question import Question
from speechqc.contact.standing import RECALL, SOFT_REFUSAL
from speechqc.contact.verdict import EXCESSIVE, Breach
from speechqc.contact.zones import midnight, zone_info


def limit_broken(question: Question, limit: Limit) -> Iterator[Breach]:
    """The limit as the call, itself counted, reaches or exceeds it; nothing when it does neither."""
    contact = question.contact
    if question.exempt(limit) or (limit.tags and not question.tag_names & set(limit.tags)):
        return
    if limit.parties and contact.party not in limit.parties:
        return
    calls = question.earlier.calls(limit.scope)
    if calls and goes_on(calls[-1][-1], contact):
        return  # the line cut a call, and this one resumes it
    counted = _counted(question.earlier.placed(limit.scope), limit, contact)
    number = len(counted) + 1
    if number > limit.most:
        action, bound = limit.action, limit.most
    elif limit.warn_at is not None and number >= limit.warn_at:
        action, bound = Action.WARN, limit.warn_at
    else:
        return
    too_many = number - limit.most
    frees = counted[-too_many] if 0 < too_many <= len(counted) else None
    yield Breach(
        rule=limit.id,
        signal=EXCESSIVE,
        action=action,
        text=wording.limit(limit, number),
        count=number,
        limit=str(bound),
        source=limit.source,
        until=None
        if frees is None
        else limit.forgets(frees.at.astimezone(zone_info(contact.zone)).date(), contact.zone),
    )


def _counted(placed: Sequence[Placed], limit: Limit, contact: Contact) -> list[Placed]:
    """The calls of the limit's window that it counts, newest first."""
    begins = midnight(
        limit.begins(contact.dialled_at.astimezone(zone_info(contact.zone)).date()), contact.zone
    )
    counted = []
    for call in placed:
        if call.at < begins:
            break
        if _is(call, limit.count) and (not limit.parties or call.party in limit.parties):
            counted.append(call)
    return counted


def _is(call: Placed, count: Count) -> bool:
    match count:
        case Count.ATTEMPTS:
            return True
        case Count.UNANSWERED:
            return not call.connected
        case Count.CONNECTED:
            return call.connected
        case Count.CONVERSATIONS:
            return call.conversation


def wait_cut_short(question: Question, wait: Wait) -> Iterator[Breach]:
    """The wait that is not over at the moment of the call."""
    if question.exempt(wait):
        return
    since, until = _since(question, wait)
    if since is None or (until is not None and until <= question.at):
        return
    yield Breach(
        rule=wait.id,
        signal=EXCESSIVE,
        action=wait.action,
        text=wording.wait(wait, since.astimezone(zone_info(question.contact.zone))),
        limit=f"{wait.days} d",
        source=wait.source,
        until=until,
    )


def _since(question: Question, wait: Wait) -> tuple[datetime | None, datetime | None]:
    """Since when there is a reason to wait, and until when; no `until`: nobody knows."""
    span = timedelta(days=wait.days)
    match wait.after:
        case After.CONVERSATION:
            return _after_conversation(question, wait)
        case After.ABANDONED:
            left = [
                c.dialled_at
                for c in question.earlier.attempts
                if c.outcome is Outcome.ABANDONED and _here(question, wait, c)
            ]
            return (max(left), max(left) + span) if left else (None, None)
        case After.COMPLAINT:
            return _after_complaint(question, span)
        case After.NOT_CONVENIENT:
            said = _said(question, RECALL, wait)
            return (said[-1], said[-1] + span) if said else (None, None)
        case After.SOFT_REFUSAL:
            said = _said(question, SOFT_REFUSAL, wait)
            return (said[-1], said[-1] + span) if said else (None, None)
        case After.SECOND_SOFT_REFUSAL:
            said = _said(question, SOFT_REFUSAL, wait)
            return (said[-1], said[-1] + span) if len(said) > 1 else (None, None)


def _here(question: Question, wait: Wait, other: Contact) -> bool:
    return other.number == question.contact.number if wait.scope is Scope.NUMBER else True


def _said(question: Question, tag: str, wait: Wait) -> list[datetime]:
    """When the customer said so, oldest first. A product that is not known may be the same."""
    product = question.contact.product
    return sorted(
        one.since
        for one in question.standing
        if one.tag == tag
        and (not wait.same_product or None in (one.product, product) or one.product == product)
    )


def _after_conversation(question: Question, wait: Wait) -> tuple[datetime | None, datetime | None]:
    # Inbound calls count here: whoever was talked to about the debt is left in peace (12 CFR 1006.14(b)(2)(i)(B)).
    zone = question.contact.zone
    talks = [
        call
        for call in question.earlier.calls(wait.scope)
        if call.conversation and call.head.counted_as in _about(wait)
    ]
    if not talks:
        return None, None
    day = talks[-1].day(zone) + timedelta(days=wait.days)
    return talks[-1].head.dialled_at, midnight(day, zone)


def _about(wait: Wait) -> set[Purpose]:
    return {purpose.counted_as for purpose in wait.purposes}


def _after_complaint(question: Question, span: timedelta) -> tuple[datetime | None, datetime | None]:
    at = question.at
    still = [complaint.opened_at for complaint in question.complaints if complaint.is_open(at)]
    if still:
        return min(still), None
    closed = [
        (end, complaint.opened_at)
        for complaint in question.complaints
        if complaint.tracked and complaint.adds_to is None and complaint.opened_at <= at
        for end in (complaint.closed_at or complaint.withdrawn_at,)
        if end is not None
    ]
    if not closed:
        return None, None
    end, _ = max(closed)
    return end, end + span
