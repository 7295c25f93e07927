import re

from hypothesis import given
from hypothesis import strategies as st

from speechqc.text.normalise import normalise
from speechqc.text.numerals import NUMBER, spell_number

DIGITS = dict(zip("0123456789", "零一二三四五六七八九", strict=True))


@given(st.from_regex(r"[1-9][0-9]{4}", fullmatch=True))
def test_hotline_said_digit_by_digit_is_the_written_one(number: str) -> None:
    said = "".join(DIGITS[digit] for digit in number)

    assert normalise(f"打{said}投诉").text == f"打{number}投诉"


@given(st.integers(min_value=1, max_value=99))
def test_percentage_said_is_the_written_one(value: int) -> None:
    tens, ones = divmod(value, 10)
    said = (
        ("" if tens < 2 else DIGITS[str(tens)]) + ("十" if tens else "") + (DIGITS[str(ones)] if ones else "")
    )

    assert (
        normalise(f"百分之{said}").text == normalise(f"收益{value}%").text.removeprefix("收益") == f"{value}%"
    )


@given(st.integers(min_value=1, max_value=99))
def test_small_arabic_number_is_written_as_said(value: int) -> None:
    spelled = normalise(f"打了{value}次").text

    assert re.fullmatch(r"打了[一两二三四五六七八九十]+次", spelled)


@given(st.from_regex(re.compile(NUMBER), fullmatch=True))
def test_every_number_that_is_recognised_can_be_spelled(written: str) -> None:
    match = re.fullmatch(NUMBER, written)

    assert match is not None
    assert spell_number(match.lastgroup or "", written)
