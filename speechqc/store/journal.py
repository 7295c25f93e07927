"""What was heard in a call and what it meant, on disk before anybody is told.

A call has a folder of its own::

    call.json   the call's header, written once
    audio       records of frames: head (seq, length, crc32, arrival), payload
    steps       one line a step: crc32 of the rest in hex, then JSON {"step", "inputs"}
    end         no more audio will come, and why; JSON, written once
    stored      empty; everything the call came to is in the store

`.open/<name>` marks the calls that are not `stored`, so that a start looks at those alone and not at a
year of calls. A record that was cut by a kill or a power loss fails its checksum; it and what follows
was never acknowledged and is cut off.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import msgspec

from speechqc.errors import StoreError
from speechqc.events import CallStarted
from speechqc.store.journal_records import Frame, Step, audio_extent, read_frames, read_steps, steps_extent
from speechqc.store.journal_writer import End, JournalWriter, no_space, write_once

_PLAIN_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,79}")
_MARKS = ".open"


class CallHeader(msgspec.Struct, frozen=True, kw_only=True):
    """What must be known to hear a call's audio again as it was heard."""

    started: CallStarted
    encoding: str
    rate_hz: int
    channels: tuple[str, ...]
    recogniser: str
    min_confidence: float | None = None
    rules: str = ""
    """Fingerprint of the rules that judged the call."""


def folder_name(call_id: str) -> str:
    """A file name for a call id from outside: itself when harmless, else readable part and hash.

    ``~`` never stands in a harmless id, so that two calls cannot share a folder.
    """
    if _PLAIN_NAME.fullmatch(call_id):
        return call_id
    readable = re.sub(r"[^A-Za-z0-9_-]+", "-", call_id)[:40].strip("-")
    digest = hashlib.sha256(call_id.encode("utf-8", "surrogatepass")).hexdigest()[:24]
    return f"{readable}~{digest}"


class JournalFolder:
    """All journals of one service."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._marks = root / _MARKS
        self._marks.mkdir(parents=True, exist_ok=True, mode=0o700)

    def path(self, call_id: str) -> Path:
        return self._root / folder_name(call_id)

    def find(self, call_id: str) -> Journal | None:
        """The journal of a call, or ``None``."""
        path = self.path(call_id)
        return Journal.open(path) if (path / "call.json").exists() else None

    def create(self, header: CallHeader, *, sync: bool) -> JournalWriter:
        """Begin a call's journal; with `sync` its folder is on disk when this returns.

        Raises:
            JournalFullError: there is no space for it; nothing is left behind.
        """
        name = folder_name(header.started.call_id)
        path = self._root / name
        try:
            path.mkdir(mode=0o700, exist_ok=True)
            (self._marks / name).touch(mode=0o600)
            write_once(path / "call.json", msgspec.json.encode(header), sync=sync)
            writer = JournalWriter(path)
            if sync:
                for folder in (path, self._marks, self._root):
                    _sync_folder(folder)
        except OSError as error:
            (path / "call.json").unlink(missing_ok=True)
            raise no_space(path, error) from error
        return writer

    def append(self, journal: Journal) -> JournalWriter:
        """Go on with a journal: what was cut by a crash is cut off first."""
        return JournalWriter(
            journal.path,
            audio_bytes=journal.audio_bytes,
            steps_bytes=journal.steps_bytes,
            next_seq=journal.next_seq,
        )

    def unfinished(self) -> list[Journal]:
        """The calls that are not entirely in the store, oldest first."""
        marks = sorted(self._marks.iterdir(), key=lambda mark: mark.stat().st_mtime)
        found = []
        for mark in marks:
            path = self._root / mark.name
            if (path / "call.json").exists() and not (path / "stored").exists():
                found.append(Journal.open(path))
            else:
                mark.unlink(missing_ok=True)
        return found

    def mark_stored(self, call_id: str) -> None:
        """Everything this call came to is in the store: a restart need not look at it."""
        path = self.path(call_id)
        (path / "stored").touch(mode=0o600)
        (self._marks / path.name).unlink(missing_ok=True)


class Journal:
    """A call's journal as it lies on disk; only whole records are seen.

    `audio_bytes` and `steps_bytes` are the lengths of the whole records, `cut_bytes` what a crash left
    behind them.
    """

    def __init__(self, path: Path, header: CallHeader, ended: End | None) -> None:
        self.path = path
        self.header = header
        self.ended = ended
        self.audio_bytes, self.next_seq = audio_extent(path / "audio")
        self.steps_bytes = steps_extent(path / "steps")
        sizes = [_size(path / name) for name in ("audio", "steps")]
        self.cut_bytes = sum(sizes) - self.audio_bytes - self.steps_bytes

    @classmethod
    def open(cls, path: Path) -> Journal:
        """Read a journal.

        Raises:
            StoreError: the folder holds none, or its header is damaged.
        """
        header = _read(path / "call.json", CallHeader)
        if header is None:
            raise StoreError(
                f"{path} holds no journal of a call", hint="name the folder that has a call.json"
            )
        return cls(path, header, _read(path / "end", End))

    @property
    def stored(self) -> bool:
        return (self.path / "stored").exists()

    def frames(self) -> Iterator[Frame]:
        """The frames in the order they came, without gaps."""
        yield from (frame for frame, _ in read_frames(self.path / "audio"))

    def steps(self) -> Iterator[Step]:
        """The steps that were analysed."""
        return read_steps(self.path / "steps")


_T = TypeVar("_T")


def _read(path: Path, kind: type[_T]) -> _T | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except FileNotFoundError:
        return None
    except msgspec.DecodeError as error:
        raise StoreError(f"{path} is damaged: {error}", hint="restore it from a backup") from None


def _sync_folder(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
