"""One channel of a call from samples to utterances, speech activity and prosody.

The channel advances in hops of call time, in speech and in silence alike, so that the channels of a
call stay in step and the same audio gives the same events however it was cut.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from speechqc.audio.format import SAMPLE_RATE
from speechqc.events import Prosody, Role, SpeechActivity
from speechqc.speech.endpoint import Begin, Cut, End, Mark, Segmenter, Talking
from speechqc.speech.prosody import Voice, measure
from speechqc.speech.settings import SpeechSettings
from speechqc.speech.vad import FadeGate, create_vad

Samples = npt.NDArray[np.float32]

SILENCE_POWER = 1e-12
SHORTEST_STRETCH_S = 0.2
"""Less speech than this gives no stable pitch or colour."""


@dataclass(frozen=True, slots=True)
class SpeechAudio:
    """The next audio of an utterance, for the recogniser; at most one a hop and utterance.

    The pieces of an utterance joined are its audio without a gap; after a forced cut the next
    utterance goes on with the very next sample.
    """

    start: float
    """Call time of the utterance's first sample, pre-roll included."""
    samples: Samples
    """Float32 at 16 kHz; may be empty when `last`."""
    first: bool
    last: bool
    speech_end: float
    """Call time at which speech was last heard."""
    reason: str = ""
    """Why the utterance ended when `last`: ``endpoint``, ``forced_cut`` or ``call_end``."""


@dataclass(frozen=True, slots=True)
class FrontEndHop:
    """One hop of call time. `at` is its end in seconds of call time.

    Speech is noticed after the fact, so the times inside `events` lie before `at`: an onset by about
    0.1-0.2 s, an end by `endpoint_s`.
    """

    index: int
    at: float
    events: tuple[SpeechActivity | Prosody, ...]
    audio: tuple[SpeechAudio, ...]


@dataclass(slots=True)
class _Utterance:
    """The open utterance; positions are samples from the start of the call."""

    start: int
    sent: int
    first: bool = True


@dataclass(slots=True)
class _Stretch:
    """Speech not yet measured."""

    start: int
    pieces: list[Samples] = field(default_factory=list)

    def split(self, at: int) -> tuple[Samples, _Stretch]:
        """The audio before `at`, and the stretch that goes on from there."""
        samples = np.concatenate(self.pieces) if self.pieces else np.empty(0, np.float32)
        done = max(at - self.start, 0)
        return samples[:done], _Stretch(self.start + done, [samples[done:]])


