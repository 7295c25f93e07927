"""`speechqc contact dnc|tag|complaint`: what people decide about customers; every change is kept with who and why."""

from __future__ import annotations

import csv
import secrets
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from speechqc.cli.contact_options import Customer, Data, Number, PolicyFile, StoreUrl, moment, opened
from speechqc.cli.language import say

if TYPE_CHECKING:
    from speechqc.contact.do_not_call import DoNotCall

dnc = typer.Typer(help="The do-not-call list. 禁呼名单。", no_args_is_help=True)
tag = typer.Typer(help="Tags of customers. 客户标签。", no_args_is_help=True)
complaint = typer.Typer(
    help="Complaints, as far as contacts are concerned. 投诉与联系限制。", no_args_is_help=True
)
By = Annotated[str, typer.Option(help="Who does this; kept for good.")]
Why = Annotated[str, typer.Option(help="Why; kept for good.")]
Household = Annotated[str | None, typer.Option(help="Household id.")]
EXPORTED = ("id", "customer", "number", "household", "scope", "product", "channel", "hours", "since", "until")


@dnc.command("add")
def dnc_add(
    by: By,
    reason: Annotated[str, typer.Option(help="The customer's words, or where the wish came from.")],
    number: Number = None,
    customer: Customer = None,
    household: Household = None,
    scope: Annotated[str, typer.Option(help="all, product, channel, number or time.")] = "all",
    product: Annotated[str | None, typer.Option(help="Product family (scope product).")] = None,
    channel: Annotated[str | None, typer.Option(help="call, sms … (scope channel).")] = None,
    hours: Annotated[
        str | None, typer.Option(help="Not then, e.g. 'mon-fri 09:00-18:00' (scope time).")
    ] = None,
    until: Annotated[str | None, typer.Option(help="End of a term. Default: for good.")] = None,
    list_name: Annotated[
        str, typer.Option("--list", help="institution, campaign or national.")
    ] = "institution",
    proof: Annotated[str | None, typer.Option(help="Clip or document.")] = None,
    policy: PolicyFile = None,
    data: Data = None,
    store: StoreUrl = None,
) -> None:
    """Put a customer on the list. It holds from now on, for manual and automatic dialling alike.

    登记禁呼，立即对人工与自动外呼生效。

    Example: `speechqc contact dnc add --number 13800138000 --reason 网点书面要求 --by li`
    """
    from speechqc.contact.do_not_call import DncList, DncScope, DoNotCall

    now = datetime.now(UTC)
    entry = DoNotCall(
        id=f"dnc-{secrets.token_hex(6)}",
        customer=customer,
        number=number,
        household=household,
        scope=DncScope(_choice("scope", scope, DncScope)),
        product=product,
        channel=channel,
        hours=hours,
        list=DncList(_choice("list", list_name, DncList)),
        reason=reason,
        since=now,
        until=None if until is None else moment(until),
        proof=proof,
        added_by=by,
    )
    with opened(data, store, policy=policy) as ledger:
        ledger.do_not_call.add(entry)
    print(say(f"已登记：{entry.id}", f"entered: {entry.id}"))


@dnc.command("remove")
def dnc_remove(
    entry: Annotated[str, typer.Argument(help="Id of the entry; `dnc list` shows it.")],
    by: By,
    approved_by: Annotated[str, typer.Option(help="The second person who checked it.")],
    why: Why,
    consent: Annotated[
        str | None, typer.Option(help="Clip or document of the customer's new consent.")
    ] = None,
    number_only: Annotated[
        bool,
        typer.Option("--number-only", help="The number has a new owner, verified: keep the person listed."),
    ] = False,
    data: Data = None,
    store: StoreUrl = None,
) -> None:
    """Take an entry off the list: only with the customer's consent and a second person.

    移出禁呼名单：须有客户本人重新同意的凭证，并由第二人复核。
    """
    now = datetime.now(UTC)
    with opened(data, store) as ledger:
        if number_only:
            ledger.do_not_call.release_number(entry, by=by, approved_by=approved_by, why=why, at=now)
        else:
            ledger.do_not_call.remove(
                entry, by=by, approved_by=approved_by, why=why, consent=consent or "", at=now
            )
    print(say(f"已移出：{entry}", f"removed: {entry}"))


@dnc.command("list")
def dnc_list(
    number: Number = None,
    customer: Customer = None,
    household: Household = None,
    all_entries: Annotated[bool, typer.Option("--all", help="With those that ended.")] = False,
    data: Data = None,
    store: StoreUrl = None,
) -> None:
    """Show the entries in force; of one customer, number or household when named.

    列出有效的禁呼登记。
    """
    from rich.console import Console

    from speechqc.cli.tables import table
    from speechqc.contact.do_not_call import in_force

    now = datetime.now(UTC)
    with opened(data, store) as ledger:
        if number or customer or household:
            found = ledger.do_not_call.entries(number=number, customer=customer, household=household)
        else:
            found = ledger.do_not_call.all_in_force(now)
    shown = table(
        say("编号", "id"),
        say("客户", "customer"),
        say("号码", "number"),
        say("范围", "scope"),
        say("自", "since"),
        say("至", "until"),
        say("原因", "reason"),
        say("凭证", "proof"),
    )
    for entry in found:
        if not all_entries and not in_force(entry, now):
            continue
        ended = f"{entry.removed_at:%Y-%m-%d} {entry.removed_by}" if entry.removed_at else ""
        until = ended or (f"{entry.until:%Y-%m-%d}" if entry.until else say("永久", "for good"))
        detail = entry.product or entry.channel or entry.hours or ""
        shown.add_row(
            entry.id,
            entry.customer or "",
            entry.number or "",
            f"{entry.scope} {detail}".strip(),
            f"{entry.since:%Y-%m-%d}",
            until,
            entry.reason,
            _proof(entry),
        )
    Console().print(shown)


