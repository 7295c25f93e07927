"""The live service as a process of its own, sample calls sent to it, and a subscriber with a watch."""

from __future__ import annotations

import asyncio
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from websockets.asyncio.client import connect

from speechqc.client import StreamReport, stream_call
from speechqc.ingest.messages import Start
from speechqc.playback import frames_of, media_of
from speechqc.samples import Sample, sample_calls

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).parent / "results"
WAITING_SIGNALS = frozenset(
    {
        "missing_identity_disclosure",
        "missing_risk_disclosure",
        "talk_ratio",
        "dead_air",
        "speech_rate",
        "interruption",
        "customer_anger",
        "excessive_contact",
        "quiet_hours_contact",
        "do_not_call_violation",
    }
)
"""Raised by a deadline, a course of measures or the ledger: no phrase ends just before them."""
_SERVE = (
    "import sys; from speechqc.service.app import run_service; from speechqc.settings import Settings;"
    "run_service(Settings(), ready=lambda on: print(on.port, flush=True))"
)


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat after the command's name (proc(5): the first is field 3)."""
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()


@dataclass
class ServiceProcess:
    """A running service; CPU and memory as the kernel counts them."""

    process: subprocess.Popen[str]
    port: int
    started_in_s: float

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    @property
    def cpu_s(self) -> float:
        """User and system time of the service and its recogniser's process so far, seconds."""
        ticks = sum(int(fields[11]) + int(fields[12]) for fields in map(_stat, self._pids()))
        return ticks / os.sysconf("SC_CLK_TCK")

    @property
    def rss_mb(self) -> float:
        """Resident memory of both processes."""
        pages = sum(int(_stat(pid)[21]) for pid in self._pids())
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    def _pids(self) -> list[int]:
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [pid, *map(int, children)]

    def metrics(self) -> dict[str, float]:
        """The page that Prometheus reads; labels are part of the names."""
        page = httpx.get(f"http://127.0.0.1:{self.port}/metrics", timeout=10).text
        lines = (line.rsplit(" ", 1) for line in page.splitlines() if line and not line.startswith("#"))
        return {name: float(value) for name, value in lines}

    def total(self, name: str) -> float:
        """A counter, summed over its labels."""
        return sum(
            value for key, value in self.metrics().items() if key.split("{")[0] == f"speechqc_{name}_total"
        )

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


def start_service(
    data: Path, *, port: int = 0, log: Path | None = None, **settings: object
) -> ServiceProcess:
    """Start the service of this checkout in a process of its own; returns once it accepts calls."""
    values = {"data_dir": data, "port": port, "asr": "bundled", **settings}
    environment = {f"SPEECHQC_{name.upper()}": str(value) for name, value in values.items()}
    began = time.monotonic()
    with (log or Path(os.devnull)).open("a") as errors:
        process = subprocess.Popen(
            [sys.executable, "-c", _SERVE],
            cwd=ROOT,
            env=os.environ | environment,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    line = process.stdout.readline() if process.stdout else ""
    if not line.strip().isdigit():
        raise SystemExit("the service did not start; run `speechqc doctor`")
    return ServiceProcess(process, int(line), time.monotonic() - began)


@contextmanager
def service(data: Path, **settings: Any) -> Iterator[ServiceProcess]:
    """A service that is stopped at the end."""
    running = start_service(data, **settings)
    try:
        yield running
    finally:
        running.process.terminate()
        try:
            running.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            running.kill()


@dataclass(frozen=True)
class Audio:
    """A sample call, read once and sent often."""

    name: str
    sample: Sample
    frames: tuple[bytes, ...]
    frame_s: float

    @property
    def duration_s(self) -> float:
        return len(self.frames) * self.frame_s

    def start(self, call_id: str, **fields: Any) -> Start:
        script = self.sample.script
        return Start(
            call_id=call_id,
            media=media_of(self.sample.audio),
            kind=script.kind,
            language=script.language,
            direction=script.direction,
            product=script.product,
            **fields,
        )


def sample_audio(*, frame_ms: int) -> list[Audio]:
    """All sample calls as frames of µ-law."""
    return [
        Audio(s.audio.stem, s, tuple(frames_of(s.audio, frame_ms=frame_ms)), frame_ms / 1000)
        for s in sample_calls()
    ]


@dataclass
class Caller:
    """Sends a call and remembers when each frame went out."""

    audio: Audio
    call_id: str
    sent_at: list[float] = field(default_factory=list)

    async def run(
        self, url: str, *, speed: float = 1.0, seconds: float | None = None, **fields: Any
    ) -> StreamReport:
        frames = self.audio.frames
        if seconds is not None:
            frames = frames[: max(int(seconds / self.audio.frame_s), 1)]
        return await stream_call(
            url,
            self.audio.start(self.call_id, **fields),
            frames,
            frame_s=self.audio.frame_s,
            speed=speed,
            sent=lambda _: self.sent_at.append(time.time()),
        )

    def sent(self, call_time: float) -> float:
        """When the frame that completes `call_time` was sent, Unix time."""
        index = min(max(int(np.ceil(call_time / self.audio.frame_s - 1e-9)) - 1, 0), len(self.sent_at) - 1)
        return self.sent_at[index]


class Watcher:
    """A subscriber that notes when each alert reached it for the first time."""

    def __init__(self) -> None:
        self.alerts: dict[str, tuple[float, dict[str, Any]]] = {}
        self._task: asyncio.Task[None] | None = None

    async def begin(self, url: str) -> None:
        ready = asyncio.Event()
        self._task = asyncio.create_task(self._run(url, ready))
        await ready.wait()

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self, url: str, ready: asyncio.Event) -> None:
        async with connect(f"{url}/v1/events", compression=None, max_queue=1024) as socket:
            await socket.send(json.dumps({"type": "subscribe", "types": ["alert"]}))
            async for data in socket:
                came = time.time()
                message = json.loads(data)
                ready.set()
                if message["type"] == "event":
                    self.alerts.setdefault(message["event"]["id"], (came, message["event"]))

    def latencies(self, callers: Sequence[Caller]) -> list[float]:
        """End of phrase sent → alert here, seconds, for every alert that a phrase raised."""
        by_call = {caller.call_id: caller for caller in callers}
        return [
            came - by_call[alert["call_id"]].sent(alert["end"])
            for came, alert in self.alerts.values()
            if alert["call_id"] in by_call and not WAITING_SIGNALS & set(alert["signals"])
        ]


def percentiles(values: Sequence[float]) -> str:
    """p50, p95, p99 and the largest, as cells of a table; seconds."""
    if not values:
        return "– | – | – | –"
    return " | ".join(f"{value:.2f}" for value in (*np.percentile(values, (50, 95, 99)), max(values)))


def machine() -> str:
    """One line about the machine a figure was measured on."""
    model = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.machine(),
    )
    return f"{model}, {os.cpu_count()} cores, Python {platform.python_version()}"
