"""One alert with the steps people took on it: the unit that a supervisor handles."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from speechqc.alerts.lifecycle import (
    AlertMove,
    InterventionMove,
    RefusedMoveError,
    moved,
    moved_intervention,
)
from speechqc.events import Alert, Intervention, InterventionState

HIGHEST_LEVEL = 5
"""The ladder: L0 prompt, L1 whisper, L2 barge in, L3 take over, L4 stop-loss, L5 report to compliance."""
NOT_TAKEN = "not_taken"
"""Outcome of a proposed step when the alert was closed without it."""

Change = Alert | Intervention


@dataclass
class AlertCase:
    """An alert and its interventions; every operation returns the events it brought about.

    Raises:
        RefusedMoveError: from every operation, when the lifecycle does not allow it.
    """

    alert: Alert
    interventions: list[Intervention] = field(default_factory=list)

    def propose(self, level: int, action: str, now: datetime) -> list[Change]:
        """Suggest the first step; the first :meth:`act` turns the suggestion into what was really done."""
        return [self._add(level, action, "policy", now)]

    def acknowledge(self, by: str) -> list[Change]:
        return [self._move(AlertMove.ACKNOWLEDGE, by)]

    def assign(self, to: str, by: str) -> list[Change]:
        return [self._move(AlertMove.ASSIGN, by, to=to)]

    def escalate(self) -> list[Change]:
        return [self._move(AlertMove.ESCALATE, "policy")]

    def act(self, level: int, action: str, by: str, now: datetime) -> list[Change]:
        """Begin a step of the ladder."""
        if not 0 <= level <= HIGHEST_LEVEL:
            raise RefusedMoveError(f"an intervention has level 0 to {HIGHEST_LEVEL}, not {level}")
        alert = self._move(AlertMove.ACT, by)
        proposed = next((s for s in self.interventions if s.state is InterventionState.PROPOSED), None)
        step = proposed or self._add(level, action, by, now)
        chosen = msgspec.structs.replace(step, level=level, action=action, by=by, at=now)
        return [alert, self._put(moved_intervention(chosen, InterventionMove.START, by))]

    def finish(self, intervention_id: str, by: str, outcome: str, *, failed: bool = False) -> list[Change]:
        """End a step that was begun, and say what came of it."""
        step = next((step for step in self.interventions if step.id == intervention_id), None)
        if step is None:
            raise RefusedMoveError(f"alert {self.alert.id} has no intervention {intervention_id}")
        move = InterventionMove.FAIL if failed else InterventionMove.FINISH
        return [self._put(moved_intervention(step, move, by, outcome=outcome))]

    def close(self, outcome: str, by: str) -> list[Change]:
        """Decide what the alert was. Steps still running are done; a step only proposed was not taken."""
        if not outcome.strip():
            raise RefusedMoveError(f"{by} cannot close alert {self.alert.id} without an outcome")
        changes: list[Change] = [self._move(AlertMove.CLOSE, by)]
        for step in list(self.interventions):
            if step.state is InterventionState.STARTED:
                done = moved_intervention(step, InterventionMove.FINISH, by, outcome=outcome)
                changes.append(self._put(done))
            elif step.state is InterventionState.PROPOSED:
                passed = moved_intervention(step, InterventionMove.FAIL, by, outcome=NOT_TAKEN)
                changes.append(self._put(passed))
        return changes

    def _move(self, move: AlertMove, by: str, *, to: str | None = None) -> Alert:
        self.alert = moved(self.alert, move, by, to=to)
        return self.alert

    def _add(self, level: int, action: str, by: str, now: datetime) -> Intervention:
        step = Intervention(
            call_id=self.alert.call_id,
            id=f"{self.alert.id}-{len(self.interventions) + 1}",
            alert_id=self.alert.id,
            level=level,
            action=action,
            by=by,
            at=now,
        )
        self.interventions.append(step)
        return step

    def _put(self, step: Intervention) -> Intervention:
        index = next(i for i, known in enumerate(self.interventions) if known.id == step.id)
        self.interventions[index] = step
        return step
