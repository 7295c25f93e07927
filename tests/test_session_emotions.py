"""What a classifier of voices says comes into the call at a fixed place, however the audio was cut."""

from __future__ import annotations

import pytest

from speechqc.audio.format import AudioFormat
from speechqc.engine import CallEngine
from speechqc.events import CallKind, CallStarted, Metrics, Role, VoiceEmotion
from speechqc.rules.loader import builtin_pack_paths, load_packs
from speechqc.session import EMOTION_STEPS, CallSession
from tests.support.tone_calls import HZ, render
from tests.support.tone_recognizer import ToneRecognizer

STARTED = CallStarted(call_id="call", kind=CallKind.SERVICE)
BOOK = load_packs(builtin_pack_paths())
AUDIO = render(
    [
        (0, HZ["您好"], 3.0),
        (1, HZ["好的"], 3.0),
        (1, HZ["好的"], 0.8),
        (0, HZ["您好"], 3.0),
        (1, HZ["好的"], 2.4),
    ]
)


def session(roles=(Role.AGENT, Role.CUSTOMER), *, emotions=True):
    recognizer = ToneRecognizer()
    return recognizer, CallSession(
        STARTED,
        AudioFormat(encoding="mulaw", rate_hz=8_000, roles=roles),
        engine=CallEngine(BOOK),
        open_stream=lambda: recognizer.open(language="zh"),
        recognizer=recognizer.name,
        emotions=emotions,
    )


def steps_of(session, size=640):
    pieces = [AUDIO[at : at + size] for at in range(0, len(AUDIO), size)]
    return [*(step for piece in pieces for step in session.push(piece)), *session.finish()]


def felt(step):
    return [
        VoiceEmotion(call_id="call", role=s.role, start=s.start, end=s.end, anger=0.98, model="m")
        for s in step.due
    ]


def test_only_the_customers_speech_of_two_seconds_and_more_is_collected():
    stretches = [stretch for step in steps_of(session()[1]) for stretch in step.stretches]
    assert [stretch.role for stretch in stretches] == [Role.CUSTOMER] * 2
    assert [stretch.start for stretch in stretches] == pytest.approx([4.6, 13.8], abs=0.4)


def test_a_stretch_counts_a_fixed_number_of_steps_after_it_was_heard():
    steps = steps_of(session()[1])
    [heard, last] = [step.index for step in steps if step.stretches]
    [due, end] = [step.index for step in steps if step.due]
    assert due == heard + EMOTION_STEPS
    assert last < end == steps[-1].index  # what is still open when the call ends counts then


@pytest.mark.parametrize("size", [2, 333, 640, 16_000, 10**6])
def test_the_size_of_frames_changes_nothing(size):
    def told(steps):
        return [(step.index, s.start, s.end, float(s.samples.sum())) for step in steps for s in step.due]

    assert told(steps_of(session()[1], size)) == told(steps_of(session()[1]))


def test_it_becomes_a_part_of_the_customers_anger():
    recognizer, heard = session()
    advanced = [heard.begin()]
    for step in steps_of(heard):
        advanced.append(heard.advance(step, recognizer.push(step.hops) if step.hops else [], felt(step)))
    anger = [event.anger for each in advanced for event in each.outputs if isinstance(event, Metrics)]
    assert 35.0 < max(anger) < 60.0
    assert sum(isinstance(event, VoiceEmotion) for each in advanced for event in each.inputs) == 2


def test_it_is_not_lost_with_words_that_are_lost():
    _, heard = session()
    heard.begin()
    skipped = [heard.skip(step, "timeout", felt(step)) for step in steps_of(heard)]
    assert sum(isinstance(event, VoiceEmotion) for each in skipped for event in each.inputs) == 2


@pytest.mark.parametrize("options", [{"emotions": False}, {"roles": (Role.AGENT, Role.UNKNOWN)}])
def test_without_a_classifier_or_a_customer_nothing_is_collected(options):
    assert not any(step.stretches or step.due for step in steps_of(session(**options)[1]))
