"""The sample calls and made-up sound as files that tests hand to commands."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

from speechqc.audio.recording import open_recording
from speechqc.samples import Sample, sample_calls

RATE = 16_000
Samples = npt.NDArray[np.float32]


def sample(name: str) -> Sample:
    return next(each for each in sample_calls() if each.script.id == name)


def sound_of(path: Path, *, start_s: float = 0.0, end_s: float | None = None) -> Samples:
    """float32 (channels, n) at 16 kHz."""
    whole = np.concatenate(list(open_recording(path).blocks()), axis=1)
    return whole[:, round(start_s * RATE) : None if end_s is None else round(end_s * RATE)]


def write_mp3(path: Path, samples: Samples, rate_hz: int = 44_100) -> None:
    """Stereo MP3 of `samples`, float32 (2, n) at 16 kHz, resampled to `rate_hz`."""
    with av.open(str(path), "w", format="mp3") as container:
        stream = container.add_stream("libmp3lame", rate=rate_hz, layout="stereo")
        stream.bit_rate = 128_000
        to_codec = av.AudioResampler(format="fltp", layout="stereo", rate=rate_hz, frame_size=1_152)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples), format="fltp", layout="stereo")
        frame.sample_rate = RATE
        for out in [*to_codec.resample(frame), *to_codec.resample(None)]:
            container.mux(stream.encode(out))
        container.mux(stream.encode(None))
