"""What becomes of streams and jobs when hops are decoded, fail, expire or are given up.

Plain bookkeeping without threads, locks or clock; the scheduler calls it with its lock held and
delivers the jobs that a step decided once the lock is free.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import count

import numpy as np

from speechqc.asr.decode_jobs import DecodeError, Job
from speechqc.asr.decode_queue import DecodeQueue, Lane, Waiting
from speechqc.asr.recognizer import Hop, Hypothesis


class DecodeBook:
    """The open streams, their queue, and the recogniser's streams that nobody needs any more."""

    def __init__(self) -> None:
        self.queue: DecodeQueue[Job] = DecodeQueue()
        self.unused: list[int] = []
        """Numbers inside the recogniser that a worker has to close."""
        self._lanes: dict[int, Lane[Job]] = {}
        self._numbers = count(1)
        self._orders = count()

    def open(self, language: str, inner: int | None) -> int:
        number = next(self._numbers)
        self._lanes[number] = Lane(number, language, inner)
        return number

    def lanes_of(self, hops: Sequence[Hop]) -> list[Lane[Job]]:
        """The lane of each hop.

        Raises:
            DecodeError: a stream has ended, failed or timed out.
            ValueError: samples are not float32 mono.
        """
        lanes = []
        for hop in hops:
            lane = self._lanes.get(hop.stream)
            if lane is None or lane.ended:
                raise DecodeError(
                    f"stream {hop.stream} is not open: it ended, failed or timed out",
                    hint="open another and announce the audio between as a gap",
                )
            if hop.samples.dtype != np.float32 or hop.samples.ndim != 1:
                raise ValueError(f"samples must be float32 mono, got {hop.samples.dtype} {hop.samples.shape}")
            lanes.append(lane)
        return lanes

    def put(self, lane: Lane[Job], hop: Hop, job: Job, *, deadline: float, now: float) -> None:
        self.queue.put(Waiting(lane, hop, job, deadline, now, next(self._orders)))

    def conclude(self, batch: Iterable[Waiting[Job]], found: Iterable[Hypothesis]) -> list[Job]:
        """`batch` was decoded and `found` came of it; the jobs this decided."""
        heard = {hypothesis.stream: hypothesis for hypothesis in found}
        decided = []
        for waiting in batch:
            lane, job = waiting.lane, waiting.job
            hypothesis = heard.get(lane.inner) if lane.inner is not None else None
            if hypothesis is not None:
                job.found.append(_renumbered(hypothesis, lane.number))
            job.hop_done()
            if job.finish():
                decided.append(job)
            if waiting.hop.last:
                self._lanes.pop(lane.number, None)
            elif lane.number not in self._lanes and lane.inner is not None:
                self.unused.append(lane.inner)
            self.queue.done(lane)
        return decided

    def fail(self, batch: Iterable[Waiting[Job]], error: DecodeError) -> list[Job]:
        """`batch` could not be decoded: its streams are closed; the jobs this decided."""
        decided = []
        for waiting in batch:
            waiting.job.hop_done()
            if waiting.job.fail(error):
                decided.append(waiting.job)
            self.queue.done(waiting.lane)
            decided += self._give_up(waiting.lane, error)
        return decided

    def expire(self, job: Job, error: DecodeError) -> list[Job]:
        """Fail `job` and close the streams whose hops it still holds; empty when it was decided before."""
        if not job.fail(error):
            return []
        decided = [job]
        for lane in [lane for lane in self._lanes.values() if _holds(lane, job)]:
            decided += self._give_up(lane, error)
        return decided

    def close(self, number: int) -> list[Job]:
        """Forget a stream, known or not; what waits in it counts as answered."""
        lane = self._lanes.get(number)
        return [] if lane is None else self._give_up(lane, None)

    def close_all(self, error: DecodeError) -> list[Job]:
        """Fail everything that is not decided."""
        decided = []
        for lane in list(self._lanes.values()):
            if lane.decoding is not None and lane.decoding.job.fail(error):
                decided.append(lane.decoding.job)
            decided += self._give_up(lane, error)
        return decided

    def _give_up(self, lane: Lane[Job], error: DecodeError | None) -> list[Job]:
        self._lanes.pop(lane.number, None)
        decided = []
        for waiting in self.queue.drop(lane):
            job = waiting.job
            job.hop_done()
            if job.fail(error) if error is not None else job.finish():
                decided.append(job)
        # A stream inside the decoder is closed when it comes out.
        if lane.inner is not None and lane.decoding is None:
            self.unused.append(lane.inner)
        return decided


def _holds(lane: Lane[Job], job: Job) -> bool:
    decoding = lane.decoding is not None and lane.decoding.job is job
    return decoding or any(waiting.job is job for waiting in lane.waiting)


def _renumbered(hypothesis: Hypothesis, number: int) -> Hypothesis:
    return Hypothesis(number, hypothesis.words, hypothesis.text, hypothesis.final, hypothesis.confidence)
