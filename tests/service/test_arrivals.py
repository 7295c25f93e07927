from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from speechqc.service.arrivals import KEEP_S, RESOLUTION_S, Arrivals

RATE = 16_000


def test_a_moment_arrived_with_the_frame_that_completed_it():
    arrivals = Arrivals(RATE)
    for number in range(10):
        arrivals.note(RATE // 10, 1000.0 + number)
    assert arrivals.heard_s == 1.0
    assert arrivals.at(0.05) == 1000.0
    assert arrivals.at(0.1) == 1000.0
    assert arrivals.at(0.95) == 1009.0
    assert arrivals.at(7.0) == 1009.0


def test_nothing_is_known_before_the_first_frame_or_of_what_was_long_ago():
    arrivals = Arrivals(RATE)
    assert arrivals.at(0.0) is None
    for number in range(int(3 * KEEP_S * 10)):
        arrivals.note(RATE // 10, float(number))
    assert arrivals.at(1.0) is None
    assert arrivals.at(arrivals.heard_s - KEEP_S / 2) is not None


@given(st.lists(st.integers(1, 4000), min_size=1, max_size=200))
def test_short_frames_share_entries_within_the_resolution(sizes):
    arrivals = Arrivals(RATE)
    for number, size in enumerate(sizes):
        arrivals.note(size, float(number))
    end = 0.0
    for number, size in enumerate(sizes):
        end += size / RATE
        found = arrivals.at(end)
        assert found is not None and found >= number
        late_s = (sum(sizes[: int(found) + 1]) / RATE) - end
        assert late_s <= RESOLUTION_S + max(sizes) / RATE
