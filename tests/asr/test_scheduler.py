"""The scheduler: batches over streams, order inside a stream, fairness, failures that stay local."""

import asyncio
import threading
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from speechqc.asr.bundled.recognizer import BundledRecognizer
from speechqc.asr.decode_jobs import DecodeError, DecodeTimeoutError
from speechqc.asr.models import bundled_folder
from speechqc.asr.recognizer import SAMPLE_RATE, Hop, Hypothesis
from speechqc.asr.scheduler import DecodeScheduler
from speechqc.audio.recording import open_recording
from speechqc.errors import ConfigurationError, ModelError, OverloadError

SAMPLE = Path(__file__).parents[2] / "streams" / "audio" / "clean-sale.flac"
WAIT_S = 20.0
"""Only a hanging test ever waits this long."""


def hop(stream, value=0.0, *, last=False):
    return Hop(stream, np.full(160, value, np.float32), last)


@dataclass
class Listener:
    """Says the first sample of every hop it heard; holds still while `gate` is closed."""

    name: str = "listener"
    streaming: bool = True
    gate: threading.Event = field(default_factory=threading.Event)
    entered: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    batches: list = field(default_factory=list)
    closed: list = field(default_factory=list)
    heard: dict = field(default_factory=dict)

    def __post_init__(self):
        self.gate.set()

    def open(self, *, language):
        if language not in ("zh", "en"):
            raise ModelError(f"{language} is not covered")
        number = 1000 + len(self.heard)
        self.heard[number] = []
        return number

    def push(self, hops):
        self.entered.release()
        assert self.gate.wait(WAIT_S)
        streams = [one.stream for one in hops]
        assert len(set(streams)) == len(streams), "two hops of one stream in one batch"
        self.batches.append(hops)
        found = []
        for one in hops:
            said = self.heard[one.stream]
            said.append(str(int(one.samples[0])))
            if one.samples[0] < 0:
                raise RuntimeError("this hop cannot be decoded")
            found.append(Hypothesis(one.stream, (), "".join(said), one.last))
        return found

    def close(self, stream):
        self.closed.append(stream)

    def order(self):
        """What was decoded, batch by batch."""
        return [[int(one.samples[0]) for one in batch] for batch in self.batches]


@pytest.fixture
def listener():
    return Listener()


@pytest.fixture
def busy(listener):
    """Holds the only worker inside a decode, so that whatever follows has to queue."""

    def hold(scheduler):
        listener.gate.clear()
        stream = scheduler.open("zh")
        first = scheduler.submit([hop(stream)], deadline=0.0)
        assert listener.entered.acquire(timeout=WAIT_S)
        return first

    yield hold
    listener.gate.set()


def texts(future):
    return [found.text for found in future.result(WAIT_S)]


def test_hypotheses_carry_the_number_the_stream_was_opened_with(listener):
    with DecodeScheduler(listener) as scheduler:
        first, second = scheduler.open("zh"), scheduler.open("en")
        found = scheduler.submit([hop(first, 1), hop(second, 2)], deadline=1.0).result(WAIT_S)

    assert [(one.stream, one.text) for one in found] == [(first, "1"), (second, "2")]


def test_pending_hops_of_all_streams_go_into_one_batch(listener, busy):
    with DecodeScheduler(listener) as scheduler:
        busy(scheduler)
        streams = [scheduler.open("zh") for _ in range(5)]
        jobs = [scheduler.submit([hop(stream, n + 1)], deadline=1.0) for n, stream in enumerate(streams)]
        listener.gate.set()
        assert [texts(job) for job in jobs] == [["1"], ["2"], ["3"], ["4"], ["5"]]

    assert listener.order() == [[0], [1, 2, 3, 4, 5]]


def test_hops_of_one_stream_keep_their_order_one_a_batch(listener, busy):
    with DecodeScheduler(listener) as scheduler:
        busy(scheduler)
        stream, other = scheduler.open("zh"), scheduler.open("zh")
        backlog = scheduler.submit([hop(stream, n) for n in (1, 2, 3)], deadline=1.0)
        single = scheduler.submit([hop(other, 9)], deadline=2.0)
        listener.gate.set()
        assert texts(backlog) == ["1", "12", "123"]
        assert texts(single) == ["9"]

    assert listener.order() == [[0], [1, 9], [2], [3]]


