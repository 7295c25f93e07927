from __future__ import annotations

from dataclasses import replace

import pytest

from speechqc.asr.decode_stats import DecodeStats
from speechqc.ingest.refusals import Refusal
from speechqc.service.admission import WINDOW, Admission, LoopLag

IDLE = DecodeStats(
    queue_delay_p50_s=None,
    queue_delay_p95_s=None,
    busy_ratio=0.0,
    batches=0,
    mean_batch=None,
    hops_pending=0,
    failed_batches=0,
    timed_out=0,
    refused=0,
)


def admission(stats: DecodeStats = IDLE, *, lag_s: float = 0.0, calls: int = 0, store_full: bool = False):
    return Admission(
        stats=lambda: stats,
        lag_s=lambda: lag_s,
        calls=lambda: calls,
        store_full=lambda: store_full,
        max_busy_ratio=0.7,
        max_queue_delay_s=0.5,
        max_loop_lag_s=0.25,
        max_calls=100,
        retry_after_s=5.0,
    )


def test_an_idle_machine_takes_calls():
    admission().check()
    admission(replace(IDLE, busy_ratio=0.7, queue_delay_p95_s=0.5), lag_s=0.25, calls=99).check()


@pytest.mark.parametrize(
    ("overloaded", "words"),
    [
        (admission(replace(IDLE, busy_ratio=0.85)), "the recogniser is busy 85% of the time, limit 70%"),
        (admission(replace(IDLE, queue_delay_p95_s=0.8)), "audio waits 0.80 s to be recognised, limit 0.5 s"),
        (admission(lag_s=0.4), "the service runs 0.40 s late, limit 0.25 s"),
        (admission(calls=100), "100 calls are held, the limit"),
        (admission(store_full=True), "the store does not answer"),
    ],
)
def test_a_refusal_names_what_was_measured_and_when_to_come_back(overloaded, words):
    with pytest.raises(Refusal) as refused:
        overloaded.check()
    assert refused.value.code == "overloaded"
    assert words in refused.value.text.en
    assert (refused.value.retry_after_s, refused.value.close_code) == (5.0, 1013)


def test_loop_lag_is_the_95th_percentile_of_the_last_seconds():
    lag = LoopLag()
    assert lag.p95_s == 0.0
    for _ in range(WINDOW):
        lag.note(0.01)
    lag.note(3.0)
    assert lag.p95_s == 0.01
    for _ in range(WINDOW):
        lag.note(0.5)
    assert lag.p95_s == 0.5
