"""The operators that look at words, as state machines: one per condition and call.

An operator answers each utterance with what happened in its passage. What must be remembered for later
utterances is remembered only of final ones, so partials never change the end of a story.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable
from typing import Protocol

import msgspec

from speechqc.events import Reason
from speechqc.rules import wording
from speechqc.rules.model import (
    AllOf,
    AnyCondition,
    AnyOf,
    History,
    Metric,
    Near,
    Not,
    Position,
    Repeat,
    Sequence,
    Within,
    Words,
    parts_of,
)
from speechqc.rules.moment import Moment, Occurrence, role_index

REMEMBERED = 8
"""Occurrences an operator keeps for later; older ones than these eight no longer start anything."""

LONGEST_QUOTE = 60

NEVER = math.inf
"""Call time of what only words, a measure or the end of the call bring about."""


class Operator(Protocol):
    """What every operator can do."""

    leaves: frozenset[int] | None
    """The word conditions that it is made of: utterances without their words mean nothing to it; ``None``: all do."""

    def happened(self, moment: Moment) -> list[Occurrence]:
        """What happened in the moment's passage, fresh or already known."""
        ...

    def passed(self, moment: Moment) -> list[Occurrence]:
        """What time, a measure or the ledger decided at this moment."""
        ...

    def due(self) -> float:
        """Call time from which on `passed` may decide something though nothing else happens; :data:`NEVER`."""
        ...


Build = Callable[[AnyCondition], Operator]


class OfWords:
    """What is common to operators that words alone decide."""

    def passed(self, _moment: Moment) -> list[Occurrence]:
        return []

    def due(self) -> float:
        return NEVER


class WordsSaid(OfWords):
    def __init__(self, condition: Words) -> None:
        self._leaf = condition.leaf
        self.leaves: frozenset[int] | None = frozenset([condition.leaf])

    def happened(self, moment: Moment) -> list[Occurrence]:
        """The hits of the condition, made once for all that refer to it."""
        if self._leaf not in moment.hits:
            return []
        found = moment.said.get(self._leaf)
        if found is None:
            found = moment.said[self._leaf] = self._said(moment)
        return found

    def _said(self, moment: Moment) -> list[Occurrence]:
        reading = moment.reading
        if reading is None:
            return []
        utterance, passage = reading.utterance, reading.passage
        found = []
        for hit in moment.hits[self._leaf]:
            start, end = passage.time_of(hit.start, hit.end)
            quote = passage.heard.quote(hit.start, hit.end)
            why = wording.said(utterance.role, quote, hit.level)
            reasons: tuple[Reason, ...] = ()
            if hit.score is not None and hit.limit is not None:
                why = wording.meant(utterance.role, quote, hit.score, hit.limit)
                reasons = (Reason(name="meaning", value=round(hit.score, 3), limit=round(hit.limit, 3)),)
            found.append(
                Occurrence(
                    role=utterance.role,
                    turn=utterance.turn,
                    start=start,
                    end=end,
                    quote=quote,
                    why=why,
                    reasons=reasons,
                    score=hit.score,
                    level=hit.level,
                    confidence=utterance.confidence,
                    fresh=hit.fresh,
                    first=hit.start,
                    last=hit.end,
                    heard=moment.present,
                    utterance_start=utterance.start,
                    turns=moment.turns(),
                )
            )
        return found


class AnyHappened:
    def __init__(self, condition: AnyOf, build: Build) -> None:
        self._items = [build(item) for item in condition.items if not isinstance(item, Not)]
        self.leaves = leaves_together(self._items)

    def happened(self, moment: Moment) -> list[Occurrence]:
        hits = moment.hits
        if self.leaves is not None and self.leaves.isdisjoint(hits):
            return []
        found: list[Occurrence] = []
        for item in self._items:
            if item.leaves is None or not item.leaves.isdisjoint(hits):
                found += item.happened(moment)
        return found

    def passed(self, moment: Moment) -> list[Occurrence]:
        return [occurrence for item in self._items for occurrence in item.passed(moment)]

    def due(self) -> float:
        return min((item.due() for item in self._items), default=NEVER)