@dnc.command("export")
def dnc_export(
    file: Annotated[Path, typer.Argument(help="CSV to write, UTF-8.")],
    vendor: Annotated[str, typer.Option(help="Who gets it; kept in the audit trail.")],
    by: By,
    since: Annotated[
        str | None, typer.Option(help="Only entries from then on. Default: all in force.")
    ] = None,
    data: Data = None,
    store: StoreUrl = None,
) -> None:
    """Write the entries in force for a vendor's dialler: ids and scope, no words of customers.

    导出有效禁呼名单给委外公司（不含客户原话）。
    """
    now = datetime.now(UTC)
    with opened(data, store) as ledger:
        entries = ledger.do_not_call.all_in_force(now, since=None if since is None else moment(since))
        _write(file, entries)
        ledger.do_not_call.exported(entries, vendor=vendor, by=by, at=now)
    print(say(f"{file}：{len(entries)} 条", f"{file}: {len(entries)} entries"))


@tag.command("set")
def tag_set(
    name: Annotated[str, typer.Argument(help="silent_marketing, low_trust, vulnerable, reduced_frequency …")],
    by: By,
    reason: Annotated[str, typer.Option(help="Why; kept for good.")],
    number: Number = None,
    customer: Customer = None,
    window: Annotated[
        str | None,
        typer.Option(help="The customer's own hours, e.g. 'sat,sun 10:00-18:00' (silent_marketing)."),
    ] = None,
    data: Data = None,
    store: StoreUrl = None,
) -> None:
    """Set a tag. It ends by itself after the time the policy gives it.

    设置客户标签。
    """
    from datetime import timedelta

    from speechqc.contact.standing import Tag

    now = datetime.now(UTC)
    with opened(data, store) as ledger:
        effects = {effect.tag: effect for effect in ledger.policy.tags}
        days = effects[_choice("tag", name, list(effects))].expires_days
        made = Tag(
            id=f"tag-{secrets.token_hex(6)}",
            tag=name,
            customer=customer,
            number=number,
            window=window,
            since=now,
            until=None if days is None else now + timedelta(days=days),
            reason=reason,
            set_by=by,
        )
        ledger.records.add(made)
    print(say(f"已设置：{made.id}", f"set: {made.id}"))


@tag.command("remove")
def tag_remove(
    tag_id: Annotated[str, typer.Argument(help="Id of the tag; `tag list` shows it.")],
    by: By,
    why: Why,
    data: Data = None,
    store: StoreUrl = None,
) -> None:
    """Remove a tag.

    移除客户标签。
    """
    with opened(data, store) as ledger:
        ledger.records.remove_tag(tag_id, by=by, why=why, at=datetime.now(UTC))
    print(say(f"已移除：{tag_id}", f"removed: {tag_id}"))


@tag.command("list")
def tag_list(
    number: Number = None, customer: Customer = None, data: Data = None, store: StoreUrl = None
) -> None:
    """Show the tags of a customer.

    列出客户标签。
    """
    with opened(data, store) as ledger:
        for found in ledger.records.tags(number=number, customer=customer):
            until = f"{found.until:%Y-%m-%d}" if found.until else "…"
            print(
                f"{found.id}  {found.tag}  {found.since:%Y-%m-%d} - {until}  {found.window or ''}  {found.reason}"
            )


@complaint.command("list")
def complaint_list(
    number: Number = None, customer: Customer = None, data: Data = None, store: StoreUrl = None
) -> None:
    """Show the complaints of a customer.

    列出客户投诉。
    """
    with opened(data, store) as ledger:
        for found in ledger.records.complaints(number=number, customer=customer):
            end = found.closed_at or found.withdrawn_at
            state = f"{end:%Y-%m-%d}" if end else say("未结", "open")
            print(f"{found.id}  {found.opened_at:%Y-%m-%d} - {state}  {found.matter or ''}")


@complaint.command("close")
def complaint_close(
    complaint_id: Annotated[str, typer.Argument(help="Id of the complaint; `complaint list` shows it.")],
    by: By,
    withdrawn: Annotated[bool, typer.Option("--withdrawn", help="The customer took it back.")] = False,
    data: Data = None,
    store: StoreUrl = None,
) -> None:
    """Close a complaint: marketing stays forbidden for the days the policy says, then is reduced.

    结案：此后按策略限制营销。
    """
    with opened(data, store) as ledger:
        ledger.close_complaint(complaint_id, by=by, at=datetime.now(UTC), withdrawn=withdrawn)
    print(say(f"已结案：{complaint_id}", f"closed: {complaint_id}"))


def _choice(what: str, given: str, known: Iterable[str]) -> str:
    from speechqc.errors import ConfigurationError

    names = [str(name) for name in known]
    if given not in names:
        raise ConfigurationError(f"{given!r} is no {what}", hint=f"one of {', '.join(names)}")
    return given


def _proof(entry: DoNotCall) -> str:
    if entry.proof_call is None:
        return entry.proof or ""
    return f"{entry.proof_call} {entry.proof_start_s or 0:.1f}-{entry.proof_end_s or 0:.1f} s"


def _write(file: Path, entries: Sequence[DoNotCall]) -> None:
    with file.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(EXPORTED)
        for entry in entries:
            moments = (entry.since.isoformat(), entry.until.isoformat() if entry.until else "")
            writer.writerow([*(getattr(entry, name) or "" for name in EXPORTED[:-2]), *moments])
