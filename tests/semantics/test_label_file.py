"""What the answers of a model somebody brings mean here."""

from __future__ import annotations

from pathlib import Path

import pytest

from speechqc.errors import ModelError
from speechqc.events import Role
from speechqc.semantics.label_file import LabelEntry, read_label_file


def test_a_label_has_what_the_model_calls_it_its_limit_and_its_speaker(tmp_path: Path) -> None:
    (tmp_path / "labels.yaml").write_text("safe: {model_label: LABEL_3, limit: 0.8, role: agent}\n")
    assert read_label_file(tmp_path) == {
        "safe": LabelEntry(model_label="LABEL_3", limit=0.8, role=Role.AGENT)
    }


def test_a_folder_may_have_none(tmp_path: Path) -> None:
    assert read_label_file(tmp_path) is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("safe: {limits: 0.8}\n", "unknown field"),
        ("safe: {limit: 1.5}\n", "at most 1, not 1.5"),
        ("safe: {role: manager}\n", "manager"),
        ("[safe]\n", "Expected `object`"),
        ("safe: {\n", "cannot be read"),
        ("{}\n", "names no label"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_an_example(
    tmp_path: Path, text: str, message: str
) -> None:
    (tmp_path / "labels.yaml").write_text(text)
    with pytest.raises(ModelError, match=message) as caught:
        read_label_file(tmp_path)
    assert "guaranteed_return: {model_label" in str(caught.value)
