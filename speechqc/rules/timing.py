"""The operators that time, a measure or the ledger decides: ``absent``, ``metric``, ``history``."""

from __future__ import annotations

import msgspec

from speechqc.events import Reason, Role, Utterance
from speechqc.rules import wording
from speechqc.rules.measures import Measure
from speechqc.rules.model import (
    Absent,
    AllOf,
    AnyCondition,
    Deadline,
    History,
    Metric,
    Near,
    Repeat,
    Sequence,
    parts_of,
)
from speechqc.rules.moment import Moment, Occurrence, role_index
from speechqc.rules.operators import NEVER, Build, leaves_together

ROUNDING_S = 1e-6
"""A sum of two times may be this much later than their difference says."""
UNHEARD_LIMIT_S = 3.0
"""Speech that was not understood and long enough to hold what is awaited; then nothing is claimed."""


class DidNotHappen:
    """`awaited` is missing at the deadline, at `before` or at the call's end; decided once a call."""

    leaves: frozenset[int] | None = None

    def __init__(self, condition: Absent, build: Build) -> None:
        self._condition = condition
        self._limit = condition.deadline or Deadline()
        self._awaited = build(condition.awaited)
        self._after = None if condition.after is None else build(condition.after)
        self._before = None if condition.before is None else build(condition.before)
        parts = (self._awaited, self._after, self._before)
        self._words = leaves_together(part for part in parts if part is not None)
        self._armed = condition.after is None
        self._listens_before = (
            condition.counts_earlier
            or _remembers(condition.awaited)
            or (condition.before is not None and _remembers(condition.before))
        )
        self._anchor: Occurrence | None = None
        self._done = False
        self._spoken_s = 0.0
        self._heard_before: tuple[int, int] = (0, 0)
        self._unheard_before_s = 0.0

    def happened(self, moment: Moment) -> list[Occurrence]:
        """Judges final utterances only: a partial one cannot prove that something is missing."""
        utterance = moment.utterance
        if self._done or not moment.commit or utterance is None:
            return []
        if self._words is not None and self._words.isdisjoint(moment.hits):
            return self._nothing_said(moment, utterance)
        return self._something_said(moment, utterance)

    def _something_said(self, moment: Moment, utterance: Utterance) -> list[Occurrence]:
        after = [] if self._after is None else _fresh(self._after.happened(moment))
        if not self._armed and not after and not self._listens_before:
            return []
        awaited = _fresh(self._awaited.happened(moment))
        before = [] if self._before is None else _fresh(self._before.happened(moment))
        if self._armed and (late := self._too_many_turns(moment, utterance)):
            return late
        if not self._armed and after:
            self._armed, self._anchor = True, after[0]
            self._heard_before = after[0].turns
            self._unheard_before_s = moment.unheard_s(self._condition.role)
        if awaited and (self._armed or self._condition.counts_earlier):
            in_time = self._limit.seconds is None or awaited[0].utterance_start <= self._due_s()
            self._done = in_time
            if in_time:
                return []
        if self._armed and before:
            return self._missing_before(before[0], moment)
        return self._too_much_speech(moment, utterance) if self._armed else []

    def _nothing_said(self, moment: Moment, utterance: Utterance) -> list[Occurrence]:
        """None of the words it asks for stand in `utterance`."""
        if not self._armed:
            return []
        return self._too_many_turns(moment, utterance) or self._too_much_speech(moment, utterance)

    def passed(self, moment: Moment) -> list[Occurrence]:
        if self._done or not self._armed:
            return []
        limit = self._limit.seconds
        if limit is not None and moment.now >= self._due_s():
            if not moment.words_missing(self._condition.role, self._due_s()):
                return self._missing(
                    moment, f"在 {limit:g} 秒内", f"within {limit:g} s", ("deadline_s", limit), self._due_s()
                )
            return []
        if moment.ended:
            turns = self._limit.turns
            if turns is not None and self._turns_since(moment) >= turns:
                return self._missing(
                    moment, f"在 {turns} 轮内", f"within {turns} turns", ("deadline_turns", turns)
                )
            if self._condition.at_end:
                return self._missing(moment, "到通话结束", "by the end of the call", ("deadline", "call end"))
        return []

    def due(self) -> float:
        waiting = self._armed and not self._done and self._limit.seconds is not None
        return self._due_s() if waiting else NEVER

    def _due_s(self) -> float:
        since = 0.0 if self._anchor is None else self._anchor.end
        return since + (self._limit.seconds or 0.0)

    def _turns_since(self, moment: Moment) -> int:
        role = role_index(self._condition.role)
        turns = moment.turns()
        return (
            sum(turns) - sum(self._heard_before) if role is None else turns[role] - self._heard_before[role]
        )

    def _too_many_turns(self, moment: Moment, utterance: Utterance) -> list[Occurrence]:
        limit, role = self._limit.turns, self._condition.role
        if limit is None:
            return []
        since = self._turns_since(moment)
        over = since > limit or (since == limit and role is not None and utterance.role is not role)
        if not over:
            return []
        return self._missing(moment, f"在 {limit} 轮内", f"within {limit} turns", ("deadline_turns", limit))

    def _too_much_speech(self, moment: Moment, utterance: Utterance) -> list[Occurrence]:
        limit, role = self._limit.speech_s, self._condition.role
        if limit is None or role not in (None, utterance.role):
            return []
        anchored_here = self._anchor is not None and self._anchor.heard == moment.present
        since = self._anchor.end if self._anchor is not None and anchored_here else utterance.start
        self._spoken_s += max(0.0, utterance.end - since)
        if self._spoken_s < limit:
            return []
        return self._missing(
            moment,
            f"在前 {limit:g} 秒发言中",
            f"in {limit:g} s of speech",
            ("deadline_speech_s", limit),
            utterance.end,
        )

    def _unclear(self, moment: Moment) -> bool:
        """True when it may have been said in words that nobody understood."""
        return moment.unheard_s(self._condition.role) - self._unheard_before_s >= UNHEARD_LIMIT_S

    def _missing_before(self, before: Occurrence, moment: Moment) -> list[Occurrence]:
        self._done = True
        if self._unclear(moment):
            return []
        why = wording.missing(self._condition.role, f"在{before.why.zh}之前", f"before {before.why.en}", None)
        occurrence = Occurrence(
            role=self._condition.role,
            turn=before.turn,
            start=before.start,
            end=before.end,
            quote=before.quote,
            why=why,
            level=before.level,
            score=before.score,
            reasons=before.reasons,
            confidence=before.confidence,
            utterance_start=before.utterance_start,
            turns=moment.turns(),
            heard=moment.present,
            decided=True,
        )
        return [occurrence]

    def _missing(
        self,
        moment: Moment,
        limit_zh: str,
        limit_en: str,
        limit: tuple[str, float | str],
        until: float | None = None,
    ) -> list[Occurrence]:
        """The finding, from where the wait began to when it was over; none when the role never spoke."""
        self._done = True
        role, anchor = self._condition.role, self._anchor
        said = moment.first_said.get(role or Role.AGENT)
        if (anchor is None and said is None) or self._unclear(moment):
            return []
        start = anchor.start if anchor is not None else said.start if said is not None else 0.0
        end = anchor.end if anchor is not None else said.end if said is not None else 0.0
        return [
            Occurrence(
                role=role,
                turn=anchor.turn if anchor is not None else said.turn if said is not None else None,
                start=start,
                end=max(end, until if until is not None else moment.now),
                quote=anchor.quote if anchor is not None else said.text if said is not None else "",
                why=wording.missing(role, limit_zh, limit_en, None if anchor is None else anchor.why),
                reasons=(Reason(name=limit[0], value="not said", limit=limit[1]),),
                utterance_start=anchor.utterance_start if anchor is not None else start,
                turns=moment.turns(),
                heard=moment.present,
                decided=True,
            )
        ]


