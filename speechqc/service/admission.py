"""Whether the machine can hear another call, decided by what it measures and not by a count."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from time import monotonic

from speechqc.asr.decode_stats import DecodeStats
from speechqc.ingest.refusals import Refusal

BEAT_S = 0.1
WINDOW = 50


class LoopLag:
    """How late the event loop runs what is due: the 95th percentile of the last 5 s, seconds."""

    def __init__(self) -> None:
        self._late: deque[float] = deque(maxlen=WINDOW)

    @property
    def p95_s(self) -> float:
        if not self._late:
            return 0.0
        return sorted(self._late)[int(len(self._late) * 0.95) - 1 if len(self._late) > 1 else 0]

    def note(self, late_s: float) -> None:
        self._late.append(max(late_s, 0.0))

    async def run(self) -> None:
        """Measure until cancelled."""
        while True:
            due = monotonic() + BEAT_S
            await asyncio.sleep(BEAT_S)
            self.note(monotonic() - due)


class Admission:
    """Refuses *new* calls while accepted ones already wait.

    Args:
        stats: the decoder's load of the last seconds.
        lag_s: how late the event loop runs.
        calls: calls that are held now.
        store_full: true while the store does not take events and too many wait for it.
    """

    def __init__(
        self,
        *,
        stats: Callable[[], DecodeStats],
        lag_s: Callable[[], float],
        calls: Callable[[], int],
        store_full: Callable[[], bool],
        max_busy_ratio: float,
        max_queue_delay_s: float,
        max_loop_lag_s: float,
        max_calls: int,
        retry_after_s: float,
    ) -> None:
        self._stats, self._lag_s, self._calls, self._store_full = stats, lag_s, calls, store_full
        self._max_busy_ratio = max_busy_ratio
        self._max_queue_delay_s = max_queue_delay_s
        self._max_loop_lag_s = max_loop_lag_s
        self._max_calls = max_calls
        self._retry_after_s = retry_after_s

    def check(self) -> None:
        """Let a new call in.

        Raises:
            Refusal: ``overloaded``; says what was measured against which limit.
        """
        reason = self._reason()
        if reason is not None:
            raise Refusal("overloaded", reason, retry_after_s=self._retry_after_s)

    def _reason(self) -> str | None:
        if self._calls() >= self._max_calls:
            return f"{self._max_calls} calls are held, the limit"
        if self._store_full():
            return "the store does not answer and too much waits for it"
        stats = self._stats()
        delay = stats.queue_delay_p95_s or 0.0
        if delay > self._max_queue_delay_s:
            return f"audio waits {delay:.2f} s to be recognised, limit {self._max_queue_delay_s:g} s"
        if stats.busy_ratio > self._max_busy_ratio:
            return (
                f"the recogniser is busy {stats.busy_ratio:.0%} of the time, limit {self._max_busy_ratio:.0%}"
            )
        if self._lag_s() > self._max_loop_lag_s:
            return f"the service runs {self._lag_s():.2f} s late, limit {self._max_loop_lag_s:g} s"
        return None
