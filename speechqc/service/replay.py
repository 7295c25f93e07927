"""A call's findings once more from its journal, bit for bit: the evidence behind an alert."""

from __future__ import annotations

from pathlib import Path

from speechqc.engine import CallEngine
from speechqc.events import Event
from speechqc.rules.book import RuleBook
from speechqc.store.journal import Journal


def replay_call(path: Path | str, *, book: RuleBook) -> list[Event]:
    """What the engine says to the journalled inputs of the call in folder `path`, in order.

    Nothing is recognised again. With the rules that judged the call the outputs are those of the call.

    Raises:
        StoreError: `path` is no journal, or it is damaged.
    """
    journal = Journal.open(Path(path))
    engine = CallEngine(book, min_confidence=journal.header.min_confidence)
    return [output for step in journal.steps() for event in step.inputs for output in engine.feed(event)]
