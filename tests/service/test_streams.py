"""Utterances keep their words' times and go on being heard when the recogniser fails under them."""

from __future__ import annotations

import asyncio
import threading

import numpy as np
import pytest

from speechqc.asr.decode_jobs import DecodeError
from speechqc.asr.recognizer import SAMPLE_RATE, Hop
from speechqc.asr.scheduler import DecodeScheduler
from speechqc.service.streams import CallStreams
from tests.support.tone_recognizer import ToneRecognizer


def tone(hz: float, length_s: float) -> np.ndarray:
    t = np.arange(round(length_s * SAMPLE_RATE)) / SAMPLE_RATE
    return (0.3 * np.sin(2 * np.pi * hz * t)).astype(np.float32)


class Held(ToneRecognizer):
    """Decodes nothing before it is told to."""

    def __init__(self, **settings) -> None:
        super().__init__(**settings)
        self.go = threading.Event()

    def push(self, hops):
        self.go.wait(5)
        return super().push(hops)


async def hear(streams: CallStreams, hop: Hop):
    decoding = streams.decode([hop])
    await asyncio.wait([decoding.future])
    return streams.result(decoding)


async def test_results_come_under_the_calls_own_numbers():
    with DecodeScheduler(ToneRecognizer()) as scheduler:
        scheduler.open("zh")  # somebody else's stream: numbers differ
        streams = CallStreams(scheduler, "zh", timeout_s=5)
        first, second = streams.new(), streams.new()
        assert (first, second) == (0, 1)
        [heard] = await hear(streams, Hop(second, tone(900, 0.4), True))
    assert (heard.stream, heard.text, heard.final) == (1, "理财有风险", True)


async def test_after_a_failure_the_rest_of_the_utterance_is_heard_at_its_true_times():
    with DecodeScheduler(ToneRecognizer(fails_at=[2])) as scheduler:
        streams = CallStreams(scheduler, "zh", timeout_s=5)
        utterance = streams.new()
        [before] = await hear(streams, Hop(utterance, tone(900, 0.4)))
        with pytest.raises(DecodeError):
            await hear(streams, Hop(utterance, tone(900, 0.4)))
        [after] = await hear(streams, Hop(utterance, tone(1500, 0.4), True))
    assert before.words[0].start == 0.0
    assert after.text == "好的"
    assert after.words[0].start == pytest.approx(0.8)


async def test_what_was_in_flight_when_it_failed_does_not_close_the_new_stream():
    recognizer = Held(fails_at=[1])
    with DecodeScheduler(recognizer) as scheduler:
        streams = CallStreams(scheduler, "zh", timeout_s=5)
        utterance = streams.new()
        flying = [streams.decode([Hop(utterance, tone(900, 0.4))]) for _ in range(3)]
        recognizer.go.set()
        await asyncio.wait([decoding.future for decoding in flying])
        with pytest.raises(DecodeError):
            streams.result(flying[0])
        fresh = streams.decode([Hop(utterance, tone(1500, 0.4), True)])
        for decoding in flying[1:]:
            with pytest.raises(DecodeError):
                streams.result(decoding)
        await asyncio.wait([fresh.future])
        [heard] = streams.result(fresh)
    assert (heard.text, heard.final) == ("好的", True)
    assert heard.words[0].start == pytest.approx(1.2)
