"""Anger as a classifier of voices hears it, where the house brought one."""

from __future__ import annotations

from speechqc.analyzers.anger_parts import HALF_LIFE_S, Part
from speechqc.analyzers.decay import Fading
from speechqc.events import VoiceEmotion

UNSURE = 0.5
"""Probability from which the points rise."""
LIMIT = 40.0
"""A model that is sure makes calm words level 1 (35), as a furious voice does, and never level 2 (60)."""


class AngerModel:
    """Points from what the classifier said of stretches of the customer's speech; they rise at once and fade."""

    def __init__(self) -> None:
        self._faded = Fading(half_life_s=HALF_LIFE_S)
        self._anger = 0.0

    def feed(self, heard: VoiceEmotion) -> None:
        """Take what the classifier said of a stretch."""
        points = LIMIT * max(0.0, (heard.anger - UNSURE) / (1.0 - UNSURE))
        if points > self._faded.at(heard.end):
            self._faded.set(points, heard.end)
            self._anger = heard.anger

    def parts(self, now: float) -> list[Part]:
        """The points left at call time `now`, with the probability they came from."""
        return [Part("voice.model", self._faded.at(now), self._anger)]
