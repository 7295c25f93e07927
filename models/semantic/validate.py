"""Cross-validation by family: every text is scored by a network that never saw its family."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from models.semantic.examples import Examples, fold_of_families
from models.semantic.fit import log_odds_of
from models.semantic.network import MeaningNetwork
from speechqc.semantics.tokens import Vocabulary

_LOG = logging.getLogger(__name__)

Train = Callable[[npt.NDArray[np.bool_]], MeaningNetwork]
"""Trains a network on the examples where the mask is true."""


def held_out_scores(
    examples: Examples,
    vocabulary: Vocabulary,
    versions: Sequence[Sequence[str]],
    train: Train,
    *,
    folds: int,
    seed: int,
) -> list[npt.NDArray[np.float32]]:
    """For each version of the normalised texts (clean, misheard): (texts, labels) log-odds, all held out."""
    fold_of = fold_of_families(examples.families, folds, seed)
    fold = np.array([fold_of[family.id] for family in examples.families])
    scores = [np.zeros(examples.truth.shape, np.float32) for _ in versions]
    for number in range(folds):
        _LOG.info("fold %d of %d", number + 1, folds)
        network = train(fold != number)
        held = np.flatnonzero(fold == number)
        for texts, into in zip(versions, scores, strict=True):
            into[held] = log_odds_of(network, vocabulary, [texts[i] for i in held])
    return scores
