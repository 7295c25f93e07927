"""A recogniser in its own process says what it says in this one, and its end is an error, not a hang."""

import os
import signal
from functools import partial
from itertools import islice

import numpy as np
import pytest

from speechqc.asr.bundled.recognizer import BundledRecognizer
from speechqc.asr.process import RecognizerProcess
from speechqc.asr.recognizer import Hop
from speechqc.audio.recording import open_recording
from speechqc.errors import ModelError
from speechqc.samples import sample_calls


@pytest.fixture(scope="module")
def child():
    recognizer = RecognizerProcess(BundledRecognizer)
    yield recognizer
    recognizer.stop()


def heard(recognizer, samples):
    stream = recognizer.open(language="zh")
    pieces = np.array_split(samples, 20)
    out = []
    for index, piece in enumerate(pieces):
        for one in recognizer.push([Hop(stream, piece, index == len(pieces) - 1)]):
            assert one.stream == stream
            out.append((one.text, one.words, one.final))
    return out


def test_words_are_those_of_the_recogniser_itself(child):
    sample = next(s for s in sample_calls() if s.script.id == "wealth-sale")
    blocks = islice(open_recording(sample.audio).blocks(), 8)
    samples = np.concatenate([agent for agent, _ in blocks])
    assert heard(child, samples) == heard(BundledRecognizer(), samples)
    assert (child.name, child.streaming, child.min_confidence) == (
        "bundled",
        True,
        BundledRecognizer.min_confidence,
    )


def test_a_language_it_does_not_know_is_refused(child):
    with pytest.raises(ModelError, match="Mandarin only"):
        child.open(language="en")


def test_a_model_that_is_missing_is_said_at_once(tmp_path):
    with pytest.raises(ModelError):
        RecognizerProcess(partial(BundledRecognizer, tmp_path))


def test_a_killed_child_fails_one_batch_and_is_replaced():
    recognizer = RecognizerProcess(BundledRecognizer)
    os.kill(recognizer._child.pid, signal.SIGKILL)
    with pytest.raises(ModelError, match="ended with code"):
        recognizer.open(language="zh")
    recognizer.push([])
    [silence] = recognizer.push([Hop(recognizer.open(language="zh"), np.zeros(1600, np.float32), True)])
    assert silence.final
    recognizer.stop()
