"""Syllables to words: a Viterbi search over the word lattice that grows with the stream."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from speechqc.asr.bundled.ctc import FRAME_S, Frame, Slot, SlotReader
from speechqc.asr.bundled.lexicon import BITS_A_SYLLABLE, NO_WORD, START, Lexicon
from speechqc.events import Word

_BEAM = 6
_FRONTIER = 24
_LANGUAGE_WEIGHT = 0.7
_UNKNOWN_LOG = -20.0
_DOUBT_LOG = math.log(0.4)
_LEAD_S = 0.16
"""How long before its peak a syllable begins at most; the peak of CTC lies near its end."""
_TRAIL_S = 0.12


class _Hypothesis(NamedTuple):
    """Words up to some slot; `before` is the hypothesis that the last word was added to."""

    score: float
    text: str
    word: int
    word_class: int
    acoustic: float
    start: int
    end: int
    before: _Hypothesis | None


class _Arc(NamedTuple):
    """A word from slot `start` to the position searched; `acoustic` sums its syllables' logs."""

    start: int
    node: int
    acoustic: float


_EMPTY = _Hypothesis(0.0, "", START, START, 0.0, 0, 0, None)


@dataclass(frozen=True, slots=True)
class Decoded:
    """Words so far, with times in seconds from the start of the stream; `confidence` is of the whole."""

    words: tuple[Word, ...]
    text: str
    confidence: float | None


class Decoder:
    """The words of one stream. What was searched is never searched again: new slots extend it."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._reader = SlotReader()
        self._beams: list[list[_Hypothesis]] = []
        self._arrivals: list[dict[int, tuple[float, _Hypothesis]]] = []
        self._followed: list[list[tuple[_Hypothesis, Mapping[int, float]]]] = []
        self._add_position([_EMPTY])

    def feed(self, frames: list[Frame]) -> bool:
        """Hear more frames; True when there is something new."""
        changed = self._reader.feed(frames)
        for kept in (self._beams, self._arrivals, self._followed):
            del kept[changed + 1 :]
        for end in range(changed + 1, len(self._reader.slots) + 1):
            self._add_position(self._search(end))
        return changed < len(self._reader.slots)

    @property
    def text(self) -> str:
        return self._beams[-1][0].text

    def decode(self) -> Decoded:
        """The best words for all that was heard."""
        slots = self._reader.slots
        words: list[Word] = []
        best: _Hypothesis | None = self._beams[-1][0]
        acoustic = 0.0
        while best is not None and best.before is not None:
            acoustic += best.acoustic
            words.append(
                Word(
                    text=best.text[len(best.before.text) :],
                    start=_start_s(slots, best.start),
                    end=_end_s(slots, best.end - 1),
                    confidence=rounded(math.exp(best.acoustic / (best.end - best.start))),
                )
            )
            best = best.before
        return Decoded(tuple(reversed(words)), self.text, rounded(_confidence(acoustic, len(slots))))

    def _add_position(self, beam: list[_Hypothesis]) -> None:
        """Remember the hypotheses after one more slot, and what the search asks of them again and again."""
        followers = ((before, self._lexicon.followers(before.word)) for before in beam)
        self._beams.append(beam)
        self._arrivals.append({})
        self._followed.append([(before, following) for before, following in followers if following])

    def _search(self, end: int) -> list[_Hypothesis]:
        """The best hypotheses whose last word ends with slot `end - 1`, at most one a last word."""
        found: dict[int, _Hypothesis] = {}
        for arc in self._arcs(end):
            self._extend(arc, end, found)
        if not found:
            before = self._beams[end - 1][0]
            unknown = before._replace(
                score=before.score + _UNKNOWN_LOG,
                acoustic=_UNKNOWN_LOG,
                start=end - 1,
                end=end,
                before=before,
            )
            return [unknown]
        return sorted(found.values(), key=_score, reverse=True)[:_BEAM]

    def _arcs(self, end: int) -> list[_Arc]:
        """Words of the lexicon that may end with slot `end - 1`, found from their last syllable."""
        lookup, slots = self._lexicon.lookup, self._reader.slots
        arcs: list[_Arc] = []
        frontier = [(0, 0.0)]
        start = end
        while frontier and start > 0:
            start -= 1
            grown: list[tuple[int, float]] = []
            for key, acoustic in frontier:
                shifted = key << BITS_A_SYLLABLE
                for syllable, log in slots[start].alternatives:
                    node = lookup(shifted | syllable)
                    if node is None:
                        continue
                    grown.append((shifted | syllable, acoustic + log))
                    if node != NO_WORD:
                        arcs.append(_Arc(start, node, acoustic + log))
            if len(grown) > _FRONTIER:
                grown.sort(key=_log, reverse=True)
                del grown[_FRONTIER:]
            frontier = grown
        return arcs

    def _extend(self, arc: _Arc, end: int, found: dict[int, _Hypothesis]) -> None:
        """Put the words of `arc` behind the hypotheses that end where it starts."""
        arrivals, followed = self._arrivals[arc.start], self._followed[arc.start]
        for word, word_class, log in self._lexicon.candidates(arc.node):
            known = arrivals.get(word_class)
            if known is None:
                known = arrivals[word_class] = self._arrive(arc.start, word_class)
            score, best = known
            score += _LANGUAGE_WEIGHT * log
            for before, following in followed:
                if word in following:
                    paired = before.score + _LANGUAGE_WEIGHT * following[word]
                    if paired > score:
                        score, best = paired, before
            score += arc.acoustic
            rival = found.get(word)
            if rival is None or rival.score < score:
                text = best.text + self._lexicon.words[word]
                found[word] = _Hypothesis(score, text, word, word_class, arc.acoustic, arc.start, end, best)

    def _arrive(self, position: int, word_class: int) -> tuple[float, _Hypothesis]:
        """The best hypothesis at `position` for a word of `word_class`, and its score with that class."""
        best, score = _EMPTY, -math.inf
        for before in self._beams[position]:
            with_class = (
                before.score + _LANGUAGE_WEIGHT * self._lexicon.next_class(before.word_class)[word_class]
            )
            if with_class > score:
                best, score = before, with_class
        return score, best


def rounded(confidence: float | None) -> float | None:
    """Three digits: matrix products of other batches differ in the seventh, which must not differ in a finding."""
    return None if confidence is None else round(confidence, 3)


def _confidence(acoustic: float, syllables: int) -> float | None:
    """Geometric mean of the syllables' posteriors and of a doubtful one, so that few prove little."""
    return math.exp((acoustic + _DOUBT_LOG) / (syllables + 1)) if syllables else None


def _score(hypothesis: _Hypothesis) -> float:
    return hypothesis.score


def _log(entry: tuple[int, float]) -> float:
    return entry[1]


def _start_s(slots: list[Slot], index: int) -> float:
    """Where a syllable begins: between its peak and the one before, not too far from its own."""
    peak = slots[index].frame * FRAME_S
    between = (slots[index - 1].frame * FRAME_S + peak) / 2 if index else 0.0
    return max(0.0, between, peak - _LEAD_S)


def _end_s(slots: list[Slot], index: int) -> float:
    peak = slots[index].frame * FRAME_S
    between = (slots[index + 1].frame * FRAME_S + peak) / 2 if index + 1 < len(slots) else math.inf
    return min(between, peak + _TRAIL_S)
