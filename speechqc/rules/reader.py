"""Reads an utterance once for everybody: which phrases stand in it, behind the gates, and when they were said."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from speechqc.events import CallStarted, Role, Utterance
from speechqc.rules.book import RuleBook
from speechqc.rules.matcher import MEANT, SAME, Hit, Scan
from speechqc.rules.model import Gate
from speechqc.rules.passage import Passage
from speechqc.rules.scanning import cancelled, matches_of
from speechqc.rules.scoped import Wanted
from speechqc.semantics.classifier import Meaning

MEANING_REACH = 40
"""Characters before the newest utterance that the classifier reads with it: a sentence may be cut by a pause."""

_Span = tuple[int, int, int]  # start, end, level


_NONE: frozenset[int] = frozenset()


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

    `score` and `limit` are those of the classifier where it found the hit. `fresh` hits end in the newest
    utterance, the others were reported with an earlier one.
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
        self._scans: dict[Role, Scan] = {}
        """The last scan of each side: what an open utterance begins with is not read again."""
        self.rescope(started)

    def rescope(self, started: CallStarted) -> None:
        """From now on read for the rules of `started`, the same call judged as another kind."""
        book = self._book
        scope = book.in_scope(started)
        self._wanted = scope.wanted
        self._language = "zh" if started.language.startswith("zh") else started.language[:2]
        self._meant: dict[Role, dict[str, list[tuple[int, float]]]] = {}
        for leaf, (label, limit) in book.meanings.items():
            for role in (Role.AGENT, Role.CUSTOMER):
                if leaf in scope.wanted[role, True].telling:
                    self._meant.setdefault(role, {}).setdefault(label, []).append((leaf, limit))

    def again(self, reading: Reading) -> Reading:
        """The same utterance read for the rules now in scope."""
        return self._reading(reading.utterance, reading.passage)

    def read(self, utterance: Utterance) -> Reading:
        """The reading of `utterance`; only a final one is remembered as what came before the next."""
        before = self._before.get(utterance.role)
        if before is not None and not before.continued_by(utterance):
            before = None
        passage = Passage(utterance, before)
        if utterance.final:
            self._before[utterance.role] = passage
        return self._reading(utterance, passage)

    def _reading(self, utterance: Utterance, passage: Passage) -> Reading:
        role = utterance.role
        wanted = self._wanted[role, utterance.final]
        scan = self._scans[role] = self._book.matcher.scan(passage.heard, self._scans.get(role))
        expressed = _expressed(wanted, passage.heard.text)
        meant = self._meanings(passage, role) if utterance.final else []
        asked = _asked(wanted, passage.fresh_after, scan.hits, expressed)
        asked.update(*(wanted.telling[leaf] for _, leaf, _ in meant))
        if not asked:
            return Reading(utterance, passage, {})
        found, cancels = _found(scan.hits, expressed, asked)
        hits = self._behind_gates(passage, role, found, cancels, meant)
        return Reading(utterance, passage, hits, self._cues(passage, hits))

    def _meanings(self, passage: Passage, role: Role) -> list[tuple[Meaning, int, float]]:
        """What the classifier makes of the newest words, with the leaf that asks for it and the limit it has.

        It reads a little of what came before with them, since a pause may cut a sentence.
        """
        asked, classifier = self._meant.get(role), self._book.classifier
        if not asked or classifier is None:
            return []
        heard, fresh = passage.heard, passage.fresh_after
        begin = max(0, fresh - MEANING_REACH)
        meant: list[tuple[Meaning, int, float]] = []
        for meaning in classifier.read(heard.text[begin:], role, self._language):
            start, end = begin + meaning.start, begin + meaning.end
            if start < end and end > fresh:
                placed = msgspec.structs.replace(meaning, start=start, end=end)
                leaves = asked.get(meaning.label, ())
                meant.extend((placed, leaf, limit) for leaf, limit in leaves if meaning.score >= limit)
        return meant

    def _behind_gates(
        self,
        passage: Passage,
        role: Role,
        found: dict[int, list[_Span]],
        cancels: dict[int, list[_Span]],
        meant: list[tuple[Meaning, int, float]],
    ) -> dict[int, tuple[WordHit, ...]]:
        """What of `found` and `meant` counts; of the gates a meaning passes the quotation's only."""
        heard, gates, leaves = passage.heard, self._book.gates, self._book.leaves
        clauses = gates.clauses(heard)
        behind: dict[int, list[WordHit]] = {}
        for leaf, spans in found.items():
            stops, gate = cancels.get(leaf, ()), leaves[leaf].gate
            for start, end, level in _widest(spans):
                if stops and cancelled(heard, start, end, stops):
                    continue
                if gates.stopped_by(clauses, start, end, role, gate) is None:
                    hit = WordHit(start, end, level, end > passage.fresh_after)
                    behind.setdefault(leaf, []).append(hit)
        for meaning, leaf, limit in meant:
            start, end = meaning.start, meaning.end
            gate = Gate(negation=False, question=False, quotation=leaves[leaf].gate.quotation)
            stops = cancels.get(leaf, ())
            if stops and cancelled(heard, start, end, stops):
                continue
            if gates.stopped_by(clauses, start, end, role, gate) is None:
                hit = WordHit(start, end, MEANT, True, meaning.score, limit)
                behind.setdefault(leaf, []).append(hit)
        return {leaf: tuple(hits) for leaf, hits in behind.items()}

    def _cues(self, passage: Passage, hits: dict[int, tuple[WordHit, ...]]) -> tuple[CueHit, ...]:
        cues: list[CueHit] = []
        of_leaf, utterance = self._book.cue_of_leaf, passage.utterance
        for leaf, found in hits.items():
            cue = of_leaf.get(leaf)
            if cue is None:
                continue
            for hit in found:
                if hit.fresh:
                    start_s, end_s = passage.time_of(hit.start, hit.end)
                    cues.append(
                        CueHit(
                            id=cue.id,
                            role=utterance.role,
                            turn=utterance.turn,
                            start=start_s,
                            end=end_s,
                            quote=passage.heard.quote(hit.start, hit.end),
                            weight=cue.weight,
                            first=hit.start,
                            last=hit.end,
                        )
                    )
        if len(cues) > 1:
            cues.sort(key=lambda cue: (cue.start, cue.id))
        return tuple(cues)


