"""Which hops are decoded next: order and fairness, without threads and without a clock.

A lane is one stream's queue. A lane hands out one hop at a time and waits while that hop is decoded,
so order inside a stream is kept and a stream with a backlog cannot crowd out the others. Among lanes
the earliest deadline goes first; when not all fit, lanes whose speech has ended go before those still
speaking, because their final words are what alerts rest on.
"""

from __future__ import annotations

import heapq
from collections import deque
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from speechqc.asr.recognizer import Hop

Job = TypeVar("Job")


@dataclass(slots=True)
class Waiting(Generic[Job]):
    """A hop in line. Times are seconds on the scheduler's clock; `order` counts submissions."""

    lane: Lane[Job]
    hop: Hop
    job: Job
    deadline: float
    submitted: float
    order: int


@dataclass(slots=True, eq=False)
class Lane(Generic[Job]):
    """One stream: its number outside, its number inside the recogniser, and what waits in it."""

    number: int
    language: str
    inner: int | None = None
    waiting: deque[Waiting[Job]] = field(default_factory=deque)
    decoding: Waiting[Job] | None = None
    """The hop that was taken and is not done."""
    ended: bool = False
    """The last hop was submitted; no hop may follow."""


class DecodeQueue(Generic[Job]):
    """The lanes that have something to decode."""

    def __init__(self) -> None:
        self._ready: dict[Lane[Job], None] = {}
        self._pending = 0

    @property
    def pending(self) -> int:
        """Hops in line, those being decoded not counted."""
        return self._pending

    @property
    def ready(self) -> bool:
        """Whether a hop can be taken now."""
        return bool(self._ready)

    def put(self, waiting: Waiting[Job]) -> None:
        lane = waiting.lane
        lane.waiting.append(waiting)
        self._pending += 1
        if lane.decoding is None:
            self._ready[lane] = None

    def take(self, limit: int) -> list[Waiting[Job]]:
        """Up to `limit` hops, one a lane; their lanes are busy until :meth:`done`."""
        lanes = (
            list(self._ready)
            if len(self._ready) <= limit
            else heapq.nsmallest(limit, self._ready, key=_urgency)
        )
        batch = []
        for lane in lanes:
            del self._ready[lane]
            lane.decoding = lane.waiting.popleft()
            batch.append(lane.decoding)
        self._pending -= len(batch)
        return batch

    def done(self, lane: Lane[Job]) -> None:
        """The hop taken from `lane` was decoded; the next one may follow."""
        lane.decoding = None
        if lane.waiting:
            self._ready[lane] = None

    def drop(self, lane: Lane[Job]) -> list[Waiting[Job]]:
        """Empty a lane; what waited in it."""
        dropped = list(lane.waiting)
        lane.waiting.clear()
        self._ready.pop(lane, None)
        self._pending -= len(dropped)
        return dropped


def _urgency(lane: Lane[Job]) -> tuple[bool, float, int]:
    head = lane.waiting[0]
    return not lane.waiting[-1].hop.last, head.deadline, head.order
