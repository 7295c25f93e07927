"""`speechqc models …` and `speechqc doctor`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from speechqc.cli.language import language, say

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.progress import Progress as Bar

    from speechqc.asr.model_files import Progress

app = typer.Typer(help="Recognition models: what is here, how to get more. 识别模型。", no_args_is_help=True)


@app.command("list")
def list_() -> None:
    """Show all known models, whether they are on this machine, and where.

    列出识别模型及其位置。
    """
    from rich.console import Console

    from speechqc.asr.models import list_models
    from speechqc.cli.tables import table

    shown = table(
        say("名称", "name"),
        say("大小", "size"),
        say("语言", "languages"),
        say("位置", "where"),
        say("说明", "about"),
    )
    for model in list_models():
        where = str(model.folder) if model.folder else say("未安装", "not here")
        about = model.about.in_language(language())
        shown.add_row(model.name, f"{model.megabytes} MB", " ".join(model.languages), where, about)
    Console().print(shown)


@app.command()
def pull(
    name: Annotated[str, typer.Argument(help="A size such as small, or the name of a folder in --from.")],
    source: Annotated[
        Path | None,
        typer.Option("--from", help="A folder that holds the model: for networks without internet."),
    ] = None,
) -> None:
    """Bring a Whisper model onto this machine, checked against its checksums; run again to resume.

    获取 Whisper 模型并校验；中断后可续传，内网用 --from 目录。

    Example in a closed network: `speechqc models pull small --from /media/usb/models`
    """
    from rich.progress import Progress as Bar

    from speechqc.asr.models import pull as run

    if source is None:
        folder = run(name)  # the download draws its own bars
    else:
        with Bar() as bar:
            folder = run(name, source=source, progress=_reporter(bar))
    typer.echo(say(f"已安装：{folder}", f"installed: {folder}"))


@app.command()
def verify(
    name: Annotated[str, typer.Argument(help="bundled, or a Whisper model's name.")] = "bundled",
) -> None:
    """Compare a model's files with the checksums beside it.

    校验模型文件。
    """
    from speechqc.asr.models import verify as run

    for file in run(name):
        typer.echo(f"{file}: OK")


def doctor() -> None:
    """Check this machine: packages, models, audio libraries, disk, store. 自检。"""
    from rich.console import Console

    from speechqc.cli.tables import table
    from speechqc.doctor import run_checks
    from speechqc.settings import load_settings
    from speechqc.store.store import Store

    settings = load_settings()
    shown = table(say("检查", "check"), "", say("结果", "result"))
    checks = run_checks(settings, open_store=lambda url: Store.open(url).close())
    for check in checks:
        mark = "[green]✓[/]" if check.ok else "[red]✗[/]"
        detail = check.detail.in_language(language())
        if not check.ok and check.hint is not None:
            detail += "\n→ " + check.hint.in_language(language())
        shown.add_row(check.name, mark, detail)
    Console().print(shown)
    if not all(check.ok for check in checks):
        raise typer.Exit(1)


def _reporter(bar: Bar) -> Callable[[Progress], None]:
    task = bar.add_task(say("复制", "copying"), total=None)

    def report(progress: Progress) -> None:
        bar.update(task, description=progress.file, completed=progress.done_bytes, total=progress.total_bytes)

    return report
