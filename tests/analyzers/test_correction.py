"""An agent who takes words back: through the engine and the built-in packs."""

from __future__ import annotations

import pytest

from speechqc.analysis.transcript import judge_transcript
from speechqc.events import Finding, Role, Severity
from speechqc.rules.loader import RuleBook, builtin_pack_paths, load_packs
from speechqc.transcripts import Transcript, Turn

PROMISE = "这款产品是保本的，您放心"


@pytest.fixture(scope="module")
def core() -> RuleBook:
    return load_packs(builtin_pack_paths())


def promises(core: RuleBook, *turns: tuple[str, str]) -> list[Finding]:
    call = Transcript(
        id="c", product="理财", turns=tuple(Turn(role=Role(role), text=text) for role, text in turns)
    )
    return [one for one in judge_transcript(call, core).findings if one.signal == "guaranteed_return"]


@pytest.mark.parametrize(
    "words",
    [
        "哦更正一下，刚才说错了，这款产品不保本，可能亏损本金",
        "不好意思我说错了，它是净值型的，本金有可能亏",
        "我纠正一下，前面讲错了，没有保本这回事",
    ],
)
def test_a_correction_in_the_next_turn_marks_the_finding_and_makes_it_a_step_lighter(core, words) -> None:
    [finding] = promises(core, ("agent", PROMISE), ("customer", "真的吗"), ("agent", words))

    assert finding.marks == ("self_corrected",)
    assert finding.severity is Severity.HIGH
    assert finding.reasons[-1].name == "self_corrected"
    assert "更正" in finding.explanation.zh


def test_a_correction_in_the_same_breath_counts(core) -> None:
    [finding] = promises(core, ("agent", f"{PROMISE}。不对，我说错了，这个产品风险等级是中低"))
    assert finding.marks == ("self_corrected",)


def test_a_correction_two_turns_later_does_not_count(core) -> None:
    turns = [("agent", PROMISE), ("customer", "哦"), ("agent", "那您看买多少"), ("customer", "五万")]
    [finding] = promises(core, *turns, ("agent", "更正一下，刚才说错了，不保本"))
    assert (finding.marks, finding.severity) == ((), Severity.CRITICAL)


def test_the_customer_cannot_take_it_back_for_the_agent(core) -> None:
    [finding] = promises(core, ("agent", PROMISE), ("customer", "更正一下，你刚才说错了吧"))
    assert finding.marks == ()


def test_what_follows_the_correction_is_a_finding_of_its_own(core) -> None:
    [finding] = promises(core, ("agent", "更正一下，刚才利率说错了。不过这款产品是保本的"))
    assert finding.marks == ()
