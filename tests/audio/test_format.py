"""What an announced audio format must be."""

import pytest

from speechqc.audio.format import AudioFormat
from speechqc.errors import AudioError
from speechqc.events import Role

BOTH = (Role.AGENT, Role.CUSTOMER)


def test_a_stereo_mulaw_call_is_16_kilobytes_a_second():
    audio = AudioFormat("mulaw", 8_000, BOTH)

    assert (audio.frame_bytes, audio.bytes_per_second) == (2, 16_000)
    assert audio.seconds(320) == 0.02


def test_a_mono_wide_band_pcm_call_is_32_kilobytes_a_second():
    audio = AudioFormat("pcm16", 16_000, (Role.UNKNOWN,))

    assert (audio.channels, audio.frame_bytes, audio.bytes_per_second) == (1, 2, 32_000)


@pytest.mark.parametrize(
    ("encoding", "rate_hz", "roles", "message"),
    [
        ("opus", 8_000, BOTH, "encoding 'opus' is not supported (send one of: mulaw, alaw, pcm16)"),
        ("mulaw", 44_100, BOTH, "sample rate 44100 is not supported (send one of: 8000, 16000 Hz)"),
        (
            "mulaw",
            8_000,
            (),
            "0 channels were announced; a call has 1 or 2 (send the agent and the customer as two channels, "
            "or one mixed channel)",
        ),
        (
            "mulaw",
            8_000,
            (*BOTH, Role.UNKNOWN),
            "3 channels were announced; a call has 1 or 2 (send the agent and the customer as two channels, "
            "or one mixed channel)",
        ),
        (
            "alaw",
            8_000,
            ("agent", "boss"),
            "channel role is not known: 'boss' is not a valid Role "
            "(name each channel one of: agent, customer, unknown)",
        ),
        (
            "alaw",
            8_000,
            (Role.AGENT, Role.AGENT),
            "both channels were announced as agent (give each channel its own role; mix the channels into "
            "one if nobody knows who is who)",
        ),
    ],
)
def test_a_format_that_cannot_be_heard_is_refused_with_the_valid_values(encoding, rate_hz, roles, message):
    with pytest.raises(AudioError) as refused:
        AudioFormat(encoding, rate_hz, roles)

    assert str(refused.value) == message
    assert refused.value.code == "bad_audio"


def test_plain_strings_become_typed_values():
    audio = AudioFormat("alaw", 8_000, ("customer", "agent"))

    assert audio == AudioFormat("alaw", 8_000, (Role.CUSTOMER, Role.AGENT))
    assert audio.roles[0] is Role.CUSTOMER
