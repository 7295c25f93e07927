"""`speechqc contact …`: may a customer be called now, the ledger of calls, and the do-not-call list beside it."""

from __future__ import annotations

import codecs
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from speechqc.cli import contact_lists
from speechqc.cli.contact_options import Customer, Data, Number, PolicyFile, Presets, StoreUrl, moment, opened
from speechqc.cli.language import language, say

if TYPE_CHECKING:
    from speechqc.contact.table import BadRow
    from speechqc.contact.verdict import Verdict
    from speechqc.store.reconciling import Violation

app = typer.Typer(
    help="Contacts: may I call now, the ledger of calls, the do-not-call list. 联系台账与禁呼名单。",
    no_args_is_help=True,
)
app.add_typer(contact_lists.dnc, name="dnc")
app.add_typer(contact_lists.tag, name="tag")
app.add_typer(contact_lists.complaint, name="complaint")
BATCH = 2_000
SHOWN_ERRORS = 20
CHUNK = 1 << 20
Zone = Annotated[
    str | None,
    typer.Option(
        help="Where the customer may be: IANA names, with commas. Default: by the number, else Asia/Shanghai."
    ),
]


@app.command()
def check(
    number: Number = None,
    customer: Customer = None,
    purpose: Annotated[
        str,
        typer.Option(
            help="marketing, service, collections, complaint_follow_up, fraud_alert, legal_notice, survey."
        ),
    ] = "marketing",
    at: Annotated[str | None, typer.Option(help="When, e.g. 2026-03-18T12:30+08:00. Default: now.")] = None,
    zone: Zone = None,
    product: Annotated[str | None, typer.Option(help="What is to be offered.")] = None,
    debt: Annotated[str | None, typer.Option(help="Contract or debt.")] = None,
    booked: Annotated[
        bool, typer.Option("--booked", help="The customer asked for this call at this time.")
    ] = False,
    preset: Presets = None,
    policy: PolicyFile = None,
    json: Annotated[bool, typer.Option("--json", help="The verdict as one line of JSON.")] = False,
    data: Data = None,
    store: StoreUrl = None,
) -> None:
    """May this customer be called? allow, warn or block, with the rules and the next allowed time.

    呼叫前核查：能否拨打、依据哪条规则、何时可拨。退出码：0 可拨，3 提醒，4 禁止。

    Exit code 0: allowed, 3: allowed with a warning, 4: blocked.

    Example: `speechqc contact check --number 13800138000 --purpose marketing`
    """
    import msgspec

    from speechqc.contact.attempt import Contact, plain_number, purpose_named, zones_wanted
    from speechqc.contact.verdict import Decision
    from speechqc.errors import ConfigurationError

    if plain_number(number) is None and customer is None:
        raise ConfigurationError("nobody to call", hint="name --number, --customer or both")
    zones = zones_wanted(zone, number)
    wanted = Contact(
        id="",
        number=number,
        customer=customer,
        product=product,
        debt=debt,
        purpose=purpose_named(purpose),
        dialled_at=moment(at),
        zone=zones[0],
        also_zones=zones[1:],
        booked=booked,
    )
    with opened(data, store, policy=policy, presets=preset) as ledger:
        verdict = ledger.check(wanted)
    if json:
        print(msgspec.json.encode(verdict).decode())
    else:
        _show(verdict)
    raise typer.Exit({Decision.ALLOW: 0, Decision.WARN: 3, Decision.BLOCK: 4}[verdict.decision])


def _show(verdict: Verdict) -> None:
    words = {
        "allow": say("可以拨打", "allow"),
        "warn": say("可以拨打，请注意", "warn"),
        "block": say("禁止拨打", "block"),
    }
    print(words[verdict.decision])
    for reason in verdict.reasons:
        source = f" · {reason.source.cite} [{reason.source.verified}]" if reason.source else ""
        print(f"  {reason.text.in_language(language())}  ({reason.rule}{source})")
    if verdict.next_allowed_at is not None:
        print(say("最早可拨", "next allowed") + f": {verdict.next_allowed_at:%Y-%m-%d %H:%M %Z}")
    elif verdict.decision == "block":
        print(say("等待不能解除限制", "waiting does not help"))
    print(say("策略", "policy") + f": {', '.join(verdict.presets)}")


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="CSV with headings in Chinese or English; UTF-8 or GBK.")],
    zone: Annotated[str, typer.Option(help="Time zone of times that name none.")] = "Asia/Shanghai",
    data: Data = None,
    store: StoreUrl = None,
) -> None:
    """Enter the calls of a file into the ledger. Rows that are wrong are named and left out; doing it again adds nothing.

    导入外呼记录：中英文表头、UTF-8 或 GBK；错误行按行号列出，其余照常导入，可重复执行。

    Columns: id and dialled_at are needed, and number or customer; docs/contact.md lists them all.
    """
    from rich.console import Console
    from rich.progress import Progress

    from speechqc.contact.table import BadRow, read_contacts

    bad: list[BadRow] = []
    entered = known = 0
    console = Console(stderr=True)
    with (
        opened(data, store) as ledger,
        Progress(console=console, disable=not console.is_terminal, transient=True) as progress,
    ):
        task = progress.add_task(say("导入", "importing"), total=file.stat().st_size)
        batch = []
        for row in read_contacts(_lines(file, lambda read: progress.update(task, completed=read)), zone=zone):
            if isinstance(row, BadRow):
                bad.append(row)
                continue
            batch.append(row)
            if len(batch) == BATCH:
                new = ledger.enter(batch)
                entered, known, batch = entered + new, known + len(batch) - new, []
        new = ledger.enter(batch)
        entered, known = entered + new, known + len(batch) - new
    _tell_import(file, entered, known, bad)
    raise typer.Exit(1 if bad else 0)


