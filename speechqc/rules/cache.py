"""Compiled packs kept between runs: expanding the alternatives of all phrases takes longer than judging a call.

Each pack has an entry of its own, so that the packs that extend it do not compile it again. An entry is named
after the bytes of the pack's files and of the code that compiles them, so it is never stale. It is data only
(msgpack), and a cache that cannot be read or written is no error.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

import msgspec

from speechqc.rules.model import Cue, Rule

KEPT = 24
"""Entries kept; the oldest go first."""

_CODE = ("rules", "text")


class CompiledPack(msgspec.Struct, frozen=True):
    """The rules and cues of a pack without mistakes, each with its number in its file."""

    rules: tuple[tuple[int, Rule], ...]
    cues: tuple[tuple[int, Cue], ...]


def fingerprint(files: Iterable[Path]) -> str:
    """A name for the contents of `files`, their places and the compiling code."""
    digest = hashlib.blake2b(digest_size=16)
    package = Path(__file__).parents[1]
    for part in _CODE:
        for path in sorted((package / part).glob("*.*")):
            status = path.stat()
            digest.update(f"{path.name} {status.st_size} {status.st_mtime_ns}\n".encode())
    for path in files:
        digest.update(f"{path}\n".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def cached(name: str) -> CompiledPack | None:
    """The entry `name`, ``None`` when there is none that can be read."""
    try:
        return _decoder.decode((_folder() / f"{name}.rules").read_bytes())
    except (OSError, RuntimeError, msgspec.DecodeError):  # RuntimeError: nobody knows the home folder
        return None


def keep(name: str, data: CompiledPack) -> None:
    """Write the entry `name`; a full or read-only disk is no error."""
    try:
        folder = _folder()
        folder.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=folder)
        with os.fdopen(handle, "wb") as file:
            file.write(msgspec.msgpack.encode(data))
        Path(temporary).replace(folder / f"{name}.rules")
        entries = sorted(folder.glob("*.rules"), key=lambda path: path.stat().st_mtime_ns)
        for old in entries[:-KEPT]:
            old.unlink(missing_ok=True)
    except (OSError, RuntimeError):
        return


def _folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "speechqc"


_decoder = msgspec.msgpack.Decoder(CompiledPack)
