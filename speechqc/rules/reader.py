"""Reads an utterance once for everybody: which phrases stand in it, behind the gates, and when they were said."""

from __future__ import annotations

from bisect import bisect_left

import msgspec

from speechqc.events import CallStarted, Role, Utterance
from speechqc.rules.book import RuleBook
from speechqc.rules.matcher import MEANT, SAME
from speechqc.rules.model import Gate
from speechqc.rules.passage import Passage
from speechqc.text.normalise import Normalised

MEANING_REACH = 40
"""Characters before the newest utterance that the classifier reads with it: a sentence may be cut by a pause."""


class CueHit(msgspec.Struct, frozen=True, kw_only=True):
    """A cue that was heard; times in seconds of call time, `first` and `last` places in the passage."""

    id: str
    role: Role
    turn: int
    start: float
    end: float
    quote: str
    weight: float
    first: int = 0
    last: int = 0


class WordHit(msgspec.Struct, frozen=True):
    """A word condition holds at ``text[start:end]`` of the passage; `level` says how literally.

    `score` and `limit` are those of the classifier where it found the hit. `fresh` hits end in the newest utterance, the others were reported with an earlier one.
    """

    start: int
    end: int
    level: int
    fresh: bool
    score: float | None = None
    limit: float | None = None


class Reading(msgspec.Struct, frozen=True):
    """What stands in one utterance; `hits` by the number of the word condition."""

    utterance: Utterance
    passage: Passage
    hits: dict[int, tuple[WordHit, ...]]
    cues: tuple[CueHit, ...] = ()


class Reader:
    """Reads the utterances of one call, partial and final, in the order they come."""

    def __init__(self, book: RuleBook, started: CallStarted) -> None:
        self._book = book
        self._before: dict[Role, Passage] = {}
        self.rescope(started)

    def rescope(self, started: CallStarted) -> None:
        """From now on read for the rules of `started`, the same call judged as another kind."""
        book = self._book
        self._leaves = frozenset(book.in_scope(started).by_leaf) | frozenset(book.cue_of_leaf)
        self._language = "zh" if started.language.startswith("zh") else started.language[:2]
        self._meant: dict[Role, dict[str, list[tuple[int, float]]]] = {}
        for leaf, (label, limit) in book.meanings.items():
            if leaf in self._leaves:
                for role in (Role.AGENT, Role.CUSTOMER):
                    if book.leaves[leaf].role in (None, role):
                        self._meant.setdefault(role, {}).setdefault(label, []).append((leaf, limit))

    def again(self, reading: Reading) -> Reading:
        """The same utterance read for the rules now in scope."""
        hits = self._hits(reading.passage, reading.utterance.role)
        self._add_meanings(reading.passage, reading.utterance.role, hits)
        return Reading(reading.utterance, reading.passage, hits, reading.cues)

    def read(self, utterance: Utterance) -> Reading:
        """The reading of `utterance`; only a final one is remembered as what came before the next."""
        before = self._before.get(utterance.role)
        if before is not None and not before.continued_by(utterance):
            before = None
        passage = Passage(utterance, before)
        if utterance.final:
            self._before[utterance.role] = passage
        hits = self._hits(passage, utterance.role)
        if utterance.final:
            self._add_meanings(passage, utterance.role, hits)
        return Reading(utterance, passage, hits, self._cues(passage, hits))

    def _hits(self, passage: Passage, role: Role) -> dict[int, tuple[WordHit, ...]]:
        found: dict[int, list[tuple[int, int, int]]] = {}
        cancelled: set[int] = set()
        for hit in self._book.matcher.scan(passage.heard):
            leaf, cancels = divmod(hit.owner, 2)
            if leaf in self._leaves and self._book.leaves[leaf].role in (None, role):
                if cancels:
                    cancelled.add(leaf)
                else:
                    found.setdefault(leaf, []).append((hit.start, hit.end, hit.level))
        for leaf, expression in self._book.expressions:
            if leaf in self._leaves and self._book.leaves[leaf].role in (None, role):
                matches = [m for m in expression.finditer(passage.heard.text) if m.end() > m.start()]
                if matches:
                    found.setdefault(leaf, []).extend((m.start(), m.end(), SAME) for m in matches)
        if not found:
            return {}
        clauses = self._book.gates.clauses(passage.heard)
        behind: dict[int, tuple[WordHit, ...]] = {}
        for leaf, spans in found.items():
            gate = self._book.leaves[leaf].gate
            passed = tuple(
                WordHit(start, end, level, passage.is_fresh(end))
                for start, end, level in _widest(spans)
                if leaf not in cancelled
                and self._book.gates.stopped_by(clauses, start, end, role, gate) is None
            )
            if passed:
                behind[leaf] = passed
        return behind

    def _add_meanings(self, passage: Passage, role: Role, hits: dict[int, tuple[WordHit, ...]]) -> None:
        """Add what the classifier makes of the newest words, with a little of what came before them."""
        meant, classifier = self._meant.get(role), self._book.classifier
        if not meant or classifier is None:
            return
        heard = passage.heard
        fresh = bisect_left(heard.stop, passage.fresh_from + 1)
        begin = max(0, fresh - MEANING_REACH)
        clauses = None
        for meaning in classifier.read(heard.text[begin:], role, self._language):
            start, end = begin + meaning.start, begin + meaning.end
            for leaf, limit in meant.get(meaning.label, ()):
                if meaning.score < limit or end <= fresh or self._is_cancelled(leaf, heard):
                    continue
                clauses = clauses or self._book.gates.clauses(heard)
                quotation = Gate(
                    negation=False, question=False, quotation=self._book.leaves[leaf].gate.quotation
                )
                if self._book.gates.stopped_by(clauses, start, end, role, quotation) is None:
                    hit = WordHit(start, end, MEANT, True, meaning.score, limit)
                    hits[leaf] = (*hits.get(leaf, ()), hit)

    def _is_cancelled(self, leaf: int, heard: Normalised) -> bool:
        """True when a phrase of the leaf's ``unless`` stands in the passage."""
        return bool(self._book.leaves[leaf].unless) and any(
            hit.owner == 2 * leaf + 1 for hit in self._book.matcher.scan(heard)
        )

    def _cues(self, passage: Passage, hits: dict[int, tuple[WordHit, ...]]) -> tuple[CueHit, ...]:
        cues = []
        for leaf, found in hits.items():
            cue = self._book.cue_of_leaf.get(leaf)
            for hit in found if cue is not None else ():
                if hit.fresh:
                    start_s, end_s = passage.time_of(hit.start, hit.end)
                    cues.append(
                        CueHit(
                            id=cue.id,  # type: ignore[union-attr]
                            role=passage.utterance.role,
                            turn=passage.utterance.turn,
                            start=start_s,
                            end=end_s,
                            quote=passage.heard.quote(hit.start, hit.end),
                            weight=cue.weight,  # type: ignore[union-attr]
                            first=hit.start,
                            last=hit.end,
                        )
                    )
        return tuple(sorted(cues, key=lambda cue: (cue.start, cue.id)))


def _widest(spans: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """The spans that lie in no other, the more literal of equal ones, in order of the text."""
    kept: list[tuple[int, int, int]] = []
    for start, end, level in sorted(set(spans), key=lambda span: (span[0], -span[1], -span[2])):
        if not kept or end > kept[-1][1]:
            kept.append((start, end, level))
    return kept
