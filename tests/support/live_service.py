"""The real service as a process of its own, to be killed, starved and asked; with the tone recogniser."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from speechqc.client import StreamReport, stream_call
from speechqc.events import to_dict
from speechqc.ingest.messages import Start, encode
from speechqc.store.store import Store
from tests.support.tone_calls import FRAME_S

ROOT = Path(__file__).parents[2]
START_S = 30.0
_SCRIPT = """
import json, os
from speechqc.service.app import run_service
from speechqc.settings import Settings
from tests.support.tone_recognizer import ToneRecognizer
ears = ToneRecognizer(fails_at=json.loads(os.environ.get("SPEECHQC_TONE_FAILS_AT", "[]")))
run_service(Settings(), recognizer=ears, ready=lambda on: print(on.port, flush=True))
"""


class LiveServiceProcess:
    """`data` holds its journals and its store and outlives it; settings as in the environment, in lower case."""

    def __init__(self, data: Path, **settings: object) -> None:
        self.data = data
        self.port = 0
        self._settings = {
            "admission_busy_ratio": 1.0,
            "admission_loop_lag_s": 10,
            "admission_queue_delay_s": 10,
        }
        self._settings |= settings
        self._process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        return self._running().pid

    def start(self) -> None:
        """Start, on the same port as before if it ran before; returns once calls are accepted."""
        values = {"data_dir": self.data, "port": self.port, **self._settings}
        environment = {f"SPEECHQC_{name.upper()}": str(value) for name, value in values.items()}
        log = (self.data.parent / f"{self.data.name}.log").open("a")
        self._process = subprocess.Popen(
            [sys.executable, "-c", _SCRIPT],
            cwd=ROOT,
            env=os.environ | environment,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        log.close()
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line.strip().isdigit():
            raise RuntimeError(f"the service did not start: {self.log()}")
        self.port = int(line)

    def kill(self) -> None:
        """As a power cut or the kernel would: no goodbye."""
        self._running().send_signal(signal.SIGKILL)
        self._running().wait()

    def stop(self) -> int:
        """Ask it to stop; its exit status."""
        process = self._running()
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        return process.wait(timeout=START_S)

    def log(self) -> list[dict[str, Any]]:
        """What it logged; lines that are no JSON come as text."""
        lines = (self.data.parent / f"{self.data.name}.log").read_text().splitlines()
        return [json.loads(line) if line.startswith("{") else {"text": line} for line in lines]

    async def stream(
        self, start: Start, frames: Iterable[bytes], *, speed: float | None = None
    ) -> StreamReport:
        """Send a whole call, through every interruption."""
        return await stream_call(self.url, start, frames, frame_s=FRAME_S, speed=speed, give_up_after_s=60)

    @asynccontextmanager
    async def connected(
        self, path: str = "/v1/calls", *first: Start | str
    ) -> AsyncIterator[ClientConnection]:
        """A raw connection; `first` is sent on it."""
        async with connect(self.url + path, compression=None, close_timeout=1) as socket:
            for message in first:
                await socket.send(message if isinstance(message, str) else encode(message))
            yield socket

    def store(self) -> Store:
        """The store as it lies on disk, opened by another process: this one."""
        return Store.open(f"sqlite:///{self.data / 'speechqc.db'}")

    def stored_events(self, call_id: str) -> list[dict[str, Any]]:
        """The call's stored events in order, without what depends on the hour: moments and latencies."""
        with self.store() as store:
            events = store.events_after(0, call_id=call_id, limit=10_000)
        return [timeless(to_dict(event)) for _, event in events]

    def _running(self) -> subprocess.Popen[str]:
        if self._process is None:
            raise RuntimeError("the service was not started")
        return self._process


def timeless(event: dict[str, Any]) -> dict[str, Any]:
    """`event` without wall-clock values; an intervention's ``at`` is one, a call's is call time."""
    wall = {"opened_at", "latency_s", "started_at"} | ({"at"} if event["type"] == "intervention" else set())
    return {key: value for key, value in event.items() if key not in wall}


async def receive(socket: ClientConnection, *, timeout_s: float = 10.0) -> dict[str, Any]:
    """The next message."""
    message: dict[str, Any] = json.loads(await asyncio.wait_for(socket.recv(), timeout_s))
    return message


async def receive_until(
    socket: ClientConnection, kind: str, *, timeout_s: float = 20.0
) -> list[dict[str, Any]]:
    """All messages up to and with the first of type `kind`."""
    found: list[dict[str, Any]] = []
    async with asyncio.timeout(timeout_s):
        while not found or found[-1]["type"] != kind:
            found.append(json.loads(await socket.recv()))
    return found
