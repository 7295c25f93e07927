"""The compiled rules of all loaded packs, shared by every call."""

from __future__ import annotations

import re
from functools import cached_property

import msgspec

from speechqc.events import CallStarted, Text
from speechqc.rules.context import Context, context_matches, context_of
from speechqc.rules.gates import Gates, Vocabulary
from speechqc.rules.matcher import Matcher, Use
from speechqc.rules.model import (
    AnyCondition,
    Combination,
    Cue,
    Pack,
    Rule,
    RuleRef,
    Words,
    leaves_of,
    with_parts,
)
from speechqc.rules.scoped import Scoped, scoped
from speechqc.semantics.classifier import Classifier
from speechqc.text.normalise import normalise

UNKNOWN_PRODUCT = "unknown"
SILENT = ("deprecated", "off")
"""Rules of these states judge nothing; other rules may still refer to their conditions."""
KEPT_SCOPES = 256
"""Kinds of calls whose rules are kept sorted."""


class RuleBook:
    """Rules, cues and gate words, with one matcher for all of their phrases."""

    def __init__(
        self,
        *,
        packs: tuple[Pack, ...],
        rules: tuple[Rule, ...],
        cues: tuple[Cue, ...],
        vocabulary: Vocabulary,
        classifier: Classifier | None = None,
    ) -> None:
        self.packs = packs
        self._leaves: list[Words] = []
        self._numbers: dict[int, int] = {}
        by_id = {rule.id: rule for rule in rules}
        self.rules = tuple(
            msgspec.structs.replace(rule, condition=self._numbered(_resolved(rule.condition, by_id)))
            for rule in rules
            if rule.status not in SILENT
        )
        self.cues = tuple(msgspec.structs.replace(cue, words=self._number(cue.words)) for cue in cues)
        self.cue_of_leaf = {cue.words.leaf: cue for cue in self.cues}
        self.gates = Gates(vocabulary)
        self.classifier = classifier
        self._scopes: dict[tuple[str | bool, ...], Scoped] = {}
        self._asked_of_context: Context = tuple(
            dict.fromkeys(
                pair for rule in self.rules for pair in (*rule.scope.context, *rule.scope.not_context)
            )
        )
        self._numbers.clear()

    @property
    def leaves(self) -> list[Words]:
        """All word conditions; a condition's `leaf` is its index."""
        return self._leaves

    @cached_property
    def matcher(self) -> Matcher:
        """Finds the phrases of every leaf; the owner ``2 n`` looks for leaf n, ``2 n + 1`` for what cancels it."""
        uses: list[Use] = []
        for number, leaf in enumerate(self._leaves):
            for phrases, owner, sound in (
                (leaf.phrases, 2 * number, False),
                (leaf.sounds, 2 * number, True),
                (leaf.unless, 2 * number + 1, False),
            ):
                uses.extend(Use(owner, pattern, sound) for phrase in phrases for pattern in phrase.patterns)
        return Matcher(uses)

    @cached_property
    def expressions(self) -> tuple[tuple[int, re.Pattern[str]], ...]:
        """The leaves with a regular expression."""
        found = ((number, leaf.regex) for number, leaf in enumerate(self._leaves))
        return tuple((number, re.compile(regex)) for number, regex in found if regex is not None)

    @cached_property
    def meanings(self) -> dict[int, tuple[str, float]]:
        """The leaves with a ``semantic`` label that the classifier knows, with the score each needs."""
        if self.classifier is None:
            return {}
        limits = self.classifier.limits
        return {
            number: (leaf.semantic, limits[leaf.semantic] if leaf.at_least is None else leaf.at_least)
            for number, leaf in enumerate(self._leaves)
            if leaf.semantic is not None and leaf.semantic in limits
        }

    @cached_property
    def titles(self) -> dict[str, tuple[Text, Text]]:
        """Title and advice of every rule, by its id."""
        return {rule.id: (rule.title, rule.advice) for rule in self.rules}

    @cached_property
    def combination(self) -> Combination:
        """How findings weigh in context: the last pack that says so decides."""
        said = [pack.combination for pack in self.packs if pack.combination is not None]
        return said[-1] if said else Combination()

    @cached_property
    def contact_presets(self) -> tuple[str, ...]:
        """Names of the contact limits that the packs call for, none twice."""
        return tuple(dict.fromkeys(name for pack in self.packs for name in pack.contact_preset))

    def rule(self, rule_id: str) -> Rule | None:
        return next((rule for rule in self.rules if rule.id == rule_id), None)

    def product_classes(self, product: str | None) -> frozenset[str]:
        """The classes of a product by the longest names of ``product_classes`` it contains."""
        name = _product_name(product or "")
        best: dict[str, int] = {}
        for product_class, wanted in self._product_terms:
            if wanted in name:
                best[product_class] = max(len(wanted), best.get(product_class, 0))
        longest = max(best.values(), default=0)
        return frozenset(key for key, length in best.items() if length == longest) or frozenset(
            [UNKNOWN_PRODUCT]
        )

    @cached_property
    def _product_terms(self) -> tuple[tuple[str, str], ...]:
        """Each class of products with each name that its products have."""
        named = (
            (product_class, _product_name(term))
            for pack in self.packs
            for product_class, terms in pack.product_classes.items()
            for term in terms
        )
        return tuple((product_class, name) for product_class, name in named if name)

    def in_scope(self, started: CallStarted) -> Scoped:
        """The rules for this kind of call; role-bound rules only where roles are known."""
        classes = self.product_classes(started.product)
        language = "zh" if started.language.startswith("zh") else started.language[:2]
        key: tuple[str | bool, ...] = (
            *(started.kind, started.direction, language, started.roles_known),
            *context_matches(self._asked_of_context, context_of(started)),
            *sorted(classes),
        )
        found = self._scopes.get(key)
        if found is None:
            applies = [rule for rule in self.rules if _applies(rule, started, language, classes)]
            found = scoped(tuple(applies), self._leaves, self.cue_of_leaf, self.expressions)
            self._scopes[key] = found
            if len(self._scopes) > KEPT_SCOPES:
                self._scopes.pop(next(iter(self._scopes)))
        return found

    def _numbered(self, condition: AnyCondition) -> AnyCondition:
        return (
            self._number(condition) if isinstance(condition, Words) else with_parts(condition, self._numbered)
        )

    def _number(self, words: Words) -> Words:
        number = self._numbers.setdefault(id(words), len(self._leaves))
        numbered = msgspec.structs.replace(words, leaf=number)
        if number == len(self._leaves):
            self._leaves.append(numbered)
        return numbered


def _product_name(written: str) -> str:
    """A product's name as it is compared."""
    return normalise(written).text.replace(" ", "")


def _resolved(condition: AnyCondition, rules: dict[str, Rule]) -> AnyCondition:
    """`condition` with every reference replaced by the condition it names."""
    if not isinstance(condition, RuleRef):
        return with_parts(condition, lambda part: _resolved(part, rules))
    target = _resolved(rules[condition.rule].condition, rules)
    return (
        target if condition.position is None else msgspec.structs.replace(target, position=condition.position)
    )


def _applies(rule: Rule, started: CallStarted, language: str, classes: frozenset[str]) -> bool:
    scope = rule.scope
    return (
        (not scope.kinds or started.kind in scope.kinds)
        and (not scope.directions or started.direction in scope.directions)
        and (not scope.languages or language in scope.languages)
        and (not scope.product_class or bool(classes & set(scope.product_class)))
        and not classes & set(scope.not_product_class)
        and all(context_matches(scope.context, context_of(started)))
        and not any(context_matches(scope.not_context, context_of(started)))
        and (started.roles_known or not _needs_roles(rule))
    )


def _needs_roles(rule: Rule) -> bool:
    return rule.role is not None or any(leaf.role is not None for leaf in leaves_of(rule.condition))
