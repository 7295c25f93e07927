"""Area under the ROC curve, with what chance leaves open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

DRAWS = 2_000
SEED = 20


@dataclass(frozen=True)
class Area:
    """An area and its 95 % interval by bootstrap over the clips of each class."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.2f} [{self.low:.2f}-{self.high:.2f}]"


def area(positive: Sequence[float], negative: Sequence[float]) -> Area:
    """Probability that a positive scores above a negative; ties count half."""
    above = _above(np.asarray(positive), np.asarray(negative))
    rng = np.random.default_rng(SEED)
    rows = rng.integers(len(positive), size=(DRAWS, len(positive)))
    columns = rng.integers(len(negative), size=(DRAWS, len(negative)))
    drawn = [above[np.ix_(row, column)].mean() for row, column in zip(rows, columns, strict=True)]
    low, high = np.quantile(drawn, (0.025, 0.975))
    return Area(float(above.mean()), float(low), float(high))


def _above(positive: npt.NDArray[np.float64], negative: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    difference = positive[:, None] - negative[None, :]
    return (difference > 0) + 0.5 * (difference == 0)
