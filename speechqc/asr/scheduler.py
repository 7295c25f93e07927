"""One decoder for all calls: gathers hops of many streams into batches, in worker threads.

Batch analysis has no use for it and calls ``recognizer.push`` directly; a live service submits every
hop here and awaits the hypotheses. Hops that arrive while a batch is decoded form the next batch, so
batches grow with the load by themselves and an idle decoder answers at once.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Protocol, cast

from speechqc.asr.decode_book import DecodeBook
from speechqc.asr.decode_expiry import ExpiryWatch
from speechqc.asr.decode_jobs import DecodeError, DecodeTimeoutError, Job, deliver
from speechqc.asr.decode_queue import Lane, Waiting
from speechqc.asr.decode_stats import DecodeMeter, DecodeStats
from speechqc.asr.recognizer import Hop, Hypothesis, Recognizer
from speechqc.errors import ConfigurationError, OverloadError


class ParallelRecognizer(Recognizer, Protocol):
    """A recogniser that may be used by several threads, one stream by one thread at a time."""

    parallel: bool

    def will_decode(self, hop: Hop) -> bool:
        """False when pushing `hop` only stores it, which takes microseconds."""
        ...


class DecodeScheduler:
    """Runs a recogniser for all streams of a process. All methods may be called from any thread.

    A recogniser that is not parallel is used by one thread, with batches of up to `max_batch` hops,
    at most one of each stream. A parallel one decodes one hop in each of `workers` threads, and hops
    that it only has to store are stored at once by the caller.

    Batches begin at least `interval_s` apart: an idle decoder answers at once, and under load a thread
    is woken for a batch of hops instead of for each (about 30 against 60 µs a hop at 1,800 hops a second).

    A batch that raises fails the jobs whose hops it held and closes their streams, since their state
    inside the recogniser is unknown; other streams go on. Last hops are always accepted: there is at
    most one for each open stream, so they cannot pile up. Others are refused beyond `max_pending`.

    Raises:
        ConfigurationError: a setting is out of range, or `workers` > 1 for a recogniser that is
            used by one thread.
    """

    def __init__(
        self,
        recognizer: Recognizer,
        *,
        workers: int = 1,
        max_batch: int = 64,
        max_pending: int = 4096,
        interval_s: float = 0.03,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        _check_range("workers", workers, 1, 256)
        _check_range("max_batch", max_batch, 1, 4096)
        _check_range("max_pending", max_pending, 1, 1_000_000)
        _check_range("interval_s", interval_s, 0, 1)
        parallel = bool(getattr(recognizer, "parallel", False))
        if workers > 1 and not parallel:
            raise ConfigurationError(
                f"{recognizer.name} is used by one thread, {workers} workers were asked for",
                hint="set workers to 1; it decodes all streams in one batch",
            )
        self.recognizer = recognizer
        self._parallel = cast(ParallelRecognizer, recognizer) if parallel else None
        self._limit = 1 if parallel else max_batch
        self._max_pending = max_pending
        self._interval_s = 0.0 if parallel else interval_s
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._wake = threading.Condition(self._lock)
        self._book = DecodeBook()
        self._meter = DecodeMeter(workers=workers, started=clock())
        self._covered: set[str] = set()
        self._stopping = False
        self._expiry = ExpiryWatch(self._lock, clock, self._expire)
        self._recognizer_in_use = threading.Lock()
        self._threads = [
            threading.Thread(target=self._work, args=(index,), name=f"decode-{index}", daemon=True)
            for index in range(workers)
        ]
        for thread in self._threads:
            thread.start()

    def open(self, language: str) -> int:
        """A new stream's number. Raises ModelError when `language` is not covered.

        Waits for the batch in progress the first time a language is asked for, never after that:
        the stream inside the recogniser is opened by the worker.
        """
        inner: int | None = None
        if self._parallel is not None:
            inner = self._parallel.open(language=language)
        elif language not in self._covered:
            with self._recognizer_in_use:
                inner = self.recognizer.open(language=language)
            self._covered.add(language)
        with self._lock:
            return self._book.open(language, inner)

    def close(self, stream: int) -> None:
        """Forget a stream whose end will never come; jobs that wait for its hops get what there is."""
        with self._lock:
            finished = self._book.close(stream)
            self._wake.notify()
        deliver(finished)

    def submit(
        self, hops: Sequence[Hop], *, deadline: float, timeout_s: float | None = None
    ) -> concurrent.futures.Future[list[Hypothesis]]:
        """Decode `hops` in a worker; the future's result is what became of all of them.

        Args:
            deadline: when the answer is wanted, on the scheduler's clock (``time.monotonic()``).
                Orders the work; passing it has no other consequence.
            timeout_s: fail the future with :class:`DecodeTimeoutError` when it is not done by then.

        Raises:
            OverloadError: too many hops wait, or the scheduler is stopping. Nothing was taken.
            DecodeError: a stream has ended, failed or timed out. Nothing was taken.
        """
        job = Job(len(hops), None)
        self._accept(job, hops, deadline, timeout_s)
        return cast("concurrent.futures.Future[list[Hypothesis]]", job.future)

    def decode(
        self, hops: Sequence[Hop], *, deadline: float, timeout_s: float | None = None
    ) -> asyncio.Future[list[Hypothesis]]:
        """As :meth:`submit`, for the running event loop; a batch wakes the loop once for all its jobs."""
        job = Job(len(hops), asyncio.get_running_loop())
        self._accept(job, hops, deadline, timeout_s)
        return cast("asyncio.Future[list[Hypothesis]]", job.future)

    def stats(self) -> DecodeStats:
        with self._lock:
            return self._meter.read(self._clock(), pending=self._book.queue.pending)

    def stop(self, *, timeout_s: float | None = None) -> None:
        """Decode what waits, then end the workers. What is not done after `timeout_s` fails."""
        with self._lock:
            self._stopping = True
            self._wake.notify_all()
        give_up = None if timeout_s is None else time.monotonic() + timeout_s
        for thread in self._threads:
            thread.join(None if give_up is None else max(give_up - time.monotonic(), 0.0))
        with self._lock:
            error = DecodeError("the decoder was stopped before this audio was decoded")
            left = self._book.close_all(error)
            self._expiry.stop()
        deliver(left)
        if not any(thread.is_alive() for thread in self._threads):
            self._forget(self._book.unused)

    def __enter__(self) -> DecodeScheduler:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _accept(self, job: Job, hops: Sequence[Hop], deadline: float, timeout_s: float | None) -> None:
        now = self._clock()
        with self._lock:
            lanes = self._book.lanes_of(hops)
            self._check_room(hops)
            for lane, hop in zip(lanes, hops, strict=True):
                lane.ended = lane.ended or hop.last
                if self._stored(lane, hop):
                    job.hop_done()
                else:
                    self._book.put(lane, hop, job, deadline=deadline, now=now)
                    self._wake.notify()
            finished = job.finish()
            if timeout_s is not None and not finished:
                self._expiry.add(now + timeout_s, job)
        if finished:
            job.settle()

    def _check_room(self, hops: Sequence[Hop]) -> None:
        if self._stopping:
            raise OverloadError(
                "the decoder is stopping", hint="the service is shutting down; try again later"
            )
        pending = self._book.queue.pending
        if pending >= self._max_pending and not all(hop.last for hop in hops):
            self._meter.refused += 1
            raise OverloadError(
                f"{pending} hops wait to be decoded, the limit is {self._max_pending}",
                hint="send fewer calls to this machine, or give it a smaller model",
            )

    def _stored(self, lane: Lane[Job], hop: Hop) -> bool:
        """Hand a hop that needs no decode to a parallel recogniser at once; False if it has to queue."""
        if self._parallel is None or hop.last or lane.decoding or lane.waiting:
            return False
        inner = Hop(self._inner(lane), hop.samples)
        if self._parallel.will_decode(inner):
            return False
        self._parallel.push([inner])
        return True

    def _work(self, worker: int) -> None:
        next_start = self._clock()
        while True:
            with self._wake:
                while not (self._book.queue.ready or self._book.unused or self._stopping):
                    self._wake.wait()
            early_s = next_start - self._clock()
            if early_s > 0:
                self._sleep(early_s)
            next_start = self._clock() + self._interval_s
            with self._lock:
                batch = self._book.queue.take(self._limit)
                unused, self._book.unused = self._book.unused, []
                if not batch and not unused and self._stopping:
                    return
                started = self._clock()
                if batch:
                    self._meter.begin(worker, started)
            self._forget(unused)
            if batch:
                self._decode_batch(worker, batch, started)

    def _forget(self, streams: list[int]) -> None:
        for stream in streams:
            # A failed last hop leaves open whether the recogniser still knows the stream.
            with suppress(Exception), self._recognizer_in_use:
                self.recognizer.close(stream)

    def _decode_batch(self, worker: int, batch: list[Waiting[Job]], started: float) -> None:
        try:
            found = self._push(batch)
            error = None
        except Exception as cause:
            # Whatever the model or its runtime raises must reach those who wait, not end the worker.
            found = []
            error = DecodeError(f"{self.recognizer.name} failed: {cause or type(cause).__name__}")
            error.__cause__ = cause
        with self._lock:
            self._meter.end(worker, self._clock(), [started - waiting.submitted for waiting in batch])
            if error is None:
                decided = self._book.conclude(batch, found)
            else:
                self._meter.failed_batches += 1
                decided = self._book.fail(batch, error)
        deliver(decided)

    def _push(self, batch: list[Waiting[Job]]) -> list[Hypothesis]:
        if self._parallel is not None:
            return self._parallel.push(self._inner_hops(batch))
        with self._recognizer_in_use:
            return self.recognizer.push(self._inner_hops(batch))

    def _inner_hops(self, batch: list[Waiting[Job]]) -> list[Hop]:
        return [Hop(self._inner(waiting.lane), waiting.hop.samples, waiting.hop.last) for waiting in batch]

    def _inner(self, lane: Lane[Job]) -> int:
        if lane.inner is None:
            lane.inner = self.recognizer.open(language=lane.language)
        return lane.inner

    def _expire(self, job: Job) -> None:
        error = DecodeTimeoutError("the audio was not decoded within its time limit")
        with self._lock:
            decided = self._book.expire(job, error)
            self._meter.timed_out += bool(decided)
            self._wake.notify()
        deliver(decided)


def _check_range(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise ConfigurationError(f"{name} is {value}, expected {low} to {high}")
