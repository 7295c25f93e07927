"""What every measuring analyzer must do, whatever it measures."""

import pickle
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speechqc.analyzers.anger import Anger
from speechqc.analyzers.speech_rate import SpeechRate
from speechqc.analyzers.turn_taking import TurnTaking
from speechqc.events import CallEnded, Gap
from speechqc.rules.measures import MEASURE_UNITS, Measure
from tests.analyzers.talking import (
    AGENT,
    CUSTOMER,
    begins,
    clock,
    cue,
    ended,
    feed_all,
    says,
    sounds,
    sounds_furious,
    started,
    stops,
)

ANALYZERS = [Anger, SpeechRate, TurnTaking]
every_analyzer = pytest.mark.parametrize("analyzer", ANALYZERS)


def exchange(at):
    """40 s of a call: both talk, cut in and repeat themselves, the customer swears, nobody talks."""
    offer = says(AGENT, at, at + 9.0, "这款产品收益很稳健您看今天方便办理吗", turn=int(at / 10))
    refusal = says(CUSTOMER, at + 8.0, at + 14.0, "我受够了你们不要再打了", turn=int(at / 10) + 1)
    wait = says(AGENT, at + 15.0, at + 17.0, "请您稍等", turn=int(at / 10) + 2)
    return [
        begins(AGENT, at),
        clock(at + 4.0),
        begins(CUSTOMER, at + 8.0),
        stops(AGENT, at + 9.0),
        (offer, (cue("backchannel", offer),)),
        sounds(at + 8.0, at + 9.0),
        sounds_furious(at + 9.0, at + 14.0),
        (says(CUSTOMER, at + 8.0, at + 12.0, "我受够了"), (cue("anger.fed_up", refusal, 30.0),)),
        stops(CUSTOMER, at + 14.0),
        (refusal, (cue("anger.fed_up", refusal, 30.0),)),
        begins(AGENT, at + 15.0),
        stops(AGENT, at + 17.0),
        (wait, (cue("hold.announced", wait),)),
        clock(at + 30.0),
    ]


def long_call(seconds):
    return [entry for start in range(0, seconds, 40) for entry in exchange(float(start))]


def time_of(entry):
    event = entry[0] if isinstance(entry, tuple) else entry
    return event.at if hasattr(event, "at") else event.end


def size_of(analyzer):
    return len(pickle.dumps(analyzer))


@every_analyzer
def test_every_measure_is_registered_and_finite(analyzer):
    for event, cues in ((entry if isinstance(entry, tuple) else (entry, ())) for entry in long_call(400)):
        for name, measure in analyzer(started()).feed(event, cues).items():
            assert name in MEASURE_UNITS
            assert isinstance(measure, Measure)
            assert measure.start <= measure.end
            assert abs(measure.value) < sys.float_info.max


@every_analyzer
def test_the_same_call_gives_the_same_measures(analyzer):
    assert feed_all(analyzer(started()), long_call(400)) == feed_all(analyzer(started()), long_call(400))


@every_analyzer
def test_events_and_cues_are_left_as_they_are(analyzer):
    entries = long_call(120)
    before = pickle.dumps(entries)
    feed_all(analyzer(started()), entries)
    assert pickle.dumps(entries) == before


@every_analyzer
@pytest.mark.parametrize(
    "event",
    [
        started(),
        clock(0.0),
        ended(0.0),
        stops(AGENT, 1.0),
        says(CUSTOMER, 0.0, 0.0, ""),
        sounds(1.0, 1.0),
        sounds(0.0, 1.0, centroid_hz=0.0, f0_hz=None, f0_high_hz=None),
        Gap(call_id="call-1", start=0.0, end=1.0, reason="lost"),
    ],
    ids=lambda event: type(event).__name__,
)
def test_a_call_without_data_is_judged_sanely(analyzer, event):
    for measure in feed_all(analyzer(started()), [event, ended(2.0)]).values():
        assert 0.0 <= measure.value <= 2.0


@every_analyzer
def test_unknown_roles_bind_no_measure_to_a_role(analyzer):
    measures = feed_all(analyzer(started(roles_known=False)), long_call(120))
    assert [name for name, measure in measures.items() if measure.role is not None] == []
    assert not {name for name in measures if name.startswith(("agent", "customer", "anger", "interrupt"))}


@every_analyzer
def test_a_two_hour_call_needs_no_more_memory_than_a_twenty_minute_one(analyzer):
    early, late = analyzer(started()), analyzer(started())
    feed_all(early, long_call(1200))
    feed_all(late, long_call(7200))
    assert size_of(late) < 1.3 * size_of(early)


@every_analyzer
@settings(max_examples=30, deadline=None)
@given(extra=st.lists(st.floats(0.0, 160.0), max_size=40))
def test_looking_at_the_clock_more_often_changes_nothing(analyzer, extra):
    entries = long_call(160)
    more = sorted([*entries, *(clock(at) for at in extra)], key=time_of)
    end = [CallEnded(call_id="call-1", at=170.0)]
    plain = feed_all(analyzer(started()), sorted(entries, key=time_of) + end)
    watched = feed_all(analyzer(started()), more + end)
    assert {name: measure.value for name, measure in watched.items()} == {
        name: measure.value for name, measure in plain.items()
    }
