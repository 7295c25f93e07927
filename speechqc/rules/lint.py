"""Objections to rules that load but are likely wrong."""

from __future__ import annotations

from collections.abc import Iterator

from speechqc.rules.book import RuleBook
from speechqc.rules.model import (
    Absent,
    AllOf,
    AnyCondition,
    AnyOf,
    Metric,
    Not,
    Phrase,
    Rule,
    Words,
    leaves_of,
    parts_of,
)
from speechqc.text.pinyin import han_count

MIN_CHARACTERS = 2
MIN_SYLLABLES = 3
MIN_EXAMPLES = 2


def lint_book(book: RuleBook) -> list[str]:
    """One line ``file: rule: objection`` for each."""
    return [f"{rule.file}: {rule.id}: {message}" for rule in book.rules for message in _objections(rule)]


def _objections(rule: Rule) -> Iterator[str]:
    if len(rule.examples.must_match) < MIN_EXAMPLES:
        yield f"has {len(rule.examples.must_match)} must_match examples, expected at least {MIN_EXAMPLES}"
    if not rule.examples.must_not_match:
        yield "has no must_not_match example"
    if not rule.regulation:
        yield "names no regulation"
    for leaf in leaves_of(rule.condition):
        for phrase in leaf.phrases:
            yield from _short_phrase(phrase)
        for phrase in leaf.sounds:
            yield from _short_sound(phrase)
    yield from _misplaced(rule.condition, top=True)


def _short_phrase(phrase: Phrase) -> Iterator[str]:
    for pattern in phrase.patterns:
        if len(pattern.slots) == 1:
            short = [literal for literal in pattern.slots[0] if len(literal) < MIN_CHARACTERS]
            if short:
                yield f"the phrase {phrase.written!r} matches the single character {short[0]!r}"
                return


def _short_sound(phrase: Phrase) -> Iterator[str]:
    for pattern in phrase.patterns:
        if sum(min(map(han_count, slot)) for slot in pattern.slots) < MIN_SYLLABLES:
            yield f"the sound {phrase.written!r} has fewer than {MIN_SYLLABLES} syllables and will match other words"
            return


def _misplaced(condition: AnyCondition, *, top: bool) -> Iterator[str]:
    if isinstance(condition, Not) and top:
        yield "`not` decides nothing by itself; put it into `all`"
    if isinstance(condition, AnyOf) and any(isinstance(item, Not) for item in condition.items):
        yield "`not` inside `any` is ignored"
    if isinstance(condition, AllOf):
        if all(isinstance(item, Not) for item in condition.items):
            yield "`all` needs something besides `not`"
        if any(isinstance(item, Absent) for item in condition.items):
            yield "`absent` inside `all` is never decided by time"
        if any(isinstance(item, Metric) and item.for_s for item in condition.items):
            yield "`for_s` has no effect inside `all`"
    if isinstance(condition, Words) and not (condition.phrases or condition.sounds or condition.regex):
        yield "a word condition without words never matches"
    for part in parts_of(condition):
        yield from _misplaced(part, top=False)
