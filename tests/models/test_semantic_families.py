"""The training texts of the meaning model."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from models.semantic.families import NEUTRAL, Family, expand, labels_of, read_families

FILE = """
label: safe
role: agent
families:
  - {id: safe.sure, language: zh, kind: positive, texts: [稳的]}
  - {id: safe.not.asked, language: zh, role: customer, kind: negative, texts: [稳吗], also: [doubt]}
"""


@pytest.fixture(scope="module")
def shipped() -> list[Family]:
    return read_families()


def write(folder: Path, text: str = FILE) -> Path:
    (folder / "safe.yaml").write_text(text, encoding="utf-8")
    return folder


def test_a_family_has_the_role_of_its_file_unless_it_has_its_own(tmp_path: Path) -> None:
    sure, asked = read_families(write(tmp_path))
    assert (sure.label, sure.role, sure.positive, sure.also) == ("safe", "agent", True, frozenset())
    assert (asked.role, asked.positive, asked.also) == ("customer", False, {"doubt"})


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("kind: positive", "kind 'perhaps'"),
        ("language: zh", "language 'fr'"),
        ("texts: [稳的]", "has no texts"),
    ],
)
def test_a_family_that_lacks_something_is_named(tmp_path: Path, wrong: str, message: str) -> None:
    right = {"kind: positive": "kind: perhaps", "language: zh": "language: fr", "texts: [稳的]": "texts: []"}
    with pytest.raises(ValueError, match=rf"safe.yaml: family 'safe.sure' .*{message}"):
        read_families(write(tmp_path, FILE.replace(wrong, right[wrong], 1)))


def test_two_families_cannot_have_one_name(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"two families are called 'safe.sure'"):
        read_families(write(tmp_path, FILE.replace("safe.not.asked", "safe.sure")))


def test_alternatives_multiply_and_may_be_empty() -> None:
    said = {expand("(您|你)放心(吧|)", random.Random(seed)) for seed in range(40)}
    assert said == {"您放心吧", "您放心", "你放心吧", "你放心"}


def test_alternatives_may_stand_inside_alternatives() -> None:
    said = {expand("((今|明)天|后天)到", random.Random(seed)) for seed in range(60)}
    assert said == {"今天到", "明天到", "后天到"}


@pytest.mark.parametrize("text", ["放心(吧", "放心)吧"])
def test_a_bracket_without_partner_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"a bracket has no partner"):
        expand(text, random.Random(0))


def test_every_text_of_the_families_can_be_expanded(shipped) -> None:
    for family in shipped:
        for text in family.texts:
            assert expand(text, random.Random(1)).strip()
    assert NEUTRAL not in labels_of(shipped)


def test_a_label_is_said_by_one_role(shipped) -> None:
    positive = [family for family in shipped if family.positive]
    roles = {label: {f.role for f in positive if f.label == label} for label in labels_of(positive)}
    assert {label: said for label, said in roles.items() if len(said) != 1} == {}


def test_also_names_labels_that_exist(shipped) -> None:
    known = set(labels_of(shipped))
    assert {(f.id, name) for f in shipped for name in f.also if name not in known} == set()
