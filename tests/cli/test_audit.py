"""`speechqc audit`: a folder of calls, some of them broken, with a report that says so."""

from __future__ import annotations

import json
import shutil

import pytest

from tests.support.samples import sample


@pytest.fixture
def folder(tmp_path, promise_wav):
    """Two transcripts, a recording and a file that is none."""
    calls = tmp_path / "calls"
    calls.mkdir()
    for name in ("wealth-sale", "clean-sale"):
        shutil.copy(sample(name).audio.with_suffix(".yaml"), calls)
    shutil.move(promise_wav, calls / "promise.wav")
    (calls / "broken.wav").write_text("no sound at all")
    return calls


def findings(out):
    return sorted(
        json.dumps({key: value for key, value in event.items() if key != "id"}, sort_keys=True)
        for path in (out / "calls").glob("*.jsonl")
        for event in map(json.loads, path.read_text("utf-8").splitlines())
        if event["type"] == "finding"
    )


def test_the_report_is_written_and_the_broken_file_named(command, folder, tmp_path):
    ran = command("audit", folder, "--out", tmp_path / "out", "--asr", "bundled", "--jobs", 1, columns=400)

    assert ran.code == 0
    assert "3 calls (0 from before)" in ran.out
    assert "1 clean" in ran.out
    assert "1 files failed" in ran.out
    assert "broken.wav is not a readable audio file" in ran.out
    report = (tmp_path / "out" / "report.html").read_text("utf-8")
    for words in (
        "wealth-sale",
        "clean-sale",
        "promise",
        "broken.wav",
        "保本保息",
        "质检报告",
        "Audit report",
    ):
        assert words in report


def test_the_second_run_takes_up_what_the_first_one_judged(command, folder, tmp_path):
    out = tmp_path / "out"
    command("audit", folder, "--out", out, "--asr", "bundled", "--jobs", 1)
    before = findings(out)
    written = {path: path.stat().st_mtime_ns for path in (out / "calls").iterdir()}

    ran = command("audit", folder, "--out", out, "--asr", "bundled", "--jobs", 1)

    assert "3 calls (3 from before)" in ran.out
    assert {path: path.stat().st_mtime_ns for path in (out / "calls").iterdir()} == written
    assert findings(out) == before


def test_the_number_of_processes_changes_no_finding(command, folder, tmp_path):
    command("audit", folder, "--out", tmp_path / "one", "--asr", "bundled", "--jobs", 1)
    command("audit", folder, "--out", tmp_path / "two", "--asr", "bundled", "--jobs", 2)
    assert findings(tmp_path / "one") == findings(tmp_path / "two") != []


def test_other_settings_judge_every_call_again(command, folder, tmp_path):
    (folder / "promise.wav").unlink()
    command("audit", folder, "--out", tmp_path / "out", "--asr", "bundled", "--jobs", 1)
    ran = command(
        "audit", folder, "--out", tmp_path / "out", "--asr", "bundled", "--jobs", 1, "--kind", "service"
    )
    assert "2 calls (0 from before)" in ran.out


def test_an_audit_in_which_nothing_could_be_judged_fails(command, tmp_path):
    (tmp_path / "broken.yaml").write_text("turns: []")
    ran = command("audit", tmp_path / "broken.yaml", "--out", tmp_path / "out", columns=400)
    assert ran.code == 1
    assert "the call has no turns" in ran.out


def test_the_summary_speaks_both_languages(command, folder, tmp_path):
    ran = command("audit", folder / "wealth-sale.yaml", "--out", tmp_path / "out", language="zh")
    assert "1 通电话" in ran.out
    assert "报告" in ran.out
