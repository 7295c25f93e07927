"""Due times in English: within the hour, by five tomorrow, three to five business days, shortly."""

from __future__ import annotations

import re
from datetime import time

from speechqc.text.due_reading import Reading, due_from, small_number, vague
from speechqc.text.due_time import CLOSE_OF_BUSINESS, DAY, HOUR, MINUTE, Clock, Due

_EN_N = r"(?:\d+|half an|a couple of|a few|an?|the|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty[- ]four|twenty|thirty|forty[- ]eight|seventy[- ]two)"
_EN_UNITS = {"minute": MINUTE, "hour": HOUR, "day": DAY, "week": 7 * DAY, "month": 30 * DAY}
_EN_WEEKDAYS = {
    name: day
    for day, name in enumerate(["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"])
}
_EN_DAYS = {"today": 0, "tonight": 0, "this": 0, "tomorrow": 1}
_EN_PARTS = {
    "morning": time(12),
    "noon": time(12),
    "afternoon": time(18),
    "evening": time(21),
    "night": time(22),
}


def _en_span(match: re.Match[str]) -> Due | None:
    number = small_number(match["high"] or match["n"])
    if match["working"]:
        return due_from(match, working_days=int(number))
    seconds = number * _EN_UNITS[match["unit"]]
    return due_from(match, span_s=seconds, every_s=seconds if match["every"] else None)


def _en_clock(match: re.Match[str]) -> Due | None:
    said = match.groupdict()
    day, weekday, part = said.get("day"), said.get("weekday"), said.get("part")
    at: time | None = _EN_PARTS.get(part or "") or (time(22) if day == "tonight" else None)
    if said.get("end"):
        at = CLOSE_OF_BUSINESS
    elif hour := said.get("hour"):
        later = part or ("evening" if day == "tonight" else "")
        at = _en_time(hour, said.get("minute"), said.get("half_day"), later)
    if weekday:
        weeks = int(said.get("next") is not None)
        return due_from(match, clock=Clock(weekday=_EN_WEEKDAYS[weekday], weeks=weeks, at=at))
    return due_from(match, clock=Clock(days=_EN_DAYS.get(day or "today", 0), at=at))


def _en_time(hour: str, minute: str | None, half_day: str | None, part: str) -> time:
    if hour == "noon":
        return time(12)
    value = int(small_number(hour)) % 24
    afternoon = (half_day or "").startswith("p") or part in ("afternoon", "evening", "night")
    if value < 12 and (afternoon or (not half_day and not part and 1 <= value <= 7)):
        value += 12
    return time(value % 24, int(minute or 0) % 60)


_EN_DAY = "today|tonight|tomorrow|this(?= (?:morning|afternoon|evening))"
_EN_WEEKDAY = "|".join(_EN_WEEKDAYS)
_EN_HOUR = r"(?P<hour>\d{1,2}|noon|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)(?::(?P<minute>\d{2}))?(?: ?(?P<half_day>[ap]\.?m)\b\.?| o'?clock)?(?! (?:minute|hour|day|week|month|business|working))"
READINGS: tuple[Reading, ...] = (
    (
        re.compile(
            rf"(?:(?P<every>every)|within|in|after|takes?)(?: the next)? (?P<n>{_EN_N})(?:(?: to |-| or )(?P<high>{_EN_N}))?"
            r" (?P<working>business |working )?(?P<unit>minute|hour|day|week|month)s?\b"
        ),
        _en_span,
    ),
    (
        re.compile(
            r"(?:by |before |at |on |until |no later than )?"
            r"(?P<end>(?:the )?end of (?:the )?(?:business )?day|close of business|eod|cob)"
            rf"(?: (?P<day>{_EN_DAY})| (?:on )?(?P<weekday>{_EN_WEEKDAY}))?"
        ),
        _en_clock,
    ),
    (
        re.compile(
            rf"\b(?:by|before|at|around) {_EN_HOUR}(?: (?:in the )?(?P<part>morning|afternoon|evening))?"
            rf"(?: (?P<day>{_EN_DAY})| on (?P<weekday>{_EN_WEEKDAY}))?"
        ),
        _en_clock,
    ),
    (
        re.compile(
            rf"\b(?:by |before |at |on |until )?(?:(?P<day>{_EN_DAY})|(?P<next>next )?(?P<weekday>{_EN_WEEKDAY}))"
            rf"(?: (?P<part>morning|noon|afternoon|evening|night))?(?: (?:at|by|before|around) {_EN_HOUR})?"
        ),
        _en_clock,
    ),
    (
        re.compile(
            r"\b(?:as soon as possible|asap|shortly|right away|very soon|soon|some other time|in due course|straight away|immediately)\b"
        ),
        vague,
    ),
)
