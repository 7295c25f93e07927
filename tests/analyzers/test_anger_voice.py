import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechqc.analyzers.anger_parts import total
from speechqc.analyzers.anger_voice import CALM as CALM_DEVIATION
from speechqc.analyzers.anger_voice import CALM_SHARE, LIMIT, AngerVoice, arousal
from speechqc.analyzers.voice_baseline import POPULATION, Baseline, Recent, features
from speechqc.events import Prosody, Role
from speechqc.speech.prosody import measure
from tests.analyzers.talking import CALM, sounds, sounds_furious


def voice_after(*stretches):
    voice = AngerVoice()
    for heard in stretches:
        voice.feed(heard)
    return voice


def seconds(sound, start, end):
    return [sound(float(at), float(at + 1)) for at in range(start, end)]


def points(*stretches, at=None):
    return total(voice_after(*stretches).parts(stretches[-1].end if at is None else at))


def test_calm_voice_gives_no_points():
    assert points(*seconds(sounds, 0, 30)) == pytest.approx(0.0, abs=1e-9)


def test_a_voice_at_the_upper_end_of_calm_gives_few_points():
    assert arousal(dict.fromkeys(POPULATION, CALM_DEVIATION)) == pytest.approx(CALM_SHARE)
    assert arousal(dict.fromkeys(POPULATION, CALM_DEVIATION / 2)) == pytest.approx(CALM_SHARE / 2)
    assert arousal(dict.fromkeys(POPULATION, -CALM_DEVIATION)) == 0.0


def test_furious_voice_after_a_calm_minute_gives_most_points():
    assert points(*seconds(sounds, 0, 20), *seconds(sounds_furious, 70, 85)) > 0.7 * LIMIT


def test_points_never_pass_the_limit_of_the_voice():
    extreme = [
        sounds(at, at + 1.0, centroid_hz=3900.0, balance_db=25.0, f0_hz=490.0, f0_high_hz=499.0)
        for at in range(9)
    ]
    assert points(*extreme) <= LIMIT


def test_points_halve_in_45_seconds():
    heard = [*seconds(sounds, 0, 20), *seconds(sounds_furious, 70, 80)]
    assert points(*heard, at=125.0) == pytest.approx(points(*heard) / 2)


def test_a_naturally_high_and_bright_speaker_is_calm_once_known():
    def bright(start, end):
        return sounds(start, end, centroid_hz=1.5 * CALM["centroid_hz"], f0_hz=260.0, f0_high_hz=320.0)

    assert points(*seconds(bright, 0, 20), at=200.0) < 5.0
    voice = voice_after(*seconds(bright, 0, 20))
    deviations = voice.deviations()
    assert all(abs(value) < 1.0 for value in deviations.values()), deviations


def test_the_same_rise_says_more_about_a_known_speaker():
    known = points(*seconds(sounds, 0, 20), *seconds(sounds_furious, 70, 75))
    unknown = points(*seconds(sounds_furious, 0, 5))
    assert known > unknown


def test_speech_after_the_first_minute_no_longer_moves_the_baseline():
    early = voice_after(*seconds(sounds, 0, 20))
    late = voice_after(*seconds(sounds, 0, 20), *seconds(sounds_furious, 70, 200), *seconds(sounds, 200, 260))
    expected = early.deviations()
    assert late.deviations() == pytest.approx(expected, abs=1e-3)


def test_anger_that_grows_within_the_first_minute_is_heard():
    assert points(*seconds(sounds, 0, 10), *seconds(sounds_furious, 20, 40)) > 35.0


def test_brightness_says_more_than_pitch():
    def brighter(start, end):
        return sounds_furious(start, end, f0_hz=CALM["f0_hz"], f0_high_hz=CALM["f0_high_hz"])

    def higher(start, end):
        return sounds_furious(start, end, centroid_hz=CALM["centroid_hz"], balance_db=CALM["balance_db"])

    calm = seconds(sounds, 0, 20)
    assert points(*calm, *seconds(brighter, 70, 80)) > points(*calm, *seconds(higher, 70, 80))


def test_unvoiced_speech_is_judged_by_its_colour_alone():
    whispered = [sounds(float(at), at + 1.0, f0_hz=None, f0_high_hz=None) for at in range(5)]
    assert set(voice_after(*whispered).deviations()) == {"centroid", "balance"}


def test_a_slip_of_the_pitch_tracker_is_left_out():
    assert set(features(sounds(0.0, 1.0, f0_hz=80.0, f0_high_hz=465.0))) == {"centroid", "balance", "f0"}


@given(st.lists(st.floats(-12.0, 12.0), min_size=30, max_size=30))
def test_gain_of_the_line_changes_nothing(gains_db):
    heard = [*seconds(sounds, 0, 20), *seconds(sounds_furious, 70, 80)]
    levels = [sounds_furious if stretch.start >= 70 else sounds for stretch in heard]
    regained = [
        sound(stretch.start, stretch.end, level_db=stretch.level_db + gain)
        for sound, stretch, gain in zip(levels, heard, gains_db, strict=True)
    ]
    assert voice_after(*regained).parts(80.0) == voice_after(*heard).parts(80.0)


@pytest.mark.parametrize("gain_db", [-12.0, 12.0])
def test_gain_changes_no_feature_that_is_measured(gain_db):
    at = np.arange(16_000) / 16_000
    harmonics = sum(np.sin(2 * np.pi * 180 * n * at) / n for n in range(1, 18))
    vowel = (0.01 * harmonics + 0.0005 * np.random.default_rng(7).standard_normal(len(at))).astype(np.float32)

    def heard(samples):
        voice = measure(samples)
        return features(sounds(0.0, 1.0, **{name: getattr(voice, name) for name in CALM}))

    assert heard(vowel * np.float32(10 ** (gain_db / 20))) == pytest.approx(heard(vowel), abs=0.01)


def test_expectation_moves_from_the_population_to_the_speaker():
    baseline = Baseline(POPULATION["f0"])
    high = POPULATION["f0"].mean + 0.8
    before = baseline.deviation(high, 1.0)
    baseline.learn(high, 10.0)
    assert before > 1.0
    assert abs(baseline.deviation(high, 1.0)) < 0.2


def test_recent_mean_of_one_value_is_that_value():
    recent = Recent(memory_s=5.0)
    for _ in range(50):
        recent.add(3.0, 1.0)
    assert recent.mean == pytest.approx(3.0)
    assert recent.heard_s == pytest.approx(5.0, abs=0.01)


def test_noise_without_a_voice_changes_nothing():
    voice = AngerVoice()
    loud_noise = Prosody(
        call_id="c",
        role=Role.CUSTOMER,
        start=0.0,
        end=1.0,
        level_db=-12.0,
        balance_db=9.0,
        centroid_hz=2600.0,
        voiced_share=0.0,
    )
    voice.feed(loud_noise)
    assert voice.deviations() == {}
    assert all(part.points == 0.0 for part in voice.parts(1.0))
