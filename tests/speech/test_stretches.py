import numpy as np
import pytest

from speechqc.events import Role
from speechqc.speech.front_end import SpeechAudio
from speechqc.speech.stretches import Stretches

HZ = 16_000


def pieces(seconds, start=10.0, piece_s=0.16):
    """The audio of one utterance, hop by hop; every sample is its own place."""
    samples = np.arange(round(seconds * HZ), dtype=np.float32)
    step = round(piece_s * HZ)
    parts = [samples[at : at + step] for at in range(0, len(samples), step)]
    return [
        SpeechAudio(
            start=start,
            samples=part,
            first=index == 0,
            last=index == len(parts) - 1,
            speech_end=start + seconds,
        )
        for index, part in enumerate(parts)
    ]


def heard(stretches, audio):
    return [stretch for one in audio if (stretch := stretches.feed(one)) is not None]


def test_an_utterance_is_one_stretch_that_comes_when_it_ends():
    [stretch] = heard(Stretches(Role.CUSTOMER), pieces(3.0))
    assert (stretch.role, stretch.start, stretch.end) == (Role.CUSTOMER, 10.0, 13.0)
    assert np.array_equal(stretch.samples, np.arange(3 * HZ, dtype=np.float32))


def test_a_word_is_too_short_to_be_judged():
    assert heard(Stretches(Role.CUSTOMER), pieces(1.5)) == []


def test_a_monologue_comes_in_parts_without_waiting_for_its_end():
    stretches = heard(Stretches(Role.CUSTOMER), pieces(13.0))
    assert [stretch.start for stretch in stretches] == pytest.approx([10.0, 18.0])
    assert stretches[1].end == pytest.approx(23.0)
    assert np.array_equal(
        np.concatenate([s.samples for s in stretches]), np.arange(13 * HZ, dtype=np.float32)
    )


def test_utterances_are_not_mixed():
    stretches = heard(stretches_of := Stretches(Role.CUSTOMER), [*pieces(1.0), *pieces(2.5, start=20.0)])
    assert [(stretch.start, stretch.end) for stretch in stretches] == [(20.0, 22.5)]
    assert heard(stretches_of, pieces(1.0, start=30.0)) == []
