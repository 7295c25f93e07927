"""A transformer somebody brings: its tokenizer through transformers, its network through onnxruntime, no PyTorch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from speechqc.errors import ModelError

Floats = npt.NDArray[np.float32]

_FILES = ("model.onnx", "onnx/model.onnx")
_MAX_TOKENS = 512


class TextModel:
    """An ONNX text model in `folder` with its tokenizer and `config.json`.

    Raises:
        ModelError: a file is missing, or cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        path = _network_path(folder)
        self.config = read_config(folder)
        try:
            import onnxruntime  # noqa: PLC0415 - only who brings a model pays for the imports
            from transformers import AutoTokenizer  # noqa: PLC0415

            self._tokenizer: Any = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(
                f"the tokenizer in {folder} cannot be read: {_first_line(error)}",
                hint="copy tokenizer.json, tokenizer_config.json and the vocabulary beside model.onnx",
            ) from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        try:
            self._session: Any = onnxruntime.InferenceSession(
                str(path), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime's errors share no base of their own
            raise ModelError(f"{path} is no network onnxruntime can run: {_first_line(error)}") from error
        self._inputs = [entry.name for entry in self._session.get_inputs()]
        self.outputs = [entry.name for entry in self._session.get_outputs()]
        limits = (_MAX_TOKENS, self._tokenizer.model_max_length, self.config.get("max_position_embeddings"))
        self._max_tokens = min(int(limit) for limit in limits if limit)

    def run(self, text: str, output: str) -> tuple[Floats, npt.NDArray[np.int64]]:
        """The first row of `output` for `text`, and (tokens,) which tokens are text."""
        coded = self._tokenizer(text, truncation=True, max_length=self._max_tokens, return_tensors="np")
        mask = np.asarray(coded["attention_mask"], np.int64)
        feed = {
            name: np.asarray(coded[name] if name in coded else np.zeros_like(mask), np.int64)
            for name in self._inputs
        }
        [rows] = self._session.run([output], feed)
        return np.asarray(rows[0], np.float32), mask[0]


def read_config(folder: Path) -> dict[str, Any]:
    """What `config.json` says; nothing when there is none.

    Raises:
        ModelError: it is no JSON object.
    """
    path = folder / "config.json"
    if not path.is_file():
        return {}
    try:
        config = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise ModelError(f"{path} is no JSON: {error}") from error
    if not isinstance(config, dict):
        raise ModelError(f"{path} holds a {type(config).__name__}, expected an object")
    return config


def _network_path(folder: Path) -> Path:
    if not folder.is_dir():
        raise ModelError(
            f"there is no folder {folder}", hint="give a folder with a tokenizer, config.json and model.onnx"
        )
    for name in _FILES:
        if (folder / name).is_file():
            return folder / name
    raise ModelError(
        f"there is no model.onnx in {folder}",
        hint=(
            f"export one: optimum-cli export onnx --model NAME --task text-classification {folder}"
            " (for a sentence encoder: --task feature-extraction)"
        ),
    )


def _first_line(error: BaseException) -> str:
    return str(error).strip().split("\n")[0][:200]
