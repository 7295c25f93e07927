"""Training examples: every text of every family, with what is known of each label and how much it weighs."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import yaml

from models.semantic.families import NEUTRAL, Family

EVALUATION = Path(__file__).resolve().parents[2] / "evaluation"

_ACT = "act."
_OTHER_ROLE = 0.05
"""What the other role says is never asked about; a little of it keeps the scores sane."""
_NEUTRAL, _NEUTRAL_ACT = 1.0, 0.2
_OTHER, _OTHER_ACT = 0.3, 0.1
"""A text of another label is negative most of the time; acts often go together."""


@dataclass(frozen=True, slots=True)
class Examples:
    """Texts (with alternatives), their families, and for each label (texts, labels) what is true and its weight."""

    labels: list[str]
    roles: list[str]
    """Of each label, who says it."""
    families: list[Family]
    texts: list[str]
    truth: npt.NDArray[np.float32]
    weight: npt.NDArray[np.float32]

    def subset(self, keep: npt.NDArray[np.bool_]) -> Examples:
        """The examples where `keep` (texts,) is true."""
        chosen = np.flatnonzero(keep)
        return Examples(
            self.labels,
            self.roles,
            [self.families[i] for i in chosen],
            [self.texts[i] for i in chosen],
            self.truth[chosen],
            self.weight[chosen],
        )


def make_examples(families: Sequence[Family], labels: Sequence[str]) -> Examples:
    """One example a text."""
    role_of = {family.label: family.role for family in families if family.positive}
    roles = [role_of[label] for label in labels]
    owners = [family for family in families for _ in family.texts]
    known = {family.id: _known(family, labels, roles) for family in families}
    return Examples(
        list(labels),
        roles,
        owners,
        [text for family in families for text in family.texts],
        np.array([known[family.id][0] for family in owners], np.float32),
        np.array([known[family.id][1] for family in owners], np.float32),
    )


def call_families(labels: Sequence[str], evaluation: Path = EVALUATION) -> list[Family]:
    """What is said in the development calls, a family for each speaker of a call and set of labels.

    A turn speaks against every signal that is not labelled there or in the turn beside it; of those that are, and of
    acts, which calls do not label, nothing is known. The calls kept for the last test are never read.
    """
    acts = frozenset(label for label in labels if label.startswith(_ACT))
    families: list[Family] = []
    for path in sorted([*(evaluation / "calls").glob("*.yaml"), *(evaluation / "unseen").glob("*.yaml")]):
        if is_last_test(path.stem):
            continue
        call = yaml.safe_load(path.read_text("utf-8"))
        said: dict[tuple[str, frozenset[str]], list[str]] = {}
        for number, turn in enumerate(call["turns"]):
            near = {
                label["id"]
                for label in call.get("labels") or ()
                if label["turn"] is None or abs(label["turn"] - number) <= 1
            }
            key = (turn["role"], frozenset(near) | acts)
            said.setdefault(key, []).append(turn["text"].translate(_NO_BRACKETS))
        for (role, unknown), texts in said.items():
            name = f"{NEUTRAL}.call.{call['id']}.{role}.{len(families)}"
            families.append(
                Family(
                    name, NEUTRAL, role, call["language"], positive=False, texts=tuple(texts), also=unknown
                )
            )
    return families


def is_last_test(call: str) -> bool:
    """True of the calls that nobody tunes on: ``zh-045`` and later, ``en-021`` and later."""
    language, _, number = call.partition("-")
    return number.isdecimal() and int(number) >= {"zh": 45, "en": 21}.get(language, 10**6)


def fold_of_families(families: Sequence[Family], folds: int, seed: int) -> dict[str, int]:
    """A fold for every family, so that each label, language and kind is spread over all of them."""
    strata: dict[tuple[str, str, bool], list[str]] = {}
    for family in families:
        strata.setdefault((family.label, family.language, family.positive), []).append(family.id)
    rng = random.Random(seed)
    order: list[str] = []
    for key in sorted(strata):
        names = sorted(strata[key])
        rng.shuffle(names)
        order += names
    return {name: number % folds for number, name in enumerate(order)}


def _known(family: Family, labels: Sequence[str], roles: Sequence[str]) -> tuple[list[float], list[float]]:
    truth = [float(family.positive and label == family.label) for label in labels]
    return truth, [_weight(family, label, role) for label, role in zip(labels, roles, strict=True)]


def _weight(family: Family, label: str, role: str) -> float:
    if family.label == label:
        return 1.0
    if label in family.also:
        return 0.0
    if family.role != role:
        return _OTHER_ROLE
    act = label.startswith(_ACT)
    if family.label == NEUTRAL:
        return _NEUTRAL_ACT if act else _NEUTRAL
    return _OTHER_ACT if act else _OTHER


_NO_BRACKETS = str.maketrans("", "", "()")