def _tell_import(file: Path, entered: int, known: int, bad: list[BadRow]) -> None:
    print(
        say(
            f"{file.name}：导入 {entered} 条，已有 {known} 条，错误 {len(bad)} 行",
            f"{file.name}: {entered} entered, {known} there already, {len(bad)} rows wrong",
        )
    )
    for row in bad[:SHOWN_ERRORS]:
        print(say(f"  第 {row.line} 行：{row.why}", f"  line {row.line}: {row.why}"), file=sys.stderr)
    if len(bad) > SHOWN_ERRORS:
        more = len(bad) - SHOWN_ERRORS
        print(say(f"  另有 {more} 行", f"  and {more} more"), file=sys.stderr)


def _lines(file: Path, read: Callable[[int], None]) -> Iterator[str]:
    encoding = _encoding(file)
    done = 0
    with file.open("rb") as raw:
        for line in raw:
            done += len(line)
            read(done)
            yield line.decode(encoding, errors="replace")


def _encoding(file: Path) -> str:
    """UTF-8 when the whole file is, else the Chinese national standard, which holds GBK."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with file.open("rb") as raw:
        try:
            while chunk := raw.read(CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "gb18030"
    return "utf-8-sig"


@app.command("list")
def list_(
    customer: Customer = None,
    number: Number = None,
    days: Annotated[int, typer.Option(min=1, help="How far back.")] = 30,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, newest first.")] = 50,
    data: Data = None,
    store: StoreUrl = None,
) -> None:
    """Show the calls in the ledger, newest first.

    列出联系台账中的呼叫。
    """
    from rich.console import Console

    from speechqc.cli.tables import table
    from speechqc.contact.zones import zone_info

    with opened(data, store) as ledger:
        since = datetime.now(UTC) - timedelta(days=days)
        found = ledger.attempts(customer=customer, number=number, since=since, limit=limit)
    shown = table(
        say("时间", "dialled at"),
        say("客户", "customer"),
        say("号码", "number"),
        say("用途", "purpose"),
        say("结果", "outcome"),
        say("坐席/委外", "agent/vendor"),
        say("编号", "id"),
    )
    for contact in found:
        local = f"{contact.dialled_at.astimezone(zone_info(contact.zone)):%Y-%m-%d %H:%M}"
        purpose = f"{contact.purpose} → {contact.recoded}" if contact.recoded else contact.purpose.value
        who = contact.vendor or contact.agent or ""
        shown.add_row(
            local,
            contact.customer or "",
            contact.number or "",
            purpose,
            contact.outcome or "…",
            who,
            contact.id,
        )
    Console().print(shown)


@app.command()
def presets() -> None:
    """Show the presets of the contact policy, rule by rule, with their sources.

    列出联系策略预设及依据。
    """
    from rich.console import Console

    from speechqc.cli.tables import table
    from speechqc.contact.policy_file import load_contact_policy

    shown = table(say("规则", "rule"), say("内容", "what"), say("限值", "limit"), say("依据", "source"))
    for preset in load_contact_policy().presets:
        for rule in preset.rules:
            source = f"{rule.source.cite} [{rule.source.verified}]"
            shown.add_row(rule.id, rule.title.in_language(language()), rule.shown_limit, source)
    Console().print(shown)


@app.command()
def reconcile(
    days: Annotated[int, typer.Option(min=1, help="Calls of the last so many days.")] = 7,
    policy: PolicyFile = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object a violation.")] = False,
    data: Data = None,
    store: StoreUrl = None,
) -> None:
    """Compare the do-not-call list with the calls that were placed. Every hit is a violation. Run it weekly.

    核对禁呼名单与实际外呼，每条命中即为违规；建议每周执行。有违规时退出码为 1。
    """
    import msgspec

    with opened(data, store, policy=policy) as ledger:
        now = datetime.now(UTC)
        hits = ledger.reconcile(since=now - timedelta(days=days), until=now)
    for hit in hits:
        if json:
            print(msgspec.json.encode(hit).decode())
        else:
            _show_violation(hit)
    if not json:
        print(
            say(
                f"最近 {days} 天：{len(hits)} 次呼叫违反禁呼名单",
                f"last {days} days: {len(hits)} calls to people on the list",
            )
        )
    raise typer.Exit(1 if hits else 0)


def _show_violation(hit: Violation) -> None:
    contact, days = hit.contact, hit.listed_for.days
    who = contact.customer or contact.number
    by = contact.vendor or contact.agent or say("未知", "unknown")
    print(
        say(
            f"{contact.dialled_at:%Y-%m-%d %H:%M}Z {who}（{contact.id}，{by}）：登记 {days} 天后仍被呼叫，"
            f"登记 {hit.entry.id}：{hit.entry.reason}",
            f"{contact.dialled_at:%Y-%m-%d %H:%M}Z {who} ({contact.id}, by {by}): called {days} days after entry "
            f"{hit.entry.id}: {hit.entry.reason}",
        )
    )
