"""The records of a call's journal: how they are written, and how much of a file is whole."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import msgspec

from speechqc.events import AnyEvent, Event

RECORD = struct.Struct("<IIId")
"""Head of a frame: sequence number, length and checksum of the payload, arrival (Unix time, seconds)."""
MAX_RECORD_BYTES = 16 * 2**20
_CHECKED = struct.Struct("<Id")


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """The inputs of one step of call time; -1 is the call's beginning, -2 its end."""

    step: int
    inputs: tuple[AnyEvent, ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame of audio as it came; `arrival` is Unix time in seconds."""

    seq: int
    arrival: float
    payload: bytes


def frame_record(seq: int, arrival: float, payload: bytes) -> bytes:
    return RECORD.pack(seq, len(payload), _checksum(seq, arrival, payload), arrival) + payload


def step_record(step: int, inputs: Iterable[Event]) -> bytes:
    line = msgspec.json.encode({"step": step, "inputs": list(inputs)})
    return b"%08x %s\n" % (crc32(line), line)


def _checksum(seq: int, arrival: float, payload: bytes) -> int:
    return crc32(payload, crc32(_CHECKED.pack(seq, arrival)))


def read_frames(path: Path) -> Iterator[tuple[Frame, int]]:
    """Whole frames, each with the offset of its end."""
    offset, expected = 0, 0
    try:
        source = path.open("rb")
    except FileNotFoundError:
        return
    with source:
        while len(head := source.read(RECORD.size)) == RECORD.size:
            seq, length, checksum, arrival = RECORD.unpack(head)
            if seq != expected or length > MAX_RECORD_BYTES:
                return
            payload = source.read(length)
            if len(payload) < length or checksum != _checksum(seq, arrival, payload):
                return
            offset, expected = offset + RECORD.size + length, seq + 1
            yield Frame(seq, arrival, payload), offset


def audio_extent(path: Path) -> tuple[int, int]:
    """Length of the whole frames in bytes, and the number of the frame that follows them."""
    offset, next_seq = 0, 0
    for frame, end in read_frames(path):
        offset, next_seq = end, frame.seq + 1
    return offset, next_seq


def _lines(path: Path) -> Iterator[tuple[bytes, int]]:
    """The JSON of whole lines, each with the offset of its end."""
    offset = 0
    try:
        source = path.open("rb")
    except FileNotFoundError:
        return
    with source:
        for line in source:
            offset += len(line)
            if len(line) < 10 or not line.endswith(b"\n") or b"%08x " % crc32(line[9:-1]) != line[:9]:
                return
            yield line[9:-1], offset


def steps_extent(path: Path) -> int:
    """Length of the whole steps in bytes."""
    offset = 0
    for _, offset in _lines(path):  # noqa: B007 the last one counts
        pass
    return offset


def read_steps(path: Path) -> Iterator[Step]:
    """Whole steps in the order they were analysed."""
    for line, _ in _lines(path):
        yield _step_decoder.decode(line)


_step_decoder: msgspec.json.Decoder[Step] = msgspec.json.Decoder(Step)
