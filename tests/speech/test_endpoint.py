"""Where utterances begin, end and are cut; times are frames of 20 ms."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechqc.speech.endpoint import Begin, Cut, End, Mark, Segmenter, Talking
from speechqc.speech.settings import SpeechSettings

SETTINGS = SpeechSettings(
    onset_ms=100, endpoint_s=0.5, pre_roll_s=0.2, min_speech_s=0.16, forced_cut_s=9.0, cut_search_s=2.0
)
LOUD, QUIET = -20.0, -40.0


def frames(pattern: str) -> list[bool]:
    """``"10. 25#"`` is 10 frames of silence and 25 of speech."""
    return [mark == "#" for part in pattern.split() for mark in part[-1] * int(part[:-1])]


def marks(pattern: str, levels: list[float] | None = None, *, hop: int = 8) -> list[Mark]:
    voiced = frames(pattern)
    levels = levels or [LOUD if speech else -70.0 for speech in voiced]
    segmenter = Segmenter(SETTINGS)
    found: list[Mark] = []
    for at in range(0, len(voiced), hop):
        found += segmenter.feed(voiced[at : at + hop], levels[at : at + hop])
    return found + segmenter.finish()


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("50.", []),
        ("20. 3# 50.", []),  # three frames of five are no onset
        ("20. 1# 1. 1# 1. 1# 50.", []),
        (
            "20. 30# 60.",
            [Begin(audio=10, speech=20), Talking(at=20), End(at=75, speech=50, talked=True)],
        ),
        (  # one dropout within the onset does not move it
            "20. 2# 1. 20# 60.",
            [Begin(audio=10, speech=20), Talking(at=20), End(at=68, speech=43, talked=True)],
        ),
        (  # a pause shorter than the endpoint
            "20. 20# 24. 20# 60.",
            [Begin(audio=10, speech=20), Talking(at=20), End(at=109, speech=84, talked=True)],
        ),
        (  # a lone frame does not hold the utterance open
            "20. 20# 10. 1# 60.",
            [Begin(audio=10, speech=20), Talking(at=20), End(at=65, speech=40, talked=True)],
        ),
        (  # too short to be talking, still an utterance
            "20. 5# 60.",
            [Begin(audio=10, speech=20), End(at=50, speech=25, talked=False)],
        ),
        (  # speech at the very start of the call
            "30# 60.",
            [Begin(audio=0, speech=0), Talking(at=0), End(at=55, speech=30, talked=True)],
        ),
        (  # the call ends in the middle of speech
            "20. 30#",
            [Begin(audio=10, speech=20), Talking(at=20), End(at=50, speech=50, talked=True)],
        ),
        (  # the pre-roll does not reach into the utterance before
            "20. 20# 27. 20# 60.",
            [
                Begin(audio=10, speech=20),
                Talking(at=20),
                End(at=65, speech=40, talked=True),
                Begin(audio=65, speech=67),
                Talking(at=67),
                End(at=112, speech=87, talked=True),
            ],
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_utterances_of_a_pattern(pattern, expected):
    assert marks(pattern) == expected


@pytest.mark.parametrize("hop", [1, 5, 8, 40])
def test_onsets_and_ends_do_not_depend_on_the_hop(hop):
    pattern = "20. 30# 40. 6# 90. 2# 1. 50# 30."

    assert marks(pattern, hop=hop) == marks(pattern)


def cuts(found: list[Mark]) -> list[int]:
    return [mark.at for mark in found if isinstance(mark, Cut)]


def test_a_monologue_is_cut_at_the_dip_before_the_limit():
    levels = [LOUD] * 1_000
    levels[410:412] = [QUIET, QUIET]  # 8.2 s after the start of the utterance, between words

    assert cuts(marks("1000#", levels))[0] == 411


def test_a_dip_outside_the_search_time_is_no_reason_to_cut():
    levels = [LOUD + (i % 7) / 10 for i in range(1_000)]
    levels[300:302] = [QUIET, QUIET]

    assert cuts(marks("1000#", levels))[0] > 340


def test_speech_without_any_dip_is_cut_at_the_limit_at_the_latest():
    rising = [LOUD + i / 100 for i in range(2_000)]

    edges = [0, *cuts(marks("2000#", rising))]

    assert len(edges) >= 4
    assert all(b - a <= 450 for a, b in pairwise(edges))


@given(
    st.lists(st.tuples(st.booleans(), st.integers(1, 60)), min_size=1, max_size=40),
    st.integers(1, 20),
)
def test_any_pattern_gives_whole_utterances_that_do_not_overlap(runs, hop):
    found = marks(" ".join(f"{n}{'#' if speech else '.'}" for speech, n in runs), hop=hop)

    open_from: int | None = None
    free = 0
    for mark in found:
        match mark:
            case Begin():
                assert open_from is None
                assert free <= mark.audio <= mark.speech
                open_from = mark.audio
            case Talking():
                assert open_from is not None
            case Cut():
                assert open_from is not None and mark.at > open_from
                assert mark.at - open_from <= 450
                open_from = mark.at
            case End():
                assert open_from is not None
                assert mark.at - open_from <= 450 + 25
                assert mark.speech <= mark.at
                open_from, free = None, mark.at
    assert open_from is None
