"""Which findings a supervisor is told of, and which of them are one alert.

Pure: the moment of raising is handed in; everything else is decided by call time, so a replay opens
the same alerts under the same ids.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from speechqc.alerts.draft import Draft, RuleTexts, alert_id, is_anger, is_fault
from speechqc.alerts.policy_file import Policy
from speechqc.events import Alert, CallStarted, CustomerType, Finding, FindingState, Role


@dataclass
class _Occurrence:
    """Findings of one rule by one speaker, close together."""

    first_end: float
    draft: Draft


class AlertPolicy:
    """Makes alerts of one call's findings.

    Args:
        policy: the limits.
        started: the call's first event.
        texts: title and advice of a rule, by its id; a mapping's ``__getitem__`` will do.
    """

    def __init__(self, policy: Policy, started: CallStarted, texts: RuleTexts) -> None:
        self._policy = policy
        self._started = started
        self._texts = texts
        self._drafts: list[Draft] = []
        self._by_finding: dict[str, Draft] = {}
        self._customer: str | None = None
        self._occurrences: dict[tuple[str, Role | None], list[_Occurrence]] = {}

    def feed(self, finding: Finding, now: datetime, latency_s: float | None) -> list[Alert]:
        """The alert that `finding` opens or changes, if any.

        A provisional finding alerts nobody; one withdrawn after it alerted changes its alert, which
        falls to ``info`` with a note when nothing else supports it.

        Args:
            now: the present moment, UTC.
            latency_s: from the arrival of the audio that ends the evidence until now; ``None`` where
                nothing was live.
        """
        known = self._by_finding.get(finding.id)
        if known is not None:
            return self._changed(known, finding)
        confirmed = finding.state is FindingState.CONFIRMED
        if not confirmed or finding.severity.rank < self._policy.min_severity.rank:
            return []
        occurrence = self._occurrence(finding, now, latency_s)
        occurrence.draft.findings[finding.id] = finding
        self._by_finding[finding.id] = occurrence.draft
        return [self._render(occurrence.draft)]

    def note(self, customer: CustomerType) -> list[Alert]:
        """Take in what kind of customer this may be; the newest alert, which now says how to handle them."""
        self._customer = customer.kind
        return [self._render(self._drafts[-1])] if self._drafts and self._drafts[-1].live else []

    def _changed(self, draft: Draft, finding: Finding) -> list[Alert]:
        if finding.state is FindingState.PROVISIONAL or finding == draft.findings[finding.id]:
            return []
        draft.findings[finding.id] = finding
        return [self._render(draft)]

    def _occurrence(self, finding: Finding, now: datetime, latency_s: float | None) -> _Occurrence:
        """The occurrence of its rule that `finding` belongs to, new or known."""
        earlier = self._occurrences.setdefault((finding.rule, finding.role), [])
        if earlier and abs(finding.end - earlier[-1].first_end) <= self._policy.dedupe_within_s:
            return earlier[-1]
        draft = self._same_signal(finding) or self._cooling(finding, earlier) or self._joint(finding)
        if draft is None:
            draft = Draft(alert_id(finding), now, latency_s)
            self._drafts.append(draft)
        occurrence = _Occurrence(finding.end, draft)
        earlier.append(occurrence)
        return occurrence

    def _same_signal(self, finding: Finding) -> Draft | None:
        for draft in reversed(self._drafts):
            same = (one for one in draft.findings.values() if one.signal == finding.signal)
            first = next((known for known in same if known.role is finding.role), None)
            if first is not None and abs(finding.end - first.end) <= self._policy.dedupe_within_s:
                return draft
        return None

    def _cooling(self, finding: Finding, earlier: list[_Occurrence]) -> Draft | None:
        if not earlier:
            return None
        draft = earlier[-1].draft
        return draft if finding.end - draft.first_end <= self._policy.cooldown_s else None

    def _joint(self, finding: Finding) -> Draft | None:
        joint = self._policy.joint
        for draft in reversed(self._drafts):
            partners = [
                *(draft.faults(joint) if is_anger(finding, joint) else []),
                *(draft.angers(joint) if is_fault(finding, joint) else []),
            ]
            if any(abs(finding.end - partner.end) <= joint.within_s for partner in partners):
                return draft
        return None

    def _render(self, draft: Draft) -> Alert:
        return draft.render(self._started, self._texts, self._policy.joint, self._customer)
