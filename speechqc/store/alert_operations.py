"""What people do to alerts, each as one transaction that a second person cannot overlook."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from speechqc.alerts.case import AlertCase, Change
from speechqc.alerts.lifecycle import RefusedMoveError
from speechqc.errors import StoreError
from speechqc.events import Alert, AlertState, Intervention
from speechqc.store import alert_rows, outbox
from speechqc.store.alert_rows import Versioned
from speechqc.store.database import Database
from speechqc.store.outbox import Numbered
from speechqc.store.rows import Published
from speechqc.store.schema import alert_history, interventions


@dataclass(frozen=True, slots=True)
class _Deed:
    """Who did what, when, having seen which version; `detail` says to whom, which step or what outcome."""

    what: str
    by: str
    at: datetime
    version: int | None
    detail: str | None = None


class AlertOperations:
    """Acknowledge, assign, act, finish, close; every one returns the events to broadcast.

    `version` is the version of the alert that the person saw (:class:`AlertRecord`); given, any change
    since is refused, by whomever it was. Without it only the lifecycle decides.

    Raises:
        RefusedMoveError: from every operation; it says who did what before.
        StoreError: the alert is unknown or the database cannot be written.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def acknowledge(
        self, alert_id: str, *, by: str, at: datetime, version: int | None = None
    ) -> list[Published]:
        """Take the alert."""
        return self._do(alert_id, _Deed("acknowledged", by, at, version), lambda case: case.acknowledge(by))

    def assign(
        self, alert_id: str, *, to: str, by: str, at: datetime, version: int | None = None
    ) -> list[Published]:
        """Give the alert to `to`, whoever held it."""
        return self._do(alert_id, _Deed("assigned", by, at, version, to), lambda case: case.assign(to, by))

    def act(
        self, alert_id: str, *, level: int, action: str, by: str, at: datetime, version: int | None = None
    ) -> list[Published]:
        """Begin a step of the ladder, L0 prompt to L5 report to compliance."""
        deed = _Deed("acted", by, at, version, f"L{level} {action}")
        return self._do(alert_id, deed, lambda case: case.act(level, action, by, at))

    def close_alert(
        self, alert_id: str, *, outcome: str, by: str, at: datetime, version: int | None = None
    ) -> list[Published]:
        """Say what the alert was in the end."""
        deed = _Deed("closed", by, at, version, outcome)
        return self._do(alert_id, deed, lambda case: case.close(outcome, by))

    def finish_intervention(
        self, intervention_id: str, *, outcome: str, by: str, at: datetime, failed: bool = False
    ) -> list[Published]:
        """Say what came of one step of the ladder."""
        query = select(interventions.c.alert_id).where(interventions.c.id == intervention_id)
        with self._database.reading() as connection:
            alert_id = connection.scalar(query)
        if alert_id is None:
            raise StoreError(f"there is no intervention {intervention_id}")
        deed = _Deed("failed" if failed else "finished", by, at, None, outcome)
        return self._do(alert_id, deed, lambda case: case.finish(intervention_id, by, outcome, failed=failed))

    def _do(
        self, alert_id: str, deed: _Deed, operation: Callable[[AlertCase], list[Change]]
    ) -> list[Published]:
        with self._database.writing() as connection:
            found = alert_rows.read_case(connection, alert_id)
            if found is None:
                raise StoreError(f"there is no alert {alert_id}")
            case, present = found
            if deed.version not in (None, present):
                raise _overtaken(connection, case.alert, deed.by)
            changes = operation(case)
            _write(connection, Versioned(case.alert, present + 1), changes, deed)
            numbered: list[Numbered] = [(None, change) for change in changes]
            return outbox.append(connection, case.alert.call_id, case.alert.team, numbered, deed.at)


def _write(connection: Connection, after: Versioned, changes: Sequence[Change], deed: _Deed) -> None:
    outcome = deed.detail if after.alert.state is AlertState.CLOSED else None
    if not alert_rows.replace(connection, after, deed.at, outcome=outcome):
        raise _overtaken(connection, after.alert, deed.by)
    alert_rows.put_steps(connection, [change for change in changes if isinstance(change, Intervention)])
    row = alert_rows.history_row(after.alert, deed.what, deed.at, by=deed.by, detail=deed.detail)
    connection.execute(insert(alert_history), [row])


def _overtaken(connection: Connection, alert: Alert, by: str) -> RefusedMoveError:
    query = (
        select(alert_history.c.what, alert_history.c.by, alert_history.c.at)
        .where(alert_history.c.alert_id == alert.id)
        .order_by(alert_history.c.id.desc())
    )
    what, whom, at = connection.execute(query).first() or ("changed", "somebody", None)
    when = f" at {at:%Y-%m-%d %H:%M:%S} UTC" if at else ""
    return RefusedMoveError(
        f"{by} came too late for alert {alert.id}: it was {what} by {whom}{when}",
        hint="look at the alert as it is now, then decide again",
    )
