"""The acoustic network at run time: one onnxruntime call advances many streams."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime

from speechqc.errors import ModelError

SUBSAMPLING = 4
"""Input frames to one output frame."""
UNKNOWN_LENGTH = 1_000_000_000
"""Output frames of a stream whose end has not come."""

FloatArray = npt.NDArray[np.float32]
_HISTORIES = ("frame_before", "map_before", "gated_before", "waiting")
_OUTPUTS = ("log_probs", "frame_after", "map_after", "gated_after", "waiting_after")
_FIRST_CAPACITY = 16


class Network:
    """A session and the histories of its streams, in arrays whose rows are handed out and taken back."""

    def __init__(self, path: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        try:
            self._session = onnxruntime.InferenceSession(
                str(path), sess_options=options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime raises its own types and plain RuntimeError alike
            raise ModelError(f"{path.name} is no network that onnxruntime can run: {error}") from error
        self.delay = int(self._session.get_modelmeta().custom_metadata_map["delay_frames"])
        shapes = {entry.name: entry.shape for entry in self._session.get_inputs()}
        self._histories = [np.zeros((_FIRST_CAPACITY, *shapes[name][1:]), np.float32) for name in _HISTORIES]
        self._heard = np.zeros(_FIRST_CAPACITY, np.int64)
        self._free = list(range(_FIRST_CAPACITY))

    def open(self) -> int:
        """A row for a new stream."""
        if not self._free:
            self._grow()
        row = self._free.pop()
        for history in self._histories:
            history[row] = 0.0
        self._heard[row] = 0
        return row

    def close(self, row: int) -> None:
        """Give a row back."""
        self._free.append(row)

    def step(self, rows: Sequence[int], frames: FloatArray, lengths: Sequence[int]) -> list[FloatArray]:
        """Log-probabilities of what each stream's next frames complete.

        Args:
            rows: of the streams, each once.
            frames: (streams, 4n, bands), the same n for all.
            lengths: output frames each stream has in all, UNKNOWN_LENGTH until its end has come; after
                its end a stream is fed with anything for `delay` more frames.

        Returns:
            For each stream (at most n, outputs): fewer at its start, which lags by `delay` frames, and
            at its end.
        """
        index = np.asarray(rows)
        heard = self._heard[index]
        span = np.stack([heard, np.asarray(lengths)], axis=1).astype(np.float32)
        feed = {"frames": frames, "span": span}
        feed |= {name: history[index] for name, history in zip(_HISTORIES, self._histories, strict=True)}
        log_probs, *after = self._session.run(_OUTPUTS, feed)
        for history, new in zip(self._histories, after, strict=True):
            history[index] = new
        steps = log_probs.shape[1]
        self._heard[index] = heard + steps
        results = []
        for row, before, length in zip(log_probs, heard.tolist(), lengths, strict=True):
            first = before - self.delay
            results.append(row[max(0, -first) : max(0, min(steps, length - first))])
        return results

    def _grow(self) -> None:
        capacity = len(self._heard)
        self._histories = [np.concatenate([history, np.zeros_like(history)]) for history in self._histories]
        self._heard = np.concatenate([self._heard, np.zeros_like(self._heard)])
        self._free = list(range(capacity, 2 * capacity))
