"""The events of a small call, as the service records them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from speechqc.events import (
    CallEnded,
    CallKind,
    CallStarted,
    Event,
    Finding,
    Gap,
    Metrics,
    Role,
    Utterance,
)
from tests.alerts.making import alert, finding

STARTED_AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def started(call_id: str = "c1", **more: Any) -> CallStarted:
    values: dict[str, Any] = {
        "kind": CallKind.SALES,
        "agent": "a7",
        "team": "east",
        "customer": "k1",
        "number": "138 0013 8000",
        "product": "fund",
        "started_at": STARTED_AT,
    }
    return CallStarted(call_id=call_id, **(values | more))


def said(text: str = "这款产品保本", start: float = 1.0, end: float = 3.0, **more: Any) -> Utterance:
    values: dict[str, Any] = {"call_id": "c1", "role": Role.AGENT, "turn": 0, "source": "bundled"}
    return Utterance(start=start, end=end, text=text, **(values | more))


def metrics(at: float = 5.0, **more: Any) -> Metrics:
    values: dict[str, Any] = {
        "call_id": "c1",
        "agent_talk_s": 2.0,
        "customer_talk_s": 1.0,
        "agent_talk_ratio": 2 / 3,
        "rolling_talk_ratio": 2 / 3,
        "interruptions": 0,
        "dead_air_s": 0.0,
        "agent_rate": 4.0,
        "customer_rate": None,
        "anger": 12.0,
    }
    return Metrics(at=at, **(values | more))


def heard(call_id: str = "c1", **more: Any) -> Finding:
    return finding(call_id=call_id, **more)


def whole_call(call_id: str = "c1") -> list[Event]:
    """Start, two utterances, a gap, a finding with its alert, metrics, end."""
    return [
        started(call_id),
        said(call_id=call_id),
        said("好的", 3.5, 4.5, call_id=call_id, role=Role.CUSTOMER, turn=1),
        Gap(call_id=call_id, start=5.0, end=8.0, reason="low_confidence", role=Role.CUSTOMER),
        heard(call_id),
        alert(f"al-{call_id}", call_id=call_id),
        metrics(call_id=call_id),
        CallEnded(call_id=call_id, at=60.0, reason="stop"),
    ]
