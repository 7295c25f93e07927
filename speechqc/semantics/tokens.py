"""A text as rows of an embedding table: one token a Chinese character, an English word, a digit.

Beside its characters a text is read by its toneless syllables, so that a recogniser's homophones change half of
what is known about a token and not all of it. Words of Latin letters bring their four-letter parts, hashed
(subword n-grams after Bojanowski et al. 2017), so that a form never seen is not unknown.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple
from zlib import crc32

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.int32]

_TOKEN = re.compile(r"[a-z][a-z']*|\S")
_PART = 4
_MAX_PARTS = 6
_KEPT_WORDS = 20_000
PADDING, UNKNOWN = 0, 1
_SPECIAL = 2
WORD_BUCKETS, PART_BUCKETS, PAIR_BUCKETS, SOUND_PAIR_BUCKETS = 4096, 8192, 16_384, 8192
_MIX = 0x9E3779B1
"""Knuth's multiplicative hash: 2³² over the golden ratio."""


class Token(NamedTuple):
    """The numbers a token and its sound are known by, and its own rows."""

    unit: int
    sound: int
    rows: tuple[int, ...]


class Vocabulary:
    """Which rows a text has.

    Args:
        characters: the characters with a row of their own.
        sounds: (characters,) the number of each one's syllable, -1 where it has none.
    """

    def __init__(self, characters: str, sounds: npt.NDArray[np.int16]) -> None:
        self.characters, self.sounds = characters, sounds
        count, syllables = len(characters), int(sounds.max(initial=-1)) + 1
        self._sound_start = _SPECIAL + count
        self._word_start = self._sound_start + syllables
        self._part_start = self._word_start + WORD_BUCKETS
        self._pair_start = self._part_start + PART_BUCKETS
        self._sound_pair_start = self._pair_start + PAIR_BUCKETS
        self.size = self._sound_start + syllables + WORD_BUCKETS + PART_BUCKETS
        self.size += PAIR_BUCKETS + SOUND_PAIR_BUCKETS
        self._known = {
            character: self._character(index, int(sound))
            for index, (character, sound) in enumerate(zip(characters, sounds, strict=True))
        }
        self._word = lru_cache(_KEPT_WORDS)(self._read_word)

    def tokens(self, text: str) -> list[tuple[int, int]]:
        """Where each token of `text` starts and ends."""
        return [match.span() for match in _TOKEN.finditer(text)]

    def rows(self, words: Sequence[str]) -> Rows:
        """(tokens, features) rows of the table, :data:`PADDING` where a token has fewer features.

        A token has its own row and its sound's (or its parts'), then those of the pair with the token after it.
        """
        read = [self._known.get(word) or self._word(word) for word in words]
        width = max((len(token.rows) for token in read), default=1)
        rows = np.zeros((len(read), width + 2), np.int32)
        for index, token in enumerate(read):
            own = token.rows
            rows[index, : len(own)] = own
        if len(read) > 1:
            units = np.array([token.unit for token in read], np.uint32)
            sounds = np.array([token.sound for token in read], np.uint32)
            rows[:-1, -2] = self._pair_start + _pairs(units, PAIR_BUCKETS)
            rows[:-1, -1] = self._sound_pair_start + _pairs(sounds, SOUND_PAIR_BUCKETS)
        return rows

    def _character(self, index: int, sound: int) -> Token:
        rows = (_SPECIAL + index, self._sound_start + sound) if sound >= 0 else (_SPECIAL + index,)
        return Token(index, sound if sound >= 0 else len(self.characters) + index, rows)

    def _read_word(self, word: str) -> Token:
        if not ("a" <= word[0] <= "z"):
            return Token(UNKNOWN, UNKNOWN, (UNKNOWN,))
        bounded = f"<{word}>"
        parts = (
            bounded[start : start + _PART]
            for start in range(min(_MAX_PARTS, max(1, len(bounded) - _PART + 1)))
        )
        rows = (
            self._word_start + crc32(word.encode()) % WORD_BUCKETS,
            *(self._part_start + crc32(part.encode()) % PART_BUCKETS for part in parts),
        )
        unit = crc32(word.encode(), 1)
        return Token(unit, unit, rows)


def _pairs(units: npt.NDArray[np.uint32], buckets: int) -> npt.NDArray[np.int64]:
    """The bucket of each unit with the next."""
    mixed = (units[:-1] * np.uint32(_MIX) ^ units[1:]) * np.uint32(_MIX)
    return ((mixed >> np.uint32(12)) % np.uint32(buckets)).astype(np.int64)
