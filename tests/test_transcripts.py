"""Transcript files: what is accepted, what is refused and how the refusal reads."""

import contextlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechqc.errors import TranscriptError
from speechqc.events import CallEnded, CallKind, CallStarted, Role, Utterance
from speechqc.transcripts import read_transcript

CALL = """
id: call-1
kind: complaint
direction: inbound
product: 信用卡
turns:
  - {role: agent, start: 0.0, end: 2.0, text: 您好}
  - {role: customer, start: 2.5, end: 4.0, text: 我要投诉}
labels: [{id: complaint_intent, turn: 1}]
"""


def write(folder: Path, text: str, name: str = "call.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_yaml_and_json_say_the_same(tmp_path):
    from_yaml = read_transcript(write(tmp_path, CALL))
    plain = {
        "id": "call-1", "kind": "complaint", "direction": "inbound", "product": "信用卡",
        "turns": [
            {"role": "agent", "start": 0.0, "end": 2.0, "text": "您好"},
            {"role": "customer", "start": 2.5, "end": 4.0, "text": "我要投诉"},
        ],
        "labels": [{"id": "complaint_intent", "turn": 1}],
    }  # fmt: skip
    assert read_transcript(write(tmp_path, json.dumps(plain), "call.json")) == from_yaml


def test_events_begin_with_the_call_and_end_with_its_end(tmp_path):
    events = list(read_transcript(write(tmp_path, CALL)).events())

    assert isinstance(events[0], CallStarted)
    assert events[0].kind is CallKind.COMPLAINT
    assert [(u.role, u.turn, u.start, u.end) for u in events if isinstance(u, Utterance)] == [
        (Role.AGENT, 0, 0.0, 2.0),
        (Role.CUSTOMER, 1, 2.5, 4.0),
    ]
    assert isinstance(events[-1], CallEnded)


def test_missing_times_are_estimated_from_the_length_of_the_text(tmp_path):
    text = "turns: [{role: agent, text: 一二三四五六七八}, {role: customer, text: 好的}]"
    transcript = read_transcript(write(tmp_path, text))
    first, second = [event for event in transcript.events() if isinstance(event, Utterance)]

    assert (first.start, first.end) == (0.0, 2.0)
    assert second.start > first.end
    assert transcript.id == "call"


def test_unknown_speaker_means_roles_are_unknown(tmp_path):
    transcript = read_transcript(write(tmp_path, "turns: [{role: unknown, text: 您好}]"))
    assert transcript.started().roles_known is False


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("turns: []", "the call has no turns"),
        ("turns: [{role: boss, text: 您好}]", "boss"),
        ("turns: [{role: agent}]", "missing required field `text`"),
        (
            "turns: [{role: agent, text: 您好, start: 3, end: 1}]",
            "turn 0 ends at 1.0 s, before its start 3.0 s",
        ),
        ("turns: [{role: agent, text: 您好, mood: bad}]", "unknown field `mood`"),
        ("turns: [", "call.yaml:"),
        ("kind: chat\nturns: [{role: agent, text: 您好}]", "chat"),
        ("just words", "Expected `object`"),
    ],
)
def test_a_broken_file_is_refused_with_the_place(tmp_path, text, message):
    with pytest.raises(TranscriptError, match=message.replace("[", r"\[")) as refusal:
        read_transcript(write(tmp_path, text))
    assert "call.yaml" in str(refusal.value)


def test_missing_file_and_binary_file_are_refused(tmp_path):
    with pytest.raises(TranscriptError, match="cannot be read: No such file"):
        read_transcript(tmp_path / "nothing.yaml")
    (tmp_path / "sound.yaml").write_bytes(b"RIFF\xff\xfe\x00")
    with pytest.raises(TranscriptError, match="not a text file in UTF-8"):
        read_transcript(tmp_path / "sound.yaml")


@given(st.text(max_size=200))
def test_any_text_is_a_transcript_or_refused(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("any") / "call.yaml"
    path.write_text(text, encoding="utf-8", errors="surrogatepass")
    with contextlib.suppress(TranscriptError):
        read_transcript(path)
