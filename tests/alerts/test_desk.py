"""Alerts waiting for somebody, on a clock that is handed in."""

import msgspec
import pytest

from speechqc.alerts import AlertDesk, RefusedMoveError, load_policy
from speechqc.events import AlertState, InterventionState, Severity
from tests.alerts.making import NOW, after, alert


@pytest.fixture
def desk():
    return AlertDesk(load_policy())


def high(**more):
    return alert(severity=Severity.HIGH, **more)


def test_a_new_alert_comes_with_the_first_step_its_severity_asks_for(desk):
    [opened, proposed] = desk.feed(high(), NOW)

    assert opened == high()
    assert (proposed.level, proposed.action, proposed.by) == (1, "whisper", "policy")
    assert proposed.state is InterventionState.PROPOSED


def test_an_update_proposes_nothing_again(desk):
    desk.feed(high(), NOW)
    assert desk.feed(high(count=2), after(5)) == [high(count=2)]


@pytest.mark.parametrize(("severity", "limit_s"), [("critical", 10), ("high", 30), ("medium", 300)])
def test_nobody_acknowledged_within_the_limit(desk, severity, limit_s):
    desk.feed(alert(severity=Severity(severity)), NOW)

    assert desk.next_due() == after(limit_s)
    assert desk.due(after(limit_s - 0.1)) == []
    [late] = desk.due(after(limit_s))
    assert (late.escalation, late.severity, late.state) == (1, severity, AlertState.OPENED)


def test_escalations_repeat_at_the_interval_and_end_after_the_fifth(desk):
    desk.feed(high(), NOW)
    counts = [[late.escalation for late in desk.due(after(second))] for second in range(0, 300, 5)]
    assert [count for count in counts if count] == [[1], [2], [3], [4], [5]]
    assert counts.index([2]) - counts.index([1]) == 6  # 30 s
    assert desk.next_due() is None


def test_a_desk_that_was_not_asked_for_an_hour_escalates_once_not_a_hundred_times(desk):
    desk.feed(high(), NOW)
    assert len(desk.due(after(3600))) == 1
    assert desk.next_due() == after(3630)


@pytest.mark.parametrize(
    "operation",
    [
        lambda desk: desk.acknowledge("al-1", "li"),
        lambda desk: desk.assign("al-1", "wang", "li"),
        lambda desk: desk.act("al-1", 2, "barge_in", "li", NOW),
        lambda desk: desk.close("al-1", "harmless", "li"),
        lambda desk: desk.observe(high(state=AlertState.ACKNOWLEDGED, acknowledged_by="li"), NOW),
    ],
    ids=["acknowledge", "assign", "act", "close", "done elsewhere"],
)
def test_an_alert_that_somebody_took_is_not_escalated(desk, operation):
    desk.feed(high(), NOW)
    operation(desk)
    assert desk.due(after(3600)) == []


def test_a_whole_life(desk):
    desk.feed(high(), NOW)
    desk.acknowledge("al-1", "li")
    [_, step] = desk.act("al-1", 2, "barge_in", "li", after(8))
    desk.finish("al-1", step.id, "li", "agent corrected it")
    [closed] = desk.close("al-1", "confirmed", "li")
    assert (closed.state, closed.acknowledged_by) == (AlertState.CLOSED, "li")


def test_an_alert_raised_after_it_was_acknowledged_waits_again(desk):
    desk.feed(high(), NOW)
    desk.acknowledge("al-1", "li")

    [raised] = desk.feed(alert(severity=Severity.CRITICAL, count=2), after(60))

    assert (raised.state, raised.severity) == (AlertState.OPENED, Severity.CRITICAL)
    assert desk.next_due() == after(70)


def test_an_alert_that_is_withdrawn_is_waited_for_no_more(desk):
    desk.feed(high(), NOW)
    desk.feed(alert(severity=Severity.INFO), after(5))
    assert desk.next_due() is None


def test_news_from_before_an_escalation_does_not_undo_it(desk):
    desk.feed(high(), NOW)
    desk.due(after(30))
    desk.observe(high(), after(31))
    [late] = desk.due(after(60))
    assert late.escalation == 2


def test_an_acknowledgement_of_the_milder_alert_does_not_count_for_the_raised_one(desk):
    desk.feed(high(), NOW)
    desk.feed(alert(severity=Severity.CRITICAL), after(20))
    desk.observe(high(state=AlertState.ACKNOWLEDGED, acknowledged_by="li"), after(21))
    assert [late.id for late in desk.due(after(30))] == ["al-1"]


def test_an_intervention_done_elsewhere_is_known_here(desk):
    [_, proposed] = desk.feed(high(), NOW)
    started = msgspec.structs.replace(proposed, state=InterventionState.STARTED, by="li")
    desk.observe(high(state=AlertState.ACTED, acknowledged_by="li"), NOW)
    desk.observe(started, NOW)

    [done] = desk.finish("al-1", started.id, "li", "calmed")
    assert done.state is InterventionState.DONE


def test_alerts_of_an_ended_call_stay_only_while_somebody_is_waited_for(desk):
    desk.feed(alert("open"), NOW)
    desk.feed(alert("taken"), NOW)
    desk.acknowledge("taken", "li")

    desk.call_ended("c1")
    assert len(desk) == 1
    assert [late.id for late in desk.due(after(30))] == ["open"]

    desk.acknowledge("open", "li")
    assert len(desk) == 0


def test_an_alert_nobody_ever_took_is_forgotten_after_its_last_escalation(desk):
    desk.feed(high(), NOW)
    desk.call_ended("c1")
    for second in range(0, 3600, 30):
        desk.due(after(second))
    assert len(desk) == 0


def test_an_unknown_alert_points_to_the_store(desk):
    with pytest.raises(RefusedMoveError, match=r"no open alert al-9 \(its call is over: use the store"):
        desk.acknowledge("al-9", "li")


def test_changes_of_unknown_alerts_are_none_of_the_desk_s_business(desk):
    desk.observe(alert("al-9"), NOW)
    assert len(desk) == 0
