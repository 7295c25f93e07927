"""Text classifiers and sentence encoders of Hugging Face as classifiers of meaning, from a local folder.

A classifier's labels are those of ``id2label`` in its config.json, or what ``labels.yaml`` makes of them
(:mod:`speechqc.semantics.label_file`). A sentence encoder compares what was said with the sentences that ``labels.yaml``
gives for each label. Neither says which part of an utterance decided, so the whole of it is quoted.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from speechqc.errors import ModelError
from speechqc.events import Role
from speechqc.semantics.classifier import FLOOR, Classifier, Meaning
from speechqc.semantics.label_file import NAME, LabelEntry, read_label_file
from speechqc.semantics.onnx_text import Floats, TextModel

CLASSIFIER_LIMIT = 0.5
ENCODER_LIMIT = 0.8
"""Cosines of sentence encoders crowd together high up; a label should bring its own limit."""
_LOGITS = "logits"
_SENTENCE_OUTPUTS = ("sentence_embedding", "text_embeds")
_TOKEN_OUTPUTS = ("last_hidden_state", "token_embeddings")


def open_hugging_face(folder: Path) -> Classifier:
    """The model in `folder`: a text classifier when it answers with logits, else a sentence encoder.

    Raises:
        ModelError: a file is missing or damaged, or ``labels.yaml`` does not fit the model.
    """
    model, entries = TextModel(folder), read_label_file(folder)
    if _LOGITS in model.outputs:
        return SequenceClassifier(model, entries)
    if entries is None:
        raise ModelError(
            f"the model in {folder} is a sentence encoder and has no {NAME} to compare with",
            hint="write one: `complaint_intent: {examples: [我要投诉你们], limit: 0.85, role: customer}`",
        )
    return PrototypeClassifier(model, entries)


class SequenceClassifier:
    """Probabilities of a text classifier: each label for itself, or shared out where the model was trained so."""

    def __init__(self, model: TextModel, entries: Mapping[str, LabelEntry] | None) -> None:
        self.name, self._model = model.folder.name, model
        self._exclusive = model.config.get("problem_type") != "multi_label_classification"
        names = {int(index): str(name) for index, name in model.config.get("id2label", {}).items()}
        if entries is None:
            if not names:
                raise ModelError(
                    f"config.json in {model.folder} has no id2label, so nobody knows what the model answers",
                    hint=f"add id2label there; to rename its labels write {NAME}",
                )
            entries = {name: LabelEntry(model_label=name) for name in names.values()}
        index_of = {name: index for index, name in names.items()}
        self._labels = [
            (label, _index(index_of, label, entry, model.folder), entry.role)
            for label, entry in entries.items()
        ]
        self.limits: Mapping[str, float] = {
            label: CLASSIFIER_LIMIT if entry.limit is None else entry.limit
            for label, entry in entries.items()
        }

    def read(self, text: str, role: Role, language: str) -> Sequence[Meaning]:
        """The meanings of what `role` said; see :class:`speechqc.semantics.classifier.Classifier`."""
        if not text:
            return []
        logits, _ = self._model.run(text, _LOGITS)
        chances = _softmax(logits) if self._exclusive else 1 / (1 + np.exp(-logits))
        return [
            Meaning(label, float(chances[index]), 0, len(text))
            for label, index, said_by in self._labels
            if said_by in (None, role) and chances[index] >= FLOOR
        ]


class PrototypeClassifier:
    """Cosine of an utterance's embedding with the mean embedding of each label's examples."""

    def __init__(self, model: TextModel, entries: Mapping[str, LabelEntry]) -> None:
        self.name, self._model = model.folder.name, model
        self._output = _first_of(model, (*_SENTENCE_OUTPUTS, *_TOKEN_OUTPUTS))
        self._first_token = _pools_first_token(model.folder)
        lacking = sorted(label for label, entry in entries.items() if not entry.examples)
        if lacking:
            raise ModelError(
                f"{model.folder / NAME} gives no examples for {', '.join(lacking)}",
                hint="a sentence encoder needs examples: [one sentence, another]",
            )
        self._labels = [(label, entry.role) for label, entry in entries.items()]
        self._prototypes = np.stack(
            [_unit(np.mean([self._embed(text) for text in e.examples], axis=0)) for e in entries.values()]
        )
        self.limits: Mapping[str, float] = {
            label: ENCODER_LIMIT if entry.limit is None else entry.limit for label, entry in entries.items()
        }

    def read(self, text: str, role: Role, language: str) -> Sequence[Meaning]:
        """The meanings of what `role` said; see :class:`speechqc.semantics.classifier.Classifier`."""
        if not text:
            return []
        cosines = self._prototypes @ self._embed(text)
        return [
            Meaning(label, min(1.0, float(cosine)), 0, len(text))
            for (label, said_by), cosine in zip(self._labels, cosines, strict=True)
            if said_by in (None, role) and cosine >= FLOOR
        ]

    def _embed(self, text: str) -> Floats:
        """Unit embedding: the model's own, its first token's, or the mean over the tokens, as the model is meant."""
        answer, mask = self._model.run(text, self._output)
        if self._output in _TOKEN_OUTPUTS:
            answer = answer[0] if self._first_token else (answer * mask[:, None]).sum(0) / mask.sum()
        return _unit(answer)


def _index(index_of: Mapping[str, int], label: str, entry: LabelEntry, folder: Path) -> int:
    wanted = entry.model_label or label
    if wanted not in index_of:
        raise ModelError(
            f"{folder / NAME} maps {label} to {wanted!r}, which the model does not know",
            hint=f"it knows {', '.join(sorted(index_of)) or 'no label: config.json has no id2label'}",
        )
    return index_of[wanted]


def _first_of(model: TextModel, names: Sequence[str]) -> str:
    for name in names:
        if name in model.outputs:
            return name
    raise ModelError(
        f"the model in {model.folder} answers with {', '.join(model.outputs)}, expected one of"
        f" {', '.join((_LOGITS, *names))}",
        hint="export it again with --task text-classification or --task feature-extraction",
    )


def _pools_first_token(folder: Path) -> bool:
    """What sentence-transformers writes beside a model about how a sentence is made of its tokens."""
    path = folder / "1_Pooling" / "config.json"
    return path.is_file() and bool(json.loads(path.read_text("utf-8")).get("pooling_mode_cls_token"))


def _softmax(logits: Floats) -> Floats:
    raised = np.exp(logits - logits.max())
    return np.asarray(raised / raised.sum(), np.float32)


def _unit(vector: Floats) -> Floats:
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-9), np.float32)
