"""What supervisors do to an alert in the store, and how two of them clash."""

import threading

import pytest

from speechqc.alerts import RefusedMoveError
from speechqc.errors import StoreError
from speechqc.events import AlertState, Intervention, InterventionState, Severity
from tests.alerts.making import NOW, after, alert
from tests.store.call_events import started


@pytest.fixture
def store(store):
    store.record("c1", 0, [started(), alert()], NOW)
    return store


def test_a_whole_life_is_kept_step_by_step(store):
    store.acknowledge("al-1", by="li", at=after(5))
    store.assign("al-1", to="wang", by="li", at=after(6))
    [_, (_, step)] = store.act("al-1", level=2, action="barge_in", by="wang", at=after(9))
    store.finish_intervention(step.id, outcome="agent corrected it", by="wang", at=after(40))
    store.close_alert("al-1", outcome="confirmed", by="wang", at=after(50))

    record = store.alert("al-1")
    assert (record.alert.state, record.outcome, record.version) == (AlertState.CLOSED, "confirmed", 6)
    [kept] = record.interventions
    assert (kept.state, kept.outcome, kept.level) == (InterventionState.DONE, "agent corrected it", 2)
    assert [(line.at, line.what, line.by, line.detail) for line in store.alert_history("al-1")] == [
        (NOW, "opened", "policy", None),
        (after(5), "acknowledged", "li", None),
        (after(6), "assigned", "li", "wang"),
        (after(9), "acted", "wang", "L2 barge_in"),
        (after(40), "finished", "wang", "agent corrected it"),
        (after(50), "closed", "wang", "confirmed"),
    ]


def test_every_change_is_published_to_subscribers(store):
    before = store.last_event_id()
    told = store.acknowledge("al-1", by="li", at=after(5))
    told += store.act("al-1", level=1, action="whisper", by="li", at=after(6))

    assert store.events_after(before) == told
    assert [type(event).__name__ for _, event in told] == ["Alert", "Alert", "Intervention"]


def test_two_supervisors_who_saw_the_same_alert_clash_clearly(store):
    seen = store.alert("al-1").version
    store.acknowledge("al-1", by="li", at=after(5), version=seen)

    with pytest.raises(RefusedMoveError) as refused:
        store.acknowledge("al-1", by="wang", at=after(6), version=seen)
    assert str(refused.value) == (
        "wang came too late for alert al-1: it was acknowledged by li at 2026-03-02 09:00:05 UTC"
        " (look at the alert as it is now, then decide again)"
    )


def test_of_many_who_acknowledge_at_once_exactly_one_succeeds(store):
    results = []

    def acknowledge(name):
        try:
            store.acknowledge("al-1", by=name, at=after(5))
            results.append(name)
        except RefusedMoveError as refused:
            results.append(str(refused))

    threads = [threading.Thread(target=acknowledge, args=(f"s{n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    [winner] = [result for result in results if result.startswith("s") and " " not in result]
    assert len(results) == 8
    assert all(result == winner or f"acknowledged by {winner}" in result for result in results)


def test_a_refused_operation_leaves_no_trace(store):
    store.acknowledge("al-1", by="li", at=after(5))
    before = (store.alert("al-1"), store.alert_history("al-1"), store.last_event_id())

    with pytest.raises(RefusedMoveError, match="assign it to wang first"):
        store.act("al-1", level=2, action="barge_in", by="wang", at=after(6))
    assert (store.alert("al-1"), store.alert_history("al-1"), store.last_event_id()) == before


def test_a_raised_alert_opens_again_and_the_history_remembers_the_first_look(store):
    store.close_alert("al-1", outcome="harmless", by="li", at=after(5))
    store.record("c1", 2, [alert(severity=Severity.CRITICAL, count=2)], after(60))

    assert store.alert("al-1").alert.state is AlertState.OPENED
    assert [line.what for line in store.alert_history("al-1")] == ["opened", "closed", "raised"]


def test_a_proposal_told_again_does_not_undo_the_step_taken(store):
    proposal = Intervention(
        call_id="c1", id="al-1-1", alert_id="al-1", level=1, action="whisper", by="policy", at=NOW
    )
    store.publish("c1", [proposal], NOW)
    store.act("al-1", level=3, action="take_over", by="li", at=after(5))
    store.publish("c1", [proposal], NOW)

    [step] = store.alert("al-1").interventions
    assert (step.level, step.by, step.state) == (3, "li", InterventionState.STARTED)


def test_alerts_are_found_by_state_team_severity_call_and_time(store):
    store.record("c2", 0, [started("c2"), alert("al-2", call_id="c2", team="west", opened_at=after(60))], NOW)
    store.record("c2", 2, [alert("al-3", call_id="c2", severity=Severity.CRITICAL, opened_at=after(70))], NOW)
    store.acknowledge("al-1", by="li", at=after(80))

    def found(**filters):
        return [record.alert.id for record in store.alerts(**filters)]

    assert found() == ["al-3", "al-2", "al-1"]
    assert found(states=[AlertState.OPENED]) == ["al-3", "al-2"]
    assert found(team="west") == ["al-2"]
    assert found(min_severity=Severity.CRITICAL) == ["al-3"]
    assert found(call_id="c1") == ["al-1"]
    assert found(since=after(65)) == ["al-3"]
    assert found(until=after(60)) == ["al-1"]
    assert found(limit=1) == ["al-3"]


def test_what_does_not_exist_is_said_by_name(store):
    with pytest.raises(StoreError, match="there is no alert al-9"):
        store.acknowledge("al-9", by="li", at=NOW)
    with pytest.raises(StoreError, match="there is no intervention al-9-1"):
        store.finish_intervention("al-9-1", outcome="x", by="li", at=NOW)
