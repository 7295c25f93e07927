"""How much was said: Chinese characters or English words, and which of them were digits read one by one."""

from __future__ import annotations

import re

_ZH_UNIT = re.compile(r"[㐀-鿿]|\d|[A-Za-z]+(?:'[A-Za-z]+)?")
_EN_UNIT = re.compile(r"\d|[A-Za-z]+(?:['’-][A-Za-z]+)*|[㐀-鿿]")
_ZH_DIGITS = re.compile(r"(?:[0-9零〇一二三四五六七八九幺两][\s,，-]*){4,}")
_EN_DIGITS = re.compile(
    r"(?:(?:\d|\b(?:zero|oh|one|two|three|four|five|six|seven|eight|nine)\b)[\s,-]*){4,}", re.IGNORECASE
)


def count_units(text: str, language: str) -> int:
    """Characters (zh; a Latin word counts as one) or words (en) of `text`; a figure counts digit by digit."""
    return len((_ZH_UNIT if language.startswith("zh") else _EN_UNIT).findall(text))


def spelled_digits(text: str, language: str) -> int:
    """How many units of `text` are digits read one by one, in runs of four and more."""
    runs = (_ZH_DIGITS if language.startswith("zh") else _EN_DIGITS).finditer(text)
    return sum(count_units(run.group(), language) for run in runs)
