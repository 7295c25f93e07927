"""Recording a call: once, in order, into the stream and into every table."""

import threading
from datetime import timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speechqc.errors import StoreError
from speechqc.events import (
    AlertState,
    CallClock,
    CallEnded,
    CallKind,
    Direction,
    FindingState,
    Gap,
    Intervention,
    Prosody,
    Role,
    Severity,
    SpeechActivity,
)
from speechqc.store import Store
from tests.alerts.making import NOW, after, alert
from tests.store.call_events import STARTED_AT, heard, metrics, said, started, whole_call


def test_events_come_back_numbered_in_order_and_can_be_resumed(store):
    published = store.record("c1", 0, whole_call(), NOW)

    ids = [event_id for event_id, _ in published]
    assert ids == sorted(set(ids))
    assert [event for _, event in published] == whole_call()
    assert store.events_after(0) == published
    assert store.events_after(ids[4]) == published[5:]
    assert store.events_after(ids[4], limit=2) == published[5:7]
    assert store.last_event_id() == ids[-1]


def test_recording_the_same_again_changes_nothing(store):
    published = store.record("c1", 0, whole_call(), NOW)

    assert store.record("c1", 0, whole_call(), after(99)) == []
    assert store.events_after(0) == published
    assert store.call("c1").speech_s == 3.0


def test_after_a_crash_only_what_was_missing_is_added(store):
    store.record("c1", 0, whole_call()[:4], NOW)
    published = store.record("c1", 0, whole_call(), after(1))

    assert [event for _, event in published] == whole_call()[4:]
    assert [event for _, event in store.events_after(0)] == whole_call()
    assert len(store.transcript("c1")) == 2


def test_what_only_passes_by_takes_a_number_but_is_not_kept(store):
    passing = [
        CallClock(call_id="c1", at=1.0),
        SpeechActivity(call_id="c1", role=Role.AGENT, at=1.0, speaking=True),
        Prosody(
            call_id="c1",
            role=Role.AGENT,
            start=0,
            end=1,
            level_db=-20,
            balance_db=0,
            centroid_hz=900,
            voiced_share=1,
        ),
        said(final=False),
    ]
    store.record("c1", 0, [started(), *passing, said()], NOW)

    assert [event for _, event in store.events_after(0)] == [started(), said()]
    assert store.record("c1", 5, [said(), CallEnded(call_id="c1", at=9.0)], NOW)[0].event.at == 9.0


def test_a_call_is_described_with_how_far_it_was_analysed(store):
    store.record("c1", 0, whole_call(), NOW)

    call = store.call("c1")
    assert call.started == started()
    assert (call.state, call.end_reason, call.recogniser) == ("ended", "stop", "bundled")
    assert (call.started_at, call.ended_at, call.duration_s) == (STARTED_AT, after(60), 60.0)
    assert (call.speech_s, call.not_analysed_s) == (3.0, 3.0)
    assert call.gaps == (Gap(call_id="c1", start=5, end=8, reason="low_confidence", role=Role.CUSTOMER),)
    assert call.metrics == metrics()


def test_only_the_last_metrics_of_a_call_stand_in_its_row(store):
    store.record("c1", 0, [started(), metrics(1.0), metrics(2.0)], NOW)
    store.record("c1", 3, [metrics(3.0)], NOW)
    assert store.call("c1").metrics.at == 3.0


def test_the_transcript_is_in_the_order_of_speech(store):
    late, early = said("二", 5, 6), said("一", 1, 2)
    store.record("c1", 0, [started(), late, early], NOW)
    assert store.transcript("c1") == [early, late]


def test_a_finding_has_its_newest_state(store):
    provisional = heard(state=FindingState.PROVISIONAL)
    confirmed = msgspec.structs.replace(provisional, state=FindingState.CONFIRMED, quote="绝对保本")
    store.record("c1", 0, [started(), provisional], NOW)
    assert store.findings() == []
    assert len(store.findings(states=[FindingState.PROVISIONAL])) == 1

    store.record("c1", 2, [confirmed], after(1))
    [record] = store.findings()
    assert (record.finding, record.updated_at) == (confirmed, after(1))


