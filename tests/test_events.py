"""The vocabulary: every event survives JSON, and impossible ones cannot be made."""

import msgspec
import pytest

from speechqc import events
from speechqc.events import CallStarted, Finding, Role, Severity, Text, Utterance

EVENT_TYPES = [
    kind for kind in vars(events).values()
    if isinstance(kind, type) and issubclass(kind, events.Event) and kind is not events.Event
]  # fmt: skip


def example(kind):
    """An event of `kind` with every required field filled by its type."""
    values = {}
    for field in msgspec.structs.fields(kind):
        if field.required:
            values[field.name] = _value(field.type)
    return kind(**values)


def _value(kind):
    info = msgspec.inspect.type_info(kind)
    plain = {
        msgspec.inspect.StrType: "x", msgspec.inspect.FloatType: 1.5, msgspec.inspect.IntType: 2,
        msgspec.inspect.BoolType: True, msgspec.inspect.VarTupleType: (),
    }  # fmt: skip
    if type(info) in plain:
        return plain[type(info)]
    if isinstance(info, msgspec.inspect.EnumType):
        return next(iter(info.cls))
    if isinstance(info, msgspec.inspect.StructType):
        return Text("中", "en")
    if isinstance(info, msgspec.inspect.DateTimeType):
        return events.datetime.fromisoformat("2026-01-02T03:04:05+00:00")
    if isinstance(info, msgspec.inspect.UnionType):
        return None
    raise TypeError(f"no example for {kind}")


@pytest.mark.parametrize("kind", EVENT_TYPES, ids=lambda kind: kind.__name__)
def test_every_event_survives_json(kind):
    event = example(kind)
    assert events.decode(events.encode(event)) == event


def test_every_event_is_in_the_union_that_is_decoded():
    assert set(events.AnyEvent.__args__) == set(EVENT_TYPES)


def test_an_utterance_cannot_end_before_it_starts():
    with pytest.raises(ValueError, match=r"must not end before it starts: 2\.0-1\.0 s"):
        Utterance(call_id="c", role=Role.AGENT, turn=0, start=2.0, end=1.0, text="")


def test_events_cannot_be_changed():
    started = CallStarted(call_id="c", kind=events.CallKind.SALES)
    with pytest.raises(AttributeError):
        started.kind = events.CallKind.SERVICE


def test_severity_is_ordered_and_stays_in_range():
    assert [s.rank for s in Severity] == [0, 1, 2, 3, 4]
    assert Severity.HIGH.raised() is Severity.CRITICAL
    assert Severity.CRITICAL.raised() is Severity.CRITICAL
    assert Severity.INFO.raised(-1) is Severity.INFO


def test_unknown_type_is_refused_with_its_name():
    with pytest.raises(msgspec.ValidationError, match="gossip"):
        events.decode('{"type":"gossip","call_id":"c"}')


def test_text_is_read_in_both_languages():
    text = Text("保本", "guarantee")
    assert (text.in_language("zh-CN"), text.in_language("en")) == ("保本", "guarantee")
    assert Finding.__struct_config__.frozen
