from hypothesis import given
from hypothesis import strategies as st
from pytest import approx

from speechqc.analyzers.speech_timeline import SpeechTimeline, Track
from speechqc.events import Gap
from tests.analyzers.talking import AGENT, CALL, CUSTOMER, begins, clock, says, stops


def timeline_of(*events):
    timeline = SpeechTimeline()
    for event in events:
        timeline.feed(event)
    return timeline


def test_open_speech_counts_up_to_the_present():
    timeline = timeline_of(begins(AGENT, 1.0), clock(3.5))
    assert timeline.track(AGENT).spoken_s(timeline.now) == 2.5


def test_utterance_times_stand_in_when_there_is_no_speech_activity():
    timeline = timeline_of(says(AGENT, 1.0, 4.0, "您好"), says(CUSTOMER, 4.5, 5.0, "你好"))
    assert timeline.track(AGENT).spoken_s(timeline.now) == 3.0
    assert timeline.silent_since == 5.0


def test_utterance_times_are_ignored_once_speech_activity_was_seen():
    timeline = timeline_of(begins(AGENT, 1.0), stops(AGENT, 3.0), says(AGENT, 0.0, 9.0, "您好"))
    assert timeline.track(AGENT).spoken_s(timeline.now) == 2.0


def test_time_never_runs_backwards():
    timeline = timeline_of(clock(10.0), says(AGENT, 2.0, 4.0, "您好"))
    assert timeline.now == 10.0


def test_silence_begins_where_the_last_speaker_stopped():
    timeline = timeline_of(
        begins(AGENT, 1.0), begins(CUSTOMER, 2.0), stops(AGENT, 3.0), stops(CUSTOMER, 6.0), clock(9.0)
    )
    assert timeline.silent_since == 6.0


def test_speech_reports_the_silence_it_ends_once():
    timeline = timeline_of(begins(AGENT, 1.0), stops(AGENT, 3.0), begins(CUSTOMER, 11.0))
    assert timeline.ended_silence == (3.0, 11.0)
    timeline.feed(clock(12.0))
    assert timeline.ended_silence is None


def test_lost_audio_of_the_whole_call_is_no_silence():
    timeline = timeline_of(
        begins(AGENT, 0.0), stops(AGENT, 2.0), Gap(call_id=CALL, start=2.0, end=30.0, reason="lost")
    )
    assert timeline.silent_since == 30.0


@given(st.lists(st.tuples(st.floats(0.01, 5.0), st.floats(0.01, 5.0)), max_size=60), st.floats(0.0, 20.0))
def test_window_sum_is_the_overlap_of_window_and_speech(pauses_and_speech, rest):
    track, at, stretches = Track(), 0.0, []
    for pause, speech in pauses_and_speech:
        track.start(at + pause)
        track.stop(at + pause + speech)
        stretches.append((at + pause, at + pause + speech))
        at += pause + speech
    now = at + rest
    overlap = sum(max(0.0, end - max(start, now - 60.0)) for start, end in stretches)
    assert track.spoken_within_s(60.0, now) == approx(overlap, abs=1e-9)


def test_a_long_call_is_kept_in_bounded_memory():
    track = Track(keep_s=120.0)
    for second in range(7200):
        track.start(float(second))
        track.stop(second + 0.5)
    assert len(list(track.newest_first(7200.0))) <= 122
    assert track.spoken_s(7200.0) == 3600.0
