import pytest

from speechqc.analyzers.anger import Anger
from speechqc.events import ContactHistory
from tests.analyzers.talking import (
    AGENT,
    CUSTOMER,
    begins,
    clock,
    cue,
    emotion,
    feed_all,
    says,
    sounds,
    sounds_furious,
    started,
    stops,
)


def angry(start, weight=40.0, name="anger.fed_up", text="我受够了每次都这样", **changes):
    heard = says(CUSTOMER, start, start + 3.0, text, **changes)
    return heard, (cue(name, heard, weight),)


def voice(sound, start, end):
    return [sound(float(at), float(at + 1)) for at in range(start, end)]


def anger(*events, name="anger"):
    return feed_all(Anger(started()), list(events))[name]


def test_calm_call_has_no_anger():
    calm = [says(CUSTOMER, 0.0, 4.0, "你好我想查一下余额"), *voice(sounds, 0, 30), clock(40.0)]
    assert anger(*calm).value == 0.0
    assert anger(*calm).reasons == ()


def test_angry_words_count_and_fade_with_their_half_life():
    assert anger(angry(0.0)).value == 40.0
    assert anger(angry(0.0), clock(48.0)).value == pytest.approx(20.0)


def test_agents_words_and_voice_are_not_the_customers_anger():
    heard = says(AGENT, 0.0, 3.0, "我受够了每次都这样")
    loud = [sounds_furious(float(at), at + 1.0, role=AGENT) for at in range(10)]
    assert anger((heard, (cue("anger.fed_up", heard, 40.0),)), *loud).value == 0.0


def test_words_alone_stay_below_furious():
    complaints = [
        "我受够了每次都这样",
        "你们有完没完啊",
        "别跟我扯这些没用的",
        "气死我了真是的",
        "耍我玩呢是不是",
    ]
    assert 60.0 < anger(*[angry(at * 4.0, text=text) for at, text in enumerate(complaints)]).value < 80.0


def test_threats_reach_furious():
    assert anger(*[angry(at * 4.0, name="anger.threat") for at in range(3)]).value >= 80.0


def test_calm_words_in_a_furious_voice_are_annoyed_at_most():
    calm_words = says(CUSTOMER, 72.0, 78.0, "我想查一下余额")
    heard = anger(*voice(sounds, 0, 20), *voice(sounds_furious, 70, 90), calm_words, clock(90.0))
    assert 35.0 <= heard.value < 60.0


def test_voice_and_interaction_without_an_angry_word_never_make_angry():
    shouting = [
        *voice(sounds, 0, 20),
        *(says(CUSTOMER, 70.0 + 5 * at, 74.0 + 5 * at, "把我的钱退给我") for at in range(8)),
        *voice(sounds_furious, 70, 110),
    ]
    assert anger(*shouting).value < 60.0


def test_words_and_voice_together_pass_what_either_gives():
    words = angry(80.0)
    both = anger(*voice(sounds, 0, 20), *voice(sounds_furious, 70, 80), words)
    assert both.value > 60.0 > anger(words).value


def test_reasons_name_every_part_and_their_shares_add_up_to_one():
    events = [
        *voice(sounds, 0, 20),
        *voice(sounds_furious, 70, 80),
        angry(80.0),
        says(CUSTOMER, 84.0, 88.0, "我受够了每次都这样"),
    ]
    reasons = anger(*events).reasons
    names = [reason.name for reason in reasons]
    assert names[0] == "anger.fed_up"
    assert set(names) == {"anger.fed_up", "voice.brightness", "voice.pitch", "interaction.repeats_demand"}
    assert sum(reason.share for reason in reasons) == pytest.approx(1.0)
    assert reasons[0].value == "我受够了每次都这样"


def test_evidence_is_the_customers_last_utterance():
    measure = anger(angry(10.0, turn=7), says(AGENT, 14.0, 15.0, "您别生气", turn=8))
    assert (measure.role, measure.turn, measure.quote) == (CUSTOMER, 7, "我受够了每次都这样")


