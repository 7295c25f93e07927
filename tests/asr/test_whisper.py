"""WhisperRecognizer on a real faster-whisper decode of a scripted model."""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from speechqc.asr.recognizer import SAMPLE_RATE, Hop
from speechqc.asr.scheduler import DecodeScheduler
from speechqc.asr.whisper import WhisperRecognizer
from speechqc.asr.whisper_guards import Drop
from speechqc.errors import ConfigurationError, ModelError
from tests.support.scripted_whisper import build_scripted_whisper

ZH = "这个产品保本保息，您放心。"
EN = "I want to cancel my account, nobody called me back."
WAIT_S = 60.0


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory):
    built = {}

    def folder(script, **options):
        key = (script, *options.items())
        if key not in built:
            name = f"scripted-{len(built)}"
            built[key] = build_scripted_whisper(tmp_path_factory.mktemp("models") / name, script, **options)
        return built[key]

    return folder


@pytest.fixture
def mandarin(model_folder):
    return WhisperRecognizer(model_folder(ZH))


def speech(seconds, *, silence_s=0.0):
    """Noise of speech level, with silence before and after."""
    noise = np.random.default_rng(7).standard_normal(int(seconds * SAMPLE_RATE)).astype(np.float32)
    quiet = np.zeros(int(silence_s * SAMPLE_RATE), np.float32)
    return np.concatenate((quiet, noise * np.float32(0.1), quiet))


def say(recognizer, samples, *, language="zh", hop_s=0.32):
    """Push `samples` in hops; what the last one answers."""
    stream = recognizer.open(language=language)
    size = int(hop_s * SAMPLE_RATE)
    starts = range(0, len(samples), size)
    found = [
        recognizer.push([Hop(stream, samples[at : at + size], last=at + size >= len(samples))])
        for at in starts
    ]
    assert all(answer == [] for answer in found[:-1])
    [final] = found[-1]
    return final


def test_the_last_hop_answers_with_the_text(mandarin):
    final = say(mandarin, speech(4.0))

    assert (final.text, final.final) == (ZH, True)
    assert 0.9 < final.confidence <= 1.0


def test_words_are_spread_over_the_loud_part(mandarin):
    final = say(mandarin, speech(3.0, silence_s=1.0))

    assert "".join(word.text for word in final.words) == ZH
    assert [word.text for word in final.words][-1] == "心。"
    assert final.words[0].start == pytest.approx(1.0, abs=0.05)
    assert final.words[-1].end == pytest.approx(4.0, abs=0.05)
    starts = [word.start for word in final.words]
    assert starts == sorted(starts)


def test_english_words_keep_their_spelling(model_folder):
    final = say(WhisperRecognizer(model_folder(" " + EN)), speech(4.0), language="en")

    assert final.text == EN
    assert " ".join(word.text for word in final.words) == EN


def test_aligned_word_times_when_asked_for(model_folder):
    final = say(WhisperRecognizer(model_folder(ZH), word_timestamps=True), speech(4.0))

    assert "".join(word.text for word in final.words) == ZH
    assert all(0.0 <= word.start <= word.end <= 4.0 for word in final.words)


def test_the_same_audio_in_other_hops_gives_the_same_answer(mandarin):
    samples = speech(2.0, silence_s=0.3)
    one, many = say(mandarin, samples, hop_s=10.0), say(mandarin, samples, hop_s=0.02)

    assert (one.text, one.words, one.confidence) == (many.text, many.words, many.confidence)


@pytest.mark.parametrize(
    ("script", "options", "reason"),
    [
        ("这个产品保本" * 9, {}, Drop.LOOP),
        ("请不吝点赞，订阅，转发", {}, Drop.PHANTOM),
        ("好" * 300, {}, Drop.UNFINISHED),
    ],
)
def test_a_guarded_text_comes_back_empty_with_no_confidence(model_folder, script, options, reason):
    recognizer = WhisperRecognizer(model_folder(script, **options))
    final = say(recognizer, speech(6.0))

    assert (final.text, final.words, final.confidence) == ("", (), 0.0)
    assert recognizer.dropped == {reason: 1}


def test_too_little_audio_is_not_decoded(mandarin):
    final = say(mandarin, speech(0.1))

    assert (final.text, final.final, final.confidence) == ("", True, None)


def test_an_empty_last_hop_decodes_what_was_collected(mandarin):
    stream = mandarin.open(language="zh")
    mandarin.push([Hop(stream, speech(2.0))])
    [final] = mandarin.push([Hop(stream, np.zeros(0, np.float32), last=True)])

    assert final.text == ZH


