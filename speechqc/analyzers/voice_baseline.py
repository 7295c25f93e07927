"""How far a voice lies from how its speaker usually sounds.

Before a speaker has been heard the population stands in for the own voice; every second of baseline
moves the expectation towards the own mean and narrows it: the usual estimate of a normal mean from a
normal prior (empirical Bayes).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from speechqc.events import Prosody

DEVIATION_LIMIT = 4.0
TRACKED_RANGE = 2.0
"""A top of the pitch an octave and more above its median is a slip of the tracker, not a voice."""
STEADINESS = 0.4
"""Means over n seconds of one calm speaker scatter by n to the power of minus this: neighbouring
seconds are alike, so less is averaged out than the square root promises. Measured with the spreads."""


@dataclass(frozen=True, slots=True)
class Population:
    """Calm speech on a telephone band: mean, spread between speakers, spread of one speaker's seconds."""

    mean: float
    between_sd: float
    within_sd: float


POPULATION = {
    "centroid": Population(mean=6.39, between_sd=0.29, within_sd=0.26),
    "balance": Population(mean=-9.8, between_sd=4.2, within_sd=4.4),
    "f0": Population(mean=7.48, between_sd=0.43, within_sd=0.31),
    "f0_high": Population(mean=7.75, between_sd=0.45, within_sd=0.42),
}
"""Measured by ``evaluation/anger.py`` on read and telephone speech without emotion labels: 48 Mandarin
and English speakers, spread within a speaker from four sides of two telephone calls."""


def features(heard: Prosody) -> dict[str, float]:
    """What no gain changes: natural log of the centroid, balance in dB, f0 in octaves (log2 Hz)."""
    values = {"balance": heard.balance_db}
    if heard.centroid_hz > 0.0:
        values["centroid"] = math.log(heard.centroid_hz)
    if heard.f0_hz is not None:
        values["f0"] = math.log2(heard.f0_hz)
        if heard.f0_high_hz is not None and heard.f0_high_hz < TRACKED_RANGE * heard.f0_hz:
            values["f0_high"] = math.log2(heard.f0_high_hz)
    return values


class Baseline:
    """What one feature is expected to be for one speaker."""

    def __init__(self, population: Population) -> None:
        self._population = population
        self._prior_s = (population.within_sd / population.between_sd) ** 2
        self._weight_s = self._prior_s
        self._sum = self._prior_s * population.mean

    def learn(self, value: float, weight_s: float) -> None:
        """Take `value`, heard for `weight_s` seconds, into the expectation."""
        self._weight_s += weight_s
        self._sum += weight_s * value

    def deviation(self, value: float, heard_s: float) -> float:
        """Standard deviations of `value`, a mean over `heard_s` seconds, above the expectation; ±4 at most."""
        spread = self._population
        within_sd = spread.within_sd * heard_s**-STEADINESS
        between_sd = spread.between_sd * math.sqrt(self._prior_s / self._weight_s)
        deviation = (value - self._sum / self._weight_s) / math.hypot(within_sd, between_sd)
        return min(max(deviation, -DEVIATION_LIMIT), DEVIATION_LIMIT)


class Recent:
    """A mean that forgets: speech `memory_s` seconds back counts a third."""

    def __init__(self, *, memory_s: float) -> None:
        self._memory_s = memory_s
        self._sum = 0.0
        self.heard_s = 0.0
        """Seconds of speech in the mean, `memory_s` in the long run."""

    @property
    def mean(self) -> float:
        return self._sum / self.heard_s

    def add(self, value: float, duration_s: float) -> None:
        """Take in `value`, heard for `duration_s`."""
        kept = math.exp(-duration_s / self._memory_s)
        added_s = self._memory_s * (1.0 - kept)
        self._sum = kept * self._sum + added_s * value
        self.heard_s = kept * self.heard_s + added_s
