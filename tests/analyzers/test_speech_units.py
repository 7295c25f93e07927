import pytest

from speechqc.analyzers.speech_units import count_units, spelled_digits


@pytest.mark.parametrize(
    ("text", "language", "units"),
    [
        ("您好，请问有什么可以帮您？", "zh", 11),
        ("下载我们的APP", "zh", 6),
        ("年化5.5%", "zh", 4),
        ("I don't know, it's a long-term plan.", "en", 7),
        ("", "zh", 0),
        ("……", "zh", 0),
    ],
)
def test_units_are_characters_or_words(text, language, units):
    assert count_units(text, language) == units


@pytest.mark.parametrize(
    ("text", "language", "digits"),
    [
        ("我的号码是幺三八 零零幺三八零零零", "zh", 11),
        ("卡号6222 0202", "zh", 8),
        ("一百二十三万元", "zh", 0),
        ("三四天左右", "zh", 0),
        ("it is one three eight, oh oh one", "en", 6),
        ("two or three days", "en", 0),
    ],
)
def test_only_runs_of_four_and_more_digits_are_read_out(text, language, digits):
    assert spelled_digits(text, language) == digits