class Memory:
    """The last fresh occurrences of one operator in final utterances."""

    def __init__(self) -> None:
        self._kept: deque[Occurrence] = deque(maxlen=REMEMBERED)

    def before(self, now: Iterable[Occurrence]) -> list[Occurrence]:
        """Those remembered, then those of `now` that are fresh."""
        return [*self._kept, *(occurrence for occurrence in now if occurrence.fresh)]

    def keep(self, now: Iterable[Occurrence], moment: Moment) -> None:
        if moment.commit:
            self._kept.extend(occurrence for occurrence in now if occurrence.fresh)

    def clear(self) -> None:
        self._kept.clear()


class AllHappened:
    """All of the items: in one passage, or within the limits of `within`; ``not`` items must be missing."""

    def __init__(self, condition: AllOf, build: Build) -> None:
        self._within = condition.within
        self._items = [build(item) for item in condition.items if not isinstance(item, Not)]
        self._nots = [build(item.item) for item in condition.items if isinstance(item, Not)]
        self.leaves = leaves_together((*self._items, *self._nots))
        self._forgetful = condition.within is None and all(map(_remembers_nothing, condition.items))
        self._memories = [Memory() for _ in self._items]
        self._not_memories = [Memory() for _ in self._nots]

    def happened(self, moment: Moment) -> list[Occurrence]:
        if self._forgetful:
            return self._at_once(moment)
        now = [item.happened(moment) for item in self._items]
        absent_now = [item.happened(moment) for item in self._nots]
        found = self._in_passage(now, absent_now) if self._within is None else self._around(now, absent_now)
        for memory, occurrences in zip(
            (*self._memories, *self._not_memories), (*now, *absent_now), strict=True
        ):
            if self._within is not None:
                memory.keep(occurrences, moment)
        return found

    def passed(self, moment: Moment) -> list[Occurrence]:
        """Facts of the ledger that hold together when the call begins."""
        if not moment.starting:
            return []
        facts = [item.passed(moment) for item in self._items]
        if not facts or not all(facts) or any(item.passed(moment) for item in self._nots):
            return []
        return [joined([occurrences[-1] for occurrences in facts])]

    def due(self) -> float:
        return NEVER

    def _at_once(self, moment: Moment) -> list[Occurrence]:
        """The same where nothing must be remembered, so that the first item that is missing ends it."""
        now = []
        for item in self._items:
            occurrences = item.happened(moment)
            if not occurrences:
                return []
            now.append(occurrences)
        return self._in_passage(now, [item.happened(moment) for item in self._nots])

    def _in_passage(
        self, now: list[list[Occurrence]], absent_now: list[list[Occurrence]]
    ) -> list[Occurrence]:
        if any(not occurrences for occurrences in now) or any(absent_now):
            return []
        chosen = [max(occurrences, key=_freshest) for occurrences in now]
        return [joined(chosen)] if any(occurrence.fresh for occurrence in chosen) else []

    def _around(self, now: list[list[Occurrence]], absent_now: list[list[Occurrence]]) -> list[Occurrence]:
        within = self._within or Within()
        known = [memory.before(occurrences) for memory, occurrences in zip(self._memories, now, strict=True)]
        anchor = max(
            (occurrence for occurrences in now for occurrence in occurrences if occurrence.fresh),
            key=lambda occurrence: occurrence.key,
            default=None,
        )
        if anchor is None:
            return []
        chosen = []
        for occurrences in known:
            near = [occurrence for occurrence in occurrences if is_within(occurrence, anchor, within)]
            if not near:
                return []
            chosen.append(max(near, key=lambda occurrence: occurrence.key))
        for memory, occurrences in zip(self._not_memories, absent_now, strict=True):
            if any(is_within(occurrence, anchor, within) for occurrence in memory.before(occurrences)):
                return []
        return [joined(chosen)]


