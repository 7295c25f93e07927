"""Which kind of customer this may be, through the engine and the built-in packs."""

from __future__ import annotations

import pytest

from speechqc.analysis.transcript import judge_transcript
from speechqc.engine import CallEngine
from speechqc.events import CallKind, CustomerType, Role
from speechqc.rules.loader import RuleBook, builtin_pack_paths, load_packs
from speechqc.transcripts import Transcript, Turn


@pytest.fixture(scope="module")
def core() -> RuleBook:
    return load_packs(builtin_pack_paths())


def kinds(core: RuleBook, *said: str, language: str = "zh") -> list[CustomerType]:
    turns = []
    for text in said:
        turns += [
            Turn(role=Role.CUSTOMER, text=text),
            Turn(role=Role.AGENT, text="好的" if language == "zh" else "ok"),
        ]
    call = Transcript(id="c", kind=CallKind.COMPLAINT, language=language, turns=tuple(turns))
    engine = CallEngine(core)
    assert judge_transcript(call, core)
    return [out for event in call.events() for out in engine.feed(event) if isinstance(out, CustomerType)]


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("distrust", ("我怎么相信你说的", "口说无凭，你给我出个书面的")),
        ("instant", ("你现在就给我解决", "我等不了了，今天必须到账")),
        ("venting", ("真是气死我了", "我一肚子火没处发")),
        ("prepared", ("根据资管新规你们不能这么卖", "我这里有录音和截图")),
        ("publicity", ("我发抖音让大家看看", "我已经联系电视台的记者了")),
        ("stubborn", ("我不管，我就要退", "别跟我解释，说什么都没用")),
    ],
)
def test_two_utterances_of_a_kind_suggest_it(core, kind, said) -> None:
    [found] = kinds(core, *said)
    assert (found.kind, found.turn) == (kind, 2)
    assert found.quote


def test_one_outburst_is_no_character(core) -> None:
    assert kinds(core, "真是气死我了", "好吧，那你帮我查一下") == []


def test_another_kind_takes_over_when_it_is_heard_more(core) -> None:
    found = kinds(core, "气死我了", "我一肚子火", "我怎么相信你", "口说无凭", "说话不算数，我信不过你们")
    assert [one.kind for one in found] == ["venting", "distrust"]


def test_english(core) -> None:
    [found] = kinds(core, "How do I know that is true?", "I want it in writing.", language="en")
    assert found.kind == "distrust"
