"""The classifier of meaning that ships with the project."""

from __future__ import annotations

from speechqc.semantics.classifier import Classifier


def bundled_classifier() -> Classifier | None:
    """The bundled classifier, ``None`` when its weights are not there."""
    return None
