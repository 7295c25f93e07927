"""Applies the rules of a book to one call: events in, what happened by which rule out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from speechqc.events import CallStarted, Event
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
    NEVER,
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


class Verdict(msgspec.Struct, frozen=True):
    rule: Rule
    occurrence: Occurrence


class Judge:
    """The state of all rules in one call. Only rules whose phrases were heard cost anything."""

    def __init__(self, book: RuleBook, started: CallStarted) -> None:
        self._scope = book.in_scope(started)
        self._moment = Moment(started)
        self._operators: dict[str, Operator] = {}
        self._at: dict[int, Operator] = {}
        """The operators of the rules in scope, by their index there."""
        self._due = dict.fromkeys(self._scope.timed, 0.0)
        """From when on each timed rule wants to be looked at again."""
        self._next_due = 0.0
        """None of them does before."""
        self._seen: dict[str, Measure | None] = {}

    def rescope(self, book: RuleBook, started: CallStarted) -> list[Verdict]:
        """Judge the same call by the rules for `started`; what the ledger says by those that are new."""
        before = {rule.id for rule in self._scope.rules}
        self._scope = book.in_scope(started)
        new = [index for index in self._scope.at_start if self._scope.rules[index].id not in before]
        self._moment.starting = True
        self._at = {}
        self._due, self._next_due = dict.fromkeys(self._scope.timed, 0.0), 0.0
        return self._passed(tuple(new))

    def feed(self, event: Event, reading: Reading | None, measures: Mapping[str, Measure]) -> list[Verdict]:
        """What `event` brought about; at most one verdict a rule that rests on the words of an utterance."""
        moment = self._moment
        moment.take(event, reading, measures)
        verdicts: list[Verdict] = []
        if isinstance(event, CallStarted):
            verdicts.extend(self._passed(self._scope.at_start))
        if reading is not None and (moment.hits or moment.commit):
            for index in self._touched(reading):
                verdicts.extend(self._happened(index))
        moment.after_words()
        if moment.commit:
            verdicts.extend(self._passed(self._woken(measures)))
        return verdicts

    def _woken(self, measures: Mapping[str, Measure]) -> Iterable[int]:
        """The rules that a changed measure, the time or the end of the call may decide now."""
        woken: set[int] = set()
        for name, rules in self._scope.by_measure:
            measure = measures.get(name)
            if measure is not self._seen.get(name):
                self._seen[name] = measure
                woken.update(rules)
        if self._moment.ended:
            return self._scope.timed
        now = self._moment.now
        if now >= self._next_due:
            woken.update(index for index, due in self._due.items() if now >= due)
            self._next_due = min(self._due.values(), default=NEVER)
        return sorted(woken)

    def _touched(self, reading: Reading) -> list[int]:
        """The rules with a phrase in the newest words, and on final words those that wait for some.

        What stands in earlier words of the passage only was judged with them.
        """
        by_leaf = self._scope.by_leaf if self._moment.commit else self._scope.triggers
        touched: set[int] = set()
        for leaf, hits in reading.hits.items():
            if leaf in by_leaf and (hits[-1].fresh or any(hit.fresh for hit in hits)):
                touched.update(by_leaf[leaf])
        if self._moment.commit:
            touched.update(self._scope.waiting)
        return sorted(touched)

    def _happened(self, index: int) -> list[Verdict]:
        rule = self._scope.rules[index]
        operator = self._operator(index)
        found = [occurrence for occurrence in operator.happened(self._moment) if occurrence.fresh]
        self._wait(index, operator)
        decided = [Verdict(rule, occurrence) for occurrence in found if occurrence.decided]
        words = [occurrence for occurrence in found if not occurrence.decided]
        return [*decided, Verdict(rule, _merged(words))] if words else decided

    def _passed(self, indices: Iterable[int]) -> list[Verdict]:
        verdicts = []
        for index in indices:
            operator = self._operator(index)
            for occurrence in operator.passed(self._moment):
                verdicts.append(Verdict(self._scope.rules[index], occurrence))
            self._wait(index, operator)
        return verdicts

    def _wait(self, index: int, operator: Operator) -> None:
        """Note when a timed rule wants to be looked at again."""
        if index in self._due:
            due = self._due[index] = operator.due()
            self._next_due = min(self._next_due, due)

    def _operator(self, index: int) -> Operator:
        operator = self._at.get(index)
        if operator is None:
            rule = self._scope.rules[index]
            operator = self._operators.get(rule.id) or build(rule.condition)
            self._at[index] = self._operators[rule.id] = operator
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
