"""Which files are calls, and what is kept of a judged one."""

from __future__ import annotations

import os

import pytest

from speechqc.analysis.transcript import judge_transcript
from speechqc.audit import AuditSettings, audit, find_calls, read_judgement, write_judgement
from speechqc.errors import AudioError, SpeechqcError
from speechqc.rules.loader import builtin_pack_paths, load_packs
from tests.support.samples import sample


@pytest.fixture(scope="module")
def judgement():
    return judge_transcript(sample("wealth-sale").script, load_packs(builtin_pack_paths()))


def test_a_recording_with_its_transcript_beside_it_is_one_call(tmp_path):
    for name in ("a.wav", "a.yaml", "b.yaml", "c.MP3", "notes.txt", "sub/a.wav"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found = [str(path.relative_to(tmp_path)) for path in find_calls([tmp_path])]
    assert found == ["a.wav", "b.yaml", "c.MP3", "sub/a.wav"]


def test_no_call_is_an_error_that_says_what_counts_as_one(tmp_path):
    with pytest.raises(AudioError, match=r"no calls in .* \(recordings \(\.wav"):
        find_calls([tmp_path])


def test_a_judgement_comes_back_from_disk_as_it_was(judgement, tmp_path):
    write_judgement(judgement, tmp_path / "call.jsonl")
    again = read_judgement(tmp_path / "call.jsonl")
    assert again.findings == judgement.findings != []
    assert again.utterances == judgement.utterances
    assert again.metrics == judgement.metrics
    assert [path.name for path in tmp_path.iterdir()] == ["call.jsonl"]


@pytest.mark.parametrize(
    ("kept", "words"), [(0, "no whole call"), (300, "is damaged"), (-1, "no whole call")]
)
def test_half_a_file_is_refused(judgement, tmp_path, kept, words):
    path = tmp_path / "call.jsonl"
    write_judgement(judgement, path)
    whole = path.read_bytes()
    path.write_bytes(whole[: whole[:-1].rindex(b"\n") + 1] if kept < 0 else whole[:kept])
    with pytest.raises(SpeechqcError, match=f"{words}.*delete it and audit again"):
        read_judgement(path)


def test_a_source_that_changed_is_judged_again(tmp_path):
    call = tmp_path / "call.yaml"
    call.write_text("turns: [{role: agent, text: 您好}]", encoding="utf-8")
    [first] = audit([call], tmp_path / "out", AuditSettings(), jobs=1)
    [second] = audit([call], tmp_path / "out", AuditSettings(), jobs=1)
    later = first.events.stat().st_mtime + 10
    os.utime(call, (later, later))
    [third] = audit([call], tmp_path / "out", AuditSettings(), jobs=1)
    assert [each.resumed for each in (first, second, third)] == [False, True, False]