class Measured:
    """A measure stays past its limit for long enough; armed again when it comes back."""

    leaves: frozenset[int] | None = None

    def __init__(self, condition: Metric) -> None:
        self._condition = condition
        self._since: float | None = None
        self._wakes = NEVER
        self._armed = True
        self._fired = 0

    def happened(self, moment: Moment) -> list[Occurrence]:
        """Beside other conditions: whether the measure is past its limit now."""
        measure = moment.measures.get(self._condition.name)
        if measure is None or not self._past(measure.value):
            return []
        return [msgspec.structs.replace(self._occurrence(moment, measure, 0.0), fresh=False)]

    def passed(self, moment: Moment) -> list[Occurrence]:
        self._wakes = NEVER
        measure = moment.measures.get(self._condition.name)
        if measure is None or not self._stays_past(measure.value):
            return []
        if self._condition.at_end:
            over = moment.ended and moment.now >= self._condition.after_s
            return [self._occurrence(moment, measure, 0.0)] if over else []
        lasted = self._lasted(moment.now)
        if lasted is None:
            return []
        self._armed = False
        self._fired += 1
        return [self._occurrence(moment, measure, lasted)]

    def due(self) -> float:
        return self._wakes

    def _stays_past(self, value: float) -> bool:
        if self._past(value):
            return True
        self._since = None
        self._armed = self._armed or self._clear(value)
        return False

    def _lasted(self, now: float) -> float | None:
        """How long the measure has been past its limit, once that is long enough and was not reported."""
        if now < self._condition.after_s:
            self._wakes = self._condition.after_s
            return None
        self._since = now if self._since is None else self._since
        lasted = now - self._since
        if not self._armed or lasted >= self._condition.for_s:
            return lasted if self._armed else None
        self._wakes = self._since + self._condition.for_s - ROUNDING_S
        return None

    def _past(self, value: float) -> bool:
        over, under = self._condition.over, self._condition.under
        return (over is not None and value > over) or (under is not None and value < under)

    def _clear(self, value: float) -> bool:
        clear = self._condition.clear
        if clear is None:
            return True
        return value <= clear if self._condition.over is not None else value >= clear

    def _occurrence(self, moment: Moment, measure: Measure, lasted_s: float) -> Occurrence:
        condition = self._condition
        over = condition.over is not None
        limit = condition.over if condition.over is not None else condition.under or 0.0
        own = Reason(name=condition.name, value=round(measure.value, 4), limit=limit)
        return Occurrence(
            role=measure.role,
            turn=measure.turn,
            start=measure.start,
            end=max(measure.start, measure.end),
            quote=measure.quote,
            why=wording.measured(condition.name, measure.value, limit, over, lasted_s),
            reasons=(own, *measure.reasons),
            heard=moment.present,
            ordinal=self._fired,
            turns=moment.turns(),
            decided=True,
        )


