"""What a CTC network heard: slots, each a syllable or what it may have been instead."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

BLANK = 0
FRAME_S = 0.04
"""Time between output frames."""
_ALTERNATIVES = 4
_ALTERNATIVE_LOG_SPAN = 6.0
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


def read_frames(log_probs: LogProbs) -> list[Frame]:
    """The frames (n, outputs) with the alternatives of those in which a syllable won."""
    best = log_probs.argmax(axis=1)
    frames = [Frame(BLANK, [])] * len(best)
    for index in np.flatnonzero(best != BLANK):
        row = log_probs[index, BLANK + 1 :]
        top = np.argpartition(row, -_ALTERNATIVES)[-_ALTERNATIVES:]
        top = top[np.argsort(-row[top])]
        scores = row[top]
        kept = top[scores > scores[0] - _ALTERNATIVE_LOG_SPAN] + BLANK + 1
        alternatives = list(zip(kept.tolist(), scores.tolist(), strict=False))
        frames[index] = Frame(int(best[index]), alternatives)
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
