"""The sentences by which a verdict explains itself, in both languages."""

from __future__ import annotations

from datetime import datetime

from speechqc.contact.do_not_call import DoNotCall
from speechqc.contact.policy import Limit, TagEffect, Wait
from speechqc.contact.zones import zone_info
from speechqc.events import Text

_SCOPES = {
    "all": Text("全部营销", "all marketing"),
    "product": Text("产品类别", "product family"),
    "channel": Text("渠道", "channel"),
    "number": Text("该号码", "this number"),
    "time": Text("时段", "hours"),
}
_LISTS = {
    "institution": Text("机构禁呼名单", "the institution's do-not-call list"),
    "campaign": Text("活动剔除名单", "the campaign's suppression list"),
    "national": Text("国家禁呼登记", "the national do-not-call registry"),
}


def limit(rule: Limit, number: int) -> Text:
    return Text(
        f"{rule.title.zh}：本次为第 {number} 次，上限 {rule.most} 次",
        f"{rule.title.en}: this is number {number}, the limit is {rule.most}",
    )


def hours(title: Text, at: datetime, zone: str, allowed: str) -> Text:
    local = f"{at.astimezone(zone_info(zone)):%H:%M}"
    return Text(
        f"{title.zh}：客户当地时间 {local}（{zone}），允许 {allowed}",
        f"{title.en}: it is {local} at the customer's place ({zone}), allowed is {allowed}",
    )


def unwelcome(at: datetime, zone: str, times: str) -> Text:
    local = f"{at.astimezone(zone_info(zone)):%H:%M}"
    return Text(
        f"客户要求 {times} 勿打，当地时间 {local}（{zone}）",
        f"the customer does not want calls {times}; it is {local} there ({zone})",
    )


def wait(rule: Wait, since: datetime) -> Text:
    return Text(
        f"{rule.title.zh}：自 {since:%Y-%m-%d} 起 {rule.days} 天",
        f"{rule.title.en}: {rule.days} days from {since:%Y-%m-%d}",
    )


def listed(entry: DoNotCall, zone: str) -> Text:
    since = f"{entry.since.astimezone(zone_info(zone)):%Y-%m-%d}"
    what, whose = _SCOPES[entry.scope], _LISTS[entry.list]
    detail = entry.product or entry.channel or ""
    return Text(
        f"{since} 起在{whose.zh}（{what.zh}{detail}）：{entry.reason}",
        f"on {whose.en} since {since} ({what.en}{' ' + detail if detail else ''}): {entry.reason}",
    )


def tagged(effect: TagEffect, window: str | None) -> Text:
    zh, en = effect.title.zh, effect.title.en
    if window is None:
        return Text(f"客户标签：{zh}", f"customer tag: {en}")
    return Text(f"客户标签：{zh}，仅限 {window}", f"customer tag: {en}, except {window}")
