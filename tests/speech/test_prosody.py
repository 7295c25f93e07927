"""Pitch, level and colour against sounds whose values are known."""

import numpy as np
import pytest

from speechqc.speech.prosody import measure
from tests.speech.voices import VOWELS, noise, silence, vowel


@pytest.mark.parametrize("telephone", [False, True], ids=["wide band", "telephone band"])
@pytest.mark.parametrize("sound", VOWELS)
@pytest.mark.parametrize("pitch_hz", [80, 100, 130, 170, 220, 280, 350, 450])
def test_the_pitch_of_a_vowel_is_found_within_three_percent(pitch_hz, sound, telephone):
    heard = vowel(pitch_hz, sound=sound, telephone=telephone) + noise(1.0, -45.0)

    voice = measure(heard)

    assert voice.f0_hz == pytest.approx(pitch_hz, rel=0.03)
    assert voice.f0_high_hz == pytest.approx(pitch_hz, rel=0.05)
    assert voice.voiced_share > 0.9


def test_the_high_pitch_is_that_of_the_higher_part():
    voice = measure(np.concatenate([vowel(120, 0.9), vowel(240, 0.1)]))

    assert voice.f0_hz == pytest.approx(120, rel=0.03)
    assert voice.f0_high_hz == pytest.approx(240, rel=0.05)


def test_noise_has_no_pitch():
    voice = measure(noise(1.0, -20.0))

    assert voice.voiced_share < 0.1


def test_the_level_is_that_of_the_speech_not_of_the_pause():
    speech = vowel(150, 0.6, level_db=-23.0)

    assert measure(speech).level_db == pytest.approx(-23.0, abs=0.5)
    assert measure(np.concatenate([speech, silence(0.6)])).level_db == pytest.approx(-23.0, abs=0.8)


def test_only_the_level_changes_when_the_line_is_louder():
    speech = vowel(150, level_db=-30.0)

    soft, loud = measure(speech), measure(speech * np.float32(4.0))

    assert loud.level_db == pytest.approx(soft.level_db + 12.04, abs=0.02)
    assert loud.balance_db == pytest.approx(soft.balance_db, abs=0.02)
    assert loud.centroid_hz == pytest.approx(soft.centroid_hz, abs=0.5)
    assert loud.f0_hz == soft.f0_hz


def test_a_brighter_voice_has_more_energy_above_one_kilohertz():
    dull, bright = measure(vowel(150, sound="u")), measure(vowel(150, sound="a"))

    assert bright.balance_db > dull.balance_db + 5
    assert bright.centroid_hz > dull.centroid_hz + 200


def test_two_equal_tones_around_one_kilohertz_are_in_balance():
    t = np.arange(16_000) / 16_000
    tones = (0.1 * np.sin(2 * np.pi * 600 * t) + 0.1 * np.sin(2 * np.pi * 1_600 * t)).astype(np.float32)

    voice = measure(tones)

    assert voice.balance_db == pytest.approx(0.0, abs=0.1)
    assert voice.centroid_hz == pytest.approx(1_100, rel=0.01)


def test_a_stretch_with_too_little_voice_has_no_pitch():
    voice = measure(vowel(150, 0.05))

    assert (voice.f0_hz, voice.f0_high_hz) == (None, None)


@pytest.mark.parametrize("sound", [silence(1.0), vowel(150, 0.03)], ids=["silence", "30 ms"])
def test_there_is_nothing_to_measure_in(sound):
    assert measure(sound) is None
