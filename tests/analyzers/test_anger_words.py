import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechqc.analyzers.anger_parts import total
from speechqc.analyzers.anger_words import AngerWords
from tests.analyzers.talking import CUSTOMER, cue, says

FED_UP = "我受够了"


def hear(words, start, *cues, final=True, text=FED_UP):
    heard = says(CUSTOMER, start, start + 2.0, text, final=final)
    words.feed(heard, [cue(name, heard, weight) for name, weight in cues])


def test_cue_gives_its_weight_and_halves_in_45_seconds():
    words = AngerWords()
    hear(words, 0.0, ("anger.annoyed", 40.0))
    assert total(words.parts(2.0)) == 40.0
    assert total(words.parts(47.0)) == 20.0
    assert [(part.name, part.value) for part in words.parts(2.0)] == [("anger.annoyed", FED_UP)]


def test_a_cue_counts_once_an_utterance():
    words = AngerWords()
    hear(words, 0.0, ("anger.annoyed", 40.0), ("anger.annoyed", 40.0))
    assert total(words.parts(2.0)) == 40.0


def test_other_cues_are_none_of_its_business():
    words = AngerWords()
    hear(words, 0.0, ("hold.announced", 40.0))
    assert words.parts(2.0) == []


def test_ordinary_words_end_within_level_two():
    words = AngerWords()
    for start in range(0, 20, 2):
        hear(words, float(start), ("anger.annoyed", 30.0), ("anger.sarcasm", 30.0))
    assert total(words.parts(20.0)) == pytest.approx(79.0)


@pytest.mark.parametrize("severe", ["anger.profanity", "anger.threat", "anger.threat.violence"])
def test_profanity_and_threats_go_beyond(severe):
    words = AngerWords()
    for start in (0.0, 2.0, 4.0):
        hear(words, start, ("anger.annoyed", 30.0), (severe, 15.0))
    assert total(words.parts(6.0)) > 80.0


def test_one_partial_is_not_believed_two_are():
    words = AngerWords()
    hear(words, 0.0, ("anger.annoyed", 40.0), final=False)
    assert total(words.parts(2.0)) == 0.0
    hear(words, 0.0, ("anger.annoyed", 40.0), final=False)
    assert total(words.parts(2.0)) == 40.0


def test_final_words_take_back_what_partials_said():
    words = AngerWords()
    hear(words, 0.0, ("anger.annoyed", 40.0), final=False)
    hear(words, 0.0, ("anger.annoyed", 40.0), final=False)
    hear(words, 0.0, final=True, text="我收购了")
    assert total(words.parts(2.0)) == 0.0


def test_final_words_do_not_count_again_what_partials_said():
    words = AngerWords()
    for final in (False, False, True):
        hear(words, 0.0, ("anger.annoyed", 40.0), final=final)
    assert total(words.parts(2.0)) == 40.0


def test_partials_of_two_utterances_do_not_agree():
    words = AngerWords()
    hear(words, 0.0, ("anger.annoyed", 40.0), final=False)
    hear(words, 5.0, ("anger.annoyed", 40.0), final=False)
    assert total(words.parts(7.0)) == 0.0


def test_calming_words_take_points_off():
    words = AngerWords()
    hear(words, 0.0, ("anger.annoyed", 40.0))
    hear(words, 0.0, ("anger.calmed", -10.0))
    assert total(words.parts(2.0)) == pytest.approx(30.0)


def test_calming_words_of_a_calm_customer_are_not_saved_up():
    words = AngerWords()
    hear(words, 0.0, ("anger.calmed", -60.0))
    hear(words, 0.0, ("anger.annoyed", 40.0))
    assert total(words.parts(2.0)) == 40.0


def test_points_added_are_those_of_the_last_final_words():
    words = AngerWords()
    hear(words, 0.0, ("anger.annoyed", 40.0), ("anger.sarcasm", 36.0), ("anger.calmed", -10.0))
    assert words.added == 76.0
    hear(words, 5.0, ("anger.annoyed", 40.0), final=False)
    assert words.added == 0.0


@given(
    st.lists(
        st.tuples(st.sampled_from(["anger.annoyed", "anger.calmed", "anger.threat"]), st.floats(-99.0, 99.0)),
        max_size=12,
    )
)
def test_no_weight_takes_the_points_below_zero(cues):
    words = AngerWords()
    for at, one in enumerate(cues):
        hear(words, float(at), one)
    assert all(part.points >= 0.0 for part in words.parts(20.0))
