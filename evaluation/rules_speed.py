"""What rules cost: ``python -m evaluation.rules_speed [--seconds 2]``.

Prints, measured in one run on one text: characters a second through 100 and through 10 000 phrases and
their ratio; the same with normalisation; CPU an utterance and an event for the whole engine with the
built-in packs; seconds of CPU to load the core pack and one that extends it. Phrases and text are made from a
seed, so that runs compare.
"""

from __future__ import annotations

import argparse
import os
import random
import tempfile
import time
from collections.abc import Callable
from typing import TypeVar
from unittest import mock

from speechqc.engine import CallEngine
from speechqc.events import CallClock, CallEnded, CallKind, CallStarted, Role, Utterance
from speechqc.rules.loader import builtin_pack_paths, load_packs
from speechqc.rules.matcher import Matcher, Use
from speechqc.rules.phrases import compile_phrase
from speechqc.text.normalise import normalise

T = TypeVar("T")

SEED = 7
CHARACTERS = (
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经"
    "银行理财产品收益保本投诉客户电话存款利息风险贷款账户手机服务基金保险经理合同办理资金"
)
"""Frequent characters and those of the trade: harder on the matcher than rare ones."""


def phrases(count: int, random_: random.Random) -> list[str]:
    made = ["".join(random_.choices(CHARACTERS, k=random_.randint(3, 6))) for _ in range(count * 9 // 10)]
    while len(made) < count:
        first, then = ("".join(random_.choices(CHARACTERS, k=3)) for _ in range(2))
        made.append(f"{first}{{6}}{then}")
    return made


def matcher_of(count: int) -> Matcher:
    random_ = random.Random(SEED)
    made = phrases(count, random_)
    return Matcher(
        Use(owner, pattern) for owner, phrase in enumerate(made) for pattern in compile_phrase(phrase, {})
    )


def conversation(characters: int) -> str:
    """Sentences of 8 to 20 characters with punctuation."""
    random_ = random.Random(SEED + 1)
    text = ""
    while len(text) < characters:
        text += "".join(random_.choices(CHARACTERS, k=random_.randint(8, 20))) + random_.choice("，。？")
    return text


def rate(work: Callable[[], object], characters: int, seconds: float) -> float:
    """Characters a second of the fastest of as many repetitions as fit into `seconds`."""
    best, until = float("inf"), time.perf_counter() + seconds
    while time.perf_counter() < until:
        began = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - began)
    return characters / best


def engine_costs() -> tuple[float, float, int]:
    """Milliseconds of CPU an utterance, microseconds a clock event, and the utterances measured."""
    book = load_packs(builtin_pack_paths())
    _ = book.matcher  # made once a process, not part of what a call costs
    turns = [
        "您好，我是江海银行的客户经理，工号二零三七，今天打给您是想介绍一款理财产品",
        "哦，你说吧，这个会不会亏啊",
        "我们这款产品业绩比较基准是百分之三点五，可能亏损本金，风险等级是中低",
        "那我考虑一下，你先把资料发给我看看",
        "好的，资料稍后发到您预留的邮箱，您看完再决定，有问题随时打我们的客服电话",
        "行，谢谢，不用再打给我了，我看完联系你",
    ]
    utterance_s = clock_s = 0.0
    utterances = clocks = 0
    for call in range(60):
        engine = CallEngine(book)
        engine.feed(CallStarted(call_id=str(call), kind=CallKind.SALES, product="理财"))
        now = 0.0
        for turn, text in enumerate(turns * 5):
            role = (Role.AGENT, Role.CUSTOMER)[turn % 2]
            began = time.process_time()
            engine.feed(
                Utterance(
                    call_id=str(call), role=role, turn=turn, start=now, end=now + len(text) / 4, text=text
                )
            )
            utterance_s += time.process_time() - began
            utterances += 1
            now += len(text) / 4 + 0.5
            began = time.process_time()
            engine.feed(CallClock(call_id=str(call), at=now))
            clock_s += time.process_time() - began
            clocks += 1
        engine.feed(CallEnded(call_id=str(call), at=now))
    return 1e3 * utterance_s / utterances, 1e6 * clock_s / clocks, utterances


def loading_costs() -> dict[str, float]:
    """Seconds of CPU to load packs that nobody compiled before, packs that somebody did, and to build the automaton."""
    costs: dict[str, float] = {}

    def timed(what: str, work: Callable[[], T]) -> T:
        began = time.process_time()
        made = work()
        costs[what] = time.process_time() - began
        return made

    core, region = builtin_pack_paths("core"), builtin_pack_paths("cn-bank")
    with tempfile.TemporaryDirectory() as folder, mock.patch.dict(os.environ, XDG_CACHE_HOME=folder):
        timed("core, compiled", lambda: load_packs(core))
        timed("cn-bank, compiled after core", lambda: load_packs(region))
        timed("core again", lambda: load_packs(core))
        book = timed("cn-bank again", lambda: load_packs(region))
    timed("automaton", lambda: book.matcher)
    return costs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=2.0, help="time for each figure")
    options = parser.parse_args()
    text = conversation(200_000)
    heard = normalise(text)
    few, many = matcher_of(100), matcher_of(10_000)
    # Turn about, so that a busy machine slows both alike.
    rates: dict[str, float] = {"few": 0.0, "many": 0.0}
    for _ in range(4):
        rates["few"] = max(rates["few"], rate(lambda: few.scan(heard), len(text), options.seconds / 4))
        rates["many"] = max(rates["many"], rate(lambda: many.scan(heard), len(text), options.seconds / 4))
        for name, matcher in (("few, whole", few), ("many, whole", many)):
            found = rate(lambda m=matcher: m.scan(normalise(text)), len(text), options.seconds / 4)  # type: ignore[misc]
            rates[name] = max(rates.get(name, 0.0), found)
    for what, suffix in (("matching alone", ""), ("text to hits", ", whole")):
        few_rate, many_rate = rates["few" + suffix], rates["many" + suffix]
        print(
            f"{what:16} 100 phrases {few_rate / 1e6:6.2f} M characters/s, 10 000 phrases "
            f"{many_rate / 1e6:6.2f} M characters/s, ratio {few_rate / many_rate:.2f}"
        )
    utterance_ms, clock_us, count = engine_costs()
    print(
        f"engine           {utterance_ms:6.2f} ms of CPU an utterance, {clock_us:.0f} µs a clock event ({count} utterances)"
    )
    print("loading          " + ", ".join(f"{what} {cost:.2f} s" for what, cost in loading_costs().items()))


if __name__ == "__main__":
    main()
