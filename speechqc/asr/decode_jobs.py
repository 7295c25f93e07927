"""What a caller of the decode scheduler waits for, and how it is told.

A job is the hops of one submission. Callers in threads get a :class:`concurrent.futures.Future`,
callers in an event loop an :class:`asyncio.Future`; a loop is woken once for all jobs that a batch
finished, because waking it costs more than everything else the scheduler does for a hop.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
from collections.abc import Iterable

from speechqc.asr.recognizer import Hypothesis
from speechqc.errors import SpeechqcError


class DecodeError(SpeechqcError):
    """Audio that was not decoded. Its stream is closed: open another, announce the gap."""

    code = "decode_failed"


class DecodeTimeoutError(DecodeError):
    """A hop was not decoded within its time limit. Its stream is closed as for any DecodeError."""

    code = "decode_timeout"


class Job:
    """Counts its hops down and settles its future once."""

    __slots__ = ("error", "found", "future", "loop", "settled", "waiting")

    def __init__(self, hops: int, loop: asyncio.AbstractEventLoop | None) -> None:
        self.waiting = hops
        self.loop = loop
        self.found: list[Hypothesis] = []
        self.error: DecodeError | None = None
        self.settled = False
        """Decided: nothing that happens later changes the outcome."""
        self.future: asyncio.Future[list[Hypothesis]] | concurrent.futures.Future[list[Hypothesis]]
        if loop is None:
            self.future = concurrent.futures.Future()
            # A hop cannot be taken back, so the future must not look as if it could.
            self.future.set_running_or_notify_cancel()
        else:
            self.future = loop.create_future()

    def hop_done(self) -> None:
        self.waiting -= 1

    def finish(self) -> bool:
        """True when no hop is left and this decided the job."""
        return self.waiting == 0 and self._decide()

    def fail(self, error: DecodeError) -> bool:
        """True when this decided the job."""
        if self.settled:
            return False
        self.error = error
        return self._decide()

    def settle(self) -> None:
        """Hand the outcome to the future; in the future's own thread for a loop's."""
        if self.future.done():
            return
        if self.error is None:
            self.future.set_result(self.found)
        else:
            self.future.set_exception(self.error)

    def _decide(self) -> bool:
        first, self.settled = not self.settled, True
        return first


def deliver(jobs: Iterable[Job]) -> None:
    """Settle decided jobs from any thread."""
    by_loop: dict[asyncio.AbstractEventLoop, list[Job]] = {}
    for job in jobs:
        if job.loop is None:
            job.settle()
        else:
            by_loop.setdefault(job.loop, []).append(job)
    for loop, finished in by_loop.items():
        try:
            loop.call_soon_threadsafe(_settle_all, finished)
        except RuntimeError:
            # The loop is closed: nobody waits any more.
            continue


def _settle_all(jobs: list[Job]) -> None:
    for job in jobs:
        job.settle()
