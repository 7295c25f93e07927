"""All phrases of all rules and cues in one automaton, so that a character costs the same with 100 or 10 000.

Aho and Corasick, "Efficient string matching", CACM 18(6), 1975, by pyahocorasick; a second automaton over
the codes of folded syllables serves the phrases that tolerate mishearing.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import reduce
from operator import or_
from typing import Any

import ahocorasick
import msgspec

from speechqc.rules.phrases import Pattern
from speechqc.text.normalise import HARD, Normalised
from speechqc.text.pinyin import EXACT, NEAR, sound_of, sounds_of, syllables_agree

SAME = EXACT + 1
"""Level of a hit whose characters are those of the phrase; below it :data:`EXACT` and :data:`NEAR`."""
MEANT = NEAR - 1
"""Level of a hit that no phrase but the classifier found: words say it more surely."""

MAX_MARKS_IN_GAPPED = 1
"""A phrase with gaps stays within one clause or two."""

LONGEST_UNIT = 24
"""Characters of the longest word that a gap counts as one unit, with its space."""

_UNIT = re.compile(r"[a-z0-9'%.]+|[^\sa-z0-9'%.]")
_LENGTH_BITS = 16
"""An automaton's value holds the length of the literal in so many bits and above them which :class:`_Meant` it is."""
_LENGTHS = (1 << _LENGTH_BITS) - 1


class Use(msgspec.Struct, frozen=True):
    """A pattern that somebody (`owner`) looks for; `sound` when a mishearing counts too."""

    owner: int
    pattern: Pattern
    sound: bool = False


class Hit(msgspec.Struct, frozen=True):
    """`owner`'s pattern stands at ``text[start:end]``; `level` says how literally."""

    owner: int
    start: int
    end: int
    level: int = SAME


_Piece = tuple[int, int, int]  # start, end, level
_Place = tuple[frozenset[int], _Piece]  # the slots a piece may fill


class _Found(msgspec.Struct, frozen=True):
    """Hits of one layer, and the pieces of phrases with gaps that wait for their others."""

    hits: list[Hit]
    places: list[_Place]
    begun: int
    """One bit for each chain whose first slot some piece fills, or did before the text grew or changed."""
    going_on: int
    """The same for those of which some slot between the first and the last is filled, or that have none."""


_NOTHING = _Found([], [], 0, 0)


class Scan(msgspec.Struct, frozen=True):
    """What stands in a text, and what is needed to go on from there when the text grows."""

    heard: Normalised
    hits: list[Hit]
    by_text: _Found
    by_sound: _Found


class Matcher:
    """Finds the patterns of all `uses` in normalised text."""

    def __init__(self, uses: Iterable[Use]) -> None:
        text, sound = _Layer(), _Layer()
        for use in uses:
            text.add(use.owner, use.pattern)
            if use.sound:
                sound.add(use.owner, use.pattern)
        text.build(sounds=False)
        sound.build(sounds=True)
        self._text, self._sound = text, sound

    def scan(self, heard: Normalised, before: Scan | None = None) -> Scan:
        """All hits, in no particular order; a place found by text is not reported by sound as well.

        Args:
            before: the scan of an earlier state of the same text; what both begin with is not read again, so that
                the words of an open utterance cost what is new in them.
        """
        keep = 0 if before is None else _unchanged(before.heard, heard)
        by_text = self._text.scan(heard, None if before is None else before.by_text, keep)
        by_sound = self._sound.scan(heard, None if before is None else before.by_sound, keep)
        if not by_sound.hits:
            return Scan(heard, by_text.hits, by_text, by_sound)
        found = {(hit.owner, hit.end) for hit in by_text.hits}
        misheard = [hit for hit in by_sound.hits if hit.level < SAME and (hit.owner, hit.end) not in found]
        return Scan(heard, by_text.hits + misheard, by_text, by_sound)


class _Chain(msgspec.Struct, frozen=True):
    """Slots that must follow one another with at most `gaps` units between them."""

    slots: tuple[int, ...]
    gaps: tuple[int, ...]
    owners: list[int]

    def link(
        self, text: str, pieces: dict[int, list[_Piece]], gap: int, right: _Piece
    ) -> tuple[int, int] | None:
        """Start and level of the nearest pieces for the slots up to `gap` that end before `right`."""
        if gap < 0:
            return right[0], right[2]
        best: tuple[int, int] | None = None
        lefts = pieces[self.slots[gap]]
        furthest = right[0] - self.gaps[gap] * LONGEST_UNIT
        for index in range(bisect_right(lefts, right[0], key=_end), 0, -1):
            left = lefts[index - 1]
            if left[1] < furthest:
                break
            if _units(text[left[1] : right[0]]) <= self.gaps[gap]:
                linked = self.link(text, pieces, gap - 1, left)
                if linked is not None and (best is None or linked[0] > best[0]):
                    best = (linked[0], min(linked[1], left[2]))
        return best


