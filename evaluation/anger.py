"""How well the voice part of anger separates angry from neutral speech, level-free.

    python -m evaluation.anger DATA_DIR

DATA_DIR is a folder of recordings with a ``MANIFEST.csv`` (path, speaker, emotion, seconds …). Every
clip is brought to a telephone band (8 kHz, µ-law) and to one RMS level, and heard by the real speech
front end; what is scored are its :class:`~speechqc.events.Prosody` events. Writes
``evaluation/results/anger.md``:

- AUC of the voice score and of each feature, corpus by corpus, angry or negative against neutral clips,
  against the population and against the other neutral clips of the same ``speaker``, beside the level of
  the clips as they came. The Mandarin corpus names no speakers, only their sex. The weights are effect
  sizes of four corpora, one of which is that one: the table also has the score with the weights of the
  other three, to which nothing of its clips has contributed.
- The population of calm speech (the clips without an emotion) that ``voice_baseline.py`` assumes.
- How many points calm telephone calls get from the voice, also on a line that is turned up or down, and
  the cost of one event.
"""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from evaluation.roc import area
from evaluation.voice_clips import Clip, hear, read_clips
from speechqc.analyzers.anger import Anger
from speechqc.analyzers.anger_parts import total
from speechqc.analyzers.anger_voice import EFFECT, MEMORY_S, AngerVoice, score
from speechqc.analyzers.speech_rate import SpeechRate
from speechqc.analyzers.turn_taking import TurnTaking
from speechqc.analyzers.voice_baseline import POPULATION, Baseline, features
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

RESULTS = Path(__file__).parent / "results" / "anger.md"
GAIN_DB = 12.0
BASELINE_AUC = "0.68 / 0.67"
"""Research baseline on the same clips: logistic regression over a dozen features trained on the other
corpora, without and with the speaker's own voice."""
OTHER_CORPORA = {"centroid": 2.74, "balance": 2.17, "f0": 1.94, "f0_high": 1.79}
"""Mean effect sizes without the corpus that is judged here: RAVDESS, Emo-DB and URDU."""
ANGRY, NEUTRAL = ("ang", "negative"), ("neutral",)
METHOD = (
    "Clips as a telephone line brings them (8 kHz, µ-law) and at one RMS level, so that loudness carries nothing. "
    f"Research baseline on the Mandarin corpus: {BASELINE_AUC}. In brackets: 95 % by bootstrap over clips."
)
LONG_S = 30.0


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit("usage: python -m evaluation.anger DATA_DIR")
    root = Path(sys.argv[1])
    clips = read_clips(root)
    corpora: dict[str, list[Clip]] = defaultdict(list)
    for clip in clips:
        if clip.emotion:
            corpora["/".join(clip.path.split("/")[1:-2]) or clip.path.split("/")[0]].append(clip)
    calm = [clip for clip in clips if not clip.emotion]
    report = "\n".join(
        [
            "# The voice part of anger",
            "",
            "Command: `python -m evaluation.anger DATA_DIR`",
            "",
            METHOD,
            "",
            *(line for name, clips_of in corpora.items() for line in separation(name, clips_of)),
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


def separation(corpus: str, clips: Sequence[Clip]) -> list[str]:
    """AUC of the score with and without the own voice, of its features, and of the level, in one corpus."""
    angry, neutral = (named(clips, names) for names in (ANGRY, NEUTRAL))
    rows: list[tuple[str, Callable[[dict[str, float]], float]]] = [
        ("**voice score**", score),
        ("voice score, weights of the other corpora", other_score),
    ]
    rows += [(name, partial(feature, name)) for name in EFFECT]
    lines = [
        f"{corpus}: angry or negative ({len(angry)} clips) against neutral ({len(neutral)}).",
        "",
        "| score | AUC against the population | AUC against the own neutral voice |",
        "|---|---|---|",
    ]
    for name, value in rows:
        plain, own = (
            area(
                *(
                    [value(deviations(clip, voice(clip, neutral))) for clip in side]
                    for side in (angry, neutral)
                )
            )
            for voice in (no_voice, own_voice)
        )
        lines.append(f"| {name} | {plain} | {own} |")
    plain = area(*([points_of(clip) for clip in side] for side in (angry, neutral)))
    lines.append(f"| points of the score of anger, from the voice alone | {plain} | |")
    plain = area(*([clip.level_db for clip in side] for side in (angry, neutral)))
    own = area(*([own_level(clip, neutral) for clip in side] for side in (angry, neutral)))
    return [*lines, f"| level alone, as recorded | {plain} | {own} |", ""]


def named(clips: Sequence[Clip], emotions: tuple[str, ...]) -> list[Clip]:
    return [clip for clip in clips if clip.emotion.lower().startswith(emotions)]


def points_of(clip: Clip) -> float:
    return max(course(clip.heard))


def other_score(deviations: dict[str, float]) -> float:
    weight = sum(OTHER_CORPORA[name] for name in deviations)
    return sum(OTHER_CORPORA[name] * value for name, value in deviations.items()) / weight


def own_level(clip: Clip, neutral: Sequence[Clip]) -> float:
    own = own_voice(clip, neutral)
    return clip.level_db - float(np.mean([other.level_db for other in own or neutral]))


def feature(name: str, deviations: dict[str, float]) -> float:
    return deviations.get(name, 0.0)


def no_voice(clip: Clip, neutral: Sequence[Clip]) -> list[Clip]:
    return []


def own_voice(clip: Clip, neutral: Sequence[Clip]) -> list[Clip]:
    return [other for other in neutral if other.speaker == clip.speaker and other is not clip]


def deviations(clip: Clip, own: Iterable[Clip]) -> dict[str, float]:
    """Deviations of the whole clip, with `own` clips as the speaker's baseline."""
    baselines = {name: Baseline(population) for name, population in POPULATION.items()}
    for other in own:
        for name, value in other.means().items():
            baselines[name].learn(value, other.seconds)
    heard_s = min(clip.seconds, MEMORY_S)
    return {name: baselines[name].deviation(value, heard_s) for name, value in clip.means().items()}


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
    return Clip("", "", "", [stretch for clip in clips for stretch in clip.heard], 0.0).means()


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
        if clip.seconds < LONG_S and not clip.path.startswith("telephone/"):
            continue
        points = course(clip.heard)
        over = np.mean([value >= 35.0 for value in points])
        louder, softer = (
            max(course(hear(root / clip.path, late_gain_db=gain))) for gain in (GAIN_DB, -GAIN_DB)
        )
        lines.append(
            f"| {clip.speaker.rsplit('/', 1)[-1]} | {clip.seconds:.0f} | {over:.1%} | {np.median(points):.0f} | {max(points):.0f} "
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
