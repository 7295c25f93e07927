import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechqc.text.normalise import HARD, QUESTION, SOFT, normal_form, normalise

CALL_TEXT = st.text(
    alphabet=st.sampled_from(
        "保本嗯啊那个就是说然后一二三十百分之点半個課(ke)0123456789.%，,。？ abc'nt-幺两啦　Ａ！\0İß"
    )
)


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("這款產品", "这款产品"),
        ("ＡＢＣ１２３", "abc123"),
        ("保 本 保 息", "保本保息"),
        ("課(ke)程", "课程"),
        ("保本(bǎo)", "保本"),
        ("嗯，那个，我想问一下", "我想问一下"),
        ("您们那个名单", "您们那个名单"),
        ("就是说这个产品啊", "这个产品"),
        ("保保本", "保本"),
        ("我我我要投投诉", "我要投诉"),
        ("天天打天天打", "天天打天天打"),
        ("您看看", "您看看"),
        ("别打啦", "别打了"),
        ("百分之五", "5%"),
        ("5 %", "5%"),
        ("五个点", "5%"),
        ("5个点", "5%"),
        ("三点八个点", "3.8%"),
        ("百分之三点八", "3.8%"),
        ("两个半点", "2.5%"),
        ("三个多点", "3%"),
        ("百分之百", "100%"),
        ("百分百", "100%"),
        ("打12378", "打12378"),
        ("打幺二三七八", "打12378"),
        ("打一二三七八", "打12378"),
        ("打1 2 3 7 8", "打12378"),
        ("工号二零三七", "工号2037"),
        ("打了3次", "打了三次"),
        ("打了2次", "打了两次"),
        ("15天", "十五天"),
        ("50万", "五十万"),
        ("100块", "一百块"),
        ("10000块", "一万块"),
        ("10,000块", "一万块"),
        ("收益三点八", "收益3.8"),
        ("下午三点十分", "下午三点十分"),
        ("一分钱一分货", "一分钱一分货"),
        ("一定", "一定"),
        ("Risk-Free", "risk free"),
        ("You can't lose", "you can not lose"),
        ("cannot", "can not"),
        ("don’t", "do not"),
        ("it's guaranteed", "it is guaranteed"),
        ("the bank's fund", "the bank's fund"),
        ("I I want", "i want"),
        ("eight percent", "8%"),
        ("twenty-five per cent", "25%"),
        ("8 %", "8%"),
        ("10,000 dollars", "10000 dollars"),
        ("R3级", "r3级"),
        ("手机App里", "手机app里"),
        ("", ""),
    ],
)
def test_writing_has_one_normal_form(written: str, normal: str) -> None:
    assert normalise(written).text == normal


@pytest.mark.parametrize(
    ("text", "start", "end", "quote"),
    [
        ("嗯，這款產品保保本！", 4, 6, "保保本"),
        ("收益是百分之五点五吧", 3, 7, "百分之五点五"),
        ("I can't do it", 2, 9, "can't"),
        ("拨打 幺二三七八", 2, 7, "幺二三七八"),
    ],
)
def test_quote_shows_the_original_characters(text: str, start: int, end: int, quote: str) -> None:
    assert normalise(text).quote(start, end) == quote


def test_punctuation_is_kept_as_marks() -> None:
    heard = normalise("您好，保本吗？是的。")

    assert heard.text == "您好保本吗是的"
    assert heard.marks == {2: SOFT, 5: QUESTION, 7: HARD}


def test_the_stronger_of_two_marks_at_one_place_stays() -> None:
    assert normalise("保本，？").marks == {2: QUESTION}


def test_connecting_word_ends_a_clause() -> None:
    assert normalise("先看看然后再买").marks == {3: SOFT}


@given(st.one_of(st.text(), CALL_TEXT))
def test_every_character_has_a_place_in_the_original(text: str) -> None:
    heard = normalise(text)

    assert len(heard.text) == len(heard.origin) == len(heard.stop)
    assert all(0 <= start < stop <= len(text) for start, stop in zip(heard.origin, heard.stop, strict=True))
    assert heard.origin == sorted(heard.origin)
    assert all(0 <= at <= len(heard.text) for at in heard.marks)
    assert heard.original == text


@given(CALL_TEXT)
def test_normal_form_is_the_text_alone(text: str) -> None:
    assert normal_form(text) == normalise(text).text


@given(CALL_TEXT)
def test_nothing_wide_upper_case_or_traditional_is_left(text: str) -> None:
    left = normalise(text).text

    assert not set(left) & set("个課個，。？！　Ａ嗯") - set("个")
    assert "  " not in left
