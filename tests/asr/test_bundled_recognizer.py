"""The bundled recogniser as the service uses it: streams in batches, hop by hop."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from speechqc.asr.bundled.files import LEXICON, NETWORK
from speechqc.asr.bundled.recognizer import BundledRecognizer
from speechqc.asr.models import bundled_folder
from speechqc.asr.recognizer import SAMPLE_RATE, Hop, Hypothesis
from speechqc.audio.recording import open_recording
from speechqc.errors import ModelError

SAMPLE = Path(__file__).parents[2] / "streams" / "audio" / "wealth-sale.flac"
HOP = 2560


@pytest.fixture(scope="module")
def recognizer() -> BundledRecognizer:
    return BundledRecognizer()


@pytest.fixture(scope="module")
def speech() -> np.ndarray:
    """The first turn of the agent of a sample call, who says who she is."""
    agent = np.concatenate([block[0] for block in open_recording(SAMPLE).blocks()])
    return agent[: int(8.4 * SAMPLE_RATE)]


def hear(recognizer: BundledRecognizer, samples: np.ndarray, cuts: list[int]) -> list[Hypothesis]:
    stream = recognizer.open(language="zh")
    heard: list[Hypothesis] = []
    for piece in np.split(samples, cuts):
        heard += recognizer.push([Hop(stream, piece)])
    return heard + recognizer.push([Hop(stream, np.zeros(0, np.float32), last=True)])


def every(step: int, samples: np.ndarray) -> list[int]:
    return list(range(step, len(samples), step))


def test_speech_becomes_words_before_it_ends_and_the_last_are_final(recognizer, speech):
    heard = hear(recognizer, speech, every(HOP, speech))

    *partials, final = heard
    assert final.final and not any(one.final for one in partials)
    assert len(partials) > 5
    assert "财富中心的客户经理" in final.text
    assert "".join(word.text for word in final.words) == final.text
    assert 0 <= final.words[0].start < final.words[-1].end <= len(speech) / SAMPLE_RATE + 0.2
    assert final.confidence > recognizer.min_confidence


@pytest.mark.parametrize("step", [160, 640, 1000, 5120, 40_000])
def test_the_size_of_the_hops_changes_nothing(recognizer, speech, step):
    reference = hear(recognizer, speech, every(HOP, speech))[-1]
    other = hear(recognizer, speech, every(step, speech))[-1]
    assert other.text == reference.text
    assert [word.start for word in other.words] == [word.start for word in reference.words]
    assert other.confidence == pytest.approx(reference.confidence, abs=1e-3)


def test_sixteen_streams_in_a_batch_hear_what_each_hears_alone(recognizer, speech):
    voices = [np.roll(speech, shift * 7000) * (0.3 + 0.04 * shift) for shift in range(16)]
    voices = [voice.astype(np.float32) for voice in voices]
    alone = [hear(recognizer, voice, every(HOP, voice))[-1] for voice in voices]

    streams = [recognizer.open(language="zh-CN") for _ in voices]
    for at in range(0, len(speech), HOP):
        recognizer.push(
            [Hop(stream, voice[at : at + HOP]) for stream, voice in zip(streams, voices, strict=True)]
        )
    together = recognizer.push([Hop(stream, np.zeros(0, np.float32), last=True) for stream in streams])

    assert [one.text for one in together] == [one.text for one in alone]
    for one, other in zip(together, alone, strict=True):
        assert one.confidence == pytest.approx(other.confidence, abs=1e-3)


def test_the_log_probabilities_of_a_stream_do_not_depend_on_its_batch(recognizer):
    frames = np.random.default_rng(3).normal(-6, 2, (16, 64, 40)).astype(np.float32)
    network = recognizer._network
    lengths = [16 - network.delay] * 16

    rows = [network.open() for _ in range(16)]
    together = network.step(rows, frames, lengths)
    alone = []
    for index in range(16):
        row = network.open()
        alone += network.step([row], frames[index : index + 1], lengths[:1])
        network.close(row)
    for row in rows:
        network.close(row)

    np.testing.assert_allclose(np.stack(together), np.stack(alone), atol=1e-3)


def test_silence_and_noise_are_no_words(recognizer):
    noise = np.random.default_rng(5).standard_normal(2 * SAMPLE_RATE).astype(np.float32)
    for level in (0.0, 0.003, 0.03):
        [final] = hear(recognizer, noise * np.float32(level), [])
        assert final.final
        assert (final.text, final.words, final.confidence) == ("", (), None)


def test_a_stream_that_ends_before_it_began_is_final_and_empty(recognizer):
    stream = recognizer.open(language="zh")
    [final] = recognizer.push([Hop(stream, np.zeros(0, np.float32), last=True)])
    assert (final.stream, final.text, final.final) == (stream, "", True)


def test_a_closed_stream_gives_its_place_to_the_next_with_nothing_left_over(recognizer, speech):
    reference = hear(recognizer, speech, [])[-1].text
    abandoned = recognizer.open(language="zh")
    recognizer.push([Hop(abandoned, speech[:20_000])])
    recognizer.close(abandoned)
    recognizer.close(abandoned)
    assert hear(recognizer, speech, [])[-1].text == reference


def test_other_languages_are_sent_to_whisper(recognizer):
    with pytest.raises(ModelError, match=r"Mandarin only, not 'en'.*--asr whisper:<size or path>"):
        recognizer.open(language="en")


@pytest.mark.parametrize("name", [NETWORK, LEXICON])
def test_a_missing_file_says_how_to_get_it_back(tmp_path, name):
    folder = tmp_path / "bundled"
    shutil.copytree(bundled_folder(), folder)
    (folder / name).unlink()
    with pytest.raises(ModelError, match=rf"lacks {name}.*install speechqc again.*models\.train"):
        BundledRecognizer(folder)


@pytest.mark.parametrize("name", [NETWORK, LEXICON])
def test_a_damaged_file_is_refused(tmp_path, name):
    folder = tmp_path / "bundled"
    shutil.copytree(bundled_folder(), folder)
    with (folder / name).open("r+b") as file:
        file.seek(1000)
        file.write(b"damage")
    with pytest.raises(ModelError, match="is damaged"):
        BundledRecognizer(folder)


def test_files_without_checksums_are_refused(tmp_path):
    folder = tmp_path / "bundled"
    shutil.copytree(bundled_folder(), folder)
    (folder / "SHA256SUMS").unlink()
    with pytest.raises(ModelError, match="has no checksums"):
        BundledRecognizer(folder)
