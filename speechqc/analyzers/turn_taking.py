"""Who talks how much, who cuts in, and where nobody talks."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from speechqc.analyzers.agent_turn import AgentTurn
from speechqc.analyzers.interruption import CutIn, CutIns
from speechqc.analyzers.silence import Silence
from speechqc.analyzers.speech_timeline import SpeechTimeline
from speechqc.events import CallClock, CallStarted, Event, Prosody, Reason, Role
from speechqc.rules.measures import Measure
from speechqc.rules.reader import CueHit

WINDOW_S = 60.0
MEASURED_EVERY_S = 0.5
"""How often the mere passing of time is measured: a call's clock ticks with every hop of its audio."""
MIN_WINDOW_SPEECH_S = 10.0
"""Speech that a 60 s window needs before its ratio says anything."""


class TurnTaking:
    """Measures the conversation from speech activity, or from utterance times where there is none.

    - ``agent_talk_s``, ``customer_talk_s``, ``talk_s``: seconds of speech so far; silence, holds and
      music do not count. ``talk_s`` is everybody's together.
    - ``talk_ratio``: agent ÷ (agent + customer), 0..1, of the call so far.
    - ``talk_ratio_60s``: the same of the last 60 s of call time; a window with less than 10 s of speech
      leaves the last value standing.
    - ``interruptions``, ``interruptions_60s``: times the agent cut in, see :class:`CutIns`.
    - silences and holds, see :class:`Silence`; ``agent_turn_s``, see :class:`AgentTurn`.

    When roles are unknown only ``talk_s`` and the silences are measured. Definitions: domain brief,
    conversation signals.
    """

    def __init__(self, started: CallStarted) -> None:
        self._roles_known = started.roles_known
        self._timeline = SpeechTimeline()
        self._silence = Silence(roles_known=started.roles_known)
        self._agent_turn = AgentTurn()
        self._cut_ins = CutIns(Role.AGENT, Role.CUSTOMER, language=started.language)
        self._interruptions = 0
        self._recent: deque[CutIn] = deque()
        self._last: dict[str, Measure] = {}
        self._due = 0.0

    def feed(self, event: Event, cues: Sequence[CueHit]) -> dict[str, Measure]:
        """The measures that `event` changed; `cues` are those of its words."""
        self._timeline.feed(event)
        if isinstance(event, CallClock | Prosody) and self._timeline.now < self._due:
            return {}
        self._due = self._timeline.now + MEASURED_EVERY_S
        measures = self._talk()
        measures.update(self._silence.feed(event, cues, self._timeline))
        if self._roles_known:
            self._note_interruptions(event, cues)
            measures.update(self._interruption_counts())
            measures.update(self._agent_turn.feed(self._timeline))
        changed = {name: measure for name, measure in measures.items() if self._is_new(name, measure)}
        self._last.update(changed)
        return changed

    def _is_new(self, name: str, measure: Measure) -> bool:
        last = self._last.get(name)
        return last is None or last.value != measure.value

    def _talk(self) -> dict[str, Measure]:
        now = self._timeline.now
        spoken_s = {role: self._timeline.track(role).spoken_s(now) for role in Role}
        measures = {"talk_s": Measure(sum(spoken_s.values()), 0.0, now)}
        if not self._roles_known:
            return measures
        agent_s, customer_s = spoken_s[Role.AGENT], spoken_s[Role.CUSTOMER]
        measures["agent_talk_s"] = Measure(agent_s, 0.0, now, role=Role.AGENT)
        measures["customer_talk_s"] = Measure(customer_s, 0.0, now, role=Role.CUSTOMER)
        if agent_s + customer_s > 0.0:
            measures["talk_ratio"] = _ratio(agent_s, customer_s, 0.0, now)
        measures.update(self._recent_talk(now))
        return measures

    def _recent_talk(self, now: float) -> dict[str, Measure]:
        agent_s = self._timeline.track(Role.AGENT).spoken_within_s(WINDOW_S, now)
        customer_s = self._timeline.track(Role.CUSTOMER).spoken_within_s(WINDOW_S, now)
        if agent_s + customer_s < MIN_WINDOW_SPEECH_S:
            return {}
        return {"talk_ratio_60s": _ratio(agent_s, customer_s, max(0.0, now - WINDOW_S), now)}

    def _note_interruptions(self, event: Event, cues: Sequence[CueHit]) -> None:
        found = self._cut_ins.feed(event, cues, self._timeline)
        self._interruptions += len(found)
        self._recent.extend(found)
        while len(self._recent) > 1 and self._recent[0].start < self._timeline.now - WINDOW_S:
            self._recent.popleft()

    def _interruption_counts(self) -> dict[str, Measure]:
        now = self._timeline.now
        in_window = [cut_in for cut_in in self._recent if cut_in.start >= now - WINDOW_S]
        return {
            "interruptions": _count(self._interruptions, self._recent, 0.0, now),
            "interruptions_60s": _count(len(in_window), in_window, max(0.0, now - WINDOW_S), now),
        }


def _ratio(agent_s: float, customer_s: float, start: float, end: float) -> Measure:
    reasons = (
        Reason(name="agent_talk_s", value=round(agent_s, 1)),
        Reason(name="customer_talk_s", value=round(customer_s, 1)),
    )
    return Measure(agent_s / (agent_s + customer_s), start, end, reasons=reasons)


def _count(count: int, shown: Sequence[CutIn], start: float, end: float) -> Measure:
    """The number of interruptions, located at the latest of them and explained by it."""
    if not shown:
        return Measure(float(count), start, end, role=Role.AGENT)
    latest = shown[-1]
    reasons = (
        Reason(name="customer_had_spoken_s", value=round(latest.spoke_before_s, 1)),
        Reason(name="overlap_s", value=round(latest.overlap_s, 1)),
    )
    overlap_end = latest.start + latest.overlap_s
    return Measure(float(count), latest.start, overlap_end, Role.AGENT, latest.turn, reasons=reasons)
