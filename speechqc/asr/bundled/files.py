"""The files of the bundled model: where they lie, and that they are the ones that were shipped."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from speechqc.asr.model_files import check_sums
from speechqc.errors import ModelError

NETWORK = "network.onnx"
LEXICON = "lexicon.npz"
_HINT = "install speechqc again, or train the model with `python -m models.train`"


@dataclass(frozen=True, slots=True)
class BundledFiles:
    """The two files the recogniser reads."""

    network: Path
    lexicon: Path


def check_files(folder: Path) -> BundledFiles:
    """The files in `folder`.

    Raises:
        ModelError: one is missing, or is not what its checksum says.
    """
    files = BundledFiles(network=folder / NETWORK, lexicon=folder / LEXICON)
    missing = [path.name for path in (files.network, files.lexicon) if not path.is_file()]
    if missing:
        raise ModelError(f"the bundled model lacks {' and '.join(missing)} in {folder}", hint=_HINT)
    if not {NETWORK, LEXICON} <= set(check_sums(folder)):
        raise ModelError(f"the bundled model in {folder} has no checksums", hint=_HINT)
    return files
