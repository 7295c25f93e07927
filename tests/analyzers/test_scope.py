"""A service call in which an offer is made is judged as a sale from there on."""

from __future__ import annotations

import pytest

from speechqc.engine import CallEngine
from speechqc.events import CallKind, ContactHistory, Event, Finding, Rescoped, Role
from speechqc.rules.loader import RuleBook, builtin_pack_paths, load_packs
from speechqc.transcripts import Transcript, Turn

HELP = [
    {"role": "customer", "text": "你好，我想查一下上个月的账单"},
    {"role": "agent", "text": "好的，账单是三百二十元，本月十五号还款"},
    {"role": "customer", "text": "知道了，谢谢"},
]
OFFER = [
    {"role": "agent", "text": "对了，给您推荐一款理财产品，业绩比较基准三点五，给您买五万怎么样"},
    {"role": "customer", "text": "我考虑考虑"},
]


@pytest.fixture(scope="module")
def core() -> RuleBook:
    return load_packs(builtin_pack_paths())


def judged(core: RuleBook, turns: list[dict[str, str]], **call: object) -> list[Event]:
    transcript = Transcript(
        id="c",
        kind=CallKind.SERVICE,
        recording_notice=True,
        turns=tuple(Turn(role=Role(turn["role"]), text=turn["text"]) for turn in turns),
        **call,
    )
    engine = CallEngine(core)
    return [out for event in transcript.events() for out in engine.feed(event)]


def signals(outputs: list[Event]) -> set[str]:
    return {out.signal for out in outputs if isinstance(out, Finding)}


def test_an_offer_makes_the_call_a_sale_and_says_so_once(core) -> None:
    rescoped = [out for out in judged(core, [*HELP, *OFFER, OFFER[0]]) if isinstance(out, Rescoped)]

    assert [(one.kind, one.turn) for one in rescoped] == [(CallKind.SALES, 3)]
    assert "推荐" in rescoped[0].quote


def test_the_omissions_of_a_sale_are_then_asked_for(core) -> None:
    assert "missing_risk_disclosure" not in signals(judged(core, HELP))
    assert "missing_risk_disclosure" in signals(judged(core, [*HELP, *OFFER]))


def test_a_risk_statement_after_the_offer_is_enough(core) -> None:
    told = {"role": "agent", "text": "这款产品不保本，有可能亏损本金，风险等级是中低"}
    offer = [{"role": "agent", "text": "对了，给您推荐一款理财产品，业绩比较基准三点五"}, told]
    assert "missing_risk_disclosure" not in signals(judged(core, [*HELP, *offer]))


def test_an_offer_to_a_customer_on_the_do_not_call_list_is_a_violation(core) -> None:
    listed = ContactHistory(do_not_call="2026-01-05 客户要求")
    assert "do_not_call_violation" not in signals(judged(core, HELP, history=listed))
    assert "do_not_call_violation" in signals(judged(core, [*HELP, *OFFER], history=listed))
