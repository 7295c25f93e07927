"""Toneless syllables of Chinese text and which of them a recogniser mistakes for one another.

A character is coded by its syllable as one private-use character, so that a text of syllables is a
string of the same length and searching it costs what searching text costs.
"""

from __future__ import annotations

from functools import cache
from itertools import islice, product

from speechqc.text.pinyin_table import read_table

EXACT, NEAR = 2, 1
"""How two syllable strings of one fold agree: in every syllable, or only after folding."""

_INITIALS = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("n", "l"))
_FINALS = (("ang", "an"), ("eng", "en"), ("ing", "in"))
_CODES_START = 0xE000
MAX_VARIANTS = 64


@cache
def fold_syllable(syllable: str) -> str:
    """The class of `syllable` under the mistakes of southern speakers and of recognisers.

    zh/z, ch/c, sh/s, n/l at the start and ng/n at the end fall together.

    >>> fold_syllable("zhang"), fold_syllable("ling") == fold_syllable("lin")
    ('zan', True)
    """
    for initial, plain in _INITIALS:
        if syllable.startswith(initial):
            syllable = plain + syllable[len(initial) :]
            break
    for final, plain in _FINALS:
        if syllable.endswith(final):
            return syllable[: -len(final)] + plain
    return syllable


def sound_of(text: str) -> str:
    """`text` with every known character replaced by the code of its folded syllable; same length."""
    return text.translate(_usual_codes())


def sounds_of(literal: str) -> frozenset[str]:
    """All codes of `literal`: a character with several readings may be said in each of them."""
    readings = _readings()
    choices = [
        tuple(dict.fromkeys(_code(fold_syllable(syllable)) for syllable in readings.get(character, ())))
        or (character,)
        for character in literal
    ]
    return frozenset("".join(codes) for codes in islice(product(*choices), MAX_VARIANTS))


def syllables_agree(heard: str, meant: str) -> int:
    """:data:`EXACT` when each character of `heard` shares a toneless reading with `meant`, else :data:`NEAR`."""
    readings = _readings()
    for one, other in zip(heard, meant, strict=True):
        if one != other and not set(readings.get(one, ())) & set(readings.get(other, ())):
            return NEAR
    return EXACT


def han_count(text: str) -> int:
    """How many characters of `text` have a syllable."""
    readings = _readings()
    return sum(character in readings for character in text)


@cache
def _readings() -> dict[str, tuple[str, ...]]:
    return read_table()


@cache
def _codes() -> dict[str, str]:
    folded = sorted({fold_syllable(syllable) for readings in _readings().values() for syllable in readings})
    return {syllable: chr(_CODES_START + index) for index, syllable in enumerate(folded)}


def _code(folded: str) -> str:
    return _codes()[folded]


@cache
def _usual_codes() -> dict[int, str]:
    return {ord(character): _code(fold_syllable(usual[0])) for character, usual in _readings().items()}