def test_rise_is_measured_against_the_lowest_of_the_last_20_seconds():
    slow = anger(angry(0.0), angry(30.0, weight=20.0, text="你们有完没完啊"), name="anger_rise_20s")
    assert slow.value == pytest.approx(20.0, abs=1.0)
    assert anger(clock(60.0), angry(61.0), name="anger_rise_20s").value == pytest.approx(40.0)


def test_course_shows_calm_rise_and_fading():
    analyzer = Anger(started())
    feed_all(analyzer, [clock(10.0), angry(20.0), clock(68.5)])
    course = dict(analyzer.course)
    assert course[10.0] == 0.0
    assert course[24.0] == pytest.approx(40.0, abs=1.0)
    assert course[68.0] == pytest.approx(20.0)
    assert list(course) == sorted(course)


def test_gain_of_the_line_does_not_change_the_verdict():
    def call(gain_db):
        quiet, raised = voice(sounds, 0, 20), voice(sounds_furious, 70, 80)
        turned = [
            sounds_furious(heard.start, heard.end, level_db=heard.level_db + gain_db) for heard in raised
        ]
        return anger(*quiet, *turned, angry(80.0))

    assert call(12.0) == call(-12.0) == call(0.0)


def test_being_talked_over_adds_to_it():
    talked_over = [
        begins(CUSTOMER, 0.0),
        begins(AGENT, 5.0),
        clock(8.0),
        stops(CUSTOMER, 9.0),
        stops(AGENT, 9.0),
    ]
    assert anger(*talked_over, angry(10.0)).value > anger(angry(10.0)).value


def test_unknown_roles_give_no_anger():
    assert feed_all(Anger(started(roles_known=False)), [angry(0.0), clock(9.0)]) == {}


def test_earlier_complaints_add_to_it_and_are_named():
    known = Anger(started(history=ContactHistory(earlier_complaints=2)))
    measure = feed_all(known, [angry(0.0)])["anger"]
    assert measure.value == pytest.approx(48.0)
    assert [reason.name for reason in measure.reasons] == ["anger.fed_up", "history.earlier_complaints"]


def test_what_the_classifier_heard_is_one_more_part():
    measure = anger(angry(0.0), emotion(0.0, 3.0, 1.0))
    assert measure.value == pytest.approx(80.0)
    assert {reason.name: reason.share for reason in measure.reasons} == pytest.approx(
        {"anger.fed_up": 0.5, "voice.model": 0.5}
    )


def test_the_classifier_on_the_agents_voice_is_not_the_customers_anger():
    assert anger(clock(1.0), emotion(0.0, 3.0, 1.0, role=AGENT), clock(5.0)).value == 0.0


def test_voice_classifier_and_interaction_without_an_angry_word_are_at_most_annoyed():
    measure = anger(*voice(sounds, 0, 20), *voice(sounds_furious, 70, 90), emotion(70.0, 78.0, 1.0))
    assert measure.value < 60.0


def test_calming_words_alone_divide_by_nothing():
    calmed = anger(angry(0.0, weight=-40.0, name="anger.calmed", text="没事我不生气"))
    assert (calmed.value, calmed.reasons) == (0.0, ())


def test_first_anger_is_no_further_outburst():
    assert anger(angry(0.0), name="anger_outburst").value == 0.0


def test_each_further_angry_sentence_is_an_outburst_of_its_own_turn():
    analyzer = Anger(started())
    feed_all(analyzer, [angry(0.0)])
    for turn in (2, 4):
        again = analyzer.feed(*angry(turn * 4.0, weight=30.0, turn=turn, text=f"第{turn}次了"))
        assert (again["anger_outburst"].value, again["anger_outburst"].turn) == (30.0, turn)
        reply = analyzer.feed(says(AGENT, turn * 4.0 + 3.2, turn * 4.0 + 3.4, "您别生气"), ())
        assert reply["anger_outburst"].value == 0.0


def test_an_outburst_counts_what_the_words_add_and_not_what_a_cap_leaves():
    calls = [angry(at * 4.0, weight=39.0, text=f"第{at}次了真是受够") for at in range(3)]
    assert anger(*calls, name="anger_outburst").value == 39.0


def test_anger_after_the_customer_calmed_down_is_not_a_further_outburst():
    assert anger(angry(0.0), clock(99.0), angry(100.0), name="anger_outburst").value == 0.0
