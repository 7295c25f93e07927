"""How many live two-channel calls the service holds: latency, CPU, memory and losses under load.

    python -m evaluation.load [--calls 50] [--seconds 180] [--frame-ms 20]

Calls run in real time from this process, the service in its own; a slot whose call ends begins the next
one. Starts are spread over the first 10 s and over the sample calls. The generator's own CPU is reported,
since both share the machine. Writes `evaluation/results/load.md`; exits with 1 when anything was lost or
the latency passes its limit.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from evaluation.live import (
    RESULTS,
    Audio,
    Caller,
    ServiceProcess,
    Watcher,
    machine,
    percentiles,
    sample_audio,
    service,
)

SPREAD_S = 10.0
LIMIT_P95_S = 1.0


@dataclass
class Run:
    """What happened under one load."""

    calls: int
    wall_s: float = 0.0
    service_cpu_s: float = 0.0
    generator_cpu_s: float = 0.0
    rss_start_mb: float = 0.0
    rss_end_mb: float = 0.0
    busy: list[float] = field(default_factory=list)
    lag_s: list[float] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)
    finished: int = 0
    short: int = 0
    """Calls of which the service counted fewer frames than were sent."""
    gaps: float = 0
    not_understood: float = 0
    refused: float = 0
    reconnects: int = 0
    frames: float = 0

    @property
    def lost(self) -> int:
        return self.short + int(self.gaps)

    def row(self) -> str:
        cpu = 100 * self.service_cpu_s / self.wall_s
        return (
            f"| {self.calls} | {percentiles(self.latencies)} | {len(self.latencies)} | {cpu:.0f} % | "
            f"{100 * self.generator_cpu_s / self.wall_s:.0f} % | {max(self.busy, default=0):.2f} | "
            f"{1000 * max(self.lag_s, default=0):.0f} | {self.rss_start_mb:.0f} → {self.rss_end_mb:.0f} | "
            f"{self.frames:.0f} | {self.short} | {self.gaps:.0f} | {self.refused:.0f} | {self.reconnects} |"
        )


HEAD = (
    "| calls | p50 s | p95 s | p99 s | max s | alerts | service CPU | generator CPU | recogniser busy | "
    "loop lag p95 ms | RSS MB | frames | calls cut | gaps | refused | reconnects |\n"
    "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|"
)


async def load(running: ServiceProcess, *, calls: int, seconds: float, frame_ms: int) -> Run:
    """Hold `calls` calls for `seconds`."""
    run = Run(calls)
    audios = sample_audio(frame_ms=frame_ms)
    watcher = Watcher()
    await watcher.begin(running.url)
    callers: list[Caller] = []
    began = time.monotonic()
    run.rss_start_mb = running.rss_mb
    cpu, own = running.cpu_s, time.process_time()
    lines = _Lines(running.url, audios, began + seconds, callers, run)
    slots = [lines.hold(number) for number in range(calls)]
    sampling = asyncio.create_task(_sample(running, run))
    await asyncio.gather(*slots)
    run.wall_s = time.monotonic() - began
    run.service_cpu_s, run.generator_cpu_s = running.cpu_s - cpu, time.process_time() - own
    run.rss_end_mb = running.rss_mb
    sampling.cancel()
    await asyncio.sleep(1)
    await watcher.stop()
    run.latencies = watcher.latencies(callers)
    page = running.metrics()
    gaps = {key: value for key, value in page.items() if key.startswith("speechqc_gaps_total")}
    run.gaps = sum(value for key, value in gaps.items() if 'reason="decode' in key)
    run.not_understood = sum(gaps.values()) - run.gaps
    run.refused = page.get('speechqc_refusals_total{code="overloaded"}', 0)
    run.frames = running.total("frames")
    return run


@dataclass
class _Lines:
    """Telephone lines; each holds one call after the other until the time is up."""

    url: str
    audios: list[Audio]
    until: float
    callers: list[Caller]
    run: Run

    async def hold(self, number: int) -> None:
        await asyncio.sleep(SPREAD_S * number / self.run.calls)
        turn = 0
        while (left := self.until - time.monotonic()) > 2:
            audio = self.audios[(number + turn) % len(self.audios)]
            caller = Caller(audio, f"load-{self.run.calls}-{number}-{turn}")
            self.callers.append(caller)
            report = await caller.run(self.url, seconds=min(left, audio.duration_s))
            self.run.finished += 1
            self.run.short += report.ended.frames != report.frames
            self.run.reconnects += report.connections - 1
            turn += 1


async def _sample(running: ServiceProcess, run: Run) -> None:
    while True:
        await asyncio.sleep(5)
        page = await asyncio.to_thread(running.metrics)
        run.busy.append(page["speechqc_decoder_busy_ratio"])
        run.lag_s.append(page["speechqc_loop_lag_seconds"])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, nargs="+", default=[50])
    parser.add_argument("--seconds", type=float, default=180)
    parser.add_argument("--frame-ms", type=int, default=20)
    parser.add_argument("--journal-sync", choices=("fdatasync", "write"), default="fdatasync")
    options = parser.parse_args()
    runs = []
    for calls in options.calls:
        with (
            tempfile.TemporaryDirectory() as folder,
            service(Path(folder) / "data", journal_sync=options.journal_sync) as running,
        ):
            runs.append(
                asyncio.run(load(running, calls=calls, seconds=options.seconds, frame_ms=options.frame_ms))
            )
    text = "\n".join(
        [
            "# Live calls held at once",
            "",
            f"`python -m evaluation.load --calls {' '.join(map(str, options.calls))} "
            f"--seconds {options.seconds:g} --frame-ms {options.frame_ms}`",
            f"on {machine()}; the generator runs on the same machine. Latency: from sending the frame that ends",
            "the phrase to the alert at a WebSocket subscriber. Bundled recogniser, journal sync "
            f"{options.journal_sync}, two channels of µ-law.",
            "",
            HEAD,
            *(run.row() for run in runs),
        ]
    )
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "load.md").write_text(text + "\n")
    sys.stdout.write(text + "\n")
    good = all(
        run.latencies and np.percentile(run.latencies, 95) < LIMIT_P95_S and not run.lost for run in runs
    )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
