"""Findings by rule: what the rules of the book decide about one call, through all their states.

Words of a partial utterance make a finding *provisional*; it is *confirmed* when the next partial says
the same or the utterance is final, and *withdrawn* when the final words no longer hold it. A finding's id
comes from its rule and the start of its utterance, so that it is the same in every replay.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from speechqc.analyzers.combination import Combined
from speechqc.analyzers.correction import Corrections
from speechqc.events import (
    CallEnded,
    CallStarted,
    Event,
    Finding,
    FindingState,
    Reason,
    Role,
    Severity,
    Utterance,
)
from speechqc.rules.book import RuleBook
from speechqc.rules.judge import Judge, Verdict
from speechqc.rules.matcher import MEANT, SAME
from speechqc.rules.measures import Measure
from speechqc.rules.moment import Occurrence
from speechqc.rules.reader import Reading
from speechqc.text.pinyin import EXACT, NEAR

LITERAL_SCORES = {SAME: 1.0, EXACT: 0.75, NEAR: 0.6}
"""Score of words, of the same syllables in other characters, of syllables that only sound alike."""

SOUND_LIMIT = Severity.HIGH
"""A mishearing alone never stops a call (domain brief, normalisation 5)."""


class Compliance:
    """Turns the events of one call into findings. Pure; memory grows only with the findings."""

    def __init__(self, book: RuleBook, started: CallStarted) -> None:
        self._book = book
        self._judge = Judge(book, started)
        self._combined = Combined(book.combination, started)
        self._corrections = Corrections()
        self._call_id = started.call_id
        self._open: dict[Role, dict[str, Finding]] = {}
        self._confirmed: set[str] = set()

    def feed(self, event: Event, reading: Reading | None, measures: Mapping[str, Measure]) -> list[Finding]:
        """The findings that `event` opens, confirms or withdraws.

        Args:
            event: the event; the first one is the call's CallStarted.
            reading: what stands in the utterance; ``None`` for other events and for words not to be trusted.
            measures: the present value of every measure.
        """
        verdicts = self._judge.feed(event, reading, measures)
        if not verdicts and not isinstance(event, Utterance | CallEnded):
            return []
        said = [self._finding(verdict) for verdict in verdicts if not verdict.occurrence.decided]
        decided = [self._finding(verdict) for verdict in verdicts if verdict.occurrence.decided]
        findings: list[Finding] = []
        if isinstance(event, Utterance):
            findings.extend(self._close(event.role, said) if event.final else self._sketch(event.role, said))
        findings.extend(self._decide(decided))
        if isinstance(event, Utterance) and event.final:
            cues = () if reading is None else reading.cues
            findings.extend(self._corrections.corrected(event, cues, said))
        if isinstance(event, CallEnded):
            findings.extend(finding for role in list(self._open) for finding in self._abandon(role))
        return findings

    def rescope(self, started: CallStarted) -> list[Finding]:
        """From now on the call is judged as `started` says; the findings that the ledger adds at once."""
        return self._decide([self._finding(verdict) for verdict in self._judge.rescope(self._book, started)])

    def _decide(self, decided: list[Finding]) -> list[Finding]:
        """Those of `decided` that are new; no later word takes them back."""
        new = []
        for finding in decided:
            if finding.id not in self._confirmed:
                self._confirm(finding)
                new.append(finding)
        return new

    def _confirm(self, finding: Finding) -> None:
        if finding.id not in self._confirmed:
            self._confirmed.add(finding.id)
            self._combined.note(finding)

    def _sketch(self, role: Role, said: list[Finding]) -> list[Finding]:
        """Findings of a partial utterance: new ones provisional, repeated ones confirmed."""
        known = self._open.setdefault(role, {})
        changed = []
        for finding in said:
            before = known.get(finding.id)
            if before is None:
                known[finding.id] = _in_state(finding, FindingState.PROVISIONAL)
                changed.append(known[finding.id])
            elif before.state is FindingState.PROVISIONAL and before.quote == finding.quote:
                known[finding.id] = finding
                changed.append(finding)
            elif before.state is FindingState.PROVISIONAL:
                known[finding.id] = _in_state(finding, FindingState.PROVISIONAL)
        return changed

    def _close(self, role: Role, said: list[Finding]) -> list[Finding]:
        """Findings of a final utterance, and the withdrawal of those it no longer holds."""
        known = self._open.pop(role, {})
        changed = []
        for finding in said:
            if known.pop(finding.id, None) != finding:
                changed.append(finding)
            self._confirm(finding)
        changed.extend(_in_state(finding, FindingState.WITHDRAWN) for finding in known.values())
        return changed

    def _abandon(self, role: Role) -> list[Finding]:
        """The call ended before the words were final: what was never confirmed is withdrawn."""
        known = self._open.pop(role, {})
        return [
            _in_state(finding, FindingState.WITHDRAWN)
            for finding in known.values()
            if finding.state is FindingState.PROVISIONAL
        ]

    def _finding(self, verdict: Verdict) -> Finding:
        rule, found = verdict.rule, verdict.occurrence
        severity = rule.severity
        if MEANT < found.level < SAME and severity.rank > SOUND_LIMIT.rank:
            severity = SOUND_LIMIT
        finding = Finding(
            call_id=self._call_id,
            id=self._id(rule.id, found),
            signal=rule.signal,
            rule=rule.id,
            rule_version=rule.version,
            severity=severity,
            role=found.role if found.role is not None else rule.role,
            turn=found.turn,
            start=found.start,
            end=max(found.start, found.end),
            quote=found.quote,
            score=_score(found),
            sub_code=rule.sub_code,
            explanation=found.why,
            reasons=found.reasons or _word_reasons(found),
            history=found.history,
        )
        return self._combined.weigh(finding)

    def _id(self, rule: str, found: Occurrence) -> str:
        role = found.role.value if found.role is not None else "call"
        return f"{self._call_id}/{rule}/{role}/{round(found.utterance_start * 1000)}/{found.ordinal}"


def _score(found: Occurrence) -> float:
    """How sure: by what matched, lowered by half of the recogniser's doubt."""
    doubt = 0.0 if found.confidence is None else 1.0 - min(1.0, max(0.0, found.confidence))
    sure = found.score if found.score is not None else LITERAL_SCORES[found.level]
    return round(sure * (1.0 - 0.5 * doubt), 3)


def _word_reasons(found: Occurrence) -> tuple[Reason, ...]:
    match = Reason(
        name="match", value={SAME: "words", EXACT: "same syllables", NEAR: "similar syllables"}[found.level]
    )
    if found.confidence is None:
        return (match,)
    return (match, Reason(name="recogniser_confidence", value=round(found.confidence, 3)))


def _in_state(finding: Finding, state: FindingState) -> Finding:
    return msgspec.structs.replace(finding, state=state)
