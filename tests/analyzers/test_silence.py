from pytest import approx

from speechqc.analyzers.turn_taking import TurnTaking
from tests.analyzers.talking import AGENT, CUSTOMER, begins, clock, cue, ended, feed_all, says, started, stops

PLEASE_WAIT = says(AGENT, 0.0, 4.0, "请您稍等三十秒，我帮您查询")


def announced(heard):
    return heard, (cue("hold.announced", heard),)


def measure(name, *entries, **call):
    return feed_all(TurnTaking(started(**call)), list(entries))[name].value


def test_dead_air_grows_with_the_clock():
    spoken = [begins(AGENT, 0.0), stops(AGENT, 5.0)]
    assert measure("dead_air_s", *spoken, clock(13.5)) == 8.5
    assert measure("dead_air_unannounced_s", *spoken, clock(13.5)) == 8.5


def test_dead_air_is_over_when_somebody_speaks():
    assert (
        measure("dead_air_s", begins(AGENT, 0.0), stops(AGENT, 5.0), begins(CUSTOMER, 14.0), clock(14.5))
        == 0.0
    )


def test_silence_before_the_first_word_counts():
    assert measure("dead_air_s", clock(4.0)) == 4.0


def test_transcript_shows_the_silence_before_each_turn():
    assert measure("dead_air_s", says(AGENT, 0.0, 5.0, "您好"), says(CUSTOMER, 14.0, 15.0, "喂")) == 9.0


def test_announced_silence_is_a_hold_and_no_unannounced_dead_air():
    events = [announced(PLEASE_WAIT), clock(29.0)]
    assert measure("dead_air_s", *events) == 25.0
    assert measure("dead_air_unannounced_s", *events) == 0.0
    assert measure("hold_s", *events) == 25.0


def test_customer_may_announce_a_silence_too():
    fetch_card = says(CUSTOMER, 0.0, 2.0, "等一下，我去拿卡")
    events = [announced(fetch_card), says(AGENT, 2.3, 3.0, "好的"), clock(33.0)]
    assert measure("dead_air_unannounced_s", *events) == 0.0
    assert measure("hold_s", *events) == 0.0


def test_an_announcement_covers_only_the_silence_that_follows():
    events = [announced(PLEASE_WAIT), says(AGENT, 24.0, 26.0, "感谢等待"), clock(46.0)]
    assert measure("dead_air_unannounced_s", *events) == 20.0
    assert measure("hold_s", *events) == 0.0


def test_renewing_a_hold_starts_it_again():
    renewed = says(AGENT, 50.0, 52.0, "还在查，请再稍等")
    assert measure("hold_s", announced(PLEASE_WAIT), announced(renewed), clock(80.0)) == 28.0


def test_hold_goes_on_while_the_customer_talks():
    events = [announced(PLEASE_WAIT), says(CUSTOMER, 20.0, 22.0, "好的我等着"), clock(70.0)]
    assert measure("hold_s", *events) == 66.0


def test_total_adds_long_unannounced_silences_only():
    events = [
        says(AGENT, 0.0, 2.0, "您好"),
        says(CUSTOMER, 12.0, 13.0, "喂"),
        announced(says(AGENT, 15.0, 17.0, "请稍等")),
        says(AGENT, 47.0, 48.0, "好了"),
        ended(60.0),
    ]
    assert measure("dead_air_total_s", *events) == approx(10.0 + 12.0)


def test_without_known_roles_silence_is_measured_but_no_hold():
    measures = feed_all(TurnTaking(started(roles_known=False)), [clock(9.0)])
    assert measures["dead_air_s"].value == 9.0
    assert "hold_s" not in measures
