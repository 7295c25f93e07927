"""Words by their syllables, and how likely one word is after another.

The language model is a class bigram (which word class follows which, which word a class stands for),
with the pairs of words that calls are full of on top. It is read from one compressed file in a
fraction of a second.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

START = -1
"""Stands for the word before the first."""
NO_WORD = -1
"""Node of a suffix that is no word itself."""
BITS_A_SYLLABLE = 9
_SINGLE_CANDIDATES = 10
_CANDIDATES = 5

Key = int
"""Syllables as one number, the last syllable in the highest bits: words are looked up backwards."""


class Candidate(NamedTuple):
    """One word of a reading: its number, its class, and log P(word | class)."""

    word: int
    word_class: int
    log_probability: float


class Lexicon:
    """What `lexicon.npz` holds, with extra phrases that are a little likelier than their words.

    Args:
        path: the file that ``models/lexicon.py`` writes.
        bias: phrases of the task, such as those of the loaded rules; those with characters that the
            lexicon does not have are left out.
        bias_log_bonus: by how much (in nats) a phrase is likelier than the same words without bias.
    """

    def __init__(self, path: Path, *, bias: Sequence[str] = (), bias_log_bonus: float = 1.5) -> None:
        with np.load(path) as file:
            arrays = {name: file[name] for name in file.files}
        self.syllables: list[str] = _lines(arrays["syllables"])
        self.words: list[str] = _lines(arrays["words"])
        self._class_log: list[list[float]] = arrays["class_log"].astype(float).tolist()
        self._following = _following(arrays)
        self._build_readings(arrays)
        if bias:
            self._add_phrases(bias, bias_log_bonus, arrays)

    def next_class(self, word_class: int) -> Sequence[float]:
        """Log-probabilities of the class after `word_class`; START for the first word's."""
        return self._class_log[word_class]

    def followers(self, word: int) -> Mapping[int, float]:
        """Words seen after `word` in calls, with their log-probabilities; often none."""
        return self._following.get(word, {})

    def lookup(self, key: Key) -> int | None:
        """The node of `key`: None when no word ends so, else a number for :meth:`candidates`."""
        return self._nodes.get(key)

    def candidates(self, node: int) -> Sequence[Candidate]:
        """Words read exactly as the key of `node`, the likeliest first."""
        return self._candidates[node]

    def _build_readings(self, arrays: Mapping[str, npt.NDArray[np.generic]]) -> None:
        """Group all readings by key; a node of every suffix of a reading leads the lookup on."""
        keys = _keys(arrays, self.words)
        word_of = arrays["reading_words"].astype(np.int64)
        log = arrays["word_log"].astype(np.float64)[word_of] + arrays["reading_log"].astype(np.float64)
        class_of = arrays["word_class"].astype(np.int64)[word_of]
        class_total = np.array(self._class_log[START])[class_of]
        order = np.lexsort((-(log + class_total), keys))
        unique, starts = np.unique(keys[order], return_index=True)
        rows = list(zip(word_of[order].tolist(), class_of[order].tolist(), log[order].tolist(), strict=True))
        self._candidates = _CandidateLists(
            rows, starts.tolist(), single=(unique < 1 << BITS_A_SYLLABLE).tolist()
        )
        self._nodes: dict[Key, int] = dict.fromkeys(_suffixes(unique), NO_WORD)
        self._nodes.update(zip(unique.tolist(), range(len(unique)), strict=True))

    def _add_phrases(
        self, phrases: Sequence[str], bonus: float, arrays: Mapping[str, npt.NDArray[np.generic]]
    ) -> None:
        readings = _usual_readings(arrays, self.words)
        classes = arrays["word_class"].astype(int).tolist()
        logs = arrays["word_log"].astype(float).tolist()
        numbers = {word: number for number, word in enumerate(self.words)}
        known = {word: number for word, number in numbers.items() if number in readings}
        for phrase in dict.fromkeys(phrases):
            parts = self._segment(phrase, known, classes, logs)
            if len(parts) < 2:
                continue
            first = classes[parts[0]]
            syllables = [syllable for part in parts for syllable in readings[part]]
            log = self._log_of(parts, classes, logs) + bonus
            self.words.append(phrase)
            self._add_reading(syllables, Candidate(len(self.words) - 1, first, log))

    def _add_reading(self, syllables: Sequence[int], candidate: Candidate) -> None:
        key = 0
        for syllable in reversed(syllables):
            key = key << BITS_A_SYLLABLE | syllable
            self._nodes.setdefault(key, NO_WORD)
        node = self._nodes[key]
        if node == NO_WORD:
            self._nodes[key] = self._candidates.append([candidate])
        else:
            self._candidates.extend(node, candidate)

    def _segment(
        self, phrase: str, known: Mapping[str, int], classes: Sequence[int], logs: Sequence[float]
    ) -> list[int]:
        """The likeliest words that make up `phrase`; empty when some character is unknown."""
        best: list[tuple[float, list[int]]] = [(0.0, []), *((-math.inf, []) for _ in phrase)]
        for end in range(1, len(phrase) + 1):
            for start in range(max(0, end - 6), end):
                number = known.get(phrase[start:end])
                if number is None or best[start][0] == -math.inf:
                    continue
                parts = [*best[start][1], number]
                log = self._log_of(parts, classes, logs) + self._class_log[START][classes[parts[0]]]
                if log > best[end][0]:
                    best[end] = (log, parts)
        return best[-1][1]

    def _log_of(self, parts: Sequence[int], classes: Sequence[int], logs: Sequence[float]) -> float:
        """Log-probability of the words `parts`, given the class of the first."""
        log = logs[parts[0]]
        for before, after in pairwise(parts):
            by_class = self._class_log[classes[before]][classes[after]] + logs[after]
            log += max(by_class, self.followers(before).get(after, -math.inf))
        return log


