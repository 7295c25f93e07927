"""`speechqc promises …`: what was promised to customers, and what of it is still open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from speechqc.cli.language import say

if TYPE_CHECKING:
    from datetime import datetime

    from speechqc.store.promises import PromiseRecord

app = typer.Typer(
    help="What agents promised to customers, and what of it is still open. 坐席对客户的承诺及兑现情况。",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)

ACTIONS = {
    "call_back": ("回电", "call back"),
    "answer": ("答复", "answer"),
    "credit": ("到账", "money"),
    "progress": ("反馈进度", "progress"),
    "handle": ("办理", "to do"),
}


@app.command("list")
def list_(
    overdue: Annotated[bool, typer.Option("--overdue", help="Only those whose time has passed.")] = False,
    customer: Annotated[str | None, typer.Option(help="Only promises to this customer id.")] = None,
    number: Annotated[str | None, typer.Option(help="Only promises to this telephone number.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    store_url: Annotated[
        str | None, typer.Option("--store", help="Database URL; default: that of the service's settings.")
    ] = None,
) -> None:
    """Open promises, the next due first. 列出尚未兑现的承诺。

    A promised call back, answer or progress report is kept by the next connected call to the customer before it is
    due; money and work stay open until `speechqc promises kept ID`.

    Examples: `speechqc promises list --overdue`, `speechqc promises list --customer C1024`
    """
    from datetime import UTC, datetime

    from speechqc.settings import load_settings
    from speechqc.store.promises import Promises
    from speechqc.store.store import Store

    now = datetime.now(UTC)
    with Store.open(store_url or load_settings().database_url) as store:
        promises = Promises(store.database)
        found = promises.open(customer=customer, number=number)
    if overdue:
        found = [record for record in found if record.overdue(now)]
    if as_json:
        import sys

        import msgspec

        for record in found:
            sys.stdout.write(msgspec.json.encode(record).decode() + "\n")
        return
    _show(found, now)


@app.command()
def kept(
    promise_id: Annotated[str, typer.Argument(help="Id of the promise, as `list` shows it.")],
    by: Annotated[str, typer.Option(help="Who kept it, or who says so.")],
    store_url: Annotated[
        str | None, typer.Option("--store", help="Database URL; default: that of the service's settings.")
    ] = None,
) -> None:
    """Mark a promise as kept: the money was credited, the work is done. 标记承诺已兑现。"""
    from datetime import UTC, datetime

    from speechqc.settings import load_settings
    from speechqc.store.promises import Promises
    from speechqc.store.store import Store

    with Store.open(store_url or load_settings().database_url) as store:
        Promises(store.database).keep(promise_id, by=by, at=datetime.now(UTC))
    print(say(f"已标记兑现：{promise_id}", f"marked as kept: {promise_id}"))


def _show(found: list[PromiseRecord], now: datetime) -> None:
    from rich.console import Console

    from speechqc.cli.tables import table

    if not found:
        print(say("没有未兑现的承诺。", "No open promises."))
        return
    shown = table(
        say("到期", "due"), say("承诺", "promise"), say("责任人", "owner"), say("原话", "words"), "id"
    )
    for record in found:
        due = say("未说时间", "no time") if record.due_at is None else f"{record.due_at:%Y-%m-%d %H:%M} UTC"
        late = record.overdue(now)
        action = say(*ACTIONS.get(record.promise.action, (record.promise.action,) * 2))
        shown.add_row(
            f"[red]{due}[/red]" if late else due,
            action,
            record.promise.owner,
            record.promise.quote,
            record.promise.id,
        )
    Console().print(shown)
