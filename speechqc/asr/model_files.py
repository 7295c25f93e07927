"""Model folders on disk: checksums, and copies that resume and cannot be half done.

A folder's checksums stand in ``SHA256SUMS`` beside the files, in the format of sha256sum(1).
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from speechqc.errors import ModelError

SUMS = "SHA256SUMS"
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a copy is; bytes over all files of the model."""

    file: str
    done_bytes: int
    total_bytes: int


def read_sums(folder: Path) -> dict[str, str]:
    """File name → SHA-256 in hex as written beside the model; empty when nothing is written.

    Raises:
        ModelError: the list is damaged, or names a file outside the folder.
    """
    path = folder / SUMS
    if not path.is_file():
        return {}
    sums: dict[str, str] = {}
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        digest, _, name = line.partition(" ")
        name = name.strip().lstrip("*")
        if len(digest) != 64 or not name or ".." in Path(name).parts or Path(name).is_absolute():
            raise ModelError(
                f"{path} line {number} is no checksum: {line[:80]!r}",
                hint="each line is a SHA-256 in hex, two spaces and a file name",
            )
        sums[name] = digest.lower()
    return sums


def write_sums(folder: Path, sums: dict[str, str]) -> None:
    lines = [f"{digest}  {name}\n" for name, digest in sorted(sums.items())]
    (folder / SUMS).write_text("".join(lines), "utf-8")


def sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def model_sums(folder: Path) -> dict[str, str]:
    """SHA-256 of every file in `folder`, computed now; hidden files and subfolders do not count."""
    return {path.name: sha256(path) for path in _files(folder)}


def check_sums(folder: Path) -> tuple[str, ...]:
    """Compare the files with the checksums beside them; the names that were compared.

    Raises:
        ModelError: a file is missing or differs.
    """
    sums = read_sums(folder)
    for name, expected in sums.items():
        path = folder / name
        if not path.is_file():
            raise ModelError(f"{path} is missing", hint="fetch the model again")
        found = sha256(path)
        if found != expected:
            raise ModelError(
                f"{path} is damaged: its SHA-256 begins with {found[:12]}, expected {expected[:12]}",
                hint="fetch the model again",
            )
    return tuple(sums)


def copy_model(source: Path, target: Path, *, progress: Callable[[Progress], None] | None = None) -> Path:
    """Copy a model folder and prove the copy by its checksums.

    Files gather in ``<target>.part`` and the folder gets its name when all of them are proven, so a
    broken copy is never taken for a model; the next attempt goes on where this one stopped.
    Checksums come from the source's ``SHA256SUMS``; files not in it are read once more to make theirs.

    Raises:
        ModelError: the source has no files, a checksum differs, or the disk is too small.
    """
    files = _files(source)
    if not files:
        raise ModelError(
            f"{source} holds no model files", hint="name the folder that holds model.bin, or its parent"
        )
    part = target.with_name(target.name + ".part")
    part.mkdir(parents=True, exist_ok=True)
    total = sum(path.stat().st_size for path in files)
    _check_space(part, total)
    listed = read_sums(source)
    sums = {path.name: sha256(path) for path in files if path.name not in listed} | listed
    done = 0
    for path in files:
        done = _copy_file(path, part / path.name, done=done, total=total, progress=progress)
        if sha256(part / path.name) != sums[path.name]:
            (part / path.name).unlink()
            raise ModelError(
                f"the copy of {path} does not match its checksum",
                hint="run the command again; if it fails again, the source is damaged",
            )
    missing = sorted(set(sums) - {path.name for path in files})
    if missing:
        raise ModelError(
            f"{source} lists {', '.join(missing)} but does not hold it", hint="copy the whole folder"
        )
    write_sums(part, sums)
    if target.exists():
        shutil.rmtree(target)
    part.rename(target)
    return target


def _copy_file(
    source: Path, target: Path, *, done: int, total: int, progress: Callable[[Progress], None] | None
) -> int:
    size = source.stat().st_size
    held = target.stat().st_size if target.exists() else 0
    if held > size:
        target.unlink()
        held = 0
    done += held
    with source.open("rb") as reading, target.open("ab") as writing:
        reading.seek(held)
        while chunk := reading.read(_CHUNK):
            writing.write(chunk)
            done += len(chunk)
            if progress is not None:
                progress(Progress(source.name, done, total))
    return done


def _check_space(part: Path, total: int) -> None:
    needed = total - sum(path.stat().st_size for path in _files(part))
    free = shutil.disk_usage(part).free
    if needed > free:
        raise ModelError(
            f"the model needs {needed / 1e6:.0f} MB more and {part} has {free / 1e6:.0f} MB",
            hint="free some space or set SPEECHQC_MODELS to a folder on a larger disk",
        )


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(
        path
        for path in folder.iterdir()
        if path.is_file() and not path.name.startswith(".") and path.name != SUMS
    )
