"""Calls back when a job has not been decided by its time limit."""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable
from itertools import count

from speechqc.asr.decode_jobs import Job


class ExpiryWatch:
    """A thread that sleeps until the next undecided job expires; starts with the first job.

    Shares the scheduler's lock: :meth:`add` and :meth:`stop` are called with it held, `expire` is
    called without.
    """

    def __init__(
        self, lock: threading.Lock, clock: Callable[[], float], expire: Callable[[Job], None]
    ) -> None:
        self._changed = threading.Condition(lock)
        self._clock = clock
        self._expire = expire
        self._limits: list[tuple[float, int, Job]] = []
        self._orders = count()
        self._thread: threading.Thread | None = None
        self._stopped = False

    def add(self, at: float, job: Job) -> None:
        heapq.heappush(self._limits, (at, next(self._orders), job))
        if self._thread is None:
            self._thread = threading.Thread(target=self._watch, name="decode-expiry", daemon=True)
            self._thread.start()
        elif self._limits[0][2] is job:
            self._changed.notify()

    def stop(self) -> None:
        self._stopped = True
        self._changed.notify()

    def _watch(self) -> None:
        while (job := self._next_expired()) is not None:
            self._expire(job)

    def _next_expired(self) -> Job | None:
        with self._changed:
            while not self._stopped:
                while self._limits and self._limits[0][2].settled:
                    heapq.heappop(self._limits)
                left = self._limits[0][0] - self._clock() if self._limits else None
                if left is not None and left <= 0:
                    return heapq.heappop(self._limits)[2]
                self._changed.wait(left)
        return None