class InLedger:
    """A fact of the contact ledger; it decides at the call's start, or beside other conditions."""

    leaves: frozenset[int] | None = None

    def __init__(self, condition: History) -> None:
        self._condition = condition

    def happened(self, moment: Moment) -> list[Occurrence]:
        """Beside other conditions: whether the ledger says so."""
        found = self._found(moment)
        return [] if found is None else [msgspec.structs.replace(found, fresh=False)]

    def passed(self, moment: Moment) -> list[Occurrence]:
        found = self._found(moment) if moment.starting else None
        return [] if found is None else [found]

    def due(self) -> float:
        return NEVER

    def _found(self, moment: Moment) -> Occurrence | None:
        value = getattr(moment.history, self._condition.name)
        limit = self._limit(value)
        if limit is None:
            return None
        reason = Reason(
            name=self._condition.name, value=value if isinstance(value, str) else float(value), limit=limit
        )
        return Occurrence(
            role=None,
            turn=None,
            start=0.0,
            end=0.0,
            quote="",
            why=wording.recorded(self._condition.name, str(value), str(limit)),
            reasons=(reason,),
            decided=True,
            history=True,
        )

    def _limit(self, value: int | str | None) -> float | str | None:
        """The limit that `value` breaks, ``None`` when it keeps it."""
        condition = self._condition
        if condition.present is not None:
            return "no entry" if condition.present and value else None
        if condition.outside is not None:
            opens, closes = condition.outside
            inside = opens <= closes and isinstance(value, str) and opens <= value < closes
            wraps = opens > closes and isinstance(value, str) and (value >= opens or value < closes)
            return f"{opens}-{closes}" if isinstance(value, str) and not inside and not wraps else None
        if isinstance(value, str) or value is None:
            return None
        if condition.at_least is not None and value >= condition.at_least:
            return condition.at_least
        if condition.over is not None and value > condition.over:
            return condition.over
        return None


def _fresh(occurrences: list[Occurrence]) -> list[Occurrence]:
    return [occurrence for occurrence in occurrences if occurrence.fresh]


def _remembers(condition: AnyCondition) -> bool:
    """True when what was said earlier can be part of `condition`, so that it must hear everything."""
    spans = isinstance(condition, Sequence | Near | Repeat)
    spans = spans or (isinstance(condition, AllOf) and condition.within is not None)
    return spans or any(_remembers(part) for part in parts_of(condition))
