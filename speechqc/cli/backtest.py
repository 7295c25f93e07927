"""`speechqc rules backtest PACK`: what a changed pack would find in calls that are known, and no longer find."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from speechqc.cli.language import language, say
from speechqc.errors import ConfigurationError, TranscriptError
from speechqc.reports.names import SEVERITIES
from speechqc.transcripts import SUFFIXES

if TYPE_CHECKING:
    from rich.console import Console

    from speechqc.analysis.backtest import Backtest, Hit, RuleDifference
    from speechqc.events import Event
    from speechqc.store.store import Store

_Call = Callable[[], "Sequence[Event]"]
"""One known call, read when it is judged, so that memory holds one call at a time."""
AT_ONCE = 1_000_000
"""More calls than a back test looks at; the store lists 200 unless told otherwise."""


def backtest(
    pack: Annotated[str, typer.Argument(help="The new version: a folder, or the name of a built-in pack.")],
    calls: Annotated[
        Path | None, typer.Option(help="A folder of transcripts (.yaml, .json), with its subfolders.")
    ] = None,
    database: Annotated[
        str | None, typer.Option(help="URL of a service's store: the calls it has recorded.")
    ] = None,
    against: Annotated[str, typer.Option(help="The version in use: a folder or a name.")] = "core",
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object a line, for other programs.")
    ] = False,
) -> None:
    """Compare two versions of a pack on known calls: hits gained, hits lost, other severities, with quotes.

    在已有通话上比较两个版本的规则包：新增、消失与级别变化的命中，附原话。

    Words are judged again; what only sound can tell (anger in the voice, silence in the recording) is not.

    Example: `speechqc rules backtest my-rules --calls evaluation/calls --against cn-bank`
    """
    from rich.console import Console
    from rich.progress import track

    from speechqc.analysis.backtest import Comparison
    from speechqc.rules.catalogue import builtin_pack_paths
    from speechqc.rules.loader import load_packs

    if calls is None and database is None:
        raise ConfigurationError(
            say("没有可比较的通话", "no calls to compare on"),
            hint=say("用 --calls 文件夹 或 --database 地址", "give --calls FOLDER or --database URL"),
        )
    comparison = Comparison(load_packs(builtin_pack_paths(against)), load_packs(builtin_pack_paths(pack)))
    known = [
        *(_files(calls) if calls is not None else ()),
        *(_stored(database) if database is not None else ()),
    ]
    progress = Console(stderr=True)
    for call in track(
        known, say("比较", "comparing"), console=progress, transient=True, disable=not progress.is_terminal
    ):
        comparison.add(call())
    result = comparison.result()
    if as_json:
        for line in _lines(result):
            sys.stdout.write(line + "\n")
    else:
        _show(Console(), result)


def _files(folder: Path) -> list[_Call]:
    if not folder.is_dir():
        raise TranscriptError(f"{folder}: no such folder")
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    if not paths:
        raise TranscriptError(f"{folder}: no transcripts (*.yaml, *.json)", hint="see docs/transcripts.md")
    return [partial(_transcript, path) for path in paths]


def _transcript(path: Path) -> Sequence[Event]:
    from speechqc.transcripts import read_transcript

    return list(read_transcript(path).events())


def _stored(url: str) -> list[_Call]:
    from speechqc.store.store import Store

    file = Path(url.removeprefix("sqlite:///"))
    if "://" not in str(url).removeprefix("sqlite:///") and not file.exists():
        raise ConfigurationError(f"{file}: no such database", hint="it is speechqc.db in the data folder")
    store = Store.open(url)
    records = store.calls(state="ended", limit=AT_ONCE)
    return [partial(_recorded, store, record.started.call_id) for record in reversed(records)]


def _recorded(store: Store, call_id: str) -> Sequence[Event]:
    from speechqc.events import CallEnded, Gap, Utterance

    record = store.call(call_id)
    inputs: list[Utterance | Gap] = [*store.transcript(call_id), *record.gaps]
    inputs.sort(key=lambda event: event.start)
    end = record.duration_s if record.duration_s is not None else max((i.end for i in inputs), default=0.0)
    return [record.started, *inputs, CallEnded(call_id=call_id, at=end)]


def _lines(result: Backtest) -> Iterator[str]:
    import msgspec

    for rule in result.rules:
        yield msgspec.json.encode({"type": "rule", **msgspec.to_builtins(rule)}).decode()
    total = {"calls": result.calls, "gained": result.gained, "lost": result.lost, "changed": result.changed}
    yield msgspec.json.encode({"type": "total", **total}).decode()


def _show(console: Console, result: Backtest) -> None:
    from speechqc.cli.tables import table

    shown = table(
        say("规则", "rule"),
        say("保留", "kept"),
        say("新增", "gained"),
        say("消失", "lost"),
        say("级别变化", "severity changed"),
    )
    for rule in result.rules:
        if rule.differs:
            shown.add_row(
                rule.rule, *map(str, (rule.kept, len(rule.gained), len(rule.lost), len(rule.changed)))
            )
    if shown.row_count:
        console.print(shown)
    for rule in result.rules:
        for line in _quotes(rule):
            console.print(line, markup=False, highlight=False, soft_wrap=True)
    console.print(
        say(
            f"{result.calls} 通电话：新增 {result.gained} 处，消失 {result.lost} 处，级别变化 {result.changed} 处",
            f"{result.calls} calls: {result.gained} hits gained, {result.lost} lost, "
            f"{result.changed} of another severity",
        ),
        highlight=False,
    )


def _quotes(rule: RuleDifference) -> Iterator[str]:
    for hit in rule.gained:
        yield f"+ {rule.rule}  {_where(hit)}"
    for hit in rule.lost:
        yield f"- {rule.rule}  {_where(hit)}"
    for change in rule.changed:
        severities = (
            SEVERITIES[hit.severity].in_language(language()) for hit in (change.before, change.after)
        )
        yield f"~ {rule.rule}  {_where(change.after)}  {' → '.join(severities)}"


def _where(hit: Hit) -> str:
    place = (
        hit.call if hit.turn is None else say(f"{hit.call} 第 {hit.turn} 轮", f"{hit.call} turn {hit.turn}")
    )
    quote = f"“{hit.quote}”" if hit.quote else say("（无原话）", "(no words)")
    return f"{place}  {quote}"
