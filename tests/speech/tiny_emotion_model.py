"""A tiny wav2vec2 classifier with random weights, exported the way a user would bring one."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")
transformers = pytest.importorskip("transformers")

LABELS = ("neutral", "happy", "angry", "sad")


def write_model(
    folder: Path, *, labels: tuple[str, ...] = LABELS, rate_hz: int = 16_000, **config: Any
) -> Any:
    """Write the model's folder; the PyTorch model, to compare with."""
    torch.manual_seed(3)
    settings = transformers.Wav2Vec2Config(
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        conv_dim=(8, 8, 8),
        conv_stride=(5, 4, 4),
        conv_kernel=(10, 8, 8),
        num_conv_pos_embeddings=16,
        num_conv_pos_embedding_groups=2,
        classifier_proj_size=16,
        num_labels=len(labels),
        id2label=dict(enumerate(labels)),
        label2id={label: index for index, label in enumerate(labels)},
        attn_implementation="eager",
        **config,
    )
    model = transformers.Wav2Vec2ForSequenceClassification(settings).eval()
    folder.mkdir(parents=True, exist_ok=True)
    settings.save_pretrained(folder)
    transformers.Wav2Vec2FeatureExtractor(sampling_rate=rate_hz, do_normalize=True).save_pretrained(folder)
    export(model, folder)
    return model


class _Logits(torch.nn.Module):
    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_values: Any) -> Any:
        return self.model(input_values).logits


def export(model: Any, folder: Path) -> None:
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            _Logits(model).eval(),
            (torch.zeros(1, 16_000),),
            str(folder / "model.onnx"),
            input_names=["input_values"],
            output_names=["logits"],
            dynamic_axes={"input_values": {0: "n", 1: "samples"}, "logits": {0: "n"}},
            dynamo=False,
        )


def edit_config(folder: Path, **changes: Any) -> None:
    path = folder / "config.json"
    config = json.loads(path.read_text("utf-8")) | changes
    path.write_text(json.dumps(config, ensure_ascii=False), "utf-8")
