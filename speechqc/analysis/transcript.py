"""Judge a call that came as events or as text: no audio, no model."""

from __future__ import annotations

from collections.abc import Iterable

from speechqc.engine import CallEngine
from speechqc.events import CallStarted, Event
from speechqc.judgement import Judgement
from speechqc.rules.loader import RuleBook
from speechqc.transcripts import Transcript


def judge_events(
    events: Iterable[Event], book: RuleBook, *, min_confidence: float | None = None
) -> Judgement:
    """Drive a fresh engine with `events`, the first of which is the call's CallStarted."""
    engine = CallEngine(book, min_confidence=min_confidence)
    judgement: Judgement | None = None
    for event in events:
        if judgement is None:
            if not isinstance(event, CallStarted):
                raise ValueError(f"a call begins with CallStarted, not {type(event).__name__}")
            judgement = Judgement(event)
        outputs = engine.feed(event)
        judgement.add([event, *outputs])
    if judgement is None:
        raise ValueError("no events: a call begins with CallStarted")
    return judgement


def judge_transcript(transcript: Transcript, book: RuleBook) -> Judgement:
    """Judge a call that came as text: no model, every word trusted."""
    return judge_events(transcript.events(), book)
