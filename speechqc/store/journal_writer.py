"""Appends to one call's journal, so that a full disk, a failed sync or a kill loses nothing that was acknowledged."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable
from pathlib import Path

import msgspec

from speechqc.errors import StoreError
from speechqc.events import Event
from speechqc.store.journal_records import frame_record, step_record

_NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class JournalFullError(StoreError):
    """The disk took no more; what was appended stays in memory until :meth:`JournalWriter.flush` succeeds."""

    code = "disk_full"


class End(msgspec.Struct, frozen=True, kw_only=True):
    """The client's last frame has come, or will never come."""

    reason: str
    frames: int


class _File:
    """An append-only file that remembers what is not safely on disk yet.

    A write that failed half-way is written again at the same place, so a full disk leaves no torn record
    in the middle, and a failed sync loses nothing: the kernel may drop what it could not write, we do not.
    """

    def __init__(self, path: Path, size: int) -> None:
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        self._fd = os.open(path, flags, 0o600)
        os.ftruncate(self._fd, size)
        self._start = size  # everything before is safe
        self._written = size
        self._tail = bytearray()

    @property
    def fd(self) -> int:
        return self._fd

    @property
    def end(self) -> int:
        """Length with what is still in memory."""
        return self._start + len(self._tail)

    @property
    def unsafe_bytes(self) -> int:
        return len(self._tail)

    def append(self, data: bytes) -> None:
        self._tail += data

    def write(self) -> int:
        """Hand everything to the kernel; returns the length reached."""
        end = self.end
        while self._written < end:
            with memoryview(self._tail) as tail:
                self._written += os.pwrite(self._fd, tail[self._written - self._start :], self._written)
        return end

    def safe(self, to: int) -> None:
        """Everything before `to` survives."""
        del self._tail[: to - self._start]
        self._start = to

    def rewrite(self) -> None:
        """A sync failed: what is not safe is written again."""
        self._written = self._start

    def close(self) -> None:
        os.close(self._fd)


class JournalWriter:
    """Appends to one call's journal. All methods are called from one thread, except :meth:`sync_disk` and :meth:`end`.

    Frames and steps are gathered in memory and written together by :meth:`flush`, the audio always
    before the steps that came of it.
    """

    def __init__(self, path: Path, *, audio_bytes: int = 0, steps_bytes: int = 0, next_seq: int = 0) -> None:
        self.path = path
        self.next_seq = next_seq
        """The frame that is appended next."""
        self._audio = _File(path / "audio", audio_bytes)
        self._steps = _File(path / "steps", steps_bytes)

    @property
    def pending_bytes(self) -> int:
        """Audio in memory that is not safe yet."""
        return self._audio.unsafe_bytes

    def append_frame(self, seq: int, arrival: float, payload: bytes) -> None:
        """Add the next frame; `seq` must be :attr:`next_seq`."""
        if seq != self.next_seq:
            raise StoreError(f"frame {seq} was appended where {self.next_seq} was expected")
        self._audio.append(frame_record(seq, arrival, payload))
        self.next_seq = seq + 1

    def append_step(self, step: int, inputs: Iterable[Event]) -> None:
        """Add what one step of call time brought to the engine."""
        self._steps.append(step_record(step, inputs))

    def flush(self) -> None:
        """Hand everything to the kernel: it survives a killed process.

        Raises:
            JournalFullError: the disk is full; call again later, nothing is lost or written twice.
        """
        try:
            self._audio.write()
            steps = self._steps.write()
        except OSError as error:
            raise no_space(self.path, error) from error
        self._steps.safe(steps)

    def mark(self) -> tuple[int, int]:
        """Where the flushed audio ends: its length in bytes and the next frame's number."""
        return self._audio.end, self.next_seq

    def sync_disk(self) -> None:
        """Wait until the flushed audio survives a power loss. May run in another thread."""
        os.fdatasync(self._audio.fd)

    def synced(self, mark: tuple[int, int]) -> None:
        """The audio up to `mark` is safe and need not be kept in memory."""
        self._audio.safe(mark[0])

    def sync_failed(self) -> None:
        """What was not synced is written again by the next :meth:`flush`."""
        self._audio.rewrite()

    def end(self, reason: str, *, sync: bool) -> None:
        """Write down that no more audio will come, after the last frame was flushed. May run in another thread.

        Raises:
            JournalFullError: the disk is full; call again later.
        """
        try:
            content = msgspec.json.encode(End(reason=reason, frames=self.next_seq))
            write_once(self.path / "end", content, sync=sync)
        except OSError as error:
            raise no_space(self.path, error) from error

    def close(self) -> None:
        self._audio.close()
        self._steps.close()


def write_once(path: Path, content: bytes, *, sync: bool) -> None:
    """A file that is either there whole or not at all."""
    partial = path.with_suffix(".part")
    with partial.open("wb") as out:
        out.write(content)
        out.flush()
        if sync:
            os.fsync(out.fileno())
    partial.replace(path)


def no_space(path: Path, error: OSError) -> JournalFullError:
    """The error of a write that failed."""
    if error.errno in _NO_SPACE:
        return JournalFullError(
            f"there is no space to write {path.name}",
            hint="free space in the data folder; calls go on by themselves",
        )
    return JournalFullError(
        f"{path.name} cannot be written: {error.strerror}", hint="check the data folder's disk"
    )
