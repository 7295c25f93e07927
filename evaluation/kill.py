"""`kill -9` of the service in the middle of live calls: the findings equal those of an undisturbed run.

    python -m evaluation.kill [--calls 10] [--kills 2] [--speed 2]

Streams the sample calls twice, once in peace and once while the service is killed and started again; clients
resume by themselves. Compares every stored utterance, finding, gap and alert, and the replay of every journal. Confidences are
compared to 1e-4: a batch of another size adds up its float32 products in another order.
Writes `evaluation/results/kill.md`; exits with 1 on any difference.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from evaluation.live import RESULTS, Caller, machine, sample_audio, start_service
from speechqc.client import StreamReport
from speechqc.events import Event, Finding, to_dict
from speechqc.rules.loader import builtin_pack_paths, load_packs
from speechqc.service.replay import replay_call
from speechqc.store.journal import folder_name
from speechqc.store.store import Store

CONFIDENCE_TOLERANCE = 1e-4
WALL_CLOCK = {"opened_at", "latency_s", "started_at", "escalation"}


async def run(data: Path, *, calls: int, speed: float, kills: int) -> tuple[list[StreamReport], list[float]]:
    """Send the calls; how long each restart took until calls were accepted, seconds."""
    running = start_service(data, log=data.parent / f"{data.name}.log")
    audios = sample_audio(frame_ms=40)
    callers = [Caller(audios[n % len(audios)], f"call-{n}") for n in range(calls)]
    length_s = min(caller.audio.duration_s for caller in callers) / speed
    restarts: list[float] = []
    process = running

    async def kill() -> None:
        nonlocal process
        began = time.monotonic()
        for number in range(1, kills + 1):
            await asyncio.sleep(began + length_s * number / (kills + 1) - time.monotonic())
            process.kill()
            process = await asyncio.to_thread(
                start_service, data, port=running.port, log=data.parent / f"{data.name}.log"
            )
            restarts.append(process.started_in_s)

    reports, _ = await asyncio.gather(
        asyncio.gather(*(caller.run(running.url, speed=speed) for caller in callers)), kill()
    )
    process.process.terminate()
    process.process.wait()
    return list(reports), restarts


def timeless(event: Event) -> dict[str, Any]:
    """`event` without wall-clock values."""
    plain = to_dict(event)
    wall = WALL_CLOCK | ({"at"} if plain["type"] == "intervention" else set())
    return {key: value for key, value in plain.items() if key not in wall}


def differences(expected: list[dict[str, Any]], found: list[dict[str, Any]]) -> tuple[int, float]:
    """Events that differ in anything but confidences, and the largest difference between confidences."""
    widest, different = 0.0, abs(len(expected) - len(found))
    for one, other in zip(expected, found, strict=False):
        for a, b in zip(_confidences(one), _confidences(other), strict=False):
            widest = max(widest, abs(a - b))
        different += _sure(one) != _sure(other)
    return different, widest


def _confidences(event: dict[str, Any]) -> list[float]:
    return [part["confidence"] or 0.0 for part in (event, *event.get("words", ())) if "confidence" in part]


def _sure(event: dict[str, Any]) -> dict[str, Any]:
    words = [
        {key: value for key, value in word.items() if key != "confidence"} for word in event.get("words", ())
    ]
    return {key: value for key, value in event.items() if key != "confidence"} | {"words": words}


def stored(data: Path, call_id: str) -> list[dict[str, Any]]:
    """The call's events; an alert repeated only because nobody took it in time is the wall clock's doing."""
    with Store.open(str(data / "speechqc.db")) as store:
        events = [timeless(event) for _, event in store.events_after(0, call_id=call_id, limit=100_000)]
    last: dict[str, dict[str, Any]] = {}
    kept = []
    for event in events:
        if event["type"] == "alert" and last.get(event["id"]) == event:
            continue
        if event["type"] == "alert":
            last[event["id"]] = event
        kept.append(event)
    return kept


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=10)
    parser.add_argument("--kills", type=int, default=2)
    parser.add_argument("--speed", type=float, default=1.0)
    options = parser.parse_args()
    book = load_packs(builtin_pack_paths())
    with tempfile.TemporaryDirectory() as folder:
        peace, war = Path(folder) / "peace", Path(folder) / "war"
        calm, _ = asyncio.run(run(peace, calls=options.calls, speed=options.speed, kills=0))
        reports, restarts = asyncio.run(
            run(war, calls=options.calls, speed=options.speed, kills=options.kills)
        )
        rows, different, widest = [], 0, 0.0
        for n in range(options.calls):
            call_id = f"call-{n}"
            expected, found = stored(peace, call_id), stored(war, call_id)
            replayed = replay_call(war / "journal" / folder_name(call_id), book=book)
            findings = [event for event in found if event["type"] == "finding"]
            wrong, spread = differences(expected, found)
            widest = max(widest, spread)
            same = not wrong and spread < CONFIDENCE_TOLERANCE
            exact = [timeless(event) for event in replayed if isinstance(event, Finding)] == findings
            different += not (same and exact)
            kinds = [event["type"] for event in found]
            rows.append(
                f"| {call_id} | {reports[n].connections} | {kinds.count('utterance')} | {kinds.count('finding')} | "
                f"{kinds.count('alert')} | {len(reports[n].gaps)} / {len(calm[n].gaps)} | "
                f"{'yes' if same else 'NO'} | {'yes' if exact else 'NO'} |"
            )
    text = "\n".join(
        [
            "# Killed in the middle of live calls",
            "",
            f"`python -m evaluation.kill --calls {options.calls} --kills {options.kills} --speed {options.speed:g}`",
            f"on {machine()}. Restart to first accepted call: {', '.join(f'{s:.1f} s' for s in restarts)}.",
            f"Largest difference between confidences: {widest:.1e}; everything else is compared exactly.",
            "",
            "| call | connections | utterances | findings | alert events | gaps told (killed / calm) | "
            "events equal | replay equal |",
            "|---|---|---|---|---|---|---|---|",
            *rows,
        ]
    )
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "kill.md").write_text(text + "\n")
    sys.stdout.write(text + "\n")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
