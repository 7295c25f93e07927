"""Two limits on what is looked at in a passage: how far an ``unless`` reaches and how much a ``regex`` searches."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from speechqc.text.normalise import HARD, Normalised

UNLESS_REACH = 40
"""Characters of Chinese between a hit and the words that cancel it, four times as many of English."""
SEARCHED = 2_000
"""Characters that a regular expression looks at in one go; longer texts are searched piece by piece."""
OVERLAP = 200
"""Characters that two pieces share: the longest match that cannot be cut."""
_LATIN_WIDTH = 4


def cancelled(heard: Normalised, start: int, end: int, stops: Sequence[tuple[int, int, int]]) -> bool:
    """True when one of `stops` stands in the sentence of ``text[start:end]``, near enough."""
    for begin, finish, _ in stops:
        left, right = (finish, start) if finish <= start else (end, begin)
        if left > right:
            return True
        reach = UNLESS_REACH * (_LATIN_WIDTH if heard.text[start] < "\x80" else 1)
        if right - left <= reach and not _sentence_ends(heard, left, right):
            return True
    return False


def matches_of(expression: re.Pattern[str], text: str) -> Iterator[tuple[int, int]]:
    """Start and end of everything that `expression` matches in `text`, nothing excluded."""
    begin = 0
    while True:
        until = min(len(text), begin + SEARCHED)
        for match in expression.finditer(text, begin, until):
            if match.end() > match.start():
                yield match.start(), match.end()
        if until == len(text):
            return
        begin = until - OVERLAP


def _sentence_ends(heard: Normalised, left: int, right: int) -> bool:
    return any(left <= at <= right and kind >= HARD for at, kind in heard.marks.items())
