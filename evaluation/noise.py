"""How findings stand mishearing: ``python -m evaluation.noise [DIR…] [--rates 0 0.05 0.1 0.2]``.

The same Mandarin calls are judged with that share of their characters wrong, as recognisers get them wrong: homophones,
near-homophones (zh/z, ch/c, sh/s, n/l, ng/n, f/h), fillers dropped, numbers split or run together, characters lost or
put in. The labels stay. Errors come from a seed, so runs compare.
"""

from __future__ import annotations

import argparse
import random
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import msgspec

from speechqc.analysis.transcript import judge_transcript
from speechqc.rules.loader import RuleBook, builtin_pack_paths, load_packs
from speechqc.scoring import Score, Scored, score
from speechqc.text.pinyin import fold_syllable
from speechqc.text.pinyin_table import read_table
from speechqc.transcripts import Transcript, read_transcript

HERE = Path(__file__).parent
LIMITS = {0.05: 0.02, 0.10: 0.05, 0.20: 0.10}
"""How far micro-F1 may fall at each rate of errors."""
FILLERS = ("嗯", "啊", "呃", "那个", "就是说", "然后", "哎")
HOMOPHONE, NEAR, LOST, ADDED = 0.62, 0.82, 0.93, 1.0
"""Shares of the kinds of errors, one after the other; what a small acoustic model makes on the telephone."""


@cache
def alike() -> tuple[dict[str, str], dict[str, str]]:
    """For each common character those of the same toneless syllable, and those of a syllable that sounds alike."""
    readings = {character: syllables[0] for character, syllables in read_table().items()}
    same: defaultdict[str, list[str]] = defaultdict(list)
    near: defaultdict[str, list[str]] = defaultdict(list)
    for character, syllable in readings.items():
        same[syllable].append(character)
        near[fold_syllable(syllable).replace("f", "h")].append(character)
    by_same = {c: "".join(o for o in same[s] if o != c) for c, s in readings.items()}
    by_near = {
        c: "".join(o for o in near[fold_syllable(s).replace("f", "h")] if readings[o] != s)
        for c, s in readings.items()
    }
    return by_same, by_near


def misheard(text: str, rate: float, random_: random.Random) -> str:
    """`text` with about `rate` of its Chinese characters wrong."""
    same, near = alike()
    for filler in FILLERS:
        if filler in text and random_.random() < 4 * rate:
            text = text.replace(filler, "", 1)
    heard = []
    for character in text:
        if character not in same or random_.random() >= rate:
            heard.append(character)
            continue
        kind = random_.random()
        if kind < HOMOPHONE and same[character]:
            heard.append(random_.choice(same[character]))
        elif kind < NEAR and near[character]:
            heard.append(random_.choice(near[character]))
        elif kind < LOST:
            continue
        elif kind < ADDED:
            heard.append(character + random_.choice("的了是一个我啊"))
    return "".join(heard)


def noisy(call: Transcript, rate: float, seed: int) -> Transcript:
    random_ = random.Random(f"{call.id} {rate} {seed}")
    turns = tuple(
        msgspec.structs.replace(turn, text=misheard(turn.text, rate, random_)) for turn in call.turns
    )
    return msgspec.structs.replace(call, turns=turns)


def scored(calls: Iterable[Transcript], book: RuleBook, rate: float, seeds: int) -> Score:
    return score(
        Scored(noisy(call, rate, seed), judge_transcript(noisy(call, rate, seed), book).findings)
        for call in calls
        for seed in range(seeds if rate else 1)
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path, default=[HERE / "calls", HERE / "unseen"])
    parser.add_argument("--rates", nargs="+", type=float, default=[0.0, *LIMITS])
    parser.add_argument("--seeds", type=int, default=3, help="how often each call is misheard")
    options = parser.parse_args()
    book = load_packs(builtin_pack_paths())
    paths = sorted(path for folder in options.folders for path in folder.rglob("*.yaml"))
    calls = [call for call in map(read_transcript, paths) if call.language.startswith("zh")]
    print(f"{len(calls)} Mandarin calls, {options.seeds} seeds")
    print(f"{'errors':>8}{'precision':>11}{'recall':>8}{'F1':>7}{'fall':>7}{'clean':>8}{'near misses':>13}")
    clean_f1, failed = None, False
    for rate in options.rates:
        result = scored(calls, book, rate, options.seeds)
        total, f1 = result.total, result.total.f1 or 0.0
        clean_f1 = f1 if clean_f1 is None else clean_f1
        fall = clean_f1 - f1
        broken = rate in LIMITS and fall > LIMITS[rate]
        failed |= broken
        print(
            f"{rate:>8.0%}{total.precision or 0:>11.3f}{total.recall or 0:>8.3f}{f1:>7.3f}{fall:>7.3f}"
            f"{result.alarms_per_clean_call or 0:>8.3f}{result.near_miss_rate or 0:>13.4f}"
            + (f"  limit {LIMITS[rate]:.2f}" if broken else "")
        )
    return int(failed)


if __name__ == "__main__":
    raise SystemExit(main())
