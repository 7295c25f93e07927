"""What the agent promised, through the engine and the built-in packs."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from speechqc.engine import CallEngine
from speechqc.events import CallKind, CallStarted, Promise, Role, Utterance
from speechqc.rules.loader import RuleBook, builtin_pack_paths, load_packs

BEGAN = datetime(2026, 11, 24, 7, 10, tzinfo=UTC)
"""15:10 in Shanghai, a Tuesday."""


@pytest.fixture(scope="module")
def core() -> RuleBook:
    return load_packs(builtin_pack_paths())


def promises(
    core: RuleBook, text: str, *, role: Role = Role.AGENT, began: datetime | None = BEGAN, **how: object
):
    language = "zh" if not text.isascii() else "en"
    engine = CallEngine(core)
    engine.feed(CallStarted(call_id="c", kind=CallKind.COMPLAINT, language=language, started_at=began))
    said = Utterance(call_id="c", role=role, turn=4, start=60, end=66, text=text, **how)
    return [out for out in engine.feed(said) if isinstance(out, Promise)]


def test_a_promise_names_action_owner_and_an_absolute_due_time(core) -> None:
    [promise] = promises(core, "我一个小时内给您回电话")

    assert (promise.action, promise.owner, promise.due_words) == ("call_back", "我", "一个小时内")
    assert promise.due_in_s == 3600.0
    assert promise.due_at is not None
    assert (
        abs((promise.due_at - BEGAN).total_seconds() - 3666) < 5
    )  # from the words, not from the call's start
    assert (promise.turn, promise.vague) == (4, False)


@pytest.mark.parametrize(
    ("text", "action", "owner"),
    [
        ("明天上午十点主管会联系您", "call_back", "主管"),
        ("已转理财部核实，李经理今天下午五点前联系您", "call_back", "李经理"),
        ("今天下班前一定给您答复", "answer", "我"),
        ("话费三个工作日内到账", "credit", "我"),
        ("我每两个小时跟您反馈一次进度", "progress", "我"),
        ("My manager will ring you at ten tomorrow", "call_back", "my manager"),
        ("You will have an answer by end of day", "answer", "I"),
    ],
)
def test_ways_to_promise(core, text, action, owner) -> None:
    [promise] = promises(core, text)
    assert (promise.action, promise.owner) == (action, owner)


def test_a_vague_promise_is_due_in_a_day_and_says_that_it_is_vague(core) -> None:
    [promise] = promises(core, "我这边查到了马上打给您")
    assert (promise.vague, promise.due_in_s) == (True, 86400.0)


@pytest.mark.parametrize(
    "text",
    [
        "您一个小时后可以再登录看看",
        "系统每天晚上十二点更新",
        "如果需要，我可以给您回电",
        "上次承诺的回电，我们昨天下午三点已经联系到您了",
        "正常情况下三到五个工作日，具体以银行入账为准",
        "请您稍等，我马上帮您查询",
        "我们以后不会再给您打电话了",
        "You can log in again after one hour",
        "Normally it takes three to five business days",
    ],
)
def test_what_is_no_promise(core, text) -> None:
    assert promises(core, text) == []


def test_the_customer_promises_nothing(core) -> None:
    assert promises(core, "我一个小时后给您回电话", role=Role.CUSTOMER) == []


def test_words_that_may_still_change_promise_nothing(core) -> None:
    assert promises(core, "我一个小时内给您回电话", final=False) == []


def test_one_sentence_said_in_two_ways_is_one_promise(core) -> None:
    [promise] = promises(core, "二十四小时内由我给您回电，给您一个答复")
    assert promise.action == "call_back"


def test_without_the_moment_of_the_call_the_calendar_stays_words(core) -> None:
    [promise] = promises(core, "明天上午十点主管会联系您", began=None)
    assert (promise.due_at, promise.due_in_s, promise.due_words) == (None, None, "明天上午十点")
