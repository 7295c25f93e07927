"""From the synthesiser's clean voice to what a telephone line delivers, at the recogniser's 16 kHz."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import soxr
from scipy.signal import butter, sosfilt

FloatArray = npt.NDArray[np.float32]

_TELEPHONE_RATE = 8_000
_RECOGNISER_RATE = 16_000
_BABBLE_VOICES = 4
_BABBLE_MEMORY = 30
_TILT_PIVOT_HZ = 1_000.0


@dataclass(frozen=True, slots=True)
class Line:
    """How one recording is spoiled. Ranges are uniform; shares are probabilities.

    `speed` above 1 makes the voice longer and lower, as if its tract were longer.
    """

    speed: tuple[float, float]
    lead_s: tuple[float, float]
    tail_s: tuple[float, float]
    band_limited_share: float
    tilted_share: float
    companded_share: float
    noisy_share: float
    snr_db: tuple[float, float]
    gain_db: tuple[float, float]


CLEAN = Line(
    speed=(1.0, 1.0),
    lead_s=(0.15, 0.15),
    tail_s=(0.35, 0.35),
    band_limited_share=0.0,
    tilted_share=0.0,
    companded_share=0.0,
    noisy_share=0.0,
    snr_db=(40, 40),
    gain_db=(-6, -6),
)
TELEPHONE = Line(
    speed=(1.0, 1.0),
    lead_s=(0.1, 0.3),
    tail_s=(0.3, 0.5),
    band_limited_share=1.0,
    tilted_share=0.0,
    companded_share=1.0,
    noisy_share=1.0,
    snr_db=(10, 25),
    gain_db=(-18, -3),
)
TRAINING = Line(
    speed=(0.86, 1.16),
    lead_s=(0.05, 0.6),
    tail_s=(0.1, 0.6),
    band_limited_share=0.6,
    tilted_share=0.6,
    companded_share=0.7,
    noisy_share=0.75,
    snr_db=(4, 35),
    gain_db=(-30, 0),
)


class Telephone:
    """Sends recordings down lines; remembers earlier voices, from which babble is mixed."""

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        self._voices: list[FloatArray] = []

    def send(self, samples: FloatArray, rate: int, line: Line) -> FloatArray:
        """`samples` (n,) at `rate` Hz as they arrive, float32 at 16 kHz."""
        rng = self._rng
        voice = soxr.resample(samples, rate * rng.uniform(*line.speed), _TELEPHONE_RATE)
        if len(self._voices) < _BABBLE_MEMORY or rng.random() < 0.1:
            self._voices = [*self._voices[-_BABBLE_MEMORY:], voice]
        lead, tail = (
            np.zeros(int(_TELEPHONE_RATE * rng.uniform(*span)), np.float32)
            for span in (line.lead_s, line.tail_s)
        )
        return self._deliver(np.concatenate([lead, voice, tail]), line)

    def send_noise(self, seconds: float, line: Line) -> FloatArray:
        """A line on which nobody speaks."""
        rng = self._rng
        silence = np.zeros(int(_TELEPHONE_RATE * seconds), np.float32)
        if rng.random() < 0.2:
            return self._deliver(silence, line)
        noise = self._noise(len(silence)) * 10 ** (rng.uniform(-60, -15) / 20)
        return self._deliver(noise.astype(np.float32), line)

    def _deliver(self, samples: FloatArray, line: Line) -> FloatArray:
        rng = self._rng
        if rng.random() < line.tilted_share:
            samples = _tilt(samples, rng.uniform(-6, 6))
        speech_level = _level(samples)
        if rng.random() < line.noisy_share and speech_level > 0:
            noise_level = speech_level * 10 ** (-rng.uniform(*line.snr_db) / 20)
            samples = samples + self._noise(len(samples)) * np.float32(noise_level)
        if rng.random() < line.band_limited_share:
            samples = sosfilt(_band(), samples)
        peak = max(float(np.abs(samples).max(initial=0.0)), 1e-6)
        samples = samples * np.float32(10 ** (rng.uniform(*line.gain_db) / 20) / max(peak, 1e-3))
        if rng.random() < line.companded_share:
            samples = _compand(samples)
        return np.asarray(soxr.resample(samples.astype(np.float32), _TELEPHONE_RATE, _RECOGNISER_RATE))

    def _noise(self, count: int) -> FloatArray:
        """Noise of level 1 and a random kind: white to brown, mains hum, or other voices."""
        rng = self._rng
        kind = rng.choice(("coloured", "hum", "babble"), p=(0.6, 0.1, 0.3))
        if kind == "babble" and len(self._voices) > _BABBLE_VOICES:
            noise = self._babble(count)
        elif kind == "hum":
            noise = self._hum(count)
        else:
            noise = self._coloured(count)
        level = _level(noise)
        return noise / np.float32(level) if level > 0 else noise

    def _coloured(self, count: int) -> FloatArray:
        slope = self._rng.uniform(0.0, 1.2)
        bins = count // 2 + 1
        spectrum = self._rng.standard_normal(bins) + 1j * self._rng.standard_normal(bins)
        spectrum *= (np.arange(bins) / count * _TELEPHONE_RATE + 20.0) ** -slope
        return np.fft.irfft(spectrum, count).astype(np.float32)

    def _hum(self, count: int) -> FloatArray:
        time = np.arange(count) / _TELEPHONE_RATE
        base = self._rng.choice((50.0, 60.0, self._rng.uniform(200, 1500)))
        harmonics = sum(self._rng.uniform(0, 1) * np.sin(2 * np.pi * base * k * time) for k in (1, 2, 3, 5))
        return np.asarray(harmonics, dtype=np.float32)

    def _babble(self, count: int) -> FloatArray:
        mixed = np.zeros(count, np.float32)
        for index in self._rng.choice(len(self._voices), _BABBLE_VOICES, replace=False):
            voice = self._voices[index]
            shifted = np.roll(voice, self._rng.integers(len(voice)))
            mixed += np.resize(shifted, count) * np.float32(10 ** self._rng.uniform(-0.5, 0.0))
        return mixed


def _level(samples: FloatArray) -> float:
    """Root mean square of the part that is not digital silence."""
    heard = samples[np.abs(samples) > 1e-5]
    return float(np.sqrt(np.mean(np.square(heard)))) if len(heard) else 0.0


def _tilt(samples: FloatArray, db_per_octave_pair: float) -> FloatArray:
    spectrum = np.fft.rfft(samples)
    hz = np.arange(len(spectrum)) / len(samples) * _TELEPHONE_RATE
    db = db_per_octave_pair * np.log2(np.maximum(hz, 100.0) / _TILT_PIVOT_HZ) / 2
    return np.fft.irfft(spectrum * 10 ** (db / 20), len(samples)).astype(np.float32)


@cache
def _band() -> npt.NDArray[np.float64]:
    """The 300-3400 Hz of a telephone line."""
    return np.asarray(butter(4, (300, 3400), "bandpass", fs=_TELEPHONE_RATE, output="sos"))


def _compand(samples: FloatArray) -> FloatArray:
    """To 8-bit µ-law and back (ITU-T G.711, continuous form)."""
    clipped = np.clip(samples, -1.0, 1.0)
    code = np.round(np.sign(clipped) * np.log1p(255 * np.abs(clipped)) / np.log(256.0) * 127) / 127
    return (np.sign(code) * (256.0 ** np.abs(code) - 1) / 255).astype(np.float32)
