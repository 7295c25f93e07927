"""A classifier of emotion in voices that somebody brings: a Hugging Face audio classifier, exported to ONNX.

Its folder holds ``config.json`` (with ``id2label``), ``preprocessor_config.json`` and ``model.onnx``. Sound is
prepared by transformers' feature extractor in numpy and judged by onnxruntime; PyTorch is not needed. The
recordings such models are trained on differ, so how sure they are is taken as one voice among several.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import soxr

from speechqc.audio.format import SAMPLE_RATE
from speechqc.errors import ModelError
from speechqc.events import VoiceEmotion
from speechqc.semantics.onnx_text import read_config
from speechqc.speech.stretches import SHORTEST_S, VoiceStretch

Floats = npt.NDArray[np.float32]

ANGRY = frozenset({"angry", "anger", "ang", "furious", "rage", "生气", "愤怒", "生氣", "憤怒"})
"""Names of the label that means anger, as parts of a label's name: ``angry``, ``生气/angry``, ``03_ang``."""
NEGATIONS = frozenset({"not", "no", "non"})
OWN_LABELS = "anger_labels"
"""Entry of config.json that names the labels of anger of a model that calls them otherwise."""
EXPORT = "export one: optimum-cli export onnx --model NAME --task audio-classification FOLDER"
_NETWORKS = ("model.onnx", "onnx/model.onnx")
_WORD = re.compile(r"[A-Za-z]+|[㐀-鿿]+")


class EmotionClassifier:
    """The classifier in `folder`. Safe to ask from several threads.

    Raises:
        ModelError: a file is missing or damaged, no label means anger, or the network does not fit its
            extractor or its labels.
    """

    def __init__(self, folder: Path) -> None:
        self.name, self._folder = folder.name, folder
        network, config = _network_path(folder), _read_config(folder)
        labels = _labels(config, folder)
        self._angry = angry_labels(labels, config.get(OWN_LABELS), folder=folder)
        self._exclusive = config.get("problem_type") != "multi_label_classification"
        self._extractor = _open_extractor(folder)
        self._rate_hz = int(getattr(self._extractor, "sampling_rate", SAMPLE_RATE))
        self._session = _open_network(network)
        self._inputs = [entry.name for entry in self._session.get_inputs()]
        outputs = [entry.name for entry in self._session.get_outputs()]
        self._output = "logits" if "logits" in outputs else outputs[0]
        self._try_out(len(labels))

    def anger(self, samples: Floats) -> float:
        """How probable it is, 0..1, that the speaker of `samples`, float32 (n,) at 16 kHz, is angry.

        Raises:
            ModelError: the network cannot judge them.
        """
        logits = self._logits(samples)
        chosen = [float(chance) for chance in self._chances(logits)[self._angry]]
        return min(1.0, sum(chosen) if self._exclusive else max(chosen))

    def hear(self, call_id: str, stretch: VoiceStretch) -> VoiceEmotion:
        """What it says of `stretch`, as an event of the call.

        Raises:
            ModelError: the network cannot judge it.
        """
        return VoiceEmotion(
            call_id=call_id,
            role=stretch.role,
            start=stretch.start,
            end=stretch.end,
            anger=round(self.anger(stretch.samples), 4),
            model=self.name,
        )

    def _chances(self, logits: Floats) -> Floats:
        if not self._exclusive:
            return np.asarray(1 / (1 + np.exp(-logits)), np.float32)
        raised = np.exp(logits - logits.max())
        return np.asarray(raised / raised.sum(), np.float32)

    def _logits(self, samples: Floats) -> Floats:
        sound = samples
        if self._rate_hz != SAMPLE_RATE:
            sound = soxr.resample(samples, SAMPLE_RATE, self._rate_hz)
        try:
            made = self._extractor(sound, sampling_rate=self._rate_hz, return_tensors="np")
            feed = {name: _input(name, made) for name in self._inputs}
            [rows] = self._session.run([self._output], feed)
        except (
            Exception
        ) as error:  # onnxruntime's errors share no base of their own, extractors raise anything
            raise ModelError(
                f"the model in {self._folder} cannot judge a voice: {_first_line(error)}",
                hint=f"preprocessor_config.json and model.onnx must be of one model; {EXPORT}",
            ) from error
        return np.asarray(rows[0], np.float32)

    def _try_out(self, labels: int) -> None:
        """What would fail in the middle of a call fails now."""
        noise = np.random.default_rng(0).standard_normal(round(SHORTEST_S * SAMPLE_RATE))
        shape = self._logits((0.01 * noise).astype(np.float32)).shape
        if shape != (labels,):
            raise ModelError(
                f"the model in {self._folder} answers in shape {shape}, expected one number for each of its"
                f" {labels} labels",
                hint=f"only classifiers of whole recordings are understood; {EXPORT}",
            )


