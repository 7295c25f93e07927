import pytest

from speechqc.analyzers.decay import Fading


def test_points_halve_with_every_half_life():
    fading = Fading(half_life_s=45.0)
    fading.add(40.0, 10.0)
    assert [fading.at(at) for at in (10.0, 55.0, 100.0)] == [40.0, 20.0, 10.0]


def test_reading_changes_nothing():
    fading = Fading(half_life_s=45.0)
    fading.add(40.0, 10.0)
    fading.at(1000.0)
    assert fading.at(10.0) == 40.0


def test_order_of_late_and_early_impulses_does_not_matter():
    one, other = Fading(half_life_s=45.0), Fading(half_life_s=45.0)
    for fading, order in ((one, (3.0, 8.0)), (other, (8.0, 3.0))):
        for at in order:
            fading.add(10.0, at)
    assert one.at(20.0) == pytest.approx(other.at(20.0))


def test_set_replaces_what_was_left():
    fading = Fading(half_life_s=45.0)
    fading.add(40.0, 0.0)
    fading.set(10.0, 5.0)
    assert fading.at(5.0) == 10.0
