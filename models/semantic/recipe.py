"""The steps of training, shared by the recipe that makes the shipped weights and by the evaluation."""

from __future__ import annotations

import logging
import random
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from models.semantic.examples import Examples, call_families, make_examples
from models.semantic.families import expand, labels_of, read_families
from models.semantic.fit import FitSettings, fit
from models.semantic.network import MeaningNetwork, make_vocabulary
from models.semantic.validate import held_out_scores
from models.semantic.variation import mishear
from speechqc.semantics.tokens import Vocabulary
from speechqc.text.normalise import normalise

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / "build" / "semantic"
TARGET = ROOT / "models" / "bundled" / "semantic" / "weights.npz"
ERROR_RATES = (0.0, 0.05, 0.1, 0.2)
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """Everything that decides the weights."""

    width: int = 96
    folds: int = 3
    seed: int = 0
    fit: FitSettings = field(default_factory=FitSettings)


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Log-odds of every text by a network that never saw its family: one array for each of :data:`ERROR_RATES`."""

    examples: Examples
    scores: tuple[npt.NDArray[np.float32], ...]


class Trainer:
    """Carries a recipe out; what is made once is kept in `work`."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        families = read_families()
        self.labels = labels_of(families)
        self.examples = make_examples(families + call_families(self.labels), self.labels)
        self.vocabulary: Vocabulary = make_vocabulary()

    def trained(self, keep: npt.NDArray[np.bool_]) -> MeaningNetwork:
        """A network trained on the examples where `keep` (texts,) is true."""
        torch.manual_seed(self.recipe.seed)
        network = MeaningNetwork(rows=self.vocabulary.size, labels=len(self.labels), width=self.recipe.width)
        fit(network, self.vocabulary, self.examples.subset(keep), self.recipe.fit, seed=self.recipe.seed)
        return network.eval()

    def held_out(self) -> HeldOut:
        """Scores of all texts, as they are and misheard, each by the network of the fold that held its family out."""
        scores = held_out_scores(
            self.examples,
            self.vocabulary,
            [self._said(rate) for rate in ERROR_RATES],
            self.trained,
            folds=self.recipe.folds,
            seed=self.recipe.seed,
        )
        return HeldOut(self.examples, tuple(scores))

    def _said(self, error_rate: float) -> list[str]:
        """Every text with its alternatives chosen, normalised and misheard; the same in every run."""
        rng = random.Random(self.recipe.seed + 1)
        said = [normalise(expand(text, rng)).text for text in self.examples.texts]
        errors = random.Random(self.recipe.seed + 2)
        return [
            mishear(text, family.language, error_rate, errors)
            for text, family in zip(said, self.examples.families, strict=True)
        ]


def save_held_out(held: HeldOut, path: Path) -> None:
    """Keep the scores, so that figures can be made again without training."""
    path.parent.mkdir(parents=True, exist_ok=True)
    names = np.frombuffer("\n".join(family.id for family in held.examples.families).encode(), np.uint8)
    np.savez_compressed(path, names=names, **{f"at{n}": scores for n, scores in enumerate(held.scores)})


def load_held_out(examples: Examples, path: Path) -> HeldOut | None:
    """The scores kept in `path`; ``None`` when there are none or they are of other texts."""
    if not path.is_file():
        return None
    with np.load(path, allow_pickle=False) as stored:
        names = stored["names"].tobytes().decode().split("\n")
        scores = tuple(stored[f"at{number}"] for number in range(len(ERROR_RATES)))
    same = names == [family.id for family in examples.families] and scores[0].shape == examples.truth.shape
    return HeldOut(examples, scores) if same else None
