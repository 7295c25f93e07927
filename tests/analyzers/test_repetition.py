import pytest

from speechqc.analyzers.repetition import Repetition
from tests.analyzers.talking import CUSTOMER, says


def repeats(*texts, language="zh", pause_s=10.0):
    repetition = Repetition(language=language)
    return [
        repetition.feed(says(CUSTOMER, at * pause_s, at * pause_s + 3.0, text))
        for at, text in enumerate(texts)
    ]


@pytest.mark.parametrize(
    ("first", "again"),
    [
        ("我就想知道钱什么时候到账", "我就想知道这个钱什么时候到账"),
        ("把我的钱退给我", "我说了，把我的钱退给我行不行"),
        ("我要求你们马上取消这个保险", "我要求马上取消这个保险"),
    ],
)
def test_nearly_the_same_demand_is_a_repetition(first, again):
    assert repeats(first, again) == [False, True]


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ("我想问一下利率是多少", "那提前还款要不要违约金"),
        ("好的好的", "好的好的"),
        ("一三八零零一三八零零零", "一三八零零一三八零零零"),
    ],
)
def test_something_else_is_none(first, then):
    assert repeats(first, then) == [False, False]


def test_english_demands_are_compared_too():
    assert repeats("I want my money back now", "look, I want my money back now", language="en") == [
        False,
        True,
    ]
    assert repeats("yes that's right", "yes that's right", language="en") == [False, False]


def test_what_was_said_long_ago_is_forgotten():
    assert repeats("把我的钱退给我", "把我的钱退给我", pause_s=100.0) == [False, False]
