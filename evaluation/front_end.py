"""What the speech front end costs and how well it tells speech from silence.

    python -m evaluation.front_end DATA_DIR

DATA_DIR is a folder of recordings with ``vad/`` (speech times below) and ``telephone/`` (8 kHz, agent
and caller in files of their own). Prints the tables; writes those that do not depend on the machine to
``evaluation/results/front_end.md``, and below them the cost with the machine it was measured on.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
import numpy.typing as npt

from speechqc.audio.codecs import Encoding, encode
from speechqc.audio.decoder import StreamDecoder
from speechqc.audio.format import SAMPLE_RATE, AudioFormat
from speechqc.audio.recording import open_recording
from speechqc.events import Prosody, Role, SpeechActivity
from speechqc.speech.front_end import ChannelFrontEnd, FrontEndHop
from speechqc.speech.prosody import measure
from speechqc.speech.settings import SpeechSettings
from speechqc.speech.vad import create_vad

RESULTS = Path(__file__).parent / "results" / "front_end.md"
Samples = npt.NDArray[np.float32]
Interval = tuple[float, float]
Table = list[list[str]]

LABELS: dict[str, tuple[float, tuple[Interval, ...]]] = {
    "train.wav": (4.0, ((0.52, 0.85), (1.32, 1.83), (2.35, 3.70))),
    "valid.wav": (8.0, ((0.38, 2.70), (4.10, 5.88))),
}
"""Labelled seconds of each file and the speech in them, from the corpus' own annotation."""

GRID_S = 0.01
PACKET_S = 0.02
REPEATS = 5

CONDITIONS = {
    "as recorded": (0.0, None),
    "15 dB quieter": (-15.0, None),
    "25 dB quieter": (-25.0, None),
    "noise at -45 dB": (0.0, -45.0),
    "noise at -35 dB": (0.0, -35.0),
    "15 dB quieter, noise at -50 dB": (-15.0, -50.0),
}
VARIANTS = {
    **{f"webrtc {a}": SpeechSettings(webrtc_aggressiveness=a) for a in range(4)},
    "webrtc 2, no fade gate": SpeechSettings(fade_db=90.0),
    "silero": SpeechSettings(vad="silero"),
}
REFERENCE = SpeechSettings(vad="silero", fade_db=90.0)


@dataclass(frozen=True)
class Clip:
    """One channel of a recording: float32 at 16 kHz."""

    name: str
    samples: Samples

    @property
    def seconds(self) -> float:
        return len(self.samples) / SAMPLE_RATE


