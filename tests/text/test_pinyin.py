import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechqc.text.pinyin import EXACT, NEAR, fold_syllable, sound_of, sounds_of, syllables_agree
from speechqc.text.pinyin_table import read_table, readings_of_pypinyin, write_table


@pytest.mark.parametrize(
    ("one", "other"),
    [("zhang", "zan"), ("chi", "ci"), ("shou", "sou"), ("nan", "lan"), ("ling", "lin"), ("feng", "fen")],
)
def test_confusable_syllables_fold_together(one: str, other: str) -> None:
    assert fold_syllable(one) == fold_syllable(other)


@pytest.mark.parametrize(("one", "other"), [("bao", "pao"), ("ben", "ban"), ("hui", "fei"), ("ni", "nv")])
def test_other_syllables_stay_apart(one: str, other: str) -> None:
    assert fold_syllable(one) != fold_syllable(other)


@pytest.mark.parametrize(
    ("heard", "meant", "level"),
    [
        ("宝本宝西", "保本保息", EXACT),
        ("林风险", "零风险", NEAR),
        ("纲性对付", "刚性兑付", EXACT),
        ("银航", "银行", EXACT),
    ],
)
def test_misheard_word_sounds_like_the_meant_one(heard: str, meant: str, level: int) -> None:
    assert sound_of(heard) in sounds_of(meant)
    assert syllables_agree(heard, meant) == level


@given(st.text())
def test_sound_has_the_length_of_the_text(text: str) -> None:
    assert len(sound_of(text)) == len(text)


def test_a_text_sounds_like_itself() -> None:
    assert sound_of("重新调查银行") in sounds_of("重新调查银行")


def test_table_is_what_pypinyin_says(tmp_path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "pinyin.txt"
    write_table(readings_of_pypinyin(), path)

    assert read_table(path) == read_table()
