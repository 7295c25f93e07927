"""Rules as they are in memory: what the loader makes of a pack and everything later relies on.

The language itself is described in ``docs/rules.md``; names here are the names there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import msgspec

from speechqc.events import CallKind, Direction, Role, Severity, Text
from speechqc.rules.context import Context
from speechqc.rules.phrases import Pattern


class Gate(msgspec.Struct, frozen=True):
    """Which gates a phrase passes through; False switches one off (``negation: allow``)."""

    negation: bool = True
    question: bool = True
    quotation: bool = True


class Within(msgspec.Struct, frozen=True, kw_only=True):
    """How far two things may be apart; ``None`` leaves a measure out, several must all hold."""

    chars: int | None = None
    turns: int | None = None
    seconds: float | None = None


class Deadline(msgspec.Struct, frozen=True, kw_only=True):
    """When an absence is final; the earliest of the given ones counts."""

    seconds: float | None = None
    speech_s: float | None = None
    turns: int | None = None


class Position(msgspec.Struct, frozen=True, kw_only=True):
    first_s: float | None = None
    first_turns: int | None = None


class Condition(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Base of all operators; `position` limits where in the call a match counts."""

    position: Position | None = None


class Phrase(msgspec.Struct, frozen=True):
    """A phrase as written and what it compiled to."""

    written: str
    patterns: tuple[Pattern, ...]


class Words(Condition, frozen=True, kw_only=True):
    """``phrases``, ``sounds``, ``regex`` and ``semantic``: what one role says, behind the gates.

    `semantic` is a label of the classifier, `at_least` the score it needs (``None``: the label's own limit).
    `role` is ``None`` for any; `leaf` is the number the book gives to each word condition.
    """

    role: Role | None
    phrases: tuple[Phrase, ...] = ()
    sounds: tuple[Phrase, ...] = ()
    regex: str | None = None
    semantic: str | None = None
    at_least: float | None = None
    unless: tuple[Phrase, ...] = ()
    gate: Gate = Gate()
    leaf: int = -1


class AnyOf(Condition, frozen=True, kw_only=True):
    items: tuple[AnyCondition, ...]


class AllOf(Condition, frozen=True, kw_only=True):
    items: tuple[AnyCondition, ...]
    within: Within | None = None


class Not(Condition, frozen=True, kw_only=True):
    item: AnyCondition
    within: Within | None = None


class Near(Condition, frozen=True, kw_only=True):
    first: AnyCondition
    second: AnyCondition
    within: Within


class Sequence(Condition, frozen=True, kw_only=True):
    first: AnyCondition
    then: AnyCondition
    within: Within
    unless_between: AnyCondition | None = None


class Absent(Condition, frozen=True, kw_only=True):
    """`awaited` did not happen after `after` (``None``: the call's start) until a limit."""

    awaited: AnyCondition
    role: Role | None
    after: AnyCondition | None = None
    counts_earlier: bool = False
    deadline: Deadline | None = None
    before: AnyCondition | None = None
    at_end: bool = False


class Repeat(Condition, frozen=True, kw_only=True):
    item: AnyCondition
    times: int
    within: Within


class RuleRef(Condition, frozen=True, kw_only=True):
    """The condition of another rule, with that rule's role and gates."""

    rule: str


class Metric(Condition, frozen=True, kw_only=True):
    name: str
    over: float | None = None
    under: float | None = None
    clear: float | None = None
    for_s: float = 0.0
    after_s: float = 0.0
    at_end: bool = False


class History(Condition, frozen=True, kw_only=True):
    name: str
    at_least: float | None = None
    over: float | None = None
    present: bool | None = None
    outside: tuple[str, str] | None = None


AnyCondition = Words | AnyOf | AllOf | Not | Near | Sequence | Absent | Repeat | RuleRef | Metric | History


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """The calls a rule looks at; an empty tuple means all."""

    kinds: tuple[CallKind, ...] = ()
    directions: tuple[Direction, ...] = ()
    languages: tuple[str, ...] = ()
    product_class: tuple[str, ...] = ()
    not_product_class: tuple[str, ...] = ()
    context: Context = ()
    not_context: Context = ()


class Citation(msgspec.Struct, frozen=True):
    """A regulation; `verified` is V (read), Vs (read in a summary), M (memory), S (source text), P (product default)."""

    cite: str
    verified: str


class Examples(msgspec.Struct, frozen=True):
    must_match: tuple[str, ...] = ()
    must_not_match: tuple[str, ...] = ()


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    version: int
    status: str
    signal: str
    severity: Severity
    title: Text
    advice: Text
    role: Role | None
    condition: AnyCondition
    scope: Scope = Scope()
    sub_code: str | None = None
    regulation: tuple[Citation, ...] = ()
    known_gaps: str = ""
    examples: Examples = Examples()
    pack: str = ""
    file: str = ""
    adjusted_by: tuple[str, ...] = ()
    """Packs that changed something of it, in the order they did."""


class Cue(msgspec.Struct, frozen=True, kw_only=True):
    """Weighted phrases that other analyzers collect; no finding by themselves."""

    id: str
    words: Words
    weight: float
    title: Text
    file: str = ""


class Combination(msgspec.Struct, frozen=True, kw_only=True):
    """When a finding weighs one step more than its rule says (never two, never beyond critical).

    From the `from_occurrence`-th time the rule fires in a call (times within `same_within_s` of the first are
    one); for agent and call findings while a signal of `while_active` was heard or the customer carries one of
    `tags`. Signals in `never` are left alone.
    """

    from_occurrence: int = 2
    same_within_s: float = 20.0
    while_active: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    never: tuple[str, ...] = ()


class Pack(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    version: str
    title: Text
    languages: tuple[str, ...] = ()
    product_classes: dict[str, tuple[str, ...]] = {}
    combination: Combination | None = None
    contact_preset: tuple[str, ...] = ()
    """Names of the contact limits that its region or line of business has."""


def parts_of(condition: AnyCondition) -> list[AnyCondition]:
    """The conditions directly inside `condition`."""
    parts: list[AnyCondition] = []
    for name in condition.__struct_fields__:
        value = getattr(condition, name)
        if isinstance(value, Condition):
            parts.append(cast(AnyCondition, value))
        elif name == "items":
            parts.extend(value)
    return parts


def with_parts(condition: AnyCondition, change: Callable[[AnyCondition], AnyCondition]) -> AnyCondition:
    """`condition` with each condition directly inside it replaced by ``change(it)``."""
    changed: dict[str, object] = {}
    for name in condition.__struct_fields__:
        value = getattr(condition, name)
        if isinstance(value, Condition):
            changed[name] = change(cast(AnyCondition, value))
        elif name == "items":
            changed[name] = tuple(map(change, value))
    return msgspec.structs.replace(condition, **changed) if changed else condition


def leaves_of(condition: AnyCondition) -> list[Words]:
    """All word conditions inside `condition`, itself included."""
    if isinstance(condition, Words):
        return [condition]
    return [leaf for part in parts_of(condition) for leaf in leaves_of(part)]
