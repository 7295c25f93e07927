"""Objections to rules that load but are likely wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import islice

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
from speechqc.text.normalise import normal_form
from speechqc.text.pinyin import han_count

MIN_CHARACTERS = 2
MIN_SYLLABLES = 3
MIN_EXAMPLES = 2
LOOKED_AT = 40
"""Alternatives of a phrase that are tried out; more would only repeat the answer."""


def lint_book(book: RuleBook) -> list[str]:
    """One line ``file: rule: objection`` for each."""
    found = [f"{rule.file}: {rule.id}: {message}" for rule in book.rules for message in _objections(rule)]
    for name, file, leaf in _semantic_leaves(book):
        if book.classifier is not None and leaf.semantic not in book.classifier.limits:
            found.append(f"{file}: {name}: {book.classifier.name} knows no meaning {leaf.semantic!r}")
    return found


def notices(book: RuleBook) -> list[str]:
    """What is no mistake of the rules but keeps some of them from working here."""
    count = sum(1 for _ in _semantic_leaves(book))
    if book.classifier is None and count:
        return [f"no model of meaning is installed: {count} conditions with `semantic` never match"]
    return []


def _semantic_leaves(book: RuleBook) -> Iterator[tuple[str, str, Words]]:
    for rule in book.rules:
        for leaf in leaves_of(rule.condition):
            if leaf.semantic is not None:
                yield rule.id, rule.file, leaf
    for cue in book.cues:
        if cue.words.semantic is not None:
            yield cue.id, cue.file, cue.words


def _objections(rule: Rule) -> Iterator[str]:
    if len(rule.examples.must_match) < MIN_EXAMPLES:
        yield f"has {len(rule.examples.must_match)} must_match examples, expected at least {MIN_EXAMPLES}"
    if not rule.examples.must_not_match:
        yield "has no must_not_match example"
    if not rule.regulation:
        yield "names no regulation"
    for leaf in leaves_of(rule.condition):
        yield from _twice(leaf.phrases)
        for phrase in leaf.phrases:
            yield from _short_phrase(phrase)
            yield from _never_heard(phrase)
        for phrase in leaf.sounds:
            yield from _short_sound(phrase)
    yield from _misplaced(rule.condition, top=True)


def _twice(phrases: tuple[Phrase, ...]) -> Iterator[str]:
    for written, times in Counter(phrase.written for phrase in phrases).items():
        if times > 1:
            yield f"the phrase {written!r} stands {times} times in one list"


def _never_heard(phrase: Phrase) -> Iterator[str]:
    """A phrase said word by word must still stand in the normalised text of what was said.

    Alternatives that only come of multiplying out (who is|is) do no harm; a slot of which nothing can be
    said does, and a figure that speech spells in Chinese (利息三, not 利息3).
    """
    for pattern in phrase.patterns:
        usual = [min(slot, key=lambda one: (any(map(str.isdigit, one)), one)) for slot in pattern.slots]
        for index, slot in enumerate(pattern.slots):
            literals = list(islice(sorted(slot), LOOKED_AT))
            unheard = [literal for literal in literals if not _is_heard(usual, index, literal)]
            figures = [literal for literal in unheard if any(map(str.isdigit, literal))]
            if len(unheard) == len(literals) or figures:
                wrong = (figures or unheard)[0]
                yield f"the phrase {phrase.written!r} never matches with {wrong!r}: speech is normalised"
                return


def _is_heard(usual: list[str], index: int, literal: str) -> bool:
    """True when a phrase, said as `usual` but with `literal` at `index`, stands in its own normalised text."""
    said = [*usual[:index], literal, *usual[index + 1 :]]
    return any(_stands_in(said, normal_form(gap.join(said))) for gap in ("", "某", ",", " x "))


def _stands_in(literals: list[str], text: str) -> bool:
    at = 0
    for literal in literals:
        found = text.find(literal.strip(), at)
        if found < 0:
            return False
        at = found + len(literal.strip())
    return True


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
    if isinstance(condition, Words) and not (
        condition.phrases or condition.sounds or condition.regex or condition.semantic
    ):
        yield "a word condition without words never matches"
    for part in parts_of(condition):
        yield from _misplaced(part, top=False)
