"""The card of one call: what the machine suggests for every item, with the words it rests on.

A suggestion, never a verdict: the machine flags, a person decides.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from speechqc.events import CallKind, Finding, Practice, Role, Text
from speechqc.judgement import Judgement
from speechqc.scorecards.definition import FULL, Item, Scorecard

CORRECTED = "self_corrected"


class Verdict(StrEnum):
    YES = "yes"
    PARTLY = "partly"
    NO = "no"
    NOT_APPLICABLE = "not_applicable"
    TO_JUDGE = "to_judge"
    """For a person alone."""


_SHARE = {Verdict.YES: 1.0, Verdict.PARTLY: 0.5, Verdict.NO: 0.0}


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """Words that speak for an item (`against` false) or against it."""

    turn: int | None
    start: float
    quote: str
    against: bool = False
    signal: str | None = None


class Scored(msgspec.Struct, frozen=True, kw_only=True):
    """One item of the card. `weight` and `points` are out of 100 for the items that apply."""

    id: str
    title: Text
    verdict: Verdict
    weight: float
    points: float
    evidence: tuple[Evidence, ...] = ()
    note: Text | None = None


class Deduction(msgspec.Struct, frozen=True, kw_only=True):
    """Points a finding takes off. `fatal` sets the whole card to 0."""

    signal: str
    turn: int | None
    quote: str
    points: float
    fatal: bool = False


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """What the machine suggests for one call."""

    scorecard: str
    version: int
    kind: CallKind
    items: tuple[Scored, ...]
    deductions: tuple[Deduction, ...]
    score: float
    """0..100 after deductions; items that a person must judge are left out."""

    @property
    def fatal(self) -> tuple[Deduction, ...]:
        return tuple(one for one in self.deductions if one.fatal)


def score_card(scorecard: Scorecard, judgement: Judgement) -> Card:
    """The card of a call that was judged; its kind is the one the call turned out to have."""
    return _Scoring(scorecard, judgement).card()


class _Scoring:
    def __init__(self, scorecard: Scorecard, judgement: Judgement) -> None:
        self._scorecard = scorecard
        self._judgement = judgement
        self._kind = judgement.kind
        self._heard: dict[str, list[Practice]] = {}
        for practice in judgement.practices:
            self._heard.setdefault(practice.item, []).append(practice)
        self._found: dict[str, list[Finding]] = {}
        for finding in judgement.findings:
            self._found.setdefault(finding.signal, []).append(finding)

    def card(self) -> Card:
        items = [item for item in self._scorecard.items if self._kind in item.weights]
        scored = self._in_order({item.id: self._scored(item) for item in items})
        counted = [one for one in scored.values() if one.verdict in _SHARE]
        whole = sum(one.weight for one in counted) or 1.0
        shares = {one.id: FULL * one.weight / whole for one in counted}
        weighed = [
            msgspec.structs.replace(
                one,
                weight=round(shares.get(one.id, 0.0), 2),
                points=round(shares.get(one.id, 0.0) * _SHARE.get(one.verdict, 0.0), 2),
            )
            for one in scored.values()
        ]
        deductions = self._deductions()
        score = sum(one.points for one in weighed) - sum(one.points for one in deductions)
        return Card(
            scorecard=self._scorecard.id,
            version=self._scorecard.version,
            kind=self._kind,
            items=tuple(weighed),
            deductions=tuple(deductions),
            score=0.0 if any(one.fatal for one in deductions) else round(max(0.0, score), 1),
        )

    def _scored(self, item: Item) -> Scored:
        verdict, note = self._verdict(item)
        said = [practice for name in item.said for practice in self._heard.get(name, ())]
        evidence = [Evidence(turn=one.turn, start=one.start, quote=one.quote) for one in said]
        evidence += [
            Evidence(turn=one.turn, start=one.start, quote=one.quote, against=True, signal=one.signal)
            for one in self._against(item)
        ]
        return Scored(
            id=item.id,
            title=item.title,
            verdict=verdict,
            weight=item.weights[self._kind],
            points=0.0,
            evidence=tuple(sorted(evidence, key=lambda one: one.start)),
            note=note,
        )

    def _verdict(self, item: Item) -> tuple[Verdict, Text | None]:
        if item.judged:
            return Verdict.TO_JUDGE, None
        heard = [name for name in item.said if self._heard.get(name)]
        if item.announced_counts and self._judgement.started.recording_notice:
            heard = list(item.said)
        broken = self._against(item)
        if item.when and not heard and not broken and not any(signal in self._found for signal in item.when):
            return Verdict.NOT_APPLICABLE, None
        if broken:
            return (
                Verdict.PARTLY if heard or (item.said_is_optional and len(broken) == 1) else Verdict.NO
            ), None
        if item.said_is_optional or len(heard) == len(item.said):
            return self._often_enough(item)
        return (Verdict.PARTLY if heard else Verdict.NO), None

    def _often_enough(self, item: Item) -> tuple[Verdict, Text | None]:
        times = sum(len(self._heard.get(name, ())) for name in item.said)
        if item.at_most is None or times <= item.at_most:
            return Verdict.YES, None
        return Verdict.PARTLY, Text(f"共 {times} 次，过多", f"{times} times, too often")

    def _against(self, item: Item) -> list[Finding]:
        return [one for signal in item.broken_by for one in self._found.get(signal, ())]

    def _in_order(self, scored: dict[str, Scored]) -> dict[str, Scored]:
        """The last of the formula is only partly met when the order is wrong or no time was said."""
        formula = [scored[name] for name in self._scorecard.formula if name in scored]
        if not formula or formula[-1].verdict is not Verdict.YES:
            return scored
        firsts = [min((e.start for e in one.evidence if not e.against), default=None) for one in formula]
        told = [at for at in firsts if at is not None]
        timed = any(not promise.vague for promise in self._judgement.promises)
        if told == sorted(told) and timed:
            return scored
        note = (
            Text("顺序应为先共情、再认责、后承诺", "the order is empathy, ownership, then action")
            if timed
            else Text("没有说明时间", "no time was said")
        )
        last = msgspec.structs.replace(formula[-1], verdict=Verdict.PARTLY, note=note)
        return {**scored, last.id: last}

    def _deductions(self) -> list[Deduction]:
        deductions = []
        for finding in self._judgement.findings:
            if finding.role is Role.CUSTOMER or finding.history:
                continue
            corrected = CORRECTED in finding.marks
            points = self._scorecard.deductions.get(finding.severity, 0.0) / (2.0 if corrected else 1.0)
            fatal = (
                finding.role is Role.AGENT
                and finding.severity.rank >= self._scorecard.fatal_severity.rank
                and not corrected
            )
            if points or fatal:
                deductions.append(
                    Deduction(
                        signal=finding.signal,
                        turn=finding.turn,
                        quote=finding.quote,
                        points=points,
                        fatal=fatal,
                    )
                )
        over = next((item for item in self._scorecard.items if item.at_most is not None), None)
        times = sum(len(self._heard.get(name, ())) for name in over.said) if over is not None else 0
        if over is not None and times > (over.at_most or 0):
            deductions.append(
                Deduction(
                    signal="over_apology", turn=None, quote=f"× {times}", points=self._scorecard.over_apology
                )
            )
        return deductions
