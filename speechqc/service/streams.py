"""The streams of one call inside the shared recogniser, which may fail and be replaced under an utterance."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

import msgspec

from speechqc.asr.decode_jobs import DecodeError
from speechqc.asr.recognizer import SAMPLE_RATE, Hop, Hypothesis
from speechqc.asr.scheduler import DecodeScheduler

NOT_OPEN = -1


@dataclass(slots=True)
class _Stream:
    number: int
    """Of the scheduler."""
    offset_s: float
    """Audio of the utterance that earlier, failed streams were given."""
    pushed: int = 0
    """Samples."""


@dataclass(frozen=True, slots=True)
class Decoding:
    """One step on its way through the recogniser."""

    hops: tuple[Hop, ...]
    streams: tuple[_Stream, ...]
    future: asyncio.Future[list[Hypothesis]]


class CallStreams:
    """Numbers the utterances of a call and gives each a stream of the scheduler when it is first decoded.

    A stream that failed is replaced by a new one at the next hop, so that a gap lasts as long as the
    failure and not until the speaker pauses.
    """

    def __init__(self, scheduler: DecodeScheduler, language: str, *, timeout_s: float) -> None:
        self._scheduler = scheduler
        self._language = language
        self._timeout_s = timeout_s
        self._numbers = count()
        self._open: dict[int, _Stream] = {}

    def new(self) -> int:
        """The number of the next utterance; nothing is opened yet."""
        return next(self._numbers)

    def decode(self, hops: Sequence[Hop]) -> Decoding:
        """Begin to decode one step.

        Raises:
            OverloadError: too much waits; nothing was taken, try again later.
            DecodeError: a stream had failed; it is replaced at its next hop.
        """
        streams = tuple(self._stream(hop.stream) for hop in hops)
        inner = [Hop(s.number, hop.samples, hop.last) for s, hop in zip(streams, hops, strict=True)]
        try:
            future = self._scheduler.decode(inner, deadline=time.monotonic(), timeout_s=self._timeout_s)
        except DecodeError:
            self._note(hops, streams)
            self._give_up(hops, streams)
            raise
        self._note(hops, streams)
        return Decoding(tuple(hops), streams, future)

    def result(self, decoding: Decoding) -> list[Hypothesis]:
        """What a finished decoding says, in the call's own numbers and the utterances' times.

        Raises:
            DecodeError: it failed; its streams are replaced at their next hop.
        """
        try:
            found = {hypothesis.stream: hypothesis for hypothesis in decoding.future.result()}
        except DecodeError:
            self._give_up(decoding.hops, decoding.streams)
            raise
        return [
            _rebased(found[stream.number], hop.stream, stream.offset_s)
            for hop, stream in zip(decoding.hops, decoding.streams, strict=True)
            if stream.number in found
        ]

    def _note(self, hops: Sequence[Hop], streams: Sequence[_Stream]) -> None:
        for hop, stream in zip(hops, streams, strict=True):
            stream.pushed += len(hop.samples)
            if hop.last:
                self._open.pop(hop.stream, None)

    def _give_up(self, hops: Sequence[Hop], streams: Sequence[_Stream]) -> None:
        for hop, stream in zip(hops, streams, strict=True):
            self._scheduler.close(stream.number)
            if self._open.get(hop.stream) is stream:
                lost_s = stream.pushed / SAMPLE_RATE
                self._open[hop.stream] = _Stream(NOT_OPEN, stream.offset_s + lost_s)

    def close(self) -> None:
        """Forget every stream of the call."""
        for stream in self._open.values():
            if stream.number != NOT_OPEN:
                self._scheduler.close(stream.number)
        self._open.clear()

    def _stream(self, utterance: int) -> _Stream:
        stream = self._open.get(utterance)
        if stream is None:
            stream = self._open[utterance] = _Stream(NOT_OPEN, 0.0)
        if stream.number == NOT_OPEN:
            stream.number = self._scheduler.open(self._language)
        return stream


def _rebased(hypothesis: Hypothesis, stream: int, offset_s: float) -> Hypothesis:
    words = hypothesis.words
    if offset_s:
        words = tuple(
            msgspec.structs.replace(word, start=word.start + offset_s, end=word.end + offset_s)
            for word in words
        )
    return Hypothesis(stream, words, hypothesis.text, hypothesis.final, hypothesis.confidence)
