"""Both detectors and the gate behind them."""

import numpy as np
import pytest

from speechqc.errors import ModelError
from speechqc.speech import vad as module
from speechqc.speech.settings import SpeechSettings
from speechqc.speech.vad import FadeGate, Vad, create_vad
from tests.speech.voices import conversation_side, noise, silence, syllables

HOP = 2_560
DETECTORS = ["webrtc", "silero"]


def frames_of(settings: SpeechSettings) -> int:
    return HOP // (16 * settings.frame_ms)


def voiced(detector: Vad, sound: np.ndarray, settings: SpeechSettings) -> list[bool]:
    audible = [True] * frames_of(settings)
    hops = [sound[at : at + HOP] for at in range(0, len(sound) - HOP + 1, HOP)]
    return [flag for hop in hops for flag in detector.voiced(hop, audible)]


@pytest.mark.parametrize("kind", DETECTORS)
def test_syllables_are_speech_and_silence_is_not(kind):
    settings = SpeechSettings(vad=kind)

    assert np.mean(voiced(create_vad(settings), syllables(4.0), settings)) > 0.9
    assert not any(voiced(create_vad(settings), silence(2.0), settings))


@pytest.mark.parametrize("kind", DETECTORS)
def test_steady_line_noise_is_not_speech(kind):
    settings = SpeechSettings(vad=kind)

    assert np.mean(voiced(create_vad(settings), noise(6.0, -45.0), settings)[100:]) < 0.05


@pytest.mark.parametrize("kind", DETECTORS)
def test_a_frame_too_quiet_to_matter_is_not_looked_at(kind):
    settings = SpeechSettings(vad=kind)
    detector = create_vad(settings)

    assert detector.voiced(syllables(1.0)[:HOP], [False] * frames_of(settings)) == [False] * frames_of(
        settings
    )


@pytest.mark.parametrize("kind", DETECTORS)
def test_channels_do_not_hear_each_other(kind):
    settings = SpeechSettings(vad=kind)
    audible = [True] * frames_of(settings)
    sound, other = conversation_side(), noise(40.0, -20.0)
    alone = voiced(create_vad(settings), sound, settings)

    first, second = create_vad(settings), create_vad(settings)
    together: list[bool] = []
    for at in range(0, len(sound) - HOP + 1, HOP):
        together += first.voiced(sound[at : at + HOP], audible)
        second.voiced(other[at : at + HOP], audible)

    assert together == alone


def test_silero_frame_by_frame_hears_what_it_hears_in_one_go():
    settings = SpeechSettings(vad="silero")
    sound = conversation_side()[: 512 * 200]
    stepwise = create_vad(settings)

    pieces = [stepwise.voiced(sound[at : at + 512], [True])[0] for at in range(0, len(sound), 512)]

    assert pieces == create_vad(settings).voiced(sound, [True] * 200)
    assert 20 < sum(pieces) < 180


def test_missing_silero_weights_say_how_to_get_them(monkeypatch):
    monkeypatch.setattr(module, "find_spec", lambda name: None)

    with pytest.raises(ModelError, match=r"pip install 'faster-whisper>=1\.2', or set vad to webrtc"):
        module._silero_session.__wrapped__()


# -- FadeGate ----------------------------------------------------------------------------------

STEP_DB = FadeGate.DECAY_DB_S * 0.02


def test_frames_far_below_the_recent_peak_are_taken_back():
    gate = FadeGate(SpeechSettings(fade_db=30.0))

    assert gate.keep([True, True, True], [-20.0, -45.0, -55.0]) == [True, True, False]


def test_a_quieter_sentence_is_heard_once_the_loud_one_is_forgotten():
    gate = FadeGate(SpeechSettings(fade_db=30.0))
    gate.keep([True], [-10.0])
    forgotten_after = round((40.0 - 30.0) / STEP_DB)

    kept = gate.keep([True] * 100, [-50.0] * 100)

    assert kept.index(True) == pytest.approx(forgotten_after, abs=1)
    assert all(kept[kept.index(True) :])


def test_noise_that_is_no_speech_does_not_raise_the_peak():
    gate = FadeGate(SpeechSettings(fade_db=30.0))

    assert gate.keep([False, True], [0.0, -50.0]) == [False, True]
