"""`speechqc analyze FILE`: judge one recording or transcript."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from speechqc.cli.options import Asr, Diarise, Kind, Language, LookFor, Product, RulesDirs

if TYPE_CHECKING:
    from speechqc.analysis import Judgement


def analyze(
    file: Annotated[Path, typer.Argument(help="A recording (anything FFmpeg reads) or a transcript (.yaml, .json).")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line, for other programs.")] = False,
    kind: Kind = None,
    product: Product = None,
    language: Language = "zh",
    diarise: Diarise = "left-right",
    asr: Asr = "auto",
    rules: RulesDirs = None,
    only: LookFor = None,
) -> None:
    """Judge one call: what was said, what was found, who spoke how much, how angry the customer was.

    A transcript needs no model. A stereo recording has the agent on the left channel unless
    `--diarise right-left` says otherwise; in a mono recording nobody knows who spoke, so rules bound to
    a role stay silent.

    Examples: `speechqc analyze call.flac`, `speechqc analyze call.yaml --json`
    """
    from speechqc.transcripts import SUFFIXES

    book = rule_book(rules)
    if file.suffix.lower() in SUFFIXES:
        from speechqc.analysis import judge_transcript
        from speechqc.transcripts import read_transcript

        judgement = judge_transcript(read_transcript(file), book)
    else:
        judgement = _recording(file, book, kind, product, language, diarise, asr, quiet=as_json)
    if as_json:
        from speechqc.reports.lines import json_lines

        for line in json_lines(judgement, only):
            sys.stdout.write(line + "\n")
    else:
        from speechqc.reports.terminal import print_judgement

        print_judgement(judgement, book, only)
