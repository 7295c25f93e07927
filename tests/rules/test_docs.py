"""docs/rules.md names everything the language has."""

from pathlib import Path

import pytest

from speechqc.rules.adjusting import Adjustment
from speechqc.rules.catalogue import builtin_pack_names
from speechqc.rules.conditions import _OPERATORS
from speechqc.rules.context import CONTEXT_KEYS
from speechqc.rules.loader import load_packs
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


@pytest.mark.parametrize("field", Adjustment.__struct_fields__[:-1])
def test_key_of_an_adjustment_is_described(field: str) -> None:
    assert f"{field}:" in DOCUMENT.partition("## Regions and houses")[2]


def test_the_pack_of_a_house_in_the_document_loads(tmp_path: Path) -> None:
    _, _, after = DOCUMENT.partition("# my-bank/pack.yaml\n")
    (tmp_path / "my-bank").mkdir()
    (tmp_path / "my-bank" / "pack.yaml").write_text(after.partition("```")[0], encoding="utf-8")
    book = load_packs([tmp_path / "my-bank"])

    assert book.packs[-1].id == "my-bank"
    assert {rule.id for rule in book.rules if "my-bank" in rule.adjusted_by} >= {"guaranteed_return"}
    assert not [rule for rule in book.rules if rule.signal == "talk_ratio"]


@pytest.mark.parametrize("pack", builtin_pack_names())
def test_built_in_pack_is_described(pack: str) -> None:
    assert f"`{pack}`" in DOCUMENT


@pytest.mark.parametrize("key", CONTEXT_KEYS)
def test_key_of_the_context_is_described(key: str) -> None:
    assert f"`{key}`" in DOCUMENT


@pytest.mark.parametrize(
    "tag", ["product", "kind", "direction", "language", "ivr_notice", "pause", "end", "metric", "history"]
)
def test_tag_of_examples_is_described(tag: str) -> None:
    assert f"`[{tag}" in DOCUMENT
