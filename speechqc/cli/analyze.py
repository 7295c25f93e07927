"""`speechqc analyze FILE`: judge one recording or transcript."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from speechqc.analysis.transcript import judge_transcript
from speechqc.cli.books import anger_model as open_voices
from speechqc.cli.books import check_signals, recogniser, rule_book
from speechqc.cli.language import language as ui_language
from speechqc.cli.options import (
    AngerModel,
    Asr,
    Diarise,
    Kind,
    Language,
    LookFor,
    Pack,
    Product,
    RulesDirs,
    SemanticModel,
)
from speechqc.events import CallKind, CallStarted
from speechqc.transcripts import SUFFIXES, read_transcript

if TYPE_CHECKING:
    from speechqc.judgement import Judgement
    from speechqc.rules.loader import RuleBook


def analyze(
    file: Annotated[
        Path, typer.Argument(help="A recording (anything FFmpeg reads) or a transcript (.yaml, .json).")
    ],
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object a line, for other programs.")
    ] = False,
    kind: Kind = None,
    product: Product = None,
    language: Language = "zh",
    diarise: Diarise = "left-right",
    asr: Asr = "auto",
    rules: RulesDirs = None,
    pack: Pack = None,
    semantic_model: SemanticModel = None,
    anger_model: AngerModel = None,
    only: LookFor = None,
) -> None:
    """Judge one call: what was said, what was found, who spoke how much, how angry the customer was.

    分析一通录音或逐字稿；逐字稿无需模型。单声道录音无法区分说话人，不判断与角色有关的规则。

    A transcript needs no model. A stereo recording has the agent on the left channel unless
    `--diarise right-left` says otherwise; in a mono recording nobody knows who spoke, so rules bound to
    a role stay silent.

    Examples: `speechqc analyze call.flac`, `speechqc analyze call.yaml --json`
    """
    book = rule_book(rules, pack, semantic_model)
    check_signals(book, only)
    if file.suffix.lower() in SUFFIXES:
        judgement = judge_transcript(read_transcript(file), book)
    else:
        started = _started(file, kind, product, language)
        judgement = _recording(file, book, started, diarise, asr, anger_model)
    if as_json:
        from speechqc.reports.lines import json_lines

        if judgement.warning:
            print(judgement.warning, file=sys.stderr)
        for line in json_lines(judgement, only):
            sys.stdout.write(line + "\n")
    else:
        from rich.console import Console

        from speechqc.reports.terminal import render_judgement

        Console().print(render_judgement(judgement, book.titles, language=ui_language(), signals=only))


def _started(file: Path, kind: CallKind | None, product: str | None, language: str) -> CallStarted:
    return CallStarted(call_id=file.stem, kind=kind or CallKind.SALES, product=product, language=language)


def _recording(
    file: Path, book: RuleBook, started: CallStarted, diarise: str, asr: str, voices: str | None
) -> Judgement:
    """Judge a recording with a progress bar on standard error, which a pipe does not see."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from speechqc.analysis.recording import judge_recording
    from speechqc.audio.recording import open_recording

    length = open_recording(file).duration_s
    chosen, emotions = recogniser(asr, started.language), open_voices(voices)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeElapsedColumn(),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(file.name, total=length)
        return judge_recording(
            file,
            book,
            chosen.recognizer,
            started=started,
            diarise=diarise,
            min_confidence=chosen.min_confidence,
            emotions=emotions,
            progress=lambda seconds: bar.update(task, completed=seconds),
        )
