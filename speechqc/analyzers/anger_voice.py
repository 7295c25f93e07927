"""Anger in the voice: brighter first, higher second, both against the speaker's own first minute.

Loudness is not used. Level separates angry from neutral clips the wrong way round as often as the
right way (AUC 0.13 to 0.97 over four corpora), and a line that is turned up or down in the middle of
a call must change nothing; a raised voice also shows in the spectrum, which no gain can change.
"""

from __future__ import annotations

import math

from speechqc.analyzers.anger_parts import HALF_LIFE_S, Part
from speechqc.analyzers.decay import Fading
from speechqc.analyzers.voice_baseline import POPULATION, Baseline, Recent, features
from speechqc.events import Prosody

EFFECT = {"centroid": 2.32, "balance": 1.88, "f0": 1.52, "f0_high": 1.40}
"""Weight of a feature: angry minus neutral, Cohen's d, mean of four corpora: Mandarin talk (negative, not
only angry: 1.05, 0.98, 0.23, 0.22), RAVDESS (acted, English: 1.97, 1.47, 1.20, 1.32), Emo-DB (acted,
German: 3.80, 2.85, 2.34, 2.03) and URDU (spontaneous: 2.44, 2.20, 2.29, 2.01)."""
GROUPS = {"voice.brightness": ("centroid", "balance"), "voice.pitch": ("f0", "f0_high")}
CALM, FURIOUS = 1.5, 3.0
"""Weighted deviations between which the points rise from few to all. Calm speech on the telephone
stays below 1.5 in 95 % of its time (standard deviation 0.7); angry speech of one speaker lay 0.37-0.77
octave and 0.2-0.9 log centroid higher, which is 1.8 at the low ends and beyond 3 in the middle."""
CALM_SHARE = 0.1
"""What a voice at the upper end of calm is given: too little for any level, enough to show which way it goes."""
LIMIT = 45.0
"""All the voice can give: calm words in a furious voice are level 1 (35) and never level 2 (60)."""
BASELINE_S = 60.0
BASELINE_SPEECH_S = 10.0
"""The baseline ends with the first minute or after so much own speech: customers who grow angry within
the minute must not become their own baseline. On calm calls ten seconds give as few points as sixty."""
MEMORY_S = 5.0
AROUSED_LEARNING = 0.2
"""What is left of a stretch's weight in the baseline when it is fully aroused. Not nothing: a bright
line or a high voice has to become the baseline too."""

MIN_VOICED_SHARE = 0.1
"""Less voice than this is noise on the line, not a speaker: speech was seen to be voiced for a third and more."""


class AngerVoice:
    """Points from how the customer sounds.

    The last seconds of speech are judged against the baseline known so far; the first `BASELINE_SPEECH_S`
    of speech within `BASELINE_S` of the customer's first word become part of it. Points rise at once and
    fade.
    """

    def __init__(self) -> None:
        self._baselines = {name: Baseline(population) for name, population in POPULATION.items()}
        self._recent = {name: Recent(memory_s=MEMORY_S) for name in POPULATION}
        self._baseline_until = math.inf
        self._baseline_speech_s = 0.0
        self._faded = {name: Fading(half_life_s=HALF_LIFE_S) for name in GROUPS}
        self._deviations = dict.fromkeys(GROUPS, 0.0)

    def feed(self, heard: Prosody) -> float:
        """Take a stretch of the customer's speech; how aroused it sounds, 0 (calm) to 1 (furious)."""
        duration_s = heard.end - heard.start
        if duration_s <= 0.0 or heard.voiced_share < MIN_VOICED_SHARE:
            return 0.0
        values = features(heard)
        for name, value in values.items():
            self._recent[name].add(value, duration_s)
        deviations = self.deviations()
        aroused = arousal(deviations)
        self._raise(deviations, heard.end)
        self._baseline_until = min(self._baseline_until, heard.start + BASELINE_S)
        if heard.end <= self._baseline_until and self._baseline_speech_s < BASELINE_SPEECH_S:
            self._baseline_speech_s += duration_s
            weight = 1.0 - (1.0 - AROUSED_LEARNING) * aroused
            for name, value in values.items():
                self._baselines[name].learn(value, weight * duration_s)
        return aroused

    def deviations(self) -> dict[str, float]:
        """Each feature of the last seconds in standard deviations above the baseline."""
        return {
            name: self._baselines[name].deviation(recent.mean, recent.heard_s)
            for name, recent in self._recent.items()
            if recent.heard_s > 0.0
        }

    def parts(self, now: float) -> list[Part]:
        """The points left at call time `now`, with the deviations they came from."""
        return [Part(name, faded.at(now), self._deviations[name]) for name, faded in self._faded.items()]

    def _raise(self, deviations: dict[str, float], at: float) -> None:
        points = LIMIT * arousal(deviations)
        if points <= sum(faded.at(at) for faded in self._faded.values()):
            return
        for group, share in _shares(deviations).items():
            self._faded[group].set(points * share, at)
            self._deviations[group] = round(_mean(deviations, group), 2)


def score(deviations: dict[str, float]) -> float:
    """The deviations in one number, weighted by effect; features that were not heard are left out."""
    weight = sum(EFFECT[name] for name in deviations)
    return sum(EFFECT[name] * value for name, value in deviations.items()) / weight if weight else 0.0


def arousal(deviations: dict[str, float]) -> float:
    """0 (calm) to 1 (furious): slowly up to `CALM_SHARE` at `CALM`, then fast."""
    deviation = score(deviations)
    if deviation <= CALM:
        return CALM_SHARE * max(deviation, 0.0) / CALM
    return min(CALM_SHARE + (1.0 - CALM_SHARE) * (deviation - CALM) / (FURIOUS - CALM), 1.0)


def _mean(deviations: dict[str, float], group: str) -> float:
    return score({name: deviations[name] for name in GROUPS[group] if name in deviations})


def _shares(deviations: dict[str, float]) -> dict[str, float]:
    """What part each group has in a positive score."""
    pulls = {
        group: max(0.0, sum(EFFECT[name] * deviations.get(name, 0.0) for name in names))
        for group, names in GROUPS.items()
    }
    whole = sum(pulls.values())
    return {group: pull / whole for group, pull in pulls.items()}
