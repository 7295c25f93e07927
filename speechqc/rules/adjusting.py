"""``adjust:`` in a pack.yaml: what a region or a house changes of the rules of the packs it extends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from speechqc.events import Severity, Text
from speechqc.rules.conditions import ConditionReader
from speechqc.rules.entries import read_citations, read_examples, read_scope
from speechqc.rules.fields import Fields, expected
from speechqc.rules.model import (
    Absent,
    AnyCondition,
    Citation,
    Deadline,
    Examples,
    History,
    Metric,
    Rule,
    Scope,
    Words,
    with_parts,
)

STATES = ("stable", "test", "experimental", "off")
MEASURES = ("seconds", "speech_s", "turns")
SCOPE = frozenset(Scope.__struct_fields__)


class Adjustment(msgspec.Struct, frozen=True, kw_only=True):
    """The changes of one entry; ``None`` leaves a thing as it is.

    `rule` or `signal` says whose; `limits` are new numbers by ledger fact, measure or meaning, `outside` the
    new hours of ``local_time``; of `scope` counts what the entry names.
    """

    rule: str | None
    signal: str | None
    status: str | None
    severity: Severity | None
    title: Text | None
    advice: Text | None
    regulation: tuple[Citation, ...] | None
    examples: Examples | None
    deadline: Deadline | None
    limits: Mapping[str, float]
    outside: tuple[str, str] | None
    scope: Scope
    fields: Fields


def read_adjustment(fields: Fields) -> Adjustment:
    """The entry in `fields`; what is wrong is noted as problems of its file."""
    given = fields.plain
    if ("rule" in given) == ("signal" in given):
        fields.wrong(None, "an adjustment names either a `rule` or a `signal`")
    conditions = ConditionReader({}, fields.problems)
    adjustment = Adjustment(
        rule=fields.text("rule") if "rule" in given else None,
        signal=fields.text("signal") if "signal" in given else None,
        status=fields.choice("status", STATES, "off") if "status" in given else None,
        severity=Severity(fields.choice("severity", tuple(Severity), None)) if "severity" in given else None,
        title=fields.both("title") if "title" in given else None,
        advice=fields.both("advice") if "advice" in given else None,
        regulation=read_citations(fields) if "regulation" in given else None,
        examples=read_examples(fields) if "examples" in given else None,
        deadline=conditions.deadline(fields),
        limits=_limits(fields),
        outside=conditions.window(fields),
        scope=read_scope(fields, Scope()),
        fields=fields,
    )
    fields.finish()
    return adjustment


def adjusted(rules: Sequence[Rule], adjustment: Adjustment, pack: str) -> list[Rule]:
    """`rules` with the changes that `pack` makes; those that cannot be made are noted as problems."""
    names = {rule.id for rule in rules}
    signals = {rule.signal for rule in rules}
    fields = adjustment.fields
    if adjustment.rule is not None and adjustment.rule not in names:
        fields.wrong("rule", f"`rule`: {expected(adjustment.rule, sorted(names))}")
    if adjustment.signal is not None and adjustment.signal not in signals:
        fields.wrong("signal", f"`signal`: {expected(adjustment.signal, sorted(signals))}")
    meant = [rule for rule in rules if adjustment.rule == rule.id or adjustment.signal == rule.signal]
    numbers = _Numbers(adjustment)
    changed = {rule.id: _changed(rule, adjustment, numbers, pack) for rule in meant}
    if meant:
        numbers.report(fields)
    return [changed.get(rule.id, rule) for rule in rules]


def _changed(rule: Rule, adjustment: Adjustment, numbers: _Numbers, pack: str) -> Rule:
    given = {
        name: value
        for name in ("status", "severity", "title", "advice", "regulation", "examples")
        if (value := getattr(adjustment, name)) is not None
    }
    named = adjustment.fields.plain.get("scope")
    scope = {name: getattr(adjustment.scope, name) for name in SCOPE.intersection(named or ())}
    return msgspec.structs.replace(
        rule,
        **given,
        scope=msgspec.structs.replace(rule.scope, **scope),
        condition=numbers.into(rule.condition),
        adjusted_by=(*rule.adjusted_by, pack),
    )


class _Numbers:
    """Puts new numbers into conditions and remembers which found no place."""

    def __init__(self, adjustment: Adjustment) -> None:
        self._limits, self._outside = adjustment.limits, adjustment.outside
        limit = adjustment.deadline
        given = {name: getattr(limit, name) for name in MEASURES} if limit is not None else {}
        self._deadline = {name: value for name, value in given.items() if value is not None}
        self._unused = {*self._limits, *self._deadline, *(("outside",) if self._outside else ())}
        self._known: set[str] = set()

    def into(self, condition: AnyCondition) -> AnyCondition:
        """`condition` with the new numbers at every place that has such a number."""
        changed = with_parts(condition, self.into)
        if isinstance(changed, Absent) and changed.deadline is not None:
            limits = changed.deadline
            there = [name for name in MEASURES if getattr(limits, name) is not None]
            new = {name: self._take(name, self._deadline) for name in there}
            given = {name: value for name, value in new.items() if value is not None}
            return msgspec.structs.replace(changed, deadline=msgspec.structs.replace(limits, **given))
        if isinstance(changed, History) and changed.outside is not None:
            self._known.add("outside")
            if self._outside is not None:
                self._unused.discard("outside")
                return msgspec.structs.replace(changed, outside=self._outside)
            return changed
        return self._with_limit(changed)

    def report(self, fields: Fields) -> None:
        """Note the numbers that no condition had a place for."""
        there = ", ".join(sorted(self._known)) or "none"
        for name in sorted(self._unused):
            key = "outside" if name == "outside" else "deadline" if name in self._deadline else "limits"
            fields.wrong(key, f"`{key}`: no condition of the rule has a number for {name!r}; it has {there}")

    def _with_limit(self, condition: AnyCondition) -> AnyCondition:
        if isinstance(condition, Words) and condition.semantic is not None:
            score = self._take(condition.semantic, self._limits)
            return condition if score is None else msgspec.structs.replace(condition, at_least=score)
        if isinstance(condition, Metric | History):
            sides = ("over", "under") if isinstance(condition, Metric) else ("at_least", "over")
            side = next((side for side in sides if getattr(condition, side) is not None), None)
            number = None if side is None else self._take(condition.name, self._limits)
            if side is not None and number is not None:
                return msgspec.structs.replace(condition, **{side: number})
        return condition

    def _take(self, name: str, numbers: Mapping[str, float]) -> float | None:
        self._known.add(name)
        if name in numbers:
            self._unused.discard(name)
        return numbers.get(name)


def _limits(fields: Fields) -> dict[str, float]:
    if "limits" not in fields:
        return {}
    inner = Fields(fields.raw("limits"), (*fields.path, "limits"), fields.problems, "`limits`")
    found = {name: inner.number(name, None, low=-1e6) for name in inner.plain}
    return {name: value for name, value in found.items() if value is not None}
