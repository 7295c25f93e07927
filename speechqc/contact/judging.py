"""Each kind of rule against one call: limits, hours, waits, lists, consents, tags."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import cached_property

import msgspec

from speechqc.contact import wording
from speechqc.contact.attempt import Contact, Outcome, Party, Purpose
from speechqc.contact.counting import goes_on
from speechqc.contact.do_not_call import DncScope, DoNotCall, concerns, forbids_marketing, in_force
from speechqc.contact.earlier import Earlier, Placed
from speechqc.contact.hours import is_open, next_opening, parse_hours
from speechqc.contact.policy import (
    Action,
    After,
    ConsentNeeded,
    Count,
    Exemption,
    Limit,
    NationalList,
    Policy,
    QuietHours,
    Rule,
    Scope,
    TagEffect,
    Wait,
)
from speechqc.contact.standing import RECALL, SOFT_REFUSAL, Complaint, Consent, Tag
from speechqc.contact.verdict import EXCESSIVE, LISTED, QUIET, Breach
from speechqc.contact.zones import midnight, zone_info

_ANY_HOUR = (Purpose.FRAUD_ALERT, Purpose.LEGAL_NOTICE)
_AT_THEIR_WISH = (Purpose.SERVICE, Purpose.COMPLAINT_FOLLOW_UP)


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


def breaches(question: Question, policy: Policy) -> Iterator[Breach]:
    """Every rule of the active presets and every wish of the customer that the call touches or breaks."""
    grace = timedelta(0)
    for preset in policy.active(question.contact):
        for rule in preset.rules:
            if isinstance(rule, NationalList) and rule.enabled:
                grace = max(grace, timedelta(days=rule.grace_days))
            if rule.concerns(question.contact):
                yield from _judge(question, rule)
    yield from _listed(question, grace)
    yield from _unwelcome_hours(question)
    for effect in policy.tags:
        yield from _tagged(question, effect)


def _judge(question: Question, rule: Rule) -> Iterable[Breach]:
    match rule:
        case Limit():
            return _limit(question, rule)
        case QuietHours():
            return _hours(question, rule)
        case Wait():
            return _wait(question, rule)
        case ConsentNeeded():
            return _consent(question, rule)
    return ()


# -- limits ----------------------------------------------------------------------------------------


def _limit(question: Question, limit: Limit) -> Iterator[Breach]:
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


# -- hours -----------------------------------------------------------------------------------------


def _hours(question: Question, rule: QuietHours) -> Iterator[Breach]:
    contact = question.contact
    if question.exempt(rule, hours=True) or (rule.regions and contact.region not in rule.regions):
        return
    for zone in contact.zones:
        if rule.zones and zone not in rule.zones:
            continue
        if is_open(question.at, zone, rule.hours, breaks=rule.rest, closed_on=rule.closed_on):
            continue
        yield Breach(
            rule=rule.id,
            signal=QUIET,
            action=rule.action,
            text=wording.hours(rule.title, question.at, zone, rule.allowed),
            limit=rule.allowed,
            source=rule.source,
            until=next_opening(question.at, zone, rule.hours, breaks=rule.rest, closed_on=rule.closed_on),
        )


def _unwelcome_hours(question: Question) -> Iterator[Breach]:
    """Hours in which the customer does not want to be called."""
    contact = question.contact
    if contact.counted_as in _ANY_HOUR or contact.as_booked:
        return
    action = Action.WARN if contact.counted_as in _AT_THEIR_WISH else Action.BLOCK
    for entry in question.listed:
        if entry.scope is not DncScope.TIME or entry.hours is None or not concerns(entry, contact):
            continue
        if not in_force(entry, question.at):
            continue
        unwelcome = parse_hours(entry.hours)
        for zone in contact.zones:
            if unwelcome.holds(question.at.astimezone(zone_info(zone))):
                yield Breach(
                    rule=f"do_not_call/{entry.id}",
                    signal=QUIET,
                    action=action,
                    text=wording.unwelcome(question.at, zone, entry.hours),
                    limit=entry.hours,
                    until=next_opening(question.at, zone, parse_hours("daily 00:00-24:00"), breaks=unwelcome),
                )


# -- waits -----------------------------------------------------------------------------------------


def _wait(question: Question, wait: Wait) -> Iterator[Breach]:
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


# -- lists, consents, tags -------------------------------------------------------------------------


def _listed(question: Question, grace: timedelta) -> Iterator[Breach]:
    contact = question.contact
    if contact.counted_as is not Purpose.MARKETING:
        return
    for entry in question.listed:
        if forbids_marketing(entry, contact, question.consents, grace=grace):
            yield Breach(
                rule=f"do_not_call/{entry.id}",
                signal=LISTED,
                action=Action.VIOLATION,
                text=wording.listed(entry, contact.zone),
                limit=entry.scope,
                until=entry.until,
            )
        elif _maybe(entry, contact) and in_force(entry, question.at) and concerns(entry, contact):
            yield Breach(
                rule=f"do_not_call/{entry.id}",
                signal=None,
                action=Action.WARN,
                text=wording.listed(entry, contact.zone),
                limit=entry.product,
            )


def _maybe(entry: DoNotCall, contact: Contact) -> bool:
    """An entry for one product family, and nobody said what is to be sold."""
    return entry.scope is DncScope.PRODUCT and contact.product is None


def _consent(question: Question, rule: ConsentNeeded) -> Iterator[Breach]:
    contact = question.contact
    if contact.consent or contact.booked or any(c.valid(contact) for c in question.consents):
        return
    yield Breach(
        rule=rule.id, signal=LISTED, action=rule.action, text=rule.title, limit="consent", source=rule.source
    )


def _tagged(question: Question, effect: TagEffect) -> Iterator[Breach]:
    contact = question.contact
    tags = [tag for tag in question.standing if tag.tag == effect.tag]
    forbidden = contact.counted_as in effect.forbids
    if not tags or not (forbidden or contact.counted_as in effect.warns) or contact.as_booked:
        return
    until = None
    windows = [tag.window for tag in tags if tag.window]
    if forbidden and windows:
        own = parse_hours(windows[-1])
        closed = [zone for zone in contact.zones if not is_open(question.at, zone, own)]
        if not closed:
            return
        until = next_opening(question.at, closed[0], own)
    elif forbidden and any(
        consent.lifts(max(tag.since for tag in tags), contact) for consent in question.consents
    ):
        return
    ends = [tag.until for tag in tags]
    if until is None and None not in ends:
        until = max(end for end in ends if end is not None)
    yield Breach(
        rule=f"tag.{effect.tag}",
        signal=effect.signal if forbidden else None,
        action=Action.BLOCK if forbidden else Action.WARN,
        text=wording.tagged(effect, windows[-1] if windows else None),
        limit=windows[-1] if windows else None,
        source=effect.source,
        until=until if forbidden else None,
    )
