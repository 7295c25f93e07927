"""How busy the decoder was in the last seconds; the numbers that admission decides on."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

WINDOW_S = 10.0


@dataclass(frozen=True, slots=True)
class DecodeStats:
    """Delays are from submission to the begin of decoding. ``None``: nothing decoded in the window."""

    queue_delay_p50_s: float | None
    queue_delay_p95_s: float | None
    busy_ratio: float
    """Share of the last 10 s (of the time since the start, if less) in which workers decoded, 0..1."""
    batches: int
    """Batches finished in the last 10 s."""
    mean_batch: float | None
    hops_pending: int
    failed_batches: int
    """Since the start, as are the next two."""
    timed_out: int
    refused: int


class DecodeMeter:
    """Collects what :class:`DecodeStats` reports. Takes times, asks no clock; bounded by the window."""

    def __init__(self, *, workers: int, started: float) -> None:
        self._workers = workers
        self._started = started
        self._batches: deque[tuple[float, float, tuple[float, ...]]] = deque()
        self._running: dict[int, float] = {}
        self.failed_batches = 0
        self.timed_out = 0
        self.refused = 0

    def begin(self, worker: int, now: float) -> None:
        self._running[worker] = now

    def end(self, worker: int, now: float, delays: Iterable[float]) -> None:
        """`worker` finished the batch it began; `delays` are its hops' waits in seconds."""
        self._batches.append((self._running.pop(worker), now, tuple(delays)))
        self._forget(now)

    def read(self, now: float, *, pending: int) -> DecodeStats:
        self._forget(now)
        window = min(WINDOW_S, max(now - self._started, 1e-9))
        since = now - window
        spans = [(begin, end) for begin, end, _ in self._batches]
        spans += [(begin, now) for begin in self._running.values()]
        busy = sum(max(end - max(begin, since), 0.0) for begin, end in spans)
        delays = np.array([delay for *_, batch in self._batches for delay in batch])
        p50, p95 = np.percentile(delays, (50, 95)) if len(delays) else (None, None)
        return DecodeStats(
            queue_delay_p50_s=None if p50 is None else float(p50),
            queue_delay_p95_s=None if p95 is None else float(p95),
            busy_ratio=min(busy / (window * self._workers), 1.0),
            batches=len(self._batches),
            mean_batch=len(delays) / len(self._batches) if self._batches else None,
            hops_pending=pending,
            failed_batches=self.failed_batches,
            timed_out=self.timed_out,
            refused=self.refused,
        )

    def _forget(self, now: float) -> None:
        while self._batches and self._batches[0][1] < now - WINDOW_S:
            self._batches.popleft()
