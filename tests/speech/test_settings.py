"""Settings work as they come and refuse values that cannot."""

import pytest

from speechqc.errors import ConfigurationError
from speechqc.speech.settings import SpeechSettings


@pytest.mark.parametrize(("vad", "frame_ms"), [("webrtc", 20), ("silero", 32)])
def test_the_defaults_suit_both_detectors(vad, frame_ms):
    assert SpeechSettings(vad=vad).frame_ms == frame_ms


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"vad": "energy"}, "vad 'energy' is not known (use one of: webrtc, silero)"),
        ({"webrtc_aggressiveness": 4}, "webrtc_aggressiveness is 4; it must lie between 0 and 3"),
        ({"silero_threshold": 1.0}, "silero_threshold is 1.0; it must lie between 0.05 and 0.95"),
        ({"gate_db": 0.0}, "gate_db is 0.0; it must lie between -96 and -20"),
        ({"fade_db": 5.0}, "fade_db is 5.0; it must lie between 15 and 90"),
        ({"onset_ms": 0}, "onset_ms is 0; it must lie between 20 and 1000"),
        ({"endpoint_s": 0.0}, "endpoint_s is 0.0; it must lie between 0.1 and 5"),
        ({"pre_roll_s": -0.1}, "pre_roll_s is -0.1; it must lie between 0 and 2"),
        ({"min_speech_s": 3.0}, "min_speech_s is 3.0; it must lie between 0 and 2"),
        ({"forced_cut_s": 1.0}, "forced_cut_s is 1.0; it must lie between 2 and 30"),
        ({"cut_search_s": 5.0}, "cut_search_s is 5.0; it must lie between 0 and 4.5"),
        ({"prosody_s": 0.1}, "prosody_s is 0.1; it must lie between 0.3 and 10"),
        ({"hop_s": 2.0}, "hop_s is 2.0; it must lie between 0.02 and 1"),
        (
            {"hop_s": 0.1, "vad": "silero"},
            "hop_s 0.1 is no whole number of 32 ms frames of silero (0.16 suits both detectors)",
        ),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_value_out_of_range_is_named_with_its_range(change, message):
    with pytest.raises(ConfigurationError) as refused:
        SpeechSettings(**change)

    assert str(refused.value) == message
