"""Each kind of rule against one call, and the wishes of the customer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

from speechqc.contact import wording
from speechqc.contact.attempt import Contact, Purpose
from speechqc.contact.do_not_call import DncScope, DoNotCall, concerns, forbids_marketing, in_force
from speechqc.contact.hours import is_open, next_opening, parse_hours
from speechqc.contact.limits import limit_broken, wait_cut_short
from speechqc.contact.policy import (
    Action,
    ConsentNeeded,
    Limit,
    NationalList,
    Policy,
    QuietHours,
    Rule,
    TagEffect,
    Wait,
)
from speechqc.contact.question import Question
from speechqc.contact.verdict import LISTED, QUIET, Breach
from speechqc.contact.zones import zone_info

_ANY_HOUR = (Purpose.FRAUD_ALERT, Purpose.LEGAL_NOTICE)
_AT_THEIR_WISH = (Purpose.SERVICE, Purpose.COMPLAINT_FOLLOW_UP)


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
            return limit_broken(question, rule)
        case QuietHours():
            return _hours(question, rule)
        case Wait():
            return wait_cut_short(question, rule)
        case ConsentNeeded():
            return _consent(question, rule)
    return ()


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
