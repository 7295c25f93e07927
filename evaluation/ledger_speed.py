"""How long the contact ledger takes to say what a call must know, with a million attempts in it.

    python -m evaluation.ledger_speed [--url DATABASE] [--contacts 1000000]

Fills an empty store (a temporary SQLite file unless told otherwise) with attempts of 60 days, then asks
for the history of random customers: by customer and number as a live call does, and by number alone.
Every tenth question is about one of a hundred customers who were called twenty times as often. Target:
the pre-dial answer in less than 5 ms. Prints a table for ``evaluation/results/ledger_speed.md``.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import msgspec

from speechqc.events import Direction
from speechqc.store import Contact, ContactLedger, Outcome, Store

NOW = datetime(2026, 3, 31, 4, 0, tzinfo=UTC)
DAYS, BATCH, QUESTIONS = 60, 10_000, 2_000
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


def measure(ledger: ContactLedger, asked: list[Contact]) -> tuple[float, float, float]:
    """Median, 99th percentile and worst of the answers, milliseconds."""
    taken = []
    for contact in asked:
        before = time.perf_counter()
        ledger.history(contact)
        taken.append((time.perf_counter() - before) * 1000)
    taken.sort()
    return taken[len(taken) // 2], taken[int(len(taken) * 0.99)], taken[-1]


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
        print("| asked by | median ms | p99 ms | worst ms |\n|---|---|---|---|")
        for name, by_number in (("customer and number", False), ("number alone", True)):
            asked = [question(dice, customers, by_number=by_number) for _ in range(QUESTIONS)]
            median, p99, worst = measure(ledger, asked)
            print(f"| {name} | {median:.2f} | {p99:.2f} | {worst:.2f} |")


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
