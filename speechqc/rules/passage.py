"""What one role said without interruption: the text that conditions look at, with a time for every character."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterator

from speechqc.events import Utterance
from speechqc.text.normalise import SOFT, Normalised, normalise

JOIN_S = 1.5
"""A pause up to which the next utterance of the same turn continues the passage."""
CLAUSE_PAUSE_S = 0.5
"""A pause that ends a clause; recognisers give no punctuation."""
MAX_EARLIER = 200
"""Characters of earlier utterances that a passage keeps, so that a monologue costs no more than a sentence."""


class Passage:
    """An utterance joined to what the same role said just before it.

    `fresh_from` is where the newest utterance begins in :attr:`text`, the joined original; positions in
    `heard` are positions in the normalised text. What ends after `fresh_after` in it ends in the newest utterance.
    """

    def __init__(self, utterance: Utterance, before: Passage | None = None) -> None:
        self.utterance = utterance
        self._pieces: list[_Piece] = []
        self.text: str
        text = ""
        if before is not None:
            for offset, earlier, words in before._pieces:
                if len(before.text) - offset <= MAX_EARLIER:
                    text += _gap_between(text, earlier.text)
                    self._pieces.append((len(text), earlier, words))
                    text += earlier.text
        text += _gap_between(text, utterance.text)
        self.fresh_from = len(text)
        self._pieces.append((self.fresh_from, utterance, list(_word_spans(utterance))))
        self.text = text + utterance.text
        self.heard: Normalised = normalise(self.text)
        for at in self._pauses():
            self.heard.marks.setdefault(bisect_left(self.heard.origin, at), SOFT)
        self.fresh_after = bisect_right(self.heard.stop, self.fresh_from)

    def continued_by(self, utterance: Utterance) -> bool:
        """True when `utterance` goes on with this passage."""
        last = self.utterance
        return (
            utterance.role is last.role
            and utterance.turn == last.turn
            and -JOIN_S <= utterance.start - last.end <= JOIN_S
        )

    def time_of(self, start: int, end: int) -> tuple[float, float]:
        """Call time of ``heard.text[start:end]``: by the words' times, else even over the utterance."""
        first, last = self.heard.origin[start], self.heard.stop[end - 1]
        begins, ends = self._second_at(first, False), self._second_at(last, True)
        return begins, max(begins, ends)

    def _second_at(self, at: int, is_end: bool) -> float:
        for piece in reversed(self._pieces):
            if piece[0] < at or (piece[0] == at and not is_end):
                break
        offset, utterance, words = piece
        place = at - offset
        before = bisect_left(words, (place,)) if is_end else bisect_right(words, (place, math.inf))
        if before:
            begin, end, start_s, end_s = words[before - 1]
            if place <= end if is_end else place < end:
                return start_s + (end_s - start_s) * (place - begin) / max(1, end - begin)
        share = min(1.0, place / max(1, len(utterance.text)))
        return utterance.start + (utterance.end - utterance.start) * share

    def _pauses(self) -> Iterator[int]:
        """Places in :attr:`text` before which somebody paused."""
        previous: Utterance | None = None
        for offset, utterance, words in self._pieces:
            if previous is not None and utterance.start - previous.end > CLAUSE_PAUSE_S:
                yield offset
            silent_since: float | None = None
            for begin, _, start_s, end_s in words:
                if silent_since is not None and start_s - silent_since > CLAUSE_PAUSE_S:
                    yield offset + begin
                silent_since = end_s
            previous = utterance


_Word = tuple[int, int, float, float]
_Piece = tuple[int, Utterance, list[_Word]]
"""Where an utterance begins in the passage, the utterance, and its words."""


def _word_spans(utterance: Utterance) -> Iterator[_Word]:
    """Begin and end in the utterance's text and start and end in seconds of each word found in it."""
    cursor = 0
    for word in utterance.words:
        text = word.text.strip()
        begin = utterance.text.find(text, cursor) if text else -1
        if begin >= 0:
            cursor = begin + len(text)
            yield begin, cursor, word.start, word.end


def _gap_between(before: str, after: str) -> str:
    """A space where two Latin words would run together."""
    return " " if before and after and before[-1].isascii() and after[0].isascii() else ""