class _CandidateLists:
    """Candidates of every node, made when first asked for: most are never heard."""

    def __init__(self, rows: list[tuple[int, int, float]], starts: list[int], *, single: list[bool]) -> None:
        self._rows = rows
        self._bounds = [*starts, len(rows)]
        self._single = single
        self._made: dict[int, list[Candidate]] = {}
        self._length = len(starts)

    def __getitem__(self, node: int) -> list[Candidate]:
        made = self._made.get(node)
        if made is None:
            limit = _SINGLE_CANDIDATES if self._single[node] else _CANDIDATES
            start, end = self._bounds[node], self._bounds[node + 1]
            made = self._made[node] = [Candidate(*row) for row in self._rows[start : min(end, start + limit)]]
        return made

    def append(self, candidates: list[Candidate]) -> int:
        node = self._length
        self._made[node] = candidates
        self._length += 1
        return node

    def extend(self, node: int, candidate: Candidate) -> None:
        self._made[node] = [candidate, *self[node]]


def _lines(encoded: npt.NDArray[np.generic]) -> list[str]:
    return encoded.tobytes().decode().split("\n")


def _following(arrays: Mapping[str, npt.NDArray[np.generic]]) -> dict[int, dict[int, float]]:
    following: dict[int, dict[int, float]] = {}
    previous, after, log = (arrays[name].tolist() for name in ("pair_previous", "pair_following", "pair_log"))
    for before, word, value in zip(previous, after, log, strict=True):
        following.setdefault(before, {})[word] = value
    return following


def _lengths(arrays: Mapping[str, npt.NDArray[np.generic]], words: Sequence[str]) -> npt.NDArray[np.int64]:
    """Syllables of every reading: one a character."""
    lengths = np.array([len(word) for word in words], np.int64)
    return np.asarray(lengths[arrays["reading_words"].astype(np.int64)])


def _keys(arrays: Mapping[str, npt.NDArray[np.generic]], words: Sequence[str]) -> npt.NDArray[np.int64]:
    lengths = _lengths(arrays, words)
    ends = np.cumsum(lengths)
    flat = arrays["readings"].astype(np.int64)
    keys = np.zeros(len(lengths), np.int64)
    for back in range(int(lengths.max())):
        has = lengths > back
        keys[has] = keys[has] << BITS_A_SYLLABLE | flat[ends[has] - 1 - back]
    return keys


def _suffixes(keys: npt.NDArray[np.int64]) -> list[Key]:
    """Every proper suffix of the syllables of `keys`."""
    found = [np.zeros(0, np.int64)]
    rest = keys >> BITS_A_SYLLABLE
    while rest.any():
        rest = np.unique(rest[rest > 0])
        found.append(rest)
        rest = rest >> BITS_A_SYLLABLE
    suffixes: list[Key] = np.concatenate(found).tolist()
    return suffixes


def _usual_readings(
    arrays: Mapping[str, npt.NDArray[np.generic]], words: Sequence[str]
) -> dict[int, list[int]]:
    """The first reading of every word: its syllables."""
    lengths = _lengths(arrays, words)
    ends = np.cumsum(lengths).tolist()
    flat = arrays["readings"].tolist()
    readings: dict[int, list[int]] = {}
    for word, length, end in zip(arrays["reading_words"].tolist(), lengths.tolist(), ends, strict=True):
        readings.setdefault(word, flat[end - length : end])
    return readings
