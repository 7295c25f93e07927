"""End of a phrase in the audio → alert at a WebSocket subscriber, for the sample calls at once in real time.

    python -m evaluation.latency [--rounds 1] [--frame-ms 20]

The service runs in a process of its own with the bundled recogniser. Alerts that no phrase raises (deadlines,
measures, contact history) are left out. Writes `evaluation/results/latency.md`; exits with 1 beyond the limits.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

import numpy as np

from evaluation.live import RESULTS, Caller, Watcher, machine, percentiles, sample_audio, service

LIMIT_P50_S, LIMIT_P95_S = 0.5, 1.0


async def measure(
    url: str, *, rounds: int, frame_ms: int
) -> tuple[list[float], list[float], Watcher, list[Caller]]:
    """Latencies at the subscriber, and as the alerts themselves say."""
    watcher = Watcher()
    await watcher.begin(url)
    callers: list[Caller] = []
    for number in range(rounds):
        now = [Caller(audio, f"{audio.name}-{number}") for audio in sample_audio(frame_ms=frame_ms)]
        callers += now
        await asyncio.gather(*(caller.run(url) for caller in now))
    await asyncio.sleep(1)
    await watcher.stop()
    said = [alert["latency_s"] for _, alert in watcher.alerts.values() if alert["latency_s"] is not None]
    return watcher.latencies(callers), said, watcher, callers


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--frame-ms", type=int, default=20)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, service(Path(folder) / "data") as running:
        found, said, watcher, callers = asyncio.run(
            measure(running.url, rounds=options.rounds, frame_ms=options.frame_ms)
        )
        started_in_s = running.started_in_s
    lines = [
        "# End of phrase → alert at a subscriber",
        "",
        f"`python -m evaluation.latency --rounds {options.rounds} --frame-ms {options.frame_ms}`",
        f"on {machine()}.",
        f"{len(callers)} sample calls, {len(found)} alerts raised by phrases; start of the service to",
        f"first accepted call {started_in_s:.1f} s. Seconds:",
        "",
        "| measured | p50 | p95 | p99 | max |",
        "|---|---|---|---|---|",
        f"| at the subscriber, from sending the frame that ends the phrase | {percentiles(found)} |",
        f"| by the service itself (all alerts) | {percentiles(said)} |",
        "",
        "| signal | alerts | latency of each, s |",
        "|---|---|---|",
    ]
    by_call = {caller.call_id: caller for caller in callers}
    by_signal: dict[str, list[float]] = {}
    for came, alert in watcher.alerts.values():
        key = "+".join(alert["signals"])
        by_signal.setdefault(key, []).append(came - by_call[alert["call_id"]].sent(alert["end"]))
    for signal, values in sorted(by_signal.items()):
        lines.append(f"| {signal} | {len(values)} | {', '.join(f'{v:.2f}' for v in sorted(values))} |")
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "latency.md").write_text("\n".join(lines) + "\n")
    sys.stdout.write("\n".join(lines) + "\n")
    good = bool(found) and np.percentile(found, 50) < LIMIT_P50_S and np.percentile(found, 95) < LIMIT_P95_S
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
