"""WAV and FLAC files written and read back."""

import wave
from pathlib import Path

import numpy as np
import pytest

from speechqc.audio.recording import open_recording, write_flac, write_wav
from speechqc.errors import AudioError


def noise(channels: int, n: int) -> np.ndarray:
    return np.random.default_rng(3).uniform(-0.9, 0.9, (channels, n)).astype(np.float32)


@pytest.mark.parametrize("write", [write_wav, write_flac])
@pytest.mark.parametrize("channels", [1, 2])
def test_what_was_written_is_read_back_within_half_a_step(tmp_path: Path, write, channels):
    samples = noise(channels, 20_001)
    path = tmp_path / "call"

    write(path, samples, 16_000)

    heard = np.concatenate(list(open_recording(path).blocks()), axis=1)
    assert heard.shape == samples.shape
    assert np.abs(heard - samples).max() <= 0.5 / 32_768


def test_one_row_of_samples_is_a_mono_file(tmp_path: Path):
    write_wav(tmp_path / "mono.wav", noise(1, 800)[0], 8_000)

    with wave.open(str(tmp_path / "mono.wav")) as file:
        assert (file.getnchannels(), file.getframerate(), file.getnframes()) == (1, 8_000, 800)


def test_three_channels_are_not_a_call(tmp_path: Path):
    with pytest.raises(AudioError, match=r"samples of shape \(3, 10\) were to be written"):
        write_flac(tmp_path / "x.flac", noise(3, 10), 8_000)
