"""Applies the rules of a book to one call: events in, what happened by which rule out."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from speechqc.events import CallStarted, Event, Utterance
from speechqc.rules.book import RuleBook
from speechqc.rules.measures import Measure
from speechqc.rules.model import (
    Absent,
    AllOf,
    AnyCondition,
    AnyOf,
    History,
    Metric,
    Near,
    Not,
    Repeat,
    Rule,
    Sequence,
    Words,
)
from speechqc.rules.moment import Moment, Occurrence
from speechqc.rules.operators import (
    AllHappened,
    AnyHappened,
    HappenedAgain,
    InSequence,
    NearEachOther,
    Operator,
    Placed,
    WordsSaid,
)
from speechqc.rules.reader import Reading
from speechqc.rules.timing import DidNotHappen, InLedger, Measured

TIMED_EVERY_S = 0.45
"""How often the mere passing of time is judged; a live call's clock ticks more often, its limits are seconds."""


class Verdict(msgspec.Struct, frozen=True):
    rule: Rule
    occurrence: Occurrence


class Judge:
    """The state of all rules in one call. Only rules whose phrases were heard cost anything."""

    def __init__(self, book: RuleBook, started: CallStarted) -> None:
        self._scope = book.in_scope(started)
        self._moment = Moment(started)
        self._operators: dict[str, Operator] = {}
        self._timed_due = 0.0

    def rescope(self, book: RuleBook, started: CallStarted) -> list[Verdict]:
        """Judge the same call by the rules for `started`; what the ledger says by those that are new."""
        before = {rule.id for rule in self._scope.rules}
        self._scope = book.in_scope(started)
        new = [index for index in self._scope.at_start if self._scope.rules[index].id not in before]
        self._moment.starting = True
        return self._passed(tuple(new))

    def feed(self, event: Event, reading: Reading | None, measures: Mapping[str, Measure]) -> list[Verdict]:
        """What `event` brought about; at most one verdict a rule that rests on the words of an utterance."""
        moment = self._moment
        moment.take(event, reading, measures)
        verdicts: list[Verdict] = []
        if isinstance(event, CallStarted):
            verdicts.extend(self._passed(self._scope.at_start))
        if reading is not None:
            for index in self._touched(reading):
                verdicts.extend(self._happened(index))
        moment.after_words()
        if moment.commit and (moment.ended or isinstance(event, Utterance) or moment.now >= self._timed_due):
            self._timed_due = moment.now + TIMED_EVERY_S
            verdicts.extend(self._passed(self._scope.timed))
        return verdicts

    def _touched(self, reading: Reading) -> list[int]:
        """The rules with a phrase in the newest words, and on final words those that wait for some.

        What stands in earlier words of the passage only was judged with them.
        """
        by_leaf = self._scope.by_leaf if self._moment.commit else self._scope.triggers
        touched = {
            index
            for leaf, hits in reading.hits.items()
            if leaf in by_leaf and any(hit.fresh for hit in hits)
            for index in by_leaf[leaf]
        }
        if self._moment.commit:
            touched.update(self._scope.waiting)
        return sorted(touched)

    def _happened(self, index: int) -> list[Verdict]:
        rule = self._scope.rules[index]
        found = [
            occurrence for occurrence in self._operator(index).happened(self._moment) if occurrence.fresh
        ]
        decided = [Verdict(rule, occurrence) for occurrence in found if occurrence.decided]
        words = [occurrence for occurrence in found if not occurrence.decided]
        return [*decided, Verdict(rule, _merged(words))] if words else decided

    def _passed(self, indices: tuple[int, ...]) -> list[Verdict]:
        verdicts = []
        for index in indices:
            for occurrence in self._operator(index).passed(self._moment):
                verdicts.append(Verdict(self._scope.rules[index], occurrence))
        return verdicts

    def _operator(self, index: int) -> Operator:
        rule = self._scope.rules[index]
        operator = self._operators.get(rule.id)
        if operator is None:
            operator = self._operators[rule.id] = build(rule.condition)
        return operator


def build(condition: AnyCondition) -> Operator:
    """The state machine of `condition` for one call."""
    operator = _plain(condition)
    return operator if condition.position is None else Placed(operator, condition.position)


def _plain(condition: AnyCondition) -> Operator:  # noqa: PLR0911 - a table of types
    match condition:
        case Words():
            return WordsSaid(condition)
        case AnyOf():
            return AnyHappened(condition, build)
        case AllOf():
            return AllHappened(condition, build)
        case Near():
            return NearEachOther(condition, build)
        case Sequence():
            return InSequence(condition, build)
        case Repeat():
            return HappenedAgain(condition, build)
        case Absent():
            return DidNotHappen(condition, build)
        case Metric():
            return Measured(condition)
        case History():
            return InLedger(condition)
        case Not():
            return build(condition.item)
    raise TypeError(f"no operator for {type(condition).__name__}")


def _merged(found: list[Occurrence]) -> Occurrence:
    """The most literal, then earliest occurrence, widened by those that overlap it."""
    best = min(found, key=lambda one: (-one.level, one.first, -one.last))
    overlapping = [one for one in found if one.first < best.last and best.first < one.last]
    widest = max(overlapping, key=lambda one: (one.last - one.first, one.level))
    return widest if widest.level == best.level else best
