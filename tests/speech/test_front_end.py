"""One channel from samples to utterances, activity and prosody, in hops of call time."""

import io
import shutil
import subprocess
import wave
from itertools import pairwise

import numpy as np
import pytest
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st

from speechqc.events import Prosody, Role, SpeechActivity
from speechqc.speech.front_end import ChannelFrontEnd, FrontEndHop, SpeechAudio
from speechqc.speech.settings import SpeechSettings
from tests.speech.voices import RATE, conversation_side, noise, silence, syllables, vowel

SIDE = conversation_side()


def hear(sound: np.ndarray, cuts: list[int] | None = None, **options) -> list[FrontEndHop]:
    front_end = ChannelFrontEnd("call", Role.AGENT, SpeechSettings(**options))
    hops = [hop for part in np.split(sound, sorted(cuts or [])) for hop in front_end.push(part)]
    return hops + front_end.finish()


def activity(hops: list[FrontEndHop]) -> list[tuple[bool, float]]:
    return [(e.speaking, e.at) for hop in hops for e in hop.events if isinstance(e, SpeechActivity)]


def prosody(hops: list[FrontEndHop]) -> list[Prosody]:
    return [e for hop in hops for e in hop.events if isinstance(e, Prosody)]


def utterances(hops: list[FrontEndHop]) -> list[list[SpeechAudio]]:
    """The pieces of each utterance; fails when one is not opened or not closed."""
    found: list[list[SpeechAudio]] = []
    for audio in (audio for hop in hops for audio in hop.audio):
        if audio.first:
            found.append([])
        assert not any(piece.last for piece in found[-1])
        found[-1].append(audio)
    assert all(pieces[-1].last for pieces in found)
    return found


def joined(pieces: list[SpeechAudio]) -> np.ndarray:
    return np.concatenate([piece.samples for piece in pieces])


# -- hops --------------------------------------------------------------------------------------


def test_there_is_one_hop_for_each_160_ms_in_speech_and_in_silence():
    hops = hear(np.concatenate([silence(1.0), syllables(1.0), silence(1.04)]))

    assert [hop.index for hop in hops] == list(range(20))
    assert [hop.at for hop in hops[:-1]] == pytest.approx([0.16 * (i + 1) for i in range(19)])
    assert hops[-1].at == pytest.approx(3.04)


def test_a_call_without_audio_is_one_empty_hop():
    assert hear(silence(0)) == [FrontEndHop(0, 0.0, (), ())]


@pytest.mark.parametrize("vad", ["webrtc", "silero"])
def test_silence_gives_no_utterance(vad):
    hops = hear(silence(5.0), vad=vad)

    assert all(hop.events == () and hop.audio == () for hop in hops)


def test_line_noise_gives_no_utterance():
    assert activity(hear(noise(10.0, -55.0))) == []


@pytest.mark.parametrize("vad", ["webrtc", "silero"])
@settings(max_examples=12, deadline=None)
@given(cuts=st.lists(st.integers(0, len(SIDE)), max_size=40))
def test_cutting_the_audio_differently_changes_no_bit(vad, cuts):
    whole, cut = hear(SIDE, vad=vad), hear(SIDE, cuts, vad=vad)

    assert [hop.events for hop in cut] == [hop.events for hop in whole]
    assert [(hop.index, hop.at) for hop in cut] == [(hop.index, hop.at) for hop in whole]
    for mine, theirs in zip(utterances(cut), utterances(whole), strict=True):
        assert [piece.samples.tobytes() for piece in mine] == [piece.samples.tobytes() for piece in theirs]
        assert [(p.start, p.last, p.speech_end, p.reason) for p in mine] == [
            (p.start, p.last, p.speech_end, p.reason) for p in theirs
        ]


def test_twenty_millisecond_frames_change_no_bit():
    whole, frames = hear(SIDE), hear(SIDE, list(range(0, len(SIDE), 320)))

    assert [hop.events for hop in frames] == [hop.events for hop in whole]


# -- utterances --------------------------------------------------------------------------------


def test_an_utterance_is_the_very_audio_from_the_pre_roll_to_the_endpoint():
    sound = np.concatenate([silence(1.0), syllables(2.0), silence(2.0)])

    [pieces] = utterances(hear(sound))

    start = round(pieces[0].start * RATE)
    assert pieces[0].start == pytest.approx(1.0 - 0.2, abs=0.05)
    assert pieces[-1].reason == "endpoint"
    assert pieces[-1].speech_end == pytest.approx(3.0, abs=0.1)
    assert len(joined(pieces)) / RATE == pytest.approx(0.2 + 2.0 + 0.5, abs=0.15)
    assert np.array_equal(joined(pieces), sound[start : start + len(joined(pieces))])


def test_speech_end_follows_the_speech_while_it_goes_on():
    [pieces] = utterances(hear(np.concatenate([silence(0.5), syllables(2.0), silence(1.0)])))

    ends = [piece.speech_end for piece in pieces]

    assert ends == sorted(ends)
    assert all(piece.start <= piece.speech_end for piece in pieces)
    assert all(piece.reason == "" for piece in pieces[:-1])


