"""The synthesiser; skipped where libespeak-ng is not installed."""

import ctypes

import numpy as np
import pytest

from models.espeak import EspeakError, spell, synthesise, synthesise_text
from models.voices import TESTING_VARIANTS, TRAINING_VARIANTS


def _installed() -> bool:
    try:
        ctypes.CDLL("libespeak-ng.so.1")
    except OSError:
        return False
    return True


needs_espeak = pytest.mark.skipif(not _installed(), reason="libespeak-ng is not installed (apt: espeak-ng)")


@pytest.mark.parametrize(
    ("text", "spelt"),
    [
        ("您好，我姓吕。", "nin2 hao3, wo3 xing4 lv3."),
        ("工号8016！", "gong1 hao4 ba1 ling2 yao1 liu4!"),
        ("收益3.5%吗？", "shou1 yi4 bai3 fen1 zhi1 san1 dian3 wu3 ma5?"),
    ],
)
def test_spelling(text, spelt):
    assert spell(text) == spelt


def test_latin_letters_are_refused():
    with pytest.raises(ValueError, match="Latin letters"):
        spell("请下载APP")


@needs_espeak
def test_speech_has_sound_and_faster_speech_is_shorter():
    slow, rate = synthesise(spell("我要投诉你们"), voice="f3", rate_wpm=150)
    fast, _ = synthesise(spell("我要投诉你们"), voice="f3", rate_wpm=300)
    assert rate == 22_050
    assert slow.dtype == np.float32
    assert 0.05 < np.abs(slow).max() <= 1.0
    assert len(fast) < 0.8 * len(slow)


@needs_espeak
def test_english_voices_speak_too():
    samples, _ = synthesise_text("good morning", voice="en-gb+f3")
    assert len(samples) > 5000


@needs_espeak
@pytest.mark.parametrize("voice", ["cmn-latn-pinyin+nobody", "xx-yy"])
def test_an_unknown_voice_is_never_replaced_silently(voice):
    with pytest.raises(EspeakError, match="has no voice"):
        synthesise_text("ma1", voice=voice)


@needs_espeak
def test_every_variant_exists_and_none_is_both_learnt_from_and_tested_with():
    assert not set(TRAINING_VARIANTS) & set(TESTING_VARIANTS)
    for variant in TRAINING_VARIANTS + TESTING_VARIANTS:
        samples, _ = synthesise("ni3 hao3", voice=variant, rate_wpm=400)
        assert len(samples) > 0, variant
