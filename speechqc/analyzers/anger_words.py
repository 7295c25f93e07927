"""Anger in the words: the weighted cues that the rule packs find in the customer's speech."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from speechqc.analyzers.anger_parts import HALF_LIFE_S, Part, capped
from speechqc.analyzers.decay import Fading
from speechqc.events import Utterance
from speechqc.rules.reader import CueHit

PREFIX = "anger."
SEVERE = ("anger.profanity", "anger.threat")
"""Cues that lift the cap on words; longer ids below them count as well (``anger.threat.legal``)."""
ORDINARY_LIMIT = 79.0
"""Words alone end within level 2, unless they are profane or a threat (levels: 35, 60, 80)."""


class AngerWords:
    """Points from cues named ``anger.*``, whose weight is in points of the score.

    A cue of negative weight calms: it takes so many points off what the words have given up to then, never
    more. A cue counts once an utterance. In a partial utterance it counts as soon as two consecutive
    partials agree on it, and is taken back when the final words no longer hold it.
    """

    def __init__(self) -> None:
        self._faded: dict[str, Fading] = {}
        self._quotes: dict[str, str] = {}
        self._open: dict[str, tuple[float, float]] = {}
        """Cues of the open utterance that count for the time being: points and since when."""
        self._partial: frozenset[str] = frozenset()
        self._partial_start: float | None = None
        self.added = 0.0
        """Points that the words of the last event added, before any cap."""

    def feed(self, heard: Utterance, cues: Sequence[CueHit]) -> bool:
        """Take the cues of a customer's utterance; True when that can have changed the points."""
        hits = {cue.id: cue for cue in cues if cue.id.startswith(PREFIX)}
        had_open = bool(self._open)
        self.added = 0.0
        if heard.final:
            self._raise(hits, heard.end)
            self._open, self._partial, self._partial_start = {}, frozenset(), None
        else:
            agreed = self._partial if self._partial_start == heard.start else frozenset()
            self._open = {
                name: self._open.get(name, (cue.weight, heard.end))
                for name, cue in hits.items()
                if name in agreed and cue.weight > 0.0
            }
            self._partial, self._partial_start = frozenset(hits), heard.start
        self._quotes.update((name, cue.quote) for name, cue in hits.items())
        return had_open or bool(self._open) or (heard.final and bool(hits))

    def parts(self, now: float) -> list[Part]:
        """The points left at call time `now`, one part a cue."""
        points = {name: faded.at(now) for name, faded in self._faded.items()}
        for name, (weight, since) in self._open.items():
            if since <= now:
                points[name] = points.get(name, 0.0) + weight
        severe = [self._part(name, value) for name, value in points.items() if is_severe(name)]
        ordinary = [self._part(name, value) for name, value in points.items() if not is_severe(name)]
        return severe + capped(ordinary, ORDINARY_LIMIT)

    def _raise(self, hits: Mapping[str, CueHit], at: float) -> None:
        """Add the points of a final utterance, then take off those of its calming words."""
        for name, cue in hits.items():
            if cue.weight > 0.0:
                self._faded.setdefault(name, Fading(half_life_s=HALF_LIFE_S)).add(cue.weight, at)
                self.added += cue.weight
        calming = -sum(cue.weight for cue in hits.values() if cue.weight < 0.0)
        points = sum(faded.at(at) for faded in self._faded.values())
        if calming > 0.0 and points > 0.0:
            for faded in self._faded.values():
                faded.scale(max(0.0, 1.0 - calming / points))

    def _part(self, name: str, points: float) -> Part:
        return Part(name, points, self._quotes[name])


def is_severe(cue: str) -> bool:
    """True for profanity and threats."""
    return any(cue == severe or cue.startswith(f"{severe}.") for severe in SEVERE)