class _Meant(msgspec.Struct, frozen=True):
    """What a literal is part of: patterns of one slot by their owner, and slots of chains.

    `begins`, `goes_on` and `ends` have one bit for each chain of which it fills the first slot, one between, the last.
    """

    owners: tuple[int, ...]
    chained: frozenset[int]
    begins: int
    goes_on: int
    ends: int


class _Layer:
    """One automaton with what its literals are parts of."""

    def __init__(self) -> None:
        self._slots: dict[frozenset[str], int] = {}
        self._single: defaultdict[int, list[int]] = defaultdict(list)
        self._chained: defaultdict[tuple[tuple[int, ...], tuple[int, ...]], list[int]] = defaultdict(list)
        self._chains: list[_Chain] = []
        self._pairs = 0
        """One bit for each chain of two slots."""
        self._automaton: Any = ahocorasick.Automaton(ahocorasick.STORE_INTS)
        self._meant: list[_Meant] = []
        self._literals: dict[str, tuple[str, ...]] | None = None
        """For codes of syllables, what each stands for."""
        self._longest = self._longest_wide = 0
        """Characters of the longest literal, and of the longest that is not ASCII alone."""

    def add(self, owner: int, pattern: Pattern) -> None:
        numbers = tuple(self._slots.setdefault(slot, len(self._slots)) for slot in pattern.slots)
        owners = self._chained[numbers, pattern.gaps] if pattern.gaps else self._single[numbers[0]]
        if owner not in owners:
            owners.append(owner)

    def build(self, *, sounds: bool) -> None:
        by_slot: list[Iterable[str]] = list(self._slots)
        if sounds:
            self._literals, by_slot = _coded(self._slots)
        slots: dict[str, int] = {}
        shared: defaultdict[str, list[int]] = defaultdict(list)
        """The slots of each key; of those in several the others."""
        for number, keys in enumerate(by_slot):
            own = dict.fromkeys(keys, number)
            for key in own.keys() & slots.keys():
                shared[key].append(own.pop(key))
            slots.update(own)
        meanings: dict[tuple[int, ...], int] = {}
        for key, number in slots.items():
            parts = (number, *shared[key]) if key in shared else (number,)
            meant = meanings.setdefault(parts, len(meanings))
            self._automaton.add_word(key, meant << _LENGTH_BITS | len(key))
        if slots:
            self._automaton.make_automaton()
            self._longest = max(map(len, slots))
            self._longest_wide = max((len(key) for key in slots if not key.isascii()), default=0)
        in_chain = frozenset(number for chain, _ in self._chained for number in chain)
        places: tuple[defaultdict[int, int], ...] = (defaultdict(int), defaultdict(int), defaultdict(int))
        for (chain, gaps), looking in self._chained.items():
            bit = 1 << len(self._chains)
            for number, slot in enumerate(chain):
                places[0 if number == 0 else 2 if number == len(gaps) else 1][slot] |= bit
            self._pairs |= bit if len(chain) == 2 else 0
            self._chains.append(_Chain(chain, gaps, looking))
        for parts in meanings:
            owners = tuple(owner for number in parts for owner in self._single.get(number, ()))
            bits = (reduce(or_, (filled.get(number, 0) for number in parts)) for filled in places)
            self._meant.append(_Meant(owners, in_chain.intersection(parts), *bits))

    def scan(self, heard: Normalised, before: _Found | None, keep: int) -> _Found:
        """What stands in `heard`; what ends before `keep` is taken from `before`."""
        if not self._slots:
            return _NOTHING
        hits = [] if before is None else [hit for hit in before.hits if hit.end < keep]
        places = [] if before is None else [place for place in before.places if place[1][1] < keep]
        begun, going_on, ended = 0, self._pairs, 0
        if before is not None and keep:
            begun, going_on = before.begun, before.going_on
        plain = heard.text
        full_stops = sorted(at for at, kind in heard.marks.items() if kind >= HARD)
        begin = self._begin(plain, keep)
        text = plain[begin:] if self._literals is None else sound_of(plain[begin:])
        for last, value in self._automaton.iter(text):
            end = begin + last + 1
            start = end - (value & _LENGTHS)
            if end < keep or (full_stops and _any_inside(full_stops, start, end)):
                continue
            if (plain[start] < "\x80" or plain[end - 1] < "\x80") and not _stands_alone(plain, start, end):
                continue
            meant = self._meant[value >> _LENGTH_BITS]
            level = SAME
            if self._literals is not None:
                level = self._level(plain[start:end], text[start - begin : end - begin])
            for owner in meant.owners:
                hits.append(Hit(owner, start, end, level))
            if meant.chained:
                places.append((meant.chained, (start, end, level)))
                begun |= meant.begins
                going_on |= meant.goes_on
                ended |= meant.ends
        if (possible := begun & going_on & ended) and len(places) > 1:
            hits.extend(self._assembled(heard, places, possible, keep))
        return _Found(hits, places, begun, going_on)

    def _begin(self, text: str, keep: int) -> int:
        """Where the earliest literal may begin that ends at `keep` or later in `text`."""
        narrow = keep and text[keep - 1] < "\x80"
        return max(0, keep - (self._longest if narrow else self._longest_wide))

    def _level(self, said: str, code: str) -> int:
        meant = () if self._literals is None else self._literals[code]
        if said in meant:
            return SAME
        return max(
            (syllables_agree(said, literal) for literal in meant if len(literal) == len(said)), default=NEAR
        )

    def _assembled(self, heard: Normalised, places: list[_Place], possible: int, keep: int) -> Iterator[Hit]:
        """The phrases with gaps whose pieces stand in `places`, near enough and in order, the last not before `keep`.

        Args:
            possible: one bit for each chain that is looked for.
        """
        chains = [self._chains[number] for number in _bits_of(possible)]
        wanted = frozenset(slot for chain in chains for slot in chain.slots)
        pieces: defaultdict[int, list[_Piece]] = defaultdict(list)
        for slots, piece in places:
            for slot in wanted & slots:
                pieces[slot].append(piece)
        marks = sorted(heard.marks)
        for chain in chains:
            for piece in pieces[chain.slots[-1]]:
                if piece[1] < keep:
                    continue
                linked = chain.link(heard.text, pieces, len(chain.gaps) - 1, piece)
                if linked is None or _count_inside(marks, linked[0], piece[1]) > MAX_MARKS_IN_GAPPED:
                    continue
                for owner in chain.owners:
                    yield Hit(owner, linked[0], piece[1], min(linked[1], piece[2]))


