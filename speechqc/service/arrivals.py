"""When the audio of a moment of the call came in: the zero of every alert's latency."""

from __future__ import annotations

from array import array
from bisect import bisect_left

KEEP_S = 180.0
RESOLUTION_S = 0.08
"""Frames shorter than this share an entry: a call's bookkeeping stays below 40 kB."""


class Arrivals:
    """Maps call time to the arrival of the frame that completed it, for the last minutes of a call."""

    def __init__(self, bytes_per_second: int) -> None:
        self._rate = bytes_per_second
        self._bytes = 0
        self._ends = array("d")
        self._times = array("d")

    @property
    def heard_s(self) -> float:
        """Call time of everything that came."""
        return self._bytes / self._rate

    def note(self, n_bytes: int, arrival: float) -> None:
        """`n_bytes` of audio came at `arrival`, Unix time in seconds."""
        self._bytes += n_bytes
        end = self._bytes / self._rate
        if len(self._ends) > 1 and end - self._ends[-2] < RESOLUTION_S:
            self._ends[-1], self._times[-1] = end, arrival
            return
        self._ends.append(end)
        self._times.append(arrival)
        if len(self._ends) > 2 * KEEP_S / RESOLUTION_S:
            half = len(self._ends) // 2
            del self._ends[:half], self._times[:half]

    def at(self, call_time: float) -> float | None:
        """Arrival of the audio that ends at `call_time` seconds; ``None`` when that was not kept."""
        if not self._ends or call_time < self._ends[0] - 1.0:
            return None
        index = min(bisect_left(self._ends, call_time), len(self._ends) - 1)
        return self._times[index]
