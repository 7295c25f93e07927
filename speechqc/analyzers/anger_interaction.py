"""Anger in the interaction: who cuts in on whom, and what has to be said again."""

from __future__ import annotations

from collections.abc import Sequence

from speechqc.analyzers.anger_parts import HALF_LIFE_S, Part, capped
from speechqc.analyzers.decay import Fading
from speechqc.analyzers.interruption import BACK_CHANNEL_CUE, BACK_CHANNEL_UNITS, CutIns
from speechqc.analyzers.repetition import Repetition
from speechqc.analyzers.speech_timeline import SpeechTimeline
from speechqc.analyzers.speech_units import count_units
from speechqc.events import CallStarted, Event, Role, Utterance
from speechqc.rules.reader import CueHit

POINTS = {
    "interaction.customer_interrupts": 8.0,
    "interaction.agent_interrupts": 6.0,
    "interaction.repeats_demand": 12.0,
}
"""Product defaults: none makes an annoyed customer (35) of itself."""
LIMIT = 30.0


class AngerInteraction:
    """Points from interruptions in both directions and from repeated demands of the customer."""

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

    def feed(self, event: Event, cues: Sequence[CueHit], timeline: SpeechTimeline) -> bool:
        """Take `event`, which `timeline` has seen already; True when the points changed."""
        raised: list[tuple[str, float]] = []
        for name, cut_ins in self._cut_ins.items():
            raised += [(name, cut_in.start) for cut_in in cut_ins.feed(event, cues, timeline)]
        if isinstance(event, Utterance) and self._repeats(event, cues):
            raised.append(("interaction.repeats_demand", event.end))
        for name, at in raised:
            self._faded[name].add(POINTS[name], at)
            self._counts[name] += 1
        return bool(raised)

    def parts(self, now: float) -> list[Part]:
        """The points left at call time `now`, with the counts of the call so far."""
        parts = [Part(name, faded.at(now), float(self._counts[name])) for name, faded in self._faded.items()]
        return capped(parts, LIMIT)

    def _repeats(self, heard: Utterance, cues: Sequence[CueHit]) -> bool:
        if not heard.final or heard.role is not Role.CUSTOMER:
            return False
        short = count_units(heard.text, self._language) <= BACK_CHANNEL_UNITS
        if short and any(cue.id == BACK_CHANNEL_CUE for cue in cues):
            return False
        return self._repetition.feed(heard)
