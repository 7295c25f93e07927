"""Who talks how much, who cuts in, and where nobody talks."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from speechqc.analyzers.agent_turn import AgentTurn
from speechqc.analyzers.interruption import CutIn, CutIns
from speechqc.analyzers.silence import Silence
from speechqc.analyzers.speech_timeline import SpeechTimeline
from speechqc.events import CallClock, CallStarted, Event, Prosody, Reason, Role, Utterance
from speechqc.rules.measures import Measure
from speechqc.rules.reader import CueHit

WINDOW_S = 60.0
MEASURED_EVERY_S = 0.5
"""How often it is measured while nobody begins, ends or finishes a sentence: a call's clock and its open words come
with every hop of its audio."""
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
        timeline = self._timeline
        timeline.feed(event)
        passing = isinstance(event, CallClock | Prosody)
        if isinstance(event, Utterance):
            passing = not event.final
            self._silence.note(event, cues)
            self._cut_ins.note(event, cues)
        if passing and timeline.now < self._due:
            return {}
        self._due = timeline.now + MEASURED_EVERY_S
        changed: dict[str, Measure] = {}
        self._talk(changed)
        measures = self._silence.measures(timeline)
        if self._roles_known:
            self._count_interruptions(measures)
            measures["agent_turn_s"] = self._agent_turn.measure(timeline)
        for name, measure in measures.items():
            if self._is_new(name, measure.value):
                changed[name] = measure
        self._last.update(changed)
        return changed

    def _is_new(self, name: str, value: float) -> bool:
        last = self._last.get(name)
        return last is None or last.value != value

    def _talk(self, changed: dict[str, Measure]) -> None:
        now, tracks = self._timeline.now, self._timeline.tracks
        talk_s = sum(track.spoken_s(now) for track in tracks.values())
        if self._is_new("talk_s", talk_s):
            changed["talk_s"] = Measure(talk_s, 0.0, now)
        if not self._roles_known:
            return
        agent, customer = tracks[Role.AGENT], tracks[Role.CUSTOMER]
        agent_s, customer_s = agent.spoken_s(now), customer.spoken_s(now)
        for name, spoken_s, role in (
            ("agent_talk_s", agent_s, Role.AGENT),
            ("customer_talk_s", customer_s, Role.CUSTOMER),
        ):
            if self._is_new(name, spoken_s):
                changed[name] = Measure(spoken_s, 0.0, now, role)
        if agent_s + customer_s > 0.0:
            self._share(changed, "talk_ratio", agent_s, customer_s, 0.0)
        agent_s, customer_s = agent.spoken_within_s(WINDOW_S, now), customer.spoken_within_s(WINDOW_S, now)
        if agent_s + customer_s >= MIN_WINDOW_SPEECH_S:
            self._share(changed, "talk_ratio_60s", agent_s, customer_s, max(0.0, now - WINDOW_S))

    def _share(
        self, changed: dict[str, Measure], name: str, agent_s: float, customer_s: float, start: float
    ) -> None:
        ratio = agent_s / (agent_s + customer_s)
        if self._is_new(name, ratio):
            reasons = (
                Reason(name="agent_talk_s", value=round(agent_s, 1)),
                Reason(name="customer_talk_s", value=round(customer_s, 1)),
            )
            changed[name] = Measure(ratio, start, self._timeline.now, reasons=reasons)

    def _count_interruptions(self, measures: dict[str, Measure]) -> None:
        now = self._timeline.now
        found = self._cut_ins.judge(self._timeline)
        self._interruptions += len(found)
        self._recent.extend(found)
        while len(self._recent) > 1 and self._recent[0].start < now - WINDOW_S:
            self._recent.popleft()
        in_window = [cut_in for cut_in in self._recent if cut_in.start >= now - WINDOW_S]
        measures["interruptions"] = _count(self._interruptions, self._recent, 0.0, now)
        measures["interruptions_60s"] = _count(len(in_window), in_window, max(0.0, now - WINDOW_S), now)


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
