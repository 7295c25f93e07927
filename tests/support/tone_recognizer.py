"""A recogniser that hears tones: deterministic, streaming, without weights.

Each 160 ms of a pure tone is one letter of an alphabet of frequencies; a run of the same letter is one
letter, a pause between tones separates them. What it says depends on every sample of the stream, in
order, and on nothing else, so two ways of hearing the same call can be compared word for word.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from speechqc.asr.recognizer import SAMPLE_RATE, Hop, Hypothesis
from speechqc.errors import ModelError
from speechqc.events import Word

PHRASES = {
    500: "您好",
    700: "这款产品保本保息您放心",
    900: "理财有风险",
    1100: "不要再打电话给我了",
    1300: "我要投诉你们到银保监会",
    1500: "好的",
}
"""What a tone of so many hertz means."""
WINDOW = SAMPLE_RATE // 25
TOLERANCE_HZ = 40


@dataclass
class _Stream:
    rest: npt.NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))
    windows: int = 0
    heard: list[tuple[str, int, int]] = field(default_factory=list)
    """Phrase, first and last window."""


class ToneRecognizer:
    """Hears :data:`PHRASES`; `fails_at` raises on that many-th push, to see what a failure does."""

    name = "tones"
    streaming = True
    min_confidence = 0.5

    def __init__(self, *, fails_at: Sequence[int] = ()) -> None:
        self._streams: dict[int, _Stream] = {}
        self._next = 0
        self._pushes = 0
        self._fails_at = frozenset(fails_at)

    def open(self, *, language: str) -> int:
        if language != "zh":
            raise ModelError(f"tones are not spoken in {language}")
        self._next += 1
        self._streams[self._next] = _Stream()
        return self._next

    def push(self, hops: Sequence[Hop]) -> list[Hypothesis]:
        self._pushes += 1
        if self._pushes in self._fails_at:
            raise RuntimeError("the model fell over")
        return [found for hop in hops if (found := self._hear(hop)) is not None]

    def close(self, stream: int) -> None:
        self._streams.pop(stream, None)

    def _hear(self, hop: Hop) -> Hypothesis | None:
        stream = self._streams[hop.stream]
        before = list(stream.heard)
        samples = np.concatenate([stream.rest, hop.samples])
        whole = len(samples) - len(samples) % WINDOW
        for window in samples[:whole].reshape(-1, WINDOW):
            self._note(stream, window)
        stream.rest = samples[whole:]
        if hop.last:
            del self._streams[hop.stream]
        elif stream.heard == before:
            return None
        words = tuple(
            Word(text=text, start=first * 0.04, end=(last + 1) * 0.04, confidence=0.9)
            for text, first, last in stream.heard
        )
        return Hypothesis(hop.stream, words, "，".join(w.text for w in words), hop.last, 0.9)

    def _note(self, stream: _Stream, window: npt.NDArray[np.float32]) -> None:
        index, stream.windows = stream.windows, stream.windows + 1
        phrase = _phrase(window)
        if phrase is None:
            return
        if stream.heard and stream.heard[-1][0] == phrase and stream.heard[-1][2] >= index - 3:
            stream.heard[-1] = (phrase, stream.heard[-1][1], index)
        else:
            stream.heard.append((phrase, index, index))


def _phrase(window: npt.NDArray[np.float32]) -> str | None:
    if np.sqrt(np.mean(window**2)) < 0.05:
        return None
    spectrum = np.abs(np.fft.rfft(window * np.hanning(len(window)), 4096))
    peak = float(np.argmax(spectrum)) * SAMPLE_RATE / 4096
    nearest = min(PHRASES, key=lambda hz: abs(hz - peak))
    return PHRASES[nearest] if abs(nearest - peak) <= TOLERANCE_HZ else None
