"""`speechqc analyze`: what a transcript and every kind of recording give, for people and for programs."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from speechqc.audio.writing import write_flac, write_wav
from speechqc.events import Severity
from tests.support.samples import RATE, sample, sound_of, write_mp3

ROLE_BOUND = {"guaranteed_return", "deposit_confusion", "missing_risk_disclosure"}


def test_a_transcript_gives_one_json_object_a_line_with_the_promised_fields(command):
    ran = command("analyze", sample("wealth-sale").audio.with_suffix(".yaml"), "--json")

    assert (ran.code, ran.err) == (0, "")
    assert set(sample("wealth-sale").script.expected) <= ran.signals
    for finding in ran.records("finding"):
        assert {
            "type", "signal", "rule", "role", "turn", "start", "end", "severity", "quote", "score",
        } <= set(finding)  # fmt: skip
        assert finding["role"] == "agent"
        assert finding["severity"] in set(Severity)
        assert 0 <= finding["start"] <= finding["end"]
        assert 0 < finding["score"] <= 1
        assert set(finding["explanation"]) == {"zh", "en"}
    promise = next(f for f in ran.records("finding") if f["signal"] == "guaranteed_return")
    assert (promise["turn"], promise["quote"]) == (4, "保本保息")
    [call] = ran.records("call")
    assert (call["call_id"], call["kind"], call["product"]) == ("wealth-sale", "sales", "理财")


def test_signal_shows_only_that_signal(command):
    path = sample("wealth-sale").audio.with_suffix(".yaml")
    ran = command("analyze", path, "--json", "--signal", "deposit_confusion")
    assert ran.signals == {"deposit_confusion"}
    assert len(ran.records("utterance")) == len(sample("wealth-sale").script.turns)


def test_a_misspelt_signal_is_refused_since_it_would_read_as_a_clean_call(command):
    ran = command(
        "analyze", sample("wealth-sale").audio.with_suffix(".yaml"), "--signal", "guarantied_return"
    )
    assert ran.code == 2
    assert ran.err.startswith("speechqc: no rule raises the signal guarantied_return (signals: ")
    assert "guaranteed_return" in ran.err


def test_the_planned_signals_of_a_recorded_sale_are_heard(command):
    wealth = sample("wealth-sale")
    ran = command("analyze", wealth.audio, "--asr", "bundled", "--product", wealth.script.product, "--json")
    assert (ran.code, ran.err) == (0, "")
    assert set(wealth.script.expected) <= ran.signals


def test_nothing_grave_is_heard_in_a_clean_sale(command):
    clean = sample("clean-sale")
    ran = command("analyze", clean.audio, "--asr", "bundled", "--product", clean.script.product, "--json")
    grave = [f for f in ran.records("finding") if f["severity"] in {"high", "critical"}]
    assert grave == []
    assert ran.records("call")[0]["analysed"] is True


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".mp3"])
def test_any_common_file_gives_the_finding(command, tmp_path, suffix):
    sound = sound_of(sample("wealth-sale").audio, start_s=21, end_s=29.8)
    path = tmp_path / f"promise{suffix}"
    if suffix == ".mp3":
        write_mp3(path, sound, 44_100)
    else:
        (write_wav if suffix == ".wav" else write_flac)(path, sound, RATE)

    ran = command("analyze", path, "--asr", "bundled", "--json")

    assert "guaranteed_return" in ran.signals
    promise = next(f for f in ran.records("finding") if f["signal"] == "guaranteed_return")
    assert promise["role"] == "agent"


def test_channels_may_be_the_other_way_round(command, promise_wav, tmp_path):
    swapped = tmp_path / "swapped.wav"
    write_wav(swapped, sound_of(promise_wav)[::-1], RATE)

    straight = command("analyze", promise_wav, "--asr", "bundled", "--json")
    right_left = command("analyze", swapped, "--asr", "bundled", "--json", "--diarise", "right-left")
    wrong = command("analyze", swapped, "--asr", "bundled", "--json")

    assert right_left.records("finding") == straight.records("finding") != []
    assert "guaranteed_return" not in wrong.signals  # a customer who says 保本 promises nothing


def test_a_mono_recording_is_transcribed_without_roles_and_without_findings_bound_to_one(
    command, promise_wav, tmp_path
):
    mono = tmp_path / "mono.wav"
    write_wav(mono, sound_of(promise_wav).mean(axis=0), RATE)
    ran = command("analyze", mono, "--asr", "bundled", "--json")

    assert ran.records("call")[0]["roles_known"] is False
    assert {utterance["role"] for utterance in ran.records("utterance")} == {"unknown"}
    assert any("保本" in utterance["text"] for utterance in ran.records("utterance"))
    assert not ran.signals & ROLE_BOUND
    assert "roles unknown" in command("analyze", mono, "--asr", "bundled").out
    assert "说话人未知" in command("analyze", mono, "--asr", "bundled", language="zh").out


def test_diarise_none_treats_two_channels_as_one(command, promise_wav):
    ran = command("analyze", promise_wav, "--asr", "bundled", "--json", "--diarise", "none")
    assert ran.records("call")[0]["roles_known"] is False
    assert not ran.signals & ROLE_BOUND


def test_sound_that_nobody_understands_is_marked_and_not_called_clean(command, tmp_path):
    noise = np.random.default_rng(1).standard_normal((2, 6 * RATE)).astype(np.float32) * np.float32(0.1)
    write_wav(tmp_path / "noise.wav", noise, RATE)
    [call] = command("analyze", tmp_path / "noise.wav", "--asr", "bundled", "--json").records("call")
    assert call["analysed"] is False
    shown = command("analyze", tmp_path / "noise.wav", "--asr", "bundled").out
    assert "Not analysed" in shown
    assert "Nothing found" not in shown


def test_auto_warns_on_standard_error_and_leaves_the_json_alone(command, promise_wav, monkeypatch, tmp_path):
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    monkeypatch.setenv("SPEECHQC_MODELS", str(tmp_path))
    ran = subprocess.run(
        [sys.executable, "-m", "speechqc", "analyze", promise_wav, "--json"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "ATTENTION" in ran.stderr or "注意" in ran.stderr
    assert "speechqc models pull small" in ran.stderr
    assert all(line.startswith("{") for line in ran.stdout.splitlines())


@pytest.mark.parametrize(("language", "words"), [("en", "Have the agent"), ("zh", "请坐席")])
@pytest.mark.parametrize("columns", [80, 120])
def test_advice_is_shown_whole_in_both_languages_and_widths(command, language, words, columns):
    ran = command(
        "analyze", sample("wealth-sale").audio.with_suffix(".yaml"), language=language, columns=columns
    )
    assert words in ran.out
    assert "…" not in ran.out
    assert max(map(len, ran.out.splitlines())) <= columns


def test_a_transcript_is_judged_without_loading_audio_models_or_database():
    script = (
        "import sys; from speechqc.cli.main import app;"
        f"app(['analyze', {str(sample('wealth-sale').audio.with_suffix('.yaml'))!r}], standalone_mode=False);"
        "heavy = {'av', 'onnxruntime', 'ctranslate2', 'sqlalchemy', 'websockets', 'torch'};"
        "sys.exit(', '.join(heavy & set(sys.modules)) or None)"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
