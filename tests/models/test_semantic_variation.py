"""What speakers and recognisers do to a training text."""

from __future__ import annotations

import random

import pytest

pytest.importorskip("jieba")

from rapidfuzz.distance import Levenshtein

from models.semantic.variation import mishear, vary
from speechqc.text.pinyin import sound_of

SAID = "您放心这款产品的本金一分钱都不会少到期连本带利还给您"


def test_without_errors_a_text_is_heard_as_it_is() -> None:
    assert mishear(SAID, "zh", 0.0, random.Random(0)) == SAID


@pytest.mark.parametrize("rate", [0.05, 0.1, 0.2])
def test_about_the_asked_share_of_characters_is_misheard(rate: float) -> None:
    rng = random.Random(3)
    heard = [mishear(SAID, "zh", rate, rng) for _ in range(400)]
    wrong = sum(Levenshtein.distance(SAID, one) for one in heard) / (400 * len(SAID))
    assert 0.6 * rate < wrong < 1.3 * rate


def test_most_errors_sound_like_what_was_said() -> None:
    rng = random.Random(4)
    heard = [one for one in (mishear(SAID, "zh", 0.1, rng) for _ in range(600)) if len(one) == len(SAID)]
    changed = [[(a, b) for a, b in zip(SAID, one, strict=True) if a != b] for one in heard]
    pairs = [pair for few in changed if len(few) <= 3 for pair in few]  # more means that the rest has moved
    alike = sum(sound_of(a) == sound_of(b) for a, b in pairs) / len(pairs)
    assert alike > 0.6


def test_english_words_are_lost_or_misspelt() -> None:
    rng = random.Random(5)
    said = "you cannot lose any money with this plan"
    heard = {mishear(said, "en", 0.3, rng) for _ in range(50)}
    assert any(len(one.split(" ")) < 8 for one in heard)
    assert any(len(one.split(" ")) == 8 and one != said for one in heard)


def test_small_words_are_exchanged_and_the_text_is_normalised() -> None:
    rng = random.Random(6)
    heard = {vary("您放心，我们这款产品肯定不亏", "zh", 0.0, rng) for _ in range(200)}
    assert len(heard) > 10
    assert all("，" not in one for one in heard)
    assert all("放心" in one for one in heard)


def test_equal_seeds_vary_equally() -> None:
    one, other = ([vary(SAID, "zh", 0.2, random.Random(7)) for _ in range(5)] for _ in range(2))
    assert one == other
