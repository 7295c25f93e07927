"""The tables of moves: what may happen to an alert and to an intervention, and what is refused."""

import msgspec
import pytest

from speechqc.alerts.lifecycle import (
    ALERT_MOVES,
    INTERVENTION_MOVES,
    AlertMove,
    InterventionMove,
    RefusedMoveError,
    merged,
    moved,
    moved_intervention,
)
from speechqc.events import AlertState, Intervention, InterventionState, Severity
from tests.alerts.making import NOW, after, alert

LI, WANG = "li", "wang"


def held(state=AlertState.ACKNOWLEDGED, by=LI, **more):
    return alert(state=state, acknowledged_by=by, **more)


def step(state=InterventionState.PROPOSED):
    return Intervention(
        call_id="c1",
        id="al-1-1",
        alert_id="al-1",
        level=1,
        action="whisper",
        by="policy",
        at=NOW,
        state=state,
    )


@pytest.mark.parametrize("state", AlertState)
@pytest.mark.parametrize("move", AlertMove)
def test_an_alert_moves_as_the_table_says_and_never_otherwise(state, move):
    before = alert(state=state, acknowledged_by=None if state is AlertState.OPENED else LI)
    expected = ALERT_MOVES[state].get(move)
    if expected is None:
        with pytest.raises(RefusedMoveError, match=f"li cannot {move} alert al-1: it is {state}"):
            moved(before, move, LI)
    else:
        assert moved(before, move, LI).state is expected


@pytest.mark.parametrize("state", InterventionState)
@pytest.mark.parametrize("move", InterventionMove)
def test_an_intervention_moves_as_the_table_says_and_never_otherwise(state, move):
    expected = INTERVENTION_MOVES[state].get(move)
    if expected is None:
        with pytest.raises(RefusedMoveError, match=f"li cannot {move} intervention al-1-1: it is {state}"):
            moved_intervention(step(state), move, LI)
    else:
        assert moved_intervention(step(state), move, LI, outcome="ok").state is expected


def test_every_state_has_its_moves():
    assert set(ALERT_MOVES) == set(AlertState)
    assert set(INTERVENTION_MOVES) == set(InterventionState)


@pytest.mark.parametrize("move", [AlertMove.ACKNOWLEDGE, AlertMove.ACT, AlertMove.CLOSE])
def test_whoever_handles_an_open_alert_holds_it(move):
    assert moved(alert(), move, LI).acknowledged_by == LI


def test_an_assigned_alert_is_held_by_the_colleague():
    assert moved(held(), AlertMove.ASSIGN, LI, to=WANG).acknowledged_by == WANG


def test_a_second_acknowledgement_names_the_first():
    with pytest.raises(RefusedMoveError) as refused:
        moved(held(), AlertMove.ACKNOWLEDGE, WANG)
    assert str(refused.value) == (
        "wang cannot acknowledge alert al-1: it is acknowledged by li (possible now: assign, act, close)"
    )


@pytest.mark.parametrize("move", [AlertMove.ACT, AlertMove.CLOSE])
def test_nobody_acts_over_the_head_of_the_holder(move):
    with pytest.raises(RefusedMoveError, match=r"it is acknowledged by li \(assign it to wang first\)"):
        moved(held(), move, WANG)


def test_a_closed_alert_says_that_it_is_over():
    with pytest.raises(RefusedMoveError, match="possible now: nothing, it is over"):
        moved(held(AlertState.CLOSED), AlertMove.ACT, LI)


def test_an_escalation_counts_and_changes_no_severity():
    escalated = moved(alert(), AlertMove.ESCALATE, "policy")
    assert (escalated.escalation, escalated.severity) == (1, Severity.HIGH)


def test_an_update_brings_new_evidence_and_keeps_what_people_did():
    known = held(escalation=2)
    update = alert(quote="绝对保本", count=2, opened_at=after(60), latency_s=9.0)

    result = merged(known, update)

    assert (result.quote, result.count) == ("绝对保本", 2)
    assert (result.state, result.acknowledged_by, result.escalation) == (AlertState.ACKNOWLEDGED, LI, 2)
    assert (result.opened_at, result.latency_s) == (NOW, 0.3)


@pytest.mark.parametrize(
    ("state", "then", "holder"),
    [
        (AlertState.ACKNOWLEDGED, AlertState.OPENED, None),
        (AlertState.ACTED, AlertState.ACTED, LI),
        (AlertState.CLOSED, AlertState.OPENED, None),
    ],
)
def test_a_raised_severity_opens_the_alert_again_unless_somebody_is_acting(state, then, holder):
    result = merged(held(state), alert(severity=Severity.CRITICAL))
    assert (result.state, result.acknowledged_by) == (then, holder)


def test_a_lowered_severity_opens_nothing_again():
    assert merged(held(), alert(severity=Severity.INFO)).state is AlertState.ACKNOWLEDGED


def test_merging_the_same_alert_again_changes_nothing():
    known = held(escalation=1)
    assert merged(known, known) == known
    assert merged(known, alert()) == known


def test_an_intervention_keeps_its_outcome():
    done = moved_intervention(step(InterventionState.STARTED), InterventionMove.FINISH, LI, outcome="calmed")
    assert done == msgspec.structs.replace(step(), state=InterventionState.DONE, outcome="calmed")
