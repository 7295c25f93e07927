"""`speechqc audit PATH…`: judge a folder of calls, with a report."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from speechqc.cli.language import say
from speechqc.cli.options import (
    AngerModel,
    Asr,
    Diarise,
    Kind,
    Language,
    Pack,
    Product,
    RulesDirs,
    SemanticModel,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from speechqc.audit import Audited
    from speechqc.judgement import Judgement


def audit(
    paths: Annotated[list[Path], typer.Argument(help="Recordings, transcripts or folders of them.")],
    out: Annotated[
        Path, typer.Option(help="Folder for the results; audit again with the same one to resume.")
    ] = Path("audit"),
    jobs: Annotated[int | None, typer.Option(min=1, help="Processes at once; default: one a core.")] = None,
    kind: Kind = None,
    product: Product = None,
    language: Language = "zh",
    diarise: Diarise = "left-right",
    asr: Asr = "auto",
    rules: RulesDirs = None,
    pack: Pack = None,
    semantic_model: SemanticModel = None,
    anger_model: AngerModel = None,
) -> None:
    """Judge every call in PATHS and write a report. Interrupted? The same command goes on where it stopped.

    批量质检：逐个分析录音或逐字稿，可中断续跑，生成报告。

    Example: `speechqc audit recordings/ --out audit-november`
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from speechqc.audit import AuditSettings, find_calls, read_judgement
    from speechqc.audit import audit as run
    from speechqc.cli.books import anger_model as open_voices
    from speechqc.cli.books import announce, rule_book
    from speechqc.events import CallKind
    from speechqc.rules.catalogue import DEFAULT_PACK

    files = find_calls(paths)
    book = rule_book(rules, pack, semantic_model)
    label = announce(asr, language, files)
    open_voices(anger_model)  # what is wrong with it is said once, not for every call
    settings = AuditSettings(
        rules=tuple(rules or ()),
        pack=pack or DEFAULT_PACK,
        semantic_model=semantic_model,
        anger_model=anger_model,
        asr=asr,
        language=language,
        kind=kind or CallKind.SALES,
        product=product,
        diarise=diarise,
    )
    done: list[Audited] = []
    console, progress_console = Console(), Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=progress_console, disable=not progress_console.is_terminal) as progress:
        task = progress.add_task(say("分析通话", "judging calls"), total=len(files))
        for audited in run(files, out, settings, jobs=jobs):
            done.append(audited)
            progress.advance(task)
    calls = [read_judgement(audited.events) for audited in done if audited.events]
    report = _report(out, calls, done, book.titles, label)
    _summary(console, calls, done, report)
    if not calls:
        raise typer.Exit(1)


def _report(out: Path, calls: Sequence[Judgement], done: Sequence[Audited], titles, label: str) -> Path:  # type: ignore[no-untyped-def]
    from speechqc.events import Text
    from speechqc.reports.html import Page, write_report

    notes = [
        Text(f"未能分析：{audited.error}", f"Could not be judged: {audited.error}")
        for audited in done
        if audited.error
    ]
    notes += [Text(audited.warning, audited.warning) for audited in done if audited.warning]
    page = Page(Text("质检报告", "Audit report"), datetime.now(UTC), label, notes)
    return write_report(out / "report.html", page, calls, titles)


def _summary(console, calls: Sequence[Judgement], done: Sequence[Audited], report: Path) -> None:  # type: ignore[no-untyped-def]
    findings = sum(len(call.findings) for call in calls)
    clean = sum(not call.findings for call in calls)
    doubtful = sum(not call.understood for call in calls)
    failed = sum(audited.error is not None for audited in done)
    resumed = sum(audited.resumed for audited in done)
    console.print(
        say(
            f"{len(calls)} 通电话（{resumed} 通沿用已有结果），{findings} 个问题，{clean} 通无问题，"
            f"{doubtful} 通未听懂，{failed} 个文件失败。",
            f"{len(calls)} calls ({resumed} from before), {findings} findings, {clean} clean, "
            f"{doubtful} not understood, {failed} files failed.",
        )
    )
    for audited in done:
        if trouble := audited.error or audited.warning:
            where = "" if str(audited.source) in trouble else f"{audited.source}: "
            console.print(where + trouble, style="yellow", markup=False, highlight=False)
    console.print(say("报告", "report") + f": {report}", highlight=False)
