"""What judging costs without the recogniser: ``python -m evaluation.engine_speed [--calls 20] [--profile]``.

The events are those of the sample calls as the live path makes them (partial words every hop, prosody, speech activity, clock): the recordings
go through front ends and the bundled recogniser once, then many calls are judged side by side, event by event in order of call time, as one process
does it live. Printed: milliseconds of CPU for a second of one call, and how many live calls that makes for one core.
"""

from __future__ import annotations

import argparse
import cProfile
import gc
import heapq
import pstats
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from speechqc.analysis.recording import judge_recording
from speechqc.asr.choose import open_recognizer
from speechqc.engine import CallEngine
from speechqc.events import Event
from speechqc.rules.loader import RuleBook, builtin_pack_paths, load_packs
from speechqc.transcripts import read_transcript

SAMPLES = Path(__file__).parents[1] / "streams" / "audio"

Timed = tuple[float, Event]


class _Listening(CallEngine):
    """An engine that keeps what it was fed; an event carries no arrival time of its own, so the clock's is kept with it."""

    def __init__(self, book: RuleBook) -> None:
        super().__init__(book)
        self.heard: list[Timed] = []
        self._now = 0.0

    def feed(self, event: Event) -> list[Event]:
        for name in ("at", "end"):
            value = getattr(event, name, None)
            if isinstance(value, float):
                self._now = max(self._now, value)
        self.heard.append((self._now, event))
        return super().feed(event)


def recorded(path: Path, book: RuleBook) -> list[Timed]:
    """The engine's input in one sample call, with the call time at which each event came."""
    from speechqc.analysis import recording  # noqa: PLC0415 - its engine is exchanged here

    engines: list[_Listening] = []

    def listening(book: RuleBook, **_: object) -> _Listening:
        engines.append(_Listening(book))
        return engines[-1]

    original, recording.CallEngine = recording.CallEngine, listening  # type: ignore[assignment, misc]
    try:
        started = read_transcript(path.with_suffix(".yaml")).started()
        judge_recording(path, book, open_recognizer("bundled").recognizer, started=started)
    finally:
        recording.CallEngine = original  # type: ignore[misc]
    return engines[0].heard


def side_by_side(streams: list[list[Timed]], calls: int) -> Iterator[tuple[int, Event]]:
    """The events of `calls` calls in order of time; each call begins a little after the one before."""
    turns = [
        [
            (at + 0.37 * call, number, call, event)
            for number, (at, event) in enumerate(streams[call % len(streams)])
        ]
        for call in range(calls)
    ]
    for _, _, call, event in heapq.merge(*turns):
        name = f"{event.call_id}-{call}"
        yield call, msgspec.structs.replace(event, call_id=name)


def judge(events: list[tuple[int, Event]], book: RuleBook, calls: int) -> float:
    """Seconds of CPU it takes to judge `events`."""
    engines = [CallEngine(book) for _ in range(calls)]
    gc.collect()
    began = time.process_time()
    for call, event in events:
        engines[call].feed(event)
    return time.process_time() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=20, help="calls judged side by side")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--profile", action="store_true", help="say where the time goes")
    options = parser.parse_args()
    book = load_packs(builtin_pack_paths())
    streams = [recorded(path, book) for path in sorted(SAMPLES.glob("*.flac"))]
    events = list(side_by_side(streams, options.calls))
    call_s = sum(streams[call % len(streams)][-1][0] for call in range(options.calls))
    judge(events, book, options.calls)
    best = min(judge(events, book, options.calls) for _ in range(options.repeat))
    kinds: dict[str, int] = {}
    for _, event in events:
        name = type(event).__name__
        if name == "Utterance":
            name = "final words" if event.final else "partial words"
        kinds[name] = kinds.get(name, 0) + 1
    print(
        f"{len(book.rules)} rules, {options.calls} calls, {call_s:.0f} s of call time, {len(events)} events"
    )
    print(
        "events a call-second: "
        + ", ".join(f"{name} {count / call_s:.2f}" for name, count in sorted(kinds.items()))
    )
    print(f"CPU a call-second: {1e3 * best / call_s:.3f} ms; live calls a core: {call_s / best:.0f}")
    if options.profile:
        profile = cProfile.Profile()
        profile.runcall(judge, events, book, options.calls)
        pstats.Stats(profile).sort_stats("tottime").print_stats(45)


if __name__ == "__main__":
    main()
