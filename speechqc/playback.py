"""A recording as the frames of a live call, in the encoding a telephone line would bring it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soxr

from speechqc.audio.codecs import Encoding, encode
from speechqc.audio.format import SAMPLE_RATE
from speechqc.audio.recording import channel_roles, open_recording
from speechqc.errors import AudioError
from speechqc.events import Role
from speechqc.ingest.messages import Media

TELEPHONE_HZ = 8_000


def media_of(path: Path, *, encoding: str = "mulaw", diarise: str = "left-right") -> Media:
    """What the frames of :func:`frames_of` are.

    Raises:
        AudioError: the file cannot be read, nobody knows who is on its one channel, or `encoding` is
            unknown.
    """
    if encoding not in set(Encoding):
        raise AudioError(f"encoding {encoding!r} is not known", hint=f"use one of: {', '.join(Encoding)}")
    roles = channel_roles(open_recording(path).channels, diarise)
    if Role.UNKNOWN in roles:
        raise AudioError(
            f"{path.name} is one mixed channel; a live call needs one channel a speaker",
            hint="judge it with `speechqc analyze`, which says what can be known of it",
        )
    rate = SAMPLE_RATE if encoding == Encoding.PCM16 else TELEPHONE_HZ
    return Media(encoding=encoding, rate_hz=rate, channels=tuple(role.value for role in roles))


def frames_of(path: Path, *, encoding: str = "mulaw", frame_ms: int = 20) -> Iterator[bytes]:
    """The interleaved audio of `path`, `frame_ms` a frame; the last one may be shorter."""
    recording = open_recording(path)
    wanted = Encoding(encoding)
    rate = SAMPLE_RATE if wanted is Encoding.PCM16 else TELEPHONE_HZ
    size = rate * frame_ms // 1000
    lower = (
        soxr.ResampleStream(SAMPLE_RATE, rate, recording.channels, dtype="float32")
        if rate != SAMPLE_RATE
        else None
    )
    rest = np.zeros((recording.channels, 0), np.float32)
    for block in recording.blocks():
        samples = block if lower is None else lower.resample_chunk(np.ascontiguousarray(block.T)).T
        rest = np.concatenate([rest, samples], axis=1)
        while rest.shape[1] >= size:
            yield encode(rest[:, :size], wanted)
            rest = rest[:, size:]
    if lower is not None:
        tail = lower.resample_chunk(np.zeros((0, recording.channels), np.float32), last=True).T
        rest = np.concatenate([rest, tail], axis=1)
    for first in range(0, rest.shape[1], size):
        yield encode(rest[:, first : first + size], wanted)