def test_findings_are_found_by_signal_rule_severity_call_and_time(store):
    mild = heard("c2", rule="rude", severity=Severity.MEDIUM)
    store.record("c1", 0, [started("c1"), heard("c1")], NOW)
    store.record("c2", 0, [started("c2"), mild], after(60))

    def found(**filters):
        return [record.finding.call_id for record in store.findings(**filters)]

    assert found() == ["c2", "c1"]
    assert found(signal="rude") == ["c2"]
    assert found(rule="guaranteed_return") == ["c1"]
    assert found(min_severity=Severity.HIGH) == ["c1"]
    assert found(call_id="c2") == ["c2"]
    assert found(since=after(60)) == ["c2"]
    assert found(until=after(60)) == ["c1"]
    assert found(limit=1) == ["c2"]


def test_calls_are_found_by_state_team_agent_customer_and_time(store):
    other = started(
        "c2", team="west", agent="a8", customer="k2", started_at=after(60), direction=Direction.INBOUND
    )
    store.record("c1", 0, whole_call(), NOW)
    store.record("c2", 0, [other], NOW)

    def found(**filters):
        return [record.started.call_id for record in store.calls(**filters)]

    assert found() == ["c2", "c1"]
    assert found(state="live") == ["c2"]
    assert found(team="east") == ["c1"]
    assert found(agent="a8") == ["c2"]
    assert found(customer="k1") == ["c1"]
    assert found(since=after(1)) == ["c2"]
    assert found(until=after(1)) == ["c1"]
    assert found(limit=1) == ["c2"]


def test_events_are_filtered_by_call_team_and_type(store):
    store.record("c1", 0, whole_call("c1"), NOW)
    store.record("c2", 0, [started("c2", team="west"), heard("c2")], NOW)

    assert {event.call_id for _, event in store.events_after(0, call_id="c2")} == {"c2"}
    assert {event.call_id for _, event in store.events_after(0, team="east")} == {"c1"}
    kinds = [type(event).__name__ for _, event in store.events_after(0, types=["alert", "finding"])]
    assert kinds == ["Finding", "Alert", "Finding"]
    assert store.events_after(0, types=[]) == []


def test_an_alert_is_published_as_it_stands_after_people_touched_it(store):
    store.record("c1", 0, [started(), alert()], NOW)
    store.acknowledge("al-1", by="li", at=after(5))

    [(_, published)] = store.record("c1", 2, [alert(count=2)], after(8))

    assert (published.count, published.state, published.acknowledged_by) == (2, AlertState.ACKNOWLEDGED, "li")
    assert store.alert("al-1").alert == published


def test_several_updates_of_an_alert_in_one_batch_are_each_merged(store):
    batch = [started(), alert(), alert(count=2), alert(count=3, severity=Severity.CRITICAL)]
    published = store.record("c1", 0, batch, NOW)

    assert [event.count for _, event in published[1:]] == [1, 2, 3]
    record = store.alert("al-1")
    assert (record.alert.count, record.version) == (3, 3)
    assert [step.what for step in store.alert_history("al-1")] == ["opened", "updated", "raised"]


def test_what_the_call_did_not_bring_about_is_published_without_a_number(store):
    store.record("c1", 0, [started(), alert()], NOW)
    [(_, escalated)] = store.publish("c1", [alert(escalation=1)], after(30))

    assert escalated.escalation == 1
    assert store.alert_history("al-1")[-1].what == "escalated"
    assert store.record("c1", 2, [said()], after(31))[0].event == said()


def test_a_second_call_under_a_used_id_is_refused_and_not_lost_silently(store):
    store.record("c1", 0, whole_call(), NOW)
    with pytest.raises(StoreError, match="call c1 was recorded before and was another call"):
        store.record("c1", 0, [started(kind=CallKind.SERVICE)], NOW)
    with pytest.raises(StoreError, match="call c1 was recorded before, from another beginning"):
        store.record("c1", 50, [started()], NOW)


