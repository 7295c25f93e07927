"""How long the contact ledger takes to answer, with a million attempts in it.

    python -m evaluation.ledger_speed [--url DATABASE] [--contacts 1000000]

Fills an empty store (a temporary SQLite file unless told otherwise) with attempts of 60 days, and every fiftieth
customer with a do-not-call entry and a tag. Then asks about random customers: the pre-dial check (may I call now?)
and the history (what a live call must know), by customer and number and by number alone. Every tenth question is
about one of a hundred customers who were called twenty times as often. Target: less than 5 ms. On a busy machine the
clock counts the waiting, the CPU time does not. Prints a table for
``evaluation/results/ledger_speed.md``.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import msgspec

from speechqc.contact.do_not_call import DoNotCall
from speechqc.contact.standing import Tag
from speechqc.events import Direction
from speechqc.store import Contact, ContactLedger, Outcome, Store

NOW = datetime(2026, 3, 31, 4, 0, tzinfo=UTC)
DAYS, BATCH, QUESTIONS = 60, 10_000, 2_000
HEAD = (
    "| question | asked by | median ms | p95 ms | p99 ms | CPU median | CPU p95 | CPU p99 |\n"
    "|---|---|---|---|---|---|---|---|"
)
ATTEMPTS_EACH, OFTEN_CALLED = 5, 100


def attempts(count: int, customers: int, dice: random.Random) -> Iterator[Contact]:
    """`count` attempts to reach `customers` people, two numbers each."""
    for n in range(count):
        often = dice.random() < OFTEN_CALLED * ATTEMPTS_EACH * 20 / count
        customer = dice.randrange(OFTEN_CALLED if often else customers)
        yield Contact(
            id=f"call-{n}",
            customer=f"k{customer}",
            number=f"13{customer:08d}{dice.randrange(2)}",
            direction=Direction.OUTBOUND if dice.random() < 0.9 else Direction.INBOUND,
            dialled_at=NOW - timedelta(seconds=dice.random() * DAYS * 86_400),
            outcome=dice.choice(list(Outcome)),
            talk_s=dice.random() * 300,
        )


def question(dice: random.Random, customers: int, *, by_number: bool) -> Contact:
    customer = dice.randrange(OFTEN_CALLED if dice.random() < 0.1 else customers)
    asked = Contact(id="now", customer=f"k{customer}", number=f"13{customer:08d}0", dialled_at=NOW)
    return msgspec.structs.replace(asked, customer=None) if by_number else asked


def measure(ask: Callable[[Contact], object], asked: list[Contact]) -> tuple[float, ...]:
    """Median, 95th and 99th percentile of the answers, milliseconds: by the clock, then of this thread's CPU."""
    clock, busy = [], []
    for contact in asked:
        at, used = time.perf_counter(), time.thread_time()
        ask(contact)
        clock.append((time.perf_counter() - at) * 1000)
        busy.append((time.thread_time() - used) * 1000)
    clock.sort()
    busy.sort()
    return tuple(taken[int(len(taken) * share)] for taken in (clock, busy) for share in (0.5, 0.95, 0.99))


def list_some(ledger: ContactLedger, customers: int) -> None:
    """Put every fiftieth customer on the do-not-call list, and every fiftieth under a tag."""
    since = NOW - timedelta(days=30)
    listed = [
        DoNotCall(id=f"e{n}", customer=f"k{n}", number=f"13{n:08d}0", reason="spoken", since=since)
        for n in range(0, customers, 50)
    ]
    tagged = [
        Tag(id=f"t{n}", tag="high_sensitivity", customer=f"k{n}", since=since)
        for n in range(25, customers, 50)
    ]
    for start in range(0, len(listed), BATCH):
        ledger.do_not_call.add(listed[start : start + BATCH])
        ledger.records.add(tagged[start : start + BATCH])


def run(url: str, contacts: int) -> None:
    dice = random.Random(7)
    customers = max(contacts // ATTEMPTS_EACH, OFTEN_CALLED)
    with Store.open(url) as store:
        ledger = ContactLedger(store)
        made = attempts(contacts, customers, dice)
        before = time.perf_counter()
        while batch := list(islice(made, BATCH)):
            ledger.add(batch)
        rate = contacts / (time.perf_counter() - before)
        print(f"{contacts:,} attempts entered, {rate:,.0f}/s (making them included)\n")
        list_some(ledger, customers)
        print(HEAD)
        for question_name, ask in (("pre-dial check", ledger.check), ("history", ledger.history)):
            for name, by_number in (("customer and number", False), ("number alone", True)):
                asked = [question(dice, customers, by_number=by_number) for _ in range(QUESTIONS)]
                row = " | ".join(f"{ms:.2f}" for ms in measure(ask, asked))
                print(f"| {question_name} | {name} | {row} |")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--url")
    parser.add_argument("--contacts", type=int, default=1_000_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run(options.url or str(Path(folder) / "ledger.db"), options.contacts)


if __name__ == "__main__":
    main()
