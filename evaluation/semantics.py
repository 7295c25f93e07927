"""How well the bundled classifier of meaning knows wordings it never saw: ``python -m evaluation.semantics``.

Prints, per label, precision, recall and F1 on families held out whole (in the recipe's folds; the limits are
those the recipe chooses), the share of near misses and of neutral talk that pass, the same with 5, 10 and 20 % of the characters misheard,
and milliseconds an utterance of the shipped weights. Scores kept by the recipe (build/semantic) are used; else it trains.
"""

from __future__ import annotations

import argparse
import logging
import sys
import time
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from models.semantic.limits import LANGUAGES, Calibration, calibrate, kinds_of
from models.semantic.recipe import ERROR_RATES, WORK, HeldOut, Recipe, Trainer, load_held_out, save_held_out
from speechqc.events import Role
from speechqc.semantics.bundled import read_weights, weights_path
from speechqc.text.normalise import normalise

_TIMED_CHARACTERS = (20, 40)
_TIMED = 2000


@dataclass(frozen=True, slots=True)
class Counts:
    """How many texts of each kind there are to a label, and how many of them pass its limit."""

    positive: int = 0
    found: int = 0
    near: int = 0
    near_passed: int = 0
    neutral: int = 0
    neutral_passed: int = 0
    other: int = 0
    other_passed: int = 0

    def __add__(self, more: Counts) -> Counts:
        return Counts(*(mine + theirs for mine, theirs in zip(astuple(self), astuple(more), strict=True)))

    @property
    def recall(self) -> float:
        return self.found / max(1, self.positive)

    @property
    def precision(self) -> float:
        return self.found / max(1, self.found + self.near_passed + self.neutral_passed + self.other_passed)

    @property
    def f1(self) -> float:
        return 2 * self.precision * self.recall / max(1e-9, self.precision + self.recall)


def count(
    held: HeldOut, calibration: Calibration, label: int, *, level: int, languages: Sequence[str] = LANGUAGES
) -> Counts:
    """Counts of one label at one of the error rates."""
    scores = held.scores[level][:, label]
    language = np.array([LANGUAGES.index(family.language) for family in held.examples.families])
    log_odds = calibration.slope[label] * scores + calibration.offset[language, label]
    passed = 1 / (1 + np.exp(-log_odds)) >= calibration.limits[label]
    kinds = kinds_of(held.examples, label)
    wanted = np.isin(language, [LANGUAGES.index(name) for name in languages])

    def both(kind: str) -> tuple[int, int]:
        of_kind = wanted & (kinds == kind)
        return int(of_kind.sum()), int((of_kind & passed).sum())

    return Counts(*both("positive"), *both("near"), *both("neutral"), *both("other"))


def print_labels(held: HeldOut, calibration: Calibration) -> None:
    print("| label | texts | precision | recall | F1 | recall zh | recall en | near misses passed |")
    print("|---|---|---|---|---|---|---|---|")
    for label, name in enumerate(held.examples.labels):
        all_, zh, en = (
            count(held, calibration, label, level=0, languages=languages)
            for languages in (LANGUAGES, ("zh",), ("en",))
        )
        print(
            f"| `{name}` | {all_.positive} | {all_.precision:.2f} | {all_.recall:.2f} | {all_.f1:.2f} "
            f"| {zh.recall:.2f} | {en.recall:.2f} | {all_.near_passed} of {all_.near} |"
        )


def print_totals(held: HeldOut, calibration: Calibration) -> None:
    print("\n| labels | misheard | precision | recall | F1 | near misses passed | neutral passed, per text |")
    print("|---|---|---|---|---|---|---|")
    names = held.examples.labels
    groups = {
        "signals": [n for n, name in enumerate(names) if not name.startswith("act.")],
        "acts": [n for n, name in enumerate(names) if name.startswith("act.")],
    }
    neutral = sum(family.label == "neutral" for family in held.examples.families)
    for group, labels in groups.items():
        for level, rate in enumerate(ERROR_RATES):
            total = sum((count(held, calibration, label, level=level) for label in labels), Counts())
            print(
                f"| {group} | {rate:.0%} | {total.precision:.3f} | {total.recall:.3f} | {total.f1:.3f} "
                f"| {total.near_passed / max(1, total.near):.1%} | {total.neutral_passed / max(1, neutral):.2%} |"
            )


def print_speed(held: HeldOut) -> None:
    path = weights_path()
    if not path.is_file():
        print("\nno weights are built, so no speed is measured")
        return
    classifier = read_weights(path)
    low, high = _TIMED_CHARACTERS
    texts = [normalise(text).text for text in held.examples.texts if "(" not in text]
    texts = [text for text in texts if low <= len(text) <= high]
    chosen = (texts * (1 + _TIMED // len(texts)))[:_TIMED]
    took = []
    for text in chosen:
        began = time.process_time_ns()
        classifier.read(text, Role.AGENT, "zh")
        took.append((time.process_time_ns() - began) / 1e6)
    print(
        f"\n{np.median(took):.2f} ms an utterance of {low}-{high} characters (median; p99 {np.quantile(took, 0.99):.2f})"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--work", type=Path, default=WORK, help="checkpoints (default: %(default)s)")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(1)
    trainer = Trainer(Recipe())
    held = load_held_out(trainer.examples, options.work / "held_out.npz")
    if held is None:
        held = trainer.held_out()
        save_held_out(held, options.work / "held_out.npz")
    calibration = calibrate(held.scores[0], held.examples)
    print_labels(held, calibration)
    print_totals(held, calibration)
    print_speed(held)


if __name__ == "__main__":
    main()
