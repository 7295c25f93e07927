"""Busy ratio and queue delays over the last ten seconds, on times that the test makes up."""

import pytest

from speechqc.asr.decode_stats import DecodeMeter


def test_before_the_first_batch_nothing_is_known():
    stats = DecodeMeter(workers=1, started=0.0).read(5.0, pending=3)

    assert (stats.queue_delay_p50_s, stats.queue_delay_p95_s, stats.mean_batch) == (None, None, None)
    assert (stats.busy_ratio, stats.batches, stats.hops_pending) == (0.0, 0, 3)


def test_delays_and_batches_of_the_window():
    meter = DecodeMeter(workers=1, started=0.0)
    meter.begin(0, 2.0)
    meter.end(0, 3.0, [0.1, 0.3])
    meter.begin(0, 4.0)
    meter.end(0, 5.0, [0.2])
    stats = meter.read(8.0, pending=0)

    assert stats.queue_delay_p50_s == pytest.approx(0.2)
    assert stats.queue_delay_p95_s == pytest.approx(0.29)
    assert stats.busy_ratio == pytest.approx(2 / 8)
    assert (stats.batches, stats.mean_batch) == (2, 1.5)


def test_busy_counts_all_workers_and_the_batch_in_progress():
    meter = DecodeMeter(workers=2, started=0.0)
    meter.begin(0, 10.0)
    meter.end(0, 20.0, [0.0])
    meter.begin(1, 15.0)

    assert meter.read(20.0, pending=0).busy_ratio == pytest.approx(0.75)


def test_a_batch_older_than_ten_seconds_is_forgotten_and_an_older_begin_is_cut():
    meter = DecodeMeter(workers=1, started=0.0)
    meter.begin(0, 1.0)
    meter.end(0, 2.0, [5.0])
    meter.begin(0, 8.0)
    meter.end(0, 14.0, [0.5])
    stats = meter.read(22.0, pending=0)

    assert stats.queue_delay_p95_s == 0.5
    assert stats.busy_ratio == pytest.approx(0.2)
    assert stats.batches == 1