def _coded(slots: Iterable[frozenset[str]]) -> tuple[dict[str, tuple[str, ...]], list[Iterable[str]]]:
    """What each code of syllables stands for, and the codes of each of `slots`."""
    literals: defaultdict[str, dict[str, None]] = defaultdict(dict)
    by_slot: list[Iterable[str]] = []
    for slot in slots:
        codes = []
        for literal in sorted(slot):
            for code in sounds_of(literal):
                literals[code][literal] = None
                codes.append(code)
        by_slot.append(codes)
    return {code: tuple(known) for code, known in literals.items()}, by_slot


def _unchanged(before: Normalised, now: Normalised) -> int:
    """How many characters both texts begin with, up to the first place where their clause ends differ."""
    same = _same_beginning(before.text, now.text)
    if before.marks != now.marks:
        places = before.marks.items() ^ now.marks.items()
        same = min(same, *(at for at, _ in places))
    return same


def _same_beginning(one: str, other: str) -> int:
    if other.startswith(one):
        return len(one)
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(other))


def _bits_of(bits: int) -> Iterator[int]:
    """The numbers of the bits that are set, lowest first."""
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest


def _end(piece: _Piece) -> int:
    return piece[1]


def _any_inside(places: list[int], start: int, end: int) -> bool:
    index = bisect_right(places, start)
    return index < len(places) and places[index] < end


def _count_inside(places: list[int], start: int, end: int) -> int:
    return bisect_left(places, end) - bisect_right(places, start) if start < end else 0


def _units(text: str) -> int:
    """Characters of Chinese, words of anything else."""
    return len(_UNIT.findall(text))


def _stands_alone(text: str, start: int, end: int) -> bool:
    """False when a Latin word or a figure would be cut at `start` or `end`."""
    if text[start] < "\x80" and start > 0 and _is_word(text[start - 1]) and _is_word(text[start]):
        return False
    return not (
        text[end - 1] < "\x80" and end < len(text) and _is_word(text[end]) and _is_word(text[end - 1])
    )


def _is_word(character: str) -> bool:
    return character.isascii() and character.isalnum()
