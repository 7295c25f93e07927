"""How well findings agree with labels: per signal, call by call and turn by turn.

Definitions. *Call level*: a signal counts once a call, found or not. *Turn level*: a label with a turn
is hit when a finding of its signal lies within one turn of it. *Near miss*: a turn that sounds like a
signal but is none; a finding of that signal within its turn is a false alarm. *Clean call*: a call
without labels.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from speechqc.events import Finding, Utterance
from speechqc.transcripts import Label, Transcript

ONSET_SLACK_S = 0.5
"""How much earlier than the true onset a recogniser may hear words begin."""


@dataclass(frozen=True)
class Scored:
    """One call's truth and what was found in it."""

    truth: Transcript
    findings: Sequence[Finding]
    utterances: Sequence[Utterance] = ()
    """Given for audio: turns are then matched by time, since a recogniser counts turns its own way."""

    def turn_of(self, finding: Finding) -> int | None:
        """The turn of the truth in which the evidence of `finding` begins."""
        if not self.utterances or finding.turn is None:
            return finding.turn
        starts = [
            (turn.start or 0.0, index)
            for index, turn in enumerate(self.truth.turns)
            if turn.role is finding.role
        ]
        return max(
            (index for start, index in starts if start <= finding.start + ONSET_SLACK_S), default=finding.turn
        )


@dataclass
class Counts:
    true: int = 0
    """Labelled and found."""
    missed: int = 0
    false: int = 0
    turn_hit: int = 0
    turn_missed: int = 0

    @property
    def precision(self) -> float | None:
        return _share(self.true, self.true + self.false)

    @property
    def recall(self) -> float | None:
        return _share(self.true, self.true + self.missed)

    @property
    def f1(self) -> float | None:
        return _share(2 * self.true, 2 * self.true + self.false + self.missed)

    @property
    def turn_recall(self) -> float | None:
        return _share(self.turn_hit, self.turn_hit + self.turn_missed)


@dataclass
class Score:
    """Totals over a set of calls."""

    signals: dict[str, Counts] = field(default_factory=dict)
    calls: int = 0
    clean_calls: int = 0
    clean_alarms: int = 0
    near_misses: int = 0
    near_miss_alarms: int = 0
    errors: list[str] = field(default_factory=list)
    """``call: signal`` for every disagreement, marked + (false) or - (missed)."""

    @property
    def total(self) -> Counts:
        """Micro average: the sums over all signals."""
        total = Counts()
        for counts in self.signals.values():
            for name in ("true", "missed", "false", "turn_hit", "turn_missed"):
                setattr(total, name, getattr(total, name) + getattr(counts, name))
        return total

    @property
    def alarms_per_clean_call(self) -> float | None:
        return _share(self.clean_alarms, self.clean_calls)

    @property
    def near_miss_rate(self) -> float | None:
        return _share(self.near_miss_alarms, self.near_misses)


def score(calls: Iterable[Scored], *, signals: Iterable[str] | None = None) -> Score:
    """Compare findings with labels; `signals` limits the comparison to some of them."""
    wanted = None if signals is None else set(signals)
    result = Score()
    for call in calls:
        _score_call(call, wanted, result)
    return result


def _score_call(call: Scored, wanted: set[str] | None, result: Score) -> None:
    labels = [label for label in call.truth.labels if wanted is None or label.id in wanted]
    findings = [finding for finding in call.findings if wanted is None or finding.signal in wanted]
    result.calls += 1
    labelled, found = {label.id for label in labels}, {finding.signal for finding in findings}
    for signal in labelled | found:
        counts = result.signals.setdefault(signal, Counts())
        counts.true += signal in labelled and signal in found
        if signal not in found:
            counts.missed += 1
            result.errors.append(f"- {call.truth.id}: {signal}")
        if signal not in labelled:
            counts.false += 1
            quotes = "; ".join(finding.quote for finding in findings if finding.signal == signal)
            result.errors.append(f"+ {call.truth.id}: {signal} ({quotes})")
    turns = Counter((finding.signal, call.turn_of(finding)) for finding in findings)
    for label in labels:
        if label.turn is not None:
            hit = any(turns[label.id, label.turn + offset] for offset in (-1, 0, 1))
            counts = result.signals.setdefault(label.id, Counts())
            counts.turn_hit += hit
            counts.turn_missed += not hit
    if not call.truth.labels:
        result.clean_calls += 1
        result.clean_alarms += len(found)
    _score_near_misses(call.truth.near_misses, turns, wanted, result)


def _score_near_misses(
    near: Iterable[Label], turns: Counter[tuple[str, int | None]], wanted: set[str] | None, result: Score
) -> None:
    for label in near:
        if wanted is None or label.id in wanted:
            result.near_misses += 1
            result.near_miss_alarms += turns[label.id, label.turn] > 0


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
