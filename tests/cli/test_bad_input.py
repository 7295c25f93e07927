"""Every bad input: exit code 2, one line that says what came and what to do, no traceback."""

from __future__ import annotations

import shutil
import struct
import subprocess
import sys
import wave

import numpy as np
import pytest

from speechqc.audio.writing import write_wav
from speechqc.rules.loader import builtin_pack_paths
from tests.support.samples import RATE, sample

TRANSCRIPT = sample("wealth-sale").audio.with_suffix(".yaml")


def refused(ran, *parts: str) -> None:
    assert ran.code == 2
    assert ran.out == ""
    assert ran.err.startswith("speechqc: ")
    assert len(ran.err.splitlines()) == 1
    for part in parts:
        assert part in ran.err


@pytest.fixture
def good(tmp_path):
    path = tmp_path / "good.wav"
    write_wav(path, np.random.default_rng(0).standard_normal((2, 4 * RATE)).astype(np.float32) * 0.1, RATE)
    return path


def test_missing_file(command, tmp_path):
    refused(command("analyze", tmp_path / "none.wav"), "none.wav does not exist", "check the path")


def test_missing_transcript(command, tmp_path):
    refused(command("analyze", tmp_path / "none.yaml"), "none.yaml: cannot be read: No such file")


def test_empty_file(command, tmp_path):
    (tmp_path / "empty.wav").touch()
    refused(command("analyze", tmp_path / "empty.wav"), "empty.wav is empty (0 bytes)", "copy it again")


def test_text_named_wav(command, tmp_path):
    (tmp_path / "text.wav").write_text("this is a letter, not a sound\n" * 40)
    refused(command("analyze", tmp_path / "text.wav"), "text.wav is not a readable audio file", "WAV, FLAC")


def test_folder(command, tmp_path):
    refused(command("analyze", tmp_path), "is a folder, not a recording", "audit the folder")


def test_unknown_encoding_inside_a_wav(command, good, tmp_path):
    header = bytearray(good.read_bytes())
    header[20:22] = struct.pack("<H", 0x1234)  # the format tag
    (tmp_path / "odd.wav").write_bytes(bytes(header))
    refused(command("analyze", tmp_path / "odd.wav"), "odd.wav is in an encoding that FFmpeg does not know")


def test_too_many_channels(command, tmp_path):
    with wave.open(str(tmp_path / "six.wav"), "wb") as file:
        file.setnchannels(6)
        file.setsampwidth(2)
        file.setframerate(8_000)
        file.writeframes(bytes(96_000))
    refused(command("analyze", tmp_path / "six.wav"), "has 6 channels; a call has 1 or 2")


def test_unknown_encoding_of_a_stream(command, good):
    refused(
        command("stream", good, "--encoding", "opus"), "encoding 'opus' is not known", "mulaw, alaw, pcm16"
    )


def test_unknown_diarisation(command, good):
    ran = command("analyze", good, "--asr", "bundled", "--diarise", "middle")
    refused(ran, "'middle' is not known", "left-right, right-left, none")


