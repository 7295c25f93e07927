"""Hours of the week as people write them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechqc.contact.hours import is_open, next_opening, parse_hours
from speechqc.errors import ConfigurationError

WEDNESDAY = datetime(2026, 3, 18, 0, 0)


def holds(text, clock, days=0):
    hour, minute = map(int, clock.split(":"))
    return parse_hours(text).holds(WEDNESDAY + timedelta(days=days, hours=hour, minutes=minute))


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("daily 09:00-21:00", "09:00", "21:00"),
        ("09:00-21:00", "20:59", "08:59"),
        ("21:00-09:00", "23:30", "12:00"),
        ("每天 00:00-24:00", "00:00", None),
        ("mon-fri 09:00-18:00", "10:00", "18:00"),
        ("周一至周五 9:00-18:00", "10:00", "18:00"),
        ("周三 10:00-11:00", "10:30", "11:30"),
        ("工作日 09:00-12:00; 周末 10:00-11:00", "09:30", "12:00"),
    ],
)
def test_hours_are_read_in_both_languages(text, inside, outside):
    assert holds(text, inside)
    assert outside is None or not holds(text, outside)


def test_a_stretch_past_midnight_belongs_to_the_day_it_begins_on():
    assert holds("wed 22:00-02:00", "23:00") and holds("wed 22:00-02:00", "01:00", days=1)
    assert not holds("wed 22:00-02:00", "01:00")


def test_days_may_wrap_around_the_week():
    assert holds("sat-mon 10:00-11:00", "10:00", days=5)
    assert not holds("sat-mon 10:00-11:00", "10:00")


@pytest.mark.parametrize("text", ["", "noon", "daily", "09:00-09:00", "25:00-26:00", "someday 09:00-10:00"])
def test_what_is_no_hours_is_refused(text):
    with pytest.raises(ConfigurationError, match="for example: daily 09:00-21:00"):
        parse_hours(text)


@given(st.text(max_size=40))
def test_any_text_is_hours_or_refused(text):
    try:
        parse_hours(text)
    except ConfigurationError as error:
        assert "for example" in str(error)


def test_the_next_opening_passes_breaks_holidays_and_the_change_to_summer_time():
    hours, lunch = parse_hours("daily 09:00-21:00"), parse_hours("daily 12:00-14:00")
    noon = datetime(2026, 3, 18, 12, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert f"{next_opening(noon, 'Asia/Shanghai', hours, breaks=lunch):%d %H:%M}" == "18 14:00"
    evening = noon.replace(hour=21)
    closed = [datetime(2026, 3, 19).date(), datetime(2026, 3, 20).date()]
    assert f"{next_opening(evening, 'Asia/Shanghai', hours, closed_on=closed):%d %H:%M}" == "21 09:00"
    sunday = datetime(
        2026, 3, 8, 6, 30, tzinfo=UTC
    )  # 01:30 in New York, half an hour before the clocks change
    assert next_opening(sunday, "America/New_York", hours) == datetime(2026, 3, 8, 13, 0, tzinfo=UTC)
    assert next_opening(noon, "Asia/Shanghai", parse_hours("thu 12:00-14:00"), breaks=lunch) is None


@given(
    st.sampled_from(["daily 09:00-21:00", "mon-fri 08:30-12:00; sat 10:00-11:15", "21:00-03:00"]),
    st.integers(0, 14 * 24 * 60),
    st.sampled_from(["Asia/Shanghai", "America/New_York", "UTC"]),
)
def test_the_next_opening_is_open_and_nothing_before_it_is(text, minutes, zone):
    hours = parse_hours(text)
    at = datetime(2026, 5, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    opening = next_opening(at, zone, hours)
    assert opening > at and is_open(opening, zone, hours)
    if not is_open(at, zone, hours):
        step = at + timedelta(minutes=1)
        while step < opening:
            assert not is_open(step, zone, hours)
            step += timedelta(minutes=1)