class NearEachOther(OfWords):
    def __init__(self, condition: Near, build: Build) -> None:
        self._within = condition.within
        self._sides = [build(condition.first), build(condition.second)]
        self.leaves = leaves_together(self._sides)
        self._memories = [Memory(), Memory()]

    def happened(self, moment: Moment) -> list[Occurrence]:
        now = [side.happened(moment) for side in self._sides]
        pairs: list[Occurrence] = []
        if self._within.chars is not None:
            candidates = [(one, other) for one in now[0] for other in now[1]]
        else:
            known = [memory.before(side) for memory, side in zip(self._memories, now, strict=True)]
            candidates = [(one, other) for one in known[0] for other in known[1]]
        for one, other in candidates:
            together = (one.heard == moment.present and one.fresh) or (
                other.heard == moment.present and other.fresh
            )
            if together and is_within(one, other, self._within):
                pairs.append(joined([one, other]))
        for memory, side in zip(self._memories, now, strict=True):
            memory.keep(side, moment)
        return pairs[-1:]


class InSequence(OfWords):
    """`then` after `first`, each time it happens, unless something disarmed it in between."""

    def __init__(self, condition: Sequence, build: Build) -> None:
        self._within = condition.within
        self._first, self._then = build(condition.first), build(condition.then)
        self._between = None if condition.unless_between is None else build(condition.unless_between)
        self.leaves = leaves_together(
            (self._first, self._then, *([] if self._between is None else [self._between]))
        )
        self._firsts, self._betweens = Memory(), Memory()

    def happened(self, moment: Moment) -> list[Occurrence]:
        firsts_now, thens = self._first.happened(moment), self._then.happened(moment)
        between_now = [] if self._between is None else self._between.happened(moment)
        firsts, betweens = self._firsts.before(firsts_now), self._betweens.before(between_now)
        found = []
        for then in thens:
            first = self._armed_by(then, firsts, betweens) if then.fresh else None
            if first is not None:
                found.append(_then(first, then))
        self._firsts.keep(firsts_now, moment)
        self._betweens.keep(between_now, moment)
        return found

    def _armed_by(
        self, then: Occurrence, firsts: list[Occurrence], betweens: list[Occurrence]
    ) -> Occurrence | None:
        for first in reversed(firsts):
            if precedes(first, then) and follows_within(first, then, self._within):
                disarmed = any(precedes(first, stop) and precedes(stop, then) for stop in betweens)
                return None if disarmed else first
        return None


class HappenedAgain(OfWords):
    def __init__(self, condition: Repeat, build: Build) -> None:
        self._within, self._times = condition.within, condition.times
        self._item = build(condition.item)
        self.leaves = self._item.leaves
        self._memory = Memory()

    def happened(self, moment: Moment) -> list[Occurrence]:
        now = [occurrence for occurrence in self._item.happened(moment) if occurrence.fresh]
        if not now:
            return []
        last = now[-1]
        known = [one for one in self._memory.before(now) if follows_within(one, last, self._within)]
        self._memory.keep(now, moment)
        if len(known) < self._times:
            return []
        if moment.commit:
            self._memory.clear()
        return [
            msgspec.structs.replace(
                last,
                why=wording.repeated(len(known), self._times, last.why),
                level=min(one.level for one in known),
                score=_least_sure(known),
                reasons=tuple(reason for one in known for reason in one.reasons),
            )
        ]