def test_a_truncated_wav_is_judged_as_far_as_it_goes_and_says_so(command, good, tmp_path):
    whole = good.read_bytes()
    (tmp_path / "cut.wav").write_bytes(whole[: len(whole) // 2])
    ran = command("analyze", tmp_path / "cut.wav", "--asr", "bundled", "--json")
    assert ran.code == 0
    assert "its header announces 4.0 s, 2.0 s are there" in ran.err
    [call] = ran.records("call")
    assert call["duration_s"] == pytest.approx(2.0, abs=0.05)
    assert call["warning"] == ran.err.strip()


def test_silence_says_that_nobody_spoke_and_is_not_called_clean(command, tmp_path):
    write_wav(tmp_path / "silence.wav", np.zeros((2, 5 * RATE), np.float32), RATE)
    ran = command("analyze", tmp_path / "silence.wav", "--asr", "bundled")
    assert ran.code == 0
    assert "no speech was heard in silence.wav" in ran.out
    assert "Nothing found" not in ran.out


@pytest.mark.parametrize(
    ("name", "text", "part"),
    [
        ("call.yaml", "turns: [{role: boss, text: 您好}]", "'boss' - at `$.turns[0].role`"),
        ("call.yaml", "turns: []", "the call has no turns"),
        ("call.yaml", "turns:\n  - {role: agent, text: [", "call.yaml:3: not YAML"),
        ("call.json", '{"turns": [', "call.json:1: not JSON"),
        ("call.yaml", "", "Expected `object`, got `null`"),
    ],
)
def test_broken_transcript(command, tmp_path, name, text, part):
    (tmp_path / name).write_text(text, encoding="utf-8")
    refused(command("analyze", tmp_path / name), part)


def test_a_typo_in_a_rule_file_names_file_and_line_and_the_word_that_was_meant(command, tmp_path):
    pack = tmp_path / "mine"
    pack.mkdir()
    [core] = builtin_pack_paths()
    shutil.copy(core / "pack.yaml", pack)
    (pack / "pack.yaml").write_text(
        (core / "pack.yaml").read_text("utf-8").replace("id: core", "id: mine", 1)
    )
    rule = (core / "supervisor_request.yaml").read_text("utf-8").replace("id: ", "id: mine.")
    broken = rule.replace("severity:", "severty:", 1)
    (pack / "rule.yaml").write_text(broken, encoding="utf-8")
    line = next(n for n, text in enumerate(broken.splitlines(), 1) if "severty" in text)

    ran = command("analyze", TRANSCRIPT, "--rules", pack)

    assert ran.code == 2
    assert ran.err.startswith("speechqc: ")
    assert f"{pack / 'rule.yaml'}:{line}: " in ran.err
    assert "did you mean 'severity'?" in ran.err
    assert "Traceback" not in ran.err


def test_a_rule_folder_that_is_none(command, tmp_path):
    refused(command("analyze", TRANSCRIPT, "--rules", tmp_path / "none"), "no such folder", "pack.yaml")


def test_missing_model_names_the_command_that_gets_it(command, good):
    ran = command("analyze", good, "--asr", "whisper:small")
    refused(ran, "'small' is not on this machine", "speechqc models pull small", "--from DIR")


def test_unknown_recogniser(command, good):
    ran = command("analyze", good, "--asr", "kaldi")
    refused(ran, "'kaldi' names no recogniser", "auto, bundled, whisper")


def test_a_language_the_recogniser_does_not_know(command, good):
    ran = command("analyze", good, "--asr", "bundled", "--language", "en")
    refused(ran, "understands Mandarin only", "whisper:<size or path>")


def test_a_service_that_is_not_there_is_said_at_once(command, good):
    ran = command("stream", good, "--url", "ws://127.0.0.1:9")
    refused(ran, "nothing answers at ws://127.0.0.1:9", "speechqc serve")
    refused(command("stream", good, "--url", "banana"), "'banana' is no address", "ws://HOST:PORT")


def test_a_mono_recording_cannot_be_a_live_call(command, tmp_path):
    write_wav(tmp_path / "mono.wav", np.zeros(RATE, np.float32), RATE)
    refused(command("stream", tmp_path / "mono.wav"), "one mixed channel", "speechqc analyze")


def test_a_folder_that_cannot_be_written(command, tmp_path):
    (tmp_path / "file").touch()
    refused(command("audit", TRANSCRIPT, "--out", tmp_path / "file"), "Not a directory")


def test_nothing_to_audit_or_to_evaluate_or_to_replay(command, tmp_path):
    refused(command("audit", tmp_path), "no calls in", ".wav")
    refused(command("evaluate", tmp_path), "no labelled calls", "docs/transcripts.md")
    refused(command("replay", tmp_path), "holds no journal of a call", "call.json")


def test_unknown_rule(command):
    refused(command("rules", "list", "nosuch"), "no rule or signal is called nosuch", "rules list")


def test_a_setting_out_of_range(command, monkeypatch):
    monkeypatch.setenv("SPEECHQC_PORT", "many")
    refused(command("doctor"), "settings are not usable: port")


def test_the_module_runs_as_the_script_does(tmp_path):
    ran = subprocess.run(
        [sys.executable, "-m", "speechqc", "analyze", tmp_path / "none.yaml"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.startswith("speechqc: ")
    assert len(ran.stderr.splitlines()) == 1