def test_when_not_all_fit_the_earliest_deadline_goes_first(listener, busy):
    with DecodeScheduler(listener, max_batch=2) as scheduler:
        busy(scheduler)
        jobs = [
            scheduler.submit([hop(scheduler.open("zh"), deadline)], deadline=deadline)
            for deadline in (5, 2, 4, 1, 3)
        ]
        listener.gate.set()
        for job in jobs:
            job.result(WAIT_S)

    assert listener.order() == [[0], [1, 2], [3, 4], [5]]


def test_when_not_all_fit_streams_that_ended_go_before_those_still_speaking(listener, busy):
    with DecodeScheduler(listener, max_batch=1) as scheduler:
        busy(scheduler)
        speaking, ended = scheduler.open("zh"), scheduler.open("zh")
        jobs = [
            scheduler.submit([hop(speaking, 7)], deadline=1.0),
            scheduler.submit([hop(ended, 1), hop(ended, 2, last=True)], deadline=9.0),
        ]
        listener.gate.set()
        for job in jobs:
            job.result(WAIT_S)

    assert listener.order() == [[0], [1], [2], [7]]


def test_the_last_hop_ends_the_stream(listener):
    with DecodeScheduler(listener) as scheduler:
        stream = scheduler.open("zh")
        [final] = scheduler.submit([hop(stream, 1, last=True)], deadline=1.0).result(WAIT_S)
        assert final.final
        with pytest.raises(DecodeError, match=f"stream {stream} is not open"):
            scheduler.submit([hop(stream, 2)], deadline=1.0)

    assert listener.closed == []


def test_a_decode_that_raises_fails_its_own_futures_and_closes_their_streams(listener):
    with DecodeScheduler(listener) as scheduler:
        broken, sound = scheduler.open("zh"), scheduler.open("zh")
        failed = scheduler.submit([hop(broken, -1)], deadline=1.0)
        with pytest.raises(DecodeError, match="listener failed: this hop cannot be decoded"):
            failed.result(WAIT_S)
        with pytest.raises(DecodeError, match="not open"):
            scheduler.submit([hop(broken, 2)], deadline=1.0)
        assert texts(scheduler.submit([hop(sound, 3)], deadline=1.0)) == ["3"]
        assert scheduler.stats().failed_batches == 1

    assert 1000 in listener.closed


def test_hops_behind_a_failed_one_fail_with_it(listener, busy):
    with DecodeScheduler(listener, max_batch=1) as scheduler:
        busy(scheduler)
        stream = scheduler.open("zh")
        first = scheduler.submit([hop(stream, -1)], deadline=1.0)
        second = scheduler.submit([hop(stream, 2, last=True)], deadline=2.0)
        listener.gate.set()
        for job in (first, second):
            with pytest.raises(DecodeError, match="cannot be decoded"):
                job.result(WAIT_S)


def test_a_full_queue_refuses_new_hops_but_never_the_last_of_a_stream(listener, busy):
    with DecodeScheduler(listener, max_pending=1) as scheduler:
        busy(scheduler)
        stream, other = scheduler.open("zh"), scheduler.open("zh")
        scheduler.submit([hop(stream, 1)], deadline=1.0)
        with pytest.raises(OverloadError, match="1 hops wait to be decoded, the limit is 1"):
            scheduler.submit([hop(other, 2)], deadline=1.0)
        final = scheduler.submit([hop(other, 3, last=True)], deadline=1.0)
        assert scheduler.stats().refused == 1
        listener.gate.set()
        assert texts(final) == ["3"]


def test_a_hop_that_is_not_decoded_in_time_fails_and_its_stream_is_closed(listener, busy):
    times = [0.0]
    with DecodeScheduler(listener, clock=lambda: times[-1]) as scheduler:
        holding = busy(scheduler)
        stream = scheduler.open("zh")
        late = scheduler.submit([hop(stream, 1)], deadline=0.0, timeout_s=0.01)
        behind = scheduler.submit([hop(stream, 2)], deadline=0.0)
        times.append(0.02)
        for job in (late, behind):
            with pytest.raises(DecodeTimeoutError, match="within its time limit"):
                job.result(WAIT_S)
        assert scheduler.stats().timed_out == 1
        listener.gate.set()
        assert texts(holding) == ["0"]

    assert listener.order() == [[0]]


def test_a_hop_that_times_out_inside_the_decoder_closes_its_stream_too(listener):
    listener.gate.clear()
    with DecodeScheduler(listener) as scheduler:
        stream = scheduler.open("zh")
        stuck = scheduler.submit([hop(stream, 1)], deadline=0.0, timeout_s=0.001)
        with pytest.raises(DecodeTimeoutError):
            stuck.result(WAIT_S)
        with pytest.raises(DecodeError, match="not open"):
            scheduler.submit([hop(stream, 2)], deadline=0.0)
        listener.gate.set()

    assert listener.closed == [1000]


