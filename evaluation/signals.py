"""Findings against labels, per signal, with thresholds: ``python -m evaluation.signals [DIR…] [--write]``.

For each signal: calls that have it, precision, recall, F1 (a signal counts once a call), recall of labelled turns within one turn, false alarms on near misses.
Compared with ``thresholds.yaml``; exits with 1 when anything is below. `--write` keeps the table in ``results/signals.md`` beside the commit it was made with.
"""

from __future__ import annotations

import argparse
import subprocess
from pathlib import Path

import msgspec

from speechqc.analysis.transcript import judge_transcript
from speechqc.rules.loader import builtin_pack_paths, load_packs
from speechqc.scoring import Counts, Score, Scored, score
from speechqc.transcripts import read_transcript

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "signals.md"


class CallLevel(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    micro_f1: float
    alarms_per_clean_call: float
    near_miss_rate: float


class LowerLimit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    f1: float
    reason: str


class Thresholds(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    least: int
    call_level: CallLevel
    signal_f1: float
    exceptions: dict[str, LowerLimit] = {}

    def f1_of(self, signal: str) -> float:
        exception = self.exceptions.get(signal)
        return self.signal_f1 if exception is None else exception.f1


def measured(folders: list[Path]) -> Score:
    book = load_packs(builtin_pack_paths())
    paths = sorted(path for folder in folders for path in folder.rglob("*.yaml"))
    calls = map(read_transcript, paths)
    return score(Scored(call, judge_transcript(call, book).findings) for call in calls)


def below(result: Score, thresholds: Thresholds) -> list[str]:
    """One line for everything that does not reach its threshold."""
    level, lines = thresholds.call_level, []
    if (result.total.f1 or 0.0) < level.micro_f1:
        lines.append(f"micro F1 {result.total.f1 or 0:.3f}, asked for {level.micro_f1}")
    if (result.alarms_per_clean_call or 0.0) > level.alarms_per_clean_call:
        lines.append(
            f"{result.alarms_per_clean_call:.3f} false alarms a clean call, at most {level.alarms_per_clean_call}"
        )
    if (result.near_miss_rate or 0.0) > level.near_miss_rate:
        lines.append(f"near-miss alarms {result.near_miss_rate:.3f}, at most {level.near_miss_rate}")
    for signal, counts in sorted(result.signals.items()):
        wanted = thresholds.f1_of(signal)
        if counts.true + counts.missed >= thresholds.least and (counts.f1 or 0.0) < wanted:
            lines.append(f"{signal}: F1 {counts.f1 or 0:.3f}, asked for {wanted}")
    return lines


def table(result: Score) -> str:
    lines = [
        "| signal | calls | precision | recall | F1 | turn ±1 | false calls |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [_row(signal, counts) for signal, counts in sorted(result.signals.items())]
    lines.append(_row("**all (micro)**", result.total))
    lines.append("")
    lines.append(
        f"{result.calls} calls, {result.clean_calls} of them clean with {result.alarms_per_clean_call or 0:.3f} false alarms each; "
        f"{result.near_misses} near misses, {result.near_miss_alarms} false alarms ({result.near_miss_rate or 0:.2%})."
    )
    return "\n".join(lines)


def _row(name: str, counts: Counts) -> str:
    cells = (counts.precision, counts.recall, counts.f1, counts.turn_recall)
    shown = " | ".join("–" if cell is None else f"{cell:.3f}" for cell in cells)
    return f"| {name} | {counts.true + counts.missed} | {shown} | {counts.false} |"


def _commit() -> str:
    return subprocess.run(
        ["git", "describe", "--always", "--dirty"], capture_output=True, text=True, cwd=HERE, check=True
    ).stdout.strip()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path, default=[HERE / "calls", HERE / "unseen"])
    parser.add_argument("--errors", action="store_true", help="list every call that was judged wrongly")
    parser.add_argument("--write", action="store_true", help="keep the table in results/signals.md")
    options = parser.parse_args()
    thresholds = msgspec.yaml.decode((HERE / "thresholds.yaml").read_bytes(), type=Thresholds)
    result = measured(options.folders)
    shown = table(result)
    print(shown)
    if options.errors:
        print("\n".join(sorted(result.errors)))
    failed = below(result, thresholds)
    for line in failed:
        print(f"below: {line}")
    if options.write:
        head = (
            f"# Findings per signal\n\nCommand: `python -m evaluation.signals --write`, at {_commit()}.\n\n"
        )
        RESULTS.write_text(head + shown + "\n", "utf-8")
    return int(bool(failed))


if __name__ == "__main__":
    raise SystemExit(main())