def test_a_monologue_is_cut_at_its_quietest_place_and_goes_on(model_folder):
    recognizer = WhisperRecognizer(model_folder(ZH), max_window_s=5.0)
    samples = np.concatenate((speech(4.0), np.zeros(SAMPLE_RATE // 2, np.float32), speech(2.5)))
    stream = recognizer.open(language="zh")
    hops = [Hop(stream, part) for part in np.array_split(samples, 14)]
    decoding = []
    for hop in hops:
        decoding.append(recognizer.will_decode(hop))
        answer = recognizer.push([hop])
        if answer:
            [cut] = answer
    [final] = recognizer.push([Hop(stream, np.zeros(0, np.float32), last=True)])

    assert decoding.count(True) == 1
    assert (cut.text, cut.final) == (ZH, False)
    assert (final.text, final.final) == (ZH + ZH, True)
    assert final.words[: len(cut.words)] == cut.words
    assert final.words[len(cut.words)].start == pytest.approx(4.5, abs=0.05)


def test_a_hop_longer_than_the_window_is_cut_as_often_as_needed(model_folder):
    recognizer = WhisperRecognizer(model_folder(ZH), max_window_s=3.0)
    final = say(recognizer, speech(8.0), hop_s=8.0)

    assert final.text.count(ZH) >= 3
    assert final.words[-1].end == pytest.approx(8.0, abs=0.05)


def test_the_language_is_pinned_to_mandarin_or_english(mandarin):
    assert say(mandarin, speech(1.5), language="zh-CN").text == ZH
    with pytest.raises(ModelError, match="covers zh, en and was asked for 'fr'"):
        mandarin.open(language="fr")


def test_two_workers_decode_at_the_same_time(model_folder):
    recognizer = WhisperRecognizer(model_folder(ZH), workers=2)
    with DecodeScheduler(recognizer, workers=2) as scheduler:
        streams = [scheduler.open("zh") for _ in range(6)]
        jobs = [
            scheduler.submit([Hop(stream, speech(2.0)), Hop(stream, speech(0.5), last=True)], deadline=1.0)
            for stream in streams
        ]
        answers = [job.result(WAIT_S) for job in jobs]

    assert [[found.text for found in answer] for answer in answers] == [[ZH]] * 6


def test_threads_may_push_their_own_streams(model_folder):
    recognizer = WhisperRecognizer(model_folder(ZH), workers=2)
    start = threading.Barrier(2)

    def call(_):
        start.wait(WAIT_S)
        return say(recognizer, speech(2.0)).text

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(call, range(2))) == [ZH, ZH]


def test_a_closed_stream_is_forgotten(mandarin):
    stream = mandarin.open(language="zh")
    mandarin.close(stream)
    mandarin.close(stream)

    with pytest.raises(ValueError, match=f"stream {stream} is not open"):
        mandarin.push([Hop(stream, speech(0.5))])


def test_hotwords_leave_room_for_the_answer(model_folder):
    recognizer = WhisperRecognizer(model_folder(ZH), hotwords=["保本保息"] * 200)

    assert say(recognizer, speech(2.0)).final


def test_a_missing_size_names_the_command_that_gets_it(tmp_path, monkeypatch):
    monkeypatch.setenv("SPEECHQC_MODELS", str(tmp_path))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(ModelError, match=r"the Whisper model 'medium\.en' is not on this machine") as failure:
        WhisperRecognizer("medium.en")

    assert "speechqc models pull medium.en" in failure.value.hint
    assert "--from DIR" in failure.value.hint


def test_a_folder_without_a_model_says_what_it_must_hold(tmp_path):
    with pytest.raises(ModelError, match="is no Whisper model in CTranslate2 format") as failure:
        WhisperRecognizer(tmp_path)

    assert failure.value.hint == "the folder must hold model.bin and tokenizer.json"


def test_a_damaged_model_is_an_error_and_no_crash(tmp_path, model_folder):
    for name in ("tokenizer.json", "vocabulary.json", "config.json"):
        (tmp_path / name).write_bytes((model_folder(ZH) / name).read_bytes())
    (tmp_path / "model.bin").write_bytes((model_folder(ZH) / "model.bin").read_bytes()[:1000])

    with pytest.raises(ModelError, match="cannot be loaded"):
        WhisperRecognizer(tmp_path)


def test_the_name_shows_the_size_or_the_folder(model_folder):
    folder = model_folder(ZH)

    assert WhisperRecognizer(folder).name == f"whisper:{folder.name}"


@pytest.mark.parametrize("setting", [{"workers": 0}, {"beam_size": 0}, {"max_window_s": 31.0}])
def test_settings_are_range_checked(model_folder, setting):
    [(name, value)] = setting.items()
    with pytest.raises(ConfigurationError, match=f"{name} is {value}, expected"):
        WhisperRecognizer(model_folder(ZH), **setting)


def test_an_unknown_compute_type_is_a_setting_error(model_folder):
    with pytest.raises(ConfigurationError, match="compute type 'int3'"):
        WhisperRecognizer(model_folder(ZH), compute_type="int3")
