"""Anger in the interaction: who cuts in on whom, who shouts the other down, what has to be said again."""

from __future__ import annotations

from collections.abc import Sequence

from speechqc.analyzers.anger_parts import HALF_LIFE_S, Part, capped
from speechqc.analyzers.decay import Fading
from speechqc.analyzers.interruption import BACK_CHANNEL_CUE, BACK_CHANNEL_UNITS, CutIns
from speechqc.analyzers.repetition import Repetition
from speechqc.analyzers.speech_timeline import SpeechTimeline
from speechqc.analyzers.speech_units import count_units
from speechqc.events import CallStarted, Event, Prosody, Role, Utterance
from speechqc.rules.reader import CueHit

POINTS = {
    "interaction.customer_interrupts": 8.0,
    "interaction.agent_interrupts": 6.0,
    "interaction.repeats_demand": 12.0,
    "interaction.shouts_over": 8.0,
}
"""Product defaults: none makes an annoyed customer (35) of itself."""
LIMIT = 30.0
SHOUTED_AROUSAL = 0.2
"""From here a voice is raised: loudness says nothing, its colour and pitch do."""
SHOUTED_OVERLAP_S = 0.8
SHOUTED_EVERY_S = 3.0
"""One shout, however many stretches it is heard in."""


class AngerInteraction:
    """Points from interruptions in both directions, raised voices over the agent, and repeated demands."""

    def __init__(self, started: CallStarted) -> None:
        language = started.language
        self._language = language
        self._cut_ins = {
            "interaction.customer_interrupts": CutIns(Role.CUSTOMER, Role.AGENT, language=language),
            "interaction.agent_interrupts": CutIns(Role.AGENT, Role.CUSTOMER, language=language),
        }
        self._repetition = Repetition(language=language)
        self._faded = {name: Fading(half_life_s=HALF_LIFE_S) for name in POINTS}
        self._counts = dict.fromkeys(POINTS, 0)
        self._shouted_until = -SHOUTED_EVERY_S

    def feed(self, event: Event, cues: Sequence[CueHit], timeline: SpeechTimeline) -> bool:
        """Take `event`, which `timeline` has seen already; True when the points changed."""
        raised: list[tuple[str, float]] = []
        for name, cut_ins in self._cut_ins.items():
            raised += [(name, cut_in.start) for cut_in in cut_ins.feed(event, cues, timeline)]
        if isinstance(event, Utterance) and self._repeats(event, cues):
            raised.append(("interaction.repeats_demand", event.end))
        for name, at in raised:
            self._count(name, at)
        return bool(raised)

    def sounded(self, heard: Prosody, aroused: float, timeline: SpeechTimeline) -> None:
        """Take a stretch of the customer's speech, `aroused` 0 (calm) to 1 (furious)."""
        if aroused < SHOUTED_AROUSAL or heard.end - self._shouted_until < SHOUTED_EVERY_S:
            return
        agent = timeline.track(Role.AGENT)
        overlap_s = sum(
            max(0.0, min(agent.sure_end((start, end)), heard.end) - max(start, heard.start))
            for start, end in agent.newest_first(timeline.now)
        )
        if overlap_s >= SHOUTED_OVERLAP_S:
            self._shouted_until = heard.end
            self._count("interaction.shouts_over", heard.end)

    def parts(self, now: float) -> list[Part]:
        """The points left at call time `now`, with the counts of the call so far."""
        parts = [
            Part(name, faded.at(now), float(self._counts[name]))
            for name, faded in self._faded.items()
            if self._counts[name]
        ]
        return capped(parts, LIMIT)

    def _count(self, name: str, at: float) -> None:
        self._faded[name].add(POINTS[name], at)
        self._counts[name] += 1

    def _repeats(self, heard: Utterance, cues: Sequence[CueHit]) -> bool:
        if not heard.final or heard.role is not Role.CUSTOMER:
            return False
        short = count_units(heard.text, self._language) <= BACK_CHANNEL_UNITS
        if short and any(cue.id == BACK_CHANNEL_CUE for cue in cues):
            return False
        return self._repetition.feed(heard)
