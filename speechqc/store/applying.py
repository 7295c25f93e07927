"""Bring the events of one call into the tables that are searched, inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Float, bindparam, func, select, update

from speechqc.contact.attempt import plain_number
from speechqc.errors import StoreError
from speechqc.events import (
    Alert,
    CallEnded,
    CallStarted,
    Event,
    Finding,
    Gap,
    Intervention,
    Metrics,
    Promise,
    Utterance,
    encode,
)
from speechqc.store import alert_rows, promise_rows
from speechqc.store.columns import AnyText
from speechqc.store.outbox import Numbered
from speechqc.store.schema import calls, findings, gaps, utterances
from speechqc.store.writing import add_missing, put

LIVE, ENDED = "live", "ended"
_ADD_UP = (
    update(calls)
    .where(calls.c.id == bindparam("call"))
    .values(
        speech_s=calls.c.speech_s + bindparam("spoken_s", type_=Float),
        not_analysed_s=calls.c.not_analysed_s + bindparam("lost_s", type_=Float),
        recogniser=func.coalesce(bindparam("heard_by", type_=AnyText), calls.c.recogniser),
        metrics=func.coalesce(bindparam("newest", type_=AnyText), calls.c.metrics),
    )
)


@dataclass
class _Batch:
    """The events of one call, sorted by what becomes of them."""

    started: CallStarted | None = None
    ended: CallEnded | None = None
    metrics: Metrics | None = None
    utterances: list[tuple[int | None, Utterance]] = field(default_factory=list)
    gaps: list[tuple[int | None, Gap]] = field(default_factory=list)
    findings: dict[str, Finding] = field(default_factory=dict)
    alerts: list[Alert] = field(default_factory=list)
    interventions: dict[str, Intervention] = field(default_factory=dict)
    promises: dict[str, Promise] = field(default_factory=dict)

    def add(self, seq: int | None, event: Event) -> None:
        match event:
            case CallStarted():
                self.started = event
            case CallEnded():
                self.ended = event
            case Metrics():
                self.metrics = event
            case Utterance():
                self.utterances.append((seq, event))
            case Gap():
                self.gaps.append((seq, event))
            case Finding():
                self.findings[event.id] = event
            case Alert():
                self.alerts.append(event)
            case Intervention():
                self.interventions[event.id] = event
            case Promise():
                self.promises[event.id] = event


def apply(connection: Connection, call_id: str, numbered: Sequence[Numbered], at: datetime) -> list[Numbered]:
    """Write what `numbered` says; the events as they are to be published.

    An alert is published as it stands after merging with what people did to it meanwhile.
    """
    batch = _Batch()
    for seq, event in numbered:
        batch.add(seq, event)
    if batch.started is not None:
        _start(connection, batch.started, at)
    _add_words(connection, batch)
    put(connection, findings, [_finding_row(finding, at) for finding in batch.findings.values()])
    promise_rows.add(connection, call_id, list(batch.promises.values()))
    merged = alert_rows.merge_all(connection, batch.alerts, at)
    alert_rows.put_steps(connection, list(batch.interventions.values()))
    _update_call(connection, call_id, batch)
    waiting = iter(merged)
    return [(seq, next(waiting) if isinstance(event, Alert) else event) for seq, event in numbered]


def _start(connection: Connection, started: CallStarted, at: datetime) -> None:
    known = connection.scalar(select(calls.c.event).where(calls.c.id == started.call_id))
    if known is not None:
        raise StoreError(
            f"call {started.call_id} was recorded before, from another beginning",
            hint="give every call an id of its own; a replayed call must keep its sequence numbers",
        )
    row = {
        "id": started.call_id,
        "kind": started.kind,
        "language": started.language,
        "direction": started.direction,
        "product": started.product,
        "agent": started.agent,
        "team": started.team,
        "customer": started.customer,
        "number": plain_number(started.number),
        "state": LIVE,
        "started_at": started.started_at or at,
        "speech_s": 0.0,
        "not_analysed_s": 0.0,
        "event": encode(started).decode(),
    }
    add_missing(connection, calls, [row])


def _add_words(connection: Connection, batch: _Batch) -> None:
    heard = [
        {
            "call_id": said.call_id,
            "seq": seq,
            "role": said.role,
            "turn": said.turn,
            "start_s": said.start,
            "end_s": said.end,
            "text": said.text,
            "confidence": said.confidence,
            "source": said.source,
            "event": encode(said).decode(),
        }
        for seq, said in batch.utterances
    ]
    lost = [
        {
            "call_id": gap.call_id,
            "seq": seq,
            "role": gap.role,
            "start_s": gap.start,
            "end_s": gap.end,
            "reason": gap.reason,
        }
        for seq, gap in batch.gaps
    ]
    add_missing(connection, utterances, heard)
    add_missing(connection, gaps, lost)


def _finding_row(finding: Finding, at: datetime) -> dict[str, Any]:
    return {
        "call_id": finding.call_id,
        "id": finding.id,
        "signal": finding.signal,
        "rule": finding.rule,
        "rule_version": finding.rule_version,
        "severity": finding.severity,
        "severity_rank": finding.severity.rank,
        "role": finding.role,
        "turn": finding.turn,
        "start_s": finding.start,
        "end_s": finding.end,
        "quote": finding.quote,
        "state": finding.state,
        "updated_at": at,
        "event": encode(finding).decode(),
    }


def _update_call(connection: Connection, call_id: str, batch: _Batch) -> None:
    if batch.utterances or batch.gaps or batch.metrics is not None:
        news = {
            "call": call_id,
            "spoken_s": sum(said.end - said.start for _, said in batch.utterances),
            "lost_s": sum(gap.end - gap.start for _, gap in batch.gaps),
            "heard_by": batch.utterances[-1][1].source if batch.utterances else None,
            "newest": None if batch.metrics is None else encode(batch.metrics).decode(),
        }
        connection.execute(_ADD_UP, news)
    if batch.ended is not None:
        started_at = connection.scalar(select(calls.c.started_at).where(calls.c.id == call_id))
        end = {
            "state": ENDED,
            "duration_s": batch.ended.at,
            "end_reason": batch.ended.reason,
            "ended_at": started_at and started_at + timedelta(seconds=batch.ended.at),
        }
        connection.execute(update(calls).where(calls.c.id == call_id).values(**end))
