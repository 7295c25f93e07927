"""The sentences by which a finding explains itself, in both languages."""

from __future__ import annotations

from speechqc.events import Role, Text
from speechqc.rules.matcher import SAME
from speechqc.rules.measures import HISTORY_NAMES, MEASURE_NAMES

_ROLES = {
    Role.AGENT: Text(zh="坐席", en="the agent"),
    Role.CUSTOMER: Text(zh="客户", en="the customer"),
    Role.UNKNOWN: Text(zh="有人", en="somebody"),
}


def role_name(role: Role | None) -> Text:
    return _ROLES[role or Role.UNKNOWN]


def said(role: Role | None, quote: str, level: int) -> Text:
    who = role_name(role)
    by_sound = level < SAME
    return Text(
        zh=f"{who.zh}说“{quote}”" + ("（按读音识别，可能听错）" if by_sound else ""),
        en=f"{who.en} said “{quote}”" + (" (recognised by its sound, may be misheard)" if by_sound else ""),
    )


def meant(role: Role | None, quote: str, score: float, limit: float) -> Text:
    who = role_name(role)
    return Text(
        zh=f"{who.zh}说“{quote}”，意思相符（{score:.2f}，阈值 {limit:.2f}）",
        en=f"{who.en} said “{quote}”, which means the same ({score:.2f}, limit {limit:.2f})",
    )


def both_said(parts: list[Text]) -> Text:
    return Text(zh="，且".join(part.zh for part in parts), en=" and ".join(part.en for part in parts))


def after_that(first: Text, first_s: float, then: Text, passed_s: float) -> Text:
    return Text(
        zh=f"{first.zh}（{first_s:.1f} 秒），{passed_s:.1f} 秒后{then.zh}",
        en=f"{first.en} at {first_s:.1f} s, {passed_s:.1f} s later {then.en}",
    )


def repeated(times: int, limit: int, last: Text) -> Text:
    return Text(
        zh=f"第 {times} 次（上限 {limit}）：{last.zh}", en=f"for the {times}. time (limit {limit}): {last.en}"
    )


def missing(role: Role | None, limit: str, limit_en: str, since: Text | None) -> Text:
    who = role_name(role)
    zh = f"{who.zh}{limit}没有说出规定的内容"
    en = f"{who.en} did not say what is required {limit_en}"
    if since is not None:
        zh, en = f"{since.zh}，之后{zh}", f"{since.en}, and then {en}"
    return Text(zh=zh, en=en)


def measured(name: str, value: float, limit: float, over: bool, lasted_s: float) -> Text:
    what = MEASURE_NAMES[name]
    zh = f"{what.zh} {value:.3g}，{'高于上限' if over else '低于下限'} {limit:.3g}"
    en = f"{what.en} {value:.3g}, {'above' if over else 'below'} the limit {limit:.3g}"
    if lasted_s > 0:
        zh, en = f"{zh}，持续 {lasted_s:.0f} 秒", f"{en} for {lasted_s:.0f} s"
    return Text(zh=zh, en=en)


def recorded(name: str, value: str, limit: str) -> Text:
    what = HISTORY_NAMES[name]
    return Text(zh=f"{what.zh}：{value}（限值 {limit}）", en=f"{what.en}: {value} (limit {limit})")
