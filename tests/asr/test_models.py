"""Finding, copying, proving and missing models."""

import hashlib

import pytest

from speechqc.asr import models
from speechqc.asr.models import find_whisper, list_models, locate_whisper, preferred_whisper, pull, verify
from speechqc.errors import ModelError


def fake_model(folder, weights=b"weights" * 100_000):
    folder.mkdir(parents=True)
    (folder / "model.bin").write_bytes(weights)
    (folder / "tokenizer.json").write_text("{}")
    return folder


@pytest.fixture
def here(tmp_path):
    return tmp_path / "here"


@pytest.fixture
def mirror(tmp_path):
    return tmp_path / "mirror"


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """An empty huggingface_hub cache, whatever this machine has."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_the_list_shows_what_exists_and_where_it_is(here):
    fake_model(here / "small")
    fake_model(here / "our-own")
    listed = {model.name: model for model in list_models(folder=here)}

    assert listed["whisper:small"].folder == here / "small"
    assert listed["whisper:our-own"].folder == here / "our-own"
    assert listed["whisper:medium"].megabytes == 1530
    assert listed["bundled"].languages == ("zh",)
    assert all(model.about.zh and model.about.en and model.licence for model in listed.values())


def test_published_names_are_those_faster_whisper_knows():
    from faster_whisper.utils import _MODELS  # noqa: PLC0415

    assert {name: size.repository for name, size in models.WHISPER_SIZES.items()}.items() <= _MODELS.items()


def test_a_model_is_found_by_name_and_by_path(here):
    folder = fake_model(here / "small")

    assert find_whisper("small", folder=here) == folder
    assert find_whisper(str(folder)) == folder


def test_a_size_in_the_cache_of_huggingface_hub_is_found(here, cache):
    repository = cache / "models--Systran--faster-whisper-tiny"
    folder = fake_model(repository / "snapshots" / "a1b2")
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("a1b2")

    assert locate_whisper("tiny", folder=here) == folder
    assert locate_whisper("base", folder=here) is None


def test_a_folder_without_tokenizer_is_no_model(here):
    (fake_model(here / "small") / "tokenizer.json").unlink()

    assert locate_whisper("small", folder=here) is None


def test_an_unknown_name_lists_the_known_ones(here):
    with pytest.raises(ModelError, match="the Whisper model 'huge' is not on this machine") as failure:
        find_whisper("huge", folder=here)

    assert "tiny, base, small" in failure.value.hint


def test_auto_prefers_what_a_processor_can_pay_for(here):
    for name in ("tiny", "large-v3", "small"):
        fake_model(here / name)

    assert preferred_whisper("zh", folder=here) == "small"


def test_an_english_model_is_not_taken_for_mandarin(here):
    fake_model(here / "small.en")

    assert preferred_whisper("zh", folder=here) is None
    assert preferred_whisper("en", folder=here) == "small.en"


@pytest.mark.parametrize("inside", ["", "small"])
def test_a_model_is_copied_from_a_mirror_and_proven(here, mirror, inside):
    fake_model(mirror / inside)
    steps = []
    folder = pull("small", source=mirror, folder=here, progress=steps.append)

    assert folder == here / "small"
    assert set(verify("small", folder=here)) == {"model.bin", "tokenizer.json"}
    assert steps[-1].done_bytes == steps[-1].total_bytes
    assert not (here / "small.part").exists()


def test_a_broken_copy_goes_on_where_it_stopped(here, mirror):
    fake_model(mirror)
    part = here / "small.part"
    part.mkdir(parents=True)
    whole = (mirror / "model.bin").read_bytes()
    (part / "model.bin").write_bytes(whole[:300_000])
    steps = []
    pull("small", source=mirror, folder=here, progress=steps.append)

    assert (here / "small" / "model.bin").read_bytes() == whole
    assert steps[0].done_bytes > 300_000


def test_a_copy_that_differs_from_its_checksum_is_not_kept(here, mirror):
    fake_model(mirror)
    (mirror / "SHA256SUMS").write_text("0" * 64 + "  model.bin\n")

    with pytest.raises(ModelError, match="does not match its checksum"):
        pull("small", source=mirror, folder=here)
    assert locate_whisper("small", folder=here) is None
    assert not (here / "small.part" / "model.bin").exists()


def test_a_resumed_copy_of_other_content_is_noticed(here, mirror):
    fake_model(mirror)
    part = here / "small.part"
    part.mkdir(parents=True)
    (part / "model.bin").write_bytes(b"x" * 1000)

    with pytest.raises(ModelError, match="does not match its checksum"):
        pull("small", source=mirror, folder=here)
    assert pull("small", source=mirror, folder=here) == here / "small"


def test_files_the_source_has_no_checksum_for_get_one(here, mirror):
    fake_model(mirror)
    digest = hashlib.sha256((mirror / "model.bin").read_bytes()).hexdigest()
    (mirror / "SHA256SUMS").write_text(f"{digest}  model.bin\n")
    pull("small", source=mirror, folder=here)

    assert set(verify("small", folder=here)) == {"model.bin", "tokenizer.json"}


def test_a_damaged_file_is_named(here, mirror):
    fake_model(mirror)
    folder = pull("small", source=mirror, folder=here)
    (folder / "tokenizer.json").write_text("[]")

    with pytest.raises(ModelError, match=r"tokenizer\.json is damaged"):
        verify("small", folder=here)


def test_a_checksum_list_may_not_leave_its_folder(here, mirror):
    fake_model(mirror)
    (mirror / "SHA256SUMS").write_text("0" * 64 + "  ../other\n")

    with pytest.raises(ModelError, match="line 1 is no checksum"):
        pull("small", source=mirror, folder=here)


def test_a_source_without_a_model_says_what_it_must_hold(here, mirror):
    mirror.mkdir()
    with pytest.raises(ModelError, match="holds no Whisper model called 'small'") as failure:
        pull("small", source=mirror, folder=here)

    assert "model.bin and tokenizer.json" in failure.value.hint


@pytest.mark.parametrize("name", ["huge", "../small", "", ".."])
def test_only_known_sizes_are_downloaded(here, name):
    with pytest.raises(ModelError):
        pull(name, folder=here)


def test_without_a_network_the_hint_is_the_way_for_closed_networks(here, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(ModelError, match="'tiny' could not be downloaded") as failure:
        pull("tiny", folder=here)

    assert "speechqc models pull tiny --from DIR" in failure.value.hint
    assert locate_whisper("tiny", folder=here) is None


def test_the_models_folder_can_be_set(tmp_path, monkeypatch):
    monkeypatch.setenv("SPEECHQC_MODELS", str(tmp_path))
    assert models.models_folder() == tmp_path

    monkeypatch.delenv("SPEECHQC_MODELS")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert models.models_folder() == tmp_path / "speechqc" / "models"
