"""Words with times for a decoder that gave only text.

A finding needs to know its place to about half a second, which needs no alignment by cross-attention:
words are laid out in the time in which the passage was loud, in proportion to the syllables they take.
"""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt

from speechqc.asr.recognizer import SAMPLE_RATE, Samples
from speechqc.events import Word

FRAME = SAMPLE_RATE // 50
"""20 ms."""
SPEECH_BELOW_PEAK_DB = 30.0
"""Telephone speech stays within about 30 dB of its loud frames; pauses lie below."""
_LETTER_WEIGHT = 0.4
"""A Latin letter against a syllable: an English syllable is written with 2 to 3 letters."""

_HAN = "㐀-鿿豈-﫿"
_WORD = re.compile(rf"(?:[{_HAN}]|(?:(?![{_HAN}])[\w'’%.\-])+)(?:(?![{_HAN}])[^\w\s])*")


def spread_words(text: str, samples: Samples, confidence: float | None) -> tuple[Word, ...]:
    """The words of `text` over the loud parts of `samples` (float32 mono, 16 kHz).

    A word is one Chinese character or a run of other letters and digits, with the punctuation that
    follows it. Times are seconds from the first sample, rising, without overlap.
    """
    words = _WORD.findall(text)
    if not words:
        return ()
    weights = np.array([_weight(word) for word in words])
    edges = np.concatenate(([0.0], np.cumsum(weights) / weights.sum()))
    starts, ends = _times_of_speech_shares(edges, samples)
    return tuple(
        Word(text=word, start=float(start), end=float(end), confidence=confidence)
        for word, start, end in zip(words, starts[:-1], ends[1:], strict=True)
    )


def quietest_sample(samples: Samples, *, first: int, last: int) -> int:
    """Where to cut: the middle of the quietest 200 ms between two sample positions."""
    levels = frame_energy(samples[first:last])
    if len(levels) == 0:
        return last
    window = min(10, len(levels))
    smooth = np.convolve(levels, np.ones(window), mode="valid")
    return first + (int(np.argmin(smooth)) + window // 2) * FRAME


def frame_energy(samples: Samples) -> npt.NDArray[np.float64]:
    """Mean square of each whole 20 ms frame."""
    frames = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME).astype(np.float64)
    return np.asarray(np.mean(frames * frames, axis=1), dtype=np.float64)


Seconds = npt.NDArray[np.float64]


def _times_of_speech_shares(shares: Seconds, samples: Samples) -> tuple[Seconds, Seconds]:
    """When the given shares (0..1) of the loud time have passed: after a pause, and before it."""
    energy = frame_energy(samples)
    if not energy.any():
        even = shares * (len(samples) / SAMPLE_RATE)
        return even, even
    floor = np.quantile(energy, 0.95) * 10 ** (-SPEECH_BELOW_PEAK_DB / 10)
    loud = np.flatnonzero(energy >= floor)
    passed = shares * len(loud)
    after = np.minimum(np.floor(passed).astype(int), len(loud) - 1)
    before = np.clip(np.ceil(passed).astype(int) - 1, 0, len(loud) - 1)
    frame_s = FRAME / SAMPLE_RATE
    return (loud[after] + passed - after) * frame_s, (loud[before] + passed - before) * frame_s


def _weight(word: str) -> float:
    return max(
        sum(
            _LETTER_WEIGHT if letter.isascii() and letter.isalpha() else 1.0
            for letter in word
            if letter.isalnum()
        ),
        _LETTER_WEIGHT,
    )