def main() -> None:
    """Measure everything and write the results."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("data", type=Path, help="folder with vad/ and telephone/")
    data: Path = parser.parse_args().data
    labelled = {clip.name: clip for clip in clips(data / "vad")}
    calls = list(clips(data / "telephone"))
    report = "\n".join(
        [
            "# Speech front end",
            "",
            "Command: `python -m evaluation.front_end DATA_DIR`",
            "",
            *label_section(labelled),
            *agreement_section(calls),
            *talk_section(calls),
            *cost_section(calls),
        ]
    )
    print(report)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(report + "\n", encoding="utf-8")


# -- accuracy ------------------------------------------------------------------------------------


def label_section(labelled: dict[str, Clip]) -> list[str]:
    """Onset and end of speech against the times people gave."""
    rows: Table = [["detector", "missed, s", "false, s", "median onset error, ms", "median end error, ms"]]
    for name, settings in VARIANTS.items():
        missed = false = 0.0
        onsets: list[float] = []
        ends: list[float] = []
        for file, (until, speech) in LABELS.items():
            heard = [(a, min(b, until)) for a, b in activity(labelled[file], settings) if a < until]
            lost, extra = compare(speech, heard, until)
            missed, false = missed + lost, false + extra
            onsets += [nearest(a, heard, 0) - a for a, _ in speech]
            ends += [nearest(b, heard, 1) - b for _, b in speech]
        rows.append(
            [
                name,
                f"{missed:.2f}",
                f"{false:.2f}",
                f"{1000 * median(onsets):+.0f}",
                f"{1000 * median(ends):+.0f}",
            ]
        )
    total = sum(b - a for _, speech in LABELS.values() for a, b in speech)
    return section(
        f"Speech activity against labelled times ({total:.1f} s of speech in "
        f"{sum(until for until, _ in LABELS.values()):.0f} s, 5 stretches: enough "
        "for a check, not for a figure).",
        rows,
    )


def agreement_section(calls: list[Clip]) -> list[str]:
    """How the detectors agree with Silero on real lines, also on quiet and noisy ones."""
    references = [activity(clip, REFERENCE) for clip in calls]
    speech = sum(b - a for reference in references for a, b in reference)
    rows: Table = [["detector", *CONDITIONS]]
    for name, settings in VARIANTS.items():
        cells = []
        for gain_db, noise_db in CONDITIONS.values():
            missed = false = 0.0
            for clip, reference in zip(calls, references, strict=True):
                heard = activity(Clip(clip.name, disturbed(clip.samples, gain_db, noise_db)), settings)
                lost, extra = compare(reference, heard, clip.seconds)
                missed, false = missed + lost, false + extra
            cells.append(f"{missed / speech:.1%} / {false / speech:.1%}")
        rows.append([name, *cells])
    return section(
        f"Telephone channels ({len(calls)} files, {sum(clip.seconds for clip in calls):.0f} s): speech missed / heard "
        "in excess, as a share of the speech Silero hears in the recording as it is. Silero is a reference here, "
        "not the truth, see the next table. Speech that is not heard cannot raise an alert, so a miss weighs more.",
        rows,
    )


def talk_section(calls: list[Clip]) -> list[str]:
    """What the default settings make of each call."""
    rows: Table = [
        [
            "channel",
            "length, s",
            "talk, s",
            "by silero, s",
            "excess, s",
            "voiced in silero's",
            "voiced in the excess",
            "stretches",
            "forced cuts",
            "prosody events",
        ]
    ]
    for clip in calls:
        hops = hear(clip, SpeechSettings())
        talk = list(intervals(hops))
        heard = on_grid(talk, clip.seconds)
        sure = on_grid(activity(clip, REFERENCE), clip.seconds)
        excess = heard & ~sure
        cuts = sum(audio.reason == "forced_cut" for hop in hops for audio in hop.audio)
        measured = sum(isinstance(event, Prosody) for hop in hops for event in hop.events)
        rows.append(
            [
                clip.name,
                f"{clip.seconds:.0f}",
                *(f"{GRID_S * int(where.sum()):.1f}" for where in (heard, sure, excess)),
                voiced_share(clip, sure),
                voiced_share(clip, excess),
                *(str(count) for count in (len(talk), cuts, measured)),
            ]
        )
    return section(
        "Talk time with the default settings. Voiced: share of 20 ms frames with a pitch, in stretches of 0.3 s and "
        "more. Noise has next to none, so much of the excess is "
        "somebody's voice that Silero does not take for speech.",
        rows,
    )


def voiced_share(clip: Clip, where: npt.NDArray[np.bool_]) -> str:
    """Share of frames with a pitch in the longer stretches of `where`; "-" when there are none."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], where, [False]]).astype(np.int8)))
    step = round(GRID_S * SAMPLE_RATE)
    voiced = total = 0.0
    for start, end in edges.reshape(-1, 2):
        voice = measure(clip.samples[start * step : end * step]) if end - start >= 30 else None
        if voice is not None:
            voiced += (end - start) * voice.voiced_share
            total += end - start
    return f"{voiced / total:.0%}" if total else "-"


# -- cost ----------------------------------------------------------------------------------------


def cost_section(calls: list[Clip]) -> list[str]:
    """CPU time a second of audio and channel, on the call with the most speech."""
    clip = max(calls, key=lambda call: call.seconds)
    speech = [
        clip.samples[round(a * SAMPLE_RATE) : round(b * SAMPLE_RATE)] for a, b in activity(clip, REFERENCE)
    ]
    talk_s = sum(len(part) for part in speech) / SAMPLE_RATE
    rows: Table = [["step", "ms CPU a second of audio and channel"]]

    def add(step: str, seconds: float, work: Callable[[], object]) -> None:
        rows.append([step, f"{1000 * cpu_s(work) / seconds:.2f}"])

    stereo = np.stack([clip.samples[::2], clip.samples[::2]])
    payload = encode(stereo, Encoding.MULAW)
    add(
        "decode µ-law, 8 to 16 kHz, two channels, packets of 20 ms",
        2 * clip.seconds,
        lambda: decode_all(payload),
    )
    for vad in ("webrtc", "silero"):
        settings = SpeechSettings(vad=vad)
        add(f"{vad} alone", clip.seconds, lambda s=settings: detect_all(clip.samples, s))  # type: ignore[misc]
    add("prosody, a second of speech", talk_s, lambda: [measure(part) for part in seconds_of(speech)])
    for vad in ("webrtc", "silero"):
        settings = SpeechSettings(vad=vad)
        add(f"front end with {vad}, all of it", clip.seconds, lambda s=settings: hear(clip, s))  # type: ignore[misc]
    quiet = Clip("silence", np.zeros(60 * SAMPLE_RATE, np.float32))
    add("front end, digital silence", quiet.seconds, lambda: hear(quiet, SpeechSettings()))
    return section(
        f"Cost on {clip.name} ({talk_s / clip.seconds:.0%} speech), best of {REPEATS}, one core of "
        f"{os.cpu_count()} ({platform.machine()}, Python {platform.python_version()}, numpy {np.__version__}).",
        rows,
    )