def _expressed(wanted: Wanted, text: str) -> list[tuple[int, list[_Span]]]:
    """Where the regular expressions that are wanted stand in `text`."""
    return [
        (leaf, [(start, end, SAME) for start, end in matches_of(expression, text)])
        for leaf, expression in wanted.expressions
        if expression.search(text) is not None
    ]


def _asked(
    wanted: Wanted, fresh_after: int, hits: Iterable[Hit], expressed: list[tuple[int, list[_Span]]]
) -> set[int]:
    """The word conditions that must be known to say what the newest words mean; none when they mean nothing."""
    asked: set[int] = set()
    telling = wanted.telling
    for hit in hits:
        if hit.end > fresh_after and not hit.owner & 1:
            asked |= telling.get(hit.owner >> 1, _NONE)
    for leaf, spans in expressed:
        if leaf in telling and any(end > fresh_after for _, end, _ in spans):
            asked |= telling[leaf]
    return asked


def _found(
    hits: Iterable[Hit], expressed: list[tuple[int, list[_Span]]], asked: set[int]
) -> tuple[dict[int, list[_Span]], dict[int, list[_Span]]]:
    """By word condition of those `asked` for: where its words stand, and where what cancels them stands."""
    found: dict[int, list[_Span]] = {}
    cancels: dict[int, list[_Span]] = {}
    for hit in hits:
        leaf = hit.owner >> 1
        if leaf in asked:
            (cancels if hit.owner & 1 else found).setdefault(leaf, []).append((hit.start, hit.end, hit.level))
    for leaf, spans in expressed:
        if leaf in asked and spans:
            found.setdefault(leaf, []).extend(spans)
    return found, cancels


def _widest(spans: list[_Span]) -> list[_Span]:
    """The spans that lie in no other, the more literal of equal ones, in order of the text."""
    if len(spans) == 1:
        return spans
    kept: list[_Span] = []
    for start, end, level in sorted(set(spans), key=lambda span: (span[0], -span[1], -span[2])):
        if not kept or end > kept[-1][1]:
            kept.append((start, end, level))
    return kept
