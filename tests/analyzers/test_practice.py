"""What the agent does well, from the cues ``practice.*``."""

from __future__ import annotations

from pathlib import Path

import pytest

from speechqc.analyzers.practice import Practices
from speechqc.events import Role
from speechqc.rules.loader import RuleBook, load_packs
from speechqc.rules.reader import Reader
from tests.rules.building import agent, customer, started

PACK = """
id: p
version: "1"
title: {zh: 测试, en: test}
"""
CUES = """
cues:
  - {id: practice.thanks, role: agent, phrases: [谢谢您的反馈]}
  - {id: practice.greeting, role: agent, phrases: [很高兴为您服务]}
"""


@pytest.fixture
def book(tmp_path: Path) -> RuleBook:
    (tmp_path / "pack.yaml").write_text(PACK, "utf-8")
    (tmp_path / "cues.yaml").write_text(CUES, "utf-8")
    return load_packs([tmp_path])


def heard(book: RuleBook, *said: object) -> list[tuple[str, int]]:
    reader, practices = Reader(book, started()), Practices()
    return [(one.item, one.turn) for utterance in said for one in practices.feed(reader.read(utterance))]


def test_a_practice_is_told_once_a_turn(book) -> None:
    first = agent("您好，很高兴为您服务", 0, 3, turn=0)
    again = agent("很高兴为您服务", 3.5, 5, turn=0)
    later = agent("很高兴为您服务，谢谢您的反馈", 20, 24, turn=2)
    assert heard(book, first, again, later) == [("greeting", 0), ("greeting", 2), ("thanks", 2)]


def test_the_customers_thanks_are_not_the_agents(book) -> None:
    said = customer("谢谢您的反馈", 0, 2)
    assert said.role is Role.CUSTOMER
    assert heard(book, said) == []
