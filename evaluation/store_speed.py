"""How many events a second the store takes from one writer.

    python -m evaluation.store_speed [--url DATABASE] [--calls 400]

Records `calls` calls at once, each a minute long: a final utterance every three seconds, a finding with
its alert every fifteen, metrics at the end; once in batches as they come from a step (one to three
events a transaction) and once in batches of fifty. Events are as large as live ones: utterances carry their words with
times. Prints a table for ``evaluation/results/store_speed.md``.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from speechqc.events import (
    Alert,
    CallEnded,
    CallKind,
    CallStarted,
    Event,
    Finding,
    Role,
    Severity,
    Text,
    Utterance,
    Word,
)
from speechqc.store import Store

NOW = datetime(2026, 3, 31, 4, 0, tzinfo=UTC)
WHY = Text("坐席说出承诺保本的词语，产品不保本。", "The agent said the principal is guaranteed; it is not.")


def steps(call_id: str) -> Iterator[list[Event]]:
    """The kept events of one call, step by step."""
    yield [CallStarted(call_id=call_id, kind=CallKind.SALES, team="east", agent="a7", customer="k1")]
    for turn in range(20):
        at = turn * 3.0
        step: list[Event] = [_utterance(call_id, turn, at)]
        if turn % 5 == 4:
            step += [_finding(call_id, turn, at), _alert(call_id, turn, at)]
        yield step
    yield [CallEnded(call_id=call_id, at=60.0)]


def _utterance(call_id: str, turn: int, at: float) -> Utterance:
    said = "这款产品是我们银行卖得最好的一款您放心"
    words = tuple(
        Word(text=character, start=at + i * 0.13, end=at + i * 0.13 + 0.12, confidence=0.91)
        for i, character in enumerate(said)
    )
    return Utterance(
        call_id=call_id,
        role=Role.AGENT,
        turn=turn,
        start=at,
        end=at + 2.8,
        text=said,
        words=words,
        source="bundled",
    )


def _finding(call_id: str, turn: int, at: float) -> Finding:
    return Finding(
        call_id=call_id,
        id=f"guaranteed_return:agent:{turn}",
        signal="guaranteed_return",
        rule="guaranteed_return",
        severity=Severity.HIGH,
        role=Role.AGENT,
        turn=turn,
        start=at,
        end=at + 1.0,
        quote="您放心",
        score=0.9,
        explanation=WHY,
    )


def _alert(call_id: str, turn: int, at: float) -> Alert:
    return Alert(
        call_id=call_id,
        id=f"al-{call_id}-{turn}",
        severity=Severity.HIGH,
        signals=("guaranteed_return",),
        findings=(f"guaranteed_return:agent:{turn}",),
        title=Text("承诺保本", "Guarantees the principal"),
        advice=WHY,
        role=Role.AGENT,
        turn=turn,
        start=at,
        end=at + 1.0,
        quote="您放心",
        rule="guaranteed_return",
        rule_version=1,
        reasons=(),
        explanation=WHY,
        opened_at=NOW,
        latency_s=0.3,
    )


def record(store: Store, call_ids: Sequence[str], batch: int) -> tuple[int, int, float]:
    """Record the calls side by side; events, transactions, seconds."""
    waiting = {call_id: list(steps(call_id)) for call_id in call_ids}
    if batch > 1:
        for call_id, parts in waiting.items():
            events = [event for part in parts for event in part]
            waiting[call_id] = [events[i : i + batch] for i in range(0, len(events), batch)]
    done = dict.fromkeys(call_ids, 0)
    transactions = 0
    before = time.perf_counter()
    for round_ in range(max(map(len, waiting.values()))):
        for call_id, parts in waiting.items():
            if round_ < len(parts):
                store.record(call_id, done[call_id], parts[round_], NOW)
                done[call_id] += len(parts[round_])
                transactions += 1
    return sum(done.values()), transactions, time.perf_counter() - before


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--url")
    parser.add_argument("--calls", type=int, default=400)
    options = parser.parse_args()
    print("| batches | events/s | transactions/s |\n|---|---|---|")
    with (
        tempfile.TemporaryDirectory() as folder,
        Store.open(options.url or str(Path(folder) / "store.db")) as store,
    ):
        for name, batch in (("as they come", 1), ("of 50", 50)):
            call_ids = [f"{name}-{n}" for n in range(options.calls)]
            events, transactions, taken_s = record(store, call_ids, batch)
            print(f"| {name} | {events / taken_s:,.0f} | {transactions / taken_s:,.0f} |")


if __name__ == "__main__":
    main()