class Placed:
    """Limits another operator to the beginning of the call."""

    def __init__(self, inner: Operator, position: Position) -> None:
        self._inner, self._position = inner, position
        self.leaves = inner.leaves

    def happened(self, moment: Moment) -> list[Occurrence]:
        return [occurrence for occurrence in self._inner.happened(moment) if self._allows(occurrence)]

    def passed(self, moment: Moment) -> list[Occurrence]:
        return [occurrence for occurrence in self._inner.passed(moment) if self._allows(occurrence)]

    def due(self) -> float:
        return self._inner.due()

    def _allows(self, occurrence: Occurrence) -> bool:
        limit = self._position
        role = role_index(occurrence.role)
        turns = sum(occurrence.turns) if role is None else occurrence.turns[role]
        return (limit.first_s is None or occurrence.start <= limit.first_s) and (
            limit.first_turns is None or turns <= limit.first_turns
        )


def precedes(one: Occurrence, other: Occurrence) -> bool:
    """True when `one` was over before `other` began, by the order in which they were heard."""
    if one.heard != other.heard:
        return one.heard < other.heard
    return one.last <= other.first


def follows_within(first: Occurrence, then: Occurrence, within: Within) -> bool:
    """True when `then` is not too long after `first`; turns are those of the one who says `then`."""
    role = role_index(then.role)
    if within.turns is not None and role is not None and then.turns[role] - first.turns[role] > within.turns:
        return False
    if within.chars is not None and (first.heard != then.heard or then.first - first.last > within.chars):
        return False
    return within.seconds is None or then.start - first.end <= within.seconds


def is_within(one: Occurrence, other: Occurrence, within: Within) -> bool:
    """True when the two are near each other, whichever came first; turns are changes of speaker."""
    early, late = (one, other) if one.key <= other.key else (other, one)
    if within.turns is not None and abs((late.turn or 0) - (early.turn or 0)) > within.turns:
        return False
    if within.chars is not None and (early.heard != late.heard or late.first - early.last > within.chars):
        return False
    return within.seconds is None or late.start - early.end <= within.seconds


def joined(parts: list[Occurrence]) -> Occurrence:
    """One occurrence that says what `parts` say together; it stands where the last of them stands."""
    ordered = list(dict.fromkeys(sorted(parts, key=lambda part: part.key)))
    last = ordered[-1]
    quotes = list(dict.fromkeys(part.quote for part in ordered if part.quote))
    return msgspec.structs.replace(
        last,
        start=min(part.start for part in ordered if part.turn == last.turn),
        quote=" … ".join(quotes)[:LONGEST_QUOTE] if len(quotes) > 1 else last.quote,
        why=wording.both_said(list(dict.fromkeys(part.why for part in ordered))),
        level=min(part.level for part in ordered),
        first=min(part.first for part in ordered if part.heard == last.heard),
        fresh=True,
        score=_least_sure(ordered),
        reasons=tuple(reason for part in ordered for reason in part.reasons),
    )


def _then(first: Occurrence, then: Occurrence) -> Occurrence:
    why = wording.after_that(first.why, first.start, then.why, max(0.0, then.start - first.end))
    return msgspec.structs.replace(
        then,
        why=why,
        level=min(first.level, then.level),
        score=_least_sure([first, then]),
        reasons=(*first.reasons, *then.reasons),
    )


def _least_sure(parts: Iterable[Occurrence]) -> float | None:
    """The lowest of the classifier's scores among `parts`, ``None`` when words alone speak."""
    return min((part.score for part in parts if part.score is not None), default=None)


def leaves_together(parts: Iterable[Operator]) -> frozenset[int] | None:
    """The word conditions that `parts` are made of, ``None`` when one of them asks for more."""
    together: frozenset[int] = frozenset()
    for part in parts:
        if part.leaves is None:
            return None
        together |= part.leaves
    return together


def _remembers_nothing(condition: AnyCondition) -> bool:
    """True when what `condition` answers depends on the moment alone."""
    if isinstance(condition, AnyOf | Not):
        return all(map(_remembers_nothing, parts_of(condition)))
    return isinstance(condition, Words | Metric | History)


def _freshest(occurrence: Occurrence) -> tuple[bool, int, int]:
    return (occurrence.fresh, occurrence.level, occurrence.last)
