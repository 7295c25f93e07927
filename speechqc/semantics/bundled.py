"""The classifier of meaning that ships with the project."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from speechqc.errors import ModelError
from speechqc.events import Role
from speechqc.semantics.classifier import FLOOR, Classifier, Meaning
from speechqc.semantics.network import Network
from speechqc.semantics.tokens import Vocabulary

FORMAT = 1
MAX_TOKENS = 400
"""What is read of an utterance; a longer one is several already."""
PART_TOKENS, _PART_CORE = 12, 5
"""The part that is quoted as the reason has at most and, where so much was said, at least so many tokens."""
_PART_MARGIN = 3.0
"""A neighbour belongs to the part while its log-odds are at most this far below the highest."""
_HINT = "install speechqc again, or train it with `python -m models.semantic`"
_LOG_ODDS_FLOOR = math.log(FLOOR / (1 - FLOOR))


class BundledClassifier:
    """Reads an utterance with a small convolutional network, see :mod:`speechqc.semantics.network`."""

    def __init__(self, arrays: Mapping[str, npt.NDArray[np.generic]]) -> None:
        self.name = str(arrays["name"])
        self._labels = _lines(arrays["labels"])
        self.limits: Mapping[str, float] = dict(
            zip(self._labels, np.asarray(arrays["limits"], float).tolist(), strict=True)
        )
        roles = _lines(arrays["roles"])
        self._of_role = {
            role: np.array([index for index, name in enumerate(roles) if name == role.value], np.intp)
            for role in Role
        }
        self._slope = np.asarray(arrays["slope"], np.float32)
        self._offset = dict(zip(("zh", "en"), np.asarray(arrays["offset"], np.float32), strict=True))
        self._vocabulary = Vocabulary(
            "".join(_lines(arrays["characters"])), np.asarray(arrays["sounds"], np.int16)
        )
        self._network = Network.from_arrays(arrays)

    def read(self, text: str, role: Role, language: str) -> Sequence[Meaning]:
        """The meanings of what `role` said; see :class:`speechqc.semantics.classifier.Classifier`."""
        spans = self._vocabulary.tokens(text)[:MAX_TOKENS]
        labels = self._of_role[role]
        if not spans or not len(labels):
            return []
        rows = self._vocabulary.rows([text[start:end] for start, end in spans])
        at_token = self._network.token_scores(rows)
        offset = self._offset["zh" if language.startswith("zh") else "en"]
        log_odds = self._slope * self._network.text_scores(at_token) + offset
        meant = labels[log_odds[labels] >= _LOG_ODDS_FLOOR]
        return [
            Meaning(
                self._labels[label], _probability(float(log_odds[label])), *_part(at_token[:, label], spans)
            )
            for label in meant.tolist()
        ]


@cache
def bundled_classifier() -> Classifier | None:
    """The bundled classifier, ``None`` when its weights are not there.

    Raises:
        ModelError: the weights are damaged or of another version.
    """
    path = weights_path()
    return read_weights(path) if path.is_file() else None


def read_weights(path: Path) -> BundledClassifier:
    """The classifier whose weights are in `path`.

    Raises:
        ModelError: the file is damaged, or of another format than this version reads.
    """
    try:
        with np.load(path, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        if int(arrays["format"]) == FORMAT:
            return BundledClassifier(arrays)
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        raise ModelError(f"the meaning model in {path} is damaged", hint=_HINT) from error
    raise ModelError(
        f"the meaning model in {path} has format {arrays['format']}, expected {FORMAT}", hint=_HINT
    )


def weights_path() -> Path:
    """Where the weights are: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "models" / "bundled"
    folder = installed if installed.is_dir() else package.parent / "models" / "bundled"
    return folder / "semantic" / "weights.npz"


def _part(scores: npt.NDArray[np.float32], spans: list[tuple[int, int]]) -> tuple[int, int]:
    """Start and end of the highest of `scores` with the tokens around it that speak for the label too."""
    best = int(scores.argmax())
    low = high = best
    limit = float(scores[best]) - _PART_MARGIN
    while high - low + 1 < min(PART_TOKENS, len(spans)):
        left = float(scores[low - 1]) if low > 0 else -math.inf
        right = float(scores[high + 1]) if high + 1 < len(spans) else -math.inf
        if max(left, right) < limit and high - low + 1 >= _PART_CORE:
            break
        if left >= right:
            low -= 1
        else:
            high += 1
    return spans[low][0], spans[high][1]


def _probability(log_odds: float) -> float:
    return 1.0 / (1.0 + math.exp(-log_odds)) if log_odds > -60 else 0.0


def _lines(stored: npt.NDArray[np.generic]) -> list[str]:
    """Texts as :func:`numpy.savez` keeps them without pickling: UTF-8, one a line."""
    return np.asarray(stored, np.uint8).tobytes().decode().split("\n")