def test_a_time_limit_that_is_kept_changes_nothing(listener):
    with DecodeScheduler(listener) as scheduler:
        stream = scheduler.open("zh")
        assert texts(scheduler.submit([hop(stream, 1)], deadline=0.0, timeout_s=WAIT_S)) == ["1"]
        assert scheduler.stats().timed_out == 0


def test_closing_a_stream_drops_what_waits_and_answers_with_what_there_is(listener, busy):
    with DecodeScheduler(listener) as scheduler:
        busy(scheduler)
        stream = scheduler.open("zh")
        waiting = scheduler.submit([hop(stream, 1)], deadline=1.0)
        scheduler.close(stream)
        assert waiting.result(WAIT_S) == []
        listener.gate.set()

    assert listener.order() == [[0]]


def test_a_language_that_is_not_covered_is_refused_at_open(listener):
    with DecodeScheduler(listener) as scheduler, pytest.raises(ModelError, match="fr is not covered"):
        scheduler.open("fr")


def test_stop_decodes_what_waits(listener, busy):
    scheduler = DecodeScheduler(listener)
    busy(scheduler)
    stream = scheduler.open("zh")
    job = scheduler.submit([hop(stream, 1), hop(stream, 2, last=True)], deadline=1.0)
    listener.gate.set()
    scheduler.stop()

    assert texts(job) == ["1", "12"]
    with pytest.raises(OverloadError, match="stopping"):
        scheduler.submit([hop(scheduler.open("zh"))], deadline=1.0)


def test_stop_gives_up_on_a_decoder_that_hangs(listener, busy):
    scheduler = DecodeScheduler(listener)
    holding = busy(scheduler)
    waiting = scheduler.submit([hop(scheduler.open("zh"), 1)], deadline=1.0)
    scheduler.stop(timeout_s=0.001)

    for job in (holding, waiting):
        with pytest.raises(DecodeError, match="stopped before this audio was decoded"):
            job.result(WAIT_S)


def test_an_empty_submission_is_answered_at_once(listener):
    with DecodeScheduler(listener) as scheduler:
        assert scheduler.submit([], deadline=1.0).result(0) == []


def test_samples_of_another_type_are_refused(listener):
    with DecodeScheduler(listener) as scheduler:
        stream = scheduler.open("zh")
        with pytest.raises(ValueError, match="must be float32 mono, got int16"):
            scheduler.submit([Hop(stream, np.zeros(160, np.int16))], deadline=1.0)


def test_batches_begin_an_interval_apart_so_that_hops_gather(listener):
    sleeping, waking = threading.Event(), threading.Event()
    slept = []

    def sleep(seconds):
        slept.append(seconds)
        sleeping.set()
        assert waking.wait(WAIT_S)

    with DecodeScheduler(listener, interval_s=0.02, clock=lambda: 5.0, sleep=sleep) as scheduler:
        streams = [scheduler.open("zh") for _ in range(3)]
        assert texts(scheduler.submit([hop(streams[0], 1)], deadline=1.0)) == ["1"]
        jobs = [scheduler.submit([hop(streams[1], 2)], deadline=1.0)]
        assert sleeping.wait(WAIT_S)
        jobs += [scheduler.submit([hop(stream, 3)], deadline=1.0) for stream in (streams[0], streams[2])]
        waking.set()
        assert [texts(job) for job in jobs] == [["2"], ["13"], ["3"]]

    assert listener.order()[1:] == [[2, 3, 3]]
    assert slept[0] == pytest.approx(0.02)


async def test_an_event_loop_awaits_hypotheses(listener):
    with DecodeScheduler(listener) as scheduler:
        streams = [scheduler.open("zh") for _ in range(20)]
        answers = await asyncio.gather(
            *(scheduler.decode([hop(stream, n)], deadline=1.0) for n, stream in enumerate(streams))
        )

    assert [found[0].text for found in answers] == [str(n) for n in range(20)]


async def test_an_event_loop_sees_the_failure(listener):
    with DecodeScheduler(listener) as scheduler, pytest.raises(DecodeError, match="cannot be decoded"):
        await scheduler.decode([hop(scheduler.open("zh"), -1)], deadline=1.0)


