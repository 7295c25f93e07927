"""What a model of meaning must do for the rules: say which labels an utterance carries, how surely, and where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec

from speechqc.events import Role

FLOOR = 0.3
"""Scores below this are nobody's business."""


class Meaning(msgspec.Struct, frozen=True):
    """A label that ``text[start:end]`` speaks for most; `score` is a calibrated 0..1."""

    label: str
    score: float
    start: int
    end: int


class Classifier(Protocol):
    """A multi-label classifier of utterances. Pure: the same text gives the same meanings."""

    name: str
    limits: Mapping[str, float]
    """The score from which each label counts, unless a rule says otherwise."""

    def read(self, text: str, role: Role, language: str) -> Sequence[Meaning]:
        """The meanings of what `role` said, at most one a label, none below :data:`FLOOR`.

        Args:
            text: normalised (:mod:`speechqc.text.normalise`), at most a few hundred characters.
            language: ``zh`` or ``en``.
        """
        ...
