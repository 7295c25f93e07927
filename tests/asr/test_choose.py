"""A named recogniser is used or its absence is an error; only ``auto`` chooses, and says so."""

import pytest

from speechqc.asr import choose
from speechqc.asr.choose import open_recognizer
from speechqc.errors import ConfigurationError, ModelError
from tests.support.scripted_whisper import build_scripted_whisper


@pytest.fixture(scope="module")
def with_small(tmp_path_factory):
    """A models folder that holds a Whisper model called small."""
    root = tmp_path_factory.mktemp("models")
    build_scripted_whisper(root / "small", "您好。")
    return root


@pytest.fixture
def empty(tmp_path, monkeypatch):
    """A machine without any Whisper model."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    return tmp_path


@pytest.fixture
def bundled(monkeypatch):
    """Stands in for the bundled recogniser, whose weights these decisions do not need."""
    monkeypatch.setattr(
        choose,
        "_bundled",
        lambda bias, notice, own_process: choose.Chosen("bundled", choose.BUNDLED_LABEL, notice),
    )


def test_auto_takes_a_whisper_model_that_is_here(with_small):
    chosen = open_recognizer("auto", models_folder=with_small, environment={})

    assert chosen.recognizer.name == "whisper:small"
    assert (chosen.label.zh, chosen.label.en, chosen.notice) == ("Whisper（small）", "Whisper (small)", None)


def test_auto_without_one_takes_the_bundled_and_says_how_to_get_a_real_one(empty, bundled):
    chosen = open_recognizer("auto", models_folder=empty, environment={})

    assert chosen.recognizer == "bundled"
    assert chosen.label.en == "bundled (understands synthesised Mandarin only)"
    assert "speechqc models pull small" in chosen.notice.zh
    assert "speechqc models pull small" in chosen.notice.en


def test_auto_follows_the_environment(with_small, bundled):
    chosen = open_recognizer("auto", models_folder=with_small, environment={"SPEECHQC_ASR": "bundled"})

    assert (chosen.recognizer, chosen.notice) == ("bundled", None)


def test_a_named_recogniser_does_not_follow_the_environment(with_small):
    chosen = open_recognizer(
        "whisper:small", models_folder=with_small, environment={"SPEECHQC_ASR": "bundled"}
    )

    assert chosen.recognizer.name == "whisper:small"


def test_whisper_alone_means_the_best_one_here(with_small):
    assert open_recognizer("whisper", models_folder=with_small).recognizer.name == "whisper:small"


def test_a_path_may_be_named(with_small):
    assert open_recognizer(f"whisper:{with_small / 'small'}").recognizer.name == "whisper:small"


def test_english_has_no_bundled_recogniser_to_fall_back_to(empty, bundled):
    with pytest.raises(ModelError, match="no recogniser on this machine understands 'en'"):
        open_recognizer("auto", language="en", models_folder=empty, environment={})


@pytest.mark.parametrize("spec", ["whisper", "whisper:small"])
def test_a_named_whisper_that_is_missing_is_an_error(empty, bundled, spec):
    with pytest.raises(ModelError, match="on this machine") as failure:
        open_recognizer(spec, models_folder=empty, environment={})

    assert "speechqc models pull small" in failure.value.hint


@pytest.mark.parametrize("spec", ["", "vosk", "bundled:x", "auto:small"])
def test_another_spec_names_the_valid_ones(spec):
    with pytest.raises(ConfigurationError, match="names no recogniser") as failure:
        open_recognizer(spec, environment={})

    assert failure.value.hint == "use auto, bundled, whisper or whisper:<size or path>"
