"""A score's course over the call, on a fixed grid of call time and in bounded memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

Point = tuple[float, float]


class Course:
    """Samples a score once a second of call time.

    When `max_points` are reached every second one is dropped and the spacing doubles, so that a call of
    any length keeps its whole course. The last `recent_s` seconds are also kept at one second.
    """

    def __init__(self, *, max_points: int = 600, recent_s: int = 20) -> None:
        self._max_points = max_points
        self._spacing_s = 1.0
        self._points: list[Point] = []
        self._recent: deque[Point] = deque(maxlen=recent_s + 1)
        self._recent_s = float(recent_s)
        self._due = 0.0

    @property
    def points(self) -> list[Point]:
        """Call time in seconds and score, oldest first, at least a second apart."""
        return list(self._points)

    def advance(self, now: float, score: Callable[[float], float]) -> None:
        """Take the points before `now` that are still missing; `score` gives the value at a time."""
        while self._due < now:
            value = score(self._due)
            self._recent.append((self._due, value))
            if self._due % self._spacing_s == 0.0:
                self._keep((self._due, value))
            self._due = self._next(now)

    def _next(self, now: float) -> float:
        # Far from the present only the points that will be kept: an event hours ahead costs little.
        following = (self._due // self._spacing_s + 1.0) * self._spacing_s
        return following if following < now - self._recent_s else self._due + 1.0

    def lowest(self, now: float) -> float:
        """The lowest value of the last `recent_s` seconds; 0 before the call."""
        edge = now - self._recent_s
        values = [value for at, value in self._recent if at >= edge]
        return min(values, default=0.0) if edge >= 0.0 else 0.0

    def _keep(self, point: Point) -> None:
        self._points.append(point)
        if len(self._points) >= self._max_points:
            self._spacing_s *= 2.0
            self._points = [kept for kept in self._points if kept[0] % self._spacing_s == 0.0]
