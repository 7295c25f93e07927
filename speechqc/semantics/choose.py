"""Which classifier of meaning the rules ask."""

from __future__ import annotations

from pathlib import Path

from speechqc.semantics.bundled import bundled_classifier
from speechqc.semantics.classifier import Classifier
from speechqc.semantics.hugging_face import open_hugging_face


def open_classifier(path: Path | None) -> Classifier | None:
    """The classifier in the folder `path`; without one the bundled, ``None`` when that is not there either.

    Raises:
        ModelError: the folder holds no model this version can run.
    """
    return bundled_classifier() if path is None else open_hugging_face(path)
