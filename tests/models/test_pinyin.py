"""Readings and numbers as they are said."""

import pytest

from models.pinyin import cardinal, spell_out_numbers, syllables


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (0, "零"),
        (10, "十"),
        (12, "十二"),
        (105, "一百零五"),
        (1_010, "一千零一十"),
        (10_500, "一万零五百"),
        (200_000, "二十万"),
        (1_000_001, "一百万零一"),
        (30_000_000, "三千万"),
        (100_020_000, "一亿零二万"),
    ],
)
def test_cardinals(number, said):
    assert cardinal(number) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("我的工号是8016", "我的工号是八零幺六"),
        ("请打12378", "请打幺二三七八"),
        ("年化3.5%", "年化百分之三点五"),
        ("一共10500元", "一共一万零五百元"),
        ("大约20万", "大约二十万"),
        ("尾号0931的卡", "尾号零九三幺的卡"),
        ("分12期", "分十二期"),
        ("没有数字", "没有数字"),
    ],
)
def test_numerals_are_said_as_on_the_telephone(text, said):
    assert spell_out_numbers(text) == said


def test_syllables_carry_their_tone_and_write_v_for_the_umlaut():
    assert [str(syllable) for syllable in syllables("女儿绿色的")] == ["nv3", "er2", "lv4", "se4", "de5"]


def test_what_is_not_read_is_skipped():
    assert [str(syllable) for syllable in syllables("好，（好）")] == ["hao3", "hao3"]
