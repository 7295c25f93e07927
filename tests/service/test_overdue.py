"""An overdue promise alerts although nobody is on the telephone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from speechqc.alerts.policy_file import load_policy
from speechqc.events import Alert, CallKind, CallStarted, Finding, Promise, Severity
from speechqc.rules.loader import builtin_pack_paths, load_packs
from speechqc.service.overdue import OverduePromises
from speechqc.store.store import Store

BEGAN = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
DUE = BEGAN + timedelta(hours=1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(str(tmp_path / "calls.db")) as opened:
        call = CallStarted(
            call_id="c1", kind=CallKind.COMPLAINT, customer="k1", team="east", started_at=BEGAN
        )
        promise = Promise(
            call_id="c1", id="c1/p", action="call_back", owner="主管", turn=3, start=50.0, end=60.0,
            quote="主管一个小时内给您回电话", due_words="一个小时内", due_in_s=3600.0, due_at=DUE,
        )  # fmt: skip
        opened.record("c1", 1, [call, promise], BEGAN)
        yield opened


@pytest.fixture(scope="module")
def overdue() -> OverduePromises:
    book = load_packs(builtin_pack_paths())
    return OverduePromises(book, load_policy(), book.titles.__getitem__)


def test_nothing_is_said_while_there_is_time(store, overdue) -> None:
    assert overdue.announce(store, DUE - timedelta(minutes=1)) == []


def test_once_it_is_overdue_the_call_gets_a_finding_and_the_supervisor_an_alert(store, overdue) -> None:
    told = [event for _, event in overdue.announce(store, DUE + timedelta(minutes=30))]

    [finding] = [event for event in told if isinstance(event, Finding)]
    [alert] = [event for event in told if isinstance(event, Alert)]
    assert (finding.signal, finding.severity, finding.quote) == (
        "overdue_promise", Severity.HIGH, "主管一个小时内给您回电话",
    )  # fmt: skip
    assert finding.reasons[0].value == 0.5
    assert (alert.call_id, alert.team, alert.findings) == ("c1", "east", (finding.id,))
    assert [record.finding.id for record in store.findings(call_id="c1")] == [finding.id]


def test_it_is_told_once(store, overdue) -> None:
    assert overdue.announce(store, DUE + timedelta(minutes=30)) != []
    assert overdue.announce(store, DUE + timedelta(minutes=31)) == []
