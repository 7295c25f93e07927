import pytest

from speechqc.analyzers.anger_parts import total
from speechqc.analyzers.anger_rate import LIMIT, AngerRate
from tests.analyzers.talking import CUSTOMER, says


def points(*utterances, language="zh", at=None):
    rate = AngerRate(language)
    for heard in utterances:
        rate.feed(heard)
    return total(rate.parts(utterances[-1].end if at is None else at))


def speech(start, rate, seconds=4.0, character="说"):
    return says(CUSTOMER, start, start + seconds, character * round(rate * seconds))


def at_rate(rate, *starts):
    return [speech(float(start), rate) for start in starts]


CALM = at_rate(4.0, 0, 5, 10, 15)


def test_usual_speed_gives_no_points():
    assert points(*CALM, *at_rate(4.0, 70, 75)) == 0.0


def test_hurried_speech_after_a_calm_minute_gives_points():
    assert 0.5 * LIMIT < points(*CALM, *at_rate(7.0, 70, 75)) <= LIMIT


def test_slow_speech_gives_none():
    assert points(*CALM, *at_rate(2.0, 70, 75)) == 0.0


def test_a_fast_speaker_is_calm_once_known():
    fast = at_rate(6.0, 0, 5, 10, 15, 20)
    assert points(*fast, *at_rate(6.0, 300, 305), at=309.0) < 0.1


def test_points_fade():
    hurried = [*CALM, *at_rate(7.0, 70, 75)]
    assert points(*hurried, at=79.0 + 45.0) == pytest.approx(points(*hurried) / 2)


@pytest.mark.parametrize("text", ["对对对", "一三八零零一三八零零零一三八零零一三八零零零"])
def test_short_answers_and_numbers_say_nothing(text):
    assert points(*CALM, says(CUSTOMER, 70.0, 71.2, text), says(CUSTOMER, 73.0, 74.2, text)) == 0.0


def test_english_is_counted_in_words():
    def english(start, words):
        return says(CUSTOMER, start, start + 4.0, "money " * words)

    calm = [english(float(at), 10) for at in (0, 5, 10, 15)]
    assert points(*calm, english(70.0, 10), language="en") == 0.0
    assert points(*calm, english(70.0, 20), english(75.0, 20), language="en") > 0.0
