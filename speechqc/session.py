"""One call from bytes to events: audio in, steps to recognise out, events out when they are recognised.

Synchronous and without threads, sockets or a clock. Whoever drives it (live service, batch analysis,
recovery from the journal) does three things in turn::

    for step in session.push(payload):          # bytes of any length
        hypotheses = ...decode(step.hops)        # however, wherever
        events = session.advance(step, hypotheses)

A step is one hop of call time of all channels together. Because steps are cut by the clock of the
audio and are advanced in order, the same audio gives the same events whatever the frame size, the
speed or the load.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from speechqc.asr.recognizer import SAMPLE_RATE, Hop, Hypothesis
from speechqc.asr.recognizer import Samples as ChannelSamples
from speechqc.audio.decoder import StreamDecoder
from speechqc.audio.format import AudioFormat
from speechqc.engine import CallEngine
from speechqc.events import (
    CallClock,
    CallEnded,
    CallStarted,
    Event,
    Gap,
    Prosody,
    Role,
    SpeechActivity,
    Utterance,
    VoiceEmotion,
    Word,
)
from speechqc.speech.front_end import ChannelFrontEnd, FrontEndHop, SpeechAudio
from speechqc.speech.settings import SpeechSettings
from speechqc.speech.stretches import Stretches, VoiceStretch

WORDLESS_S = 1.0
"""Speech in which no word was recognised is a gap from this length; less is a cough or a sigh."""


EMOTION_STEPS = 12
"""Steps after which what a classifier of voices says of a stretch counts: about two seconds for it to listen,
the same in a live call as in a recording."""


CLOCK_EVERY = 3
"""Steps between two clock events while others pass: about half a second, as fine as any deadline is."""


@dataclass(slots=True)
class _Open:
    """An utterance being heard on one channel."""

    stream: int
    role: Role
    start: float
    end: float
    turn: int | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One hop of call time: what the front ends noticed and what must be recognised before it counts."""

    index: int
    at: float
    """Call time at the end of the hop, seconds."""
    hops: tuple[Hop, ...]
    heard: tuple[SpeechActivity | Prosody, ...]
    utterances: tuple[_Open, ...]
    """The open utterance behind each hop, in the order of `hops`."""
    stretches: tuple[VoiceStretch, ...] = ()
    """Speech of the customer that was completed, for a classifier of voices."""
    due: tuple[VoiceStretch, ...] = ()
    """Earlier stretches: what the classifier says of them counts from this step on."""


@dataclass(frozen=True, slots=True)
class Advanced:
    """What one step came to: `inputs` for the journal, `outputs` of the engine for everybody else."""

    step: int
    at: float
    inputs: tuple[Event, ...]
    outputs: tuple[Event, ...]


