"""Due times as people say them."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechqc.text.due_time import VAGUE_S
from speechqc.text.due_words import find_due

SAID = datetime(2026, 11, 24, 15, 10, tzinfo=ZoneInfo("Asia/Shanghai"))
"""A Tuesday afternoon."""


def due(text: str, language: str = "zh") -> str:
    """When the only due time in `text` is due: month-day hour:minute."""
    [found] = find_due(text, language)
    seconds = found.after(SAID)
    assert seconds is not None
    return (SAID + timedelta(seconds=seconds)).strftime("%m-%d %H:%M")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("我一个小时内给您回电话", "11-24 16:10"),
        ("半小时之后", "11-24 15:40"),
        ("一个半小时", "11-24 16:40"),
        ("48小时", "11-26 15:10"),
        ("二十四小时内给您明确答复", "11-25 15:10"),
        ("两周之内", "12-08 15:10"),
        ("三个工作日内到账", "11-27 18:00"),
        ("3到5个工作日", "12-01 18:00"),
        ("今天下班前一定给您答复", "11-24 18:00"),
        ("今晚8点前到账", "11-24 20:00"),
        ("明天上午十点主管会联系您", "11-25 10:00"),
        ("明天上午10:30", "11-25 10:30"),
        ("后天下午三点半", "11-26 15:30"),
        ("大后天", "11-27 18:00"),
        ("周五之前", "11-27 18:00"),
        ("下周三下午给您回复", "12-02 18:00"),
        ("十五号之前", "12-15 18:00"),
        ("3月5号", "03-05 18:00"),
        ("我三点前给您回", "11-25 15:00"),
    ],
)
def test_mandarin(text: str, expected: str) -> None:
    assert due(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I'll call you back within the hour", "11-24 16:10"),
        ("in half an hour", "11-24 15:40"),
        ("within 24 hours", "11-25 15:10"),
        ("in three to five business days", "12-01 18:00"),
        ("by end of day", "11-24 18:00"),
        ("end of day tomorrow", "11-25 18:00"),
        ("my manager will ring you at ten tomorrow", "11-25 10:00"),
        ("by five pm", "11-24 17:00"),
        ("by 5:30 pm today", "11-24 17:30"),
        ("tomorrow morning", "11-25 12:00"),
        ("by Friday", "11-27 18:00"),
        ("next Monday at 10 am", "11-30 10:00"),
        ("tonight by eight", "11-24 20:00"),
    ],
)
def test_english(text: str, expected: str) -> None:
    assert due(text, "en") == expected


@pytest.mark.parametrize("text", ["我们会尽快处理", "查到了马上打给您", "稍后"])
def test_vague_words_are_held_to_a_day(text: str) -> None:
    [found] = find_due(text, "zh")
    assert (found.vague, found.after(None)) == (True, VAGUE_S)


def test_a_repeated_promise_knows_how_often() -> None:
    [found] = find_due("每两个小时跟您反馈一次", "zh")
    assert (found.every_s, found.after(None)) == (7200.0, 7200.0)


def test_spans_need_no_clock_and_the_calendar_does() -> None:
    assert find_due("两个小时内", "zh")[0].after(None) == 7200.0
    assert find_due("明天上午", "zh")[0].after(None) is None
    assert find_due("三个工作日", "zh")[0].after(None) is None


def test_working_days_skip_the_weekend() -> None:
    friday = datetime(2026, 11, 27, 9, 0)
    [found] = find_due("一个工作日", "zh")
    assert friday + timedelta(seconds=found.after(friday) or 0) == datetime(2026, 11, 30, 18, 0)


@pytest.mark.parametrize("text", ["说明书", "明白了", "后来", "今年", "这个产品不错", "日子", "发展到今"])
def test_words_that_only_look_like_times(text: str) -> None:
    assert find_due(text, "zh") == []


@given(
    st.text(alphabet="今明后天一二十半个小时工作日点号月周下午前每内 :0123456789", max_size=40),
    st.sampled_from(["zh", "en"]),
)
def test_any_text_gives_due_times_that_lie_ahead(text: str, language: str) -> None:
    for found in find_due(text, language):
        seconds = found.after(SAID)
        assert seconds is not None and seconds >= 0.0
        assert 0 <= found.start < found.end <= len(text)
