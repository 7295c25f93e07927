"""What another version of the rules would have found in calls that are known: before a change goes live."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from speechqc.analysis.transcript import judge_events
from speechqc.events import Event, Finding, Severity
from speechqc.rules.book import RuleBook


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """One finding in one call; `start` in seconds of call time."""

    call: str
    turn: int | None
    start: float
    severity: Severity
    quote: str


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A hit that both versions have, with another severity."""

    before: Hit
    after: Hit


class RuleDifference(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one rule's hits. `gained` and `lost` are hits of one version only."""

    rule: str
    signal: str
    kept: int
    gained: tuple[Hit, ...] = ()
    lost: tuple[Hit, ...] = ()
    changed: tuple[Change, ...] = ()

    @property
    def differs(self) -> bool:
        return bool(self.gained or self.lost or self.changed)


class Backtest(msgspec.Struct, frozen=True, kw_only=True):
    """The comparison over `calls` calls; rules without a hit in either version are left out."""

    calls: int
    rules: tuple[RuleDifference, ...]

    @property
    def gained(self) -> int:
        return sum(len(rule.gained) for rule in self.rules)

    @property
    def lost(self) -> int:
        return sum(len(rule.lost) for rule in self.rules)

    @property
    def changed(self) -> int:
        return sum(len(rule.changed) for rule in self.rules)


class Comparison:
    """Judges calls with both books, one call after the other; keeps hits only."""

    def __init__(self, before: RuleBook, after: RuleBook) -> None:
        self._before, self._after = before, after
        self._calls = 0
        self._kept: dict[str, int] = {}
        self._gained: dict[str, list[Hit]] = {}
        self._lost: dict[str, list[Hit]] = {}
        self._changed: dict[str, list[Change]] = {}
        self._signals: dict[str, str] = {}

    def add(self, events: Sequence[Event]) -> None:
        """Take in the call of `events`: the engine's inputs, CallStarted first."""
        self._calls += 1
        before, after = (self._hits(events, book) for book in (self._before, self._after))
        for key in sorted({*before, *after}):
            rule = key[0]
            old, new = before.get(key), after.get(key)
            if old is None and new is not None:
                self._gained.setdefault(rule, []).append(new)
            elif new is None and old is not None:
                self._lost.setdefault(rule, []).append(old)
            elif old is not None and new is not None:
                self._kept[rule] = self._kept.get(rule, 0) + 1
                if old.severity is not new.severity:
                    self._changed.setdefault(rule, []).append(Change(before=old, after=new))

    def result(self) -> Backtest:
        """What was found so far, rules with differences first."""
        rules = [
            RuleDifference(
                rule=rule,
                signal=signal,
                kept=self._kept.get(rule, 0),
                gained=tuple(self._gained.get(rule, ())),
                lost=tuple(self._lost.get(rule, ())),
                changed=tuple(self._changed.get(rule, ())),
            )
            for rule, signal in self._signals.items()
        ]
        return Backtest(
            calls=self._calls, rules=tuple(sorted(rules, key=lambda one: (not one.differs, one.rule)))
        )

    def _hits(self, events: Sequence[Event], book: RuleBook) -> dict[tuple[str, str], Hit]:
        """The call's hits by rule and by the finding's id, which names the utterance and not the version."""
        found = judge_events(events, book).findings
        self._signals.update({finding.rule: finding.signal for finding in found})
        return {(finding.rule, finding.id): _hit(finding) for finding in found}


def backtest(calls: Iterable[Sequence[Event]], before: RuleBook, after: RuleBook) -> Backtest:
    """Judge `calls` with both books and compare, rule by rule."""
    comparison = Comparison(before, after)
    for events in calls:
        comparison.add(events)
    return comparison.result()


def _hit(finding: Finding) -> Hit:
    return Hit(
        call=finding.call_id,
        turn=finding.turn,
        start=finding.start,
        severity=finding.severity,
        quote=finding.quote,
    )
