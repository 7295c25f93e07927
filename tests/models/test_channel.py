"""What a telephone line does to a voice."""

import numpy as np
import pytest

from models.channel import CLEAN, TELEPHONE, TRAINING, Telephone

RATE = 22_050


def tone(hz: float, seconds: float = 1.0) -> np.ndarray:
    return (0.5 * np.sin(2 * np.pi * hz * np.arange(int(RATE * seconds)) / RATE)).astype(np.float32)


def level_db(samples: np.ndarray) -> float:
    return float(20 * np.log10(np.sqrt(np.mean(np.square(samples))) + 1e-9))


@pytest.mark.parametrize("line", [CLEAN, TELEPHONE, TRAINING])
def test_speech_arrives_at_16_khz_with_silence_around_it(line):
    heard = Telephone(1).send(tone(440), RATE, line)
    longest = 16_000 * (line.speed[1] + line.lead_s[1] + line.tail_s[1]) + 10
    assert heard.dtype == np.float32
    assert 16_000 * line.speed[0] < len(heard) <= longest
    assert np.abs(heard).max() <= 1.1


def test_a_telephone_does_not_pass_what_lies_above_its_band():
    inside = Telephone(2).send(tone(1000), RATE, CLEAN)
    outside = Telephone(2).send(tone(6000), RATE, CLEAN)
    assert level_db(inside) - level_db(outside) > 30


def test_the_same_seed_gives_the_same_line():
    one, other = (Telephone(3).send(tone(300), RATE, TELEPHONE) for _ in range(2))
    np.testing.assert_array_equal(one, other)


def test_a_line_nobody_speaks_on_is_quiet():
    assert len(Telephone(4).send_noise(2.0, TRAINING)) == 32_000
