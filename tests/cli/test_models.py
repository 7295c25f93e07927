"""`speechqc models` and `speechqc doctor`: what hears the calls, and whether this machine is ready."""

from __future__ import annotations

import socket

import pytest


@pytest.mark.parametrize(("language", "words"), [("en", "not here"), ("zh", "未安装")])
def test_list_shows_what_is_here_and_what_is_not(command, language, words, tmp_path, monkeypatch):
    monkeypatch.setenv("SPEECHQC_MODELS", str(tmp_path))
    ran = command("models", "list", language=language, columns=160)
    assert ran.code == 0
    assert "bundled" in ran.out
    assert "whisper:small" in ran.out


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("columns", [80, 120])
def test_no_table_cuts_a_path_or_an_explanation(command, language, columns):
    for name in (("models", "list"), ("doctor",)):
        out = command(*name, language=language, columns=columns).out
        assert "…" not in out
        assert max(map(len, out.splitlines())) <= columns


def test_verify_compares_the_bundled_files_with_their_checksums(command):
    ran = command("models", "verify")
    assert ran.code == 0
    assert ran.out.count(": OK") == len(ran.out.splitlines()) > 1


def test_verify_and_pull_of_a_model_that_is_not_there(command, tmp_path):
    ran = command("models", "verify", "nosuch")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("speechqc: the Whisper model 'nosuch' is not on this machine")
    ran = command("models", "pull", "nosuch", "--from", tmp_path)
    assert ran.code == 2
    assert "holds no Whisper model called 'nosuch'" in ran.err


@pytest.mark.parametrize(("language", "words"), [("en", ("check", "port")), ("zh", ("检查", "结果"))])
def test_doctor_runs_every_check(command, language, words, monkeypatch):
    monkeypatch.setenv("SPEECHQC_PORT", "0")
    ran = command("doctor", language=language)
    assert ran.code in {0, 1}  # a machine with one processor or a full disk is told so
    for name in ("python", "bundled decode", "store", *words):
        assert name in ran.out


def test_doctor_fails_and_says_what_to_do_about_a_taken_port(command, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setenv("SPEECHQC_PORT", str(taken.getsockname()[1]))
        ran = command("doctor")
    assert ran.code == 1
    assert "SPEECHQC_PORT" in ran.out