def test_a_forced_cut_loses_and_repeats_no_sample():
    sound = np.concatenate([silence(0.5), syllables(30.0, pitch_hz=120), silence(1.5)])

    found = utterances(hear(sound))

    assert [pieces[-1].reason for pieces in found].count("forced_cut") >= 3
    for before, after in pairwise(found):
        assert before[-1].reason == "forced_cut"
        assert round(after[0].start * RATE) == round(before[0].start * RATE) + len(joined(before))
    assert all(len(joined(pieces)) <= 9.0 * RATE for pieces in found)
    whole = np.concatenate([joined(pieces) for pieces in found])
    start = round(found[0][0].start * RATE)
    assert np.array_equal(whole, sound[start : start + len(whole)])


def test_a_forced_cut_is_no_end_of_talking():
    hops = hear(np.concatenate([silence(0.5), syllables(20.0), silence(1.5)]))

    assert [speaking for speaking, _ in activity(hops)] == [True, False]


def test_the_end_of_the_call_closes_the_open_utterance_with_all_its_audio():
    sound = np.concatenate([silence(0.5), syllables(1.0)])[: -(RATE // 50)]

    hops = hear(sound)
    [pieces] = utterances(hops)

    assert pieces[-1].reason == "call_end"
    assert round(pieces[0].start * RATE) + len(joined(pieces)) == len(sound)
    assert activity(hops)[-1] == (False, pytest.approx(len(sound) / RATE, abs=0.05))


def test_at_most_one_piece_an_utterance_and_hop():
    for hop in hear(SIDE):
        starts = [audio.start for audio in hop.audio]
        assert len(starts) == len(set(starts))


def test_a_click_is_no_utterance_and_a_short_word_no_talking():
    click = np.concatenate([silence(1.0), vowel(300, 0.04), silence(1.0)])
    word = np.concatenate([silence(1.0), vowel(200, 0.2), silence(1.5)])

    assert utterances(hear(click)) == []
    hops = hear(word, min_speech_s=0.5)
    [pieces] = utterances(hops)
    assert pieces[-1].last
    assert [hop.events for hop in hops if hop.events] == []


# -- events ------------------------------------------------------------------------------------


def test_activity_carries_call_role_and_the_time_of_the_sound_not_of_the_decision():
    hops = hear(np.concatenate([silence(1.0), syllables(2.0), silence(2.0)]))

    noticed = [(hop.at, event) for hop in hops for event in hop.events if isinstance(event, SpeechActivity)]

    [(began_at, began), (ended_at, ended)] = noticed
    assert (began.call_id, began.role, began.speaking) == ("call", Role.AGENT, True)
    assert began.at == pytest.approx(1.0, abs=0.06)
    assert ended.at == pytest.approx(3.0, abs=0.1)
    assert began.at < began_at <= began.at + 0.4
    assert ended.at < ended_at <= ended.at + 0.7


def test_prosody_comes_about_every_second_and_covers_the_speech_once():
    hops = hear(np.concatenate([silence(1.0), syllables(5.0, pitch_hz=150), silence(1.0)]))
    [(_, began), (_, ended)] = activity(hops)

    measured = prosody(hops)

    assert measured[0].start == began
    assert measured[-1].end == ended
    assert all(before.end == after.start for before, after in pairwise(measured))
    assert all(1.0 <= event.end - event.start <= 1.3 for event in measured[:-1])
    assert all(145 <= event.f0_hz <= 185 for event in measured)


def test_a_quiet_voice_in_the_background_does_not_hold_the_speaker_open():
    echo = syllables(3.0, pitch_hz=220, level_db=-55.0)
    sound = np.concatenate([silence(0.5), syllables(2.0, level_db=-18.0), echo])

    _, ended = activity(hear(sound))[1]

    assert ended == pytest.approx(2.5, abs=0.1)


def spoken(text: str) -> np.ndarray:
    """`text` by espeak-ng, float32 at 16 kHz, trimmed to what is louder than 40 dB below its peak."""
    rendered = subprocess.run(
        ["espeak-ng", "-v", "en", "--stdout", text], capture_output=True, check=True
    ).stdout
    with wave.open(io.BytesIO(rendered)) as file:
        rate, pcm = file.getframerate(), file.readframes(1 << 24)
    sound = soxr.resample(np.frombuffer(pcm, "<i2").astype(np.float32) / 32_768, rate, RATE)
    loud = np.flatnonzero(np.abs(sound) > np.abs(sound).max() / 100)
    return sound[loud[0] : loud[-1]]


@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")
@pytest.mark.parametrize("vad", ["webrtc", "silero"])
@pytest.mark.parametrize("text", ["This product guarantees your principal.", "I would like to complain."])
def test_a_spoken_sentence_begins_and_ends_within_a_tenth_of_a_second(vad, text):
    sentence = spoken(text)
    sound = np.concatenate([silence(1.3), sentence, silence(1.3)])
    sound = sound + noise(len(sound) / RATE, -62.0)[: len(sound)]

    hops = hear(sound, vad=vad)

    assert [speaking for speaking, _ in activity(hops)] == [True, False]
    [(_, began), (_, ended)] = activity(hops)
    assert began == pytest.approx(1.3, abs=0.1)
    assert ended == pytest.approx(1.3 + len(sentence) / RATE, abs=0.1)
