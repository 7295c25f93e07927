from pytest import approx

from speechqc.analyzers.turn_taking import TurnTaking
from speechqc.events import Role
from tests.analyzers.talking import AGENT, CUSTOMER, begins, clock, cue, feed_all, says, started, stops


def test_talk_ratio_is_the_agents_share_of_speech_not_of_time():
    events = [
        begins(AGENT, 0.0),
        stops(AGENT, 30.0),
        begins(CUSTOMER, 50.0),
        stops(CUSTOMER, 60.0),
        clock(100.0),
    ]
    measures = feed_all(TurnTaking(started()), events)
    assert measures["talk_ratio"].value == 0.75
    assert measures["talk_s"].value == 40.0
    assert [(reason.name, reason.value) for reason in measures["talk_ratio"].reasons] == [
        ("agent_talk_s", 30.0),
        ("customer_talk_s", 10.0),
    ]


def test_there_is_no_ratio_before_speech():
    assert "talk_ratio" not in feed_all(TurnTaking(started()), [clock(5.0)])


def test_rolling_ratio_forgets_what_is_older_than_a_minute():
    events = [begins(AGENT, 0.0), stops(AGENT, 60.0), begins(CUSTOMER, 60.0), stops(CUSTOMER, 105.0)]
    measures = feed_all(TurnTaking(started()), events)
    assert measures["talk_ratio_60s"].value == approx(15 / 60)
    assert measures["talk_ratio"].value == approx(60 / 105)


def test_rolling_ratio_stands_while_the_window_holds_little_speech():
    events = [
        says(AGENT, 0.0, 12.0, "介绍"),
        says(CUSTOMER, 12.0, 16.0, "好"),
        says(AGENT, 120.0, 121.0, "还在吗"),
    ]
    assert feed_all(TurnTaking(started()), events)["talk_ratio_60s"].value == approx(12 / 16)


def test_interruptions_are_counted_and_leave_the_window_again():
    talk = TurnTaking(started())
    events = [
        begins(CUSTOMER, 0.0),
        begins(AGENT, 5.0),
        stops(AGENT, 8.0),
        begins(AGENT, 20.0),
        stops(AGENT, 23.0),
        stops(CUSTOMER, 30.0),
    ]
    measures = feed_all(talk, events)
    assert (measures["interruptions"].value, measures["interruptions_60s"].value) == (2.0, 2.0)
    assert measures["interruptions"].start == 20.0
    measures |= feed_all(talk, [clock(70.0)])
    assert (measures["interruptions"].value, measures["interruptions_60s"].value) == (2.0, 1.0)


def test_only_changed_measures_are_given():
    talk = TurnTaking(started())
    feed_all(talk, [begins(AGENT, 0.0), stops(AGENT, 5.0), clock(6.0)])
    assert set(talk.feed(clock(6.0), ())) == set()
    assert set(talk.feed(clock(7.0), ())) == {"dead_air_s", "dead_air_unannounced_s"}


def test_open_words_are_measured_twice_a_second_and_none_of_their_cues_is_lost():
    talk = TurnTaking(started())
    feed_all(talk, [begins(AGENT, 0.0)])
    first = says(AGENT, 0.0, 0.2, "您稍等", final=False)
    assert set(talk.feed(first, (cue("hold.announced", first),))) == set()
    assert "agent_talk_s" in talk.feed(says(AGENT, 0.0, 0.6, "您稍等我", final=False), ())
    measures = feed_all(talk, [stops(AGENT, 1.0), clock(9.0)])
    assert measures["dead_air_s"].value == 8.0
    assert "dead_air_unannounced_s" not in measures


def test_unknown_roles_give_no_measure_of_a_role():
    events = [begins(Role.UNKNOWN, 0.0), stops(Role.UNKNOWN, 30.0), clock(45.0)]
    measures = feed_all(TurnTaking(started(roles_known=False)), events)
    assert set(measures) == {"talk_s", "dead_air_s", "dead_air_unannounced_s", "dead_air_total_s"}
    assert measures["talk_s"].value == 30.0
