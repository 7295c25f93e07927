"""The judge of one call: events in, findings and metrics out.

Pure: no I/O, no clock, no threads. Live service, recordings, transcripts, replay and tests all drive
this one object, so the same words give the same findings wherever they come from.
"""

from __future__ import annotations

from speechqc.analyzers.anger import Anger
from speechqc.analyzers.compliance import Compliance
from speechqc.analyzers.customer_type import CustomerTypes
from speechqc.analyzers.practice import Practices
from speechqc.analyzers.promises import Promises
from speechqc.analyzers.scope import CallScope
from speechqc.analyzers.speech_rate import SpeechRate
from speechqc.analyzers.turn_taking import TurnTaking
from speechqc.errors import SpeechqcError
from speechqc.events import (
    CallEnded,
    CallStarted,
    Event,
    Gap,
    Metrics,
    Utterance,
)
from speechqc.rules.loader import RuleBook
from speechqc.rules.measures import Measure
from speechqc.rules.reader import CueHit, Reader, Reading

METRICS_EVERY_S = 1.0
UNRELIABLE_SHARE = 0.5
UNRELIABLE_AFTER_S = 4.0
"""When more than this share of at least this much speech was not understood, single words that seem clear are
chance: nothing of the call is judged by its words until understanding returns."""


class CallEngine:
    """Wires the analyzers of one call and owns its state.

    Args:
        book: the compiled rules, shared by all calls.
        min_confidence: an utterance that the recogniser was less sure of than this (0..1) is marked
            *not analysed*: it raises no finding from its words and is announced as a gap. ``None``
            trusts every word, which is right for transcripts.
    """

    def __init__(self, book: RuleBook, *, min_confidence: float | None = None) -> None:
        self._book = book
        self._min_confidence = min_confidence
        self._call: _Call | None = None

    def feed(self, event: Event) -> list[Event]:
        """The findings, gaps and metrics that `event` brings about, in order.

        Raises:
            SpeechqcError: the first event is no CallStarted, or a second CallStarted came.
        """
        if isinstance(event, CallStarted):
            if self._call is not None:
                raise SpeechqcError(f"call {event.call_id} was started twice")
            self._call = _Call(self._book, event, self._min_confidence)
        if self._call is None:
            raise SpeechqcError(f"a call begins with call_started, not {type(event).__name__}")
        return self._call.feed(event)


class _Call:
    def __init__(self, book: RuleBook, started: CallStarted, min_confidence: float | None) -> None:
        self._started = started
        self._min_confidence = min_confidence
        self._reader = Reader(book, started)
        self._measuring = (TurnTaking(started), SpeechRate(started), Anger(started))
        self._compliance = Compliance(book, started)
        self._scope = CallScope(started)
        self._promises = Promises(started)
        self._practices = Practices()
        self._customer_types = CustomerTypes()
        self._measures: dict[str, Measure] = {}
        self._not_analysed_s = 0.0
        self._understood_s = 0.0
        self._metrics_due = METRICS_EVERY_S

    def feed(self, event: Event) -> list[Event]:
        outputs: list[Event] = []
        reading: Reading | None = None
        cues: tuple[CueHit, ...] = ()
        if isinstance(event, Utterance):
            if self._doubtful(event):
                outputs.extend(self._not_understood(event))
            else:
                reading = self._reader.read(event)
                cues = reading.cues
                reading = self._rescoped(reading, outputs)
                outputs.extend(self._promises.feed(reading))
                outputs.extend(self._practices.feed(reading))
                outputs.extend(self._customer_types.feed(reading))
        elif isinstance(event, Gap):
            self._not_analysed_s += event.end - event.start
        for analyzer in self._measuring:
            if changed := analyzer.feed(event, cues):
                self._measures.update(changed)
        outputs += self._compliance.feed(event, reading, self._measures)
        outputs += self._metrics(event)
        return outputs

    def _rescoped(self, reading: Reading, outputs: list[Event]) -> Reading:
        """`reading` for the rules of the kind of call that its words make of it."""
        changed = self._scope.changed(reading.utterance, reading.cues)
        if changed is None:
            return reading
        started, rescoped = changed
        self._reader.rescope(started)
        outputs.append(rescoped)
        outputs.extend(self._compliance.rescope(started))
        return self._reader.again(reading)

    def _doubtful(self, utterance: Utterance) -> bool:
        limit = self._min_confidence
        if limit is None or utterance.confidence is None:
            return False
        if utterance.confidence >= limit and utterance.final:
            self._understood_s += utterance.end - utterance.start
        return utterance.confidence < limit or self._unreliable()

    def _unreliable(self) -> bool:
        heard_s = self._understood_s + self._not_analysed_s
        return heard_s >= UNRELIABLE_AFTER_S and self._not_analysed_s > UNRELIABLE_SHARE * heard_s

    def _not_understood(self, utterance: Utterance) -> list[Event]:
        if not utterance.final:
            return []
        self._not_analysed_s += utterance.end - utterance.start
        gap = Gap(
            call_id=utterance.call_id,
            role=utterance.role,
            start=utterance.start,
            end=utterance.end,
            reason="low_confidence",
        )
        return [gap]

    def _metrics(self, event: Event) -> list[Event]:
        at = _time_of(event)
        ended = isinstance(event, CallEnded)
        if at is None or (at < self._metrics_due and not ended):
            return []
        self._metrics_due = at + METRICS_EVERY_S
        return [
            Metrics(
                call_id=self._started.call_id,
                at=at,
                agent_talk_s=self._value("agent_talk_s") or 0.0,
                customer_talk_s=self._value("customer_talk_s") or 0.0,
                agent_talk_ratio=self._value("talk_ratio"),
                rolling_talk_ratio=self._value("talk_ratio_60s"),
                interruptions=int(self._value("interruptions") or 0),
                dead_air_s=self._value("dead_air_total_s") or 0.0,
                agent_rate=self._value("agent_rate"),
                customer_rate=self._value("customer_rate"),
                anger=self._value("anger") or 0.0,
                not_analysed_s=self._not_analysed_s,
            )
        ]

    def _value(self, name: str) -> float | None:
        measure = self._measures.get(name)
        return None if measure is None else measure.value


def _time_of(event: Event) -> float | None:
    at = getattr(event, "at", None)
    return at if isinstance(at, float) else getattr(event, "end", None)
