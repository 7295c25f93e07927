"""How the rules do on a file of fixtures: ``python evaluation/fixtures.py FILE.md [--misses] [SIGNAL…]``.

The file holds fenced ``yaml`` blocks with the keys ``id`` (a signal), ``zh_pos``, ``zh_asr``, ``en_pos`` (must
be found) and ``zh_neg``, ``en_neg`` (must not), in the notation of examples (docs/rules.md). An omission is
found when it is missing at the end of the example. Lines that begin with ``[ledger]`` or ``[metric]`` describe
facts in words and are left out.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from speechqc.events import CallEnded, CallKind, CallStarted, Role
from speechqc.rules.check import run_example
from speechqc.rules.examples import ExampleError, Step, read_example
from speechqc.rules.loader import RuleBook, builtin_pack_paths, load_packs

POSITIVE = ("zh_pos", "zh_asr", "en_pos")
NEGATIVE = ("zh_neg", "en_neg")
_BLOCK = re.compile(r"```yaml\n(.*?)```", re.DOTALL)


def blocks(text: str) -> Iterator[dict[str, Any]]:
    for match in _BLOCK.finditer(text):
        block = yaml.safe_load(match[1])
        if isinstance(block, dict) and "id" in block:
            yield block


def fires(book: RuleBook, signal: str, role: Role | None, written: str, language: str) -> bool:
    """True when some rule of `signal` fires in some kind of call."""
    for kind in CallKind:
        started = CallStarted(call_id="fixture", kind=kind, language=language)
        example = read_example(written, role=role, started=started, strict=False)
        steps = example.steps
        if not any(isinstance(step.event, CallEnded) for step in steps):
            steps = (*steps, Step(CallEnded(call_id="fixture", at=3600.0), {}))
        verdicts = run_example(book, type(example)(example.started, steps))
        if any(verdict.rule.signal == signal for verdict in verdicts):
            return True
    return False


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("signals", nargs="*")
    parser.add_argument("--misses", action="store_true", help="print every miss and false alarm")
    options = parser.parse_args()
    book = load_packs(builtin_pack_paths())
    roles = {rule.signal: rule.role for rule in reversed(book.rules)}
    print(f"{'signal':30}" + "".join(f"{key:>10}" for key in (*POSITIVE, *NEGATIVE)))
    totals = {key: [0, 0] for key in (*POSITIVE, *NEGATIVE)}
    for block in blocks(options.file.read_text(encoding="utf-8")):
        signal = block["id"]
        if signal not in roles or (options.signals and signal not in options.signals):
            continue
        cells, shown = [], []
        for key in (*POSITIVE, *NEGATIVE):
            examples = [text for text in block.get(key, ()) if not text.startswith(("[ledger]", "[metric]"))]
            hits = []
            for written in examples:
                try:
                    hit = fires(book, signal, roles[signal], written, key[:2])
                except ExampleError:
                    hit = False
                hits.append(hit)
                if hit is not (key in POSITIVE):
                    shown.append(f"    {key}: {written}")
            totals[key][0] += sum(hits)
            totals[key][1] += len(hits)
            cells.append(f"{sum(hits)}/{len(hits)}")
        print(f"{signal:30}" + "".join(f"{cell:>10}" for cell in cells))
        if options.misses:
            print("\n".join(shown))
    print(f"{'all':30}" + "".join(f"{f'{hit}/{all_}':>10}" for hit, all_ in totals.values()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
