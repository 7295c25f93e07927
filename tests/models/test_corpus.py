"""The text that is trained on, and the text that never is."""

import random
import re

from models.pinyin import syllables
from models.text.corpus import call_clauses, held_out_sentences, random_clauses, talk_sentences
from models.text.syllables import SYLLABLES

HANZI = re.compile(r"[\u4e00-\u9fff]+")


def test_every_sentence_is_hanzi_that_the_network_has_syllables_for():
    rng = random.Random(11)
    for _ in range(500):
        for clause in (*call_clauses(rng), *random_clauses(rng)):
            assert HANZI.fullmatch(clause), clause
            assert all(syllable.base in SYLLABLES for syllable in syllables(clause)), clause


def test_held_out_sentences_are_many_and_nowhere_learnt_from():
    held_out = held_out_sentences()
    rng = random.Random(12)
    sampled = {"".join(call_clauses(rng)) for _ in range(5000)}
    assert len(held_out) >= 60
    assert not set(held_out) & (sampled | set(talk_sentences()))


def test_digits_hotlines_and_shares_are_in_the_text():
    rng = random.Random(13)
    text = "".join("".join(call_clauses(rng)) for _ in range(3000))
    for said in ("幺", "两", "百分之", "工号", "幺二三七八"):
        assert said in text


def test_the_table_has_no_duplicates_and_leaves_zero_to_the_blank():
    assert len(set(SYLLABLES.names)) == len(SYLLABLES.names) == len(SYLLABLES) - 1
    assert min(SYLLABLES.index(name) for name in SYLLABLES.names) == 1
