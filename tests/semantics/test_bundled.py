"""The bundled classifier: how it answers, with weights one can compute by hand, and the weights that ship."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from speechqc.errors import ModelError
from speechqc.events import Role
from speechqc.semantics.bundled import PART_TOKENS, bundled_classifier, read_weights, weights_path
from speechqc.semantics.classifier import FLOOR
from speechqc.text.normalise import normalise
from tests.semantics.building import arrays, classifier


def test_says_which_label_how_surely_and_where() -> None:
    said = "您好天气您好保本天气天您好天气"
    [meaning] = classifier().read(said, Role.AGENT, "zh")
    assert meaning.label == "safe"
    assert "保本" in said[meaning.start : meaning.end]
    assert meaning.end - meaning.start == 5
    assert meaning.score == pytest.approx(1 / (1 + np.exp(-(2 + np.log(2) / 3))), abs=0.01)


def test_the_part_grows_over_all_that_speaks_for_the_label_up_to_its_bound() -> None:
    [meaning] = classifier().read("您好" + "保本" * 10, Role.AGENT, "zh")
    assert meaning.end - meaning.start == PART_TOKENS
    assert meaning.start >= 2


def test_answers_only_what_the_speaker_can_say() -> None:
    said = "保本投诉"
    assert [meaning.label for meaning in classifier().read(said, Role.AGENT, "zh")] == ["safe"]
    assert [meaning.label for meaning in classifier().read(said, Role.CUSTOMER, "zh")] == ["complaint"]


def test_says_nothing_below_the_floor() -> None:
    assert classifier().read("您好天气", Role.AGENT, "zh") == []


def test_every_label_has_a_limit() -> None:
    assert classifier().limits == pytest.approx({"praise": 0.5, "safe": 0.8, "complaint": 0.6})


def test_each_language_has_its_own_calibration() -> None:
    strict = classifier(offset=np.array([[0, -1, 0], [0, 0, 0]], np.float32))
    [zh], [en] = (strict.read("保本", Role.AGENT, language) for language in ("zh", "en"))
    assert zh.score < en.score


def test_nothing_said_means_nothing() -> None:
    assert classifier().read("", Role.AGENT, "zh") == []
    assert classifier().read("  ", Role.AGENT, "en") == []


def test_damaged_weights_are_refused_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "weights.npz"
    path.write_bytes(b"not weights")
    with pytest.raises(ModelError, match=r"is damaged.*python -m models.semantic"):
        read_weights(path)


def test_weights_of_another_format_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "weights.npz"
    np.savez(path, **{**arrays(), "format": np.array(99)})
    with pytest.raises(ModelError, match=r"format 99, expected 1"):
        read_weights(path)


shipped = pytest.mark.skipif(not weights_path().is_file(), reason="the weights are not built")

HARMLESS = (
    (Role.AGENT, "zh", "您好 请问有什么可以帮您"),
    (Role.AGENT, "zh", "您的账单日是每月五号"),
    (Role.AGENT, "zh", "我帮您查一下 您稍等"),
    (Role.CUSTOMER, "zh", "好的 那我再看看"),
    (Role.CUSTOMER, "zh", "我想查一下余额"),
    (Role.CUSTOMER, "en", "what time do you close on Saturday"),
    (Role.AGENT, "en", "let me pull up your account"),
)


@shipped
@pytest.mark.parametrize(("role", "language", "said"), HARMLESS)
def test_ordinary_talk_passes_no_limit_of_a_signal(role: Role, language: str, said: str) -> None:
    bundled = bundled_classifier()
    assert bundled is not None
    passed = [
        meaning
        for meaning in bundled.read(normalise(said).text, role, language)
        if not meaning.label.startswith("act.") and meaning.score >= bundled.limits[meaning.label]
    ]
    assert passed == []


@shipped
def test_the_shipped_weights_quote_a_short_part_of_what_was_said() -> None:
    bundled = bundled_classifier()
    assert bundled is not None
    said = "我跟您说啊这个东西您放一百个心本金一分钱都不会少您的您回头跟家里人也说一声"
    meanings = bundled.read(said, Role.AGENT, "zh")
    assert meanings
    for meaning in meanings:
        assert FLOOR <= meaning.score <= 1
        assert 0 < meaning.end - meaning.start <= PART_TOKENS


@shipped
def test_the_shipped_weights_give_the_same_answer_twice() -> None:
    bundled = bundled_classifier()
    assert bundled is not None
    said = "我要去银保监会投诉你们"
    assert bundled.read(said, Role.CUSTOMER, "zh") == bundled.read(said, Role.CUSTOMER, "zh")
