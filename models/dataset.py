"""Batches of synthesised speech for training, varied anew every time they are drawn."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.network import SUBSAMPLING
from speechqc.asr.bundled.features import MEL_BANDS

_BUCKET = 1500
"""Recordings that are sorted by length together; small enough to stay random."""
_PREFETCHED = 6

FloatArray = npt.NDArray[np.float32]
Rng = np.random.Generator


@dataclass(frozen=True, slots=True)
class Batch:
    """(recordings, frames, bands) padded, frames of each, labels one after the other, labels of each."""

    features: FloatArray
    frames: npt.NDArray[np.int64]
    labels: npt.NDArray[np.int64]
    label_counts: npt.NDArray[np.int64]


class Speech:
    """All recordings of some shards, in memory as 16-bit floats."""

    def __init__(self, shards: Sequence[Path]) -> None:
        loaded = [np.load(path) for path in shards]
        self.features: npt.NDArray[np.float16] = np.concatenate([shard["features"] for shard in loaded])
        self.frames = np.concatenate([shard["frames"] for shard in loaded]).astype(np.int64)
        self._starts = np.cumsum(self.frames) - self.frames
        self._labels = np.concatenate([shard["labels"] for shard in loaded]).astype(np.int64)
        self._label_counts = np.concatenate([shard["label_counts"] for shard in loaded]).astype(np.int64)
        self._label_starts = np.cumsum(self._label_counts) - self._label_counts

    def __len__(self) -> int:
        return len(self.frames)

    def __getitem__(self, index: int) -> tuple[FloatArray, npt.NDArray[np.int64]]:
        start, first = self._starts[index], self._label_starts[index]
        labels = self._labels[first : first + self._label_counts[index]]
        return self.features[start : start + self.frames[index]].astype(np.float32), labels

    def mean_and_deviation(self) -> tuple[FloatArray, FloatArray]:
        """Of every band over a sample of the frames."""
        sample = self.features[::37].astype(np.float32)
        return sample.mean(0), sample.std(0)


def batches(speech: Speech, *, frames_a_batch: int, seed: int) -> Iterator[Batch]:
    """Endless batches of at most `frames_a_batch` padded frames, made in a thread ahead of their use."""
    ahead: queue.Queue[Batch] = queue.Queue(_PREFETCHED)
    threading.Thread(target=_fill, args=(ahead, speech, frames_a_batch, seed), daemon=True).start()
    while True:
        yield ahead.get()


def _fill(ahead: queue.Queue[Batch], speech: Speech, frames_a_batch: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    while True:
        for chosen in _group(speech.frames, frames_a_batch, rng):
            ahead.put(_collate([_vary(*speech[index], rng) for index in chosen]))


def _group(frames: npt.NDArray[np.int64], frames_a_batch: int, rng: Rng) -> list[list[int]]:
    """One pass over all recordings in groups of like length, in random order."""
    groups: list[list[int]] = []
    order = rng.permutation(len(frames))
    for bucket in np.array_split(order, max(1, len(order) // _BUCKET)):
        group: list[int] = []
        for index in bucket[np.argsort(frames[bucket])]:
            if group and frames[index] * (len(group) + 1) > frames_a_batch:
                groups.append(group)
                group = []
            group.append(int(index))
        groups.append(group)
    rng.shuffle(groups)
    return groups


def _collate(items: list[tuple[FloatArray, npt.NDArray[np.int64]]]) -> Batch:
    longest = max(len(features) for features, _ in items)
    padded = np.zeros((len(items), -(-longest // SUBSAMPLING) * SUBSAMPLING, MEL_BANDS), np.float32)
    for row, (features, _) in zip(padded, items, strict=True):
        row[: len(features)] = features
        row[len(features) :] = features[-1]
    return Batch(
        features=padded,
        frames=np.array([len(features) for features, _ in items]),
        labels=np.concatenate([labels for _, labels in items]),
        label_counts=np.array([len(labels) for _, labels in items]),
    )


def _vary(
    features: FloatArray, labels: npt.NDArray[np.int64], rng: Rng
) -> tuple[FloatArray, npt.NDArray[np.int64]]:
    """Another speaker, tempo and line: stretch, warp of the frequency axis, equaliser, masks.

    The masks are SpecAugment's (Park et al. 2019), filled with the recording's mean.
    """
    if rng.random() < 0.7:
        features = _stretch(
            features, rng.uniform(0.8, 1.3), at_least=int(1.25 * len(labels) + 2) * SUBSAMPLING
        )
    if rng.random() < 0.7:
        features = features @ _frequency_warps()[rng.integers(len(_frequency_warps()))]
    if rng.random() < 0.5:
        knots = rng.normal(0, 1, 6)
        features = features + np.interp(np.arange(MEL_BANDS), np.linspace(0, MEL_BANDS - 1, 6), knots).astype(
            np.float32
        )
    return _mask(features, rng), labels


def _stretch(features: FloatArray, factor: float, *, at_least: int) -> FloatArray:
    """Play `factor` times as fast, unless fewer than `at_least` frames would be left."""
    positions = np.arange(0, len(features) - 1, factor)
    if len(positions) < at_least:
        return features
    whole = positions.astype(np.int64)
    share = (positions - whole)[:, None].astype(np.float32)
    stretched: FloatArray = features[whole] * (1 - share) + features[whole + 1] * share
    return stretched


def _mask(features: FloatArray, rng: Rng) -> FloatArray:
    mean = features.mean(0)
    masked = features.copy()
    for _ in range(rng.integers(0, 3)):
        width = rng.integers(1, 7)
        band = rng.integers(0, MEL_BANDS - width)
        masked[:, band : band + width] = mean[band : band + width]
    for _ in range(rng.integers(0, 3)):
        width = rng.integers(1, 10)
        frame = rng.integers(0, max(1, len(masked) - width))
        masked[frame : frame + width] = mean
    return masked


@cache
def _frequency_warps() -> list[FloatArray]:
    """Matrices (bands, bands) that move the spectrum as vocal tracts of 0.86-1.16 times the length do."""
    mel = np.linspace(_mel(60.0), _mel(3900.0), MEL_BANDS + 2)[1:-1]
    hz = 700 * np.expm1(mel / 1127)
    warps = []
    for factor in np.linspace(0.86, 1.16, 13):
        source = np.clip(np.interp(_mel(hz * factor), mel, np.arange(MEL_BANDS)), 0, MEL_BANDS - 1)
        lower = np.clip(np.floor(source).astype(np.int64), 0, MEL_BANDS - 2)
        share = source - lower
        warp = np.zeros((MEL_BANDS, MEL_BANDS), np.float32)
        warp[lower, np.arange(MEL_BANDS)] = 1 - share
        warp[lower + 1, np.arange(MEL_BANDS)] += share
        warps.append(warp)
    return warps


def _mel(hz: float | npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.asarray(1127 * np.log1p(np.asarray(hz) / 700))
