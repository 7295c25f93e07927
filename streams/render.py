"""Speak a call script as a two-channel telephone recording: `python -m streams.render --help`.

Each role has one espeak-ng voice. An angry customer gets louder, higher and faster. The channel is a
telephone's: 300-3400 Hz, 8 kHz, µ-law, with line noise. The same script always gives the same samples.
"""

from __future__ import annotations

import argparse
import hashlib
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt
import soxr
import yaml

from models.espeak import spell, synthesise, synthesise_text
from speechqc.audio.codecs import decode_mulaw, encode_mulaw
from speechqc.audio.writing import write_flac
from speechqc.events import Role
from streams.script import AUDIO, CALLS, Line, Script, Voice, read_script

RATE_HZ = 8_000
BAND_HZ = (300.0, 3_400.0)
LEVEL_DB = -24.0
SPEECH_ABOVE_NOISE_DB = 30.0
ANGER_TILT_DB = 8.0
PACE = (0.65, 1.7)
"""How much slower and faster than its voice a turn may be spoken to keep the time its transcript gives it."""
LONGEST_OVERLAP_S = 3.0
AGENT_VOICES = ("f1", "f2", "f3", "f4", "m1", "m2", "m3", "m4")
CUSTOMER_VOICES = ("m3", "m6", "f1", "m2", "f4", "m8", "f3", "m5")
Samples = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Rendered:
    """Both channels (agent, customer), float32 at 8 kHz, and when each turn was spoken."""

    samples: Samples
    turns: tuple[Line, ...]

    @property
    def duration_s(self) -> float:
        return float(self.samples.shape[1] / RATE_HZ)


def render(script: Script, *, speech_above_noise_db: float = SPEECH_ABOVE_NOISE_DB) -> Rendered:
    """The whole call, and its turns with the times at which they were really spoken.

    Raises:
        models.espeak.EspeakError: espeak-ng is not installed or does not know a voice.
    """
    generator = np.random.default_rng(_seed(script.id))
    voices = {role: script.voices.get(role) or _voice_of(script.id, role) for role in Role}
    placed: list[tuple[Line, Samples]] = []
    clock = 0.6
    previous: Line | None = None
    for line in script.turns:
        speech = _speak(line, voices[line.role], script.language)
        if previous is not None:
            clock += _pause(line, previous, generator)
        end = clock + len(speech) / RATE_HZ
        placed.append((msgspec.structs.replace(line, start=round(clock, 3), end=round(end, 3)), speech))
        clock, previous = end, line  # `line` keeps the times it was written with
    channels = np.zeros((2, int((clock + 1.0) * RATE_HZ)), np.float32)
    for line, speech in placed:
        first = int((line.start or 0.0) * RATE_HZ)
        channels[0 if line.role is Role.AGENT else 1, first : first + len(speech)] += speech
    return Rendered(_telephone(channels, generator, speech_above_noise_db), tuple(line for line, _ in placed))


def write(script: Script, rendered: Rendered, folder: Path) -> Path:
    """Write `<id>.flac` and, beside it, the transcript with the true times. Returns the audio's path."""
    folder.mkdir(parents=True, exist_ok=True)
    audio = folder / f"{script.id}.flac"
    write_flac(audio, rendered.samples, RATE_HZ)
    plain = msgspec.to_builtins(script)
    del plain["voices"]
    plain["turns"] = [
        {"role": line.role.value, "start": line.start, "end": line.end, "text": line.text}
        for line in rendered.turns
    ]
    text = yaml.safe_dump(plain, allow_unicode=True, sort_keys=False, width=120)
    (folder / f"{script.id}.yaml").write_text(text, encoding="utf-8")
    return audio


def _speak(line: Line, voice: Voice, language: str) -> Samples:
    """One turn at the telephone's rate, without the silence around it, at a level that anger raises."""
    rate_wpm = voice.rate * (1 + 0.25 * line.anger)
    speech = _said(line, voice, language, rate_wpm)
    if line.start is not None and line.end is not None:
        wanted_s = max(line.end - line.start, 0.3)
        pace = np.clip(len(speech) / RATE_HZ / wanted_s, *PACE)
        speech = _said(line, voice, language, rate_wpm * float(pace))
    speech = _brightened(speech, ANGER_TILT_DB * line.anger)
    loud = 10 ** ((LEVEL_DB + 8 * line.anger) / 20)
    return (speech * (loud / max(float(np.sqrt(np.mean(speech**2))), 1e-6))).astype(np.float32)


