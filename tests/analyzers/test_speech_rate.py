import pytest

from speechqc.analyzers.speech_rate import SpeechRate
from tests.analyzers.talking import AGENT, CUSTOMER, clock, feed_all, says, started


def speech(characters):
    return "稳健理财产品收益分配" * (characters // 10) + "稳健理财产品收益分配"[: characters % 10]


def rate_of(*utterances, name="agent_rate", **call):
    measures = feed_all(SpeechRate(started(**call)), list(utterances))
    return measures[name].value if name in measures else None


def test_mandarin_is_measured_in_characters_a_second():
    assert rate_of(says(AGENT, 0.0, 10.0, speech(46))) == pytest.approx(4.6)


def test_english_is_measured_in_words_a_second():
    said = says(AGENT, 0.0, 6.0, "this account pays interest every month and it is easy to open online")
    assert rate_of(said, language="en") == pytest.approx(13 / 6)


def test_punctuation_is_not_spoken():
    assert rate_of(says(AGENT, 0.0, 5.0, "您好，这款，产品。收益。很好！是的")) == pytest.approx(12 / 5)


def test_less_than_five_seconds_of_speech_say_nothing():
    assert rate_of(says(AGENT, 0.0, 3.0, speech(20))) is None
    assert rate_of(says(AGENT, 0.0, 3.0, speech(20)), says(AGENT, 9.0, 11.0, speech(10))) == pytest.approx(
        6.0
    )


def test_only_the_last_fifteen_seconds_of_own_speech_count():
    slow, fast = says(AGENT, 0.0, 20.0, speech(60)), says(AGENT, 30.0, 40.0, speech(60))
    assert rate_of(slow, fast) == pytest.approx((5 * 3.0 + 60) / 15)


def test_pauses_between_utterances_do_not_slow_it():
    assert rate_of(says(AGENT, 0.0, 5.0, speech(20)), says(AGENT, 60.0, 65.0, speech(20))) == pytest.approx(
        4.0
    )


def test_both_sides_have_their_own():
    said = [says(AGENT, 0.0, 10.0, speech(40)), says(CUSTOMER, 10.0, 20.0, speech(70))]
    assert rate_of(*said) == pytest.approx(4.0)
    assert rate_of(*said, name="customer_rate") == pytest.approx(7.0)


def test_a_telephone_number_read_out_is_no_sample_of_speed():
    number = says(AGENT, 10.0, 18.0, "一三八零零一三八零零零")
    assert rate_of(says(AGENT, 0.0, 10.0, speech(40)), number) == pytest.approx(4.0)
    assert rate_of(says(AGENT, 0.0, 8.0, "one three eight zero zero one two"), language="en") is None


def test_an_amount_is_speech():
    assert rate_of(says(AGENT, 0.0, 5.0, "您的余额是一百二十三万四千五百六十七元")) == pytest.approx(19 / 5)


def test_partials_wait_for_their_final_words():
    assert rate_of(says(AGENT, 0.0, 10.0, speech(40), final=False)) is None


def test_change_is_measured_against_the_own_first_minute():
    calm = [says(AGENT, 0.0, 20.0, speech(80)), says(AGENT, 30.0, 50.0, speech(80))]
    hurried = says(AGENT, 70.0, 90.0, speech(112))
    assert rate_of(*calm, name="agent_rate_change") is None
    assert rate_of(*calm, hurried, name="agent_rate_change") == pytest.approx(0.4)


def test_change_waits_until_the_window_has_left_the_baseline():
    calm = [says(AGENT, 0.0, 20.0, speech(80))]
    assert rate_of(*calm, says(AGENT, 61.0, 67.0, speech(36)), name="agent_rate_change") is None


def test_unknown_roles_give_no_rate():
    assert (
        feed_all(SpeechRate(started(roles_known=False)), [says(AGENT, 0.0, 10.0, speech(40)), clock(11.0)])
        == {}
    )


def test_evidence_names_the_utterance():
    measure = feed_all(SpeechRate(started()), [says(AGENT, 2.0, 12.0, speech(62), turn=4)])["agent_rate"]
    assert (measure.role, measure.turn, measure.start, measure.end) == (AGENT, 4, 2.0, 12.0)
    assert measure.quote == speech(62)


def test_the_newest_sentence_of_the_agent_is_measured_alone():
    calm, hurried = says(AGENT, 0.0, 20.0, speech(80)), says(AGENT, 21.0, 25.0, speech(32))
    assert rate_of(calm, hurried, name="agent_sentence_rate") == pytest.approx(8.0)
    assert rate_of(
        hurried, says(CUSTOMER, 26.0, 30.0, speech(12)), name="agent_sentence_rate"
    ) == pytest.approx(8.0)


def test_a_sentence_too_short_or_not_final_has_no_speed():
    calm = says(AGENT, 0.0, 20.0, speech(80))
    assert rate_of(calm, says(AGENT, 21.0, 22.5, speech(15)), name="agent_sentence_rate") == 0.0
    assert rate_of(calm, says(AGENT, 21.0, 25.0, speech(32), final=False), name="agent_sentence_rate") == 0.0
