"""One call from bytes to events: whatever the frame sizes, the same events; what is lost is announced."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speechqc.asr.bundled.recognizer import BundledRecognizer
from speechqc.audio.codecs import Encoding, encode
from speechqc.audio.format import AudioFormat
from speechqc.engine import CallEngine
from speechqc.events import CallEnded, CallKind, CallStarted, Event, Finding, Gap, Role, Utterance
from speechqc.rules.loader import builtin_pack_paths, load_packs
from speechqc.session import Advanced, CallSession
from tests.support.samples import sample, sound_of
from tests.support.tone_calls import HZ, render
from tests.support.tone_recognizer import ToneRecognizer

STARTED = CallStarted(call_id="call", kind=CallKind.SALES, product="理财")
MULAW = AudioFormat(encoding="mulaw", rate_hz=8_000, roles=(Role.AGENT, Role.CUSTOMER))
PCM16 = AudioFormat(encoding="pcm16", rate_hz=16_000, roles=(Role.AGENT, Role.CUSTOMER))
BOOK = load_packs(builtin_pack_paths())
TONES = render(
    [
        (0, HZ["您好"], 0.8),
        (0, HZ["这款产品保本保息您放心"], 1.0),
        (1, HZ["不要再打电话给我了"], 1.0),
        (0, HZ["这款产品保本保息您放心"], 0.9),
    ]
)


def session_with(recognizer, audio: AudioFormat = MULAW) -> CallSession:
    return CallSession(
        STARTED,
        audio,
        engine=CallEngine(BOOK),
        open_stream=lambda: recognizer.open(language="zh"),
        recognizer=recognizer.name,
    )


def run(payloads, recognizer, audio: AudioFormat = MULAW) -> list[Advanced]:
    session = session_with(recognizer, audio)
    advanced = [session.begin()]
    for payload in [*payloads, None]:
        for step in session.finish() if payload is None else session.push(payload):
            advanced.append(session.advance(step, recognizer.push(step.hops) if step.hops else []))
    return [*advanced, session.end("stop")]


def cut(audio: bytes, sizes: list[int]) -> list[bytes]:
    """`audio` in pieces of `sizes`, over and over; a piece may end in the middle of a sample."""
    pieces, at, turn = [], 0, 0
    while at < len(audio):
        size = sizes[turn % len(sizes)]
        pieces.append(audio[at : at + size])
        at, turn = at + size, turn + 1
    return pieces


def outputs(advanced: list[Advanced]) -> list[Event]:
    return [event for each in advanced for event in each.outputs]


WHOLE = run([TONES], ToneRecognizer())
SIZES = st.lists(st.integers(1, 5_000), min_size=1, max_size=8).filter(lambda sizes: sum(sizes) > 200)


@settings(max_examples=15, deadline=None)
@given(SIZES)
def test_frame_sizes_change_no_step_no_input_and_no_output(sizes):
    assert run(cut(TONES, sizes), ToneRecognizer()) == WHOLE


def test_the_tones_are_judged():
    findings = {event.signal for event in outputs(WHOLE) if isinstance(event, Finding)}
    assert {"guaranteed_return", "opt_out_request"} <= findings


@pytest.fixture(scope="module")
def bundled() -> BundledRecognizer:
    return BundledRecognizer()


@pytest.fixture(scope="module")
def promise() -> bytes:
    """Nine seconds of the wealth sale in which 保本保息 is said."""
    sound = sound_of(sample("wealth-sale").audio, start_s=21, end_s=29.8)
    return encode(sound, Encoding.PCM16)


@pytest.fixture(scope="module")
def promise_whole(bundled, promise) -> list[Advanced]:
    return run([promise], bundled, PCM16)


@settings(max_examples=4, deadline=None)
@given(sizes=st.lists(st.integers(100, 30_000), min_size=1, max_size=5))
def test_frame_sizes_change_nothing_with_the_bundled_recogniser(bundled, promise, promise_whole, sizes):
    found = outputs(run(cut(promise, sizes), bundled, PCM16))
    assert found == outputs(promise_whole)
    assert "guaranteed_return" in {event.signal for event in found if isinstance(event, Finding)}


def test_journalled_inputs_give_a_fresh_engine_the_same_outputs(promise_whole):
    for advanced in (WHOLE, promise_whole):
        engine = CallEngine(BOOK)
        for each in advanced:
            assert [out for event in each.inputs for out in engine.feed(event)] == list(each.outputs)


def test_a_session_taken_up_from_its_journal_goes_on_as_if_nothing_had_happened():
    recognizer = ToneRecognizer()
    half = len(TONES) // 2
    session = session_with(recognizer)
    advanced = [session.begin()]
    kept = {each.step: each.inputs for each in WHOLE}
    for step in session.push(TONES[:half]):
        recognizer.push(step.hops)  # a recogniser needs the audio again to hear the rest of an utterance
        advanced.append(session.replay(step, kept[step.index]))
    for step in [*session.push(TONES[half:]), *session.finish()]:
        advanced.append(session.advance(step, recognizer.push(step.hops) if step.hops else []))
    assert [*advanced, session.end("stop")] == WHOLE


def test_a_skipped_step_is_a_gap_with_its_reason():
    recognizer = ToneRecognizer()
    session = session_with(recognizer)
    session.begin()
    step = next(step for step in session.push(TONES) if step.hops)
    [gap] = [event for event in session.skip(step, "decode_timeout").inputs if isinstance(event, Gap)]
    assert (gap.role, gap.reason) == (Role.AGENT, "decode_timeout")
    assert gap.start < gap.end == step.at


def test_speech_without_a_recognised_word_is_a_gap():
    unknown = render([(0, 2_100, 2.0)])
    gaps = [e for each in run([unknown], ToneRecognizer()) for e in each.inputs if isinstance(e, Gap)]
    assert [(gap.role, gap.reason) for gap in gaps] == [(Role.AGENT, "no_words")]


def test_turns_count_changes_of_speaker():
    finals = [e for each in WHOLE for e in each.inputs if isinstance(e, Utterance) and e.final]
    assert [(u.role, u.turn) for u in finals] == [
        (Role.AGENT, 0),
        (Role.AGENT, 0),
        (Role.CUSTOMER, 1),
        (Role.AGENT, 2),
    ]


def test_the_last_event_says_when_and_why_the_call_ended():
    [ended] = WHOLE[-1].inputs
    assert isinstance(ended, CallEnded)
    assert (ended.at, ended.reason) == (WHOLE[-2].at, "stop")
