from speechqc.analyzers.anger_interaction import LIMIT, AngerInteraction
from speechqc.analyzers.anger_parts import total
from speechqc.analyzers.speech_timeline import SpeechTimeline
from tests.analyzers.talking import AGENT, CUSTOMER, begins, clock, cue, says, sounds, started, stops


def points(*entries):
    timeline, interaction = SpeechTimeline(), AngerInteraction(started())
    for entry in entries:
        event, cues = entry if isinstance(entry, tuple) else (entry, ())
        timeline.feed(event)
        interaction.feed(event, cues, timeline)
    parts = interaction.parts(timeline.now)
    return {part.name: part.value for part in parts if part.points > 0.0}, total(parts)


def test_customer_cutting_in_on_the_agent_counts():
    counts, score = points(begins(AGENT, 0.0), begins(CUSTOMER, 5.0), clock(8.0), stops(AGENT, 9.0))
    assert counts == {"interaction.customer_interrupts": 1.0}
    assert 0.0 < score < 10.0


def test_being_cut_off_counts():
    counts, _ = points(begins(CUSTOMER, 0.0), begins(AGENT, 5.0), clock(8.0), stops(CUSTOMER, 9.0))
    assert counts == {"interaction.agent_interrupts": 1.0}


def test_saying_it_again_counts():
    counts, _ = points(
        says(CUSTOMER, 0.0, 3.0, "把我的钱退给我"), says(CUSTOMER, 9.0, 12.0, "把我的钱退给我")
    )
    assert counts == {"interaction.repeats_demand": 1.0}


def test_agreeing_twice_is_no_demand():
    agrees = [says(CUSTOMER, at, at + 1.0, "对对对是的是的") for at in (0.0, 5.0)]
    counts, score = points(*[(heard, (cue("backchannel", heard),)) for heard in agrees])
    assert (counts, score) == ({}, 0.0)


def test_interaction_alone_stays_below_annoyed():
    _, score = points(*[says(CUSTOMER, at * 4.0, at * 4.0 + 3.0, "把我的钱退给我") for at in range(20)])
    assert score == LIMIT < 35.0


def shouts(*stretches, aroused=1.0):
    timeline, interaction = SpeechTimeline(), AngerInteraction(started())
    for event in (begins(AGENT, 0.0), stops(AGENT, 6.0), clock(12.0)):
        timeline.feed(event)
    for start, end in stretches:
        interaction.sounded(sounds(start, end), aroused, timeline)
    return {part.name: part.value for part in interaction.parts(12.0) if part.points > 0.0}


def test_a_raised_voice_over_the_agent_counts():
    assert shouts((4.0, 5.0)) == {"interaction.shouts_over": 1.0}


def test_one_shout_is_counted_once():
    assert shouts((3.0, 4.0), (4.0, 5.0), (5.0, 6.0)) == {"interaction.shouts_over": 1.0}


def test_a_raised_voice_in_the_own_turn_is_no_shouting_over():
    assert shouts((5.8, 6.8), (8.0, 9.0)) == {}


def test_a_calm_voice_over_the_agent_is_no_shouting():
    assert shouts((4.0, 5.0), aroused=0.1) == {}
