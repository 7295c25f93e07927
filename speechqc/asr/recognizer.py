"""What every recogniser offers, so that the service does not care which one hears the call.

A stream is one utterance of one channel: it is opened when the voice activity detector hears speech
begin, fed in hops, and closed by the hop marked `last`. Many streams are pushed at once, because one
batched model call over all calls is what makes the recogniser cheap.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from speechqc.events import Word

SAMPLE_RATE = 16_000
Samples = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Hop:
    """The next audio of one stream: float32 mono at 16 kHz, -1..1; may be empty when `last`."""

    stream: int
    samples: Samples
    last: bool = False


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """What a stream says so far. Word times are seconds from the first sample of the stream."""

    stream: int
    words: tuple[Word, ...]
    text: str
    final: bool
    confidence: float | None = None


class Recognizer(Protocol):
    """A speech recogniser; all methods are called from one thread at a time."""

    name: str
    """As shown to people, e.g. ``bundled`` or ``whisper:small``."""
    min_confidence: float
    """An utterance the recogniser is less sure of than this (0..1) was not understood."""
    streaming: bool
    """True when hops give partial hypotheses; False when only the last hop gives text."""

    def open(self, *, language: str) -> int:
        """A new stream's number. Raises ModelError when `language` is not covered."""
        ...

    def push(self, hops: Sequence[Hop]) -> list[Hypothesis]:
        """Decode one batch with at most one hop a stream.

        Returns the hypotheses whose text changed, and one marked final for every hop marked `last`
        (also when nothing was understood: then with empty text). A stream's results must not depend
        on which other streams share the batch.
        """
        ...

    def close(self, stream: int) -> None:
        """Forget a stream whose end will never come."""
        ...
