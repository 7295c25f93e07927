"""Random sentences from templates."""

import random

import pytest

from models.text.grammar import Grammar

SLOTS = {"who": lambda rng: rng.choice(("你", "我"))}


def sentences(template: str) -> set[str]:
    grammar, rng = Grammar([template], SLOTS), random.Random(1)
    return {grammar.sentence(rng) for _ in range(200)}


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("好的", {"好的"}),
        ("{who}好", {"你好", "我好"}),
        ("(好|行)吧", {"好吧", "行吧"}),
        ("好[的]", {"好", "好的"}),
        ("(不|)要", {"不要", "要"}),
        ("(a(b|c)|d)", {"ab", "ac", "d"}),
    ],
)
def test_templates_give_exactly_their_sentences(template, expected):
    assert sentences(template) == expected


@pytest.mark.parametrize("template", ["(好", "好)", "好|行", "[好", "好]"])
def test_a_template_that_is_not_well_formed_is_quoted(template):
    with pytest.raises(ValueError, match="template"):
        Grammar([template], SLOTS)


def test_an_unknown_slot_is_named():
    with pytest.raises(ValueError, match="unknown slot \\['whom'\\]: '\\{whom\\}好'"):
        Grammar(["{whom}好"], SLOTS)


def test_the_same_seed_says_the_same():
    grammar = Grammar(["(一|二|三){who}"], SLOTS)
    assert [grammar.sentence(random.Random(4)) for _ in range(3)] == [grammar.sentence(random.Random(4))] * 3
