"""Traditional to simplified characters, length preserved, OpenCC loaded only when needed."""

from __future__ import annotations

from functools import cache
from typing import Protocol


class _Converter(Protocol):
    def convert(self, text: str) -> str: ...


def to_simplified(text: str) -> str:
    """`text` in simplified characters, of the same length.

    GB 2312 holds the simplified forms, so a text that fits into it needs no conversion; this keeps
    OpenCC (0.1 s to load) out of the usual call.
    """
    try:
        text.encode("gb2312")
    except UnicodeEncodeError:
        return _converted(text)
    return text


def _converted(text: str) -> str:
    unusual = [
        index
        for index, character in enumerate(text)
        if "㐀" <= character <= "鿿" and not _in_gb2312(character)
    ]
    if not unusual:
        return text
    converted = _converter().convert(text)
    if len(converted) == len(text):
        return converted
    characters = list(text)
    for index in unusual:
        simple = _converter().convert(text[index])
        if len(simple) == 1:
            characters[index] = simple
    return "".join(characters)


@cache
def _in_gb2312(character: str) -> bool:
    return bool(character.encode("gb2312", "ignore"))


@cache
def _converter() -> _Converter:
    from opencc import OpenCC  # noqa: PLC0415 - slow to load, seldom needed

    converter: _Converter = OpenCC("t2s")
    return converter
