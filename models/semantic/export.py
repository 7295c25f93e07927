"""From the trained network to the file that is shipped."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.semantic.limits import Calibration
from models.semantic.network import SHARPNESS, MeaningNetwork
from speechqc.semantics.bundled import FORMAT
from speechqc.semantics.tokens import Vocabulary


def export(
    *,
    network: MeaningNetwork,
    vocabulary: Vocabulary,
    labels: list[str],
    roles: list[str],
    calibration: Calibration,
    target: Path,
) -> None:
    """Write `network` to `target`: the table in 8 bits with a scale a row, the rest in 16 bits."""
    target.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        target,
        **arrays_of(
            network=network, vocabulary=vocabulary, labels=labels, roles=roles, calibration=calibration
        ),  # type: ignore[arg-type]
    )


def arrays_of(
    *,
    network: MeaningNetwork,
    vocabulary: Vocabulary,
    labels: list[str],
    roles: list[str],
    calibration: Calibration,
) -> dict[str, npt.NDArray[np.generic]]:
    """What :class:`speechqc.semantics.bundled.BundledClassifier` reads."""
    table = network.table.detach().numpy()
    scales = np.maximum(np.abs(table).max(axis=1) / 127, 1e-6).astype(np.float16)
    arrays: dict[str, npt.NDArray[np.generic]] = {
        "format": np.array(FORMAT),
        "name": np.array("bundled"),
        "labels": _lines(labels),
        "roles": _lines(roles),
        "characters": _lines([vocabulary.characters]),
        "sounds": vocabulary.sounds,
        "table": np.rint(table / scales.astype(np.float32)[:, None]).clip(-127, 127).astype(np.int8),
        "scales": scales,
        "dilations": np.array([layer.dilation[0] for layer in network.convolutions]),  # type: ignore[union-attr]
        "head": network.head.weight.detach().numpy().T.astype(np.float16),
        "head_bias": network.head.bias.detach().numpy(),
        "sharpness": np.array(SHARPNESS),
        "slope": calibration.slope,
        "offset": calibration.offset,
        "limits": calibration.limits,
    }
    for number, layer in enumerate(network.convolutions):
        kernel = layer.weight.detach().numpy()  # type: ignore[union-attr]
        arrays[f"layer{number}"] = kernel.transpose(2, 1, 0).reshape(-1, kernel.shape[0]).astype(np.float16)
        arrays[f"bias{number}"] = layer.bias.detach().numpy()  # type: ignore[union-attr]
    return arrays


def _lines(texts: list[str]) -> npt.NDArray[np.uint8]:
    return np.frombuffer("\n".join(texts).encode(), np.uint8)
