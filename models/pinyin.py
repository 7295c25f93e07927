"""Hanzi and numbers to pinyin syllables: what the synthesiser is told and what the network learns."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pypinyin import Style, lazy_pinyin

_DIGITS = "零一二三四五六七八九"
_TELEPHONE_DIGITS = "零幺二三四五六七八九"
_SMALL_UNITS = ("", "十", "百", "千")
_LARGE_UNITS = ("", "万", "亿")
_READ_DIGIT_BY_DIGIT = 5
"""Numbers of this many digits and more are hotlines, cards and telephones: read digit by digit."""

_NUMBER = re.compile(
    r"(?P<prefix>(?:工号|编号|尾号|后四位|验证码|号码)是?)?"
    r"(?P<digits>\d+(?:\.\d+)?)(?P<percent>[%％])?(?P<counted>(?=[万亿元块]))?"
)
_SYLLABLE = re.compile(r"([a-zêü]+)([1-5])?")

# Interjections and rare readings that pypinyin spells outside the table of Mandarin syllables.
_SPELLING = {
    "n": "en",
    "ng": "en",
    "m": "en",
    "hm": "heng",
    "hng": "heng",
    "ê": "ei",
    "r": "er",
    "eh": "ei",
    "din": "ding",
    "wong": "weng",
}


@dataclass(frozen=True, slots=True)
class Syllable:
    """One syllable; `base` has no tone and writes ü as v, `tone` is 1..5 (5: neutral)."""

    base: str
    tone: int

    def __str__(self) -> str:
        return f"{self.base}{self.tone}"


def syllables(text: str) -> list[Syllable]:
    """The reading of `text`; what is neither Hanzi nor a number is skipped.

    Raises:
        ValueError: a character has no reading in the table of Mandarin syllables.
    """
    read = lazy_pinyin(
        spell_out_numbers(text),
        style=Style.TONE3,
        neutral_tone_with_five=True,
        errors="ignore",
        v_to_u=False,
    )
    return [_parse(item) for item in read]


def spell_out_numbers(text: str) -> str:
    """`text` with Arabic numerals as they are said: 3.5% 百分之三点五, 12378 幺二三七八, 20 二十."""
    return _NUMBER.sub(_say_number, text)


def _say_number(match: re.Match[str]) -> str:
    prefix, digits = match["prefix"] or "", match["digits"]
    whole, _, fraction = digits.partition(".")
    leading_zero = len(whole) > 1 and whole[0] == "0"
    counted = fraction or match["percent"] or match["counted"] is not None
    if not counted and (prefix or leading_zero or len(whole) >= _READ_DIGIT_BY_DIGIT):
        return prefix + "".join(_TELEPHONE_DIGITS[int(digit)] for digit in digits)
    said = cardinal(int(whole))
    if fraction:
        said += "点" + "".join(_DIGITS[int(digit)] for digit in fraction)
    return prefix + ("百分之" + said if match["percent"] else said)


def cardinal(number: int) -> str:
    """`number` (below 10^12) as a Chinese cardinal: 105 一百零五, 12 十二."""
    if number == 0:
        return "零"
    groups: list[str] = []
    pending_zero = False
    for place, unit in reversed(list(enumerate(_LARGE_UNITS))):
        group = number // 10_000**place % 10_000
        if group == 0:
            pending_zero = bool(groups)
            continue
        if groups and (pending_zero or group < 1000):
            groups.append("零")
        groups.append(_four_digits(group) + unit)
        pending_zero = False
    said = "".join(groups)
    return said[1:] if said.startswith("一十") else said


def _four_digits(number: int) -> str:
    said = ""
    gap = False
    for place in (3, 2, 1, 0):
        digit = number // 10**place % 10
        if digit == 0:
            gap = bool(said)
            continue
        said += ("零" if gap else "") + _DIGITS[digit] + _SMALL_UNITS[place]
        gap = False
    return said


def _parse(reading: str) -> Syllable:
    match = _SYLLABLE.fullmatch(reading)
    if not match:
        raise ValueError(f"{reading!r} is no Mandarin syllable")
    base = match[1].replace("ü", "v")
    return Syllable(_SPELLING.get(base, base), int(match[2] or 5))