class CallSession:
    """The state of one call between its audio and its findings.

    Args:
        started: the call's first event.
        audio: encoding, rate and channel order of the bytes that will be pushed.
        emotions: collect the customer's speech for a classifier of voices.
        engine: the call's own engine, not yet fed.
        open_stream: gives a new stream number of the recogniser for each utterance.
        recognizer: name written into every utterance as its source.
    """

    def __init__(
        self,
        started: CallStarted,
        audio: AudioFormat,
        *,
        engine: CallEngine,
        open_stream: Callable[[], int],
        recognizer: str,
        speech: SpeechSettings | None = None,
        emotions: bool = False,
    ) -> None:
        self.started = started
        self._decoder = StreamDecoder(audio)
        self._engine = engine
        self._open_stream = open_stream
        self._source = recognizer
        settings = speech or SpeechSettings()
        self._front_ends = [ChannelFrontEnd(started.call_id, role, settings) for role in audio.roles]
        self._open: dict[Role, _Open] = {}
        self._stretches = {
            role: Stretches(role) for role in audio.roles if emotions and role is Role.CUSTOMER
        }
        self._unjudged: deque[tuple[int, VoiceStretch]] = deque()
        self._turn = -1
        self._turn_role: Role | None = None
        self._at = 0.0

    @property
    def position_s(self) -> float:
        """Call time of the last advanced step."""
        return self._at

    def begin(self) -> Advanced:
        """Feed the engine the call's first event; history rules fire here."""
        return self._feed(-1, 0.0, [self.started])

    def push(self, payload: bytes) -> list[Step]:
        """The steps that `payload` completes; an odd rest is kept for the next call."""
        return self.push_samples(self._decoder.push(payload))

    def push_samples(self, samples: ChannelSamples) -> list[Step]:
        """As :meth:`push`, for audio that is decoded already: float32 (channels, n) at 16 kHz."""
        if not samples.shape[1]:
            return []
        return self._steps([front.push(samples[i]) for i, front in enumerate(self._front_ends)])

    def finish(self) -> list[Step]:
        """The steps of the tail: the last partial hop and every utterance still open."""
        samples = self._decoder.finish()
        hops = [
            [*front.push(samples[i]), *front.finish()] if samples.shape[1] else front.finish()
            for i, front in enumerate(self._front_ends)
        ]
        steps = self._steps(hops)
        if self._unjudged:
            left = tuple(stretch for _, stretch in self._unjudged)
            self._unjudged.clear()
            steps[-1] = replace(steps[-1], due=(*steps[-1].due, *left))
        return steps

    def advance(
        self, step: Step, hypotheses: Sequence[Hypothesis], emotions: Sequence[VoiceEmotion] = ()
    ) -> Advanced:
        """Bring the recognised words of `step` to the engine, agent's side first.

        Args:
            emotions: what the classifier of voices said of the stretches that are due.
        """
        heard = {hypothesis.stream: hypothesis for hypothesis in hypotheses}
        inputs: list[Event] = [*step.heard, *emotions]
        for hop, utterance in zip(step.hops, step.utterances, strict=True):
            hypothesis = heard.get(hop.stream)
            if hypothesis is None:
                continue
            if hypothesis.text or utterance.turn is not None:
                inputs.append(self._utterance(utterance, hypothesis))
            elif hypothesis.final and utterance.end - utterance.start >= WORDLESS_S:
                inputs.append(self._gap(utterance.role, utterance.start, utterance.end, "no_words"))
        if not inputs or step.index % CLOCK_EVERY == 0:
            inputs.append(CallClock(call_id=self.started.call_id, at=step.at))
        return self._feed(step.index, step.at, inputs)

    def skip(self, step: Step, reason: str, emotions: Sequence[VoiceEmotion] = ()) -> Advanced:
        """Go on without the words of `step`; the loss is an event, never silent."""
        gaps = [
            self._gap(
                utterance.role,
                max(utterance.start, step.at - len(hop.samples) / SAMPLE_RATE),
                step.at,
                reason,
            )
            for hop, utterance in zip(step.hops, step.utterances, strict=True)
        ]
        return self._feed(step.index, step.at, [*step.heard, *emotions, *gaps])

    def replay(self, step: Step, inputs: Iterable[Event]) -> Advanced:
        """Advance `step` with the inputs the journal kept, instead of recognising again."""
        recorded = list(inputs)
        for event in recorded:
            if isinstance(event, Utterance):
                self._note_turn(event.role, event.turn)
                for utterance in step.utterances:
                    if utterance.role is event.role and utterance.start == event.start:
                        utterance.turn = event.turn
        return self._feed(step.index, step.at, recorded)

    def end(self, reason: str) -> Advanced:
        """Close the call: deadlines that wait for the end pass now."""
        ended = CallEnded(call_id=self.started.call_id, at=self._at, reason=reason)
        return self._feed(-2, self._at, [ended])

    # -- parts ---------------------------------------------------------------------------------

    def _steps(self, channels: Sequence[Sequence[FrontEndHop]]) -> list[Step]:
        return [self._step(hops) for hops in zip(*channels, strict=True)]

    def _step(self, channel_hops: Sequence[FrontEndHop]) -> Step:
        hops: list[Hop] = []
        utterances: list[_Open] = []
        heard: list[SpeechActivity | Prosody] = []
        stretches: list[VoiceStretch] = []
        index, at = 0, 0.0
        for front, hop in zip(self._front_ends, channel_hops, strict=True):
            index, at = hop.index, hop.at
            heard.extend(hop.events)
            for audio in hop.audio:
                self._collect(front.role, audio, hops, utterances)
                if front.role in self._stretches and (stretch := self._stretches[front.role].feed(audio)):
                    stretches.append(stretch)
        due = self._due(index)
        self._unjudged.extend((index + EMOTION_STEPS, stretch) for stretch in stretches)
        return Step(index, at, tuple(hops), tuple(heard), tuple(utterances), tuple(stretches), due)

    def _due(self, index: int) -> tuple[VoiceStretch, ...]:
        due = []
        while self._unjudged and self._unjudged[0][0] <= index:
            due.append(self._unjudged.popleft()[1])
        return tuple(due)

    def _collect(self, role: Role, audio: SpeechAudio, hops: list[Hop], utterances: list[_Open]) -> None:
        if audio.first:
            self._open[role] = _Open(self._open_stream(), role, audio.start, audio.start)
        utterance = self._open[role]
        utterance.end = max(audio.speech_end, utterance.end)
        hops.append(Hop(utterance.stream, audio.samples, audio.last))
        utterances.append(utterance)
        if audio.last:
            del self._open[role]

    def _utterance(self, utterance: _Open, hypothesis: Hypothesis) -> Utterance:
        if utterance.turn is None:
            utterance.turn = self._next_turn(utterance.role)
        words = tuple(
            Word(
                text=word.text,
                start=utterance.start + word.start,
                end=utterance.start + word.end,
                confidence=word.confidence,
            )
            for word in hypothesis.words
        )
        end = words[-1].end if words else utterance.end
        return Utterance(
            call_id=self.started.call_id,
            role=utterance.role,
            turn=utterance.turn,
            start=utterance.start,
            end=max(end, utterance.start),
            text=hypothesis.text,
            words=words,
            final=hypothesis.final,
            confidence=hypothesis.confidence,
            source=self._source,
        )

    def _next_turn(self, role: Role) -> int:
        if role is not self._turn_role:
            self._note_turn(role, self._turn + 1)
        return self._turn

    def _note_turn(self, role: Role, turn: int) -> None:
        if turn > self._turn:
            self._turn, self._turn_role = turn, role

    def _gap(self, role: Role, start: float, end: float, reason: str) -> Gap:
        return Gap(call_id=self.started.call_id, role=role, start=start, end=max(start, end), reason=reason)

    def _feed(self, index: int, at: float, inputs: list[Event]) -> Advanced:
        outputs = [output for event in inputs for output in self._engine.feed(event)]
        self._at = at
        return Advanced(index, at, tuple(inputs), tuple(outputs))
