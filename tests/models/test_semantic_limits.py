"""Folds of whole families, and limits chosen on what was held out."""

from __future__ import annotations

import numpy as np
import pytest

from models.semantic.examples import Examples, call_families, fold_of_families, is_last_test, make_examples
from models.semantic.families import Family
from models.semantic.limits import calibrate, kinds_of, threshold

LABELS = ["complaint", "safe"]


def family(
    number: int, label: str, *, positive: bool = True, language: str = "zh", texts: int = 20
) -> Family:
    role = "customer" if label == "complaint" else "agent"
    kind = "yes" if positive else "no"
    name = f"{label}.{kind}.{language}.{number}"
    also = frozenset({"safe"}) if label == "offer" else frozenset()
    return Family(name, label, role, language, positive=positive, texts=("x",) * texts, also=also)


@pytest.fixture
def families() -> list[Family]:
    made = [family(number, label) for label in (*LABELS, "offer") for number in range(5)]
    made += [family(number, label, positive=False) for label in (*LABELS, "neutral") for number in range(5)]
    made += [
        family(number, label, language="en", positive=good)
        for label in LABELS
        for good in (True, False)
        for number in range(5)
    ]
    return made


@pytest.fixture
def examples(families) -> Examples:
    return make_examples(families, LABELS)


def test_a_family_is_in_one_fold_and_every_kind_in_all(families) -> None:
    fold_of = fold_of_families(families, 5, seed=0)
    assert set(fold_of) == {one.id for one in families}
    safe = {
        fold_of[one.id] for one in families if one.label == "safe" and one.positive and one.language == "zh"
    }
    assert safe == {0, 1, 2, 3, 4}


def test_what_a_text_is_to_a_label(examples) -> None:
    kinds = kinds_of(examples, LABELS.index("safe"), "zh")
    by_label: dict[tuple[str, bool, str], set[str]] = {}
    for one, kind in zip(examples.families, kinds.tolist(), strict=True):
        by_label.setdefault((one.label, one.positive, one.language), set()).add(kind)
    assert by_label["safe", True, "zh"] == {"positive"}
    assert by_label["safe", False, "zh"] == {"near"}
    assert by_label["neutral", False, "zh"] == {"neutral"}
    assert by_label["offer", True, "zh"] == {""}  # may be said together
    assert by_label["complaint", True, "zh"] == {""}  # the other role
    assert by_label["safe", True, "en"] == {""}


def test_the_limit_leaves_neutral_talk_and_near_misses_below(examples) -> None:
    label = LABELS.index("safe")
    scores = np.random.default_rng(1).normal(0, 1, examples.truth.shape).astype(np.float32)
    kinds = kinds_of(examples, label)
    scores[kinds == "positive", label] += 3
    bound = threshold(scores, examples, label)
    assert not (scores[kinds == "neutral", label] >= bound).any()
    assert (scores[kinds == "near", label] >= bound).mean() <= 0.03
    assert (scores[kinds == "positive", label] >= bound).mean() > 0.3


def test_one_limit_serves_both_languages(examples) -> None:
    label = LABELS.index("safe")
    scores = np.random.default_rng(2).normal(0, 1, examples.truth.shape).astype(np.float32)
    english = np.array([one.language == "en" for one in examples.families])
    scores[english] += 2  # a network that is surer of English
    calibration = calibrate(scores, examples)
    for number, language in enumerate(("zh", "en")):
        bound = threshold(scores, examples, label, language)
        chance = 1 / (1 + np.exp(-(calibration.slope[label] * bound + calibration.offset[number, label])))
        assert chance == pytest.approx(calibration.limits[label], abs=1e-4)


def test_scores_grow_with_the_share_of_positives(examples) -> None:
    label = LABELS.index("safe")
    scores = np.random.default_rng(3).normal(0, 1, examples.truth.shape).astype(np.float32)
    scores[kinds_of(examples, label) == "positive", label] += 2
    assert calibrate(scores, examples).slope[label] > 0.5


@pytest.mark.parametrize(
    ("call", "kept"),
    [("zh-044", False), ("zh-045", True), ("en-020", False), ("en-021", True), ("dev-zh-050", False)],
)
def test_the_calls_of_the_last_test_are_never_read(call: str, kept: bool) -> None:
    assert is_last_test(call) is kept


def test_a_turn_of_a_call_speaks_against_what_is_not_labelled_near_it(tmp_path) -> None:
    (tmp_path / "calls").mkdir()
    turns = [
        f"{{role: {role}, text: {text}}}"
        for role, text in (("agent", "甲"), ("agent", "乙"), ("agent", "丙"))
    ]
    text = f"id: c\nlanguage: zh\nturns: [{', '.join(turns)}]\nlabels: [{{id: safe, turn: 0}}]\n"
    (tmp_path / "calls" / "c.yaml").write_text(text, encoding="utf-8")
    families = call_families(["act.greeting", "safe"], tmp_path)

    unknown = {said: one.also for one in families for said in one.texts}
    assert unknown["甲"] == unknown["乙"] == {"act.greeting", "safe"}
    assert unknown["丙"] == {"act.greeting"}
    assert not any(one.positive for one in families)
