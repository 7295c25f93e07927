from speechqc.analyzers.turn_taking import TurnTaking
from tests.analyzers.talking import AGENT, CUSTOMER, begins, clock, feed_all, says, started, stops


def turn_s(*events):
    return feed_all(TurnTaking(started()), list(events))["agent_turn_s"].value


def test_turn_lasts_from_its_first_word_to_the_present():
    assert turn_s(begins(AGENT, 2.0), clock(54.0)) == 52.0


def test_breaths_and_back_channels_do_not_end_it():
    events = [
        begins(AGENT, 0.0),
        stops(AGENT, 20.0),
        begins(CUSTOMER, 20.2),
        stops(CUSTOMER, 20.8),
        begins(AGENT, 21.5),
        clock(50.0),
    ]
    assert turn_s(*events) == 50.0


def test_a_murmur_whose_end_is_not_noticed_yet_does_not_end_it():
    events = [begins(AGENT, 0.0), begins(CUSTOMER, 10.0), clock(11.1)]
    assert turn_s(*events) == 11.1


def test_customer_taking_the_turn_ends_it():
    events = [begins(AGENT, 0.0), stops(AGENT, 20.0), begins(CUSTOMER, 20.5), clock(22.5)]
    assert turn_s(*events) == 0.0
    assert turn_s(*events, stops(CUSTOMER, 25.0), begins(AGENT, 26.0), clock(30.0)) == 4.0


def test_talking_over_the_customer_begins_a_new_turn_when_the_customer_gives_up():
    events = [begins(AGENT, 0.0), begins(CUSTOMER, 10.0), clock(12.0)]
    assert turn_s(*events) == 0.0
    assert turn_s(*events, stops(CUSTOMER, 12.5), clock(17.5)) == 5.0


def test_three_seconds_of_silence_end_it():
    events = [begins(AGENT, 0.0), stops(AGENT, 20.0)]
    assert turn_s(*events, clock(22.0)) == 20.0
    assert turn_s(*events, clock(23.5)) == 0.0
    assert turn_s(*events, begins(AGENT, 24.0), clock(30.0)) == 6.0


def test_transcript_turns_measure_themselves():
    events = [says(AGENT, 0.0, 70.0, "介绍产品"), says(CUSTOMER, 71.0, 71.5, "嗯")]
    assert turn_s(events[0]) == 70.0
    assert turn_s(*events, says(AGENT, 72.0, 80.0, "还有")) == 80.0
    assert turn_s(events[0], says(CUSTOMER, 71.0, 75.0, "停停停太长了")) == 0.0
