"""Calls made of tones, as the bytes a telephone system would send: µ-law, 8 kHz, two channels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from speechqc.audio.codecs import Encoding, encode
from speechqc.ingest.messages import Media, Start
from tests.support.tone_recognizer import PHRASES

RATE = 8_000
FRAME_S = 0.04
MEDIA = Media(encoding="mulaw", rate_hz=RATE, channels=("agent", "customer"))
HZ = {text: hz for hz, text in PHRASES.items()}


def start(call_id: str, **fields: object) -> Start:
    return Start(**({"call_id": call_id, "media": MEDIA, "kind": "sales"} | fields))


def call_frames(seed: int, *, turns: int = 6, frame_s: float = FRAME_S) -> list[bytes]:
    """The frames of a call in which both sides say phrases in turn, the same for the same seed."""
    audio = tone_call(seed, turns=turns)
    size = round(frame_s * RATE) * 2
    return [audio[at : at + size] for at in range(0, len(audio), size)]


def tone_call(seed: int, *, turns: int = 6) -> bytes:
    rng = np.random.default_rng(seed)
    said = [(index % 2, rng.choice(sorted(HZ.values()))) for index in range(turns)]
    return render([(channel, int(hz), 0.8 + 0.4 * rng.random()) for channel, hz in said])


def render(said: Sequence[tuple[int, int, float]], *, pause_s: float = 0.8) -> bytes:
    """Interleaved µ-law of tones: channel, frequency in Hz and length in seconds, one after the other."""
    pieces = [np.zeros((round(pause_s * RATE), 2))]
    for channel, hz, length_s in said:
        piece = np.zeros((round(length_s * RATE), 2))
        piece[:, channel] = 0.3 * voice(hz, len(piece))
        pieces += [piece, np.zeros((round(pause_s * RATE), 2))]
    return encode(np.concatenate(pieces).T.astype(np.float32), Encoding.MULAW)


def voice(hz: int, n: int) -> np.ndarray:
    """A tone that the voice activity detector takes for speech: it swells and has weak neighbours."""
    t = np.arange(n) / RATE
    swell = 0.7 + 0.3 * np.sin(2 * np.pi * 4 * t)
    return swell * (np.sin(2 * np.pi * hz * t) + 0.2 * np.sin(2 * np.pi * 2 * hz * t))
