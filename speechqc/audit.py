"""Judge a folder of calls: several processes, resumable, one file of events a call.

The events of each call are kept in `<out>/calls/<name>.jsonl`; a call whose file is complete and newer
than its source is not judged again, so an audit that was interrupted goes on where it stopped.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import cached_property
from multiprocessing import get_context
from pathlib import Path

import msgspec

from speechqc import transcripts
from speechqc.analysis.anger_model import open_anger_model
from speechqc.analysis.recording import judge_recording
from speechqc.analysis.transcript import judge_transcript
from speechqc.asr.choose import Chosen, open_recognizer
from speechqc.errors import AudioError, SpeechqcError
from speechqc.events import CallEnded, CallKind, CallStarted, decode, encode
from speechqc.judgement import Judgement
from speechqc.rules.catalogue import DEFAULT_PACK, builtin_pack_paths, files_of, pack_folders
from speechqc.rules.loader import load_packs
from speechqc.semantics.hugging_face import open_hugging_face
from speechqc.speech.emotion import EmotionClassifier

AUDIO_SUFFIXES = (
    ".wav",
    ".flac",
    ".mp3",
    ".m4a",
    ".ogg",
    ".opus",
    ".amr",
    ".gsm",
    ".wma",
    ".aac",
    ".webm",
    ".mp4",
)


@dataclass(frozen=True, kw_only=True)
class AuditSettings:
    """What every call of the audit is judged with; picklable, so that a process can be told."""

    pack: str = DEFAULT_PACK
    semantic_model: Path | None = None
    anger_model: str | None = None
    rules: tuple[Path, ...] = ()
    asr: str = "auto"
    language: str = "zh"
    kind: CallKind = CallKind.SALES
    product: str | None = None
    diarise: str = "left-right"


@dataclass(frozen=True)
class Audited:
    """One file's result: its events on disk, or why it could not be judged."""

    source: Path
    events: Path | None
    error: str | None = None
    warning: str | None = None
    """What is missing from a recording that was judged all the same."""
    resumed: bool = False


def find_calls(paths: Iterable[Path]) -> list[Path]:
    """All recordings and transcripts in `paths`; a recording with a transcript beside it counts once.

    Raises:
        AudioError: nothing there.
    """
    found: dict[Path, Path] = {}
    for path in paths:
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in files:
            suffix = file.suffix.lower()
            if suffix in AUDIO_SUFFIXES or (
                suffix in transcripts.SUFFIXES and file.with_suffix("") not in found
            ):
                found[file.with_suffix("")] = file
    if not found:
        raise AudioError(
            f"no calls in {', '.join(map(str, paths))}",
            hint=f"recordings ({' '.join(AUDIO_SUFFIXES)}) or transcripts (.yaml .json)",
        )
    return sorted(found.values())


def audit(
    files: Sequence[Path], out: Path, settings: AuditSettings, *, jobs: int | None = None
) -> Iterator[Audited]:
    """Judge `files`, yielding each as it is done; `jobs` processes at once (default: one a core).

    Raises:
        OSError: the results cannot be written to `out`.
    """
    folder = out / "calls"
    folder.mkdir(parents=True, exist_ok=True)
    waiting: list[tuple[Path, Path]] = []
    judged_with = _fingerprint(settings)
    for source in files:
        target = folder / _target_name(source, judged_with)
        if _is_done(source, target):
            yield Audited(source, target, resumed=True)
        else:
            waiting.append((source, target))
    if not waiting:
        return
    workers = min(jobs or os.cpu_count() or 1, len(waiting))
    # Spawned, not forked: a fork of a process with threads (models, matrix products) can wait for ever for their locks.
    with ProcessPoolExecutor(
        workers, mp_context=get_context("spawn"), initializer=_start_worker, initargs=(settings,)
    ) as pool:
        futures = [pool.submit(_judge_file, source, target) for source, target in waiting]
        for future in as_completed(futures):
            yield future.result()


