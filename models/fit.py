"""Training of the acoustic network: CTC, AdamW, a learning rate that falls as a cosine."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.dataset import Batch, Speech, batches
from models.network import AcousticNetwork, NetworkShape
from models.text.syllables import SYLLABLES

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FitSettings:
    """How long and how fast to learn."""

    minutes: float = 50.0
    """Of training time in all, over every resumption; the learning rate is planned to fall within it."""
    learning_rate: float = 2e-3
    warm_up_steps: int = 300
    constant_share: float = 0.35
    weight_decay: float = 0.02
    frames_a_batch: int = 6000
    gradient_norm: float = 2.0
    averaging: float = 0.998
    checkpoint_every_s: float = 180.0
    seed: int = 1


class Trainer:
    """The network, its running average (which is what is shipped), the optimiser, and how far it is."""

    def __init__(self, speech: Speech, settings: FitSettings) -> None:
        torch.manual_seed(settings.seed)
        self._settings = settings
        self.network = AcousticNetwork(NetworkShape(outputs=len(SYLLABLES)))
        mean, deviation = speech.mean_and_deviation()
        self.network.mean.copy_(torch.from_numpy(mean))
        self.network.deviation.copy_(torch.from_numpy(deviation))
        self.network.to(memory_format=torch.channels_last)
        self.average = {name: value.clone() for name, value in self.network.state_dict().items()}
        self._optimiser = torch.optim.AdamW(
            _parameter_groups(self.network, settings.weight_decay),
            lr=settings.learning_rate,
            betas=(0.9, 0.98),
        )
        self.trained_s = 0.0
        self.steps = 0
        self.heard_s = 0.0

    @property
    def progress(self) -> float:
        return self.trained_s / 60 / self._settings.minutes

    def step(self, batch: Batch) -> float:
        """Learn from one batch; returns its loss a syllable."""
        began = time.monotonic()
        for group in self._optimiser.param_groups:
            group["lr"] = self._learning_rate()
        loss = self._loss(batch)
        self._optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.network.parameters(), self._settings.gradient_norm)
        self._optimiser.step()
        self._average()
        self.steps += 1
        self.heard_s += float(batch.frames.sum()) / 100
        self.trained_s += time.monotonic() - began
        return loss.item()

    def save(self, path: Path) -> None:
        """Write a checkpoint at once or not at all."""
        unfinished = path.with_suffix(".partial")
        torch.save(
            {
                "shape": self.network.shape.as_dict(),
                "average": self.average,
                "network": self.network.state_dict(),
                "optimiser": self._optimiser.state_dict(),
                "trained_s": self.trained_s,
                "steps": self.steps,
                "heard_s": self.heard_s,
            },
            unfinished,
        )
        unfinished.rename(path)

    def resume(self, path: Path) -> None:
        """Go on from a checkpoint."""
        saved = load_checkpoint(path)
        self.network.load_state_dict(saved["network"])
        self._optimiser.load_state_dict(saved["optimiser"])
        self.average = saved["average"]
        self.trained_s, self.steps, self.heard_s = saved["trained_s"], saved["steps"], saved["heard_s"]

    def _loss(self, batch: Batch) -> Tensor:
        logits, counts = self.network(torch.from_numpy(batch.features), torch.from_numpy(batch.frames))
        total: Tensor = functional.ctc_loss(
            functional.log_softmax(logits, -1).transpose(0, 1),
            torch.from_numpy(batch.labels),
            counts,
            torch.from_numpy(batch.label_counts),
            reduction="sum",
            zero_infinity=True,
        )
        return total / max(int(batch.label_counts.sum()), 1)

    def _learning_rate(self) -> float:
        """Rises over the first steps, stays, then falls as a cosine to 2 % at the end."""
        settings = self._settings
        warm = min(1.0, (self.steps + 1) / settings.warm_up_steps)
        fallen = max(0.0, self.progress - settings.constant_share) / (1 - settings.constant_share)
        cosine = 0.5 * (1 + math.cos(math.pi * min(fallen, 1.0)))
        return settings.learning_rate * warm * (0.02 + 0.98 * cosine)

    def _average(self) -> None:
        share = min(self._settings.averaging, (1 + self.steps) / (10 + self.steps))
        for name, value in self.network.state_dict().items():
            self.average[name].lerp_(value, 1 - share)


def fit(shards: list[Path], checkpoint: Path, settings: FitSettings) -> None:
    """Train until the planned minutes are used, from `checkpoint` when there is one; saves into it."""
    torch.set_num_threads(1)  # a second thread costs more than it brings on a shared machine
    torch.set_flush_denormal(True)
    speech = Speech(shards)
    _LOG.info("%d recordings, %.1f h", len(speech), speech.frames.sum() / 360_000)
    trainer = Trainer(speech, settings)
    if checkpoint.exists():
        trainer.resume(checkpoint)
        _LOG.info("resumed after %d steps", trainer.steps)
    drawn = batches(speech, frames_a_batch=settings.frames_a_batch, seed=settings.seed + trainer.steps)
    _run(trainer, drawn, checkpoint, settings)
    trainer.save(checkpoint)
    _LOG.info("trained %d steps on %.1f h", trainer.steps, trainer.heard_s / 3600)


def _run(trainer: Trainer, drawn: Iterator[Batch], checkpoint: Path, settings: FitSettings) -> None:
    mean_loss, saved_s, began, heard = math.nan, trainer.trained_s, time.monotonic(), trainer.heard_s
    while trainer.progress < 1.0:
        loss = trainer.step(next(drawn))
        mean_loss = loss if math.isnan(mean_loss) else 0.97 * mean_loss + 0.03 * loss
        if trainer.steps % 100 == 0:
            speed = (trainer.heard_s - heard) / (time.monotonic() - began)
            _LOG.info(
                "%3.0f %%, step %d, %.1f h heard (%.0f x real time), loss a syllable %.3f",
                100 * trainer.progress,
                trainer.steps,
                trainer.heard_s / 3600,
                speed,
                mean_loss,
            )
        if trainer.trained_s - saved_s > settings.checkpoint_every_s:
            trainer.save(checkpoint)
            saved_s = trainer.trained_s


def load_checkpoint(path: Path) -> dict[str, Any]:
    """What :meth:`Trainer.save` wrote."""
    loaded: dict[str, Any] = torch.load(path, weights_only=True)
    return loaded


def load_network(path: Path) -> AcousticNetwork:
    """The averaged network of a checkpoint, ready to be used."""
    saved = load_checkpoint(path)
    shape = saved["shape"] | {"look_ahead": tuple(saved["shape"]["look_ahead"])}
    network = AcousticNetwork(NetworkShape(**shape))
    network.load_state_dict(saved["average"])
    return network.eval()


def _parameter_groups(network: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """Weights decay; biases, norms and other vectors do not."""
    parameters = list(network.parameters())
    return [
        {"params": [one for one in parameters if one.ndim > 1], "weight_decay": weight_decay},
        {"params": [one for one in parameters if one.ndim <= 1], "weight_decay": 0.0},
    ]
