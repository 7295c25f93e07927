"""How well and how fast the bundled recogniser hears synthesised speech.

``python evaluation/recogniser.py`` makes the test sets with espeak-ng and prints, for each, the share
of wrong syllables (SER, what the network hears) and of wrong characters (CER, what comes out), then the
streams one core holds.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rapidfuzz.distance import Levenshtein

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from models.testsets import TEST_SETS, Spoken, TestSet
from speechqc.asr.bundled.ctc import SlotReader, read_frames
from speechqc.asr.bundled.decoder import Decoded, Decoder
from speechqc.asr.bundled.features import log_mel, with_start_context
from speechqc.asr.bundled.files import check_files
from speechqc.asr.bundled.lexicon import Lexicon
from speechqc.asr.bundled.network import SUBSAMPLING, Network
from speechqc.asr.bundled.recognizer import BundledRecognizer
from speechqc.asr.models import bundled_folder
from speechqc.asr.recognizer import SAMPLE_RATE, Hop
from speechqc.audio.recording import open_recording

_HOP_S = 0.16
_PIECE = 6 * SAMPLE_RATE
_PEOPLE = 90 * SAMPLE_RATE


@dataclass(frozen=True, slots=True)
class Heard:
    """What the recogniser made of one recording."""

    syllables: tuple[str, ...]
    decoded: Decoded


class Listener:
    """Network, lexicon and decoder without the streams around them."""

    def __init__(self, network: Path, lexicon: Path) -> None:
        self._network = Network(network)
        self.lexicon = Lexicon(lexicon)

    def hear(self, samples: np.ndarray) -> Heard:
        """The whole recording in one step."""
        features = log_mel(with_start_context(samples))
        length = -(-features.shape[1] // SUBSAMPLING)
        padding = (length + self._network.delay) * SUBSAMPLING - features.shape[1]
        row = self._network.open()
        [log_probs] = self._network.step([row], np.pad(features, ((0, 0), (0, padding), (0, 0))), [length])
        self._network.close(row)
        frames = read_frames(log_probs)
        reader, decoder = SlotReader(), Decoder(self.lexicon)
        reader.feed(frames)
        decoder.feed(frames)
        best = tuple(self.lexicon.syllables[slot.alternatives[0][0] - 1] for slot in reader.slots)
        return Heard(best, decoder.decode())


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Errors in percent, the mean confidence, and the percentage that counts as understood."""

    syllable_errors: float
    character_errors: float
    confidence: float
    understood: float


def measure(listener: Listener, spoken: Sequence[Spoken]) -> Accuracy:
    """Errors of all recordings together, against all that was said."""
    heard = [listener.hear(one.samples) for one in spoken]
    pairs = list(zip(spoken, heard, strict=True))
    syllable_edits = sum(Levenshtein.distance(one.syllables, got.syllables) for one, got in pairs)
    character_edits = sum(Levenshtein.distance(one.text, got.decoded.text) for one, got in pairs)
    sure = [got.decoded.confidence or 0.0 for got in heard]
    return Accuracy(
        100 * syllable_edits / sum(len(one.syllables) for one in spoken),
        100 * character_edits / sum(len(one.text) for one in spoken),
        float(np.mean(sure)),
        float(100 * np.mean([level >= BundledRecognizer.min_confidence for level in sure])),
    )


def streams_a_core(recognizer: BundledRecognizer, spoken: Sequence[Spoken], batch: int) -> float:
    """Streams of continuous speech one core holds, by CPU time: features, network and words, hop by hop."""
    hop = int(_HOP_S * SAMPLE_RATE)
    speech = np.concatenate([one.samples for one in spoken])
    streams = [recognizer.open(language="zh") for _ in range(batch)]
    offsets = np.linspace(0, len(speech) - 1, batch, endpoint=False).astype(int)
    hops = max(30, 600 // batch)
    began = time.process_time()
    for step in range(hops):
        last = step % 50 == 49
        positions = (offsets + step * hop) % (len(speech) - hop)
        recognizer.push(
            [
                Hop(s, speech[at : at + hop], last=last)
                for s, at in zip(streams, positions.tolist(), strict=True)
            ]
        )
        if last:
            streams = [recognizer.open(language="zh") for _ in range(batch)]
    busy = time.process_time() - began
    for stream in streams:
        recognizer.close(stream)
    return batch * hops * _HOP_S / busy


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--folder", type=Path, default=bundled_folder(), help="the model (default: the shipped one)"
    )
    parser.add_argument("--no-speed", action="store_true", help="measure accuracy only")
    parser.add_argument(
        "--people", type=Path, help="also a folder of people's recordings: how sure it is of them"
    )
    parser.add_argument("--show", type=int, default=0, help="print this many wrong sentences of each set")
    options = parser.parse_args()
    files = check_files(options.folder)
    listener = Listener(files.network, files.lexicon)
    print("| set | what | SER % | CER % | confidence | understood % |")
    print("|---|---|---|---|---|---|")
    spoken: list[Spoken] = []
    for test_set in TEST_SETS:
        spoken = _make(test_set)
        got = measure(listener, spoken)
        print(
            f"| {test_set.name} | {test_set.about} | {got.syllable_errors:.1f} | {got.character_errors:.1f} "
            f"| {got.confidence:.2f} | {got.understood:.0f} |",
            flush=True,
        )
        _show_errors(listener, spoken, options.show)
    if options.people:
        print(_sureness_of_people(listener, options.people))
    if not options.no_speed:
        recognizer = BundledRecognizer(options.folder)
        for batch in (1, 16, 64):
            print(
                f"{streams_a_core(recognizer, spoken, batch):.0f} streams a core at batch {batch}, {_HOP_S} s hops"
            )


def _make(test_set: TestSet) -> list[Spoken]:
    """Synthesise in a fresh process: some of espeak-ng's voices depend on what was said before."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(test_set.make).result()


def _sureness_of_people(listener: Listener, folder: Path) -> str:
    """How many pieces of 1-6 s of the recordings in `folder` would be taken as understood."""
    sure, pieces = 0, 0
    for path in sorted(folder.rglob("*.wav")):
        channel = np.concatenate([block[0] for block in open_recording(path).blocks()])
        for start in range(0, min(len(channel), _PEOPLE), _PIECE):
            piece = channel[start : start + _PIECE]
            if len(piece) >= SAMPLE_RATE:
                pieces += 1
                sure += (listener.hear(piece).decoded.confidence or 0.0) >= BundledRecognizer.min_confidence
    return f"{sure} of {pieces} pieces of people's speech reach the confidence that counts as understood"


def _show_errors(listener: Listener, spoken: Sequence[Spoken], count: int) -> None:
    wrong = [(one, listener.hear(one.samples)) for one in spoken[: 4 * count]]
    for one, heard in [pair for pair in wrong if pair[0].text != pair[1].decoded.text][:count]:
        print(f"  said  {one.text}\n  heard {heard.decoded.text} {heard.decoded.confidence or 0:.2f}")


if __name__ == "__main__":
    main()
