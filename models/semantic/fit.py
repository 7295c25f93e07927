"""Training: the labels, from texts that are varied anew every time they are seen."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from models.semantic.examples import Examples
from models.semantic.families import expand
from models.semantic.network import MeaningNetwork, batch_rows
from models.semantic.variation import vary
from speechqc.semantics.tokens import Vocabulary

_BATCH = 256
_WARM_UP_STEPS = 50
_GRADIENT_NORM = 5.0
_LONG = 1000
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class FitSettings:
    """`joined_share` of the texts are said together with one or two others, as in a long turn."""

    epochs: int = 16
    learning_rate: float = 3e-3
    weight_decay: float = 0.02
    joined_share: float = 0.3
    positive_weight: float = 2.0
    error_rates: tuple[float, ...] = (0.0, 0.0, 0.05, 0.1, 0.2)


def fit(
    network: MeaningNetwork,
    vocabulary: Vocabulary,
    examples: Examples,
    settings: FitSettings,
    *,
    seed: int,
) -> None:
    """Train `network` on `examples`."""
    rng = random.Random(seed)
    torch.manual_seed(seed)
    optimiser = torch.optim.AdamW(
        network.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay
    )
    mixer = _Mixer(examples, settings, rng)
    steps, step = settings.epochs * mixer.batch_count, 0
    network.train()
    for epoch in range(settings.epochs):
        began, total = time.monotonic(), 0.0
        for batch in mixer.batches():
            for group in optimiser.param_groups:
                pace = min(1.0, (step + 1) / _WARM_UP_STEPS) * max(0.02, 1 - step / steps)
                group["lr"] = settings.learning_rate * pace
            log_odds = network(batch_rows(vocabulary, batch.texts))
            truth, weight = torch.from_numpy(batch.truth), torch.from_numpy(batch.weight)
            each = functional.binary_cross_entropy_with_logits(log_odds, truth, reduction="none")
            loss = (each * weight * (1 + (settings.positive_weight - 1) * truth)).sum(1).mean()
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), _GRADIENT_NORM)
            optimiser.step()
            step, total = step + 1, total + float(loss.detach())
        _LOG.info("fit %d: loss %.3f, %.0f s", epoch, total / mixer.batch_count, time.monotonic() - began)


def log_odds_of(
    network: MeaningNetwork, vocabulary: Vocabulary, texts: Sequence[str]
) -> npt.NDArray[np.float32]:
    """(texts, labels) log-odds of normalised `texts`."""
    network.eval()
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    scores = np.zeros((len(texts), network.head.out_features), np.float32)
    with torch.no_grad():
        for start in range(0, len(order), _BATCH):
            chosen = order[start : start + _BATCH]
            scores[chosen] = network(batch_rows(vocabulary, [texts[i] for i in chosen])).numpy()
    return scores


@dataclass(frozen=True, slots=True)
class _Batch:
    texts: list[str]
    truth: npt.NDArray[np.float32]
    weight: npt.NDArray[np.float32]


class _Mixer:
    """Makes the batches of an epoch: texts of one language and about one length together."""

    def __init__(self, examples: Examples, settings: FitSettings, rng: random.Random) -> None:
        self._examples, self._settings, self._rng = examples, settings, rng
        self.batch_count = -(-len(examples.texts) // _BATCH)
        self._speakers: dict[tuple[str, str], list[int]] = {}
        for index, family in enumerate(examples.families):
            self._speakers.setdefault((family.language, family.role), []).append(index)

    def batches(self) -> list[_Batch]:
        rng, examples = self._rng, self._examples
        joined = {i for i in range(len(examples.texts)) if rng.random() < self._settings.joined_share}
        order = sorted(range(len(examples.texts)), key=lambda i: (*self._length(i, joined), rng.random()))
        parts = [order[start : start + _BATCH] for start in range(0, len(order), _BATCH)]
        rng.shuffle(parts)
        return [self._batch(part, joined) for part in parts]

    def _length(self, index: int, joined: set[int]) -> tuple[str, int]:
        long = _LONG if index in joined else 0
        return self._examples.families[index].language, long + len(self._examples.texts[index])

    def _batch(self, chosen: list[int], joined: set[int]) -> _Batch:
        texts, truths, weights = [], [], []
        for index in chosen:
            text, truth, weight = self._varied(index)
            if index in joined:
                text, truth, weight = self._join(index, text, truth, weight)
            texts.append(text)
            truths.append(truth)
            weights.append(weight)
        return _Batch(texts, np.array(truths), np.array(weights))

    def _varied(self, index: int) -> tuple[str, npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        examples, rng = self._examples, self._rng
        text = expand(examples.texts[index], rng)
        varied = vary(text, examples.families[index].language, rng.choice(self._settings.error_rates), rng)
        return varied, examples.truth[index], examples.weight[index]

    def _join(
        self, index: int, text: str, truth: npt.NDArray[np.float32], weight: npt.NDArray[np.float32]
    ) -> tuple[str, npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """One or two utterances of the same speaker before or after; what either says, the whole says."""
        rng = self._rng
        family = self._examples.families[index]
        between = "" if family.language == "zh" else " "
        for _ in range(rng.choice((1, 1, 2))):
            more, says, known = self._varied(rng.choice(self._speakers[family.language, family.role]))
            text = text + between + more if rng.random() < 0.5 else more + between + text
            certain = np.maximum(weight * truth, known * says)
            weight = np.where(certain > 0, certain, np.minimum(weight, known))
            truth = np.maximum(truth, says)
        return text, truth, weight
