"""Sounds made on the spot: vowels of a known pitch, silence, line noise, and a calls' worth of them."""

import numpy as np

RATE = 16_000
VOWELS = {
    "a": ((800, 80), (1_200, 90), (2_500, 120)),
    "e": ((500, 60), (1_800, 90), (2_500, 120)),
    "i": ((280, 60), (2_250, 90), (2_900, 120)),
    "u": ((310, 60), (870, 80), (2_250, 120)),
}


def vowel(
    pitch_hz: float,
    seconds: float = 1.0,
    *,
    sound: str = "a",
    level_db: float = -20.0,
    telephone: bool = False,
) -> np.ndarray:
    """A vowel with 1 % vibrato: harmonics that fall by 6 dB an octave, through the vowel's formants."""
    t = np.arange(round(seconds * RATE)) / RATE
    phase = 2 * np.pi * np.cumsum(pitch_hz * (1 + 0.01 * np.sin(2 * np.pi * 5 * t))) / RATE
    wave = np.zeros_like(t)
    for k in range(1, int(4_000 / pitch_hz) + 1):
        hz = k * pitch_hz
        if not telephone or 300 <= hz <= 3_400:
            wave += _formants(hz, sound) / k * np.sin(k * phase)
    return _at_level(wave, level_db)


def silence(seconds: float) -> np.ndarray:
    return np.zeros(round(seconds * RATE), np.float32)


def noise(seconds: float, level_db: float, seed: int = 0) -> np.ndarray:
    return _at_level(np.random.default_rng(seed).standard_normal(round(seconds * RATE)), level_db)


def syllables(seconds: float, *, pitch_hz: float = 140.0, level_db: float = -20.0) -> np.ndarray:
    """Vowels of 0.2 s that swell and fade like syllables, without a pause between them."""
    n = round(0.2 * RATE)
    swell = 0.15 + 0.85 * np.hanning(n)
    parts = [
        vowel(pitch_hz * (1 + 0.1 * (i % 3)), 0.2, sound="aeiu"[i % 4], level_db=level_db) * swell
        for i in range(round(seconds / 0.2))
    ]
    return np.concatenate(parts).astype(np.float32)


def conversation_side() -> np.ndarray:
    """Half a minute with short and long speech, a click, a pause and a monologue, on a faint line."""
    parts = [
        silence(0.7), syllables(1.4), silence(1.1), syllables(0.2), silence(0.9),
        vowel(300, 0.04, level_db=-10), silence(1.0), syllables(12.0, pitch_hz=110), silence(0.3),
        syllables(2.0), silence(1.2), syllables(0.8),
    ]  # fmt: skip
    sound = np.concatenate(parts)
    return sound + noise(len(sound) / RATE, -70.0)


def _formants(hz: float, sound: str) -> float:
    return sum(1 / (1 + ((hz - centre) / width) ** 2) ** 0.5 for centre, width in VOWELS[sound])


def _at_level(wave: np.ndarray, level_db: float) -> np.ndarray:
    rms = np.sqrt(np.mean(wave**2))
    return (wave * 10 ** (level_db / 20) / rms).astype(np.float32)