class ChannelFrontEnd:
    """Hears one channel of one call.

    Args:
        call_id: written into the events.
        role: who is on the channel.
        settings: how speech is detected and cut.
    """

    def __init__(self, call_id: str, role: Role, settings: SpeechSettings) -> None:
        self.call_id = call_id
        self.role = role
        self._frame = SAMPLE_RATE * settings.frame_ms // 1000
        self._hop = round(settings.hop_s * SAMPLE_RATE)
        self._stretch_samples = round(settings.prosody_s * SAMPLE_RATE)
        self._gate = 10 ** (settings.gate_db / 10)
        self._vad = create_vad(settings)
        self._fade = FadeGate(settings)
        self._segmenter = Segmenter(settings)
        # An utterance begins at most this long before the hop that notices it.
        reach_s = settings.pre_roll_s + settings.onset_ms / 1000 + 2 * settings.frame_s
        self._past = math.ceil(reach_s * SAMPLE_RATE)
        self._line: Samples = np.zeros(self._past + self._hop, np.float32)
        self._filled = 0  # samples of the current hop that have come
        self._position = 0  # first sample of the current hop
        self._index = 0
        self._utterance: _Utterance | None = None
        self._stretch: _Stretch | None = None
        self._talking = False

    def push(self, samples: Samples) -> list[FrontEndHop]:
        """The hops that `samples`, float32 (n,) at 16 kHz, complete."""
        hops: list[FrontEndHop] = []
        taken = 0
        while taken < len(samples):
            n = min(self._hop - self._filled, len(samples) - taken)
            at = self._past + self._filled
            self._line[at : at + n] = samples[taken : taken + n]
            self._filled += n
            taken += n
            if self._filled == self._hop:
                hops.append(self._advance())
        return hops

    def finish(self) -> list[FrontEndHop]:
        """One last hop, however short, with the rest of the audio; closes an open utterance."""
        return [self._advance(last=True)]

    # -- one hop ---------------------------------------------------------------------------------

    def _advance(self, *, last: bool = False) -> FrontEndHop:
        events: list[SpeechActivity | Prosody] = []
        audio: list[SpeechAudio] = []
        end = self._position + self._filled
        for mark in self._marks():
            self._apply(mark, events, audio, reason="endpoint")
        if last:
            for mark in self._segmenter.finish():
                self._apply(mark, events, audio, reason="call_end")
        self._send(end, audio)
        self._measure(events, end)
        hop = FrontEndHop(self._index, end / SAMPLE_RATE, tuple(events), tuple(audio))
        self._index += 1
        self._position = end
        self._line[: self._past] = self._line[self._filled : self._filled + self._past].copy()
        self._filled = 0
        return hop

    def _marks(self) -> list[Mark]:
        if not self._filled:
            return []
        hop = self._line[self._past :]
        hop[self._filled :] = 0.0
        frames = hop.reshape(-1, self._frame)
        power = np.einsum("ij,ij->i", frames, frames) / self._frame
        levels = (10 * np.log10(power + SILENCE_POWER)).tolist()
        voiced = self._fade.keep(self._vad.voiced(hop, (power >= self._gate).tolist()), levels)
        n = math.ceil(self._filled / self._frame)
        return self._segmenter.feed(voiced[:n], levels[:n])

    def _apply(
        self, mark: Mark, events: list[SpeechActivity | Prosody], audio: list[SpeechAudio], *, reason: str
    ) -> None:
        match mark:
            case Begin():
                start = mark.audio * self._frame
                self._utterance = _Utterance(start, start)
                self._stretch = _Stretch(mark.speech * self._frame)
            case Talking():
                self._talking = True
                events.append(self._activity(mark.at, speaking=True))
            case Cut():
                at = self._sample(mark.at)
                self._send(at, audio, reason="forced_cut")
                self._utterance = _Utterance(at, at)
            case End():
                self._send(self._sample(mark.at), audio, reason=reason)
                self._utterance = None
                if mark.talked:
                    self._close_stretch(events, self._sample(mark.speech))
                    events.append(self._activity(mark.speech, speaking=False))
                self._stretch, self._talking = None, False

    def _send(self, to: int, audio: list[SpeechAudio], *, reason: str = "") -> None:
        """Hand out the open utterance's audio up to sample `to`; a `reason` ends it."""
        utterance = self._utterance
        if utterance is None or (to <= utterance.sent and not reason):
            return
        samples = self._between(utterance.sent, to)
        self._note(utterance.sent, samples)
        heard = self._sample(self._segmenter.heard_to)
        audio.append(
            SpeechAudio(
                start=utterance.start / SAMPLE_RATE,
                samples=samples,
                first=utterance.first,
                last=bool(reason),
                speech_end=max(min(heard, max(to, utterance.sent)), utterance.start) / SAMPLE_RATE,
                reason=reason,
            )
        )
        utterance.sent, utterance.first = max(to, utterance.sent), False

    def _between(self, start: int, end: int) -> Samples:
        origin = self._position - self._past
        return self._line[start - origin : max(end, start) - origin].copy()

    def _sample(self, frame: int) -> int:
        """The sample at which `frame` begins, never past the audio that has come."""
        return min(frame * self._frame, self._position + self._filled)

    def _activity(self, frame: int, *, speaking: bool) -> SpeechActivity:
        at = self._sample(frame) / SAMPLE_RATE
        return SpeechActivity(call_id=self.call_id, role=self.role, at=at, speaking=speaking)

    # -- prosody ---------------------------------------------------------------------------------

    def _note(self, at: int, samples: Samples) -> None:
        stretch = self._stretch
        if stretch is not None:
            stretch.pieces.append(samples[max(stretch.start - at, 0) :] if not stretch.pieces else samples)

    def _measure(self, events: list[SpeechActivity | Prosody], end: int) -> None:
        """Measure a stretch that is long enough, while speech goes on."""
        stretch, heard = self._stretch, self._sample(self._segmenter.heard_to)
        if stretch is None or not self._talking or heard <= end - self._hop:
            return
        if heard - stretch.start >= self._stretch_samples:
            self._stretch = self._close_stretch(events, heard)

    def _close_stretch(self, events: list[SpeechActivity | Prosody], end: int) -> _Stretch | None:
        if self._stretch is None:
            return None
        samples, rest = self._stretch.split(end)
        if len(samples) >= SHORTEST_STRETCH_S * SAMPLE_RATE and (voice := measure(samples)) is not None:
            events.append(self._prosody(self._stretch.start, len(samples), voice))
        return rest

    def _prosody(self, start: int, n: int, voice: Voice) -> Prosody:
        return Prosody(
            call_id=self.call_id,
            role=self.role,
            start=start / SAMPLE_RATE,
            end=(start + n) / SAMPLE_RATE,
            level_db=voice.level_db,
            balance_db=voice.balance_db,
            centroid_hz=voice.centroid_hz,
            voiced_share=voice.voiced_share,
            f0_hz=voice.f0_hz,
            f0_high_hz=voice.f0_high_hz,
        )
