"""The bundled recogniser's features: Kaldi's numbers, whatever the cut."""

import kaldi_native_fbank
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from speechqc.asr.bundled.features import (
    CONTEXT,
    FRAME_SHIFT,
    MEL_BANDS,
    SAMPLE_RATE,
    log_mel,
    with_start_context,
)

FLOOR = 1e-5


def tones(seconds: float) -> np.ndarray:
    time = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    noise = np.random.default_rng(7).standard_normal(len(time)) * 0.01
    return (0.3 * np.sin(2 * np.pi * 440 * time) + 0.1 * np.sin(2 * np.pi * 1900 * time) + noise).astype(
        np.float32
    )


def kaldi(samples: np.ndarray) -> np.ndarray:
    options = kaldi_native_fbank.FbankOptions()
    options.frame_opts.samp_freq = SAMPLE_RATE
    options.frame_opts.dither = 0.0
    options.frame_opts.snip_edges = True
    options.mel_opts.num_bins = MEL_BANDS
    options.mel_opts.low_freq, options.mel_opts.high_freq = 60.0, 3900.0
    bank = kaldi_native_fbank.OnlineFbank(options)
    bank.accept_waveform(SAMPLE_RATE, samples.tolist())
    bank.input_finished()
    return np.stack([bank.get_frame(index) for index in range(bank.num_frames_ready)])


def test_features_are_kaldis_above_the_floor():
    samples = tones(1.0)
    whole = CONTEXT + (len(samples) - CONTEXT) // FRAME_SHIFT * FRAME_SHIFT

    ours = log_mel(samples[None, :whole])[0]

    reference = np.log(np.exp(kaldi(samples)) + FLOOR)
    assert ours.shape == reference.shape
    np.testing.assert_allclose(ours, reference, atol=0.02)


def test_a_recording_gives_one_frame_for_every_ten_milliseconds():
    assert log_mel(with_start_context(tones(1.003))).shape == (1, 100, MEL_BANDS)


def test_digital_silence_is_the_floor_and_not_infinite():
    silent = log_mel(np.zeros((1, CONTEXT + FRAME_SHIFT), np.float32))
    np.testing.assert_allclose(silent, np.log(FLOOR), atol=1e-3)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 30), min_size=1, max_size=12))
def test_cutting_the_audio_anywhere_between_frames_gives_the_same_features(cuts):
    samples = tones(sum(cuts) * FRAME_SHIFT / SAMPLE_RATE)
    whole = log_mel(with_start_context(samples))[0]

    padded = with_start_context(samples)[0]
    pieces, position = [], 0
    for frames in cuts:
        piece = padded[position : position + CONTEXT + frames * FRAME_SHIFT]
        pieces.append(log_mel(piece[None])[0])
        position += frames * FRAME_SHIFT

    np.testing.assert_allclose(np.concatenate(pieces), whole, atol=1e-3)


def test_streams_of_a_batch_do_not_mix():
    one, other = tones(0.5), tones(0.5)[::-1].copy()
    together = log_mel(np.concatenate([with_start_context(one), with_start_context(other)]))

    np.testing.assert_allclose(together[0], log_mel(with_start_context(one))[0], atol=1e-3)
    np.testing.assert_allclose(together[1], log_mel(with_start_context(other))[0], atol=1e-3)
