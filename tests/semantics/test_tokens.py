"""A text as rows of the embedding table."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from speechqc.semantics.tokens import PADDING, UNKNOWN, Vocabulary
from tests.semantics.building import vocabulary


def test_a_token_is_a_character_a_word_or_a_digit() -> None:
    text = "保本5% don't"
    spans = vocabulary().tokens(text)
    assert [text[start:end] for start, end in spans] == ["保", "本", "5", "%", "don't"]


def test_a_character_has_its_row_its_sound_and_its_pair_with_the_next() -> None:
    rows = vocabulary().rows(["保", "本"])
    assert rows.shape == (2, 4)
    assert (rows[0] != PADDING).all()
    assert (rows[1, 2:] == PADDING).all()  # nothing follows the last


def test_homophones_share_their_sound_and_the_pairs_of_sounds() -> None:
    words = Vocabulary("保报本", np.array([0, 0, 1], np.int16))
    one, other = words.rows(["保", "本"]), words.rows(["报", "本"])
    same = one == other
    assert same[0].tolist() == [False, True, False, True]
    assert same[1].all()


def test_forms_of_an_english_word_share_parts() -> None:
    rows = vocabulary().rows(["guarantee", "guaranteed"])
    assert rows[0, 0] != rows[1, 0]
    assert len(set(rows[0, 1:7].tolist()) & set(rows[1, 1:7].tolist())) >= 4


def test_what_has_no_row_is_unknown() -> None:
    assert vocabulary().rows(["鑫"])[0, 0] == UNKNOWN


@given(st.text())
def test_any_text_has_rows_inside_the_table(text: str) -> None:
    words = vocabulary()
    spans = words.tokens(text)
    rows = words.rows([text[start:end] for start, end in spans])
    assert len(rows) == len(spans)
    assert all(start < end for start, end in spans)
    assert ((rows >= 0) & (rows < words.size)).all()
