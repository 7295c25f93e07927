"""Severity in context: the same words weigh more with a vulnerable customer, or the second time."""

from __future__ import annotations

import msgspec

from speechqc.events import CallStarted, Finding, FindingState, Reason, Role
from speechqc.rules.model import Combination


class Combined:
    """Raises findings by at most one step, as the packs say (domain brief 2.0, combination rules).

    Only what was confirmed by final words counts as happened before, so that a replay without partials
    comes to the same severities.
    """

    def __init__(self, combination: Combination, started: CallStarted) -> None:
        self._combination = combination
        tags = started.history.tags if started.history is not None else ()
        said = started.metadata.get("tags", "").replace("，", ",").split(",")
        self._tags = {tag.strip() for tag in (*tags, *said)} & set(combination.tags)
        self._active: set[str] = set()
        self._seen: dict[tuple[str, Role | None], list[float]] = {}
        """Call times at which a rule fired for a speaker, one for each time that counts."""

    def weigh(self, finding: Finding) -> Finding:
        """`finding` as it weighs in this call, with the reasons why."""
        reasons = self._reasons(finding)
        if not reasons:
            return finding
        return msgspec.structs.replace(
            finding, severity=finding.severity.raised(), reasons=finding.reasons + reasons
        )

    def note(self, finding: Finding) -> None:
        """Remember that `finding` was confirmed for good."""
        if finding.state is FindingState.CONFIRMED:
            times = self._seen.setdefault((finding.rule, finding.role), [])
            if not times or abs(finding.end - times[-1]) > self._combination.same_within_s:
                times.append(finding.end)
            if finding.signal in self._combination.while_active:
                self._active.add(finding.signal)

    def _reasons(self, finding: Finding) -> tuple[Reason, ...]:
        if finding.signal in self._combination.never:
            return ()
        times = self._seen.get((finding.rule, finding.role), [])
        same = bool(times) and abs(finding.end - times[-1]) <= self._combination.same_within_s
        number = len(times) + (not same)
        limit = self._combination.from_occurrence
        reasons = [Reason(name="occurrence", value=number, limit=limit)] if number >= limit else []
        active = sorted(self._active - {finding.signal})
        if finding.role is not Role.CUSTOMER:
            reasons.extend(Reason(name="active", value=signal) for signal in active)
            reasons.extend(Reason(name="tag", value=tag) for tag in sorted(self._tags))
        return tuple(reasons)
