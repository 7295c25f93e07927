"""Anger in the speed of speech: the customer hurries, against the own usual speed."""

from __future__ import annotations

import math

from speechqc.analyzers.anger_parts import HALF_LIFE_S, Part
from speechqc.analyzers.decay import Fading
from speechqc.analyzers.speech_units import count_units, spelled_digits
from speechqc.analyzers.voice_baseline import Baseline, Population, Recent
from speechqc.events import Utterance

POPULATION = {
    "zh": Population(mean=math.log(4.1), between_sd=0.21, within_sd=0.35),
    "en": Population(mean=math.log(2.5), between_sd=0.15, within_sd=0.35),
}
"""Natural log of characters (zh) or words (en) a second. The normal bands of the domain brief, 3.3-5.0 and
2.2-2.8, as one standard deviation to each side; within a speaker a product default."""
HURRIED, RACING = 1.0, 2.5
"""Deviations between which the points rise from none to all."""
LIMIT = 6.0
"""Anger is faster in most studies and slower in some (Juslin & Laukka 2003, table 7: 28 of 35 fast), so
speed only ever tips what words and voice have said."""
MIN_UNITS, MIN_S = 4, 1.0
"""Less says nothing about speed: 对对对 is quick in anybody's mouth."""
BASELINE_S = 60.0
MEMORY_S = 5.0


class AngerRate:
    """Points from final utterances that are faster than the customer's first minute of speech."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._baseline = Baseline(POPULATION["zh" if language.startswith("zh") else "en"])
        self._recent = Recent(memory_s=MEMORY_S)
        self._baseline_until = math.inf
        self._faded = Fading(half_life_s=HALF_LIFE_S)
        self._deviation = 0.0

    def feed(self, heard: Utterance) -> None:
        """Take a final utterance of the customer; numbers read out say nothing about speed."""
        units, seconds = count_units(heard.text, self._language), heard.end - heard.start
        if units < MIN_UNITS or seconds < MIN_S or spelled_digits(heard.text, self._language):
            return
        rate = math.log(units / seconds)
        self._recent.add(rate, seconds)
        deviation = self._baseline.deviation(self._recent.mean, self._recent.heard_s)
        points = LIMIT * min(max((deviation - HURRIED) / (RACING - HURRIED), 0.0), 1.0)
        if points > self._faded.at(heard.end):
            self._faded.set(points, heard.end)
            self._deviation = round(deviation, 2)
        self._baseline_until = min(self._baseline_until, heard.start + BASELINE_S)
        if heard.end <= self._baseline_until:
            self._baseline.learn(rate, seconds)

    def parts(self, now: float) -> list[Part]:
        """The points left at call time `now`, with the deviation they came from."""
        return [Part("voice.rate", self._faded.at(now), self._deviation)]
