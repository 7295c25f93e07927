import pytest

from speechqc.analyzers.interruption import CutIns
from speechqc.analyzers.speech_timeline import SpeechTimeline
from tests.analyzers.talking import AGENT, CUSTOMER, begins, clock, cue, says, stops


def cut_ins(*entries, language="zh"):
    timeline, detector = SpeechTimeline(), CutIns(AGENT, CUSTOMER, language=language)
    found = []
    for entry in entries:
        event, cues = entry if isinstance(entry, tuple) else (entry, ())
        timeline.feed(event)
        found += detector.feed(event, cues, timeline)
    return found


def overlap(agent_start, agent_end, customer_start=10.0, customer_end=20.0):
    """The customer speaks from `customer_start` to `customer_end`, the agent across it."""
    events = [
        begins(CUSTOMER, customer_start),
        begins(AGENT, agent_start),
        stops(AGENT, agent_end),
        stops(CUSTOMER, customer_end),
    ]
    return sorted(events, key=lambda event: event.at)


def test_agent_cutting_in_is_found_with_its_measured_times():
    [found] = cut_ins(*overlap(agent_start=12.4, agent_end=14.5))
    assert found.start == 12.4
    assert found.spoke_before_s == pytest.approx(2.4)
    assert 0.8 <= found.overlap_s <= 2.1


def test_a_finished_overlap_is_measured_exactly():
    events = [begins(CUSTOMER, 10.0), begins(AGENT, 12.0), stops(CUSTOMER, 13.3), stops(AGENT, 16.0)]
    [found] = cut_ins(*events)
    assert found.overlap_s == pytest.approx(1.3)


def test_silence_that_only_waits_to_be_noticed_is_no_overlap():
    agent_follows = [begins(CUSTOMER, 10.0), begins(AGENT, 19.7), clock(20.5), stops(CUSTOMER, 20.0)]
    assert cut_ins(*agent_follows, clock(24.0)) == []


@pytest.mark.parametrize(
    ("why", "events"),
    [
        ("both began together", overlap(10.4, 14.0)),
        ("the agent yields after 0.4 s", overlap(12.0, 12.4)),
        ("the customer was finishing", overlap(19.5, 26.0)),
        ("the customer had paused for 2 s", overlap(22.0, 26.0)),
        ("the agent had the turn", overlap(8.0, 14.0)),
    ],
)
def test_is_no_interruption_when(why, events):
    assert cut_ins(*events, clock(40.0)) == [], why


def test_it_is_certain_while_both_still_speak():
    events = [begins(CUSTOMER, 10.0), begins(AGENT, 12.0)]
    assert cut_ins(*events, clock(14.1)) == []
    assert len(cut_ins(*events, clock(14.3))) == 1


def test_short_stretch_waits_for_its_words():
    events = overlap(12.0, 13.2, customer_end=14.0)
    assert len(cut_ins(*events, says(AGENT, 12.0, 13.2, "您先听我说啊"))) == 1
    assert cut_ins(*events, says(AGENT, 12.0, 13.2, "嗯嗯")) == []


def test_short_stretch_without_words_is_none_after_a_while():
    events = overlap(12.0, 13.2, customer_end=14.0)
    assert cut_ins(*events, clock(30.0), says(AGENT, 12.0, 13.2, "您先听我说啊")) == []


def test_back_channel_cue_excuses_a_longer_murmur_but_no_sentence():
    murmur = says(AGENT, 12.0, 14.0, "对对对是的是的")
    sentence = says(AGENT, 12.0, 14.0, "对但是我跟您讲这个产品")
    spoken = [begins(CUSTOMER, 10.0), begins(AGENT, 12.0)]
    assert cut_ins(*spoken, (murmur, (cue("backchannel", murmur),)), clock(16.0)) == []
    assert len(cut_ins(*spoken, (sentence, (cue("backchannel", sentence),)), clock(16.0))) == 1


def test_english_back_channel_is_counted_in_words():
    events = overlap(12.0, 13.2, customer_end=14.0)
    assert cut_ins(*events, says(AGENT, 12.0, 13.2, "uh-huh right"), language="en") == []
    assert len(cut_ins(*events, says(AGENT, 12.0, 13.2, "yes yes I know listen"), language="en")) == 1


def test_speaking_on_after_a_breath_is_the_same_interruption():
    events = [
        begins(CUSTOMER, 10.0),
        begins(AGENT, 12.0),
        stops(AGENT, 14.0),
        begins(AGENT, 14.5),
        stops(AGENT, 17.0),
        stops(CUSTOMER, 20.0),
    ]
    assert len(cut_ins(*events)) == 1


def test_customer_taking_a_breath_still_has_the_turn():
    events = [begins(CUSTOMER, 10.0), stops(CUSTOMER, 12.0), begins(CUSTOMER, 12.3), begins(AGENT, 12.6)]
    [found] = cut_ins(*events, clock(15.0))
    assert found.spoke_before_s == pytest.approx(2.6)


def test_transcript_with_overlapping_turns_shows_it_too():
    [found] = cut_ins(
        says(CUSTOMER, 5.0, 15.0, "我当时去网点办的时候他们说"),
        says(AGENT, 12.0, 14.0, "您那个我知道了是这样的", turn=3),
    )
    assert found.turn == 3
