"""Hours of the week, written as people write them: ``mon-fri 09:00-18:00; sat 10:00-12:00``."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import NamedTuple

from speechqc.contact.zones import zone_info
from speechqc.errors import ConfigurationError

DAY_MIN = 24 * 60
SEARCHED = timedelta(days=60)
"""The longest holiday a next opening is looked for behind."""
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_ZH = {"周一": 0, "周二": 1, "周三": 2, "周四": 3, "周五": 4, "周六": 5, "周日": 6}
_SETS = {
    "daily": range(7), "每天": range(7), "weekdays": range(5), "工作日": range(5), "weekends": range(5, 7),
    "周末": range(5, 7),
}  # fmt: skip
_SPAN = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})")
_FORM = "for example: daily 09:00-21:00, or mon-fri 09:00-12:00; sat 10:00-12:00"


class Span(NamedTuple):
    """One stretch of one weekday (0 is Monday), in minutes after local midnight; the end is excluded."""

    weekday: int
    opens: int
    closes: int


class Hours(NamedTuple):
    """A set of stretches of the week, at whatever place."""

    spans: tuple[Span, ...]
    text: str

    def holds(self, local: datetime) -> bool:
        minute, weekday = local.hour * 60 + local.minute, local.weekday()
        return any(s.weekday == weekday and s.opens <= minute < s.closes for s in self.spans)

    def within(self, other: Hours) -> bool:
        """True when every minute of these hours is one of `other`."""
        return all(
            any(s.weekday == day and s.opens <= minute < s.closes for s in other.spans)
            for day, opens, closes in self.spans
            for minute in range(opens, closes)
        )


def parse_hours(text: str) -> Hours:
    """Read hours. A stretch past midnight belongs to the day it begins on.

    Raises:
        ConfigurationError: the text is none; says what was expected.
    """
    spans: list[Span] = []
    for part in re.split(r"[;；]", text):
        found = _SPAN.search(part)
        if found is None:
            raise ConfigurationError(f"{text!r} are no hours", hint=_FORM)
        opens, closes = (int(h) * 60 + int(m) for h, m in ((found[1], found[2]), (found[3], found[4])))
        if opens > DAY_MIN or closes > DAY_MIN or opens == closes:
            raise ConfigurationError(f"{text!r} are no hours of a day", hint=_FORM)
        for day in _days(part[: found.start()].strip().lower(), text):
            if opens < closes:
                spans.append(Span(day, opens, closes))
            else:
                spans.append(Span(day, opens, DAY_MIN))
                spans.append(Span((day + 1) % 7, 0, closes))
    return Hours(tuple(sorted(span for span in spans if span.opens < span.closes)), text)


def next_opening(
    at: datetime, zone: str, hours: Hours, *, breaks: Hours | None = None, closed_on: Collection[date] = ()
) -> datetime | None:
    """The first moment after `at` that lies in `hours`, outside `breaks` and not on a closed day; UTC-aware."""
    place = zone_info(zone)
    local = at.astimezone(place)
    day = local.date()
    while day - local.date() <= SEARCHED:
        edges = {s.opens for s in hours.spans if s.weekday == day.weekday()}
        edges |= {s.closes for s in (breaks.spans if breaks else ()) if s.weekday == day.weekday()}
        for minute in sorted(edge for edge in edges if edge < DAY_MIN):
            moment = datetime(day.year, day.month, day.day, minute // 60, minute % 60, tzinfo=place)
            if moment > at and is_open(moment, zone, hours, breaks=breaks, closed_on=closed_on):
                return moment
        day += timedelta(days=1)
    return None


def is_open(
    at: datetime, zone: str, hours: Hours, *, breaks: Hours | None = None, closed_on: Collection[date] = ()
) -> bool:
    local = at.astimezone(zone_info(zone))
    return hours.holds(local) and not (breaks and breaks.holds(local)) and local.date() not in closed_on


def _days(text: str, whole: str) -> list[int]:
    if not text:
        return list(range(7))
    days: list[int] = []
    for part in re.split(r"[,，、\s]+", text):
        if part in _SETS:
            days.extend(_SETS[part])
            continue
        first, _, last = re.sub(r"[至到~]", "-", part).partition("-")
        begin, end = _day(first, whole), _day(last or first, whole)
        days.extend((begin + n) % 7 for n in range((end - begin) % 7 + 1))
    return days


def _day(name: str, whole: str) -> int:
    if name in _ZH:
        return _ZH[name]
    if name[:3] in _DAYS:
        return _DAYS.index(name[:3])
    raise ConfigurationError(f"{whole!r}: {name!r} is no day of the week", hint=_FORM)
