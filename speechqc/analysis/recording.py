"""Judge a recording: front ends, recogniser and engine driven as fast as they go."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from speechqc.asr.recognizer import Recognizer
from speechqc.audio.format import AudioFormat
from speechqc.audio.recording import channel_roles, open_recording
from speechqc.engine import CallEngine
from speechqc.events import CallStarted, Role
from speechqc.judgement import Judgement
from speechqc.rules.loader import RuleBook
from speechqc.session import Advanced, CallSession, Step
from speechqc.speech.emotion import EmotionClassifier

Progress = Callable[[float], None]


def judge_recording(
    path: Path,
    book: RuleBook,
    recognizer: Recognizer,
    *,
    started: CallStarted,
    diarise: str = "left-right",
    min_confidence: float | None = None,
    emotions: EmotionClassifier | None = None,
    progress: Progress | None = None,
) -> Judgement:
    """Judge a recording. `progress` is told the seconds of audio done so far.

    `emotions` judges the customer's voice beside the built-in measures. A mono recording has no roles: its words are transcribed, findings bound to a role do not fire.

    Raises:
        AudioError: the file cannot be read; the message says why and what to do.
        ModelError: `emotions` cannot judge a voice.
    """
    recording = open_recording(path)
    roles = channel_roles(recording.channels, diarise)
    known = Role.UNKNOWN not in roles
    started = msgspec.structs.replace(started, roles_known=known)
    samples = recording.blocks()
    if len(roles) < recording.channels:
        samples = (block.mean(axis=0, keepdims=True) for block in samples)
    judgement = Judgement(started)
    session = CallSession(
        started,
        AudioFormat(encoding="pcm16", rate_hz=16_000, roles=roles),
        engine=CallEngine(book, min_confidence=min_confidence),
        open_stream=lambda: recognizer.open(language=started.language),
        recognizer=recognizer.name,
        emotions=emotions is not None,
    )
    _take(judgement, session.begin())
    for block in samples:
        _decode(session, session.push_samples(block), recognizer, emotions, judgement)
        if progress is not None:
            progress(session.position_s)
    _decode(session, session.finish(), recognizer, emotions, judgement)
    _take(judgement, session.end("end_of_recording"))
    judgement.warning = recording.warning
    if not judgement.utterances and not judgement.gaps:
        silent = f"no speech was heard in {path.name}; check that it is the right file"
        judgement.warning = f"{recording.warning}; {silent}" if recording.warning else silent
    return judgement


def _take(judgement: Judgement, advanced: Advanced) -> None:
    judgement.add(advanced.inputs)
    judgement.add(advanced.outputs)


def _decode(
    session: CallSession,
    steps: Iterable[Step],
    recognizer: Recognizer,
    emotions: EmotionClassifier | None,
    judgement: Judgement,
) -> None:
    for step in steps:
        words = recognizer.push(step.hops) if step.hops else []
        call_id = session.started.call_id
        felt = [emotions.hear(call_id, stretch) for stretch in step.due] if emotions else []
        _take(judgement, session.advance(step, words, felt))
