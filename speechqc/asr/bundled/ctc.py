"""What a CTC network heard: slots, each a syllable or what it may have been instead."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

BLANK = 0
FRAME_S = 0.04
"""Time between output frames."""
_ALTERNATIVES = 6
_ALTERNATIVE_LOG_SPAN = 8.0
"""Syllables this much less likely (in nats) than the best of their slot are not considered."""

LogProbs = npt.NDArray[np.float32]


@dataclass(slots=True)
class Slot:
    """One syllable: where its peak is, and (syllable, log-probability) at the peak, the best first."""

    frame: int
    alternatives: list[tuple[int, float]]


@dataclass(frozen=True, slots=True)
class Frame:
    """One output frame; `alternatives` is empty when the blank won."""

    best: int
    alternatives: list[tuple[int, float]]


_SILENCE = Frame(BLANK, [])


def read_frames(log_probs: LogProbs) -> list[Frame]:
    """The frames (n, outputs) with the alternatives of those in which a syllable won."""
    best = log_probs.argmax(axis=1)
    frames = [_SILENCE] * len(best)
    voiced = np.flatnonzero(best != BLANK)
    rows = log_probs[voiced, BLANK + 1 :]
    top = np.argpartition(rows, -_ALTERNATIVES, axis=1)[:, -_ALTERNATIVES:]
    scores = np.take_along_axis(rows, top, axis=1)
    order = np.argsort(-scores, axis=1)
    top = np.take_along_axis(top, order, axis=1) + BLANK + 1
    scores = np.take_along_axis(scores, order, axis=1)
    for index, numbers, logs in zip(voiced.tolist(), top.tolist(), scores.tolist(), strict=True):
        least = logs[0] - _ALTERNATIVE_LOG_SPAN
        frames[index] = Frame(
            numbers[0], [pair for pair in zip(numbers, logs, strict=True) if pair[1] > least]
        )
    return frames


class SlotReader:
    """Frames of one stream to slots: equal neighbours are one syllable, the blank parts them."""

    def __init__(self) -> None:
        self.slots: list[Slot] = []
        self._frame = 0
        self._last = BLANK

    def feed(self, frames: list[Frame]) -> int:
        """Add `frames`; returns the number of the first slot that is new or changed."""
        changed = len(self.slots)
        for frame in frames:
            if frame.best != BLANK:
                if frame.best != self._last:
                    self.slots.append(Slot(self._frame, frame.alternatives))
                elif frame.alternatives[0][1] > self.slots[-1].alternatives[0][1]:
                    self.slots[-1].frame = self._frame
                    self.slots[-1].alternatives = frame.alternatives
                    changed = min(changed, len(self.slots) - 1)
            self._last = frame.best
            self._frame += 1
        return changed
