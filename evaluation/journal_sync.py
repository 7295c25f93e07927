"""What it costs to acknowledge frames only when they are on disk, for many calls at once.

    python -m evaluation.journal_sync [--folder .]

Calls append 20 ms frames of two-channel µ-law to their journals; every commit interval all journals are written
and, with `fdatasync`, brought to disk in a worker thread as the service does. `--folder` names the disk to measure.
Writes `evaluation/results/journal_sync.md`.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np

from evaluation.live import RESULTS, machine
from speechqc.events import CallKind, CallStarted
from speechqc.settings import Settings
from speechqc.store.journal import CallHeader, JournalFolder
from speechqc.store.journal_writer import JournalWriter

FRAME_S, FRAME_BYTES, SECONDS = 0.02, 320, 8.0


def measure(folder: Path, *, calls: int, sync: bool, interval_s: float) -> str:
    """One row of the table."""
    journals = JournalFolder(folder)
    writers = [journals.create(_header(f"call-{n}"), sync=False) for n in range(calls)]
    committing: Future[float] | None = None
    began, cpu, commits, waits, seq = time.monotonic(), time.process_time(), 0, [], 0
    with ThreadPoolExecutor(1) as pool:
        while (now := time.monotonic()) - began < SECONDS:
            for writer in writers:
                writer.append_frame(seq, now, bytes(FRAME_BYTES))
            seq += 1
            if now - began >= (commits + 1) * interval_s and (committing is None or committing.done()):
                waits += [committing.result()] if committing else []
                for writer in writers:
                    writer.flush()
                marks = [writer.mark() for writer in writers]
                committing = pool.submit(_sync, list(writers) if sync else [])
                for writer, mark in zip(writers, marks, strict=True):
                    writer.synced(mark)
                commits += 1
            time.sleep(max(began + seq * FRAME_S - time.monotonic(), 0))
    took = time.monotonic() - began
    share = 100 * (time.process_time() - cpu) / took
    for writer in writers:
        writer.close()
    p50, worst = (1000 * np.percentile(waits, 50), 1000 * max(waits)) if sync else (0.0, 0.0)
    mode = "fdatasync" if sync else "write"
    return f"| {calls} | {mode} | {interval_s:g} | {share:.1f} % | {p50:.0f} | {worst:.0f} | {commits / took:.1f} |"


def _sync(writers: list[JournalWriter]) -> float:
    began = time.perf_counter()
    for writer in writers:
        writer.sync_disk()
    return time.perf_counter() - began


def _header(call_id: str) -> CallHeader:
    return CallHeader(
        started=CallStarted(call_id=call_id, kind=CallKind.SALES),
        encoding="mulaw",
        rate_hz=8000,
        channels=("agent", "customer"),
        recogniser="none",
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path())
    options = parser.parse_args()
    default_s = Settings().journal_commit_s
    rows = []
    for calls in (50, 150):
        for sync, interval_s in ((False, default_s), (True, 0.1), (True, default_s)):
            folder = Path(tempfile.mkdtemp(dir=options.folder, prefix="journal-"))
            try:
                rows.append(measure(folder, calls=calls, sync=sync, interval_s=interval_s))
            finally:
                shutil.rmtree(folder)
    text = "\n".join(
        [
            "# Acknowledging from disk",
            "",
            f"`python -m evaluation.journal_sync` on {machine()}. CPU is the share of one core for appending,",
            "writing and syncing; the wait is how long one commit of all calls takes.",
            "",
            "| calls | sync | every, s | CPU | commit p50, ms | commit max, ms | commits/s |",
            "|---|---|---|---|---|---|---|",
            *rows,
        ]
    )
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "journal_sync.md").write_text(text + "\n")
    sys.stdout.write(text + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
