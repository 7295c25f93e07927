import pytest

from speechqc.analyzers.anger_model import LIMIT, AngerModel
from speechqc.analyzers.anger_parts import total
from tests.analyzers.talking import emotion


def points(*heard, at):
    model = AngerModel()
    for one in heard:
        model.feed(one)
    return total(model.parts(at))


def test_points_rise_from_an_even_chance():
    assert points(emotion(0.0, 4.0, 0.5), at=4.0) == 0.0
    assert points(emotion(0.0, 4.0, 0.75), at=4.0) == pytest.approx(LIMIT / 2)
    assert points(emotion(0.0, 4.0, 1.0), at=4.0) == LIMIT


def test_a_sure_model_is_heard_as_annoyed_and_not_as_angry():
    assert 35.0 < points(*[emotion(at, at + 4.0, 0.97) for at in (0.0, 5.0, 10.0)], at=14.0) < 60.0


def test_a_calm_stretch_takes_nothing_back_at_once():
    assert points(emotion(0.0, 4.0, 1.0), emotion(4.0, 8.0, 0.1), at=49.0) == pytest.approx(LIMIT / 2)


def test_its_reason_is_the_probability():
    model = AngerModel()
    model.feed(emotion(0.0, 4.0, 0.9))
    assert [(part.name, part.value) for part in model.parts(4.0)] == [("voice.model", 0.9)]
