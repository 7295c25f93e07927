"""What the readers of due times share: small numbers in words, and a match made into a :class:`Due`."""

from __future__ import annotations

import re
from collections.abc import Callable

from speechqc.text.due_time import Due


def small_number(text: str) -> float:
    """Value of a small number: ``24``, ``二十四``, ``两``, ``半``, ``two``, ``a``."""
    text = text.strip()
    if text.isdecimal():
        return float(text)
    if text in _WORD_VALUES:
        return _WORD_VALUES[text]
    if "十" in text:
        tens, _, ones = text.partition("十")
        return 10 * (_WORD_VALUES.get(tens, 1.0) if tens else 1.0) + (
            _WORD_VALUES.get(ones, 0.0) if ones else 0.0
        )
    return _WORD_VALUES.get(text[-1:], 1.0)


_WORD_VALUES: dict[str, float] = {character: float(v) for v, character in enumerate("零一二三四五六七八九")}
_WORD_VALUES |= {
    "两": 2.0,
    "半": 0.5,
    "几": 3.0,
    "a": 1.0,
    "an": 1.0,
    "the": 1.0,
    "half an": 0.5,
    "a couple of": 2.0,
}
_WORD_VALUES |= {
    word: float(value)
    for value, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
        ]
    )
}
_WORD_VALUES |= {"fifteen": 15.0, "twenty": 20.0, "thirty": 30.0, "twenty-four": 24.0, "twenty four": 24.0}
_WORD_VALUES |= {"forty-eight": 48.0, "forty eight": 48.0, "seventy-two": 72.0, "a few": 3.0}


def vague(match: re.Match[str]) -> Due | None:
    return due_from(match, vague=True)


def due_from(match: re.Match[str], **what: object) -> Due:
    return Due(words=match[0].strip(), start=match.start(), end=match.end(), **what)  # type: ignore[arg-type]


Reading = tuple[re.Pattern[str], Callable[[re.Match[str]], Due | None]]
