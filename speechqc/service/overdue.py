"""Tells the supervisor when a promise made on a call was not kept in time, whether or not anybody calls."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from speechqc.alerts.draft import RuleTexts
from speechqc.alerts.policy import AlertPolicy
from speechqc.alerts.policy_file import Policy
from speechqc.events import Event, Finding, Reason, Role, Text
from speechqc.rules.book import RuleBook
from speechqc.rules.model import Rule
from speechqc.store.promises import PromiseRecord, Promises
from speechqc.store.rows import Published
from speechqc.store.store import Store

RULE = "overdue_promise.ledger"
"""The rule of the packs that says how grave an overdue promise is and what to do; without it nobody is told."""


class OverduePromises:
    """Looks for promises whose time has come and turns each into one finding of the call it was made on."""

    def __init__(self, book: RuleBook, policy: Policy, texts: RuleTexts) -> None:
        self._rule, self._policy, self._texts = book.rule(RULE), policy, texts

    def announce(self, store: Store, now: datetime) -> list[Published]:
        """Store a finding and its alert for every newly overdue promise; the events for subscribers.

        Raises:
            StoreError: the database failed; what was not announced is announced the next time.
        """
        if self._rule is None:
            return []
        promises = Promises(store.database)
        told: list[Published] = []
        for record in promises.newly_overdue(now):
            told.extend(
                store.publish(record.promise.call_id, self._events(store, self._rule, record, now), now)
            )
            promises.announced([record.promise.id], now)
        return told

    def _events(self, store: Store, rule: Rule, record: PromiseRecord, now: datetime) -> Sequence[Event]:
        started = store.call(record.promise.call_id).started
        finding = _finding(rule, record, now)
        return [finding, *AlertPolicy(self._policy, started, self._texts).feed(finding, now, None)]


def _finding(rule: Rule, record: PromiseRecord, now: datetime) -> Finding:
    promise, due_at = record.promise, record.due_at or now
    hours = (now - due_at).total_seconds() / 3600.0
    due = f"{due_at:%Y-%m-%d %H:%M} UTC"
    return Finding(
        call_id=promise.call_id,
        id=f"{promise.call_id}/{RULE}/{promise.id}",
        signal=rule.signal,
        rule=rule.id,
        rule_version=rule.version,
        severity=rule.severity,
        role=Role.AGENT,
        turn=promise.turn,
        start=promise.start,
        end=promise.end,
        quote=promise.quote,
        score=1.0,
        explanation=Text(
            f"坐席承诺“{promise.quote}”，应于 {due} 前由“{promise.owner}”兑现，尚无回电或办结记录。",
            f"The agent promised “{promise.quote}”, due {due} by “{promise.owner}”; no call back and nothing marked as done.",
        ),
        reasons=(Reason(name="overdue_h", value=round(hours, 2), limit=0.0),),
        history=True,
    )
