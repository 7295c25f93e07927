"""One spelling for each number: what is said and what is written then look alike.

Inside Chinese text

* a percentage is ``3.8%``: 百分之三点八, 三点八个点, 3.8 %; 百分之百 and 百分百 are ``100%``;
* three and more digits read one by one are Arabic: 幺二三七八 is ``12378``;
* a decimal is Arabic: 三点八 is ``3.8``;
* a small or round Arabic number is Chinese: 3次 is 三次, 2次 is 两次, 15 is 十五, 50万 is 五十万, 10000 is 一万.

In English text ``eight percent`` and ``8 per cent`` are ``8%``.
"""

from __future__ import annotations

import re

_DIGIT_VALUES = {digit: str(value) for value, digit in enumerate("零一二三四五六七八九")}
_DIGIT_VALUES |= {"〇": "0", "幺": "1", "两": "2"}
_DIGITS = "零〇一二三四五六七八九幺两"
_SPOKEN = "零一两三四五六七八九"
_UNITS = {"十": 10, "百": 100, "千": 1000, "万": 10_000}

NUMBER = (
    rf"(?P<pct_said>百分之(?:\d+(?:\.\d+)?|[{_DIGITS}十百点]+)|百分百)"
    rf"|(?P<pct_points>(?:\d+(?:\.\d+)?|[一二两三四五六七八九十]+(?:点[{_DIGITS}]+)?|半)个[半多来]?点(?![半钟头儿子心评])"
    rf"|\d+(?:\.\d+)?[多来]?%)"
    rf"|(?P<decimal>[{_DIGITS}十]+点[{_DIGITS}]+(?![十分刻个点]))"
    rf"|(?P<spelled>[{_DIGITS}]{{3,}}(?![十百千万亿])|[{_DIGITS}](?: [{_DIGITS}]){{2,}}|\d(?: \d){{2,}}(?![\d.]))"
    r"|(?P<arabic>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
)
"""Alternatives for numbers in Chinese text; feed a match to :func:`spell_number`."""

NUMBER_STARTS = _DIGITS + "十百半"
"""The Chinese characters a number can begin with."""

_EN_ONES = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
_EN_VALUES = {word: value for value, word in enumerate(_EN_ONES.split())}
_EN_VALUES |= {"sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19}
_EN_TENS = {
    word: 10 * tens
    for tens, word in enumerate(
        ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], 2
    )
}
NUMBER_WORDS = frozenset((*_EN_VALUES, *_EN_TENS, "hundred"))
"""English words that a percentage can begin with."""

_EN_WORD = "|".join((*_EN_VALUES, *_EN_TENS, "hundred"))
EN_PERCENT = (
    rf"(?P<en_pct>(?:\d+(?:\.\d+)?|\b(?:{_EN_WORD})(?:[ -](?:{_EN_WORD}))?) ?(?:percent\b|per cent\b|%))"
)
"""A percentage in English text; feed the text to :func:`spell_en_percent`."""


def spell_number(kind: str, text: str) -> str:
    """The one spelling of `text`, which matched the group `kind` of :data:`NUMBER`."""
    if kind == "pct_said":
        return "100%" if text == "百分百" else f"{_value(text.removeprefix('百分之'))}%"
    if kind == "pct_points":
        number, half = re.split(r"个|%|[多来]", text, maxsplit=1)[0], "个半" in text
        value = "0.5" if number == "半" else _value(number)
        return f"{value}.5%" if half and "." not in value else f"{value}%"
    if kind == "decimal":
        return _value(text)
    if kind == "spelled":
        return "".join(_DIGIT_VALUES.get(character, character) for character in text if character != " ")
    return _spoken(text.replace(",", ""))


def spell_en_percent(text: str) -> str:
    """``8%`` for ``eight percent``, ``8 per cent`` and ``8 %``."""
    number = re.split(r" ?(?:per ?cent|%)", text, maxsplit=1)[0]
    if number[0].isdigit():
        return f"{number}%"
    value = 0
    for word in re.split(r"[ -]", number):
        value = (
            (value or 1) * 100
            if word == "hundred"
            else value + (_EN_VALUES.get(word) or _EN_TENS.get(word, 0))
        )
    return f"{value}%"


def _value(text: str) -> str:
    """The value of a Chinese or Arabic number in Arabic digits."""
    if text[0].isascii():
        return text
    whole, _, fraction = text.partition("点")
    if "十" not in whole and "百" not in whole:
        number = "".join(_DIGIT_VALUES.get(character, "") for character in whole) or "0"
    else:
        number = str(_positional(whole))
    digits = "".join(_DIGIT_VALUES.get(character, "") for character in fraction)
    return f"{number}.{digits}" if digits else number


def _positional(text: str) -> int:
    total = digit = 0
    for character in text:
        if character in _UNITS:
            total += (digit or 1) * _UNITS[character]
            digit = 0
        else:
            digit = int(_DIGIT_VALUES.get(character, "0"))
    return total + digit


def _spoken(digits: str) -> str:
    """`digits` as said when small or round, else unchanged."""
    if not digits.isdecimal() or not digits.isascii() or digits.startswith("0"):
        return digits
    value = int(digits)
    if value < 10:
        return _SPOKEN[value]
    if value < 100:
        return _below_hundred(value)
    for name, unit in (("万", 10_000), ("千", 1000), ("百", 100)):
        quotient, rest = divmod(value, unit)
        if rest == 0 and quotient < 10:
            return _SPOKEN[quotient] + name
        if rest == 0 and name == "万" and quotient < 100:
            return _below_hundred(quotient) + name
    return digits


def _below_hundred(value: int) -> str:
    tens, ones = divmod(value, 10)
    return (_UNIT_DIGITS[tens] if tens > 1 else "") + "十" * (tens > 0) + _UNIT_DIGITS[ones]


_UNIT_DIGITS = ("", "一", "二", "三", "四", "五", "六", "七", "八", "九")
