"""Recordings written to disk as 16-bit WAV or FLAC."""

from __future__ import annotations

import wave
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

from speechqc.audio.codecs import encode_pcm16, to_int16
from speechqc.audio.format import MAX_CHANNELS
from speechqc.errors import AudioError

Samples = npt.NDArray[np.float32]

FLAC_FRAME = 4_608
"""Samples a FLAC block; the encoder refuses more than 65 535 and is tuned for about this many."""


def write_wav(path: Path, samples: Samples, rate_hz: int) -> None:
    """Write `samples`, float32 (n,) or (channels, n), as 16-bit WAV."""
    rows = _rows(samples)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(rows.shape[0])
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(encode_pcm16(np.ascontiguousarray(rows.T)))


def write_flac(path: Path, samples: Samples, rate_hz: int) -> None:
    """Write `samples`, float32 (n,) or (channels, n), as 16-bit FLAC: lossless, about half of a WAV."""
    rows = to_int16(_rows(samples))
    layout = "mono" if rows.shape[0] == 1 else "stereo"
    with av.open(str(path), "w", format="flac") as container:
        stream = container.add_stream("flac", rate=rate_hz, layout=layout)
        stream.codec_context.format = "s16"
        for at in range(0, rows.shape[1], FLAC_FRAME):
            block = np.ascontiguousarray(rows[:, at : at + FLAC_FRAME].T).reshape(1, -1)
            frame = av.AudioFrame.from_ndarray(block, format="s16", layout=layout)
            frame.sample_rate = rate_hz
            frame.pts = at
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def _rows(samples: Samples) -> Samples:
    rows: Samples = np.atleast_2d(samples)
    if rows.ndim != 2 or not 1 <= rows.shape[0] <= MAX_CHANNELS:
        raise AudioError(
            f"samples of shape {samples.shape} were to be written",
            hint="pass (n,) or (channels, n) with 1 or 2 channels",
        )
    return rows
