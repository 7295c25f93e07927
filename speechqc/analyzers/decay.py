"""Points that fade: a sum of impulses with a half-life."""

from __future__ import annotations

import math


class Fading:
    """A value that halves every `half_life_s` of call time and is raised by impulses.

    Reading it changes nothing, so its course does not depend on how often anybody looks.
    """

    def __init__(self, *, half_life_s: float) -> None:
        self._half_life_s = half_life_s
        self._points = 0.0
        self._at = 0.0

    def at(self, now: float) -> float:
        """The value at call time `now`; an impulse of the future counts in full."""
        return self._points * self.factor(now - self._at) if self._points else 0.0

    def add(self, points: float, at: float) -> None:
        """Raise the value at call time `at`; an `at` before the last impulse has already faded."""
        if at >= self._at:
            self._points, self._at = self.at(at) + points, at
        else:
            self._points += points * self.factor(self._at - at)

    def set(self, points: float, at: float) -> None:
        """Replace the value at call time `at`."""
        self._points, self._at = points, at

    def scale(self, share: float) -> None:
        """Leave `share`, 0..1, of the value."""
        self._points *= share

    def factor(self, elapsed_s: float) -> float:
        """What is left of a point after `elapsed_s`."""
        return math.pow(0.5, max(0.0, elapsed_s) / self._half_life_s)
