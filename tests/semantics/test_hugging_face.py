"""Classifiers and encoders a user brings, against the same models in PyTorch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from speechqc.errors import ModelError
from speechqc.events import Role
from speechqc.semantics.hugging_face import open_hugging_face

torch = pytest.importorskip("torch")

from tests.semantics.tiny_models import write_classifier, write_encoder, write_tokenizer  # noqa: E402

SAID = "我要投诉你们"
LONG = SAID * 20
TOLERANCE = 1e-4


def test_a_text_classifier_answers_with_the_probability_of_each_label(tmp_path: Path) -> None:
    model, tokenizer = write_classifier(tmp_path / "brought")
    opened = open_hugging_face(tmp_path / "brought")

    with torch.no_grad():
        expected = torch.sigmoid(model(**tokenizer(SAID, return_tensors="pt")).logits[0]).tolist()
    found = {meaning.label: meaning.score for meaning in opened.read(SAID, Role.CUSTOMER, "zh")}
    assert found == pytest.approx(
        {f"LABEL_{n}": score for n, score in enumerate(expected) if score >= 0.3}, abs=TOLERANCE
    )
    assert (opened.name, set(opened.limits.values())) == ("brought", {0.5})


def test_labels_that_exclude_each_other_share_one(tmp_path: Path) -> None:
    model, tokenizer = write_classifier(tmp_path, problem="single_label_classification")
    with torch.no_grad():
        expected = torch.softmax(model(**tokenizer(SAID, return_tensors="pt")).logits[0], -1).tolist()
    found = {
        meaning.label: meaning.score for meaning in open_hugging_face(tmp_path).read(SAID, Role.AGENT, "zh")
    }
    assert found == pytest.approx(
        {f"LABEL_{n}": score for n, score in enumerate(expected) if score >= 0.3}, abs=TOLERANCE
    )


def test_a_label_file_renames_labels_and_says_who_can_say_them(tmp_path: Path) -> None:
    write_classifier(tmp_path)
    label_file(tmp_path, {"complaint_intent": {"model_label": "LABEL_1", "limit": 0.4, "role": "customer"}})
    opened = open_hugging_face(tmp_path)

    assert opened.limits == {"complaint_intent": 0.4}
    assert opened.read(SAID, Role.AGENT, "zh") == []
    [meaning] = opened.read(SAID, Role.CUSTOMER, "zh")
    assert (meaning.label, meaning.start, meaning.end) == ("complaint_intent", 0, len(SAID))


def test_what_is_longer_than_the_model_can_read_is_cut(tmp_path: Path) -> None:
    write_classifier(tmp_path)
    assert open_hugging_face(tmp_path).read(LONG, Role.CUSTOMER, "zh")


@pytest.mark.parametrize("first_token", [False, True])
def test_a_sentence_encoder_compares_with_the_mean_of_the_examples(tmp_path: Path, first_token: bool) -> None:
    model, tokenizer = write_encoder(tmp_path, first_token=first_token)
    label_file(tmp_path, {"complaint_intent": {"examples": ["我要投诉", "投诉你们"], "limit": 0.9}})
    opened = open_hugging_face(tmp_path)

    def embed(text: str) -> Any:
        with torch.no_grad():
            tokens = model(**tokenizer(text, return_tensors="pt")).last_hidden_state[0]
        pooled = tokens[0] if first_token else tokens.mean(0)
        return pooled / pooled.norm()

    prototype = (embed("我要投诉") + embed("投诉你们")) / 2
    expected = float(embed(SAID) @ (prototype / prototype.norm()))
    [meaning] = opened.read(SAID, Role.CUSTOMER, "zh")
    assert meaning.score == pytest.approx(expected, abs=TOLERANCE)
    assert opened.limits == {"complaint_intent": 0.9}


def test_nothing_said_means_nothing(tmp_path: Path) -> None:
    write_classifier(tmp_path)
    assert open_hugging_face(tmp_path).read("", Role.AGENT, "zh") == []


def test_a_folder_without_network_says_how_to_export_one(tmp_path: Path) -> None:
    write_tokenizer(tmp_path)
    with pytest.raises(ModelError, match=r"no model.onnx.*optimum-cli export onnx"):
        open_hugging_face(tmp_path)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"there is no folder .*nowhere"):
        open_hugging_face(tmp_path / "nowhere")


def test_a_folder_without_tokenizer_is_refused(tmp_path: Path) -> None:
    write_classifier(tmp_path)
    (tmp_path / "vocab.txt").unlink()
    (tmp_path / "tokenizer.json").write_text("{")
    with pytest.raises(ModelError, match=r"tokenizer"):
        open_hugging_face(tmp_path)


def test_a_damaged_network_is_refused(tmp_path: Path) -> None:
    write_classifier(tmp_path)
    (tmp_path / "model.onnx").write_bytes(b"nothing")
    with pytest.raises(ModelError, match=r"no network onnxruntime can run"):
        open_hugging_face(tmp_path)


def test_a_label_the_model_does_not_know_is_refused_with_those_it_knows(tmp_path: Path) -> None:
    write_classifier(tmp_path)
    label_file(tmp_path, {"complaint_intent": {"model_label": "angry"}})
    with pytest.raises(
        ModelError, match=r"'angry', which the model does not know.*LABEL_0, LABEL_1, LABEL_2"
    ):
        open_hugging_face(tmp_path)


def test_a_sentence_encoder_needs_something_to_compare_with(tmp_path: Path) -> None:
    write_encoder(tmp_path)
    with pytest.raises(ModelError, match=r"has no labels.yaml"):
        open_hugging_face(tmp_path)
    label_file(tmp_path, {"complaint_intent": {"limit": 0.5}})
    with pytest.raises(ModelError, match=r"gives no examples for complaint_intent"):
        open_hugging_face(tmp_path)


def label_file(folder: Path, entries: dict[str, dict[str, object]]) -> None:
    (folder / "labels.yaml").write_text(json.dumps(entries), encoding="utf-8")
