"""Anything a client may send and anything a rule file may hold, for some minutes: no crash, no leak.

    python -m evaluation.fuzz [--minutes 5] [--seed 0]

Three targets in turns: the sans-io protocol, a running service over real sockets, and the rule loader with
damaged copies of the packs. Only refusals and rule errors may be raised. Memory is measured by the kernel,
before and after; exits with 1 on a crash or growth beyond the limit.
"""

from __future__ import annotations

import argparse
import asyncio
import faulthandler
import json
import random
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from evaluation.live import RESULTS, ServiceProcess, machine, service
from speechqc.errors import RuleError
from speechqc.ingest.messages import frame
from speechqc.ingest.protocol import Frame, IngestProtocol, State
from speechqc.ingest.refusals import Refusal
from speechqc.rules.loader import builtin_pack_paths, load_packs

GROWTH_LIMIT_MB = 30.0
SLICE_S = 15.0
STUCK_S = 20.0
START = {
    "type": "start",
    "call_id": "c",
    "media": {"encoding": "mulaw", "rate_hz": 8000, "channels": ["agent", "customer"]},
    "kind": "sales",
}
VALUES = (
    None,
    True,
    -1,
    0,
    2**40,
    1e308,
    "",
    "x" * 300,
    "../..",
    "\ud800",
    "保本",
    [],
    {},
    [[[]]],
    {"a": {"b": []}},
)


