"""Findings and alerts with everything filled that a test does not care about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from speechqc.events import (
    Alert,
    CallKind,
    CallStarted,
    Finding,
    Role,
    Severity,
    Text,
)

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def started(call_id: str = "c1", **more: Any) -> CallStarted:
    return CallStarted(call_id=call_id, kind=CallKind.SALES, team="east", **more)


def finding(rule: str = "guaranteed_return", at: float = 10.0, **more: Any) -> Finding:
    """A finding of `rule` whose words end at `at` seconds; its id is made of rule and time."""
    values: dict[str, Any] = {
        "call_id": "c1",
        "id": f"{rule}@{at:g}",
        "signal": rule,
        "rule": rule,
        "severity": Severity.HIGH,
        "role": Role.AGENT,
        "turn": 1,
        "start": max(at - 1.0, 0.0),
        "end": at,
        "quote": f"words at {at:g}",
        "score": 0.9,
        "explanation": Text(f"{rule}：说明。", f"why {rule}."),
    }
    return Finding(**(values | more))


def anger(at: float = 10.0, severity: Severity = Severity.MEDIUM, **more: Any) -> Finding:
    return finding("customer_anger", at, role=Role.CUSTOMER, severity=severity, **more)


def alert(alert_id: str = "al-1", **more: Any) -> Alert:
    values: dict[str, Any] = {
        "call_id": "c1",
        "id": alert_id,
        "severity": Severity.HIGH,
        "signals": ("guaranteed_return",),
        "findings": ("f1",),
        "title": Text("承诺保本", "Guarantees the principal"),
        "advice": Text("请更正", "Have it corrected"),
        "role": Role.AGENT,
        "turn": 1,
        "start": 9.0,
        "end": 10.0,
        "quote": "保本",
        "rule": "guaranteed_return",
        "rule_version": 1,
        "reasons": (),
        "explanation": Text("说明", "why"),
        "opened_at": NOW,
        "latency_s": 0.3,
        "team": "east",
    }
    return Alert(**(values | more))
