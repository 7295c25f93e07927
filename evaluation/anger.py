"""How well the voice part of anger separates angry from neutral speech, level-free.

    python -m evaluation.anger DATA_DIR

DATA_DIR is a folder of recordings with a ``MANIFEST.csv`` (path, speaker, emotion, seconds …). Every
clip is brought to a telephone band (8 kHz and back) and to one RMS level, and heard by the real speech
front end; what is scored are its :class:`~speechqc.events.Prosody` events. Writes
``evaluation/results/anger.md``:

- AUC of the voice score, negative against neutral clips of ``emotion/``, against the population
  and against the speaker's own neutral voice. The corpus names no speakers: "own" is the mean of the
  other neutral clips of the same sex. Nothing is fitted to these clips.
- The population of calm speech (the clips outside ``emotion/``) that ``voice_baseline.py`` assumes.
- How many points calm telephone calls get from the voice, and the cost of one event.
"""

from __future__ import annotations

import csv
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soxr

from speechqc.analyzers.anger import Anger
from speechqc.analyzers.anger_parts import total
from speechqc.analyzers.anger_voice import EFFECT, MEMORY_S, AngerVoice, score
from speechqc.analyzers.speech_rate import SpeechRate
from speechqc.analyzers.turn_taking import TurnTaking
from speechqc.analyzers.voice_baseline import POPULATION, Baseline, features
from speechqc.audio.recording import open_recording
from speechqc.events import (
    CallClock,
    CallKind,
    CallStarted,
    Event,
    Prosody,
    Role,
    SpeechActivity,
    Utterance,
)
from speechqc.speech.front_end import ChannelFrontEnd
from speechqc.speech.settings import SpeechSettings

RESULTS = Path(__file__).parent / "results" / "anger.md"
RATE, TELEPHONE_RATE = 16_000, 8_000
RMS = 0.03
GAIN_DB = 12.0
BASELINE_AUC = "0.68 / 0.67"
"""Research baseline on the same clips: logistic regression over a dozen features trained on the other
corpora, without and with the speaker's own voice."""
LONG_S = 30.0

Samples = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Clip:
    """One recording of one speaker and how it sounded."""

    path: str
    speaker: str
    emotion: str
    heard: list[Prosody]

    @property
    def sex(self) -> str:
        return "female" if "female" in self.path.lower() else "male"

    @property
    def seconds(self) -> float:
        return sum(stretch.end - stretch.start for stretch in self.heard)

    def means(self) -> dict[str, float]:
        """The mean of each feature, by duration."""
        sums: dict[str, float] = defaultdict(float)
        weights: dict[str, float] = defaultdict(float)
        for stretch in self.heard:
            for name, value in features(stretch).items():
                sums[name] += value * (stretch.end - stretch.start)
                weights[name] += stretch.end - stretch.start
        return {name: sums[name] / weights[name] for name in sums}


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit("usage: python -m evaluation.anger DATA_DIR")
    root = Path(sys.argv[1])
    with (root / "MANIFEST.csv").open(encoding="utf-8", newline="") as manifest:
        rows = [row for row in csv.DictReader(manifest) if "2 speakers" not in row["speaker"]]
    clips = [
        Clip(row["path"], row["speaker"] or row["path"], row["emotion"], hear(root / row["path"]))
        for row in rows
    ]
    clips = [clip for clip in clips if clip.heard]
    emotional = [clip for clip in clips if clip.path.startswith("emotion/")]
    calm = [clip for clip in clips if not clip.path.startswith("emotion/")]
    report = "\n".join(
        [
            "# The voice part of anger",
            "",
            "Command: `python -m evaluation.anger DATA_DIR`",
            "",
            *separation(emotional),
            "",
            *population(calm),
            "",
            *calm_calls(calm, root),
            "",
        ]
    )
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(report, encoding="utf-8")
    print(report)
    print(cost(calm))


