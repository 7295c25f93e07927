"""The same demand again: a speaker who is not heard says it once more."""

from __future__ import annotations

import re
from collections import deque

from rapidfuzz import fuzz

from speechqc.analyzers.speech_units import count_units, spelled_digits
from speechqc.events import Utterance

_NO_LETTERS = re.compile(r"[\W_]+")
KEPT_UTTERANCES = 12
KEPT_CHARACTERS = 200


class Repetition:
    """Notices an utterance that says nearly the same as one of the last `within_s` seconds.

    Nearly the same: the shorter one is found in the longer one with a similarity of `similarity`
    (0..100, rapidfuzz ``partial_ratio`` on the bare characters). Utterances below `min_units`
    characters (zh) or `min_words` words (en) and read-out numbers are not demands.
    """

    def __init__(
        self,
        *,
        language: str,
        within_s: float = 90.0,
        similarity: float = 80.0,
        min_units: int = 5,
        min_words: int = 4,
    ) -> None:
        self._language = language
        self._within_s = within_s
        self._similarity = similarity
        self._min_units = min_units if language.startswith("zh") else min_words
        self._earlier: deque[tuple[float, str]] = deque(maxlen=KEPT_UTTERANCES)

    def feed(self, heard: Utterance) -> bool:
        """True when the final utterance `heard` repeats an earlier one."""
        units = count_units(heard.text, self._language)
        if units < self._min_units or spelled_digits(heard.text, self._language) * 2 > units:
            return False
        text = _NO_LETTERS.sub("", heard.text.lower())[:KEPT_CHARACTERS]
        repeated = any(
            heard.start - end <= self._within_s and fuzz.partial_ratio(text, earlier) >= self._similarity
            for end, earlier in self._earlier
        )
        self._earlier.append((heard.end, text))
        return repeated
