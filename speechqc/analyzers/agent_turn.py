"""How long the agent has been talking without letting the customer in."""

from __future__ import annotations

from speechqc.analyzers.speech_timeline import Interval, SpeechTimeline
from speechqc.events import Role
from speechqc.rules.measures import Measure


class AgentTurn:
    """Measures ``agent_turn_s``: seconds from the start of the agent's turn to its latest speech.

    A turn goes on through pauses shorter than `pause_s` and through customer speech shorter than
    `back_channel_s` (嗯); it is 0 once it is over. Limits for monologues (45 s in complaints, 60 s in
    sales) are product defaults and live in the rules.
    """

    def __init__(self, *, pause_s: float = 3.0, back_channel_s: float = 1.0) -> None:
        self._pause_s, self._back_channel_s = pause_s, back_channel_s
        self._start: float | None = None
        self._taken_over_at = 0.0

    def measure(self, timeline: SpeechTimeline) -> Measure:
        """The measure at the present time of `timeline`."""
        start, end = self._turn(timeline) or (timeline.now, timeline.now)
        return Measure(end - start, start, end, Role.AGENT)

    def _turn(self, timeline: SpeechTimeline) -> Interval | None:
        newest = next(timeline.track(Role.AGENT).newest_first(timeline.now), None)
        if newest is None:
            return None
        start, end = newest
        if (customer_end := self._customer_took_over(timeline)) is not None:
            self._start, self._taken_over_at = None, customer_end
        if (self._start is None or self._resumed_late(timeline)) and end > self._taken_over_at:
            self._start = max(start, self._taken_over_at)
        if self._start is None or timeline.now - end >= self._pause_s:
            return None
        return self._start, end

    def _resumed_late(self, timeline: SpeechTimeline) -> bool:
        pause = timeline.ended_pause
        return pause is not None and pause[0] is Role.AGENT and pause[2] - pause[1] >= self._pause_s

    def _customer_took_over(self, timeline: SpeechTimeline) -> float | None:
        """Where the customer's latest real speech within the turn ends, the present while it lasts."""
        track = timeline.track(Role.CUSTOMER)
        newest = next(track.newest_first(timeline.now), None)
        if newest is None:
            return None
        start, end = newest
        within_turn_s = track.sure_end(newest) - (start if self._start is None else max(start, self._start))
        return end if within_turn_s >= self._back_channel_s else None
