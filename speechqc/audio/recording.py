"""Recorded calls: any file PyAV reads, as blocks of samples at 16 kHz."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import soxr

from speechqc.audio.format import MAX_CHANNELS, SAMPLE_RATE
from speechqc.audio.resample import Doubler
from speechqc.audio.writing import write_flac, write_wav
from speechqc.errors import AudioError
from speechqc.events import Role

__all__ = ["DIARISE", "Recording", "channel_roles", "open_recording", "write_flac", "write_wav"]

Samples = npt.NDArray[np.float32]

BLOCK_S = 1.0
DIARISE = {
    "left-right": (Role.AGENT, Role.CUSTOMER),
    "right-left": (Role.CUSTOMER, Role.AGENT),
    "none": (Role.UNKNOWN,),
}
"""Who is on the left and on the right channel; ``none`` mixes both into one of unknown role."""

MISSING_S = 0.1
"""A file may end this much before the length in its header: encoders round to whole frames."""


class Recording:
    """A recording opened for one pass over its samples.

    Attributes:
        channels: 1 or 2.
        source_rate_hz: the file's own sample rate.
        duration_s: seconds of sound; before the end of the pass what the header says, None if it says
            nothing.
        truncated: the file ends before its header says or has damaged parts; known after the pass.
        warning: one sentence on what is missing, None for an undamaged file; known after the pass.
    """

    def __init__(self, path: Path) -> None:
        _check_file(path)
        self.path = path
        self._container = _open(path)
        try:
            stream = _audio_stream(self._container, path)
            self.channels = _channels(stream, path)
            self.source_rate_hz: int = stream.rate
            self._stream = stream
            self._declared_s = _declared_s(stream, path)
            self.duration_s: float | None = self._declared_s
            self._damaged = 0
            self._decoded = 0
            self.truncated = False
            self.warning: str | None = None
            self._pending = self._decode()
            self._first = next(self._pending, None)
            if self._first is None:
                raise _unreadable(path, "has an audio track without a single sample")
        except BaseException:
            self._container.close()
            raise

    def blocks(self) -> Iterator[Samples]:
        """The samples, in order: float32 (channels, n) at 16 kHz, n about a second.

        Raises:
            AudioError: they were asked for before; open the file again for a second pass.
        """
        first, self._first = self._first, None
        if first is None:
            raise AudioError(f"{self.path.name} was read already", hint="open the recording again")
        with self._container:
            convert = _Converter(self.channels, self.source_rate_hz)
            for decoded in chain([first], self._pending):
                yield from convert.push(decoded)
            yield from convert.finish()
        self._report()

    def _decode(self) -> Iterator[Samples]:
        to_float = av.AudioResampler(format="fltp", layout=self._stream.layout, rate=self._stream.rate)
        packets = self._container.demux(self._stream)
        while True:
            try:
                if (packet := next(packets, None)) is None:
                    return
                frames = [out for frame in packet.decode() for out in to_float.resample(frame)]
            except av.FFmpegError:
                self._damaged += 1
                continue  # after an error of the container itself there is no next packet
            for frame in frames:
                samples = frame.to_ndarray().astype(np.float32, copy=False)
                self._decoded += samples.shape[1]
                if samples.shape[1]:
                    yield samples

    def _report(self) -> None:
        self.duration_s = self._decoded / self.source_rate_hz
        missing_s = (self._declared_s or 0.0) - self.duration_s
        faults = []
        if missing_s > MISSING_S:
            faults.append(
                f"it is cut off: its header announces {self._declared_s:.1f} s, "
                f"{self.duration_s:.1f} s are there"
            )
        if self._damaged:
            faults.append(f"damaged parts that were skipped: {self._damaged}")
        self.truncated = bool(faults)
        if faults:
            self.warning = f"{self.path.name} is incomplete, the rest was read; {'; '.join(faults)}"


def open_recording(path: Path) -> Recording:
    """Open `path` and read its first samples.

    Raises:
        AudioError: there is no such file, it is empty, is no audio, has no samples or more than
            2 channels.
    """
    return Recording(path)


def channel_roles(channels: int, diarise: str) -> tuple[Role, ...]:
    """Who is on each channel of a recording; one ``unknown`` when the channels are to be mixed.

    A mono recording mixes both speakers, so `diarise` cannot tell them apart.

    Raises:
        AudioError: `diarise` is none of `DIARISE`.
    """
    if diarise not in DIARISE:
        raise AudioError(f"diarise {diarise!r} is not known", hint=f"use one of: {', '.join(DIARISE)}")
    return DIARISE[diarise] if channels == MAX_CHANNELS else DIARISE["none"]


class _Converter:
    """Gathers decoded frames into blocks at 16 kHz."""

    def __init__(self, channels: int, rate_hz: int) -> None:
        self._channels = channels
        self._block = round(BLOCK_S * rate_hz)
        self._gathered: list[Samples] = []
        self._n = 0
        # Live 8 kHz calls go through the same filter, so a call and its recording give the same samples.
        self._doubler = Doubler(channels) if rate_hz * 2 == SAMPLE_RATE else None
        self._soxr = (
            None
            if self._doubler or rate_hz == SAMPLE_RATE
            else soxr.ResampleStream(rate_hz, SAMPLE_RATE, channels, dtype="float32")
        )

    def push(self, samples: Samples) -> Iterator[Samples]:
        self._gathered.append(samples)
        self._n += samples.shape[1]
        if self._n >= self._block:
            yield from self._flush(last=False)

    def finish(self) -> Iterator[Samples]:
        yield from self._flush(last=True)

    def _flush(self, *, last: bool) -> Iterator[Samples]:
        empty = np.empty((self._channels, 0), np.float32)
        samples = np.concatenate([empty, *self._gathered], axis=1)
        self._gathered, self._n = [], 0
        if self._doubler is not None:
            samples = self._doubler.push(samples)
            if last:
                samples = np.concatenate([samples, self._doubler.finish()], axis=1)
        elif self._soxr is not None:
            resampled = self._soxr.resample_chunk(np.ascontiguousarray(samples.T), last=last)
            samples = np.ascontiguousarray(resampled.reshape(-1, self._channels).T)
        if samples.shape[1]:
            yield samples


def _check_file(path: Path) -> None:
    if not path.exists():
        raise AudioError(f"{path} does not exist", hint="check the path")
    if path.is_dir():
        raise AudioError(f"{path} is a folder, not a recording", hint="name one file, or audit the folder")
    if path.stat().st_size == 0:
        raise AudioError(f"{path.name} is empty (0 bytes)", hint="record or copy it again")


def _open(path: Path) -> av.container.InputContainer:
    try:
        return av.open(str(path))
    except (av.FFmpegError, OSError) as error:
        raise _unreadable(path, f"is not a readable audio file: {error.strerror or error}") from error


def _audio_stream(container: av.container.InputContainer, path: Path) -> av.AudioStream:
    if not container.streams.audio:
        kinds = ", ".join(sorted({stream.type for stream in container.streams})) or "nothing"
        raise _unreadable(path, f"has no audio track (found: {kinds})")
    stream = container.streams.audio[0]
    if stream.codec_context is None:
        raise _unreadable(path, "is in an encoding that FFmpeg does not know")
    return stream


def _channels(stream: av.AudioStream, path: Path) -> int:
    channels: int = stream.codec_context.channels
    if not 1 <= channels <= MAX_CHANNELS:
        raise AudioError(
            f"{path.name} has {channels} channels; a call has 1 or 2",
            hint="keep the agent's and the customer's channel, or mix them into one",
        )
    return channels


def _unreadable(path: Path, why: str) -> AudioError:
    return AudioError(f"{path.name} {why}", hint="WAV, FLAC, MP3, Opus and M4A files work")


def _declared_s(stream: av.AudioStream, path: Path) -> float | None:
    """Seconds of audio the header announces; None when it does not know them."""
    if (data_bytes := _wav_data_bytes(path)) is not None:
        bit_rate = stream.bit_rate
        return data_bytes * 8 / bit_rate if bit_rate else None
    # Without an index the length of an MP3 is only a guess from its bit rate.
    if stream.duration is None or stream.time_base is None or stream.codec_context.name.startswith("mp3"):
        return None
    return float(stream.duration * stream.time_base)


def _wav_data_bytes(path: Path) -> int | None:
    """Size of the data chunk as the header of a WAV file says; FFmpeg trusts the file's length instead."""
    with path.open("rb") as file:
        if file.read(4) != b"RIFF" or len(file.read(8)) != 8:
            return None
        while len(header := file.read(8)) == 8:
            name, size = struct.unpack("<4sI", header)
            if name == b"data":
                # Writers that stream do not know the size and leave 0 or all bits set.
                return None if size in (0, 0xFFFFFFFF) else int(size)
            file.seek(size + size % 2, 1)
    return None
