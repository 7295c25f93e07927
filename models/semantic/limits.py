"""From scores of families held out to probabilities and to the limits from which a label counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.semantic.examples import Examples
from models.semantic.families import NEUTRAL

Floats = npt.NDArray[np.float32]

LANGUAGES = ("zh", "en")
NEAR_MISS_RATE = 0.03
NEUTRAL_RATE = 0.0
OTHER_RATE = 0.02
"""What may pass a limit: of the label's own near misses, of neutral talk, of texts of other labels of the role."""
_MIN_LIMIT = 0.5
_MARGIN = 0.5
"""Log-odds added to every limit: the shipped network has seen all families and is surer of itself than the folds'."""
_STEPS = 300
_RIDGE = 1e-3


@dataclass(frozen=True, slots=True)
class Calibration:
    """``sigmoid(slope * log-odds + offset[language])`` is a label's probability, and counts from `limits`."""

    slope: Floats
    offset: Floats
    """(languages, labels); moved so that one limit serves all languages."""
    limits: Floats


def threshold(scores: Floats, examples: Examples, label: int, language: str | None = None) -> float:
    """The lowest score that keeps what should not count below the rates above."""
    kinds = kinds_of(examples, label, language)
    rates = {"near": NEAR_MISS_RATE, "neutral": NEUTRAL_RATE, "other": OTHER_RATE}
    bounds = [
        float(np.quantile(scores[kinds == kind, label], 1 - rate, method="higher"))
        for kind, rate in rates.items()
        if (kinds == kind).any()
    ]
    return max(bounds, default=0.0) + _MARGIN


def kinds_of(examples: Examples, label: int, language: str | None = None) -> npt.NDArray[np.str_]:
    """(texts,) what each text is to `label`: positive, near (miss), neutral, other, or nothing at all."""
    name, role = examples.labels[label], examples.roles[label]
    kinds: list[str] = []
    for family in examples.families:
        if family.role != role or name in family.also or language not in (None, family.language):
            kinds.append("")
        elif family.label == name:
            kinds.append("positive" if family.positive else "near")
        else:
            kinds.append("neutral" if family.label == NEUTRAL else "other")
    return np.array(kinds)


def calibrate(scores: Floats, examples: Examples) -> Calibration:
    """Fit the probabilities of every label (Platt 1999) and choose its limit, on scores of families held out."""
    count = len(examples.labels)
    slope, offset = np.ones(count, np.float32), np.zeros((len(LANGUAGES), count), np.float32)
    limits = np.full(count, _MIN_LIMIT, np.float32)
    for label in range(count):
        kinds = kinds_of(examples, label)
        known = kinds != ""
        slope[label], common = _platt(
            scores[known, label], kinds[known] == "positive", np.where(kinds[known] == "other", 0.3, 1.0)
        )
        bounds = [threshold(scores, examples, label, language) for language in LANGUAGES]
        limits[label] = max(_MIN_LIMIT, _sigmoid(slope[label] * max(bounds) + common))
        wanted = np.log(limits[label] / (1 - limits[label]))
        for number, bound in enumerate(bounds):
            offset[number, label] = wanted - slope[label] * bound
    return Calibration(slope, offset, limits)


def _platt(
    scores: Floats, positive: npt.NDArray[np.bool_], weight: npt.NDArray[np.float64]
) -> tuple[float, float]:
    """Slope and intercept of the logistic regression of `positive` on `scores`, by Newton's method."""
    design = np.stack([scores.astype(np.float64), np.ones(len(scores))], axis=1)
    solution = np.array([1.0, 0.0])
    for _ in range(_STEPS):
        chance = _sigmoid(design @ solution)
        gradient = design.T @ (weight * (positive - chance)) - _RIDGE * solution
        curvature = (design * (weight * chance * (1 - chance))[:, None]).T @ design + _RIDGE * np.eye(2)
        step = np.linalg.solve(curvature, gradient)
        solution += np.clip(step, -1, 1)
        if np.abs(step).max() < 1e-6:
            break
    return float(max(solution[0], 0.2)), float(solution[1])


def _sigmoid(value: npt.NDArray[np.float64] | float) -> npt.NDArray[np.float64]:
    return np.asarray(1 / (1 + np.exp(-np.clip(value, -60, 60))))
