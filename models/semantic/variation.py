"""What speakers and recognisers do to a text: other small words, homophones, near-homophones, words lost or put in."""

from __future__ import annotations

import random
from functools import cache
from itertools import accumulate
from pathlib import Path

import yaml

from models.text.corpus import dictionary_words
from speechqc.text.normalise import normalise
from speechqc.text.pinyin import sound_of

_COMMON_COUNT = 3000
"""A character seen this often in jieba's dictionary may be put in by mistake."""
_HEARD_COUNT = 200
"""A character seen this often may be written for one that sounds alike."""
_SWAPS_TRIED = 8
_SWAP_SHARE = 0.4


def vary(text: str, language: str, error_rate: float, rng: random.Random) -> str:
    """The normalised form of `text` with some small words exchanged and `error_rate` of its tokens misheard."""
    if rng.random() < 0.5:
        text = _swap_words(text, language, rng)
    return mishear(normalise(text).text, language, error_rate, rng)


def mishear(text: str, language: str, error_rate: float, rng: random.Random) -> str:
    """Normalised `text` with `error_rate` of its characters (Chinese) or words (English) changed.

    Of the errors in Chinese 60 % are homophones or near-homophones (zh/z, ch/c, sh/s, n/l, ng/n), 20 % lost characters,
    10 % other characters and 10 % fillers put in; in English half are lost words, half misspelt ones.
    """
    if error_rate <= 0:
        return text
    if language != "zh":
        words = [_misheard_word(word, rng) if rng.random() < error_rate else word for word in text.split(" ")]
        return " ".join(word for word in words if word)
    return "".join(
        _misheard_character(character, rng) if rng.random() < error_rate else character for character in text
    )


def _misheard_character(character: str, rng: random.Random) -> str:
    how = rng.random()
    if how < 0.6:
        characters, weights = _homophones().get(sound_of(character), ([character], [1.0]))
        return rng.choices(characters, cum_weights=weights)[0]
    if how < 0.8:
        return ""
    return rng.choice(_common()) if how < 0.9 else character + rng.choice(_words()["fillers"])


def _misheard_word(word: str, rng: random.Random) -> str:
    if rng.random() < 0.5 or len(word) < 4:
        return ""
    at = rng.randrange(1, len(word) - 1)
    if rng.random() < 0.5:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return word[:at] + rng.choice("aeioulst") + word[at + 1 :]


def _swap_words(text: str, language: str, rng: random.Random) -> str:
    swaps = _words()["swaps_zh" if language == "zh" else "swaps_en"]
    for group in rng.sample(swaps, min(_SWAPS_TRIED, len(swaps))):
        present = [word for word in group if word and word in text]
        if present and rng.random() < _SWAP_SHARE:
            text = text.replace(rng.choice(present), rng.choice(group), 1)
    return text


@cache
def _words() -> dict[str, list[str]]:
    loaded: dict[str, list[str]] = yaml.safe_load(
        Path(__file__).with_name("variation.yaml").read_text("utf-8")
    )
    return loaded


@cache
def _character_counts() -> dict[str, int]:
    counts: dict[str, int] = {}
    for word, count, _ in dictionary_words():
        for character in word:
            counts[character] = counts.get(character, 0) + count
    return counts


@cache
def _common() -> list[str]:
    return sorted(character for character, count in _character_counts().items() if count >= _COMMON_COUNT)


@cache
def _homophones() -> dict[str, tuple[list[str], list[float]]]:
    """By sound: the characters that may be heard, with cumulative weights (the root of their frequency)."""
    by_sound: dict[str, list[str]] = {}
    for character, count in sorted(_character_counts().items()):
        if count >= _HEARD_COUNT:
            by_sound.setdefault(sound_of(character), []).append(character)
    counts = _character_counts()
    return {
        sound: (characters, list(accumulate(counts[character] ** 0.5 for character in characters)))
        for sound, characters in by_sound.items()
    }
