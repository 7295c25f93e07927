"""The same words judged three ways give the same findings: ``python -m evaluation.three_ways DIR [--calls 50] [--speed 1]``.

Every recording in DIR (with its script beside it, as ``python -m streams.render`` writes them) is streamed to a live service over the socket, all at
once and in real time; judged as a file; and the final words of the file are judged once more as a plain transcript. Signal, rule, role, severity, quote and
turn of all confirmed findings are compared. What rests on sound (silence, talk ratio, rates, interruptions, anger) is compared between live and file
only: a transcript has none. Exits with 1 on any difference.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import msgspec

from evaluation.live import Audio, Caller, machine, service
from speechqc.analysis.recording import judge_recording
from speechqc.analysis.transcript import judge_events
from speechqc.asr.choose import open_recognizer
from speechqc.events import CallEnded, Event, Finding, Utterance
from speechqc.judgement import Judgement
from speechqc.playback import frames_of
from speechqc.rules.book import RuleBook
from speechqc.rules.loader import builtin_pack_paths, load_packs
from speechqc.samples import Sample, SampleScript
from speechqc.store.store import Store
from speechqc.transcripts import read_transcript

BY_SOUND = {
    "talk_ratio",
    "interruption",
    "dead_air",
    "speech_rate",
    "monologue",
    "customer_anger",
    "no_empathy",
}
FRAME_MS = 40

Key = tuple[str, str, str, str, str, int | None]


def key(finding: Finding) -> Key:
    return (
        finding.signal,
        finding.rule,
        str(finding.role),
        str(finding.severity),
        finding.quote,
        finding.turn,
    )


def as_text(judgement: Judgement) -> list[Event]:
    """The call as somebody might have typed it: who said what and when."""
    said = [
        Utterance(
            call_id=one.call_id, role=one.role, turn=one.turn, start=one.start, end=one.end, text=one.text
        )
        for one in judgement.utterances
    ]
    return [judgement.started, *said, CallEnded(call_id=judgement.started.call_id, at=judgement.duration_s)]


async def streamed(audios: list[Audio], folder: Path, speed: float) -> dict[str, list[Finding]]:
    """The confirmed findings of all calls, streamed at once."""
    callers = [Caller(audio, audio.name) for audio in audios]
    with service(folder) as running:
        await asyncio.gather(*(caller.run(running.url, speed=speed) for caller in callers))
        with Store.open(f"sqlite:///{folder.absolute()}/speechqc.db") as store:
            return {
                caller.call_id: [one.finding for one in store.findings(call_id=caller.call_id)]
                for caller in callers
            }


def difference(one: Iterable[Finding], other: Iterable[Finding]) -> list[str]:
    """What only one of two judgements has."""
    first, second = Counter(map(key, one)), Counter(map(key, other))
    return [f"- {gone}" for gone in first - second] + [f"+ {new}" for new in second - first]


def judged(path: Path, book: RuleBook) -> tuple[Judgement, Judgement]:
    """A recording judged as a file, and the words heard in it judged as text."""
    chosen = open_recognizer("bundled")
    started = msgspec.structs.replace(read_transcript(path.with_suffix(".yaml")).started(), history=None)
    filed = judge_recording(
        path, book, chosen.recognizer, started=started, min_confidence=chosen.min_confidence
    )
    return filed, judge_events(as_text(filed), book)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--calls", type=int, default=50)
    parser.add_argument("--speed", type=float, default=1.0)
    options = parser.parse_args()
    paths = sorted(options.folder.glob("*.flac"))[: options.calls]
    book = load_packs(builtin_pack_paths())
    audios = []
    for path in paths:
        script = read_transcript(path.with_suffix(".yaml"))
        plain = msgspec.to_builtins(msgspec.structs.replace(script, history=None))
        sample = Sample(
            path, msgspec.convert({**plain, "title": {"zh": script.id, "en": script.id}}, SampleScript)
        )
        audios.append(Audio(script.id, sample, tuple(frames_of(path, frame_ms=FRAME_MS)), FRAME_MS / 1000))
    with tempfile.TemporaryDirectory() as folder:
        live = asyncio.run(streamed(audios, Path(folder), options.speed))
    different = findings = 0
    for path, audio in zip(paths, audios, strict=True):
        filed, text = judged(path, book)
        by_words = [one for one in filed.findings if one.signal not in BY_SOUND]
        lines = difference(filed.findings, live[audio.name])
        lines += difference(by_words, [one for one in text.findings if one.signal not in BY_SOUND])
        findings += len(filed.findings)
        different += bool(lines)
        for line in lines:
            print(f"{audio.name}: {line}")
    print(
        f"{len(paths)} calls live at {options.speed:g} x, as files and as text: {findings} findings, "
        f"{different} calls differ ({machine()})"
    )
    return int(different > 0)


if __name__ == "__main__":
    raise SystemExit(main())
