"""From what a step came to, to what the world is told: events numbered, alerts raised, the rest passed on."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from time import time

import structlog

from speechqc.alerts.desk import AlertDesk
from speechqc.alerts.draft import RuleTexts
from speechqc.alerts.policy import AlertPolicy
from speechqc.alerts.policy_file import Policy
from speechqc.alerts.webhook import Webhook
from speechqc.events import (
    Alert,
    CallEnded,
    CallStarted,
    CustomerType,
    Event,
    Finding,
    Gap,
    Intervention,
    Metrics,
    Practice,
    Promise,
    Rescoped,
    Utterance,
)
from speechqc.service.call import LiveCall
from speechqc.service.hub import EventHub, published
from speechqc.service.metrics import ServiceMetrics
from speechqc.service.outbox import Outbox
from speechqc.session import Advanced
from speechqc.store.rows import Published
from speechqc.store.store import Store

KNOWN_TEAMS = 20_000
log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Numbering:
    policy: AlertPolicy
    team: str | None
    next_seq: int = 0


class Publisher:
    """Numbers each call's events, so that repeating them after a crash changes nothing in the store.

    Kept are the beginning, final words, gaps, findings, alerts, first steps and the end with the last
    metrics. Unfinished words and running metrics only pass by. The same inputs give the same events in
    the same order, whatever the wall clock says.
    """

    def __init__(
        self,
        *,
        policy: Policy,
        texts: RuleTexts,
        desk: AlertDesk,
        outbox: Outbox,
        hub: EventHub,
        metrics: ServiceMetrics,
        webhook: Webhook | None = None,
    ) -> None:
        self._policy = policy
        self._texts = texts
        self._desk = desk
        self._outbox = outbox
        self._hub = hub
        self._metrics = metrics
        self._webhook = webhook
        self._calls: dict[str, _Numbering] = {}
        self._teams: OrderedDict[str, str | None] = OrderedDict()

    def publish(self, call: LiveCall, advanced: Sequence[Advanced]) -> list[Gap]:
        """Hand on what steps came to; the gaps among it."""
        numbering = self._calls.get(call.call_id) or self._begin(call.session.started)
        kept: list[Event] = []
        for each in advanced:
            for event in (*each.inputs, *each.outputs):
                self._sort(call, numbering, event, kept)
        if kept:
            self._outbox.put(call.call_id, numbering.next_seq, kept)
            numbering.next_seq += len(kept)
        gaps = [event for event in kept if isinstance(event, Gap)]
        for gap in gaps:
            self._metrics.gaps.labels(gap.reason).inc()
        return gaps

    def forget(self, call_id: str) -> None:
        """The call is over and stored."""
        self._calls.pop(call_id, None)
        self._desk.call_ended(call_id)

    def stored(self, events: Sequence[Published]) -> None:
        """Hand out what the store took."""
        self._hub.publish(
            published(event, team=self._team(event), event_id=event_id) for event_id, event in events
        )
        if self._webhook is not None:
            for event_id, event in events:
                if isinstance(event, Finding | Alert):
                    self._webhook.offer(event, str(event_id))

    def observed(self, events: Sequence[Published]) -> None:
        """Take note of what people or other processes did to alerts."""
        now = datetime.now(UTC)
        for _, event in events:
            if isinstance(event, Alert | Intervention):
                self._desk.observe(event, now)

    def adopt(self, open_alerts: Sequence[Alert]) -> None:
        """Watch over alerts of calls that ended in an earlier life of the service."""
        now = datetime.now(UTC)
        for alert in open_alerts:
            self._desk.feed(alert, now)
            self._desk.call_ended(alert.call_id)

    def escalate(self) -> None:
        """Raise what nobody acknowledged in time."""
        now = datetime.now(UTC)
        for alert in self._desk.due(now):
            future = self._outbox.change(partial(_publish, alert, now))
            future.add_done_callback(lambda done: done.exception() and log.error("escalation_not_stored"))

    def unstored(self, call_id: str, events: Sequence[Event]) -> None:
        """Hand out, without ids, what the store did not take; it comes again with its ids later."""
        self._metrics.store_failures.inc()
        self._hub.publish(published(event, team=self._teams.get(call_id)) for event in events)

    # -- parts -----------------------------------------------------------------------------------

    def _begin(self, started: CallStarted) -> _Numbering:
        numbering = _Numbering(AlertPolicy(self._policy, started, self._texts), started.team)
        self._calls[started.call_id] = numbering
        self._teams[started.call_id] = started.team
        if len(self._teams) > KNOWN_TEAMS:
            self._teams.popitem(last=False)
        return numbering

    def _sort(self, call: LiveCall, numbering: _Numbering, event: Event, kept: list[Event]) -> None:
        match event:
            case Utterance(final=False):
                self._pass_by(event, numbering)
            case Metrics():
                # The last metrics belong to the call; they come with its end.
                if any(isinstance(earlier, CallEnded) for earlier in kept):
                    kept.append(event)
                else:
                    self._pass_by(event, numbering)
            case Finding():
                kept.append(event)
                kept.extend(self._raise(call, numbering.policy, event))
            case CustomerType():
                kept.append(event)
                now = datetime.now(UTC)
                for alert in numbering.policy.note(event):
                    kept.extend(self._desk.feed(alert, now))
            case CallStarted() | Utterance() | Gap() | CallEnded() | Rescoped() | Practice() | Promise():
                kept.append(event)

    def _raise(self, call: LiveCall, policy: AlertPolicy, finding: Finding) -> list[Event]:
        now = time()
        arrived = None if finding.history else call.arrivals.at(finding.end)
        latency_s = None if arrived is None else max(now - arrived, 0.0)
        moment = datetime.fromtimestamp(now, UTC)
        changes: list[Event] = []
        for alert in policy.feed(finding, moment, latency_s):
            told = self._desk.feed(alert, moment)
            changes.extend(told)
            if len(told) > 1 and not call.restoring:
                self._metrics.alerts.labels(alert.severity.value).inc()
                if latency_s is not None:
                    self._metrics.latency.observe(latency_s)
        return changes

    def _pass_by(self, event: Event, numbering: _Numbering) -> None:
        if self._hub.wants_ephemeral:
            self._hub.publish([published(event, team=numbering.team, ephemeral=True)])

    def _team(self, event: Event) -> str | None:
        if isinstance(event, Alert | CallStarted):
            return event.team
        return self._teams.get(event.call_id)


def _publish(alert: Alert, at: datetime, store: Store) -> list[Published]:
    return store.publish(alert.call_id, [alert], at)
