"""What is known of one call, collected from its events; what reports and commands show."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from speechqc.events import (
    Alert,
    CallEnded,
    CallKind,
    CallStarted,
    Event,
    Finding,
    FindingState,
    Gap,
    Metrics,
    Practice,
    Promise,
    Rescoped,
    Utterance,
)


@dataclass
class Judgement:
    """All that is known of a call once it is over."""

    started: CallStarted
    utterances: list[Utterance] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    course: list[Metrics] = field(default_factory=list)
    """The running numbers, one a second: anger and talk ratio over time."""
    practices: list[Practice] = field(default_factory=list)
    promises: list[Promise] = field(default_factory=list)
    kind: CallKind = field(init=False)
    """What the call turned out to be for."""
    ended: CallEnded | None = None
    warning: str | None = None
    _findings: dict[str, Finding] = field(default_factory=dict)
    _alerts: dict[str, Alert] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.kind = self.started.kind

    @property
    def findings(self) -> list[Finding]:
        """The confirmed findings, in order of time."""
        confirmed = [f for f in self._findings.values() if f.state is FindingState.CONFIRMED]
        return sorted(confirmed, key=lambda finding: (finding.start, finding.rule))

    @property
    def alerts(self) -> list[Alert]:
        """The alerts a supervisor saw, each in its last state; empty for a call judged afterwards."""
        return sorted(self._alerts.values(), key=lambda alert: alert.opened_at)

    @property
    def duration_s(self) -> float:
        return self.ended.at if self.ended else max((u.end for u in self.utterances), default=0.0)

    @property
    def metrics(self) -> Metrics | None:
        return self.course[-1] if self.course else None

    @property
    def speech_s(self) -> float:
        return sum(utterance.end - utterance.start for utterance in self.utterances)

    @property
    def not_analysed_s(self) -> float:
        return sum(gap.end - gap.start for gap in self.gaps)

    @property
    def understood(self) -> bool:
        """False when most of what was said could not be analysed."""
        return self.not_analysed_s <= 0.5 * self.speech_s

    def add(self, events: Iterable[Event]) -> None:
        """Take in inputs and outputs of the engine in the order they came."""
        for event in events:
            if isinstance(event, Finding):
                self._findings[event.id] = event
            elif isinstance(event, Utterance) and event.final:
                self.utterances.append(event)
            elif isinstance(event, Gap):
                self.gaps.append(event)
            elif isinstance(event, Metrics):
                self.course.append(event)
            elif isinstance(event, Practice):
                self.practices.append(event)
            elif isinstance(event, Promise):
                self.promises.append(event)
            elif isinstance(event, Rescoped):
                self.kind = event.kind
            elif isinstance(event, CallEnded):
                self.ended = event
            elif isinstance(event, Alert):
                self._alerts[event.id] = event