def decode_all(payload: bytes) -> None:
    decoder = StreamDecoder(AudioFormat("mulaw", 8_000, (Role.AGENT, Role.CUSTOMER)))
    step = round(PACKET_S * 16_000)
    for at in range(0, len(payload), step):
        decoder.push(payload[at : at + step])


def detect_all(samples: Samples, settings: SpeechSettings) -> None:
    vad, hop = create_vad(settings), round(settings.hop_s * SAMPLE_RATE)
    audible = [True] * (hop * 1000 // SAMPLE_RATE // settings.frame_ms)
    for at in range(0, len(samples) - hop + 1, hop):
        vad.voiced(samples[at : at + hop], audible)


def seconds_of(speech: Iterable[Samples]) -> Iterator[Samples]:
    for part in speech:
        for at in range(0, len(part), SAMPLE_RATE):
            yield part[at : at + SAMPLE_RATE]


def cpu_s(work: Callable[[], object]) -> float:
    best = float("inf")
    for _ in range(REPEATS):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best


# -- parts ---------------------------------------------------------------------------------------


def clips(folder: Path) -> Iterator[Clip]:
    """Every recording below `folder`, mixed to one channel."""
    for path in sorted(folder.rglob("*.wav")):
        blocks = [block.mean(axis=0) for block in open_recording(path).blocks()]
        yield Clip(path.name, np.concatenate(blocks).astype(np.float32))


def disturbed(samples: Samples, gain_db: float, noise_db: float | None) -> Samples:
    """`samples` at another level, with white noise of `noise_db` below full scale."""
    changed = samples * 10 ** (gain_db / 20)
    if noise_db is not None:
        noise = np.random.default_rng(7).standard_normal(len(samples))
        changed = changed + noise * 10 ** (noise_db / 20)
    return changed.astype(np.float32)


def hear(clip: Clip, settings: SpeechSettings) -> list[FrontEndHop]:
    front_end = ChannelFrontEnd(clip.name, Role.AGENT, settings)
    return front_end.push(clip.samples) + front_end.finish()


def activity(clip: Clip, settings: SpeechSettings) -> list[Interval]:
    return list(intervals(hear(clip, settings)))


def intervals(hops: Iterable[FrontEndHop]) -> Iterator[Interval]:
    began = 0.0
    for event in (event for hop in hops for event in hop.events):
        if isinstance(event, SpeechActivity):
            if event.speaking:
                began = event.at
            else:
                yield began, event.at


def compare(truth: Iterable[Interval], heard: Iterable[Interval], until: float) -> tuple[float, float]:
    """Seconds of `truth` that were missed and seconds heard outside of it, up to `until`."""
    expected, got = (on_grid(stretches, until) for stretches in (truth, heard))
    return GRID_S * int((expected & ~got).sum()), GRID_S * int((got & ~expected).sum())


def on_grid(stretches: Iterable[Interval], until: float) -> npt.NDArray[np.bool_]:
    grid = np.zeros(round(until / GRID_S), np.bool_)
    for start, end in stretches:
        grid[round(start / GRID_S) : round(end / GRID_S)] = True
    return grid


def nearest(at: float, heard: list[Interval], side: int) -> float:
    return min((stretch[side] for stretch in heard), key=lambda time_s: abs(time_s - at))


def section(text: str, rows: Table) -> list[str]:
    head, *body = ["| " + " | ".join(row) + " |" for row in rows]
    return [text, "", head, "|" + "---|" * len(rows[0]), *body, ""]


if __name__ == "__main__":
    main()
