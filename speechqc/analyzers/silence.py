"""Dead air and holds: silences, and whether somebody said they would come."""

from __future__ import annotations

from collections.abc import Sequence

from speechqc.analyzers.speech_timeline import Interval, SpeechTimeline
from speechqc.events import Role, Utterance
from speechqc.rules.measures import Measure
from speechqc.rules.reader import CueHit

HOLD_CUE = "hold.announced"
CLOCK_TOLERANCE_S = 1.0
"""Word times and speech activity may disagree this much about where speech ended."""


class Silence:
    """Measures the silences of a call.

    - ``dead_air_s``: how long nobody has spoken, 0 while somebody does. In the event that ends a
      silence it is the silence's whole length, so that a call without a clock shows it too.
    - ``dead_air_unannounced_s``: the same, but 0 when the cue ``hold.announced`` was said, by either
      side, at most `announced_s` before the silence.
    - ``dead_air_total_s``: sum of the unannounced silences of at least `counts_from_s`.
    - ``hold_s``: how long the agent has been silent after announcing it; speaking ends it, announcing
      again begins a new one. Not measured when roles are unknown.

    Limits (8 s, 20 s, hold of 60 s) are product defaults and live in the rules.
    """

    def __init__(self, *, roles_known: bool, announced_s: float = 10.0, counts_from_s: float = 8.0) -> None:
        self._roles_known = roles_known
        self._announced_s, self._counts_from_s = announced_s, counts_from_s
        self._announced_at: dict[Role, float] = {}
        self._past_s = 0.0

    def note(self, heard: Utterance, cues: Sequence[CueHit]) -> None:
        """Take the words of an utterance; `cues` are what the packs found in it."""
        if any(cue.id == HOLD_CUE for cue in cues):
            self._announced_at[heard.role] = heard.end

    def measures(self, timeline: SpeechTimeline) -> dict[str, Measure]:
        """The measures at the present time of `timeline`."""
        since, until = self._silence(timeline)
        length = until - since
        announced = self._was_announced(since, *self._announced_at)
        counted = length if length >= self._counts_from_s and not announced else 0.0
        total = self._past_s + counted
        if timeline.ended_silence:
            self._past_s = total
        measures = {
            "dead_air_s": Measure(length, since, until),
            "dead_air_unannounced_s": Measure(0.0 if announced else length, since, until),
            "dead_air_total_s": Measure(total, 0.0, timeline.now),
        }
        if self._roles_known:
            measures["hold_s"] = self._hold(timeline)
        return measures

    @staticmethod
    def _silence(timeline: SpeechTimeline) -> Interval:
        if timeline.ended_silence:
            return timeline.ended_silence
        if timeline.speaking:
            return timeline.now, timeline.now
        return timeline.silent_since, max(timeline.now, timeline.silent_since)

    def _hold(self, timeline: SpeechTimeline) -> Measure:
        agent = timeline.track(Role.AGENT)
        since = until = timeline.now
        if timeline.ended_pause and timeline.ended_pause[0] is Role.AGENT:
            _, since, until = timeline.ended_pause
        elif agent.since is None and agent.last_end is not None:
            since = min(agent.last_end, until)
        held_s = until - since if self._was_announced(since, Role.AGENT) else 0.0
        return Measure(held_s, since, until, role=Role.AGENT)

    def _was_announced(self, since: float, *by: Role) -> bool:
        if not self._announced_at:
            return False
        spoken = (since - self._announced_at[role] for role in by if role in self._announced_at)
        return any(-CLOCK_TOLERANCE_S <= before_s <= self._announced_s for before_s in spoken)
