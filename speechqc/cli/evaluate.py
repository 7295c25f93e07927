"""`speechqc evaluate DIR`: how well findings agree with labelled calls."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from speechqc.cli.books import check_signals, rule_book
from speechqc.cli.language import say
from speechqc.cli.options import AngerModel, Asr, LookFor, Pack, RulesDirs, SemanticModel
from speechqc.errors import ModelError, TranscriptError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.table import Table

    from speechqc.rules.loader import RuleBook
    from speechqc.scoring import Score, Scored

AUDIO_SUFFIXES = (".flac", ".wav", ".mp3", ".opus", ".ogg")


def evaluate(
    folder: Annotated[Path, typer.Argument(help="A folder of labelled calls in the transcript format.")],
    audio: Annotated[
        bool,
        typer.Option("--audio", help="Judge the recordings beside the transcripts instead of their text."),
    ] = False,
    asr: Asr = "auto",
    rules: RulesDirs = None,
    pack: Pack = None,
    semantic_model: SemanticModel = None,
    anger_model: AngerModel = None,
    only: LookFor = None,
    errors: Annotated[
        bool, typer.Option("--errors", help="List every call that was judged wrongly.")
    ] = False,
) -> None:
    """Precision and recall of every signal over labelled calls, false alarms on clean calls and near misses.

    用标注通话评估各信号的精确率与召回率。

    Example: `speechqc evaluate evaluation/calls --errors`
    """
    from rich.console import Console

    from speechqc.scoring import score

    book = rule_book(rules, pack, semantic_model)
    check_signals(book, only)
    calls = _recordings(folder, book, asr, anger_model) if audio else _transcripts(folder, book)
    result = score(calls, signals=only)
    console = Console()
    console.print(_table(result))
    console.print(_summary(result))
    if errors:
        for line in sorted(result.errors):
            console.print(line, markup=False, highlight=False)


def _paths(folder: Path) -> list[Path]:
    paths = sorted(path for path in folder.rglob("*") if path.suffix in (".yaml", ".yml", ".json"))
    if not paths:
        raise TranscriptError(f"{folder}: no labelled calls (*.yaml, *.json)", hint="see docs/transcripts.md")
    return paths


def _transcripts(folder: Path, book: RuleBook) -> Iterator[Scored]:
    from speechqc.analysis.transcript import judge_transcript
    from speechqc.scoring import Scored
    from speechqc.transcripts import read_transcript

    for path in _paths(folder):
        transcript = read_transcript(path)
        yield Scored(transcript, judge_transcript(transcript, book).findings)


def _recordings(folder: Path, book: RuleBook, asr: str, voices: str | None) -> Iterator[Scored]:
    from rich.progress import track

    from speechqc.analysis.recording import judge_recording
    from speechqc.cli.books import anger_model, recogniser
    from speechqc.scoring import Scored
    from speechqc.transcripts import read_transcript

    emotions = anger_model(voices)
    for path in track(_paths(folder), description=say("识别录音", "recognising")):
        transcript = read_transcript(path)
        sound = next((path.with_suffix(s) for s in AUDIO_SUFFIXES if path.with_suffix(s).exists()), None)
        if sound is None:
            raise TranscriptError(
                f"{path}: no recording beside it", hint="render it: python -m streams.render"
            )
        try:
            chosen = recogniser(asr, transcript.language)
        except ModelError as error:
            print(f"{transcript.id}: {error}", file=sys.stderr)
            continue
        judgement = judge_recording(
            sound,
            book,
            chosen.recognizer,
            started=transcript.started(),
            min_confidence=chosen.min_confidence,
            emotions=emotions,
        )
        yield Scored(transcript, judgement.findings, judgement.utterances)


def _table(result: Score) -> Table:
    from speechqc.cli.tables import table

    shown = table(
        say("信号", "signal"),
        "n",
        say("精确率", "precision"),
        say("召回率", "recall"),
        "F1",
        say("轮次召回", "turn ±1"),
    )
    for name, counts in [
        *sorted(result.signals.items()),
        (say("合计（微平均）", "all (micro)"), result.total),
    ]:
        cells = (counts.precision, counts.recall, counts.f1, counts.turn_recall)
        shown.add_row(
            name, str(counts.true + counts.missed), *("–" if c is None else f"{c:.3f}" for c in cells)
        )
    return shown


def _summary(result: Score) -> str:
    alarms, near = result.alarms_per_clean_call, result.near_miss_rate
    return say(
        f"{result.calls} 通电话；无问题通话 {result.clean_calls} 通，每通误报 {_number(alarms)}；"
        f"相似语句 {result.near_misses} 处，误报率 {_number(near)}",
        f"{result.calls} calls; {result.clean_calls} clean, {_number(alarms)} false alarms each; "
        f"{result.near_misses} near misses, false alarm rate {_number(near)}",
    )


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
