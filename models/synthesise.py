"""Training speech: text, a voice, a line, and what the network sees of it, in shards on disk."""

from __future__ import annotations

import logging
import multiprocessing
import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import jieba
import numpy as np
import numpy.typing as npt

from models.channel import TRAINING, Telephone
from models.espeak import EspeakError, synthesise
from models.pinyin import Syllable, syllables
from models.text.corpus import call_clauses, held_out_sentences, random_clauses
from models.text.syllables import SYLLABLES
from models.voices import TRAINING_VARIANTS
from speechqc.asr.bundled.features import log_mel, with_start_context

_LOG = logging.getLogger(__name__)
_FRAMES_A_SECOND = 100
_MAX_SYLLABLES = 48
_FRAMES_A_SYLLABLE = 5
"""Faster speech than a syllable in 50 ms leaves CTC too few output frames."""
_ATTEMPTS = 5
_SEEDS_APART = 10_000

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a sentence is said: espeak-ng's parameters, and whether words are run together."""

    voice: str
    rate_wpm: float
    pitch: float
    pitch_range: float
    amplitude: float
    joined: bool
    pauses: bool


@dataclass
class Shard:
    """Recordings one after the other: features, their lengths in frames, labels, their lengths."""

    features: list[npt.NDArray[np.float16]] = field(default_factory=list)
    labels: list[list[int]] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        return sum(len(item) for item in self.features) / _FRAMES_A_SECOND

    def save(self, path: Path) -> None:
        """Write to `path` at once or not at all."""
        unfinished = path.with_suffix(".partial.npz")
        np.savez(
            unfinished,
            features=np.concatenate(self.features),
            frames=np.array([len(item) for item in self.features], np.int32),
            labels=np.array([label for item in self.labels for label in item], np.int32),
            label_counts=np.array([len(item) for item in self.labels], np.int32),
        )
        unfinished.rename(path)


def synthesise_shards(folder: Path, *, hours: float, shards: int, workers: int) -> list[Path]:
    """Make what is missing of `shards` files holding `hours` of speech in all; returns all paths.

    Raises:
        EspeakError: a shard could not be made in several attempts.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"shard-{index:03d}.npz" for index in range(shards)]
    missing = [index for index, path in enumerate(paths) if not path.exists()]
    _LOG.info("%d of %d shards to synthesise", len(missing), shards)
    with ThreadPoolExecutor(workers) as pool:
        for index in pool.map(lambda index: _attempt_shard(index, paths[index], hours / shards), missing):
            _LOG.info("wrote %s", paths[index])
    return paths


def _attempt_shard(index: int, path: Path, hours: float) -> int:
    """Make a shard in a process of its own: now and then libespeak-ng crashes, and takes it along."""
    for attempt in range(_ATTEMPTS):
        seed = index + attempt * _SEEDS_APART
        process = multiprocessing.get_context("spawn").Process(target=_make_shard, args=(seed, path, hours))
        process.start()
        process.join()
        if process.exitcode == 0:
            return index
        _LOG.warning(
            "shard %d: the synthesiser crashed (%s), attempt %d", index, process.exitcode, attempt + 1
        )
    raise EspeakError(f"shard {index} could not be synthesised in {_ATTEMPTS} attempts")


def _make_shard(seed: int, path: Path, hours: float) -> None:
    jieba.setLogLevel(logging.WARNING)
    rng, telephone, shard = random.Random(seed), Telephone(seed), Shard()
    tested = frozenset(held_out_sentences())
    while shard.seconds < hours * 3600:
        recording, said = _recording(rng, telephone, tested)
        frames = log_mel(with_start_context(recording))[0]
        if len(frames) < _FRAMES_A_SYLLABLE * len(said) or len(said) > _MAX_SYLLABLES:
            continue
        shard.features.append(frames.astype(np.float16))
        shard.labels.append([SYLLABLES.index(syllable.base) for syllable in said])
    shard.save(path)


def _recording(
    rng: random.Random, telephone: Telephone, tested: frozenset[str]
) -> tuple[FloatArray, list[Syllable]]:
    kind = rng.random()
    if kind < 0.03:
        return telephone.send_noise(rng.uniform(0.5, 5.0), TRAINING), []
    if kind < 0.55:
        clauses = call_clauses(rng)
    elif kind < 0.92:
        clauses = random_clauses(rng)
    else:
        return _rare_syllables(rng, telephone)
    if "".join(clauses) in tested:
        return telephone.send_noise(1.0, TRAINING), []
    if rng.random() < 0.15:
        clauses = _cut(clauses, rng)
    voice, rate, said = say(clauses, delivery(rng))
    return telephone.send(voice, rate, TRAINING), said


def delivery(rng: random.Random) -> Delivery:
    """A speaker's mood: mostly even, one in six angry (louder, higher, faster, livelier)."""
    angry = rng.random() < 1 / 6
    return Delivery(
        voice=rng.choice(TRAINING_VARIANTS),
        rate_wpm=rng.uniform(270, 370) if angry else rng.uniform(150, 330),
        pitch=rng.uniform(70, 99) if angry else rng.uniform(20, 78),
        pitch_range=rng.uniform(50, 99) if angry else rng.uniform(20, 80),
        amplitude=rng.uniform(120, 180) if angry else rng.uniform(60, 120),
        joined=rng.random() < 0.4,
        pauses=rng.random() < 0.5,
    )


def say(clauses: list[str], manner: Delivery) -> tuple[FloatArray, int, list[Syllable]]:
    """Speech without the silence around it, its sample rate, and the syllables said."""
    read = [
        [syllables(word) for word in (jieba.cut(clause) if manner.joined else [clause])] for clause in clauses
    ]
    between = "" if manner.joined else " "
    spelt = [" ".join(between.join(map(str, word)) for word in clause) for clause in read]
    voice, rate = _speak((", " if manner.pauses else " ").join(spelt), manner)
    return voice, rate, [syllable for clause in read for word in clause for syllable in word]


def _rare_syllables(rng: random.Random, telephone: Telephone) -> tuple[FloatArray, list[Syllable]]:
    """Syllables in any order, so that rare ones are heard as often as common ones."""
    said = [Syllable(rng.choice(SYLLABLES.names), rng.randint(1, 4)) for _ in range(rng.randint(3, 10))]
    voice, rate = _speak(" ".join(map(str, said)), delivery(rng))
    return telephone.send(voice, rate, TRAINING), said


def _speak(spelt: str, manner: Delivery) -> tuple[FloatArray, int]:
    voice, rate = synthesise(
        spelt,
        voice=manner.voice,
        rate_wpm=manner.rate_wpm,
        pitch=manner.pitch,
        pitch_range=manner.pitch_range,
        amplitude=manner.amplitude,
    )
    heard = np.flatnonzero(np.abs(voice) > 1e-3)
    if len(heard) == 0:
        raise EspeakError(f"espeak-ng was silent for {spelt!r}")
    return voice[heard[0] : heard[-1] + 1], rate


def _cut(clauses: list[str], rng: random.Random) -> list[str]:
    """Part of a sentence, as a forced cut of the endpointer leaves it."""
    text = "".join(clauses)
    start = rng.randint(0, len(text) // 2)
    return [text[start : rng.randint(start + 1, len(text))]]
