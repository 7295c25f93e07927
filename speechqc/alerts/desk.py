"""The desk where alerts lie until somebody takes them. Pure: every moment is handed in."""

from __future__ import annotations

from datetime import datetime, timedelta

from speechqc.alerts.case import AlertCase, Change
from speechqc.alerts.lifecycle import RefusedMoveError, merged
from speechqc.alerts.policy_file import Policy
from speechqc.events import Alert, AlertState


class AlertDesk:
    """All open alerts of a service, what people do to them, and which of them have waited too long.

    Every operation returns the events it brought about and raises :class:`RefusedMoveError` when the
    lifecycle does not allow it. Alerts of a call that ended are forgotten once nobody is waited for.
    """

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._cases: dict[str, AlertCase] = {}
        self._due: dict[str, datetime] = {}
        self._ended: set[str] = set()

    def __len__(self) -> int:
        return len(self._cases)

    def feed(self, alert: Alert, now: datetime) -> list[Change]:
        """Take a new or updated alert from the policy; a new one comes with the proposal of a first step."""
        case = self._cases.get(alert.id)
        if case is None:
            case = self._cases[alert.id] = AlertCase(alert)
            self._wait(alert, now)
            level = self._policy.severities[alert.severity].level
            return [alert, *case.propose(level, self._policy.ladder[level].action, now)]
        before = case.alert
        case.alert = merged(before, alert)
        if case.alert.severity is not before.severity or case.alert.state is not before.state:
            self._wait(case.alert, now)
        return [case.alert]

    def observe(self, change: Change, now: datetime) -> None:
        """Take note of what was done to an alert elsewhere, such as in another process over the store.

        News from before a raised severity does not count as having seen it.
        """
        case = self._cases.get(change.id if isinstance(change, Alert) else change.alert_id)
        if case is None:
            return
        if not isinstance(change, Alert):
            others = [step for step in case.interventions if step.id != change.id]
            case.interventions = [*others, change]
            return
        before = case.alert
        case.alert = merged(change, before)
        if case.alert.state is not before.state:
            self._wait(case.alert, now)
        self._forget_if_over(change.id)

    def acknowledge(self, alert_id: str, by: str) -> list[Change]:
        return self._settled(alert_id, self._case(alert_id).acknowledge(by))

    def assign(self, alert_id: str, to: str, by: str) -> list[Change]:
        return self._settled(alert_id, self._case(alert_id).assign(to, by))

    def act(self, alert_id: str, level: int, action: str, by: str, now: datetime) -> list[Change]:
        """Begin a step of the ladder, L0 prompt to L5 report to compliance."""
        return self._settled(alert_id, self._case(alert_id).act(level, action, by, now))

    def finish(self, alert_id: str, intervention_id: str, by: str, outcome: str) -> list[Change]:
        """Say what came of a step."""
        return self._case(alert_id).finish(intervention_id, by, outcome)

    def close(self, alert_id: str, outcome: str, by: str) -> list[Change]:
        """Say what the alert was in the end."""
        return self._settled(alert_id, self._case(alert_id).close(outcome, by))

    def due(self, now: datetime) -> list[Alert]:
        """The alerts nobody acknowledged in time, escalated by one; each again at the policy's interval."""
        late = sorted(alert_id for alert_id, moment in self._due.items() if moment <= now)
        return [self._escalate(alert_id, now) for alert_id in late]

    def next_due(self) -> datetime | None:
        """When :meth:`due` has something to say next."""
        return min(self._due.values(), default=None)

    def call_ended(self, call_id: str) -> None:
        """Let go of the call's alerts; those still waited for stay until somebody takes them."""
        self._ended.add(call_id)
        for alert_id in [key for key, case in self._cases.items() if case.alert.call_id == call_id]:
            self._forget_if_over(alert_id)
        self._forget_call(call_id)

    def _case(self, alert_id: str) -> AlertCase:
        case = self._cases.get(alert_id)
        if case is None:
            raise RefusedMoveError(
                f"there is no open alert {alert_id}", hint="its call is over: use the store, which keeps all"
            )
        return case

    def _wait(self, alert: Alert, now: datetime) -> None:
        limit_s = self._policy.severities[alert.severity].acknowledge_within_s
        if alert.state is not AlertState.OPENED or limit_s is None:
            self._due.pop(alert.id, None)
        else:
            self._due[alert.id] = now + timedelta(seconds=limit_s)

    def _escalate(self, alert_id: str, now: datetime) -> Alert:
        case = self._cases[alert_id]
        case.escalate()
        escalated = case.alert
        if escalated.escalation >= self._policy.escalation.at_most:
            del self._due[alert_id]
            self._forget_if_over(alert_id)
        else:
            self._due[alert_id] = now + timedelta(seconds=self._policy.escalation.repeat_every_s)
        return escalated

    def _settled(self, alert_id: str, changes: list[Change]) -> list[Change]:
        self._due.pop(alert_id, None)
        self._forget_if_over(alert_id)
        return changes

    def _forget_if_over(self, alert_id: str) -> None:
        case = self._cases.get(alert_id)
        if case is not None and case.alert.call_id in self._ended and alert_id not in self._due:
            del self._cases[alert_id]
            self._forget_call(case.alert.call_id)

    def _forget_call(self, call_id: str) -> None:
        if all(case.alert.call_id != call_id for case in self._cases.values()):
            self._ended.discard(call_id)
