"""Where the classifier of voices lies that `--anger-model` names."""

from __future__ import annotations

from pathlib import Path

from speechqc.asr.models import models_folder
from speechqc.errors import ModelError
from speechqc.speech.emotion import EXPORT, EmotionClassifier


def open_anger_model(spec: str, *, folder: Path | None = None) -> EmotionClassifier:
    """The classifier in the folder `spec`, or in the one of that name under the models folder.

    Args:
        folder: the models folder; ``None``: that of this machine.

    Raises:
        ModelError: there is no such folder, or no classifier of anger in it.
    """
    path, named = Path(spec).expanduser(), (folder or models_folder()) / spec
    for place in (path, named):
        if place.is_dir():
            return EmotionClassifier(place)
    raise ModelError(f"there is no classifier of voices {path}, nor {named}", hint=EXPORT)
