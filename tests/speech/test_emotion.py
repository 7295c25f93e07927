"""A classifier of emotion that somebody brings: the same numbers as in PyTorch, and errors one can act on."""

from __future__ import annotations

import shutil
import subprocess
import sys

import numpy as np
import pytest

from speechqc.errors import ModelError
from speechqc.events import Role
from speechqc.speech.emotion import EmotionClassifier, angry_labels
from speechqc.speech.stretches import VoiceStretch
from tests.speech import tiny_emotion_model as tiny
from tests.speech.voices import syllables


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "voices"
    return folder, tiny.write_model(folder)


@pytest.fixture
def folder(made, tmp_path):
    shutil.copytree(made[0], tmp_path / "voices")
    return tmp_path / "voices"


def in_torch(model, sound: np.ndarray) -> np.ndarray:
    normal = (sound - sound.mean()) / np.sqrt(sound.var() + 1e-7)
    with tiny.torch.no_grad():
        return model(tiny.torch.tensor(normal[None])).logits[0].numpy()


def softmax(logits: np.ndarray) -> np.ndarray:
    raised = np.exp(logits - logits.max())
    return raised / raised.sum()


@pytest.mark.parametrize("seconds", [2.0, 3.1, 8.0])
def test_probability_is_that_of_the_model_in_pytorch(made, seconds):
    folder, model = made
    sound = syllables(seconds)
    assert EmotionClassifier(folder).anger(sound) == pytest.approx(
        softmax(in_torch(model, sound))[tiny.LABELS.index("angry")], abs=1e-4
    )


def test_what_it_hears_is_an_event_of_the_call(made):
    classifier = EmotionClassifier(made[0])
    sound = syllables(3.0)
    heard = classifier.hear("call-1", VoiceStretch(Role.CUSTOMER, 12.0, sound))
    assert (heard.call_id, heard.role, heard.start, heard.end) == ("call-1", Role.CUSTOMER, 12.0, 15.0)
    assert heard.anger == pytest.approx(classifier.anger(sound), abs=1e-3)
    assert heard.model == "voices"


def test_labels_that_do_not_exclude_each_other_are_judged_each_for_itself(folder, made):
    tiny.edit_config(folder, problem_type="multi_label_classification")
    sound = syllables(3.0)
    logit = in_torch(made[1], sound)[tiny.LABELS.index("angry")]
    assert EmotionClassifier(folder).anger(sound) == pytest.approx(1 / (1 + np.exp(-logit)), abs=1e-4)


def test_a_label_of_another_name_is_told_in_the_config(folder, made):
    tiny.edit_config(folder, anger_labels=["happy", "sad"])
    sound = syllables(3.0)
    chances = softmax(in_torch(made[1], sound))
    assert EmotionClassifier(folder).anger(sound) == pytest.approx(chances[1] + chances[3], abs=1e-4)


def test_a_model_of_another_rate_is_given_its_own(tmp_path):
    tiny.write_model(tmp_path / "narrow", rate_hz=8_000)
    assert 0.0 <= EmotionClassifier(tmp_path / "narrow").anger(syllables(3.0)) <= 1.0


@pytest.mark.parametrize(
    ("labels", "angry"),
    [
        (["neutral", "angry"], [1]),
        (["ANG", "HAP", "NEU", "SAD"], [0]),
        (["生气/angry", "中立/neutral"], [0]),
        (["happy", "愤怒"], [1]),
        (["05_angry_female", "05_angry_male", "calm"], [0, 1]),
        (["not_angry", "anger"], [1]),
    ],
)
def test_labels_of_anger_are_known_by_their_names(labels, angry, tmp_path):
    assert angry_labels(labels, None, folder=tmp_path) == angry


def test_without_a_label_of_anger_the_labels_are_listed(folder):
    tiny.edit_config(folder, id2label={"0": "low", "1": "mid", "2": "high", "3": "danger"})
    with pytest.raises(ModelError, match=r"low, mid, high, danger .*anger_labels"):
        EmotionClassifier(folder)


def test_a_label_the_model_does_not_have_is_refused(folder):
    tiny.edit_config(folder, anger_labels=["furious"])
    with pytest.raises(ModelError, match=r"furious.*neutral, happy, angry, sad"):
        EmotionClassifier(folder)


@pytest.mark.parametrize("file", ["config.json", "preprocessor_config.json", "model.onnx"])
def test_a_missing_file_is_named(folder, file):
    (folder / file).unlink()
    with pytest.raises(ModelError, match=file):
        EmotionClassifier(folder)


@pytest.mark.parametrize("file", ["config.json", "preprocessor_config.json", "model.onnx"])
def test_a_damaged_file_is_named(folder, file):
    (folder / file).write_text("no longer what it was")
    with pytest.raises(ModelError, match=file):
        EmotionClassifier(folder)


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(ModelError, match="nowhere"):
        EmotionClassifier(tmp_path / "nowhere")


def test_labels_that_do_not_fit_the_network_are_found_before_a_call(folder):
    tiny.edit_config(folder, id2label={"0": "neutral", "1": "angry"})
    with pytest.raises(ModelError, match=r"\(4,\).*2 labels"):
        EmotionClassifier(folder)


def test_it_needs_no_pytorch(made):
    script = (
        "import sys; sys.modules['torch'] = None\n"
        "import numpy as np\nfrom pathlib import Path\n"
        "from speechqc.speech.emotion import EmotionClassifier\n"
        "noise = np.random.default_rng(1).standard_normal(32_000).astype(np.float32)\n"
        "print(EmotionClassifier(Path(sys.argv[1])).anger(noise))\n"
    )
    command = [sys.executable, "-c", script, str(made[0])]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert 0.0 <= float(done.stdout) <= 1.0
