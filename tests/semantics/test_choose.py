"""Which classifier the rules ask."""

from __future__ import annotations

from speechqc.semantics.bundled import bundled_classifier
from speechqc.semantics.choose import open_classifier


def test_without_a_folder_it_is_the_bundled_one() -> None:
    assert open_classifier(None) is bundled_classifier()
