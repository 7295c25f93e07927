"""What Whisper says when nobody spoke: recognise it and drop it.

Whisper was trained on subtitled videos. On noise, hold music and clipped speech it tends to end in
credits ("请不吝点赞"), in one phrase over and over, or in words nobody could have said in the time.
An alert on such a text would accuse somebody of words that were never spoken, so a text that fails
one of these checks is dropped and counted by reason.

A shouted 不要再打了不要再打了不要再打了 is evidence, not a loop: repetition counts against a text only
when it is said faster than people speak or more often than people do.
"""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources


class Drop(StrEnum):
    """Why a text was dropped."""

    NO_SPEECH = "no_speech"
    LOW_CONFIDENCE = "low_confidence"
    UNFINISHED = "unfinished"
    LOOP = "loop"
    REPETITIVE = "repetitive"
    TOO_FAST = "too_fast"
    PHANTOM = "phantom"
    ECHO = "echo"


@dataclass(frozen=True, slots=True)
class Decoded:
    """One decoded passage as Whisper judged it; log probabilities are natural, a token's mean."""

    text: str
    duration_s: float
    avg_logprob: float
    no_speech_prob: float
    finished: bool = True
    """False when the text ran into the length limit instead of ending by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardLimits:
    """Limits of the checks; -1.0, 0.6 and 2.4 are the defaults of the Whisper paper, section 4.5.

    Rates are in characters (Chinese) or words (other scripts) a second. Fast Mandarin is about 7
    syllables a second, fast English about 5 words.
    """

    min_avg_logprob: float = -1.0
    max_no_speech_prob: float = 0.6
    silent_avg_logprob: float = -0.4
    """Below this the model's own claim of silence is believed."""
    max_compression_ratio: float = 2.4
    max_repeats: int = 8
    brisk_repeats: int = 4
    brisk_chars_per_s: float = 9.0
    brisk_words_per_s: float = 6.0
    max_chars_per_s: float = 15.0
    max_words_per_s: float = 9.0


def reason_to_drop(
    decoded: Decoded, *, limits: GuardLimits | None = None, hotwords: Sequence[str] = ()
) -> Drop | None:
    """The first check that `decoded` fails, ``None`` for a text to keep (also for no text)."""
    limits = limits or GuardLimits()
    units = speech_units(decoded.text)
    if not units:
        return None
    believes_silence = decoded.avg_logprob < limits.silent_avg_logprob
    checks = (
        (Drop.NO_SPEECH, believes_silence and decoded.no_speech_prob > limits.max_no_speech_prob),
        (Drop.LOW_CONFIDENCE, decoded.avg_logprob < limits.min_avg_logprob),
        (Drop.UNFINISHED, not decoded.finished),
        (Drop.PHANTOM, is_phantom(decoded.text)),
        (Drop.ECHO, _echoes(units, hotwords)),
    )
    return next((reason for reason, failed in checks if failed), None) or _implausible(decoded, units, limits)


def confidence(avg_logprob: float) -> float:
    """The geometric mean of the tokens' probabilities, 0..1."""
    return math.exp(min(avg_logprob, 0.0))


def compression_ratio(text: str) -> float:
    """Bytes of `text` against its deflated size; over 2.4 it repeats itself."""
    raw = text.encode()
    return len(raw) / len(zlib.compress(raw)) if raw else 0.0


def longest_repeat(units: Sequence[str], *, longest_unit: int = 16) -> tuple[int, int]:
    """Length of the n-gram that repeats over the largest stretch, and how often in a row.

    Returns ``(0, 1)`` when nothing is said twice in a row.
    """
    best_length, best_repeats = 0, 1
    for length in range(1, min(longest_unit, len(units) // 2) + 1):
        same = longest_same = 0
        for index in range(length, len(units)):
            same = same + 1 if units[index] == units[index - length] else 0
            longest_same = max(longest_same, same)
        repeats = longest_same // length + 1
        if repeats > 1 and repeats * length > best_repeats * best_length:
            best_length, best_repeats = length, repeats
    return best_length, best_repeats


def is_phantom(text: str) -> bool:
    """True when `text` is, or contains, a known subtitle credit."""
    plain = "".join(speech_units(text, split_words=False))
    whole, anywhere = _phantoms()
    return any(phrase in plain for phrase in anywhere) or _only_made_of(plain, whole)


def speech_units(text: str, *, split_words: bool = True) -> list[str]:
    """What takes time to say: each Chinese character, each word in other scripts; folded case.

    With `split_words` false, words are one letter a unit, so that joined units are the text
    without spaces and signs.
    """
    pattern = _UNIT if split_words else _LETTER
    return pattern.findall(text.casefold())


_HAN = "㐀-鿿豈-﫿"
_UNIT = re.compile(rf"[{_HAN}]|(?:(?![{_HAN}_])[\w'’])+")
_LETTER = re.compile(r"[^\W_]")


def _implausible(decoded: Decoded, units: Sequence[str], limits: GuardLimits) -> Drop | None:
    characters = sum(1 for unit in units if len(unit) == 1 and _is_han(unit))
    words = len(units) - characters
    duration = max(decoded.duration_s, 0.1)
    brisk = (characters / limits.brisk_chars_per_s + words / limits.brisk_words_per_s) > duration
    _, repeats = longest_repeat(units)
    if repeats >= (limits.brisk_repeats if brisk else limits.max_repeats):
        return Drop.LOOP
    if brisk and compression_ratio(decoded.text) > limits.max_compression_ratio:
        return Drop.REPETITIVE
    if characters / limits.max_chars_per_s + words / limits.max_words_per_s > duration:
        return Drop.TOO_FAST
    return None


def _echoes(units: Sequence[str], hotwords: Sequence[str]) -> bool:
    """True when the text recites three or more of the hotwords it was given, in their order."""
    said = "".join(units)
    plain = ["".join(speech_units(word)) for word in hotwords]
    return any("".join(plain[start : start + 3]) in said for start in range(len(plain) - 2))


def _is_han(unit: str) -> bool:
    return "㐀" <= unit <= "鿿" or "豈" <= unit <= "﫿"


def _only_made_of(plain: str, phrases: frozenset[str]) -> bool:
    """True when `plain` is one of `phrases`, possibly several times."""
    return any(plain == phrase * (len(plain) // len(phrase)) for phrase in phrases) if plain else False


@cache
def _phantoms() -> tuple[frozenset[str], frozenset[str]]:
    """Phrases that count only as the whole text, and those that count anywhere."""
    whole: set[str] = set()
    anywhere: set[str] = set()
    lines = resources.files(__package__).joinpath("whisper_phantoms.txt").read_text("utf-8")
    for line in lines.splitlines():
        phrase = "".join(speech_units(line.split("#")[0], split_words=False))
        if phrase:
            (whole if line.startswith("=") else anywhere).add(phrase)
    return frozenset(whole), frozenset(anywhere)
