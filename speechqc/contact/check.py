"""May I call now? Every matching rule is evaluated, the strictest wins."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from speechqc.contact.attempt import Contact, Purpose
from speechqc.contact.do_not_call import DoNotCall
from speechqc.contact.earlier import Earlier
from speechqc.contact.judging import breaches
from speechqc.contact.policy import Action, Policy
from speechqc.contact.question import Question
from speechqc.contact.standing import Complaint, Consent, Tag
from speechqc.contact.verdict import Breach, Decision, Verdict
from speechqc.events import Direction, Text

MOST_STEPS = 64
"""Rules in turn move the next allowed moment; after so many there is none worth waiting for."""
_BLOCKED_UNKNOWN = (Purpose.MARKETING, Purpose.SURVEY, Purpose.COLLECTIONS)


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What the ledger knows of the person, number and household to be called."""

    earlier: Sequence[Contact] = ()
    listed: tuple[DoNotCall, ...] = ()
    tags: tuple[Tag, ...] = ()
    consents: tuple[Consent, ...] = ()
    complaints: tuple[Complaint, ...] = ()


def check(wanted: Contact, known: Known | None, policy: Policy) -> Verdict:
    """May `wanted` be placed at its moment?

    Args:
        known: ``None`` when the ledger did not answer: marketing, surveys and collection then wait, service goes on
            with a warning.
    """
    if wanted.direction is Direction.INBOUND:
        return Verdict(decision=Decision.ALLOW)
    presets = policy.active(wanted)
    names = tuple(preset.name for preset in presets)
    if known is None:
        return _unknown(wanted, names)
    earlier = Earlier(wanted, known.earlier)
    found = _found(wanted, earlier, known, policy)
    decision = _decision(found)
    again = _next_allowed(wanted, earlier, known, policy) if decision is Decision.BLOCK else None
    return Verdict(decision=decision, reasons=found, next_allowed_at=again, presets=names)


def placed_anyway(contact: Contact, known: Known, policy: Policy) -> tuple[Breach, ...]:
    """The rules that `contact` touches or breaks, strictest first: before dialling or afterwards."""
    if contact.direction is Direction.INBOUND:
        return ()
    return _found(contact, Earlier(contact, known.earlier), known, policy)


def _found(contact: Contact, earlier: Earlier, known: Known, policy: Policy) -> tuple[Breach, ...]:
    question = Question(
        contact=contact,
        earlier=earlier,
        listed=known.listed,
        tags=known.tags,
        consents=known.consents,
        complaints=known.complaints,
    )
    return tuple(sorted(breaches(question, policy), key=lambda breach: -breach.action.rank))


def _decision(found: Sequence[Breach]) -> Decision:
    if any(breach.forbids for breach in found):
        return Decision.BLOCK
    return Decision.WARN if found else Decision.ALLOW


def _next_allowed(wanted: Contact, earlier: Earlier, known: Known, policy: Policy) -> datetime | None:
    at = wanted.dialled_at
    for _ in range(MOST_STEPS):
        then = msgspec.structs.replace(wanted, dialled_at=at)
        standing = [b.until for b in _found(then, earlier, known, policy) if b.forbids]
        if not standing:
            return at
        ends = [until for until in standing if until is not None and until > at]
        if len(ends) < len(standing):
            return None
        at = max(ends)
    return None


def _unknown(wanted: Contact, presets: tuple[str, ...]) -> Verdict:
    blocked = wanted.counted_as in _BLOCKED_UNKNOWN
    breach = Breach(
        rule="ledger_unknown",
        signal=None,
        action=Action.BLOCK if blocked else Action.WARN,
        text=Text(
            "联系台账没有答复，无法核对次数与禁呼名单",
            "the contact ledger did not answer: counts and do-not-call list are unknown",
        ),
    )
    return Verdict(decision=Decision.BLOCK if blocked else Decision.WARN, reasons=(breach,), presets=presets)
