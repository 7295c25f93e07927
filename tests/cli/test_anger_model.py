"""`--anger-model`: a classifier of voices on recordings, and what is said when it cannot be used."""

from __future__ import annotations

import pytest

from tests.speech import tiny_emotion_model as tiny
from tests.support.samples import sample

CALL = sample("rude-service").audio


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """A models folder with a classifier that takes every voice for angry."""
    folder = tmp_path_factory.mktemp("models")
    tiny.write_model(folder / "voices")
    tiny.edit_config(folder / "voices", anger_labels=list(tiny.LABELS))
    return folder


def heard_by_model(ran):
    return [
        reason
        for finding in ran.records("finding")
        if finding["signal"] == "customer_anger"
        for reason in finding["reasons"]
        if reason["name"] == "voice.model"
    ]


def test_what_it_hears_is_among_the_reasons_with_its_share(command, models):
    without = command("analyze", CALL, "--asr", "bundled", "--json")
    ran = command("analyze", CALL, "--asr", "bundled", "--json", "--anger-model", models / "voices")
    assert (without.code, ran.code) == (0, 0)
    assert not heard_by_model(without)
    assert {reason["value"] for reason in heard_by_model(ran)} == {1.0}
    assert all(0.0 < reason["share"] <= 1.0 for reason in heard_by_model(ran))


def test_it_may_be_named_when_it_lies_in_the_models_folder(command, models, monkeypatch):
    monkeypatch.setenv("SPEECHQC_MODELS", str(models))
    ran = command("analyze", CALL, "--asr", "bundled", "--json", "--anger-model", "voices")
    assert heard_by_model(ran)


def test_an_audit_hears_it_too(command, models, tmp_path):
    out = tmp_path / "out"
    ran = command(
        "audit", CALL, "--asr", "bundled", "--out", out, "--jobs", "1", "--anger-model", models / "voices"
    )
    assert ran.code == 0
    assert any("voice.model" in file.read_text("utf-8") for file in (out / "calls").iterdir())


@pytest.mark.parametrize(
    "arguments", [["analyze", CALL], ["audit", CALL], ["evaluate", CALL.parent, "--audio"]]
)
def test_a_model_that_is_not_there_is_said_before_anything_is_heard(
    command, arguments, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    ran = command(*arguments, "--asr", "bundled", "--anger-model", "nowhere")
    assert ran.code != 0
    assert "nowhere" in ran.err and "optimum-cli export onnx" in ran.err
