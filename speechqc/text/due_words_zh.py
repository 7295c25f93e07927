"""Due times in Mandarin: 一个小时内, 明天上午十点, 三个工作日, 每两个小时, 尽快."""

from __future__ import annotations

import re
from datetime import time

from speechqc.text.due_reading import Reading, due_from, small_number, vague
from speechqc.text.due_time import CLOSE_OF_BUSINESS, DAY, HOUR, MINUTE, Clock, Due

_N = r"(?:\d+|[一二两三四五六七八九十]+|半|几)"
_ZH_UNITS = {
    "小时": HOUR,
    "钟头": HOUR,
    "分钟": MINUTE,
    "天": DAY,
    "日": DAY,
    "周": 7 * DAY,
    "星期": 7 * DAY,
    "礼拜": 7 * DAY,
    "月": 30 * DAY,
}
_ZH_WEEKDAYS = {name: day for day, name in enumerate("一二三四五六")} | {"日": 6, "天": 6, "末": 5}
_ZH_DAYS = {"今": 0, "明": 1, "后": 2, "大后": 3, "当": 0}
_ZH_PARTS = {
    "早上": time(9),
    "上午": time(12),
    "中午": time(13),
    "下午": time(18),
    "晚上": time(22),
    "傍晚": time(19),
    "晚": time(22),
    "早": time(9),
    "夜里": time(23),
}
_PART = "早上|上午|中午|下午|晚上|傍晚|夜里"
_CLOCK = r"(?:(?P<hour>\d{1,2}|[一二两三四五六七八九十]{1,3})(?:点钟?|:)(?P<half>半|一刻|\d{2}|[二三四五]?十[一-九]?分?)?)"


def _zh_span(match: re.Match[str]) -> Due | None:
    number = small_number(match["high"] or match["n"])
    unit = match["unit"]
    if match["working"]:
        return due_from(match, working_days=int(number))
    seconds = number * _ZH_UNITS[unit] + (0.5 * _ZH_UNITS[unit] if match["and_half"] else 0.0)
    return due_from(match, span_s=seconds, every_s=seconds if match["every"] else None)


def _zh_clock(match: re.Match[str]) -> Due | None:
    day, part, hour = match["day"], match["part"], match["hour"]
    weekday, date = match["weekday"], match["date"]
    if match["off"]:
        at: time | None = CLOSE_OF_BUSINESS
    else:
        at = _zh_time(part or (match["late"] or ""), hour, match["half"])
    if not any((day, weekday, date, hour, match["off"], match["late"])):
        return None
    if weekday:
        return due_from(
            match, clock=Clock(weekday=_ZH_WEEKDAYS[weekday], weeks=len(match["next"] or ""), at=at)
        )
    if date:
        month = int(small_number(match["month"])) if match["month"] else None
        return due_from(match, clock=Clock(month=month, day=int(small_number(date)), at=at))
    return due_from(match, clock=Clock(days=_ZH_DAYS.get(day or "今", 0), at=at))


def _zh_time(part: str, hour: str | None, half: str | None) -> time | None:
    if hour is None:
        return _ZH_PARTS.get(part)
    value = int(small_number(hour))
    if (
        value < 12 and (part in ("下午", "晚上", "晚", "傍晚", "夜里") or (part == "中午" and value < 11))
    ) or (not part and 1 <= value <= 7):
        value += 12
    minutes = {None: 0, "半": 30, "一刻": 15}.get(half)
    if minutes is None:
        minutes = int(small_number((half or "0").removesuffix("分")))
    return time(value % 24, min(minutes, 59))


READINGS: tuple[Reading, ...] = (
    (
        re.compile(
            rf"(?P<every>每隔?)?(?P<n>{_N})(?:[到至\-~](?P<high>{_N}))?个?(?P<and_half>半)?"
            r"(?P<working>工作)?(?P<unit>小时|钟头|分钟|天|日|星期|礼拜|周|(?<=个)月)(?:之?内|以内|之?后|以后|左右)?"
        ),
        _zh_span,
    ),
    (
        re.compile(
            rf"(?:(?P<day>今|明|大?后|当)(?:天|日|(?=[晚早]))(?P<late>[晚早](?!上))?"
            rf"|(?P<next>下{{0,2}})(?:这个?|本)?(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天末])"
            r"|(?:(?P<month>\d{1,2}|[一二三四五六七八九十]{1,2})月)?(?P<date>\d{1,2}|[一二三四五六七八九十]{1,3})[号日]"
            rf")?(?:的)?(?P<part>{_PART})?(?:{_CLOCK}|(?P<off>下班))?(?:之?前|以前|左右|之?内)?"
        ),
        _zh_clock,
    ),
    (
        re.compile(
            "尽快|马上|立刻|立即|第一时间|稍后|一会儿?|待会儿?|回头|近期|过几天|这几天|过段时间|改天|到时候"
        ),
        vague,
    ),
)
