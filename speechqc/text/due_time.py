"""When something is due, as people say it: 一个小时内, 明天上午十点, 三个工作日, by five tomorrow.

The words are found without a clock; :meth:`Due.after` turns them into seconds once somebody says when they
were spoken. Working days are Monday to Friday: public holidays are not known here.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta

import msgspec

VAGUE_S = 24 * 3600.0
"""What 尽快 is held to (domain brief, ``overdue_promise``)."""
CLOSE_OF_BUSINESS = time(18)

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """A due time as it was said; ``text[start:end]`` are its words.

    Exactly one of `span_s` (so long after the words), `working_days`, `clock` (a moment of the calendar) and `vague`
    is meant; `every_s` says that it comes again and again.
    """

    words: str
    start: int
    end: int
    span_s: float | None = None
    working_days: int | None = None
    clock: Clock | None = None
    vague: bool = False
    every_s: float | None = None

    def after(self, said: datetime | None) -> float | None:
        """Seconds from the moment `said` (local time of the people on the call) until it is due.

        ``None`` when the words name the calendar and nobody knows when they were said.
        """
        if self.vague:
            return VAGUE_S
        if self.span_s is not None:
            return self.span_s
        if said is None:
            return None
        moment = _working_day(said, self.working_days or 0) if self.clock is None else self.clock.next(said)
        return max(0.0, (moment - said).total_seconds())


class Clock(msgspec.Struct, frozen=True, kw_only=True):
    """A moment of the calendar seen from another one."""

    days: int = 0
    weekday: int | None = None
    """0 is Monday; the first such day after `weeks` weeks."""
    weeks: int = 0
    month: int | None = None
    day: int | None = None
    at: time | None = None

    def next(self, said: datetime) -> datetime:
        """The moment itself, not before `said` where the words leave that open."""
        date = said.date() + timedelta(days=self.days)
        if self.weekday is not None:
            monday = said.date() - timedelta(days=said.weekday()) + timedelta(weeks=self.weeks)
            date = monday + timedelta(days=self.weekday)
            if date < said.date():
                date += timedelta(weeks=1)
        elif self.day is not None:
            date = _next_date(said, self.month, self.day)
        moment = datetime.combine(date, self.at or CLOSE_OF_BUSINESS, tzinfo=said.tzinfo)
        named = self.weekday is not None or self.day is not None or self.days > 0
        return moment + timedelta(days=1) if moment < said and not named else moment


def _working_day(said: datetime, days: int) -> datetime:
    moment = said
    while days > 0:
        moment += timedelta(days=1)
        days -= moment.weekday() < 5
    return datetime.combine(moment.date(), CLOSE_OF_BUSINESS, tzinfo=said.tzinfo)


def _next_date(said: datetime, month: int | None, day: int) -> datetime:
    """The next date of that number, in the month that is named or this one."""
    date = said
    for _ in range(400):
        if date.day == day and (month is None or date.month == month):
            break
        date += timedelta(days=1)
    return date
