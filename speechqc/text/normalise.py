"""The form of a text that rules are matched on, with the way back to the original characters.

Recognisers, transcripts and rule files spell the same words in many ways; all of them go through
:func:`normalise`, so a phrase and the speech that says it meet in one spelling: simplified characters,
half width, lower case, one spelling per number, English contractions written out, no fillers, no stutter.
Punctuation is no text; it is kept beside it as :attr:`Normalised.marks`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import msgspec

from speechqc.text.contractions import CONTRACTIONS, write_out
from speechqc.text.numerals import (
    EN_PERCENT,
    NUMBER,
    NUMBER_STARTS,
    NUMBER_WORDS,
    spell_en_percent,
    spell_number,
)
from speechqc.text.simplified import to_simplified

SOFT, HARD, QUESTION = ",", ".", "?"
"""Kinds of clause ends: a comma, a full stop, a question mark; the later kind wins at one place."""


class Normalised(msgspec.Struct, frozen=True):
    """A normalised text.

    `origin[i]` is where the original of character ``i`` begins, `stop[i]` where it ends (exclusive);
    `marks` maps a position to the kind of clause end just before it.
    """

    original: str
    text: str
    origin: list[int]
    stop: list[int]
    marks: dict[int, str]

    def quote(self, start: int, end: int) -> str:
        """The original characters behind ``text[start:end]``."""
        return self.original[self.origin[start] : self.stop[end - 1]] if start < end else ""


def normalise(text: str) -> Normalised:
    """Normalise `text`; any string is accepted.

    >>> normalise("嗯，這款產品保保本，年化百分之五！").text
    '这款产品保本年化5%'
    """
    folded = to_simplified(_fold(text))
    if folded == text and _is_normal(text):
        return Normalised(text, text, list(range(len(text))), list(range(1, len(text) + 1)), {})
    tokens = _EN_TOKEN
    if _HAN.search(folded) is not None:
        folded = _FILLER.sub(_blank, folded)
        tokens = _ZH_TOKEN
    writer = _Writer()
    for token in tokens.finditer(folded):
        kind = token.lastgroup or ""
        _EMIT.get(kind, _Writer.number)(writer, kind, token[0], token.start(), token.end())
    return Normalised(text, "".join(writer.out), writer.origin, writer.stop, writer.marks)


def normal_form(text: str) -> str:
    """The text of ``normalise(text)`` where nobody needs the way back."""
    return text if _is_normal(text) and to_simplified(text) == text else normalise(text).text


def _is_normal(text: str) -> bool:
    """True when `text` surely is its own normalised form; most phrases of rule files are."""
    if _PLAIN_HAN.fullmatch(text) is not None:
        return _DOUBLED.search(text) is None and _FILLER.search(text) is None
    return (
        _PLAIN_WORDS.fullmatch(text) is not None
        and _REPEATED_WORD.search(text) is None
        and not any(word in CONTRACTIONS or word in NUMBER_WORDS for word in text.split(" "))
    )


class _Writer:
    """Collects the output; `last` is the token before, to recognise its repetition."""

    def __init__(self) -> None:
        self.out: list[str] = []
        self.origin: list[int] = []
        self.stop: list[int] = []
        self.marks: dict[int, str] = {}
        self._last = ""
        self._repeats = 0

    def plain(self, _kind: str, token: str, start: int, end: int) -> None:
        if token[0] == self._last or _DOUBLED.search(token):
            for index, character in enumerate(token, start):
                self._character(character, index)
            return
        self.out.append(token)
        self.origin.extend(range(start, end))
        self.stop.extend(range(start + 1, end + 1))
        self._last, self._repeats = token[-1], 1

    def latin(self, _kind: str, token: str, start: int, end: int) -> None:
        if token == self._last and token not in _EMPHASIS and len(self.origin) not in self.marks:
            return
        self._separate(start)
        self._put(write_out(token), start, end)
        self._last = token

    def figure(self, _kind: str, token: str, start: int, end: int) -> None:
        self._separate(start)
        self._put(token.replace(",", ""), start, end)
        self._last = ""

    def number(self, kind: str, token: str, start: int, end: int) -> None:
        spelled = spell_en_percent(token) if kind == "en_pct" else spell_number(kind, token)
        if spelled[0].isascii():
            self._separate(start)
        self._put(spelled, start, end)
        self._last, self._repeats = spelled, 1

    def mark(self, _kind: str, token: str, _start: int, _end: int) -> None:
        at = len(self.origin)
        self.marks[at] = max(_MARKS[token], self.marks.get(at, SOFT))
        self._last = ""

    def _character(self, character: str, index: int) -> None:
        """Put `character` unless it repeats the one before it without making a word."""
        if character == self._last:
            if self._repeats > 1 or character not in _REDUPLICATES:
                return
            self._repeats += 1
        else:
            self._repeats = 1
        self._put(character, index, index + 1)
        self._last = character

    def _put(self, text: str, start: int, end: int) -> None:
        self.out.append(text)
        self.origin.extend([start] * len(text))
        self.stop.extend([end] * len(text))

    def _separate(self, start: int) -> None:
        """A space between two words that are apart in the original; none beside Chinese."""
        if self.out and self.stop[-1] < start and self.out[-1][-1].isascii():
            self._put(" ", self.stop[-1], start)


def _fold(text: str) -> str:
    """Half width and lower case, character by character."""
    if text.isascii():
        return text.lower()
    folded = text.translate(_WIDTHS)
    lower = folded.lower()
    if len(lower) == len(folded):
        return lower
    return "".join(low if len(low := character.lower()) == 1 else character for character in folded)


def _blank(filler: re.Match[str]) -> str:
    """Same length, so that positions stay; 然后 begins a clause as a comma would."""
    blank = "\0" * len(filler[0])
    return "," + blank[1:] if filler[0] == "然后" else blank


_WIDTHS = {0xFF01 + offset: 0x21 + offset for offset in range(0x5E)}
_WIDTHS |= {0x3000: 0x20, 0x00A0: 0x20, ord("’"): ord("'"), ord("‘"): ord("'"), ord("啦"): ord("了")}

_MARKS = dict.fromkeys(",、;:()…~—\t", SOFT) | dict.fromkeys(".。!\n", HARD) | {"?": QUESTION}

_HAN = re.compile(r"[㐀-鿿]")
_FILLER = re.compile(
    r"(?<=[㐀-鿿])\([a-zà-ɏ]{1,6}\)"  # imported scripts carry pinyin: 课(ke)程
    r"|[嗯呃啊哦噢喔诶欸唉哎呀]+|就是说|然后|那个(?=[,，…、]|那个|这)|这个(?=[,，…、]|这个)"
)
_WORD = r"(?P<latin>[a-z][a-z0-9]*(?:'[a-z]+)*|\d+[a-z]+)"
_MARK = rf"(?P<mark>[{re.escape(''.join(_MARKS))}])"
_PLAIN = rf"(?P<plain>(?:(?![{NUMBER_STARTS}])[㐀-鿿])+|[㐀-鿿])"
_ZH_TOKEN = re.compile(f"{_WORD}|{NUMBER}|{_MARK}|{_PLAIN}")
_EN_TOKEN = re.compile(rf"{EN_PERCENT}|{_WORD}|(?P<figure>\d+(?:,\d{{3}})*(?:\.\d+)?%?)|{_MARK}")
_DOUBLED = re.compile(r"(.)\1")
_PLAIN_HAN = re.compile(rf"(?:(?![{NUMBER_STARTS}])[一-鿿])+")
_PLAIN_WORDS = re.compile(r"[a-z]+(?: [a-z]+)*")
_REPEATED_WORD = re.compile(r"\b(\w+) \1\b")
_REDUPLICATES = frozenset(Path(__file__).with_name("reduplications.txt").read_text(encoding="utf-8").strip())
"""Characters that words double on purpose: 天天, 看看, 刚刚."""
_EMPHASIS = frozenset({"no", "very", "bye", "so", "ha"})

_EMIT: dict[str, Callable[[_Writer, str, str, int, int], None]] = {
    "plain": _Writer.plain,
    "latin": _Writer.latin,
    "figure": _Writer.figure,
    "mark": _Writer.mark,
}
