"""The rules for one kind of call, sorted by what each of them waits for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TypeVar

import msgspec

from speechqc.events import Role
from speechqc.rules.model import (
    Absent,
    AnyCondition,
    AnyOf,
    Cue,
    History,
    Metric,
    Not,
    Rule,
    Sequence,
    Words,
    leaves_of,
    parts_of,
)

FINAL_CUES = ("practice.", "promise.", "type.", "correction", "scope.")
"""Cues that nobody looks at before the words are final."""


T = TypeVar("T", int, str)


class Wanted(msgspec.Struct, frozen=True):
    """What is looked for in the words of one role.

    `telling` names the word conditions whose fresh words have something to say, each with all conditions that must
    be known then: those of the rules that it is part of. `expressions` are their regular expressions.
    """

    telling: Mapping[int, frozenset[int]]
    expressions: tuple[tuple[int, re.Pattern[str]], ...]


class Scoped(msgspec.Struct, frozen=True):
    """The rules that look at one kind of call.

    `by_leaf` names for every word condition the rules it is part of, `triggers` for those whose words can make a
    rule fire the moment they are said; `timed` are the rules that time or a measure decides, `by_measure` those of
    them that each measure decides; `waiting` those that see every final utterance; `at_start` those that the ledger
    may decide; `wanted` says by role and by whether the words are final what to look for.
    """

    rules: tuple[Rule, ...]
    by_leaf: Mapping[int, tuple[int, ...]]
    triggers: Mapping[int, tuple[int, ...]]
    timed: tuple[int, ...]
    by_measure: tuple[tuple[str, tuple[int, ...]], ...]
    waiting: tuple[int, ...]
    at_start: tuple[int, ...]
    wanted: Mapping[tuple[Role, bool], Wanted]


def scoped(
    rules: tuple[Rule, ...],
    leaves: list[Words],
    cues: Mapping[int, Cue],
    expressions: Iterable[tuple[int, re.Pattern[str]]],
) -> Scoped:
    """`rules` sorted; `leaves` and `expressions` are those of the book, `cues` those of its leaves that are cues."""
    own = [frozenset(leaf.leaf for leaf in leaves_of(rule.condition)) for rule in rules]
    pulling = [frozenset(leaf.leaf for leaf in _triggers_of(rule.condition)) for rule in rules]
    measures = [_measures_of(rule.condition) for rule in rules]
    by_leaf, triggers = _inverted(own), _inverted(pulling)
    early = [leaf for leaf, cue in cues.items() if not cue.id.startswith(FINAL_CUES)]
    together = _together(triggers, own, early), _together(by_leaf, own, cues)
    return Scoped(
        rules,
        by_leaf,
        triggers,
        tuple(index for index, rule in enumerate(rules) if measures[index] or _waits(rule.condition)),
        tuple(sorted(_inverted(measures).items())),
        tuple(index for index, rule in enumerate(rules) if _holds(rule.condition, Absent)),
        tuple(index for index, rule in enumerate(rules) if _holds(rule.condition, History)),
        {
            (role, final): _wanted(role, together[final], leaves, expressions)
            for role in Role
            for final in (False, True)
        },
    )


def _together(
    by_leaf: Mapping[int, tuple[int, ...]], own: list[frozenset[int]], cues: Iterable[int]
) -> dict[int, frozenset[int]]:
    """Each word condition of `by_leaf` with all of its rules, and `cues`, which stand alone."""
    together = {leaf: frozenset([leaf]) for leaf in cues}
    for leaf, rules in by_leaf.items():
        together[leaf] = frozenset([leaf]).union(*(own[index] for index in rules))
    return together


def _wanted(
    role: Role,
    together: Mapping[int, frozenset[int]],
    leaves: list[Words],
    expressions: Iterable[tuple[int, re.Pattern[str]]],
) -> Wanted:
    said_by = {leaf for leaves in together.values() for leaf in leaves}
    heard = frozenset(leaf for leaf in said_by if leaves[leaf].role in (None, role))
    telling = {leaf: others & heard for leaf, others in together.items() if leaf in heard}
    return Wanted(telling, tuple((leaf, regex) for leaf, regex in expressions if leaf in heard))


def _inverted(parts: list[frozenset[T]]) -> dict[T, tuple[int, ...]]:
    """For everything that is part of something the indices of what it is part of."""
    found: dict[T, list[int]] = {}
    for index, some in enumerate(parts):
        for part in sorted(some):
            found.setdefault(part, []).append(index)
    return {part: tuple(indices) for part, indices in found.items()}


def _triggers_of(condition: AnyCondition) -> list[Words]:
    """The word conditions inside `condition` that can be the last thing it waits for while words are still open.

    An absence is proved by final words only; the first part of a sequence fires nothing by itself.
    """
    if isinstance(condition, Words):
        return [condition]
    if isinstance(condition, Absent | Not):
        return []
    parts = [condition.then] if isinstance(condition, Sequence) else parts_of(condition)
    return [leaf for part in parts for leaf in _triggers_of(part)]


def _measures_of(condition: AnyCondition) -> frozenset[str]:
    """The measures that decide `condition` by themselves; inside ``all`` they are looked at when words come."""
    if isinstance(condition, Metric):
        return frozenset([condition.name])
    if isinstance(condition, AnyOf | Not):
        return frozenset[str]().union(*(_measures_of(part) for part in parts_of(condition)))
    return frozenset()


def _waits(condition: AnyCondition) -> bool:
    """True when time alone can decide `condition`."""
    return isinstance(condition, Absent) or (
        isinstance(condition, AnyOf | Not) and any(_waits(part) for part in parts_of(condition))
    )


def _holds(condition: AnyCondition, kind: type[AnyCondition]) -> bool:
    return isinstance(condition, kind) or any(_holds(part, kind) for part in parts_of(condition))