def hear(path: Path, *, late_gain_db: float = 0.0) -> list[Prosody]:
    """The prosody events of a recording on a telephone band at one RMS level.

    Its second half is turned up by `late_gain_db`, as a line may be in the middle of a call.
    """
    wide = np.concatenate(list(open_recording(path).blocks()), axis=1).mean(axis=0)
    narrow = soxr.resample(soxr.resample(wide, RATE, TELEPHONE_RATE), TELEPHONE_RATE, RATE)
    narrow *= RMS / max(float(np.sqrt(np.mean(narrow**2))), 1e-9)
    narrow[len(narrow) // 2 :] *= 10 ** (late_gain_db / 20)
    padded = np.pad(np.clip(narrow, -1.0, 1.0).astype(np.float32), (RATE // 4, RATE))
    front_end = ChannelFrontEnd("clip", Role.CUSTOMER, SpeechSettings())
    hops = [*front_end.push(padded), *front_end.finish()]
    return [event for hop in hops for event in hop.events if isinstance(event, Prosody)]


def separation(clips: Sequence[Clip]) -> list[str]:
    """AUC of the score with and without the own voice, and of its features."""
    negative = [clip for clip in clips if clip.emotion.startswith("negative")]
    neutral = [clip for clip in clips if clip.emotion.startswith("neutral")]
    rows: list[tuple[str, Callable[[dict[str, float]], float]]] = [("voice score", score)]
    rows += [(name, partial(feature, name)) for name in EFFECT]
    lines = [
        f"Negative ({len(negative)} clips) against neutral ({len(neutral)}), Taiwan Mandarin, 8 kHz, one RMS level. "
        f"Research baseline: {BASELINE_AUC}. Standard error of an AUC of 0.75 on so few clips: about 0.06.",
        "",
        "| score | AUC against the population | AUC against the own neutral voice |",
        "|---|---|---|",
    ]
    for name, value in rows:
        plain, own = (
            auc(
                [value(deviations(clip, baseline(clip, neutral))) for clip in negative],
                [value(deviations(clip, baseline(clip, neutral))) for clip in neutral],
            )
            for baseline in (no_voice, own_voice)
        )
        lines.append(f"| {name} | {plain:.2f} | {own:.2f} |")
    return lines


def feature(name: str, deviations: dict[str, float]) -> float:
    return deviations.get(name, 0.0)


def no_voice(clip: Clip, neutral: Sequence[Clip]) -> list[Clip]:
    return []


def own_voice(clip: Clip, neutral: Sequence[Clip]) -> list[Clip]:
    return [other for other in neutral if other.sex == clip.sex and other is not clip]


def deviations(clip: Clip, own: Iterable[Clip]) -> dict[str, float]:
    """Deviations of the whole clip, with `own` clips as the speaker's baseline."""
    baselines = {name: Baseline(population) for name, population in POPULATION.items()}
    for other in own:
        for name, value in other.means().items():
            baselines[name].learn(value, other.seconds)
    heard_s = min(clip.seconds, MEMORY_S)
    return {name: baselines[name].deviation(value, heard_s) for name, value in clip.means().items()}


def auc(positive: Sequence[float], negative: Sequence[float]) -> float:
    """Probability that a positive scores above a negative; ties count half."""
    pairs = [(p > n) + 0.5 * (p == n) for p in positive for n in negative]
    return sum(pairs) / len(pairs)


def population(clips: Sequence[Clip]) -> list[str]:
    """Mean and spreads of calm speech beside the constants in use."""
    by_speaker: dict[str, list[Clip]] = defaultdict(list)
    for clip in clips:
        by_speaker[clip.speaker].append(clip)
    own = [mean_of(heard) for heard in by_speaker.values() if sum(clip.seconds for clip in heard) >= 2.0]
    lines = [
        f"Calm speech, {len(own)} speakers (spread within a speaker: recordings of {LONG_S:.0f} s of speech and more).",
        "",
        "| feature | mean | between speakers | within, 1 s | within, 5 s | in use (mean, between, within) |",
        "|---|---|---|---|---|---|",
    ]
    for name, used in POPULATION.items():
        means = [speaker[name] for speaker in own if name in speaker]
        within = [spread(clip, name) for clip in clips if clip.seconds >= LONG_S]
        one_s, five_s = (float(np.mean([item[at] for item in within])) for at in (0, 1))
        lines.append(
            f"| {name} | {np.mean(means):.2f} | {np.std(means, ddof=1):.2f} | {one_s:.2f} | {five_s:.2f} "
            f"| {used.mean}, {used.between_sd}, {used.within_sd} |"
        )
    return lines


def mean_of(clips: Sequence[Clip]) -> dict[str, float]:
    return Clip("", "", "", [stretch for clip in clips for stretch in clip.heard]).means()


def spread(clip: Clip, name: str) -> tuple[float, float]:
    """Standard deviation of single seconds and of means of five."""
    full = [stretch for stretch in clip.heard if stretch.end - stretch.start >= 0.8]
    values = np.array([values[name] for stretch in full if name in (values := features(stretch))])
    fives = values[: len(values) // 5 * 5].reshape(-1, 5)
    return float(values.std()), float(fives.mean(axis=1).std())


def calm_calls(clips: Sequence[Clip], root: Path) -> list[str]:
    """Points of the voice over each long recording of one speaker, also on a line that changes."""
    lines = [
        "Telephone calls without a label of anger: points that the voice alone gives (35 is level 1), and the "
        f"highest when the line is turned up or down by {GAIN_DB:.0f} dB in the middle of the call.",
        "",
        "| side | speech, s | share of time at 35 and more | median | highest | line up | line down |",
        "|---|---|---|---|---|---|---|",
    ]
    for clip in clips:
        if clip.seconds < LONG_S:
            continue
        points = course(clip.heard)
        over = np.mean([value >= 35.0 for value in points])
        louder, softer = (
            max(course(hear(root / clip.path, late_gain_db=gain))) for gain in (GAIN_DB, -GAIN_DB)
        )
        lines.append(
            f"| {clip.speaker} | {clip.seconds:.0f} | {over:.1%} | {np.median(points):.0f} | {max(points):.0f} "
            f"| {louder:.0f} | {softer:.0f} |"
        )
    return lines


def course(heard: Sequence[Prosody]) -> list[float]:
    """Points of the voice after each stretch."""
    voice = AngerVoice()
    points = []
    for stretch in heard:
        voice.feed(stretch)
        points.append(total(voice.parts(stretch.end)))
    return points


def cost(clips: Sequence[Clip]) -> str:
    """Microseconds an event for each analyzer, on a call made of the longest recording."""
    longest = max(clips, key=lambda clip: clip.seconds)
    events = call_of(longest)
    started = CallStarted(call_id="call", kind=CallKind.SERVICE)
    lines = [
        f"Cost over {len(events)} events of one call (not written to the results, it depends on the machine):"
    ]
    for analyzer in (TurnTaking(started), SpeechRate(started), Anger(started)):
        begun = time.perf_counter()
        for event in events:
            analyzer.feed(event, ())
        each_us = (time.perf_counter() - begun) / len(events) * 1e6
        lines.append(f"  {type(analyzer).__name__}: {each_us:.1f} us an event")
    return "\n".join(lines)


def call_of(clip: Clip) -> list[Event]:
    """A call with a clock every 0.16 s, whose customer sounds like the clip and says a sentence a stretch."""
    events: list[Event] = []
    for turn, heard in enumerate(clip.heard):
        said = {"call_id": "call", "role": Role.CUSTOMER}
        events += [
            SpeechActivity(**said, at=heard.start, speaking=True),
            SpeechActivity(**said, at=heard.end, speaking=False),
            heard,
            Utterance(**said, turn=turn, start=heard.start, end=heard.end, text=f"这是第{turn}句话的内容"),
        ]
    events += [CallClock(call_id="call", at=float(at)) for at in np.arange(0.16, clip.heard[-1].end, 0.16)]
    return sorted(events, key=lambda event: getattr(event, "at", None) or getattr(event, "end", 0.0))


if __name__ == "__main__":
    main()
