"""Reads an utterance once for everybody: which phrases stand in it, behind the gates, and when they were said."""

from __future__ import annotations

import msgspec

from speechqc.events import CallStarted, Role, Utterance
from speechqc.rules.book import RuleBook
from speechqc.rules.matcher import SAME
from speechqc.rules.passage import Passage


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

    `fresh` hits end in the newest utterance, the others were reported with an earlier one.
    """

    start: int
    end: int
    level: int
    fresh: bool


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
        self._leaves = frozenset(self._book.in_scope(started).by_leaf) | frozenset(self._book.cue_of_leaf)

    def again(self, reading: Reading) -> Reading:
        """The same utterance read for the rules now in scope."""
        hits = self._hits(reading.passage, reading.utterance.role)
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
