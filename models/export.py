"""From a training checkpoint to the ONNX file that is shipped."""

from __future__ import annotations

import warnings
from pathlib import Path

import onnx
import torch

from models.fit import load_network
from models.network import SUBSAMPLING, StreamingNetwork

_OPSET = 17


def export(checkpoint: Path, target: Path) -> None:
    """Write the streaming network of `checkpoint` to `target`, float32, streams and frames dynamic.

    Float32 because dynamic 8-bit quantisation scales over the whole batch: a stream's result would
    then depend on its neighbours.
    """
    streaming = StreamingNetwork(load_network(checkpoint)).eval()
    streams, frames = 2, 4 * SUBSAMPLING
    example = (
        torch.zeros(streams, frames, streaming.network.shape.mel_bands),
        torch.zeros(streams, 2),
        streaming.start(streams),
    )
    axes: dict[str, dict[int, str]] = {
        name: {0: "streams"} for name in StreamingNetwork.INPUTS + StreamingNetwork.OUTPUTS
    }
    axes["frames"][1] = "frames"
    axes["log_probs"][1] = "output_frames"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracing exporter warns that it is the older one
        torch.onnx.export(
            streaming,
            example,
            str(target),
            input_names=list(StreamingNetwork.INPUTS),
            output_names=list(StreamingNetwork.OUTPUTS),
            dynamic_axes=axes,
            opset_version=_OPSET,
            dynamo=False,
        )
    _describe(target, delay=streaming.delay)


def _describe(target: Path, *, delay: int) -> None:
    """Store what the runtime must know beside the shapes."""
    model = onnx.load(str(target))
    model.doc_string = "Streaming CTC over Mandarin syllables, trained on synthesised speech (Apache-2.0)."
    entry = model.metadata_props.add()
    entry.key, entry.value = "delay_frames", str(delay)
    onnx.save(model, str(target))
