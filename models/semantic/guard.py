"""Last step: no limit below what the shipped weights say of sentences that rules name as honest, or of unlabelled turns.

The examples that a rule must not match and the turns of development calls are never trained on as positives; whichever of
them still scores above a limit raises it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from models.semantic.examples import call_families
from speechqc.events import CallKind, CallStarted, Role, Utterance
from speechqc.rules.book import RuleBook
from speechqc.rules.examples import read_example
from speechqc.rules.loader import builtin_pack_paths, load_packs
from speechqc.rules.model import leaves_of
from speechqc.semantics.bundled import read_weights
from speechqc.text.normalise import normalise

MARGIN = 0.02
"""How far above such a sentence the limit lies."""
_HIGHEST = 0.995


def raise_limits(weights: Path) -> dict[str, float]:
    """Raise the limits in the file `weights`; the labels that were raised, with their new limit."""
    classifier = read_weights(weights)
    with np.load(weights, allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    limits = dict(classifier.limits)
    raised: dict[str, float] = {}
    honest = [*_examples(load_packs(builtin_pack_paths(), classifier=classifier)), *_turns(list(limits))]
    for against, text, role, language in honest:
        for meaning in classifier.read(normalise(text).text, role, language):
            if meaning.label in against and meaning.score >= limits[meaning.label]:
                limits[meaning.label] = raised[meaning.label] = min(_HIGHEST, meaning.score + MARGIN)
    arrays["limits"] = np.array(list(limits.values()), np.float32)
    np.savez_compressed(weights, **arrays)  # type: ignore[arg-type]
    return raised


_Honest = tuple[frozenset[str], str, Role, str]
"""Labels that a sentence does not carry, the sentence, who says it, and its language."""


def _examples(book: RuleBook) -> Iterator[_Honest]:
    """Single sentences that a rule must not match, for each label the rule rests on."""
    for rule in book.rules:
        asked = {leaf.semantic for leaf in leaves_of(rule.condition)}
        for written in rule.examples.must_not_match:
            started = CallStarted(call_id="example", kind=CallKind.SALES)
            said = [
                step.event
                for step in read_example(written, role=rule.role, started=started).steps
                if isinstance(step.event, Utterance)
            ]
            if len(said) != 1:
                continue
            language = "en" if said[0].text.isascii() else "zh"
            if rule.signal in asked:
                yield frozenset([rule.signal]), said[0].text, said[0].role, language


def _turns(labels: list[str]) -> Iterator[_Honest]:
    """Turns of development calls, for the signals that are not labelled there."""
    for family in call_families(labels):
        against = frozenset(labels) - family.also
        yield from ((against, text, Role(family.role), family.language) for text in family.texts)
