"""The classifier of voices beside the live calls: in a thread of its own, and never so busy that words wait long."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import structlog
from prometheus_client import Counter

from speechqc.errors import ModelError
from speechqc.events import VoiceEmotion
from speechqc.speech.emotion import EmotionClassifier
from speechqc.speech.stretches import VoiceStretch

MAX_WAITING = 3
"""Stretches over all calls that may wait. A step waits for the stretches due with it, so more of them are
skipped: the built-in measures of the voice hear them all the same."""
log = structlog.get_logger(__name__)


class EmotionListener:
    """Asks `classifier` about one stretch after the other.

    Args:
        skipped: counts the stretches that were not judged.
    """

    def __init__(self, classifier: EmotionClassifier, *, skipped: Counter) -> None:
        self._classifier = classifier
        self._skipped = skipped
        self._waiting = 0
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="voices")

    def submit(self, call_id: str, stretch: VoiceStretch) -> asyncio.Future[VoiceEmotion | None]:
        """What the classifier will say of `stretch`; ``None`` when it has no time for it or cannot judge it."""
        loop = asyncio.get_running_loop()
        if self._waiting >= MAX_WAITING:
            self._skipped.inc()
            skipped: asyncio.Future[VoiceEmotion | None] = loop.create_future()
            skipped.set_result(None)
            return skipped
        self._waiting += 1
        future = loop.run_in_executor(self._pool, self._hear, call_id, stretch)
        future.add_done_callback(self._heard)
        return future

    def stop(self) -> None:
        """Judge nothing more."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _hear(self, call_id: str, stretch: VoiceStretch) -> VoiceEmotion | None:
        try:
            return self._classifier.hear(call_id, stretch)
        except ModelError as error:
            log.error("voice_not_judged", call_id=call_id, error=error.args[0])
            self._skipped.inc()
            return None

    def _heard(self, _: asyncio.Future[VoiceEmotion | None]) -> None:
        self._waiting -= 1
