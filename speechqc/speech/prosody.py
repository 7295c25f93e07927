"""How a stretch of speech sounded: pitch, level and colour, in one pass of spectra.

The features are those that separate angry from neutral speech across languages on a telephone band
(spectral balance first, pitch second); all are raw, comparing them with the speaker's own is the
analyzer's work.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from speechqc.audio.format import SAMPLE_RATE

Samples = npt.NDArray[np.float32]
Array = npt.NDArray[np.floating]

FRAME = 640
"""40 ms: three periods of the lowest pitch."""
STEP = 320
FFT = 1024
LAG_FFT = 512
LAG_RATE = SAMPLE_RATE * LAG_FFT // FFT
"""The autocorrelation is taken at 8 kHz: below 1.5 kHz a parabola finds the peak between its samples."""
BAND_HZ = 4_000.0
"""Nothing above it passes a telephone; wide-band calls are measured like the others."""
LOW_HZ = 100.0
"""Hum and offset below it are no part of a voice's colour."""
SPLIT_HZ = 1_000.0
PITCH_HZ = (75.0, 500.0)
AUDIBLE_DB = 30.0
"""A frame so far below the loudest of its stretch is a pause."""
FLOOR = 1e-10
PITCH_BAND_HZ = 1_500.0
VOICED = 0.33
"""Peak of the autocorrelation from which a frame is voiced: telephone-band noise stays below 0.25 in
98 % of its frames, synthetic vowels in the same noise (25 dB down) above 0.6 in 95 %."""
OCTAVE_COST = 0.05
"""Of two equal peaks the one an octave higher is the period (Boersma 1993, eq. 26)."""
MIN_VOICED = 3


@dataclass(frozen=True, slots=True)
class Voice:
    """Raw features of a stretch; see :class:`speechqc.events.Prosody` for their meaning."""

    level_db: float
    balance_db: float
    centroid_hz: float
    voiced_share: float
    f0_hz: float | None
    f0_high_hz: float | None


def measure(samples: Samples) -> Voice | None:
    """The voice in `samples`, float32 (n,) at 16 kHz; None when they are silent or shorter than 40 ms."""
    if len(samples) < FRAME:
        return None
    frames = np.lib.stride_tricks.sliding_window_view(samples, FRAME)[::STEP]
    spectra = np.fft.rfft(frames * _WINDOW, FFT, axis=1)[:, :_BAND]
    power = spectra.real**2 + spectra.imag**2
    loudness = power[:, _LOW:].sum(axis=1)
    audible = loudness > loudness.max() * 10 ** (-AUDIBLE_DB / 10)
    if not audible.any():
        return None
    loud = power[loudness >= _rank(loudness[audible], 0.5)].sum(axis=0) + FLOOR
    level = float(np.einsum("ij,ij->", frames[audible], frames[audible])) / (FRAME * int(audible.sum()))
    pitch = _pitch(power[audible])
    return Voice(
        level_db=round(_db(level + FLOOR), 2),
        balance_db=round(_db(float(loud[_SPLIT:].sum() / loud[_LOW:_SPLIT].sum())), 2),
        centroid_hz=round(float((loud[_LOW:] * _FREQUENCIES[_LOW:]).sum() / loud[_LOW:].sum()), 1),
        voiced_share=round(len(pitch) / len(frames), 3),
        f0_hz=_quantile(pitch, 0.5),
        f0_high_hz=_quantile(pitch, 0.95),
    )


def _pitch(power: Array) -> Array:
    """Pitch of the voiced ones among the frames, Hz.

    The autocorrelation of the signal below 1.5 kHz, divided by the window's own (Boersma 1993), taken
    from the square root of the power: that flattens the formants, so that the strongest peak is the
    period and not a resonance. On synthetic vowels of 80-450 Hz, wide and telephone band, this choice
    misses the period in 0.4 % of the frames; the plain power misses it in 1.9 %.
    """
    amplitude = np.sqrt(power[:, :_PITCH_BAND])
    amplitude[:, :_HUM] = 0.0
    correlation = np.fft.irfft(amplitude, LAG_FFT, axis=1)[:, : _LAGS[-1] + 2]
    correlation /= np.maximum(correlation[:, :1], FLOOR) * _WINDOW_CORRELATION
    strength = correlation[:, _LAGS] - OCTAVE_COST * np.log2(_LAGS / _LAGS[0])
    best = strength.argmax(axis=1)
    row = np.arange(len(best))
    voiced = correlation[row, _LAGS[best]] >= VOICED
    lag = _LAGS[best[voiced]]
    row = row[voiced]
    left, peak, right = (correlation[row, lag + d] for d in (-1, 0, 1))
    shift = 0.5 * (left - right) / np.minimum(left - 2 * peak + right, -FLOOR)
    pitch: Array = LAG_RATE / (lag + np.clip(shift, -0.5, 0.5))
    return pitch


def _quantile(pitch: Array, share: float) -> float | None:
    return round(_rank(pitch, share), 1) if len(pitch) >= MIN_VOICED else None


def _rank(values: Array, share: float) -> float:
    """The value below which `share` of `values` lie; nearest rank, several times faster than np.quantile."""
    return float(np.sort(values)[round(share * (len(values) - 1))])


def _db(power: float) -> float:
    return float(10 * np.log10(power))


def _window_correlation() -> Array:
    spectrum = np.abs(np.fft.rfft(_WINDOW, FFT))[: LAG_FFT // 2 + 1] ** 2
    correlation = np.fft.irfft(spectrum, LAG_FFT)[: _LAGS[-1] + 2]
    relative: Array = (correlation / correlation[0]).astype(np.float32)
    return relative


def _bin(hz: float) -> int:
    return round(hz * FFT / SAMPLE_RATE)


_WINDOW = np.hanning(FRAME).astype(np.float32)
_BAND, _LOW, _SPLIT = _bin(BAND_HZ), _bin(LOW_HZ), _bin(SPLIT_HZ)
_FREQUENCIES = np.arange(_BAND) * (SAMPLE_RATE / FFT)
_PITCH_BAND, _HUM = _bin(PITCH_BAND_HZ), _bin(60.0)
_LAGS = np.arange(round(LAG_RATE / PITCH_HZ[1]), round(LAG_RATE / PITCH_HZ[0]) + 1)
_WINDOW_CORRELATION = _window_correlation()
