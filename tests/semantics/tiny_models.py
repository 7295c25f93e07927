"""Tiny transformers with random weights, exported the way a user would bring them."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")
transformers = pytest.importorskip("transformers")

WORDS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"我要投诉你们您好请问今天气很保本不亏")
SIZES: dict[str, Any] = {
    "vocab_size": len(WORDS),
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "max_position_embeddings": 24,
}


def write_tokenizer(folder: Path) -> Any:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.txt").write_text("\n".join(WORDS), encoding="utf-8")
    tokenizer = transformers.BertTokenizerFast(str(folder / "vocab.txt"))
    tokenizer.save_pretrained(folder)
    return tokenizer


def write_classifier(folder: Path, *, problem: str = "multi_label_classification") -> tuple[Any, Any]:
    """The model and its tokenizer; the labels are ``LABEL_0`` to ``LABEL_2``."""
    torch.manual_seed(5)
    config = transformers.BertConfig(**SIZES, num_labels=3, problem_type=problem, attn_implementation="eager")
    model = transformers.BertForSequenceClassification(config).eval()
    tokenizer = write_tokenizer(folder)
    _export(model, tokenizer, folder, "logits")
    config.save_pretrained(folder)
    return model, tokenizer


def write_encoder(folder: Path, *, first_token: bool = False) -> tuple[Any, Any]:
    torch.manual_seed(6)
    config = transformers.BertConfig(**SIZES, attn_implementation="eager")
    model = transformers.BertModel(config, add_pooling_layer=False).eval()
    tokenizer = write_tokenizer(folder)
    _export(model, tokenizer, folder, "last_hidden_state")
    config.save_pretrained(folder)
    if first_token:
        (folder / "1_Pooling").mkdir()
        (folder / "1_Pooling" / "config.json").write_text(json.dumps({"pooling_mode_cls_token": True}))
    return model, tokenizer


def _export(model: Any, tokenizer: Any, folder: Path, output: str) -> None:
    coded = tokenizer("我要投诉", return_tensors="pt")
    names = ["input_ids", "attention_mask", "token_type_ids"]

    class Named(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: Any, attention_mask: Any, token_type_ids: Any) -> Any:
            answer = self.model(
                input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
            )
            return getattr(answer, output)

    axes = {name: {0: "batch", 1: "tokens"} for name in names} | {output: {0: "batch"}}
    if output != "logits":
        axes[output] = {0: "batch", 1: "tokens"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracing exporter warns that it is the older one
        torch.onnx.export(
            Named().eval(),
            tuple(coded[name] for name in names),
            str(folder / "model.onnx"),
            input_names=names,
            output_names=[output],
            dynamic_axes=axes,
            opset_version=17,
            dynamo=False,
        )
