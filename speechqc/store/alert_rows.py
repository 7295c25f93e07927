"""Alerts and interventions as rows: reading, merging with people's progress, writing with history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, insert, select, update

from speechqc.alerts.case import AlertCase
from speechqc.alerts.lifecycle import merged
from speechqc.events import Alert, Intervention, InterventionState, encode
from speechqc.store.schema import alert_history, alerts, interventions
from speechqc.store.writing import add_missing, put

_alert_decoder = msgspec.json.Decoder(Alert)
_step_decoder = msgspec.json.Decoder(Intervention)
POLICY = "policy"
_KNOWN = select(alerts.c.id, alerts.c.event, alerts.c.version).where(
    alerts.c.id.in_(bindparam("ids", expanding=True))
)


@dataclass(frozen=True, slots=True)
class Versioned:
    """An alert with the version it was read at."""

    alert: Alert
    version: int


def decode_alert(event: str) -> Alert:
    return _alert_decoder.decode(event)


def decode_step(event: str) -> Intervention:
    return _step_decoder.decode(event)


def read(connection: Connection, alert_ids: Sequence[str]) -> dict[str, Versioned]:
    rows = connection.execute(_KNOWN, {"ids": alert_ids})
    return {alert_id: Versioned(decode_alert(event), version) for alert_id, event, version in rows}


def steps_of(connection: Connection, alert_id: str) -> list[Intervention]:
    query = select(interventions.c.event).where(interventions.c.alert_id == alert_id)
    return sorted(map(decode_step, connection.scalars(query)), key=lambda step: (len(step.id), step.id))


def read_case(connection: Connection, alert_id: str) -> tuple[AlertCase, int] | None:
    """The alert with its interventions, and its version."""
    known = read(connection, [alert_id]).get(alert_id)
    if known is None:
        return None
    return AlertCase(known.alert, steps_of(connection, alert_id)), known.version


def merge_all(connection: Connection, updates: Sequence[Alert], at: datetime) -> list[Alert]:
    """Write alerts of the policy or the desk; each as it stands after its update, in the order given."""
    if not updates:
        return []
    known = read(connection, [update.id for update in updates])
    results: list[Alert] = []
    history: list[dict[str, Any]] = []
    for alert in updates:
        before = known.get(alert.id)
        after = alert if before is None else merged(before.alert, alert)
        results.append(after)
        if before is None or after != before.alert:
            history.append(history_row(after, _what(before.alert if before else None, after), at))
            known[alert.id] = Versioned(after, before.version + 1 if before else 1)
    changed = {result.id for result in results}
    rows = [_alert_row(known[alert_id], at) for alert_id in sorted(changed)]
    put(connection, alerts, rows, keep=("opened_at",))
    if history:
        connection.execute(insert(alert_history), history)
    return results


def replace(connection: Connection, after: Versioned, at: datetime, *, outcome: str | None) -> bool:
    """Write an alert that a person changed; False when somebody else changed it since it was read."""
    row = _alert_row(after, at)
    if outcome is not None:
        row["outcome"] = outcome
    unchanged = (alerts.c.id == after.alert.id) & (alerts.c.version == after.version - 1)
    return connection.execute(update(alerts).where(unchanged).values(**row)).rowcount == 1


def put_steps(connection: Connection, steps: Sequence[Intervention]) -> None:
    """Write interventions; a proposal never replaces what somebody already did with it."""
    proposed = [step_row(step) for step in steps if step.state is InterventionState.PROPOSED]
    taken = [step_row(step) for step in steps if step.state is not InterventionState.PROPOSED]
    add_missing(connection, interventions, proposed)
    put(connection, interventions, taken)


def history_row(
    alert: Alert, what: str, at: datetime, *, by: str = POLICY, detail: str | None = None
) -> dict[str, Any]:
    return {
        "alert_id": alert.id,
        "at": at,
        "what": what,
        "by": by,
        "state": alert.state,
        "severity": alert.severity,
        "detail": detail,
    }


def step_row(step: Intervention) -> dict[str, Any]:
    return {
        "id": step.id,
        "alert_id": step.alert_id,
        "call_id": step.call_id,
        "level": step.level,
        "action": step.action,
        "by": step.by,
        "at": step.at,
        "state": step.state,
        "outcome": step.outcome,
        "event": encode(step).decode(),
    }


def _alert_row(known: Versioned, at: datetime) -> dict[str, Any]:
    alert = known.alert
    return {
        "id": alert.id,
        "call_id": alert.call_id,
        "team": alert.team,
        "rule": alert.rule,
        "severity": alert.severity,
        "severity_rank": alert.severity.rank,
        "state": alert.state,
        "acknowledged_by": alert.acknowledged_by,
        "escalation": alert.escalation,
        "opened_at": alert.opened_at,
        "updated_at": at,
        "version": known.version,
        "event": encode(alert).decode(),
    }


def _what(before: Alert | None, after: Alert) -> str:
    if before is None:
        return "opened"
    if after.severity.rank > before.severity.rank:
        return "raised"
    if after.escalation > before.escalation:
        return "escalated"
    return "updated" if after.state is before.state else str(after.state)
