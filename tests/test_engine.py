"""The judge of one call: events in, findings, gaps and metrics out."""

from __future__ import annotations

import pytest

from speechqc.engine import CallEngine
from speechqc.errors import SpeechqcError
from speechqc.events import (
    CallClock,
    CallEnded,
    CallKind,
    CallStarted,
    Event,
    Finding,
    Gap,
    Metrics,
    Role,
    Utterance,
)
from speechqc.rules.loader import builtin_pack_paths, load_packs
from tests.support.samples import sample

BOOK = load_packs(builtin_pack_paths())
STARTED = CallStarted(call_id="call", kind=CallKind.SALES, product="理财")


def said(
    text: str,
    at: float = 5.0,
    *,
    role: Role = Role.AGENT,
    confidence: float | None = None,
    final: bool = True,
):
    return Utterance(
        call_id="call", role=role, turn=0, start=at, end=at + 3, text=text, confidence=confidence, final=final
    )


def feed(engine: CallEngine, *events: Event) -> list[Event]:
    return [output for event in events for output in engine.feed(event)]


def signals(events: list[Event]) -> set[str]:
    return {event.signal for event in events if isinstance(event, Finding)}


def test_a_promise_is_found_when_it_is_said():
    assert "guaranteed_return" in signals(feed(CallEngine(BOOK), STARTED, said("这款理财保本保息")))


@pytest.mark.parametrize("confidence", [0.0, 0.3, 0.49])
def test_words_the_recogniser_was_unsure_of_raise_nothing_and_become_a_gap(confidence):
    engine = CallEngine(BOOK, min_confidence=0.5)
    outputs = feed(engine, STARTED, said("这款理财保本保息", confidence=confidence))
    assert signals(outputs) == set()
    [gap] = [event for event in outputs if isinstance(event, Gap)]
    assert gap == Gap(call_id="call", role=Role.AGENT, start=5.0, end=8.0, reason="low_confidence")
    metrics = feed(engine, CallEnded(call_id="call", at=9.0))
    assert [event.not_analysed_s for event in metrics if isinstance(event, Metrics)] == [3.0]


@pytest.mark.parametrize("confidence", [0.5, 0.9, None])
def test_words_it_was_sure_of_or_that_came_as_text_are_judged(confidence):
    outputs = feed(
        CallEngine(BOOK, min_confidence=0.5), STARTED, said("这款理财保本保息", confidence=confidence)
    )
    assert "guaranteed_return" in signals(outputs)
    assert not [event for event in outputs if isinstance(event, Gap)]


def test_an_unsure_partial_is_passed_over_without_a_gap():
    outputs = feed(
        CallEngine(BOOK, min_confidence=0.5), STARTED, said("保本保息", confidence=0.1, final=False)
    )
    assert not [event for event in outputs if isinstance(event, (Gap, Finding))]


def test_gaps_from_outside_are_counted_as_not_analysed():
    gap = Gap(call_id="call", start=1.0, end=3.5, reason="decode_timeout")
    outputs = feed(CallEngine(BOOK), STARTED, gap, CallEnded(call_id="call", at=4.0))
    assert [event.not_analysed_s for event in outputs if isinstance(event, Metrics)][-1] == 2.5


def test_metrics_come_at_most_once_a_second_and_at_the_end():
    clocks = [CallClock(call_id="call", at=tick / 10) for tick in range(1, 36)]
    outputs = feed(CallEngine(BOOK), STARTED, *clocks, CallEnded(call_id="call", at=3.6))
    assert [event.at for event in outputs if isinstance(event, Metrics)] == [1.0, 2.0, 3.0, 3.6]


def test_nobody_knows_who_spoke_so_no_finding_names_a_role():
    started = CallStarted(call_id="call", kind=CallKind.SALES, product="理财", roles_known=False)
    outputs = feed(CallEngine(BOOK), started, said("这款理财保本保息", role=Role.UNKNOWN))
    assert "guaranteed_return" not in signals(outputs)


def test_the_same_events_give_the_same_findings():
    events = list(sample("wealth-sale").script.events())
    first, second = feed(CallEngine(BOOK), *events), feed(CallEngine(BOOK), *events)
    assert first == second
    assert set(sample("wealth-sale").script.expected) <= signals(first)


def test_events_before_the_call_and_a_second_start_are_refused():
    with pytest.raises(SpeechqcError, match="a call begins with call_started, not Utterance"):
        CallEngine(BOOK).feed(said("您好"))
    engine = CallEngine(BOOK)
    engine.feed(STARTED)
    with pytest.raises(SpeechqcError, match="call call was started twice"):
        engine.feed(STARTED)
