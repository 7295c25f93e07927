"""One alert while its call goes on: the findings behind it, and what it says because of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2s

from speechqc.alerts.customer_types import customer_types
from speechqc.alerts.policy_file import Joining
from speechqc.events import (
    Alert,
    CallStarted,
    Finding,
    FindingState,
    Role,
    Severity,
    Text,
)

RuleTexts = Callable[[str], tuple[Text, Text]]
"""Title and advice of a rule, by its id."""

_WITHDRAWN = Text(
    "已撤回：最终识别的文字不支持该告警。", "Withdrawn: the final words do not support this alert."
)


@dataclass
class Draft:
    """The alert under `id`, kept so that every further finding gives it anew."""

    id: str
    opened_at: datetime
    latency_s: float | None
    findings: dict[str, Finding] = field(default_factory=dict)

    @property
    def first_end(self) -> float:
        """Call time of the words that opened the alert."""
        return next(iter(self.findings.values())).end

    @property
    def live(self) -> list[Finding]:
        return [finding for finding in self.findings.values() if finding.state is FindingState.CONFIRMED]

    def angers(self, joint: Joining) -> list[Finding]:
        return [finding for finding in self.live if is_anger(finding, joint)]

    def faults(self, joint: Joining) -> list[Finding]:
        return [finding for finding in self.live if is_fault(finding, joint)]

    def render(
        self, started: CallStarted, texts: RuleTexts, joint: Joining, customer: str | None = None
    ) -> Alert:
        """What a supervisor is shown now; `customer` is the kind of customer this may be."""
        handling = customer_types().get(customer or "")
        live = self.live
        shown = live or list(self.findings.values())
        finding = min(shown, key=_weight)
        title, advice = texts(finding.rule)
        explanation, reasons = finding.explanation, finding.reasons
        if self.angers(joint) and self.faults(joint):
            title, advice = joint.title, _joined(joint.advice, advice)
            others = [one for one in live if is_anger(one, joint) != is_anger(finding, joint)]
            explanation = _joined(explanation, others[0].explanation)
            reasons += others[0].reasons
        if not live:
            explanation = _joined(_WITHDRAWN, explanation)
        return Alert(
            call_id=started.call_id,
            id=self.id,
            severity=finding.severity if live else Severity.INFO,
            signals=tuple(dict.fromkeys(one.signal for one in shown)),
            findings=tuple(one.id for one in shown),
            title=title,
            advice=advice,
            role=finding.role,
            turn=finding.turn,
            start=finding.start,
            end=finding.end,
            quote=finding.quote,
            rule=finding.rule,
            rule_version=finding.rule_version,
            reasons=reasons,
            explanation=explanation,
            opened_at=self.opened_at,
            latency_s=self.latency_s,
            count=len(shown),
            team=started.team,
            customer_type=customer if handling is not None else None,
            suggestion=None if handling is None else handling.suggestion,
        )


def is_anger(finding: Finding, joint: Joining) -> bool:
    return finding.signal == joint.signal and finding.severity.rank >= joint.min_severity.rank


def is_fault(finding: Finding, joint: Joining) -> bool:
    return finding.role is joint.with_role and finding.severity.rank >= joint.with_min_severity.rank


def alert_id(finding: Finding) -> str:
    """The same finding of the same call opens the alert of the same name, also in a replay."""
    name = f"{finding.call_id}\0{finding.id}".encode()
    return f"al-{blake2s(name, digest_size=8).hexdigest()}"


def _weight(finding: Finding) -> tuple[int, bool, float]:
    return (-finding.severity.rank, finding.role is not Role.AGENT, finding.start)


def _joined(first: Text, second: Text) -> Text:
    return Text(f"{first.zh}{second.zh}", f"{first.en.rstrip()} {second.en}")
