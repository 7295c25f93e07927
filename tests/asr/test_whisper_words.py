"""Words laid out over the loud parts of a passage."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechqc.asr.recognizer import SAMPLE_RATE
from speechqc.asr.whisper_words import quietest_sample, spread_words


def loud(seconds):
    return np.full(int(seconds * SAMPLE_RATE), 0.1, np.float32)


def quiet(seconds):
    return np.full(int(seconds * SAMPLE_RATE), 0.0005, np.float32)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("您好，我是小王。", ["您", "好，", "我", "是", "小", "王。"]),
        ("这款APP年化3.5%。", ["这", "款", "APP", "年", "化", "3.5%。"]),
        ("Don't call me, again!", ["Don't", "call", "me,", "again!"]),
        ("……", []),
        ("", []),
    ],
)
def test_a_word_is_a_character_or_a_run_of_letters_with_its_punctuation(text, words):
    assert [word.text for word in spread_words(text, loud(1.0), 0.5)] == words


def test_no_word_lies_in_a_pause():
    samples = np.concatenate((loud(1.0), quiet(2.0), loud(1.0)))
    words = spread_words("保本保息", samples, 0.5)

    assert [(word.start, word.end) for word in words] == [
        pytest.approx(span, abs=0.05) for span in [(0.0, 0.5), (0.5, 1.0), (3.0, 3.5), (3.5, 4.0)]
    ]


def test_digital_silence_and_less_than_a_frame_still_have_times():
    for samples in (np.zeros(SAMPLE_RATE, np.float32), np.zeros(100, np.float32)):
        words = spread_words("你好", samples, None)
        assert words[-1].end == pytest.approx(len(samples) / SAMPLE_RATE)


def test_a_cut_falls_into_the_quietest_place_of_its_range():
    samples = np.concatenate((loud(1.0), quiet(1.0), loud(1.0), quiet(0.4), loud(1.0)))
    cut = quietest_sample(samples, first=2 * SAMPLE_RATE + 3200, last=len(samples))

    assert 3.0 < cut / SAMPLE_RATE < 3.4


@given(st.text(max_size=60), st.integers(0, 3 * SAMPLE_RATE))
def test_times_rise_and_stay_inside(text, length):
    samples = np.random.default_rng(length).standard_normal(length).astype(np.float32)
    edges = [edge for word in spread_words(text, samples, None) for edge in (word.start, word.end)]

    assert edges == sorted(edges)
    assert all(0.0 <= edge <= length / SAMPLE_RATE + 1e-6 for edge in edges)