def read_judgement(path: Path) -> Judgement:
    """The judgement whose events `path` holds.

    Raises:
        SpeechqcError: the file is no events file or is incomplete.
    """
    with path.open("rb") as lines:
        try:
            events = [decode(line) for line in lines]
        except msgspec.DecodeError as error:
            raise SpeechqcError(f"{path}: is damaged: {error}", hint="delete it and audit again") from error
    if not events or not isinstance(events[0], CallStarted) or not isinstance(events[-1], CallEnded):
        raise SpeechqcError(f"{path}: holds no whole call", hint="delete it and audit again")
    judgement = Judgement(events[0])
    judgement.add(events)
    return judgement


def write_judgement(judgement: Judgement, path: Path) -> None:
    """Write the call's events to `path`; whole or not at all."""
    events = [
        judgement.started,
        *judgement.utterances,
        *judgement.gaps,
        *judgement.course,
        *judgement.findings,
    ]
    ended = judgement.ended or CallEnded(call_id=judgement.started.call_id, at=judgement.duration_s)
    unfinished = path.with_suffix(".part")
    unfinished.write_bytes(b"".join(encode(event) + b"\n" for event in [*events, ended]))
    unfinished.replace(path)


class _Worker:
    """What a process needs for every call, loaded once."""

    def __init__(self, settings: AuditSettings) -> None:
        self.settings = settings
        own = settings.semantic_model
        self.book = load_packs(
            [*builtin_pack_paths(settings.pack), *settings.rules],
            classifier=None if own is None else open_hugging_face(own),
        )

    @cached_property
    def chosen(self) -> Chosen:
        """Opened only when there is sound to hear: text needs no model."""
        return open_recognizer(self.settings.asr, language=self.settings.language)

    @cached_property
    def emotions(self) -> EmotionClassifier | None:
        """The classifier of voices, if the audit is to hear one."""
        model = self.settings.anger_model
        return None if model is None else open_anger_model(model)

    def judge(self, source: Path) -> Judgement:
        if source.suffix.lower() in transcripts.SUFFIXES:
            return judge_transcript(transcripts.read_transcript(source), self.book)
        settings = self.settings
        started = CallStarted(
            call_id=source.stem, kind=settings.kind, language=settings.language, product=settings.product
        )
        return judge_recording(
            source,
            self.book,
            self.chosen.recognizer,
            started=started,
            diarise=settings.diarise,
            min_confidence=self.chosen.min_confidence,
            emotions=self.emotions,
        )


_worker: _Worker | None = None


def _start_worker(settings: AuditSettings) -> None:
    global _worker  # noqa: PLW0603  one process, one worker: a pool's initializer has no other place
    _worker = _Worker(settings)


def _judge_file(source: Path, target: Path) -> Audited:
    if _worker is None:
        raise RuntimeError("the pool was started without its initializer")
    try:
        judgement = _worker.judge(source)
    except (SpeechqcError, OSError) as error:
        return Audited(source, None, error=str(error))
    write_judgement(judgement, target)
    return Audited(source, target, warning=judgement.warning)


def _target_name(source: Path, judged_with: int) -> str:
    """Unique over folders, kinds of file and what the call was judged with: nothing stale is taken up again."""
    told_apart = zlib.crc32(f"{source.resolve().parent} {source.suffix}".encode(), judged_with)
    return f"{source.stem}-{told_apart:08x}.jsonl"


def _fingerprint(settings: AuditSettings) -> int:
    """Of the settings and of every rule file: a changed rule judges every call again."""
    digest = zlib.crc32(repr(settings).encode())
    for pack in pack_folders([*builtin_pack_paths(settings.pack), *settings.rules]):
        for file in files_of(pack):
            digest = zlib.crc32(file.read_bytes(), digest)
    return digest


def _is_done(source: Path, target: Path) -> bool:
    return target.exists() and target.stat().st_mtime >= source.stat().st_mtime
