"""What the store gives back: plain frozen records, JSON-encodable like the events they stand for."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import msgspec

from speechqc.events import Alert, CallStarted, Event, Finding, Gap, Intervention, Metrics


class Published(NamedTuple):
    """An event as subscribers see it; `id` grows and is what a subscriber resumes after."""

    id: int
    event: Event


class CallRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One call and how far it was analysed. Seconds count both speakers."""

    started: CallStarted
    state: str
    """``live`` or ``ended``."""
    started_at: datetime
    ended_at: datetime | None
    duration_s: float | None
    end_reason: str | None
    recogniser: str | None
    speech_s: float
    """Speech that was recognised or tried."""
    not_analysed_s: float
    metrics: Metrics | None
    gaps: tuple[Gap, ...] = ()
    """What was not analysed, and why; filled when one call is asked for."""


class FindingRecord(msgspec.Struct, frozen=True, kw_only=True):
    finding: Finding
    updated_at: datetime


class AlertRecord(msgspec.Struct, frozen=True, kw_only=True):
    """An alert and what people made of it. `version` goes up with every change."""

    alert: Alert
    version: int
    updated_at: datetime
    outcome: str | None
    interventions: tuple[Intervention, ...] = ()
    """Filled when one alert is asked for."""


class AlertStep(msgspec.Struct, frozen=True, kw_only=True):
    """One line of an alert's history."""

    at: datetime
    what: str
    by: str
    state: str
    severity: str
    detail: str | None


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook delivery that was given up."""

    id: int
    url: str
    delivery: str
    reason: str
    attempts: int
    at: datetime
    body: str
