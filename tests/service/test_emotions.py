"""The classifier of voices beside the live calls: asked in its own thread, skipped when it is too slow."""

from __future__ import annotations

import asyncio
import threading

import pytest
from prometheus_client import CollectorRegistry, Counter

from speechqc.events import Role
from speechqc.service.emotions import MAX_WAITING, EmotionListener
from speechqc.speech.emotion import EmotionClassifier
from speechqc.speech.stretches import VoiceStretch
from tests.speech import tiny_emotion_model as tiny
from tests.speech.voices import syllables


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "voices"
    tiny.write_model(folder)
    return folder


@pytest.fixture
def skipped():
    return Counter("skipped", "", registry=CollectorRegistry())


def stretch(seconds=2.0, start=0.0):
    return VoiceStretch(Role.CUSTOMER, start, syllables(seconds))


def count(counter):
    return counter.collect()[0].samples[0].value


async def test_it_says_what_the_classifier_says(folder, skipped):
    classifier = EmotionClassifier(folder)
    listener = EmotionListener(classifier, skipped=skipped)
    one = stretch(3.0, start=7.0)
    assert await listener.submit("call", one) == classifier.hear("call", one)
    assert count(skipped) == 0
    listener.stop()


async def test_more_than_it_can_hear_in_time_is_skipped_and_counted(folder, skipped):
    class Held(EmotionClassifier):
        go = threading.Event()

        def anger(self, samples):
            self.go.wait(10)
            return super().anger(samples)

    listener = EmotionListener(Held(folder), skipped=skipped)
    futures = [listener.submit("call", stretch()) for _ in range(MAX_WAITING + 2)]
    assert [future.done() for future in futures] == [False] * MAX_WAITING + [True] * 2
    Held.go.set()
    heard = await asyncio.gather(*futures)
    assert [emotion is None for emotion in heard] == [False] * MAX_WAITING + [True] * 2
    assert count(skipped) == 2
    assert await listener.submit("call", stretch()) is not None
    listener.stop()


async def test_a_stretch_it_cannot_judge_ends_no_call(folder, skipped):
    listener = EmotionListener(EmotionClassifier(folder), skipped=skipped)
    too_short = VoiceStretch(Role.CUSTOMER, 0.0, syllables(0.2)[:20])
    assert await listener.submit("call", too_short) is None
    assert count(skipped) == 1
    listener.stop()
