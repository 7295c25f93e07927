"""Whisper's phantoms are dropped; people who repeat themselves are not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechqc.asr.whisper_guards import (
    Decoded,
    Drop,
    compression_ratio,
    confidence,
    is_phantom,
    longest_repeat,
    reason_to_drop,
    speech_units,
)


def heard(text, duration_s=5.0, avg_logprob=-0.2, no_speech_prob=0.05, finished=True):
    return Decoded(
        text=text,
        duration_s=duration_s,
        avg_logprob=avg_logprob,
        no_speech_prob=no_speech_prob,
        finished=finished,
    )


@pytest.mark.parametrize(
    "decoded",
    [
        heard("这个产品保本保息，您放心。"),
        heard("不要再打了！" * 5, duration_s=4.0),
        heard("对对对对对对", duration_s=1.5),
        heard("好的，好的，好的。", duration_s=1.4),
        heard("谢谢。", duration_s=0.8),
        heard("Thank you.", duration_s=0.8),
        heard("No no no no, I said no.", duration_s=2.0),
        heard("I want to cancel my account because nobody called me back.", duration_s=4.0),
        heard("一三八一二三四五六七八", duration_s=2.5),
        heard("您的电话是13812345678，对吗？", duration_s=4.0),
        heard("谢谢观看我们的产品介绍。", duration_s=3.0),
        heard("你好", no_speech_prob=0.9, avg_logprob=-0.1),
        heard(""),
        heard("，。", avg_logprob=-3.0),
    ],
    ids=lambda decoded: decoded.text[:12],
)
def test_speech_is_kept(decoded):
    assert reason_to_drop(decoded) is None


@pytest.mark.parametrize(
    ("decoded", "reason"),
    [
        (heard("嗯", avg_logprob=-0.8, no_speech_prob=0.7), Drop.NO_SPEECH),
        (heard("阿基米德的梦想", avg_logprob=-1.3), Drop.LOW_CONFIDENCE),
        (heard("保本保息", finished=False), Drop.UNFINISHED),
        (heard("请不吝点赞 订阅 转发 打赏支持明镜与点点栏目"), Drop.PHANTOM),
        (heard("字幕由Amara.org社区提供"), Drop.PHANTOM),
        (heard("好的。字幕由 Amara.org 社群提供"), Drop.PHANTOM),
        (heard("谢谢观看！谢谢观看！"), Drop.PHANTOM),
        (heard(" Thanks for watching!"), Drop.PHANTOM),
        (heard("Please subscribe."), Drop.PHANTOM),
        (heard("不要再打了" * 8, duration_s=8.0), Drop.LOOP),
        (heard("我们的产品" * 5, duration_s=2.0), Drop.LOOP),
        (heard("I am, " * 12, duration_s=5.0), Drop.LOOP),
        (heard("ha ha ha ha ha ha ha ha ha ha", duration_s=6.0), Drop.LOOP),
        (heard("保本保息年年保本保息天天保本保息月月保本保息" * 2, duration_s=1.0), Drop.REPETITIVE),
        (heard("您好我是客户经理小王今天给您介绍一款产品", duration_s=0.6), Drop.TOO_FAST),
    ],
    ids=lambda value: value.text[:12] if isinstance(value, Decoded) else value,
)
def test_a_text_nobody_said_is_dropped_with_its_reason(decoded, reason):
    assert reason_to_drop(decoded) is reason


def test_a_recital_of_the_hotwords_is_an_echo_of_the_prompt():
    hotwords = ["保本", "刚性兑付", "存款", "年化收益"]

    assert reason_to_drop(heard("保本 刚性兑付 存款"), hotwords=hotwords) is Drop.ECHO
    assert reason_to_drop(heard("这款产品保本，跟存款一样。"), hotwords=hotwords) is None
    assert reason_to_drop(heard("保本"), hotwords=["保本"]) is None


@pytest.mark.parametrize(
    ("units", "expected"),
    [
        ("", (0, 1)),
        ("abc", (0, 1)),
        ("aab", (1, 2)),
        ("abababx", (2, 3)),
        ("xyabcabcabc", (3, 3)),
        ("aaaaaaaa", (1, 8)),
    ],
)
def test_the_longest_repeat_is_found(units, expected):
    assert longest_repeat(units) == expected


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("这款APP很好", ["这", "款", "app", "很", "好"]),
        ("Don't call again!", ["don't", "call", "again"]),
        ("2024年", ["2024", "年"]),
        ("……", []),
    ],
)
def test_units_are_what_takes_time_to_say(text, units):
    assert speech_units(text) == units


@pytest.mark.parametrize("text", ["字幕", "AMARA . ORG", "感謝觀看", "Like, and SUBSCRIBE!"])
def test_credits_are_known_whatever_their_case_and_spacing(text):
    assert is_phantom(text)


def test_confidence_is_the_mean_probability_of_a_token():
    assert confidence(0.0) == 1.0
    assert confidence(-0.6931) == pytest.approx(0.5, abs=1e-3)
    assert confidence(0.01) == 1.0


def test_compression_ratio_of_nothing_is_zero():
    assert compression_ratio("") == 0.0


@given(st.text(max_size=80), st.floats(0, 30), st.floats(-5, 0), st.floats(0, 1))
def test_any_text_is_judged(text, duration_s, avg_logprob, no_speech_prob):
    reason_to_drop(heard(text, duration_s, avg_logprob, no_speech_prob))
