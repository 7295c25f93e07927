"""The whole recipe of the bundled recogniser with one command.

Synthesises the training speech, trains the network, exports it, builds the lexicon, writes the checksums
and prints the figures of the model card. What is already made is kept: run it again after an
interruption and it goes on, with the training itself, from its last checkpoint.

Needs espeak-ng (Debian: apt-get install espeak-ng) and the package's `train` extra.
"""

from __future__ import annotations

import argparse
import logging
import subprocess
import sys
from pathlib import Path

import jieba

from models.export import export
from models.fit import FitSettings, fit
from models.lexicon import build_lexicon
from models.synthesise import synthesise_shards
from speechqc.asr.bundled.files import LEXICON, NETWORK
from speechqc.asr.model_files import sha256, write_sums

_ROOT = Path(__file__).resolve().parents[1]
STEPS = ("synthesise", "fit", "lexicon", "export", "evaluate")


def main() -> None:
    options = _parser().parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    jieba.setLogLevel(logging.WARNING)
    speech, checkpoint = options.work / "speech", options.work / "checkpoint.pt"
    options.target.mkdir(parents=True, exist_ok=True)
    if "synthesise" in options.steps:
        synthesise_shards(speech, hours=options.hours, shards=options.shards, workers=options.workers)
    if "fit" in options.steps:
        fit(sorted(speech.glob("shard-???.npz")), checkpoint, FitSettings(minutes=options.minutes))
    if "lexicon" in options.steps:
        build_lexicon(options.target / LEXICON)
    if "export" in options.steps:
        export(checkpoint, options.target / NETWORK)
        write_checksums(options.target)
    if "evaluate" in options.steps:
        command = [
            sys.executable,
            str(_ROOT / "evaluation" / "recogniser.py"),
            "--folder",
            str(options.target),
        ]
        subprocess.run(command, check=True)


def write_checksums(folder: Path) -> None:
    """Write SHA256SUMS for the files the recogniser reads."""
    write_sums(folder, {name: sha256(folder / name) for name in (LEXICON, NETWORK)})


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m models.train",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--steps", nargs="+", choices=STEPS, default=STEPS, help="do only these (default: all)"
    )
    parser.add_argument(
        "--hours", type=float, default=44.0, help="speech to synthesise (default: %(default)s)"
    )
    parser.add_argument("--shards", type=int, default=44, help="files it is kept in (default: %(default)s)")
    parser.add_argument(
        "--workers", type=int, default=2, help="synthesising processes (default: %(default)s)"
    )
    parser.add_argument(
        "--minutes", type=float, default=50.0, help="training time on one core (default: %(default)s)"
    )
    parser.add_argument(
        "--work",
        type=Path,
        default=_ROOT / "build" / "bundled",
        help="speech and checkpoints (default: %(default)s)",
    )
    parser.add_argument(
        "--target", type=Path, default=_ROOT / "models" / "bundled", help="the model (default: %(default)s)"
    )
    return parser


if __name__ == "__main__":
    main()