def angry_labels(labels: Sequence[str], own: object, *, folder: Path) -> list[int]:
    """The places of the labels that mean anger: those that `own` names, else those called so.

    Raises:
        ModelError: there is none; the message says which labels the model has.
    """
    if isinstance(own, list) and own:
        unknown = [str(name) for name in own if name not in labels]
        if unknown:
            raise ModelError(
                f"{OWN_LABELS} in {folder / 'config.json'} names {', '.join(unknown)}, which is no label of the model",
                hint=f"its labels are {', '.join(labels)}",
            )
        return [index for index, label in enumerate(labels) if label in own]
    found = [index for index, label in enumerate(labels) if _means_anger(label)]
    if not found:
        raise ModelError(
            f"no label of the model in {folder} means anger; its labels are {', '.join(labels)}",
            hint=f'say which one does: write "{OWN_LABELS}": ["LABEL"] into its config.json',
        )
    return found


def _means_anger(label: str) -> bool:
    words = {word.casefold() for word in _WORD.findall(label)}
    return bool(words & ANGRY) and not words & NEGATIONS


def _labels(config: Mapping[str, Any], folder: Path) -> list[str]:
    """The labels in the order of the network's answer."""
    named = config.get("id2label")
    try:
        labels = {int(index): str(name) for index, name in named.items()} if named else {}
    except (AttributeError, ValueError):
        labels = {}
    if not labels or sorted(labels) != list(range(len(labels))):
        raise ModelError(
            f"id2label in {folder / 'config.json'} is {named!r}, expected a name for each of the model's answers",
            hint='write it as {"0": "neutral", "1": "angry"}',
        )
    return [labels[index] for index in range(len(labels))]


def _network_path(folder: Path) -> Path:
    if not folder.is_dir():
        raise ModelError(f"there is no folder {folder}", hint=EXPORT)
    for name in _NETWORKS:
        if (folder / name).is_file():
            return folder / name
    raise ModelError(f"there is no model.onnx in {folder}", hint=EXPORT)


def _read_config(folder: Path) -> dict[str, Any]:
    path = folder / "config.json"
    if not path.is_file():
        raise ModelError(
            f"there is no config.json in {folder}, which says what the model's answers mean", hint=EXPORT
        )
    return read_config(folder)


def _open_extractor(folder: Path) -> Any:
    path = folder / "preprocessor_config.json"
    if not path.is_file():
        raise ModelError(
            f"there is no preprocessor_config.json in {folder}, which says how sound is prepared",
            hint="copy it from the model's repository",
        )
    from transformers import AutoFeatureExtractor  # noqa: PLC0415 - only who brings a model pays for it

    extractors: Any = AutoFeatureExtractor
    try:
        return extractors.from_pretrained(str(folder), local_files_only=True)
    except Exception as error:
        raise ModelError(
            f"{path} cannot be used: {_first_line(error)}", hint="copy it from the model's repository"
        ) from error


def _open_network(path: Path) -> Any:
    import onnxruntime  # noqa: PLC0415 - only who brings a model pays for it

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's errors share no base of their own
        raise ModelError(f"{path} is no network onnxruntime can run: {_first_line(error)}") from error


def _input(name: str, made: Mapping[str, Any]) -> npt.NDArray[Any]:
    """What the extractor made for the network's input `name`; a mask it did not make covers all."""
    if name in made:
        given = np.asarray(made[name])
        return given.astype(np.int64) if "mask" in name else given.astype(np.float32)
    if "mask" in name:
        return np.ones(np.asarray(next(iter(made.values()))).shape[:2], np.int64)
    raise ValueError(f"the network asks for {name}, the extractor gives {', '.join(made)}")


def _first_line(error: BaseException) -> str:
    return str(error).strip().split("\n")[0][:200]