class Dice:
    """Random messages, mostly almost right: purely random bytes get no further than the first check."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def message(self) -> str | bytes:
        pick = self.random.random()
        if pick < 0.35:
            return self._frame()
        if pick < 0.55:
            return json.dumps(self._start())
        if pick < 0.65:
            return self.random.choice(['{"type":"stop"}', '{"type":"subscribe"}', '{"type":"acknowledge"}'])
        if pick < 0.85:
            return self._damaged(json.dumps(self._start()))
        return self.random.choice([self._bytes(200), self._bytes(40).decode("latin-1")])

    def damaged_file(self, text: str) -> str:
        lines = text.split("\n")
        for _ in range(self.random.randint(1, 4)):
            at = self.random.randrange(len(lines))
            match self.random.randrange(6):
                case 0:
                    del lines[at]
                case 1:
                    lines.insert(at, self.random.choice(lines))
                case 2:
                    lines[at] = "  " + lines[at]
                case 3:
                    lines[at] = self._damaged(lines[at])
                case 4:
                    lines[at] = lines[at].split(":")[0] + ": " + json.dumps(self.random.choice(VALUES))
                case 5:
                    other = self.random.randrange(len(lines))
                    lines[at], lines[other] = lines[other], lines[at]
            if not lines:
                return ""
        return "\n".join(lines)

    def _frame(self) -> bytes:
        seq = self.random.choice([0, 1, 2, 3, 2**32 - 1, self.random.randrange(2**32)])
        return frame(seq, self._bytes(self.random.choice([0, 1, 160, 320, 700])))

    def _start(self) -> dict[str, object]:
        start: dict[str, object] = START | {
            "call_id": self.random.choice(["a", "b", f"c{self.random.random()}"])
        }
        for _ in range(self.random.randrange(3)):
            key = self.random.choice(
                [*start, "token", "resume", "customer", "metadata", "number", "nonsense"]
            )
            start[key] = self.random.choice(VALUES)
        return start

    def _damaged(self, text: str) -> str:
        if not text:
            return "{"
        at = self.random.randrange(len(text))
        return self.random.choice(
            [text[:at], text[:at] + chr(self.random.randrange(32, 0x3000)) + text[at:], text[at:] + text[:at]]
        )

    def _bytes(self, longest: int) -> bytes:
        return self.random.randbytes(self.random.randint(0, longest))


def fuzz_protocol(dice: Dice, until: float, seen: Counter[str]) -> None:
    """One connection after the other, message by message."""
    while time.monotonic() < until:
        protocol = IngestProtocol(max_frame_bytes=600)
        taken = 0
        for _ in range(dice.random.randint(1, 60)):
            try:
                received = protocol.receive(dice.message())
            except Refusal as refusal:
                refusal.message()
                seen[refusal.code] += 1
                if refusal.fatal:
                    break
                continue
            seen[type(received).__name__] += 1
            if protocol.state is State.STARTING:
                protocol.accept(dice.random.choice([0, 0, 2]))
                taken = protocol.next_seq
            elif isinstance(received, Frame):
                if received.seq != taken:
                    raise AssertionError(f"frame {received.seq} was taken where {taken} was due")
                taken += 1


async def fuzz_sockets(url: str, dice: Dice, until: float, seen: Counter[str]) -> None:
    """Many short connections to the running service, on both paths."""

    async def one() -> None:
        path = dice.random.choice(["/v1/calls", "/v1/calls", "/v1/events"])
        with suppress(WebSocketException, OSError, UnicodeError):
            async with (
                asyncio.timeout(STUCK_S),
                connect(url + path, compression=None, close_timeout=0.2) as socket,
            ):
                for _ in range(dice.random.randint(1, 25)):
                    await socket.send(dice.message())
                seen[path] += 1
                if dice.random.random() < 0.5:
                    socket.transport.abort()

    async def watched() -> None:
        try:
            async with asyncio.timeout(STUCK_S):
                await one()
        except TimeoutError:
            seen["stuck"] += 1

    while time.monotonic() < until:
        await asyncio.gather(*(watched() for _ in range(8)))


def fuzz_rules(dice: Dice, until: float, seen: Counter[str], folder: Path) -> None:
    """A pack with one damaged file."""
    packs = [pack for path in builtin_pack_paths() for pack in [Path(path)]]
    sources = [
        (pack, {file.relative_to(pack): file.read_text("utf-8") for file in pack.rglob("*.yaml")})
        for pack in packs
    ]
    while time.monotonic() < until:
        pack, files = dice.random.choice(sources)
        small = dict(dice.random.sample(sorted(files.items()), k=min(4, len(files))))
        small |= {name: text for name, text in files.items() if name.name == "pack.yaml"}
        victim = dice.random.choice(sorted(small))
        copy = folder / pack.name
        for old in copy.rglob("*.yaml"):
            old.unlink()
        for name, text in small.items():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            damaged = dice.damaged_file(text) if name == victim else text
            (copy / name).write_text(damaged, "utf-8", errors="surrogatepass")
        try:
            load_packs([copy])
            seen["still a pack"] += 1
        except RuleError as error:
            seen["rule error"] += 1
            if not all(":" in line for line in str(error).splitlines()[:1]):
                raise AssertionError(f"an error without a place: {error}") from error


def own_rss_mb() -> float:
    status = Path("/proc/self/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    faulthandler.dump_traceback_later(60 * options.minutes + 60, exit=True)  # a hang is a finding, too
    dice = Dice(options.seed)
    seen: dict[str, Counter[str]] = {"protocol": Counter(), "sockets": Counter(), "rules": Counter()}
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        with service(data, log=Path(folder) / "log", grace_s=0, journal_sync="write") as running:
            rss = _rounds(dice, seen, running, Path(folder) / "packs", options.minutes)
            alive = running.process.poll() is None and bool(running.metrics())
        failed = [line for line in (Path(folder) / "log").read_text().splitlines() if '"exception"' in line]
    for line in failed[:3]:
        sys.stdout.write(line + "\n")
    text = _report(options.minutes, seen, rss, alive=alive, failed=len(failed))
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "fuzz.md").write_text(text + "\n")
    sys.stdout.write(text + "\n")
    grown = any(end - start > GROWTH_LIMIT_MB for start, end in rss)
    return 1 if grown or failed or not alive or seen["sockets"]["stuck"] else 0


def _rounds(
    dice: Dice, seen: dict[str, Counter[str]], running: ServiceProcess, packs: Path, minutes: float
) -> list[tuple[float, float]]:
    """Memory of this process and of the service, after the first round and at the end."""
    end = time.monotonic() + 60 * minutes
    early: tuple[float, float] | None = None
    while (now := time.monotonic()) < end:
        slice_s = min(SLICE_S, (end - now) / 3)
        targets: list[Callable[[float], None]] = [
            lambda until: fuzz_protocol(dice, until, seen["protocol"]),
            lambda until: asyncio.run(fuzz_sockets(running.url, dice, until, seen["sockets"])),
            lambda until: fuzz_rules(dice, until, seen["rules"], packs),
        ]
        for target in targets:
            target(time.monotonic() + slice_s)
        early = early or (own_rss_mb(), running.rss_mb)
    first = early or (own_rss_mb(), running.rss_mb)
    return [(first[0], own_rss_mb()), (first[1], running.rss_mb)]


def _report(
    minutes: float, seen: dict[str, Counter[str]], rss: list[tuple[float, float]], *, alive: bool, failed: int
) -> str:
    lines = [
        "# Fuzzing",
        "",
        f"`python -m evaluation.fuzz --minutes {minutes:g}` on {machine()}.",
        f"Service alive at the end: {'yes' if alive else 'NO'}; exceptions in its log: {failed}.",
        f"Memory after the first round → end, MB: this process {rss[0][0]:.0f} → {rss[0][1]:.0f}, "
        f"service {rss[1][0]:.0f} → {rss[1][1]:.0f}; peak of this process "
        f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f}.",
        "",
        "| target | inputs | outcomes |",
        "|---|---|---|",
    ]
    for target, outcomes in seen.items():
        listed = ", ".join(f"{name} {count}" for name, count in outcomes.most_common())
        lines.append(f"| {target} | {sum(outcomes.values())} | {listed} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
