"""A recording as the frames of a live call."""

from __future__ import annotations

import numpy as np
import pytest

from speechqc.audio.codecs import Encoding, decode
from speechqc.audio.writing import write_wav
from speechqc.errors import AudioError
from speechqc.playback import frames_of, media_of
from speechqc.samples import sample_calls
from tests.support.samples import RATE


@pytest.fixture
def tone(tmp_path):
    """A second and ten milliseconds: 440 Hz on the left, silence on the right."""
    left = 0.4 * np.sin(2 * np.pi * 440 * np.arange(round(1.01 * RATE)) / RATE)
    path = tmp_path / "tone.wav"
    write_wav(path, np.stack([left, np.zeros_like(left)]).astype(np.float32), RATE)
    return path


@pytest.mark.parametrize(
    ("encoding", "rate", "bytes_a_sample"), [("mulaw", 8_000, 1), ("alaw", 8_000, 1), ("pcm16", 16_000, 2)]
)
def test_frames_have_one_length_and_hold_the_whole_recording(tone, encoding, rate, bytes_a_sample):
    frames = list(frames_of(tone, encoding=encoding))
    assert {len(frame) for frame in frames[:-1]} == {rate // 50 * 2 * bytes_a_sample}
    assert sum(map(len, frames)) == pytest.approx(1.01 * rate * 2 * bytes_a_sample, abs=8)
    assert media_of(tone, encoding=encoding).rate_hz == rate


def test_each_channel_keeps_its_speaker(tone):
    samples = decode(b"".join(frames_of(tone)), Encoding.MULAW).reshape(-1, 2).T
    assert np.abs(samples[0]).max() == pytest.approx(0.4, abs=0.05)
    assert np.abs(samples[1]).max() < 0.01
    assert media_of(tone).channels == ("agent", "customer")
    assert media_of(tone, diarise="right-left").channels == ("customer", "agent")


def test_a_mixed_channel_is_no_live_call(tmp_path):
    write_wav(tmp_path / "mono.wav", np.zeros(RATE, np.float32), RATE)
    with pytest.raises(AudioError, match="one mixed channel; a live call needs one channel a speaker"):
        media_of(tmp_path / "mono.wav")


def test_an_unknown_encoding_is_refused_with_the_known_ones(tone):
    with pytest.raises(AudioError, match=r"encoding 'opus' is not known.*mulaw, alaw, pcm16"):
        media_of(tone, encoding="opus")


def test_six_samples_come_with_their_scripts():
    samples = sample_calls()
    assert len(samples) >= 6
    assert all(40 <= each.script.turns[-1].end <= 90 for each in samples)
    assert all(each.script.title.zh and each.script.title.en for each in samples)
    assert sum(bool(each.script.expected) for each in samples) >= 5
