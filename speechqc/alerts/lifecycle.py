"""The lives of an alert and of an intervention, as tables of the legal moves.

Nothing here knows a clock or a database: the live service and the store apply the same tables, so no
path can bring an alert into a state that the other refuses.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from speechqc.errors import SpeechqcError
from speechqc.events import Alert, AlertState, Intervention, InterventionState


class AlertMove(StrEnum):
    """What can happen to an alert once it is open."""

    ACKNOWLEDGE = "acknowledge"
    """Somebody takes it."""
    ASSIGN = "assign"
    """It is given to somebody, who holds it from then on."""
    ACT = "act"
    """A step of the intervention ladder; whoever acts has seen the alert."""
    CLOSE = "close"
    """A person decided what it was. Whoever closes an alert has seen it."""
    ESCALATE = "escalate"
    """Nobody acknowledged it in time."""
    RAISE = "raise"
    """It became more severe: who looked at it before has not seen this."""


class InterventionMove(StrEnum):
    START = "start"
    FINISH = "finish"
    FAIL = "fail"


ALERT_MOVES: Mapping[AlertState, Mapping[AlertMove, AlertState]] = {
    AlertState.OPENED: {
        AlertMove.ACKNOWLEDGE: AlertState.ACKNOWLEDGED,
        AlertMove.ASSIGN: AlertState.ACKNOWLEDGED,
        AlertMove.ACT: AlertState.ACTED,
        AlertMove.CLOSE: AlertState.CLOSED,
        AlertMove.ESCALATE: AlertState.OPENED,
        AlertMove.RAISE: AlertState.OPENED,
    },
    AlertState.ACKNOWLEDGED: {
        AlertMove.ASSIGN: AlertState.ACKNOWLEDGED,
        AlertMove.ACT: AlertState.ACTED,
        AlertMove.CLOSE: AlertState.CLOSED,
        AlertMove.RAISE: AlertState.OPENED,
    },
    AlertState.ACTED: {
        AlertMove.ASSIGN: AlertState.ACTED,
        AlertMove.ACT: AlertState.ACTED,
        AlertMove.CLOSE: AlertState.CLOSED,
        AlertMove.RAISE: AlertState.ACTED,
    },
    AlertState.CLOSED: {
        AlertMove.RAISE: AlertState.OPENED,
    },
}

INTERVENTION_MOVES: Mapping[InterventionState, Mapping[InterventionMove, InterventionState]] = {
    InterventionState.PROPOSED: {
        InterventionMove.START: InterventionState.STARTED,
        InterventionMove.FAIL: InterventionState.FAILED,
    },
    InterventionState.STARTED: {
        InterventionMove.FINISH: InterventionState.DONE,
        InterventionMove.FAIL: InterventionState.FAILED,
    },
    InterventionState.DONE: {},
    InterventionState.FAILED: {},
}

_POLICY_MOVES = (AlertMove.ESCALATE, AlertMove.RAISE)
_HOLDS = (AlertMove.ACT, AlertMove.CLOSE)
"""Moves that only the holder makes once somebody holds the alert."""


class RefusedMoveError(SpeechqcError):
    """A move that the lifecycle does not allow in the present state, or that is somebody else's to make."""

    code = "refused_move"


def moved(alert: Alert, move: AlertMove, by: str, *, to: str | None = None) -> Alert:
    """`alert` after `by` made `move`; `to` is the new holder of an assigned alert.

    Raises:
        RefusedMoveError: the table has no such move, or another person holds the alert.
    """
    state = ALERT_MOVES[alert.state].get(move)
    if state is None:
        raise RefusedMoveError(
            f"{by} cannot {move} alert {alert.id}: it is {alert.state}{_holder(alert)}",
            hint=f"possible now: {_possible(ALERT_MOVES[alert.state])}",
        )
    if move in _HOLDS and alert.acknowledged_by not in (None, by):
        raise RefusedMoveError(
            f"{by} cannot {move} alert {alert.id}: it is {alert.state}{_holder(alert)}",
            hint=f"assign it to {by} first",
        )
    return msgspec.structs.replace(
        alert,
        state=state,
        acknowledged_by=_next_holder(alert, move, by, to),
        escalation=alert.escalation + (move is AlertMove.ESCALATE),
    )


def moved_intervention(
    step: Intervention, move: InterventionMove, by: str, *, outcome: str | None = None
) -> Intervention:
    """`step` after `by` made `move`.

    Raises:
        RefusedMoveError: the table has no such move.
    """
    state = INTERVENTION_MOVES[step.state].get(move)
    if state is None:
        raise RefusedMoveError(
            f"{by} cannot {move} intervention {step.id}: it is {step.state}",
            hint=f"possible now: {_possible(INTERVENTION_MOVES[step.state])}",
        )
    return msgspec.structs.replace(step, state=state, outcome=outcome or step.outcome)


def merged(known: Alert, update: Alert) -> Alert:
    """What is known of an alert after `update` of the same id arrived from the policy or from elsewhere.

    The evidence comes from `update`; when it was opened and how fast stay as they were. People's
    progress is never undone, except that a raised severity opens the alert again.
    """
    news = update.acknowledged_by is not None and _progress(update) >= _progress(known)
    furthest = update if news else known
    alert = msgspec.structs.replace(
        update,
        opened_at=known.opened_at,
        latency_s=known.latency_s,
        state=furthest.state,
        acknowledged_by=furthest.acknowledged_by,
        escalation=max(known.escalation, update.escalation),
        team=known.team or update.team,
    )
    if update.severity.rank > known.severity.rank:
        return moved(alert, AlertMove.RAISE, "policy")
    return alert


def _progress(alert: Alert) -> int:
    return tuple(AlertState).index(alert.state)


def _next_holder(alert: Alert, move: AlertMove, by: str, to: str | None) -> str | None:
    if move is AlertMove.ASSIGN:
        return to or by
    if move is AlertMove.RAISE:
        return alert.acknowledged_by if alert.state is AlertState.ACTED else None
    if move is AlertMove.ESCALATE:
        return None
    return alert.acknowledged_by or by


def _holder(alert: Alert) -> str:
    return f" by {alert.acknowledged_by}" if alert.acknowledged_by else ""


def _possible(moves: Mapping[AlertMove, AlertState] | Mapping[InterventionMove, InterventionState]) -> str:
    return ", ".join(move for move in moves if move not in _POLICY_MOVES) or "nothing, it is over"
