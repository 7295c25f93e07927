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
BAND_HZ = 4_000.0
"""Nothing above it passes a telephone; wide-band calls are measured like the others."""
LOW_HZ = 100.0
"""Hum and offset below it are no part of a voice's colour."""
SPLIT_HZ = 1_000.0
PITCH_HZ = (75.0, 500.0)
AUDIBLE_DB = 30.0
"""A frame so far below the loudest of its stretch is a pause."""
FLOOR = 1e-10
VOICED = 0.5
OCTAVE_COST = 0.02
"""Boersma (1993), eq. 26: of two equal peaks the higher pitch is the right one."""
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
    """The voice in `samples`, float32 (n,) at 16 kHz; None when they are shorter than one frame."""
    if len(samples) < FRAME:
        return None
    frames = np.lib.stride_tricks.sliding_window_view(samples, FRAME)[::STEP]
    power = np.abs(np.fft.rfft(frames * _WINDOW, FFT, axis=1)[:, :_BAND]) ** 2
    loudness = power[:, _LOW:].sum(axis=1)
    audible = loudness > loudness.max() * 10 ** (-AUDIBLE_DB / 10)
    loud = power[loudness >= np.median(loudness[audible])].sum(axis=0) + FLOOR
    level = float(np.mean(frames[audible].astype(np.float64) ** 2)) if audible.any() else 0.0
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

    The autocorrelation of the band-limited signal, divided by the window's own (Boersma 1993,
    doi:10.1.1.218.4956), from the square root of the power: that flattens the formants, so that the strongest peak is
    the period and not a resonance.
    """
    correlation = np.fft.irfft(np.sqrt(power), FFT, axis=1)[:, : _LAGS[-1] + 2]
    correlation = correlation / np.maximum(correlation[:, :1], FLOOR)
    strength = correlation[:, _LAGS] - OCTAVE_COST * np.log2(_LAGS / _LAGS[0])
    best = strength.argmax(axis=1)
    row = np.arange(len(best))
    voiced = correlation[row, _LAGS[best]] >= VOICED
    lag = _LAGS[best[voiced]]
    left, peak, right = (correlation[voiced][np.arange(len(lag)), lag + d] for d in (-1, 0, 1))
    shift = 0.5 * (left - right) / np.minimum(left - 2 * peak + right, -FLOOR)
    pitch: Array = SAMPLE_RATE / (lag + np.clip(shift, -0.5, 0.5))
    return pitch


def _quantile(pitch: Array, share: float) -> float | None:
    return round(float(np.quantile(pitch, share)), 1) if len(pitch) >= MIN_VOICED else None


def _db(power: float) -> float:
    return float(10 * np.log10(power))


def _bin(hz: float) -> int:
    return round(hz * FFT / SAMPLE_RATE)


_WINDOW = np.hanning(FRAME).astype(np.float32)
_BAND, _LOW, _SPLIT = _bin(BAND_HZ), _bin(LOW_HZ), _bin(SPLIT_HZ)
_FREQUENCIES = np.arange(_BAND) * (SAMPLE_RATE / FFT)
_LAGS = np.arange(round(SAMPLE_RATE / PITCH_HZ[1]), round(SAMPLE_RATE / PITCH_HZ[0]) + 1)
