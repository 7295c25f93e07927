"""docs/rules.md names everything the language has."""

from pathlib import Path

import pytest

from speechqc.rules.conditions import _OPERATORS
from speechqc.rules.model import Absent, Deadline, History, Metric, Position, Scope, Sequence, Within

DOCUMENT = (Path(__file__).parents[2] / "docs" / "rules.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("operator", _OPERATORS)
def test_operator_is_described(operator: str) -> None:
    assert f"`{operator}:" in DOCUMENT


@pytest.mark.parametrize("kind", [Absent, Deadline, History, Metric, Position, Scope, Sequence, Within])
def test_modifier_is_described(kind: type) -> None:
    internal = {"awaited", "first", "then", "name", "role", "position"}

    for field in set(kind.__struct_fields__) - internal:  # type: ignore[attr-defined]
        assert f"{field}:" in DOCUMENT, field


@pytest.mark.parametrize(
    "tag", ["product", "kind", "direction", "language", "ivr_notice", "pause", "end", "metric", "history"]
)
def test_tag_of_examples_is_described(tag: str) -> None:
    assert f"`[{tag}" in DOCUMENT
