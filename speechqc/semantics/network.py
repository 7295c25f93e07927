"""The network of the bundled classifier, in numpy: embeddings, dilated convolutions, scores at every token.

A label's score is a soft maximum over the tokens (multiple-instance learning: one clause is enough to carry a label,
whatever stands around it), so the token that scores highest says where the label is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from speechqc.semantics.tokens import Rows

Floats = npt.NDArray[np.float32]

TAPS = 3


@dataclass(frozen=True, slots=True)
class Layer:
    """One convolution of three taps, `dilation` tokens apart: `weight` is (3 x width, width)."""

    weight: Floats
    bias: Floats
    dilation: int


class Network:
    """Scores a text; pure and deterministic."""

    def __init__(
        self,
        *,
        table: npt.NDArray[np.int8],
        scales: npt.NDArray[np.float16],
        layers: tuple[Layer, ...],
        head: Floats,
        head_bias: Floats,
        sharpness: float,
    ) -> None:
        self._table, self._scales, self._layers = table, scales.astype(np.float32)[:, None], layers
        self._head, self._head_bias, self._sharpness = head, head_bias, np.float32(sharpness)

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[np.generic]]) -> Network:
        """The network in `arrays` as the recipe writes them."""
        count = int(arrays["dilations"].shape[0])
        layers = tuple(
            Layer(
                np.asarray(arrays[f"layer{number}"], np.float32),
                np.asarray(arrays[f"bias{number}"], np.float32),
                int(arrays["dilations"][number]),
            )
            for number in range(count)
        )
        return cls(
            table=np.asarray(arrays["table"], np.int8),
            scales=np.asarray(arrays["scales"], np.float16),
            layers=layers,
            head=np.asarray(arrays["head"], np.float32),
            head_bias=np.asarray(arrays["head_bias"], np.float32),
            sharpness=float(arrays["sharpness"]),
        )

    def token_scores(self, rows: Rows) -> Floats:
        """(tokens, labels) log-odds of each label at each token of `rows` (tokens, features)."""
        flat = rows.ravel()
        gathered = self._table[flat] * self._scales[flat]
        hidden: Floats = gathered.reshape(*rows.shape, -1).sum(axis=1)
        count, width = hidden.shape
        for layer in self._layers:
            reach = layer.dilation
            padded = np.zeros((count + 2 * reach, width), np.float32)
            padded[reach : reach + count] = hidden
            taps = np.concatenate([padded[tap * reach : tap * reach + count] for tap in range(TAPS)], axis=1)
            hidden = hidden + np.maximum(taps @ layer.weight + layer.bias, 0)
        return np.asarray(hidden @ self._head + self._head_bias, np.float32)

    def text_scores(self, token_scores: Floats) -> Floats:
        """(labels,) log-odds of the whole text: the soft maximum of `token_scores` over the tokens."""
        highest = token_scores.max(axis=0)
        spread = np.exp(self._sharpness * (token_scores - highest)).sum(axis=0)
        return np.asarray(highest + np.log(spread) / self._sharpness, np.float32)
