"""Who cut in on whom."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from speechqc.analyzers.speech_timeline import Interval, SpeechTimeline
from speechqc.analyzers.speech_units import count_units
from speechqc.events import Event, Role, Utterance
from speechqc.rules.reader import CueHit

BACK_CHANNEL_CUE = "backchannel"
SHORT_UNITS = 3
"""Characters or words of an utterance that takes no turn, cue or not: 嗯嗯好."""
BACK_CHANNEL_UNITS = 8
"""Longest utterance that a back-channel cue excuses; 对，但是我跟您讲… takes the turn."""
TEXT_AFTER_S = 3.0
"""How long the words of a short stretch are waited for."""


@dataclass(frozen=True, slots=True)
class CutIn:
    """One interruption: from `start` on both spoke for at least `overlap_s` seconds."""

    start: float
    overlap_s: float
    spoke_before_s: float
    turn: int | None


@dataclass(frozen=True, slots=True)
class _Said:
    start: float
    end: float
    turn: int
    back_channel: bool


class CutIns:
    """Interruptions of `over` by `by`.

    `by` starts while `over` has been speaking for at least `spoke_before_s` and does not stop: both
    speak for at least `overlap_s`. Back-channels (the cue ``backchannel``, or three characters and
    less) do not count. A stretch of `long_s` is no back-channel whatever its words turn out to be, so
    it counts before they are known; a shorter one waits for them. Limits: product defaults of the
    domain brief, conversation signals.
    """

    def __init__(
        self,
        by: Role,
        over: Role,
        *,
        language: str = "zh",
        spoke_before_s: float = 1.0,
        overlap_s: float = 0.8,
        long_s: float = 1.5,
        same_speech_s: float = 1.0,
        bridge_s: float = 0.5,
    ) -> None:
        self._by, self._over = by, over
        self._language = language
        self._spoke_before_s, self._overlap_s = spoke_before_s, overlap_s
        self._long_s, self._same_speech_s, self._bridge_s = long_s, same_speech_s, bridge_s
        self._said: deque[_Said] = deque(maxlen=8)
        self._judged = -1.0

    def feed(self, event: Event, cues: Sequence[CueHit], timeline: SpeechTimeline) -> list[CutIn]:
        """The interruptions that became certain with `event`; `timeline` has seen it already."""
        if isinstance(event, Utterance):
            self.note(event, cues)
        return self.judge(timeline)

    def judge(self, timeline: SpeechTimeline) -> list[CutIn]:
        """The interruptions that have become certain by the present time of `timeline`."""
        found: list[CutIn] = []
        newest = timeline.track(self._by).newest_start
        if newest is None or newest <= self._judged:
            return found
        for stretch, previous_end in self._unjudged(timeline):
            verdict = self._judge(stretch, previous_end, timeline)
            if verdict is None:
                break
            self._judged = stretch[0]
            if isinstance(verdict, CutIn):
                found.append(verdict)
        return found

    def note(self, heard: Utterance, cues: Sequence[CueHit]) -> None:
        """Take the words of an utterance; `cues` are what the packs found in it."""
        if heard.role is not self._by:
            return
        units = count_units(heard.text, self._language)
        limit = BACK_CHANNEL_UNITS if any(cue.id == BACK_CHANNEL_CUE for cue in cues) else SHORT_UNITS
        if not heard.final and units <= limit:
            return
        self._said.append(_Said(heard.start, heard.end, heard.turn, units <= limit))

    def _unjudged(self, timeline: SpeechTimeline) -> Iterator[tuple[Interval, float | None]]:
        """Stretches of `by` not decided yet, oldest first, each with the end of the one before it."""
        waiting: list[Interval] = []
        before: float | None = None
        for start, end in timeline.track(self._by).newest_first(timeline.now):
            if start <= self._judged:
                before = end
                break
            waiting.append((start, end))
        for stretch in reversed(waiting):
            yield stretch, before
            before = stretch[1]

    def _judge(
        self, mine: Interval, previous_end: float | None, timeline: SpeechTimeline
    ) -> CutIn | bool | None:
        """The interruption, False when it is none, ``None`` while that is open."""
        start, end = mine
        me, them = timeline.track(self._by), timeline.track(self._over)
        theirs = self._interrupted(start, timeline)
        if theirs is None or (previous_end is not None and start - previous_end < self._same_speech_s):
            return False
        said = next((said for said in reversed(self._said) if said.start < end and said.end > start), None)
        if said is not None and said.back_channel:
            return False
        overlap_s = min(me.sure_end(mine), theirs[1]) - start
        i_speak = me.since == start
        if overlap_s < self._overlap_s:
            they_speak = them.since is not None and them.since < start
            at_most = min(math.inf if i_speak else end, math.inf if they_speak else theirs[1]) - start
            return None if at_most >= self._overlap_s else False
        if said is None and me.sure_end(mine) - start < self._long_s:
            return None if i_speak or timeline.now - end < TEXT_AFTER_S else False
        return CutIn(start, overlap_s, start - theirs[0], said.turn if said else None)

    def _interrupted(self, at: float, timeline: SpeechTimeline) -> Interval | None:
        """The other side's run of speech around `at` as far as it is sure, with pauses up to `bridge_s`."""
        track = timeline.track(self._over)
        run: Interval | None = None
        for stretch in track.newest_first(timeline.now):
            start, end = stretch
            if run is None:
                if start < at <= end:
                    run = (start, track.sure_end(stretch))
                elif end < at:
                    return None
            elif run[0] - end <= self._bridge_s:
                run = (start, run[1])
            else:
                break
        return run if run is not None and at - run[0] >= self._spoke_before_s else None
