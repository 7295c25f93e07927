"""Who spoke when: the stretches of speech of one call, with exact sums over any recent window.

A live call tells its stretches by :class:`~speechqc.events.SpeechActivity`. A call that comes as
text only has none; then the times of its final utterances stand in for them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping

from speechqc.events import CallClock, CallEnded, Event, Gap, Prosody, Role, SpeechActivity, Utterance

Interval = tuple[float, float]

END_NOTICED_S = 0.7
"""Speech activity tells the end of speech up to this late: an open stretch is sure only until so long
ago (end point after 0.5 s of silence, noticed at the end of a hop)."""


class Track:
    """The stretches of speech of one role, in seconds of call time.

    Stretches that ended more than `keep_s` before the newest one began are forgotten; their length
    stays in the total. Each kept stretch carries the speech before it, so that a sum over a window
    is a difference of two totals and does not depend on how often it was asked for.
    """

    def __init__(self, *, keep_s: float = 120.0) -> None:
        self._keep_s = keep_s
        self._closed: deque[tuple[float, float, float]] = deque()  # start, end, speech before start
        self._total = 0.0
        self.since: float | None = None
        """When the open stretch began; ``None`` while silent."""
        self.last_end: float | None = None
        """When the last closed stretch ended; ``None`` before the first."""

    def start(self, at: float) -> None:
        """Speech began at `at`; ignored while already speaking."""
        if self.since is None:
            self.since = at if self.last_end is None else max(at, self.last_end)

    def stop(self, at: float) -> None:
        """Speech ended at `at`; ignored while silent."""
        if self.since is None:
            return
        end = max(at, self.since)
        self._closed.append((self.since, end, self._total))
        self._total += end - self.since
        self.since, self.last_end = None, end
        while self._closed[0][1] < end - self._keep_s:
            self._closed.popleft()

    @property
    def newest_start(self) -> float | None:
        """When the newest stretch began; ``None`` before the first."""
        if self.since is not None:
            return self.since
        return self._closed[-1][0] if self._closed else None

    def spoken_s(self, now: float) -> float:
        """Seconds of speech from the call's start to `now`."""
        return self._total + self._open_s(now)

    def spoken_within_s(self, window_s: float, now: float) -> float:
        """Seconds of speech of the last `window_s` (at most `keep_s`) seconds of call time."""
        edge = now - window_s
        if self.since is not None and self.since <= edge:
            return now - edge
        before_edge = self._total
        for start, end, before in self._closed:
            if end > edge:
                before_edge = before + max(0.0, edge - start)
                break
        return self.spoken_s(now) - before_edge

    def newest_first(self, now: float) -> Iterator[Interval]:
        """The kept stretches, an open one up to `now` first."""
        if self.since is not None:
            yield self.since, max(now, self.since)
        for start, end, _ in reversed(self._closed):
            yield start, end

    def sure_end(self, stretch: Interval) -> float:
        """Until when `stretch`, one of :meth:`newest_first`, certainly holds speech."""
        start, end = stretch
        return max(start, end - END_NOTICED_S) if start == self.since else end

    def _open_s(self, now: float) -> float:
        return 0.0 if self.since is None else max(0.0, now - self.since)


class SpeechTimeline:
    """The tracks of all roles of a call and its present time.

    >>> timeline = SpeechTimeline()
    >>> timeline.feed(SpeechActivity(call_id="c", role=Role.AGENT, at=1.0, speaking=True))
    >>> timeline.feed(CallClock(call_id="c", at=3.5))
    >>> timeline.track(Role.AGENT).spoken_s(timeline.now)
    2.5
    """

    def __init__(self) -> None:
        self.now = 0.0
        self._live = False
        self.tracks: Mapping[Role, Track] = {role: Track() for role in Role}
        self._all = tuple(self.tracks.values())
        self._unheard_until = 0.0
        self.ended_silence: Interval | None = None
        """The silence of everybody that the last event ended."""
        self.ended_pause: tuple[Role, float, float] | None = None
        """The pause of one role that the last event ended: role, from, to."""

    def track(self, role: Role) -> Track:
        return self.tracks[role]

    @property
    def speaking(self) -> bool:
        """True while anybody speaks."""
        return any(track.since is not None for track in self._all)

    @property
    def silent_since(self) -> float:
        """When the last stretch of anybody ended, or lost audio came back; 0 before any speech."""
        return max(self._unheard_until, *[track.last_end or 0.0 for track in self._all])

    def feed(self, event: Event) -> None:
        """Take the times out of any event; words and sound are ignored."""
        self.ended_silence = self.ended_pause = None
        if isinstance(event, CallClock):
            self._advance(event.at)
            return
        match event:
            case SpeechActivity():
                self._live = True
                if event.speaking:
                    self._start(event.role, event.at)
                else:
                    self.tracks[event.role].stop(event.at)
                self._advance(event.at)
            case Utterance():
                if event.final and not self._live:
                    self._start(event.role, event.start)
                    self.tracks[event.role].stop(event.end)
                self._advance(event.end)
            case CallEnded():
                self._advance(event.at)
            case Prosody():
                self._advance(event.end)
            case Gap():
                # Lost audio of the whole call is not silence: nobody knows what was said in it.
                if event.role is None:
                    self._unheard_until = max(self._unheard_until, event.end)
                self._advance(event.end)

    def _start(self, role: Role, at: float) -> None:
        track = self.tracks[role]
        if track.since is not None:
            return
        if not self.speaking and at > self.silent_since:
            self.ended_silence = (self.silent_since, at)
        if track.last_end is not None and at > track.last_end:
            self.ended_pause = (role, track.last_end, at)
        track.start(at)

    def _advance(self, at: float) -> None:
        self.now = max(self.now, at)