def test_events_of_a_call_that_was_never_started_are_refused(store):
    with pytest.raises(StoreError, match=r"has no call that this belongs to.*from its first event on"):
        store.record("c9", 4, [said(call_id="c9")], NOW)


def test_events_of_two_calls_are_not_mixed(store):
    with pytest.raises(StoreError, match="an event of call c2 came among those of call c1"):
        store.record("c1", 0, [started("c1"), said(call_id="c2")], NOW)


def test_a_batch_is_whole_or_absent(store):
    step = Intervention(
        call_id="c1", id="al-9-1", alert_id="al-9", level=1, action="whisper", by="policy", at=NOW
    )
    with pytest.raises(StoreError):
        store.record("c1", 0, [started(), said(), alert(), step], NOW)
    assert store.calls() == []
    assert store.last_event_id() == 0


def test_any_text_a_client_sends_can_be_stored(store):
    store.record("c1", 0, [started(agent="a\x00b", metadata={"note": "\x00'\"; --\u2028😀"})], NOW)
    assert store.call("c1").started.metadata == {"note": "\x00'\"; --\u2028😀"}
    assert len(store.calls(agent="a\ufffdb")) == 1


def test_what_does_not_exist_is_said_by_name(store):
    with pytest.raises(StoreError, match="there is no call c9"):
        store.call("c9")
    with pytest.raises(StoreError, match="there is no alert al-9"):
        store.alert("al-9")
    assert store.transcript("c9") == []


def test_pruning_drops_old_events_from_the_stream_and_keeps_the_tables(store):
    store.record("c1", 0, whole_call()[:4], NOW)
    store.record("c1", 4, whole_call()[4:], NOW + timedelta(days=2))

    assert store.prune_events(NOW + timedelta(days=1)) == 4
    assert len(store.events_after(0)) == 4
    assert len(store.transcript("c1")) == 2


def test_ids_are_never_used_twice_even_when_the_newest_events_are_pruned(store):
    last = store.record("c1", 0, [started(), said()], NOW)[-1].id
    store.prune_events(after(1))
    assert store.record("c1", 2, [said()], after(2))[0].id > last


def test_dead_letters_are_kept_newest_first(store):
    for delivery in ("1", "2"):
        store.add_dead_letter(
            url="https://x", delivery=delivery, reason="HTTP 500", attempts=6, at=NOW, body="{}"
        )
    assert [letter.delivery for letter in store.dead_letters()] == ["2", "1"]
    assert store.dead_letters(limit=1)[0].reason == "HTTP 500"


def test_many_threads_write_and_read_at_once_and_nothing_is_lost(store):
    def record(name):
        store.record(name, 0, whole_call(name)[:4], NOW)
        store.events_after(0, call_id=name)
        store.record(name, 4, whole_call(name)[4:], NOW)

    threads = [threading.Thread(target=record, args=(f"c{n}",)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(store.events_after(0)) == 12 * 8
    for n in range(12):
        assert [event for _, event in store.events_after(0, call_id=f"c{n}")] == whole_call(f"c{n}")


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), max_size=6))
def test_however_a_call_is_recorded_and_repeated_it_is_stored_once(tmp_path_factory, pieces):
    events = whole_call()
    with Store.open(str(tmp_path_factory.mktemp("s") / "store.db")) as store:
        store.record("c1", 0, events[:1], NOW)
        for start, length in pieces:
            store.record("c1", start, events[start : start + length], NOW)
        store.record("c1", 0, events, NOW)

        assert sorted(type(event).__name__ for _, event in store.events_after(0)) == sorted(
            type(event).__name__ for event in events
        )
        call = store.call("c1")
        assert (call.speech_s, call.not_analysed_s, len(store.transcript("c1"))) == (3.0, 3.0, 2)
        assert call.metrics == metrics()
        assert len(store.findings()) == len(store.alerts()) == 1
