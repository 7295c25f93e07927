"""Stretches of speech long enough for a classifier of voices, cut out of the utterances as they are heard."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from speechqc.audio.format import SAMPLE_RATE
from speechqc.events import Role
from speechqc.speech.front_end import Samples, SpeechAudio

SHORTEST_S, LONGEST_S = 2.0, 8.0
"""Classifiers of emotion are trained on sentences: a word is too little, a monologue costs more and says no more."""


@dataclass(frozen=True, slots=True, eq=False)
class VoiceStretch:
    """Speech of one role between two pauses, or the first `LONGEST_S` of it."""

    role: Role
    start: float
    """Call time of the first sample, seconds."""
    samples: Samples
    """Float32 at 16 kHz."""

    @property
    def end(self) -> float:
        return self.start + len(self.samples) / SAMPLE_RATE


@dataclass(slots=True)
class Stretches:
    """Collects the stretches of one channel; holds at most `LONGEST_S` of audio."""

    role: Role
    _start: float = 0.0
    _pieces: list[Samples] = field(default_factory=list)
    _length: int = 0

    def feed(self, audio: SpeechAudio) -> VoiceStretch | None:
        """Take the next audio of an utterance; the stretch that is complete with it."""
        if audio.first:
            self._start, self._pieces, self._length = audio.start, [], 0
        self._pieces.append(audio.samples)
        self._length += len(audio.samples)
        full = self._length >= LONGEST_S * SAMPLE_RATE
        if not full and not audio.last:
            return None
        stretch = VoiceStretch(self.role, self._start, np.concatenate(self._pieces))
        self._start, self._pieces, self._length = stretch.end, [], 0
        return stretch if len(stretch.samples) >= SHORTEST_S * SAMPLE_RATE else None