def _said(line: Line, voice: Voice, language: str, rate_wpm: float) -> Samples:
    say = {
        "rate_wpm": rate_wpm,
        "pitch": min(99.0, voice.pitch + 38 * line.anger),
        "pitch_range": 45 + 45 * line.anger,
    }
    if language.startswith("zh"):
        speech, rate = synthesise(spell(line.text), voice=voice.variant, **say)
    else:
        speech, rate = synthesise_text(line.text, voice=f"en-us+{voice.variant}", **say)
    return _trim(soxr.resample(speech, rate, RATE_HZ, "HQ"))


def _brightened(samples: Samples, gain_db: float) -> Samples:
    """Raise what lies above 1 kHz, as more vocal effort does (a voice's spectrum flattens with its loudness)."""
    if gain_db == 0.0:
        return samples
    hz = np.fft.rfftfreq(len(samples), 1 / RATE_HZ)
    octaves = np.clip(np.log2(np.maximum(hz, 1.0) / 700), 0.0, 1.0)
    return np.fft.irfft(np.fft.rfft(samples) * 10 ** (gain_db * octaves / 20), len(samples)).astype(
        np.float32
    )


def _trim(samples: Samples) -> Samples:
    loud = np.nonzero(np.abs(samples) > 1e-3)[0]
    return samples[loud[0] : loud[-1] + 1] if len(loud) else samples


def _pause(line: Line, previous: Line, generator: np.random.Generator) -> float:
    """Seconds of silence before a turn; an angry speaker does not wait, one who cuts in even less."""
    if line.cuts_in_s:
        return -line.cuts_in_s
    if line.start is not None and previous.end is not None:
        return max(line.start - previous.end, -LONGEST_OVERLAP_S)
    if line.role is previous.role:
        return float(generator.uniform(0.7, 1.0))
    return float(generator.uniform(0.35, 0.9) * (1 - 0.6 * line.anger))


def _telephone(channels: Samples, generator: np.random.Generator, speech_above_noise_db: float) -> Samples:
    """Band limit, line noise and µ-law, as the caller hears it."""
    spectrum = np.fft.rfft(channels, axis=1)
    hz = np.fft.rfftfreq(channels.shape[1], 1 / RATE_HZ)
    low, high = BAND_HZ
    gain = 1 / np.sqrt(1 + (low / np.maximum(hz, 1.0)) ** 8) / np.sqrt(1 + (hz / high) ** 16)
    narrow = np.fft.irfft(spectrum * gain, channels.shape[1], axis=1)
    noise = generator.standard_normal(narrow.shape) * 10 ** ((LEVEL_DB - speech_above_noise_db) / 20)
    clean = np.clip(narrow + noise, -1.0, 1.0).astype(np.float32)
    return np.stack([decode_mulaw(encode_mulaw(channel)) for channel in clean])


def _voice_of(call_id: str, role: Role) -> Voice:
    """A voice for a call that names none: the same one every time, a different one for each side."""
    seed = _seed(f"{call_id}/{role}")
    names = AGENT_VOICES if role is Role.AGENT else CUSTOMER_VOICES
    return Voice(variant=names[seed % len(names)], rate=200 + seed // 8 % 40, pitch=38 + seed // 320 % 24)


def _seed(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big")


def main() -> None:
    parser = argparse.ArgumentParser(description="Speak call scripts as two-channel telephone recordings.")
    parser.add_argument(
        "scripts", nargs="*", type=Path, help="script or transcript files; default: the sample calls"
    )
    parser.add_argument("--out", type=Path, default=AUDIO, help="folder for <id>.flac and <id>.yaml")
    arguments = parser.parse_args()
    for path in arguments.scripts or sorted(CALLS.glob("*.yaml")):
        script = read_script(path)
        rendered = render(script)
        print(f"{write(script, rendered, arguments.out)}  {rendered.duration_s:5.1f} s")


if __name__ == "__main__":
    main()
