"""The customer's anger from sound and words to findings: what decides, what does not, and when it is told again."""

from __future__ import annotations

import numpy as np
import pytest

from speechqc.engine import CallEngine
from speechqc.events import CallClock, CallKind, CallStarted, Finding, Metrics, Role, Utterance
from speechqc.rules.loader import builtin_pack_paths, load_packs
from speechqc.speech.front_end import ChannelFrontEnd
from speechqc.speech.settings import SpeechSettings
from tests.speech.voices import RATE, noise, silence, syllables

BOOK = load_packs(builtin_pack_paths())
STARTED = CallStarted(call_id="call", kind=CallKind.SERVICE)
CALM_S, LATER_S = 24.0, 62.0
"""The customer's first minute holds so much calm speech; from the later moment on the voice may be another."""


def judged(events):
    """Findings of anger and the highest score of the call."""
    engine = CallEngine(BOOK)
    outputs = [output for event in [STARTED, *events] for output in engine.feed(event)]
    findings = [f for f in outputs if isinstance(f, Finding) and f.signal == "customer_anger"]
    return findings, max((event.anger for event in outputs if isinstance(event, Metrics)), default=0.0)


def raised(seconds):
    """A voice half an octave higher with a flatter spectrum, at the same level as the calm one."""
    sound = syllables(seconds, pitch_hz=200.0)
    bright = np.append(sound[:1], sound[1:] - 0.9 * sound[:-1])
    return (bright * np.sqrt(np.mean(sound**2) / np.mean(bright**2))).astype(np.float32)


def line(late_voice, gain_db):
    """One minute with a calm customer, then another voice; the line is turned by `gain_db` half a minute in."""
    sound = np.concatenate(
        [silence(1.0), syllables(CALM_S), silence(LATER_S - CALM_S), late_voice, silence(2.0)]
    )
    sound = sound + noise(len(sound) / RATE, -65.0)
    sound[30 * RATE :] *= 10 ** (gain_db / 20)
    return np.clip(sound, -1.0, 1.0).astype(np.float32)


def call(late_voice, words, gain_db):
    """The events of the call: what the front end hears, and `words` as the later voice's only utterance."""
    front_end = ChannelFrontEnd("call", Role.CUSTOMER, SpeechSettings())
    events = []
    for hop in [*front_end.push(line(late_voice, gain_db)), *front_end.finish()]:
        events += [*hop.events, CallClock(call_id="call", at=hop.at)]
    end = 1.0 + LATER_S + len(late_voice) / RATE
    said = Utterance(call_id="call", role=Role.CUSTOMER, turn=7, start=1.0 + LATER_S, end=end, text=words)
    spoken = next(index for index, event in enumerate(events) if getattr(event, "at", 0.0) >= end + 0.6)
    return [*events[:spoken], said, *events[spoken:]]


GAINS_DB = (-12.0, 0.0, 12.0)
CALM_WORDS, ANGRY_WORDS = "我想查一下这个月的账单", "我受够了，每次都这样"


def levels(late_voice, words):
    """The levels that were told, for each gain of the line."""
    return [sorted({f.sub_code for f in judged(call(late_voice, words, gain_db))[0]}) for gain_db in GAINS_DB]


def test_a_line_that_is_turned_up_or_down_makes_nobody_angry():
    assert levels(syllables(10.0), CALM_WORDS) == [[], [], []]


def test_calm_words_in_a_raised_voice_are_level_one_at_any_level_of_the_line():
    told = levels(raised(10.0), CALM_WORDS)
    assert told[0] == told[1] == told[2]
    assert "level1" in told[0] and "level2" not in told[0]


def test_angry_words_in_a_raised_voice_are_level_two_at_any_level_of_the_line():
    told = levels(raised(10.0), ANGRY_WORDS)
    assert told[0] == told[1] == told[2]
    assert "level2" in told[0]


def test_a_louder_line_changes_the_score_by_next_to_nothing():
    scores = [judged(call(raised(10.0), ANGRY_WORDS, gain_db))[1] for gain_db in GAINS_DB]
    assert max(scores) - min(scores) < 6.0


# -- the course in words ------------------------------------------------------------------------------------


def said(*sentences):
    """(turn, call time, words) of the customer, with a clock every second in between."""
    events = []
    for turn, at, text in sentences:
        events.append(
            Utterance(call_id="call", role=Role.CUSTOMER, turn=turn, start=at, end=at + 3.0, text=text)
        )
    last = max(event.end for event in events)
    clock = [CallClock(call_id="call", at=float(at)) for at in range(1, int(last) + 2)]
    return sorted([*events, *clock], key=lambda event: getattr(event, "end", None) or event.at)


def told(findings, sub_code):
    return [finding.turn for finding in findings if finding.sub_code == sub_code]


def test_a_level_is_told_in_the_turn_that_reached_it():
    findings, _ = judged(said((1, 5.0, CALM_WORDS), (3, 12.0, ANGRY_WORDS), (5, 20.0, CALM_WORDS)))
    assert told(findings, "level1") == [3]


def test_a_level_is_told_once_while_it_lasts_and_each_further_outburst_with_its_turn():
    findings, _ = judged(said((1, 5.0, ANGRY_WORDS), (3, 15.0, "你们有完没完啊"), (5, 25.0, "气死我了真是")))
    assert told(findings, "level1") == [1]
    assert told(findings, "outburst") == [3, 5]


def test_a_customer_who_calmed_down_is_told_anew():
    findings, _ = judged(said((1, 5.0, ANGRY_WORDS), (9, 200.0, "你们有完没完啊")))
    assert told(findings, "level1") == [1, 9]
    assert told(findings, "outburst") == []


def test_a_fast_rise_is_told_beside_the_level():
    findings, _ = judged(said((1, 40.0, ANGRY_WORDS)))
    assert told(findings, "rising") == [1]


@pytest.mark.parametrize("sub_code", ["level1", "outburst"])
def test_reasons_carry_their_shares(sub_code):
    findings, _ = judged(said((1, 5.0, ANGRY_WORDS), (3, 15.0, "你们有完没完啊")))
    [finding] = [f for f in findings if f.sub_code == sub_code]
    shares = [reason.share for reason in finding.reasons if reason.share is not None]
    assert sum(shares) == pytest.approx(1.0)