async def test_a_caller_that_stopped_waiting_disturbs_nobody(listener, busy):
    with DecodeScheduler(listener) as scheduler:
        busy(scheduler)
        stream = scheduler.open("zh")
        gone = scheduler.decode([hop(stream, 1)], deadline=1.0)
        gone.cancel()
        kept = scheduler.decode([hop(stream, 2, last=True)], deadline=1.0)
        listener.gate.set()
        [final] = await kept

    assert final.text == "12"


class Collector(Listener):
    """Parallel: stores hops, decodes at the last one."""

    parallel = True

    def __init__(self):
        super().__init__(streaming=False)

    def will_decode(self, one):
        return one.last

    def push(self, hops):
        [one] = hops
        if one.last:
            self.entered.release()
            assert self.gate.wait(WAIT_S)
        self.heard[one.stream].append(str(int(one.samples[0])))
        return [Hypothesis(one.stream, (), "".join(self.heard[one.stream]), True)] if one.last else []


def test_hops_that_are_only_stored_need_no_worker():
    collector = Collector()
    collector.gate.clear()
    with DecodeScheduler(collector) as scheduler:
        held = scheduler.submit([hop(scheduler.open("zh"), 1, last=True)], deadline=1.0)
        assert collector.entered.acquire(timeout=WAIT_S)
        stream = scheduler.open("zh")
        assert scheduler.submit([hop(stream, 2)], deadline=1.0).result(0) == []
        collector.gate.set()
        assert texts(scheduler.submit([hop(stream, 3, last=True)], deadline=1.0)) == ["23"]
        assert texts(held) == ["1"]


def test_workers_of_a_parallel_recogniser_decode_at_the_same_time():
    collector = Collector()
    collector.gate.clear()
    with DecodeScheduler(collector, workers=2) as scheduler:
        jobs = [scheduler.submit([hop(scheduler.open("zh"), n, last=True)], deadline=1.0) for n in (1, 2)]
        for _ in jobs:
            assert collector.entered.acquire(timeout=WAIT_S), "both must be inside the decoder at once"
        collector.gate.set()
        assert [texts(job) for job in jobs] == [["1"], ["2"]]


def test_several_workers_need_a_recogniser_that_is_parallel(listener):
    with pytest.raises(ConfigurationError, match="listener is used by one thread, 2 workers were asked for"):
        DecodeScheduler(listener, workers=2)


@pytest.mark.parametrize("setting", [{"workers": 0}, {"max_batch": 0}, {"max_pending": 0}])
def test_settings_are_range_checked(listener, setting):
    [name] = setting
    with pytest.raises(ConfigurationError, match=f"{name} is 0, expected 1 to"):
        DecodeScheduler(listener, **setting)


@pytest.mark.skipif(
    not (bundled_folder() / "network.onnx").is_file() or not SAMPLE.is_file(),
    reason="the bundled model or the sample calls are not built",
)
def test_the_bundled_recogniser_says_the_same_through_the_scheduler_as_alone():
    call = np.concatenate(list(open_recording(SAMPLE).blocks()), axis=1)
    speech = np.ascontiguousarray(call[:, : 24 * SAMPLE_RATE]).reshape(4, 12, SAMPLE_RATE)
    recognizer = BundledRecognizer()
    alone = []
    for utterance in speech:
        stream = recognizer.open(language="zh")
        pushed = [recognizer.push([Hop(stream, part, n == 11)]) for n, part in enumerate(utterance)]
        alone.append(pushed[-1][-1].text)

    with DecodeScheduler(recognizer) as scheduler:
        streams = [scheduler.open("zh") for _ in speech]
        jobs = [
            scheduler.submit([Hop(stream, part, n == 11) for n, part in enumerate(utterance)], deadline=1.0)
            for stream, utterance in zip(streams, speech, strict=True)
        ]
        together = [job.result(WAIT_S)[-1] for job in jobs]

    assert all(alone), "the sample says something in each stretch"
    assert [(one.stream, one.final, one.text) for one in together] == [
        (stream, True, text) for stream, text in zip(streams, alone, strict=True)
    ]


def test_many_threads_may_submit_at_once(listener):
    answers = {}

    def call(number):
        stream = scheduler.open("zh")
        for n in range(20):
            found = scheduler.submit([hop(stream, n % 10, last=n == 19)], deadline=float(n)).result(WAIT_S)
        answers[number] = found[0].text

    with DecodeScheduler(listener, max_batch=4) as scheduler:
        threads = [threading.Thread(target=call, args=(number,)) for number in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(WAIT_S)

    assert answers == dict.fromkeys(range(12), "01234567890123456789")
