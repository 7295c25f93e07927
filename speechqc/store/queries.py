"""Questions to the store; each reads one consistent view and returns plain records."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Row, Select, select

from speechqc.errors import StoreError
from speechqc.events import (
    AlertState,
    CallStarted,
    Finding,
    FindingState,
    Gap,
    Metrics,
    Role,
    Severity,
    Utterance,
)
from speechqc.store import alert_rows
from speechqc.store.database import Database
from speechqc.store.rows import AlertRecord, AlertStep, CallRecord, FindingRecord
from speechqc.store.schema import alert_history, alerts, calls, findings, gaps, utterances

DEFAULT_LIMIT = 200

_started = msgspec.json.Decoder(CallStarted)
_metrics = msgspec.json.Decoder(Metrics)
_finding = msgspec.json.Decoder(Finding)
_utterance = msgspec.json.Decoder(Utterance)


class Queries:
    """Reading: calls, transcripts, findings, alerts. Lists are newest first."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def calls(
        self,
        *,
        state: str | None = None,
        team: str | None = None,
        agent: str | None = None,
        customer: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = DEFAULT_LIMIT,
    ) -> list[CallRecord]:
        """Calls begun in [since, until), newest first."""
        wanted = [
            *_equal(calls.c.state, state),
            *_equal(calls.c.team, team),
            *_equal(calls.c.agent, agent),
            *_equal(calls.c.customer, customer),
            *_span(calls.c.started_at, since, until),
        ]
        return [_call(row) for row in self._all(_calls_query(wanted).limit(limit))]

    def call(self, call_id: str) -> CallRecord:
        """One call with its gaps.

        Raises:
            StoreError: there is no such call.
        """
        rows = self._all(_calls_query([calls.c.id == call_id]))
        if not rows:
            raise StoreError(f"there is no call {call_id}")
        return msgspec.structs.replace(_call(rows[0]), gaps=tuple(self._gaps(call_id)))

    def transcript(self, call_id: str) -> list[Utterance]:
        """The final words of a call in the order they were spoken."""
        query = select(utterances.c.event).where(utterances.c.call_id == call_id)
        rows = self._all(query.order_by(utterances.c.start_s, utterances.c.seq))
        return [_utterance.decode(row.event) for row in rows]

    def findings(
        self,
        *,
        call_id: str | None = None,
        signal: str | None = None,
        rule: str | None = None,
        states: Collection[FindingState] = (FindingState.CONFIRMED,),
        min_severity: Severity = Severity.INFO,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = DEFAULT_LIMIT,
    ) -> list[FindingRecord]:
        """Findings in the given states that changed in [since, until), newest first."""
        query = select(findings.c.event, findings.c.updated_at).where(
            *_equal(findings.c.call_id, call_id),
            *_equal(findings.c.signal, signal),
            *_equal(findings.c.rule, rule),
            findings.c.state.in_(states),
            findings.c.severity_rank >= min_severity.rank,
            *_span(findings.c.updated_at, since, until),
        )
        newest = (findings.c.updated_at.desc(), findings.c.start_s.desc(), findings.c.id)
        rows = self._all(query.order_by(*newest).limit(limit))
        return [FindingRecord(finding=_finding.decode(r.event), updated_at=r.updated_at) for r in rows]

    def alerts(
        self,
        *,
        call_id: str | None = None,
        team: str | None = None,
        states: Collection[AlertState] | None = None,
        min_severity: Severity = Severity.INFO,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = DEFAULT_LIMIT,
    ) -> list[AlertRecord]:
        """Alerts opened in [since, until), newest first."""
        query = select(alerts).where(
            *_equal(alerts.c.call_id, call_id),
            *_equal(alerts.c.team, team),
            *([] if states is None else [alerts.c.state.in_(states)]),
            alerts.c.severity_rank >= min_severity.rank,
            *_span(alerts.c.opened_at, since, until),
        )
        rows = self._all(query.order_by(alerts.c.opened_at.desc(), alerts.c.id).limit(limit))
        return [_alert(row) for row in rows]

    def alert(self, alert_id: str) -> AlertRecord:
        """One alert with its interventions.

        Raises:
            StoreError: there is no such alert.
        """
        with self._database.reading() as connection:
            row = connection.execute(select(alerts).where(alerts.c.id == alert_id)).first()
            if row is None:
                raise StoreError(f"there is no alert {alert_id}")
            steps = tuple(alert_rows.steps_of(connection, alert_id))
        return msgspec.structs.replace(_alert(row), interventions=steps)

    def alert_history(self, alert_id: str) -> list[AlertStep]:
        """Everything that happened to an alert, oldest first."""
        query = select(alert_history).where(alert_history.c.alert_id == alert_id)
        rows = self._all(query.order_by(alert_history.c.id))
        return [
            AlertStep(
                at=row.at, what=row.what, by=row.by, state=row.state, severity=row.severity, detail=row.detail
            )
            for row in rows
        ]

    def _gaps(self, call_id: str) -> list[Gap]:
        rows = self._all(select(gaps).where(gaps.c.call_id == call_id).order_by(gaps.c.start_s, gaps.c.seq))
        return [
            Gap(
                call_id=call_id,
                start=row.start_s,
                end=row.end_s,
                reason=row.reason,
                role=None if row.role is None else Role(row.role),
            )
            for row in rows
        ]

    def _all(self, query: Select[Any]) -> list[Row[Any]]:
        with self._database.reading() as connection:
            return list(connection.execute(query))


def _equal(column: ColumnElement[Any], value: str | None) -> list[ColumnElement[bool]]:
    return [] if value is None else [column == value]


def _span(
    column: ColumnElement[Any], since: datetime | None, until: datetime | None
) -> list[ColumnElement[bool]]:
    return [*([] if since is None else [column >= since]), *([] if until is None else [column < until])]


def _calls_query(wanted: list[ColumnElement[bool]]) -> Select[Any]:
    return select(calls).where(*wanted).order_by(calls.c.started_at.desc(), calls.c.id)


def _call(row: Row[Any]) -> CallRecord:
    return CallRecord(
        started=_started.decode(row.event),
        state=row.state,
        started_at=row.started_at,
        ended_at=row.ended_at,
        duration_s=row.duration_s,
        end_reason=row.end_reason,
        recogniser=row.recogniser,
        speech_s=row.speech_s,
        not_analysed_s=row.not_analysed_s,
        metrics=None if row.metrics is None else _metrics.decode(row.metrics),
    )


def _alert(row: Row[Any]) -> AlertRecord:
    return AlertRecord(
        alert=alert_rows.decode_alert(row.event),
        version=row.version,
        updated_at=row.updated_at,
        outcome=row.outcome,
    )
