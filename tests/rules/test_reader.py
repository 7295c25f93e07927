from pathlib import Path

import pytest

from speechqc.rules.loader import load_packs
from speechqc.rules.reader import CueHit, Reader
from tests.rules.building import PACK, agent, customer, pack_of, rule_text, started

CUES = """cues:
  - {id: anger.insult, role: customer, weight: 30, title: {zh: 辱骂, en: insult}, phrases: [骗子, 垃圾银行]}
  - {id: hold, role: agent, phrases: [请您稍等]}
  - {id: gated, role: customer, question: cancel, phrases: [有完没完]}
"""


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    return Reader(load_packs([pack_of(tmp_path, rule_text("{phrases: [保本]}"), head=CUES)]), started())


def test_cue_carries_who_said_what_and_when(reader: Reader) -> None:
    reading = reader.read(customer("你们是骗子", 10, 15, turn=4))

    assert reading.cues == (
        CueHit(
            id="anger.insult",
            role=customer("").role,
            turn=4,
            start=13,
            end=15,
            quote="骗子",
            weight=30,
            first=3,
            last=5,
        ),
    )


def test_cue_of_the_other_speaker_is_no_cue(reader: Reader) -> None:
    assert reader.read(agent("你们是骗子")).cues == ()


def test_question_does_not_cancel_a_cue_unless_it_says_so(reader: Reader) -> None:
    assert [cue.id for cue in reader.read(customer("你们是骗子吗，有完没完啊是不是")).cues] == [
        "anger.insult"
    ]


def test_negation_cancels_a_cue(reader: Reader) -> None:
    assert reader.read(customer("你们不是骗子")).cues == ()


def test_cue_is_reported_once_though_the_passage_goes_on(reader: Reader) -> None:
    assert len(reader.read(agent("请您稍等", 0, 1)).cues) == 1
    assert reader.read(agent("我查一下", 1.2, 2)).cues == ()


def test_partial_reading_is_forgotten(reader: Reader) -> None:
    reader.read(agent("请您", 0, 1, final=False))

    assert reader.read(agent("稍等", 0, 1)).cues == ()


def test_passage_of_a_monologue_stays_short(reader: Reader) -> None:
    for part in range(100):
        reading = reader.read(agent("今天给您介绍一下我们的产品", part * 3.0, part * 3.0 + 2.9))

    assert len(reading.passage.text) < 250


def test_title_of_a_cue_may_be_left_out(tmp_path: Path) -> None:
    book = load_packs([pack_of(tmp_path, rule_text("{phrases: [保本]}"), head=CUES, pack=PACK)])

    assert [cue.title.zh for cue in book.cues] == ["辱骂", "hold", "gated"]
