"""Recordings, transcripts and live audio are judged alike."""

from __future__ import annotations

import pytest

from speechqc.analysis.recording import judge_recording
from speechqc.analysis.transcript import judge_events, judge_transcript
from speechqc.asr.bundled.recognizer import BundledRecognizer
from speechqc.events import CallClock, CallKind, CallStarted
from speechqc.judgement import Judgement
from speechqc.rules.loader import builtin_pack_paths, load_packs
from speechqc.samples import sample_calls

BOOK = load_packs(builtin_pack_paths())
SAMPLES = {each.script.id: each for each in sample_calls()}


@pytest.fixture(scope="module")
def recognizer():
    return BundledRecognizer()


@pytest.mark.parametrize("name", SAMPLES)
def test_what_was_planned_is_found_in_text(name):
    script = SAMPLES[name].script
    found = {finding.signal for finding in judge_transcript(script, BOOK).findings}
    assert set(script.expected) - {"customer_anger", "excessive_contact"} <= found  # voice and ledger


@pytest.mark.parametrize("name", ["rude-service", "collection-threat"])
def test_what_was_planned_is_heard(recognizer, name):
    heard: list[float] = []
    script = SAMPLES[name].script
    judgement = judge_recording(
        SAMPLES[name].audio,
        BOOK,
        recognizer,
        started=script.started(),
        min_confidence=recognizer.min_confidence,
        progress=heard.append,
    )
    assert set(script.expected) <= {finding.signal for finding in judgement.findings}
    assert judgement.understood
    assert judgement.ended is not None
    assert judgement.ended.reason == "end_of_recording"
    assert heard == sorted(heard)
    assert heard[-1] <= judgement.duration_s


def test_a_call_without_a_beginning_is_refused():
    with pytest.raises(ValueError, match="a call begins with CallStarted, not CallClock"):
        judge_events([CallClock(call_id="call", at=1.0)], BOOK)
    with pytest.raises(ValueError, match="no events"):
        judge_events([], BOOK)


def test_an_empty_judgement_is_sane():
    empty = Judgement(CallStarted(call_id="call", kind=CallKind.SALES))
    assert (empty.findings, empty.alerts, empty.metrics) == ([], [], None)
    assert (empty.duration_s, empty.speech_s, empty.understood) == (0.0, 0.0, True)
