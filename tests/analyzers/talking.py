"""A call's events in few words, for the tests of the analyzers."""

from __future__ import annotations

import math
from typing import Any

from speechqc.analyzers.voice_baseline import POPULATION
from speechqc.events import (
    CallClock,
    CallEnded,
    CallKind,
    CallStarted,
    Event,
    Prosody,
    Role,
    SpeechActivity,
    Utterance,
    VoiceEmotion,
)
from speechqc.rules.measures import Measure
from speechqc.rules.reader import CueHit

AGENT, CUSTOMER = Role.AGENT, Role.CUSTOMER
CALL = "call-1"
CALM = {
    "centroid_hz": math.exp(POPULATION["centroid"].mean),
    "balance_db": POPULATION["balance"].mean,
    "f0_hz": 2.0 ** POPULATION["f0"].mean,
    "f0_high_hz": 2.0 ** POPULATION["f0_high"].mean,
}
"""A voice at the mean of the population."""

Heard = tuple[Event, tuple[CueHit, ...]]


def started(**changes: Any) -> CallStarted:
    return CallStarted(**{"call_id": CALL, "kind": CallKind.SALES, **changes})


def begins(role: Role, at: float) -> SpeechActivity:
    return SpeechActivity(call_id=CALL, role=role, at=at, speaking=True)


def stops(role: Role, at: float) -> SpeechActivity:
    return SpeechActivity(call_id=CALL, role=role, at=at, speaking=False)


def clock(at: float) -> CallClock:
    return CallClock(call_id=CALL, at=at)


def ended(at: float) -> CallEnded:
    return CallEnded(call_id=CALL, at=at)


def says(role: Role, start: float, end: float, text: str, *, turn: int = 0, final: bool = True) -> Utterance:
    return Utterance(call_id=CALL, role=role, turn=turn, start=start, end=end, text=text, final=final)


def sounds(start: float, end: float, **changes: Any) -> Prosody:
    """A stretch of the customer's speech, calm unless `changes` say more."""
    sound = {"role": CUSTOMER, "level_db": -26.0, "voiced_share": 0.6, **CALM, **changes}
    return Prosody(call_id=CALL, start=start, end=end, **sound)


def sounds_furious(start: float, end: float, **changes: Any) -> Prosody:
    """Half an octave higher and 1.7 times brighter, as angry speech of one speaker was measured."""
    raised = {
        "centroid_hz": 1.7 * CALM["centroid_hz"],
        "balance_db": CALM["balance_db"] + 8.0,
        "f0_hz": 1.45 * CALM["f0_hz"],
        "f0_high_hz": 1.45 * CALM["f0_high_hz"],
    }
    return sounds(start, end, **{**raised, **changes})


def emotion(start: float, end: float, anger: float, *, role: Role = CUSTOMER) -> VoiceEmotion:
    return VoiceEmotion(call_id=CALL, role=role, start=start, end=end, anger=anger, model="voices")


def cue(name: str, heard: Utterance, weight: float = 0.0) -> CueHit:
    return CueHit(
        id=name,
        role=heard.role,
        turn=heard.turn,
        start=heard.start,
        end=heard.end,
        quote=heard.text,
        weight=weight,
    )


def feed_all(analyzer: Any, events: list[Any]) -> dict[str, Measure]:
    """The last value of every measure; an entry is an event or a pair of an event and its cues."""
    measures: dict[str, Measure] = {}
    for entry in events:
        event, cues = entry if isinstance(entry, tuple) else (entry, ())
        measures.update(analyzer.feed(event, cues))
    return measures
