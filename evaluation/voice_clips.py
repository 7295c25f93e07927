"""Recordings of one speaker each, heard as a telephone line brings them: for the evaluation of the voice."""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soxr

from speechqc.analyzers.voice_baseline import features
from speechqc.audio.codecs import Encoding, decode, encode
from speechqc.audio.recording import open_recording
from speechqc.events import Prosody, Role
from speechqc.speech.front_end import ChannelFrontEnd
from speechqc.speech.settings import SpeechSettings

RATE, TELEPHONE_RATE = 16_000, 8_000
RMS = 0.03

Samples = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Clip:
    """One recording of one speaker and how it sounded."""

    path: str
    speaker: str
    emotion: str
    heard: list[Prosody]
    level_db: float
    """Of the recording as it came."""

    @property
    def seconds(self) -> float:
        return sum(stretch.end - stretch.start for stretch in self.heard)

    def means(self) -> dict[str, float]:
        """The mean of each feature, by duration."""
        sums: dict[str, float] = defaultdict(float)
        weights: dict[str, float] = defaultdict(float)
        for stretch in self.heard:
            for name, value in features(stretch).items():
                sums[name] += value * (stretch.end - stretch.start)
                weights[name] += stretch.end - stretch.start
        return {name: sums[name] / weights[name] for name in sums}


def read_clips(root: Path) -> list[Clip]:
    """The recordings of one speaker that ``MANIFEST.csv`` in `root` names and in which speech was heard."""
    with (root / "MANIFEST.csv").open(encoding="utf-8", newline="") as manifest:
        rows = [row for row in csv.DictReader(manifest) if "2 speakers" not in row["speaker"]]
    clips = [
        Clip(
            row["path"],
            row["speaker"] or row["path"],
            row["emotion"],
            hear(root / row["path"]),
            level(root / row["path"]),
        )
        for row in rows
    ]
    return [clip for clip in clips if clip.heard]


def hear(path: Path, *, late_gain_db: float = 0.0) -> list[Prosody]:
    """The prosody events of a recording as a telephone line brings it, at one RMS level.

    Its second half is turned up by `late_gain_db`, as a line may be in the middle of a call.
    """
    narrow = soxr.resample(_sound(path), RATE, TELEPHONE_RATE)
    narrow *= RMS / max(float(np.sqrt(np.mean(narrow**2))), 1e-9)
    narrow[len(narrow) // 2 :] *= 10 ** (late_gain_db / 20)
    line = decode(encode(np.clip(narrow, -1.0, 1.0)[None].astype(np.float32), Encoding.MULAW), Encoding.MULAW)
    wide = soxr.resample(line, TELEPHONE_RATE, RATE)
    padded = np.pad(wide.astype(np.float32), (RATE // 4, RATE))
    front_end = ChannelFrontEnd("clip", Role.CUSTOMER, SpeechSettings())
    hops = [*front_end.push(padded), *front_end.finish()]
    return [event for hop in hops for event in hop.events if isinstance(event, Prosody)]


def level(path: Path) -> float:
    """RMS of the recording in dB of full scale."""
    return float(10 * np.log10(np.mean(_sound(path) ** 2) + 1e-12))


def _sound(path: Path) -> Samples:
    mono: Samples = np.concatenate(list(open_recording(path).blocks()), axis=1).mean(axis=0)
    return mono
