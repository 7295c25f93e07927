"""8 to 16 kHz: true to the signal, without images, the same however it was cut."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechqc.audio.resample import DELAY, Doubler


def doubled(samples: np.ndarray, cuts: list[int]) -> np.ndarray:
    doubler = Doubler(samples.shape[0])
    parts = [doubler.push(part) for part in np.split(samples, cuts, axis=1)]
    return np.concatenate([*parts, doubler.finish()], axis=1)


def tone(hz: float, rate_hz: int, n: int) -> np.ndarray:
    return np.sin(2 * np.pi * hz * np.arange(n) / rate_hz).astype(np.float32)


@given(cuts=st.lists(st.integers(0, 1_000), max_size=12).map(sorted))
def test_cuts_do_not_change_a_bit(cuts):
    samples = np.random.default_rng(5).uniform(-1, 1, (2, 1_000)).astype(np.float32)

    assert np.array_equal(doubled(samples, cuts), doubled(samples, []))


def test_nothing_is_lost_at_the_end():
    samples = np.ones((1, 100), np.float32)

    assert doubled(samples, []).shape == (1, 2 * (100 + DELAY))


def test_the_output_is_one_and_a_half_milliseconds_late():
    assert DELAY / 8_000 == 0.0015


def test_the_input_samples_are_kept_exactly():
    samples = np.random.default_rng(6).uniform(-1, 1, (1, 500)).astype(np.float32)

    assert np.array_equal(doubled(samples, [])[:, 2 * DELAY :: 2], samples)


@pytest.mark.parametrize("hz", [300.0, 1_000.0, 2_000.0, 3_400.0])
def test_a_tone_of_the_telephone_band_comes_out_without_an_image(hz):
    got = doubled(tone(hz, 8_000, 4_000)[None], [])[0, 2 * DELAY : 2 * DELAY + 8_000]
    error = (got - tone(hz, 16_000, 8_000))[200:-200]

    assert 20 * np.log10(np.abs(error).max()) < -50
