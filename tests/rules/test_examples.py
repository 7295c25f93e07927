import pytest

from speechqc.events import CallClock, CallEnded, CallKind, Direction, Role, Utterance
from speechqc.rules.examples import Example, ExampleError, read_example
from tests.rules.building import started


def read(written: str, *, strict: bool = True) -> Example:
    return read_example(written, role=Role.AGENT, started=started(), strict=strict)


def said(example: Example) -> list[tuple[Role, int, str]]:
    events = [step.event for step in example.steps]
    return [(event.role, event.turn, event.text) for event in events if isinstance(event, Utterance)]


def test_bare_sentence_is_spoken_by_the_rules_role() -> None:
    assert said(read("您好")) == [(Role.AGENT, 0, "您好")]


def test_speakers_and_turns() -> None:
    assert said(read("客户:别打了 → 坐席：好的 → Customer: bye → 再见")) == [
        (Role.CUSTOMER, 0, "别打了"),
        (Role.AGENT, 1, "好的"),
        (Role.CUSTOMER, 2, "bye"),
        (Role.AGENT, 3, "再见"),
    ]


def test_context_of_the_call() -> None:
    call = read(
        "[product=理财] [kind=complaint] [direction=inbound] [ivr_notice=true] [history attempts_today=3] 您好"
    ).started

    assert (call.product, call.kind, call.direction, call.recording_notice) == (
        "理财",
        CallKind.COMPLAINT,
        Direction.INBOUND,
        True,
    )
    assert call.history is not None
    assert call.history.attempts_today == 3


def test_pause_lets_call_time_pass_and_end_ends_the_call() -> None:
    events = [step.event for step in read("您好 → [pause=3] [end]").steps]

    assert [type(event) for event in events] == [Utterance, CallClock, CallClock, CallClock, CallEnded]
    assert events[-1].at == pytest.approx(0.5 + 0.6 + 3)  # type: ignore[union-attr]


def test_measure_holds_from_where_it_stands() -> None:
    steps = read("您好 → [metric anger=70] 好 → [pause=1]").steps

    assert [step.measures["anger"].value if step.measures else None for step in steps] == [None, 70, 70]


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("[colour=red] 您好", r"unknown tag \[colour=red\]; known are"),
        ("[kind=sale] 您好", "came 'sale', expected one of sales"),
        ("[pause=long]", "came 'long', expected a number"),
        ("[pause=-1]", "came a pause of -1"),
        ("[metric rage=3]", "unknown measure 'rage'"),
        ("[history attempts_today=many]", r"\[history …\]"),
    ],
)
def test_wrong_example_says_why(written: str, message: str) -> None:
    with pytest.raises(ExampleError, match=message):
        read(written)


def test_unknown_tags_can_be_ignored() -> None:
    assert said(read("[case=外呼] 您好", strict=False)) == [(Role.AGENT, 0, "您好")]
